"""Type aliases for the arguments of image functions."""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np

ColorMode = Literal["grayscale", "rgb", "rgba"]
# (height, width) in pixels.
ImageSize = int | Sequence[int]
# Interpolations of Pillow, for loading files.
FileInterpolation = Literal[
    "nearest", "bilinear", "bicubic", "hamming", "box", "lanczos"
]
# Interpolations of `resize` and the layer Resizing.
ResizeInterpolation = Literal[
    "nearest",
    "area",
    "bilinear",
    "bicubic",
    "lanczos3",
    "lanczos5",
    "gaussian",
    "mitchellcubic",
]
ClassMode = Literal["categorical", "binary", "sparse", "input"] | None
FrameClassMode = (
    Literal["categorical", "binary", "sparse", "input", "multi_output", "raw"] | None
)
LabelMode = Literal["int", "categorical", "binary"] | None
Subset = Literal["training", "validation"] | None
DatasetSubset = Literal["training", "validation", "both"] | None
SplineOrder = Literal[0, 1, 2, 3, 4, 5]
# A fraction, a number of pixels, or a list to choose from.
ShiftRange = float | Sequence[float]
# (lowest, highest).
Bounds = Sequence[float]
# A function of one image that returns an image of the same shape.
ImageFunction = Callable[[np.ndarray], Any]
