"""Detect the value range of images, and convert them to 8 bits."""

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class ValueRange:
    """A range of pixel values.

    Attributes:
        low, high: the values that are displayed as black and white.
        known: whether it is one of the usual ranges 0 to 1, 0 to 255, -1 to 1;
            otherwise low and high are the minimum and maximum.
        broken: number of values that are not finite.
    """

    low: float
    high: float
    known: bool
    broken: int = 0

    def in_words(self) -> str:
        """The range as text, such as "0 to 255"."""
        return f"{self.low:.4g} to {self.high:.4g}".replace("-", "\u2212")

    def to_bytes(self, pictures: Any) -> np.ndarray:
        """The images as uint8 of the same shape; NaN becomes black."""
        pictures = np.asarray(pictures)
        if pictures.dtype == np.uint8 and (self.low, self.high) == (0, 255):
            return pictures
        span = (self.high - self.low) or 1.0
        x = np.asarray(pictures, "float32") * np.float32(255 / span)
        x -= np.float32(self.low * 255 / span)
        if self.broken or not np.isfinite(x.sum()):
            x = np.nan_to_num(x, nan=0.0, posinf=255.0, neginf=0.0)
        # Adding 0.5 and truncating rounds, and is faster than np.rint.
        x += np.float32(0.5)
        return np.clip(x, 0, 255.5, out=x).astype("uint8")


def value_range(pictures: Any) -> ValueRange:
    """Detect the value range of images, an array or a list of arrays.

    >>> value_range(np.array([0.0, 0.5])).in_words()
    '0 to 1'
    """
    parts = [np.asarray(picture) for picture in pictures]
    extremes, broken = [], 0
    for part in parts:
        if part.dtype.kind == "f" and not np.isfinite(part.sum(dtype="float64")):
            finite = np.isfinite(part)
            broken += int(part.size - finite.sum())
            part = part[finite]
        if part.size:
            extremes += [float(part.min()), float(part.max())]
    low, high = (min(extremes), max(extremes)) if extremes else (0.0, 0.0)
    eight_bit = bool(parts) and all(part.dtype == np.uint8 for part in parts)
    if low >= 0 and high <= 1 and not (eight_bit and high == 0):
        return ValueRange(0.0, 1.0, True, broken)
    if low >= 0 and high <= 255:
        return ValueRange(0.0, 255.0, True, broken)
    if low >= -1 and high <= 1:
        return ValueRange(-1.0, 1.0, True, broken)
    return ValueRange(low, high, False, broken)
