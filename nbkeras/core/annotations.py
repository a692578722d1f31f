"""Type aliases for public signatures."""

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

# A shape with the batch axis first, and None for unknown sizes.
Shape = tuple[int | None, ...]
# "float32", a NumPy or JAX dtype, or a policy such as "mixed_bfloat16".
DTypeLike = Any
# One number for all spatial axes, or one for each.
Sizes = int | Sequence[int]
DataFormat = Literal["channels_last", "channels_first"]
Padding = Literal["valid", "same"]
Interpolation = Literal["nearest", "bilinear"]
FillMode = Literal["reflect", "wrap", "constant", "nearest"]
# The argument of `losses.get` and its like: a name, a config, a class, a function or a
# (callable) instance.
Identifier = str | Mapping[str, Any] | Callable[..., Any]
Reduction = Literal[
    "sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none"
]
# A number, a schedule, or a saved schedule.
LearningRate = float | Callable[..., Any] | Mapping[str, Any]
Config = dict[str, Any]
CustomObjects = Mapping[str, Any]
# Padding on each side of each axis, or a shorthand.
SizePairs = int | Sequence[int | Sequence[int]]
# One number for both directions, or (lower, upper).
Range = float | Sequence[float]
# The slots of an optimizer for one weight: {slot: array}.
Slots = dict[str, Any]
# The path of a file or folder.
PathLike = str | os.PathLike[str]
# The logs of callbacks: losses and metrics by name; None for hooks without logs.
Logs = dict[str, Any] | None
# Whether a monitored value should decrease or increase; "auto" infers it.
MonitorMode = Literal["auto", "min", "max"]
