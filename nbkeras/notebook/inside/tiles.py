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
    x = finite(np.asarray(maps, "float32"))
    x = np.moveaxis(shrunk(x, most), -1, 0)
    scales = np.abs(x).reshape(len(x), -1).max(1) if x.size else np.zeros(len(x))
    safe = np.where(scales > 0, scales, 1)[:, None, None]
    tiles = np.floor(x / safe * REACH + MIDDLE + 0.5).astype("uint8")
    return tiles, scales.astype("float32")


def finite(x):
    """The array with zeros in place of NaN and infinity; itself if it has none."""
    if not x.size or math.isfinite(float(x.max()) - float(x.min())):
        return x
    return np.nan_to_num(x, nan=0.0, posinf=0.0, neginf=0.0)


def largest(x):
    """The largest absolute value among the finite numbers; 0 if there are none."""
    x = finite(x)
    return max(float(x.max()), -float(x.min())) if x.size else 0.0


def shrunk(x, most):
    """(height, width, n) averaged over blocks so that no side exceeds `most`."""
    block = -(-max(x.shape[:2]) // most)
    if block < 2:
        return x
    high, wide = (min(block, n) for n in x.shape[:2])
    height, width = (n // block * block or n for n in x.shape[:2])
    rows = sum(x[i:height:high] for i in range(high))
    both = sum(rows[:, j:width:wide] for j in range(wide))
    return both / np.float32(high * wide)


def plain(value):
    """A number for JSON; NaN and infinity become text."""
    value = float(value)
    return value if math.isfinite(value) else str(value)


def plain_list(values):
    """The numbers of an array, see `plain`."""
    return [plain(value) for value in np.asarray(values).ravel()]
