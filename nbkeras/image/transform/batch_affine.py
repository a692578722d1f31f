"""Affine transforms of a batch of images in one compiled call.

`affine.warp` transforms one image in NumPy, with all fill modes and orders. This module
transforms a batch, with the common ones, several times as fast, with the same values.
"""

import functools
import threading
from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from nbkeras.core.machine import processes

# The other fill modes are discontinuous at the border, where float32 may be off.
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
        scale: factor of all values.
        size: number of images to compile for; smaller batches are padded.
        fill_mode: one of `FILL_MODES`, as in `affine.warp`.
        order: 0 for nearest neighbour, 1 for bilinear.

    Returns:
        float32 in the shape of `images`, read-only. Coordinates are accurate to 1e-5
        pixels.
    """
    count, size = len(images), max(2, size, len(images))
    # float32 is more accurate for the displacement of a pixel than for its position.
    displacements = (np.asarray(transforms) - np.eye(3))[:, :2].astype(np.float32)
    flipped = np.asarray(flipped, bool)
    if count < size:
        images, displacements, flipped = (
            np.concatenate([a, np.zeros((size - count, *a.shape[1:]), a.dtype)])
            for a in (images, displacements, flipped)
        )
    processes.refuse_after_fork("Transforming images")
    with _compiling:
        compiled = _compiled(images.shape, images.dtype, fill_mode, order)
    arguments = (images, displacements, flipped, np.float32(scale))
    return np.asarray(compiled(*jax.device_put(arguments, _host())))[:count]


@functools.cache
def _host():
    try:
        return jax.local_devices(backend="cpu")[0]
    except RuntimeError:  # JAX is configured without the CPU backend
        return jax.local_devices()[0]


@functools.lru_cache(maxsize=16)
def _compiled(shape, dtype, fill_mode, order):
    sharding = jax.sharding.SingleDeviceSharding(_host())
    specs = ((shape, dtype), ((shape[0], 2, 3), "f4"), ((shape[0], 2), "?"), ((), "f4"))
    arguments = [jax.ShapeDtypeStruct(*kind, sharding=sharding) for kind in specs]

    def batch(images, displacements, flipped, scale):
        # One image after another, so that temporaries stay in the CPU's cache.
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
    weight_x, weight_y = (right - left)[..., None], (down - top)[..., None]
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
        _interpolate(pixels_at(row, left), pixels_at(row, left + 1), weight_x)
        for row in (top, top + 1)
    )
    return _interpolate(above, below, weight_y)


def _interpolate(a, b, weight):
    return a + (b - a) * weight


def _fold_into_range(index, n, fill_mode):
    if fill_mode == "reflect":
        index = jnp.mod(index, 2 * n)
        return jnp.where(index < n, index, 2 * n - 1 - index)
    return jnp.clip(index, 0, n - 1)
