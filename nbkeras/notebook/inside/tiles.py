"""Tiles: feature maps encoded as bytes, and numbers as plain data for the page."""

import math

import numpy as np

SIDE = 64  # largest side of a tile, in pixels
FULL_SIDE = 256  # largest side of the selected tile
MIDDLE, REACH = 128, 127  # byte of zero, and largest distance from it


def encoded(maps, most=SIDE):
    """Encode maps (height, width, n) as tiles: bytes around 128, with one scale each.

    Args:
        maps: array of numbers; non-finite values count as zero.
        most: largest side in pixels; larger maps are downsampled by averaging.

    Returns:
        (uint8 (n, h, w), float32 (n,)): a value is (byte - 128) / 127 * scale.

    >>> tiles, scales = encoded(np.array([[[2.0], [-1.0]]]))
    >>> tiles.tolist(), scales.tolist()
    ([[[255, 65]]], [2.0])
    """
    x = np.nan_to_num(np.asarray(maps, "float32"), nan=0.0, posinf=0.0, neginf=0.0)
    x = np.moveaxis(shrunk(x, most), -1, 0)
    scales = np.abs(x).reshape(len(x), -1).max(1) if x.size else np.zeros(len(x))
    safe = np.where(scales > 0, scales, 1)[:, None, None]
    tiles = np.floor(x / safe * REACH + MIDDLE + 0.5).astype("uint8")
    return tiles, scales.astype("float32")


def shrunk(x, most):
    """(height, width, n) averaged over blocks so that no side exceeds `most`."""
    block = -(-max(x.shape[:2]) // most)
    if block < 2:
        return x
    height, width = (n // block * block or n for n in x.shape[:2])
    rows = np.add.reduceat(x[:height], np.arange(0, height, block), axis=0)
    both = np.add.reduceat(rows[:, :width], np.arange(0, width, block), axis=1)
    high, wide = min(block, height), min(block, width)
    return both / np.float32(high * wide)


def plain(value):
    """A number for JSON; NaN and infinity become text."""
    value = float(value)
    return value if math.isfinite(value) else str(value)


def plain_list(values):
    """The numbers of an array, see `plain`."""
    return [plain(value) for value in np.asarray(values).ravel()]
