"""Types of public arguments, named once so that signatures stay short and agree."""

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

# A shape with None where a size is left open, the batch axis in front.
Shape = tuple[int | None, ...]
# "float32", a NumPy or JAX dtype, or a policy such as "mixed_bfloat16".
DTypeLike = Any
# One number for all spatial axes, or one for each.
Sizes = int | Sequence[int]
DataFormat = Literal["channels_last", "channels_first"]
Padding = Literal["valid", "same"]
Interpolation = Literal["nearest", "bilinear"]
FillMode = Literal["reflect", "wrap", "constant", "nearest"]
# What `get` of each family takes: a name, a saved config, a class, a function, an
# instance (instances are callable).
Identifier = str | Mapping[str, Any] | Callable[..., Any]
Reduction = Literal[
    "sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none"
]
# A number, a schedule, or a saved schedule.
LearningRate = float | Callable[..., Any] | Mapping[str, Any]
Config = dict[str, Any]
CustomObjects = Mapping[str, Any]
# A number on each side of each axis, or one of the shorter forms of padding.
SizePairs = int | Sequence[int | Sequence[int]]
# One number, both ways, or (lower, upper).
Range = float | Sequence[float]
# What an optimizer keeps beside a weight: {slot: array}.
Slots = dict[str, Any]
# A name of a file or folder.
PathLike = str | os.PathLike[str]
# What callbacks are told: losses and metrics by name; None where a hook has none.
Logs = dict[str, Any] | None
# Whether a monitored value gets better downwards or upwards; "auto" asks its name.
MonitorMode = Literal["auto", "min", "max"]
