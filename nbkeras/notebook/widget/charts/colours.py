"""Colours of numbers: orange below zero, blue above; those of `colours.js`, light."""

import numpy as np

NEGATIVE, ZERO, POSITIVE = (194, 80, 10), (245, 247, 249), (11, 102, 181)


def colours(tiles):
    """Convert tiles of bytes around 128 to colours: orange below zero, blue above.

    Args: tiles: uint8 (...,).

    Returns: uint8 (..., 3).

    >>> colours(np.array([128, 255], "uint8")).tolist()
    [[245, 247, 249], [11, 102, 181]]
    """
    share = (np.asarray(tiles, "float32")[..., None] - 128) / 127
    ends = np.where(share < 0, NEGATIVE, POSITIVE)
    shades = ZERO + np.abs(share) * (ends - np.array(ZERO))
    return np.rint(shades.clip(0, 255)).astype("uint8")
