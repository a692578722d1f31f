"""Affine transforms of a batch of images in one compiled call.

`affine.warp` does one image in NumPy, for all fill modes and orders. This does the
usual ones in one call for a batch, several times as fast, with the same values.
"""

import functools
import threading
from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

# The other fill modes jump at the border; there float32 might fall on the wrong side.
FILL_MODES = ("nearest", "reflect")
ORDERS = (0, 1)
_compiling = threading.Lock()


def warp_batch(
    images: np.ndarray,
    transforms: ArrayLike,
    flipped: ArrayLike,
    scale: float = 1.0,
    size: int = 2,
    fill_mode: Literal["nearest", "reflect"] = "nearest",
    order: Literal[0, 1] = 1,
) -> np.ndarray:
    """Sample each output pixel at its position in its image, then flip and scale.

    Args:
        images: uint8 or float32 (count, rows, columns, channels).
        transforms: (count, 3, 3) from output to input on (column, row, 1).
        flipped: bool (count, 2): left and right, up and down.
        scale: factor for all values.
        size: compile for so many images; fewer are filled up.
        fill_mode: one of `FILL_MODES`, as in `affine.warp`.
        order: 0 nearest pixel, 1 linear.

    Returns:
        float32 of the shape of `images`, not writable. Coordinates are right to
        1e-5 of a pixel.
    """
    count, size = len(images), max(2, size, len(images))
    # Float32 is exact for a pixel's displacement, less so for where it lands.
    displacements = (np.asarray(transforms) - np.eye(3))[:, :2].astype(np.float32)
    flipped = np.asarray(flipped, bool)
    if count < size:
        images, displacements, flipped = (
            np.concatenate([a, np.zeros((size - count, *a.shape[1:]), a.dtype)])
            for a in (images, displacements, flipped)
        )
    with _compiling:
        compiled = _compiled(images.shape, images.dtype, fill_mode, order)
    arguments = (images, displacements, flipped, np.float32(scale))
    return np.asarray(compiled(*jax.device_put(arguments, _host())))[:count]


@functools.cache
def _host():
    try:
        return jax.local_devices(backend="cpu")[0]
    except RuntimeError:  # JAX was told to know no processor
        return jax.local_devices()[0]


@functools.lru_cache(maxsize=16)
def _compiled(shape, dtype, fill_mode, order):
    where = jax.sharding.SingleDeviceSharding(_host())
    kinds = ((shape, dtype), ((shape[0], 2, 3), "f4"), ((shape[0], 2), "?"), ((), "f4"))
    arguments = [jax.ShapeDtypeStruct(*kind, sharding=where) for kind in kinds]

    def batch(images, displacements, flipped, scale):
        # One after the other: temporaries stay in cache, threads have batches each.
        def one(one_image):
            return _warped(*one_image, fill_mode, order) * scale

        return jax.lax.map(one, (images, displacements, flipped))

    return jax.jit(batch).lower(*arguments).compile()


def _warped(image, displacement, flipped, fill_mode, order):
    rows, columns, channels = image.shape
    x, y = jnp.arange(columns)[None], jnp.arange(rows)[:, None]
    x = jnp.where(flipped[0], columns - 1 - x, x)
    y = jnp.where(flipped[1], rows - 1 - y, y)
    right, down = (
        m[0] * x.astype(jnp.float32) + m[1] * y.astype(jnp.float32) + m[2]
        for m in displacement
    )
    if order == 0:
        right, down = right + 0.5, down + 0.5
    left, top = jnp.floor(right), jnp.floor(down)
    share_x, share_y = (right - left)[..., None], (down - top)[..., None]
    left, top = x + left.astype(x.dtype), y + top.astype(y.dtype)
    flat = image.reshape(-1, channels)

    def pixels_at(row, column):
        row, column = (
            _fold_into_range(row, rows, fill_mode),
            _fold_into_range(column, columns, fill_mode),
        )
        values = jnp.take(flat, row * columns + column, axis=0, mode="clip")
        return values.astype(jnp.float32)

    if order == 0:
        return pixels_at(top, left)
    above, below = (
        _interpolate(pixels_at(row, left), pixels_at(row, left + 1), share_x)
        for row in (top, top + 1)
    )
    return _interpolate(above, below, share_y)


def _interpolate(a, b, share):
    return a + (b - a) * share


def _fold_into_range(index, n, fill_mode):
    if fill_mode == "reflect":
        index = jnp.mod(index, 2 * n)
        return jnp.where(index < n, index, 2 * n - 1 - index)
    return jnp.clip(index, 0, n - 1)
