"""Limits for untrusted files, which every reader enforces."""

from nbkeras.core.machine import memory
from nbkeras.core.names.display_name import display_path

CONFIG_BYTES = 16 * 2**20
CONTAINERS = 200_000  # objects and lists in a config, of some 100 bytes each
VALUES = 2_000_000
DEPTH = 64
TEXT = 100_000  # characters of one string
NAME = 256
LAYERS = 2_000
INTEGER = 2**53
NODES = 30_000  # groups and datasets in an HDF5 file
LEGACY_LAYERS = 8_000  # names of layers in an HDF5 file of Keras 2

MEMORY_SHARE = 0.5
# Maximum compression ratio of weights; Keras does not compress them at all.
COMPRESSION_RATIO = 50
SMALL = 16 * 2**20
DRAWN_AT_ONCE = 100 * 2**20  # bytes of weights that a config alone may allocate


class TooLarge(ValueError):
    """A file exceeds the limits."""


def refuse_if_too_large(path, part, size):
    """Raise `TooLarge` if `size` bytes exceed the share of memory for a file."""
    limit = int(memory.available_bytes() * MEMORY_SHARE)
    if size > limit:
        raise TooLarge(
            f"{display_path(path)}: {part} would take {size / 2**20:,.0f} MB, and at "
            f"most {limit / 2**20:,.0f} MB ({MEMORY_SHARE:.0%} of the free memory) are "
            "allowed. Nothing was loaded. If you trust the file, use a machine with "
            "more memory."
        )


def refuse_if_packed(path, part, size, stored):
    """Raise `TooLarge` if `size` bytes come from implausibly few `stored` bytes."""
    if size > SMALL + COMPRESSION_RATIO * stored:
        raise TooLarge(
            f"{display_path(path)}: {part} would unpack to {size / 2**20:,.0f} MB, and "
            f"only {stored:,} bytes are stored for it, which weights never need. "
            "Nothing was loaded."
        )


def refuse_if_chunks_large(path, part, chunk, size):
    """Raise `TooLarge` if one chunk is larger than its whole dataset."""
    if chunk > max(SMALL, size):
        raise TooLarge(
            f"{display_path(path)}: {part} is stored in chunks of {chunk / 2**20:,.0f} "
            f"MB, and has {size:,} bytes in all, which weights never need. Nothing was "
            "loaded."
        )
