"""Multiple processes: distributed training, and forks of a process that used JAX."""

import os
from typing import Any

import jax
import jax.monitoring

# What JAX reports between the lowering of a program and its compilation.
_LOWERED = "/jax/core/compile/jaxpr_to_mlir_module_duration"

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
    if not _forked and _jax_has_started():
        _forked = True
        jax.monitoring.register_event_duration_secs_listener(_refuse_to_compile)


def _refuse_to_compile(event: str, duration_secs: float, **_unused: str | int) -> None:
    """Raise where a program has been lowered and would be compiled next.

    Compilation waits for threads of the parent: without this, each operation that is
    new to the process hangs, whoever calls it.
    """
    if event == _LOWERED:
        refuse_after_fork("Compiling a computation")


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
