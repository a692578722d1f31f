"""Limits on untrusted files, respected by every reader."""

from nbkeras.core.machine import memory

CONFIG_BYTES = 16 * 2**20
CONTAINERS = 200_000  # objects and lists in a config; each costs some 100 bytes
VALUES = 2_000_000
DEPTH = 64
TEXT = 100_000  # characters of one text
NAME = 256
LAYERS = 2_000
WHOLE = 2**53
NODES = 50_000  # groups and data sets in an HDF5 file

MEMORY_SHARE = 0.5
# What is packed tighter than this is no set of weights: Keras does not pack at all.
UNPACKING = 50
SMALL = 16 * 2**20
DRAWN_AT_ONCE = 100 * 2**20  # bytes of weights that a config alone may ask for


class TooLarge(ValueError):
    """A file exceeds the limits."""


def refuse_if_too_large(path, what, size):
    """Raise if `size` bytes exceed the share of memory that a file may take."""
    limit = int(memory.available_bytes() * MEMORY_SHARE)
    if size > limit:
        raise TooLarge(
            f"{path}: {what} would take {size / 2**20:,.0f} MB, and at most "
            f"{limit / 2**20:,.0f} MB ({MEMORY_SHARE:.0%} of the free memory) are "
            "allowed. Nothing was loaded. If you trust the file, use a machine with "
            "more memory."
        )


def refuse_if_packed(path, what, size, stored):
    """Raise if `size` bytes are unpacked from implausibly few `stored` bytes."""
    if size > SMALL + UNPACKING * stored:
        raise TooLarge(
            f"{path}: {what} would unpack to {size / 2**20:,.0f} MB, and only "
            f"{stored:,} bytes are stored for it: no weights look like that. Nothing "
            "was loaded."
        )


def refuse_if_chunks_large(path, what, chunk, size):
    """Raise if one chunk is larger than its whole data set."""
    if chunk > max(SMALL, size):
        raise TooLarge(
            f"{path}: {what} is stored in chunks of {chunk / 2**20:,.0f} MB, and has "
            f"{size:,} bytes: no weights look like that. Nothing was loaded."
        )
