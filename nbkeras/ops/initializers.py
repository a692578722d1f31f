"""Initializers of weights, computed in NumPy so that building compiles nothing.

`init(shape, dtype=None)` returns a NumPy array. With a `seed`, every call returns the
same values; without one, each call draws new values, from the global seed if it is set.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from nbkeras.core import check
from nbkeras.core.annotations import CustomObjects, DTypeLike, Identifier
from nbkeras.core.serialization.configurable import to_config
from nbkeras.ops import initializer_draws
from nbkeras.ops.initializer_base import Initializer, numpy_dtype, register, registry
from nbkeras.ops.random_initializers import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
    Orthogonal,
    RandomInitializer,
    RandomNormal,
    RandomUniform,
    TruncatedNormal,
    VarianceScaling,
)


def get(identifier: Identifier | None) -> Any:
    """An initializer from a name, config, class, function, instance or an array."""
    if hasattr(identifier, "shape") and hasattr(identifier, "dtype"):
        return Constant(np.asarray(identifier))
    return registry.get(identifier)


def serialize(initializer: Any) -> Any:
    """The config: `{"class_name": ..., "config": {...}, ...}`, or a name."""
    return to_config(initializer)


def deserialize(config: Any, custom_objects: CustomObjects | None = None) -> Any:
    """The initializer of a config from `serialize`."""
    return registry.get(config, custom_objects)


@register("Zeros", "zeros", "zero")
class Zeros(Initializer):
    """Initialize with zeros."""

    def __call__(
        self, shape: Sequence[int], dtype: DTypeLike | None = None
    ) -> np.ndarray:
        """An array of zeros."""
        return np.zeros(shape, numpy_dtype(dtype))


@register("Ones", "ones", "one")
class Ones(Initializer):
    """Initialize with ones."""

    def __call__(
        self, shape: Sequence[int], dtype: DTypeLike | None = None
    ) -> np.ndarray:
        """An array of ones."""
        return np.ones(shape, numpy_dtype(dtype))


@register("Constant", "constant")
class Constant(Initializer):
    """Initialize with a number, or an array that broadcasts to the weight's shape.

    Raises:
        ValueError: the array does not broadcast to the shape of the weight.
    """

    def __init__(self, value: ArrayLike = 0.0) -> None:
        self.value = value

    def __call__(
        self, shape: Sequence[int], dtype: DTypeLike | None = None
    ) -> np.ndarray:
        """`value`, broadcast to `shape`."""
        value = np.asarray(self.value)
        try:
            return np.array(np.broadcast_to(value, shape), dtype=numpy_dtype(dtype))
        except ValueError:
            raise ValueError(
                f"The initial value has shape {value.shape}, but the weight has shape "
                f"{tuple(shape)}. Give a number or an array of shape {tuple(shape)}."
            ) from None


@register("Identity", "identity", "IdentityInitializer")
class Identity(Initializer):
    """The identity matrix times `gain`, for weights with two axes."""

    def __init__(self, gain: float = 1.0) -> None:
        self.gain = gain

    def __call__(
        self, shape: Sequence[int], dtype: DTypeLike | None = None
    ) -> np.ndarray:
        """A matrix with `gain` on the diagonal."""
        if len(shape) != 2:
            raise ValueError(
                f"Identity() makes matrices; the weight has shape {tuple(shape)}. "
                "Write for example kernel_initializer='orthogonal'."
            )
        return (self.gain * np.eye(*shape)).astype(numpy_dtype(dtype))


@register("STFT", "stft", "STFTInitializer")
class STFT(Initializer):
    """Kernel of a short-time Fourier transform, for a Conv1D over audio.

    Args:
        side: "real" (cosines) or "imag" (sines).
        window: name of a SciPy window, an array (frame_length,), or None.
        scaling: "density", "spectrum" or None.
        periodic: whether a named window is periodic.
    """

    def __init__(
        self,
        side: Literal["real", "imag"] = "real",
        window: str | ArrayLike | None = "hann",
        scaling: Literal["density", "spectrum"] | None = "density",
        periodic: bool = False,
    ) -> None:
        self.side = check.choice("STFT", "side", side, ("real", "imag"))
        kinds = (None, "density", "spectrum")
        self.scaling = check.choice("STFT", "scaling", scaling, kinds)
        self.window, self.periodic = window, periodic

    def __call__(
        self, shape: Sequence[int], dtype: DTypeLike | None = None
    ) -> np.ndarray:
        """The kernel (frame_length, 1, frequencies)."""
        window = self.window
        if isinstance(window, str):
            from scipy.signal import get_window

            window = get_window(window, shape[0], self.periodic)
        if window is not None and np.shape(window) != (shape[0],):
            raise ValueError(
                f"STFT(window=...): the window has shape {np.shape(window)}, the frame "
                f"{shape[0]} samples. Give a window of shape ({shape[0]},)."
            )
        window = None if window is None else np.asarray(window, np.float64)
        kernel = initializer_draws.fourier_kernel(
            shape, self.side, window, self.scaling
        )
        return kernel.astype(numpy_dtype(dtype))


__all__ = [
    "STFT",
    "Constant",
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "Identity",
    "Initializer",
    "LecunNormal",
    "LecunUniform",
    "Ones",
    "Orthogonal",
    "RandomInitializer",
    "RandomNormal",
    "RandomUniform",
    "TruncatedNormal",
    "VarianceScaling",
    "Zeros",
    "deserialize",
    "get",
    "registry",
    "serialize",
]
