"""Several processes: those that train together, and children of one that computed."""

import os
from typing import Any

import jax

# Whether this process was forked from one in which JAX had threads at work.
_forked: bool = False


def is_first() -> bool:
    """Whether this process writes files and prints; the only one always does."""
    return jax.process_index() == 0  # pyright: ignore[reportUnknownMemberType]


def are_several() -> bool:
    """Whether other processes take part."""
    return jax.process_count() > 1  # pyright: ignore[reportUnknownMemberType]


def refuse_after_fork(what: str) -> None:
    """Raise in a forked child of a process that had used JAX: it would wait for ever.

    The threads that compute for JAX are not in the child, and its locks stay as they
    were at the fork.
    """
    if _forked:
        raise RuntimeError(
            f"{what} in a forked process: JAX was at work in its parent, and its "
            "threads are not in the child, so this would wait for ever. Start the "
            "process anew: write multiprocessing.get_context('spawn').Process(...) "
            "in place of multiprocessing.Process(...), and make the model in it."
        )


def _note_fork() -> None:
    global _forked
    _forked = _forked or _jax_has_begun()


def _jax_has_begun() -> bool:
    """Whether a device of JAX was used in this process; asking starts none."""
    try:
        from jax._src import xla_bridge

        begun: Any = xla_bridge.backends_are_initialized
        return bool(begun())
    except (ImportError, AttributeError):  # another version of JAX
        return True


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_note_fork)
