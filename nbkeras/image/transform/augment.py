"""Augmentation of one image: draw the parameters of a transform, then apply them.

`draw` depends on a random number generator only, `apply` on an image and the drawn
parameters only. Names and ranges are those of Keras's ImageDataGenerator.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from nbkeras.core.annotations import FillMode
from nbkeras.image.annotations import Bounds, SplineOrder
from nbkeras.image.transform import affine
from nbkeras.image.transform.colour import apply_brightness_shift, apply_channel_shift

AFFINE = ("theta", "tx", "ty", "shear", "zx", "zy")


def draw(
    rng: np.random.Generator | np.random.RandomState,
    rows: int,
    columns: int,
    rotation_range: float = 0,
    width_shift_range: Any = 0.0,
    height_shift_range: Any = 0.0,
    brightness_range: Bounds | None = None,
    shear_range: float = 0.0,
    zoom_range: Bounds = (1, 1),
    channel_shift_range: float = 0.0,
    horizontal_flip: bool = False,
    vertical_flip: bool = False,
    keras_compat: bool = False,
) -> dict[str, Any]:
    """Draw the parameters of one random transform.

    Args:
        rng: `numpy.random.Generator` or `RandomState`.
        rows: height of the image in pixels; scales shifts below 1.
        columns: width of the image in pixels.
        rotation_range: maximum angle in degrees, in both directions.
        width_shift_range: float below 1: fraction of the width; other float: pixels;
            int k: integers from -(k-1) to k-1; list: an entry with a random sign.
        height_shift_range: the same for the height.
        brightness_range: (low, high) factor, or None.
        shear_range: maximum angle in degrees, in both directions.
        zoom_range: (low, high), drawn for each axis separately.
        channel_shift_range: maximum value added to all channels, in both directions.
        horizontal_flip: whether to flip left and right with probability 0.5.
        vertical_flip: whether to flip up and down with probability 0.5.
        keras_compat: whether height shifts are `tx`, which moves columns, as in Keras.

    Returns:
        A dict with theta, tx, ty, shear, zx, zy, flip_horizontal, flip_vertical,
        channel_shift_intensity and brightness (None if disabled).
    """
    uniform = rng.uniform
    theta = uniform(-rotation_range, rotation_range) if rotation_range else 0
    down = _shift(rng, height_shift_range, rows)
    right = _shift(rng, width_shift_range, columns)
    shear = uniform(-shear_range, shear_range) if shear_range else 0
    zx, zy = 1, 1
    if zoom_range[0] != 1 or zoom_range[1] != 1:
        zx, zy = (float(z) for z in uniform(zoom_range[0], zoom_range[1], 2))
    tx, ty = (down, right) if keras_compat else (right, down)
    result: dict[str, Any] = dict(theta=theta, tx=tx, ty=ty, shear=shear, zx=zx, zy=zy)
    # Always drawn, so that enabling a flip does not change the other parameters.
    result["flip_horizontal"] = bool(rng.random() < 0.5 and horizontal_flip)
    result["flip_vertical"] = bool(rng.random() < 0.5 and vertical_flip)
    limit = channel_shift_range
    result["channel_shift_intensity"] = uniform(-limit, limit) if limit else None
    brightness = None if brightness_range is None else uniform(*brightness_range)
    return result | {"brightness": brightness}


def _shift(rng, amount: Any, size):
    if np.ndim(amount) == 0 and not amount:
        return 0
    if np.ndim(amount) == 0 and not isinstance(amount, int | np.integer):
        shift = rng.uniform(-amount, amount)
    else:
        shift = rng.choice(amount) * rng.choice([-1, 1])
    return float(shift * size if np.max(amount) < 1 else shift)


def apply(
    x: ArrayLike,
    parameters: Mapping[str, Any],
    row_axis: int = 0,
    col_axis: int = 1,
    channel_axis: int = 2,
    fill_mode: FillMode = "nearest",
    cval: float = 0.0,
    order: SplineOrder = 1,
    keras_compat: bool = False,
) -> np.ndarray:
    """Apply the parameters of `draw` to one image; missing ones have no effect.

    The order is: affine transform, flips, channel shift, brightness.

    Args:
        x: one image with three axes, with values in 0-255 or 0-1.
        parameters: a dict as from `draw`.
        row_axis: the axis of rows.
        col_axis: the axis of columns.
        channel_axis: the axis of channels.
        fill_mode: see `affine.warp`.
        cval: value outside the image for fill_mode "constant".
        order: 0 for nearest neighbour, 1 for bilinear, 2 to 5 for splines.
        keras_compat: whether to reproduce Keras's center and brightness exactly.

    Returns:
        An array in the shape of `x`; `x` itself if nothing changes.
    """
    affine_values = {name: parameters[name] for name in AFFINE if name in parameters}
    axes = dict(row_axis=row_axis, col_axis=col_axis, channel_axis=channel_axis)
    x = apply_affine_transform(
        x,
        **affine_values,
        **axes,
        fill_mode=fill_mode,
        cval=cval,
        order=order,
        keras_compat=keras_compat,
    )
    if parameters.get("flip_horizontal"):
        x = flip_axis(x, col_axis)
    if parameters.get("flip_vertical"):
        x = flip_axis(x, row_axis)
    return recolour(x, parameters, channel_axis, keras_compat)


def recolour(
    x: ArrayLike,
    parameters: Mapping[str, Any],
    channel_axis: int = 2,
    keras_compat: bool = False,
) -> np.ndarray:
    """Apply only the channel shift and the brightness of `parameters`."""
    x = np.asarray(x)
    if parameters.get("channel_shift_intensity") is not None:
        intensity = parameters["channel_shift_intensity"]
        x = apply_channel_shift(x, intensity, channel_axis)
    if parameters.get("brightness") is not None:
        x = apply_brightness_shift(
            x, parameters["brightness"], False, channel_axis, keras_compat
        )
    return x


def apply_affine_transform(
    x: ArrayLike,
    theta: float = 0,
    tx: float = 0,
    ty: float = 0,
    shear: float = 0,
    zx: float = 1,
    zy: float = 1,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: FillMode = "nearest",
    cval: float = 0.0,
    order: SplineOrder = 1,
    keras_compat: bool = False,
) -> np.ndarray:
    """Rotate, shift, shear and zoom one image about its center.

    Args:
        x: one image with three axes.
        theta: rotation in degrees, counter-clockwise.
        tx: shift in pixels; +1 moves the content one column to the left.
        ty: shift in pixels; +1 moves the content one row up.
        shear: shear angle in degrees.
        zx: zoom of the columns, above 1 zooms out.
        zy: zoom of the rows, above 1 zooms out.
        row_axis: the axis of rows.
        col_axis: the axis of columns.
        channel_axis: the axis of channels.
        fill_mode: "nearest", "constant", "reflect" or "wrap", as in SciPy.
        cval: value outside the image for "constant".
        order: 0 for nearest neighbour, 1 for bilinear, 2 to 5 for splines.
        keras_compat: whether to use Keras's center, which is off in non-square images.

    Returns:
        An array of the shape and dtype of `x`; `x` itself for the identity.

    Raises:
        ValueError: `x` does not have three axes, or the axes are not 0, 1, 2.
    """
    x = np.asarray(x)
    if x.ndim != 3 or {row_axis % 3, col_axis % 3, channel_axis % 3} != {0, 1, 2}:
        raise ValueError(
            f"apply_affine_transform: needs one image with three axes, got shape "
            f"{x.shape} with row_axis={row_axis}, col_axis={col_axis}, "
            f"channel_axis={channel_axis}. Write for a (height, width, channels) "
            "image row_axis=0, col_axis=1, channel_axis=2."
        )
    size = x.shape[row_axis], x.shape[col_axis]
    affine_values = dict(theta=theta, tx=tx, ty=ty, shear=shear, zx=zx, zy=zy)
    transform = transform_of(affine_values, *size, keras_compat)
    if transform is None:
        return x
    planes = x.transpose(channel_axis, row_axis, col_axis)
    planes = affine.warp(planes, transform, fill_mode, cval, order)
    back = np.argsort([channel_axis % 3, row_axis % 3, col_axis % 3])
    return planes.transpose(back)


def transform_of(
    parameters: Mapping[str, Any], rows: int, columns: int, keras_compat: bool = False
) -> np.ndarray | None:
    """The (3, 3) matrix of `parameters` for an image of this size; None if identity."""
    affine_values = {name: parameters[name] for name in AFFINE if name in parameters}
    transform = affine.matrix(**affine_values)
    if transform is None:
        return None
    size = (rows, columns) if keras_compat else (columns, rows)
    return affine.about(size[0] / 2 - 0.5, size[1] / 2 - 0.5, transform)


def flip_axis(x: ArrayLike, axis: int) -> np.ndarray:
    """Flip `x` along `axis` (a view)."""
    return np.flip(np.asarray(x), axis)
