"""Random transforms of one image, with Keras's names and argument order.

With a `seed`, the parameters are those that Keras draws after
`numpy.random.seed(seed)`; without one, they differ in each call. NumPy's global random
state is not used.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from nbkeras.core import rng as seeds
from nbkeras.core.annotations import FillMode
from nbkeras.image.annotations import Bounds, SplineOrder
from nbkeras.image.transform.augment import apply_affine_transform
from nbkeras.image.transform.colour import apply_brightness_shift, apply_channel_shift


def random_rotation(
    x: ArrayLike,
    rg: float,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: FillMode = "nearest",
    cval: float = 0.0,
    interpolation_order: SplineOrder = 1,
    seed: int | None = None,
) -> np.ndarray:
    """Rotate `x` by up to `rg` degrees; see `apply_affine_transform`."""
    theta = _generator(seed).uniform(-rg, rg)
    axes = (row_axis, col_axis, channel_axis)
    return _transformed(x, axes, (fill_mode, cval, interpolation_order), theta=theta)


def random_shift(
    x: ArrayLike,
    wrg: float,
    hrg: float,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: FillMode = "nearest",
    cval: float = 0.0,
    interpolation_order: SplineOrder = 1,
    seed: int | None = None,
    keras_compat: bool = False,
) -> np.ndarray:
    """Shift `x` by up to the fractions `wrg` of its width and `hrg` of its height.

    With `keras_compat` the height shift moves columns, as in Keras.
    """
    rng, x = _generator(seed), np.asarray(x)
    down = rng.uniform(-hrg, hrg) * x.shape[row_axis]
    right = rng.uniform(-wrg, wrg) * x.shape[col_axis]
    tx, ty = (down, right) if keras_compat else (right, down)
    axes = (row_axis, col_axis, channel_axis)
    return _transformed(x, axes, (fill_mode, cval, interpolation_order), tx=tx, ty=ty)


def random_shear(
    x: ArrayLike,
    intensity: float,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: FillMode = "nearest",
    cval: float = 0.0,
    interpolation_order: SplineOrder = 1,
    seed: int | None = None,
) -> np.ndarray:
    """Shear `x` by up to `intensity` degrees."""
    shear = _generator(seed).uniform(-intensity, intensity)
    axes = (row_axis, col_axis, channel_axis)
    return _transformed(x, axes, (fill_mode, cval, interpolation_order), shear=shear)


def random_zoom(
    x: ArrayLike,
    zoom_range: Bounds,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: FillMode = "nearest",
    cval: float = 0.0,
    interpolation_order: SplineOrder = 1,
    seed: int | None = None,
) -> np.ndarray:
    """Zoom each axis of `x` by a separate factor within `zoom_range`, a pair."""
    low, high = pair("random_zoom", "zoom_range", zoom_range)
    zx, zy = (1, 1) if low == high == 1 else _generator(seed).uniform(low, high, 2)
    axes = (row_axis, col_axis, channel_axis)
    return _transformed(x, axes, (fill_mode, cval, interpolation_order), zx=zx, zy=zy)


def random_channel_shift(
    x: ArrayLike, intensity_range: float, channel_axis: int = 0, seed: int | None = None
) -> np.ndarray:
    """Add a random value within +-`intensity_range` to all values of `x`."""
    intensity = _generator(seed).uniform(-intensity_range, intensity_range)
    return apply_channel_shift(x, intensity, channel_axis)


def random_brightness(
    x: ArrayLike, brightness_range: Bounds, scale: bool = True, seed: int | None = None
) -> np.ndarray:
    """Multiply the brightness of `x` by a factor within `brightness_range`, a pair."""
    low, high = pair("random_brightness", "brightness_range", brightness_range)
    return apply_brightness_shift(x, _generator(seed).uniform(low, high), scale)


def pair(owner: str, name: str, value: Any) -> tuple[float, float]:
    """`value` as two floats.

    Raises:
        ValueError: `value` is not a pair of numbers.
    """
    try:
        low, high = (float(bound) for bound in value)
    except (TypeError, ValueError):
        raise ValueError(
            f"{owner}({name}={value!r}): {name} must be two numbers, minimum and "
            f"maximum. Write for example {owner}({name}=(0.8, 1.2))."
        ) from None
    return low, high


def _transformed(x, axes, fill, **parameters):
    row_axis, col_axis, channel_axis = axes
    fill_mode, cval, order = fill
    return apply_affine_transform(
        x,
        **parameters,
        row_axis=row_axis,
        col_axis=col_axis,
        channel_axis=channel_axis,
        fill_mode=fill_mode,
        cval=cval,
        order=order,
    )


def _generator(seed):
    return np.random.RandomState(seeds.next_seed() if seed is None else seed)
