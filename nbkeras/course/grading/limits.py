"""How much time and memory one submission may take."""

import contextlib
from dataclasses import dataclass

MB = 2**20


@dataclass(frozen=True)
class Limits:
    """The limits of one submission.

    Args:
        seconds: of its whole judgement.
        memory_mb: of each of its processes; the system enforces it on Linux only.
        call_seconds: of one call of a student's function.
    """

    seconds: float = 60.0
    memory_mb: int = 2048
    call_seconds: float = 10.0

    def __post_init__(self):
        for name in ("seconds", "memory_mb", "call_seconds"):
            if not getattr(self, name) > 0:
                raise ValueError(
                    f"{name}={getattr(self, name)!r} must be above 0. Write for "
                    f"example {name}={getattr(Limits, name)}."
                )


def limit_this_process(memory_mb: int) -> None:
    """Let no allocation take this process beyond `memory_mb`, and dump no core."""
    try:
        import resource
    except ImportError:  # Windows has none
        return
    for kind, most in (
        (resource.RLIMIT_DATA, memory_mb * MB),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):  # below what is in use
            resource.setrlimit(kind, (most, most))
