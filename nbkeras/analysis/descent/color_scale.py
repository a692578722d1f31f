"""Colour scale of loss values that also resolves the floor of a steep valley."""

import numpy as np

# Lowest allowed position of the median loss on the scale.
MIDDLE = 0.4


def scale_of(values):
    """{"low", "high", "bend"} of losses on a map; finite even if some losses are not.

    `place(v)` is the position of a loss v on the scale: linear if `bend` is 0, else
    logarithmic above the lowest loss. The bend is the smallest one that puts the median
    of the map at 0.4 or above.
    """
    finite = np.asarray(values, np.float64)
    finite = finite[np.isfinite(finite)]
    if not finite.size:
        return {"low": 0.0, "high": 1.0, "bend": 0.0}
    low, high = float(finite.min()), float(finite.max())
    if high <= low:
        return {"low": low, "high": low + 1.0, "bend": 0.0}
    share = float((np.median(finite) - low) / (high - low))
    return {"low": low, "high": high, "bend": _bend(max(share, 1e-9))}


def place(values, scale):
    """Positions of losses on a scale, 0 to 1 within the map; NaN for NaN losses."""
    span = scale["high"] - scale["low"]
    share = (np.asarray(values, np.float64) - scale["low"]) / span
    if not scale["bend"]:
        return share
    inside = np.log1p(scale["bend"] * np.maximum(share, 0.0))
    return inside / np.log1p(scale["bend"])


def levels(scale, count=12):
    """Increasing losses, evenly spaced on the scale, without its ends."""
    share = np.arange(1, count) / count
    if scale["bend"]:
        share = np.expm1(share * np.log1p(scale["bend"])) / scale["bend"]
    return scale["low"] + share * (scale["high"] - scale["low"])


def _bend(share):
    """The smallest b >= 0 with log1p(b * share) / log1p(b) >= MIDDLE, by bisection."""
    if share >= MIDDLE:
        return 0.0
    low, high = -3.0, 12.0
    for _ in range(40):
        middle = (low + high) / 2
        b = 10.0**middle
        if np.log1p(b * share) / np.log1p(b) < MIDDLE:
            low = middle
        else:
            high = middle
    return float(10.0**high)
