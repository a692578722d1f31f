"""Several processes: distributed training, and forks of a process that used JAX."""

import os
from typing import Any

import jax

# Whether this process was forked from one in which JAX had started threads.
_forked: bool = False


def is_first() -> bool:
    """Whether this process writes files and prints; true of a single process."""
    return jax.process_index() == 0  # pyright: ignore[reportUnknownMemberType]


def are_several() -> bool:
    """Whether other processes take part."""
    return jax.process_count() > 1  # pyright: ignore[reportUnknownMemberType]


def refuse_after_fork(what: str) -> None:
    """Raise in a fork of a process that has used JAX, where it would deadlock.

    The threads that compute for JAX are not in the child, and its locks stay as they
    were at the fork.
    """
    if _forked:
        raise RuntimeError(
            f"{what} in a forked process: the parent has used JAX, whose threads do "
            "not exist in the child, so this would deadlock. Spawn the process "
            "instead: write multiprocessing.get_context('spawn').Process(...) instead "
            "of multiprocessing.Process(...), and create the model in it."
        )


def _note_fork() -> None:
    global _forked
    _forked = _forked or _jax_has_begun()


def _jax_has_begun() -> bool:
    """Whether this process has used a JAX device; the check itself starts none."""
    try:
        from jax._src import xla_bridge

        begun: Any = xla_bridge.backends_are_initialized
        return bool(begun())
    except (ImportError, AttributeError):  # another version of JAX
        return True


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_note_fork)
