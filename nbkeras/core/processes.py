"""Several processes that train together: which one this is."""

import jax


def is_first() -> bool:
    """Whether this process writes files and prints; the only one always does."""
    return jax.process_index() == 0  # pyright: ignore[reportUnknownMemberType]


def are_several() -> bool:
    """Whether other processes take part."""
    return jax.process_count() > 1  # pyright: ignore[reportUnknownMemberType]
