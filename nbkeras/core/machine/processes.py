"""Multiple processes: distributed training, and forks of a process that used JAX."""

import os
from typing import Any

import jax

# Whether JAX had started threads in the process that this one was forked from.
_forked: bool = False


def is_first() -> bool:
    """Whether this is process 0, which writes files and prints."""
    return jax.process_index() == 0  # pyright: ignore[reportUnknownMemberType]


def are_several() -> bool:
    """Whether training is distributed over several processes."""
    return jax.process_count() > 1  # pyright: ignore[reportUnknownMemberType]


def refuse_after_fork(call: str) -> None:
    """Raise in a fork of a process that has used JAX, where `call` would deadlock.

    The child has none of JAX's threads, and its locks keep their state at the fork.

    Raises:
        RuntimeError: this process is such a fork.
    """
    if _forked:
        raise RuntimeError(
            f"{call} in a forked process: the parent has used JAX, whose threads do "
            "not exist in the child, so this would deadlock. Spawn the process "
            "instead: write multiprocessing.get_context('spawn').Process(...) instead "
            "of multiprocessing.Process(...), and create the model in it."
        )


def _note_fork() -> None:
    global _forked
    _forked = _forked or _jax_has_started()


def _jax_has_started() -> bool:
    """Whether this process has used a JAX device; the check does not start one."""
    try:
        from jax._src import xla_bridge

        is_initialized: Any = xla_bridge.backends_are_initialized
        return bool(is_initialized())
    except (ImportError, AttributeError):  # another version of JAX
        return True


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_note_fork)
