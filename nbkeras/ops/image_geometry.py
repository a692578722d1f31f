"""Geometry of image batches: resizing, affine and projective maps, cropping.

All functions are pure, work under jit, and treat the images of a batch independently.
"""

from functools import partial

import jax
import jax.numpy as jnp

INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5")
FILL_MODES = ("reflect", "wrap", "constant", "nearest")


def axes_of(x, data_format):
    """(height axis, width axis), counted from the end."""
    return (-2, -1) if data_format == "channels_first" else (-3, -2)


def resize(x, size, interpolation="bilinear", data_format=None, antialias=False):
    """Resize images (..., height, width, channels) to `size` (height, width).

    Pixels are squares: with `antialias=False`, the image is sampled at the new pixels'
    centres. Integers are returned as floats.
    """
    shape = list(x.shape)
    for axis, n in zip(axes_of(x, data_format), size, strict=True):
        shape[axis] = n
    return jax.image.resize(x, shape, method=interpolation, antialias=antialias)


def crop_to_proportions(x, size, data_format=None):
    """The largest centre crop of `x` with the aspect ratio of `size`."""
    sizes = tuple(x.shape[axis] for axis in axes_of(x, data_format))
    return crop_middle(x, proportions_within(sizes, size), data_format)


def proportions_within(limits, size):
    """The largest (height, width) within `limits` with the aspect ratio of `size`."""
    height, width = limits
    return (
        max(min(height, int(width * size[0] / size[1])), 1),
        max(min(width, int(height * size[1] / size[0])), 1),
    )


def crop_middle(x, size, data_format=None):
    """The centre crop of `size` (height, width), rounded to the top left."""
    for axis, n in zip(axes_of(x, data_format), size, strict=True):
        start = (x.shape[axis] - n) // 2
        x = jax.lax.slice_in_dim(x, start, start + n, axis=axis % x.ndim)
    return x


def pad_to_proportions(x, size, value=0.0, data_format=None):
    """`x` padded with `value` on two opposite sides to the aspect ratio of `size`."""
    axes = axes_of(x, data_format)
    height, width = (x.shape[axis] for axis in axes)
    padded_size = (
        max(height, int(width * size[0] / size[1])),
        max(width, int(height * size[1] / size[0])),
    )
    widths = [(0, 0)] * x.ndim
    for axis, n in zip(axes, padded_size, strict=True):
        widths[axis] = ((n - x.shape[axis]) // 2,) * 2
    return jnp.pad(x, widths, constant_values=value)


def like(x, original):
    """`x` in the dtype of `original`; integers are rounded and clipped to its range."""
    if x.dtype == original.dtype:
        return x
    if jnp.issubdtype(original.dtype, jnp.integer):
        limits = jnp.iinfo(original.dtype)
        x = jnp.clip(jnp.round(x), limits.min, limits.max)
    return x.astype(original.dtype)


@partial(jax.jit, static_argnames=("height", "width"))
def rotations(angles, height, width):
    """Affine maps (batch, 6) that rotate about the centre by `angles` in radians."""
    x, y = (width - 1) / 2, (height - 1) / 2
    c, s = jnp.cos(angles), jnp.sin(angles)
    return jnp.stack([c, -s, x - x * c + y * s, s, c, y - x * s - y * c], axis=1)


@partial(jax.jit, static_argnames=("height", "width"))
def zooms(by_height, by_width, height, width):
    """Affine maps (batch, 6) that zoom about the centre; factors above 1 zoom out."""
    x, y = (width - 1) / 2 * (1 - by_width), (height - 1) / 2 * (1 - by_height)
    none = jnp.zeros_like(x)
    return jnp.stack([by_width, none, x, none, by_height, y], axis=1)


@partial(jax.jit, static_argnames=("height", "width"))
def flips(across, down, height, width):
    """Affine maps (batch, 6) that flip where `across` or `down` (batch,) is true."""
    x, y = jnp.where(across, -1.0, 1.0), jnp.where(down, -1.0, 1.0)
    none = jnp.zeros_like(x)
    left, top = jnp.where(across, width - 1.0, 0.0), jnp.where(down, height - 1.0, 0.0)
    return jnp.stack([x, none, left, none, y, top], axis=1)


@jax.jit
def translations(down, right):
    """Affine maps (batch, 6) that shift the content by pixels (batch,)."""
    none, one = jnp.zeros_like(down), jnp.ones_like(down)
    return jnp.stack([one, none, -right, none, one, -down], axis=1)


@partial(jax.jit, static_argnames=("interpolation", "fill_mode"))
def affine(x, maps, interpolation="bilinear", fill_mode="reflect", fill_value=0.0):
    """Sample each output pixel at its mapped position in the image.

    Args:
        x: (batch, height, width, channels), floating.
        maps: (batch, 6): output (column, row) -> input column `a*column + b*row + c`
            and input row `d*column + e*row + f`.
        interpolation: "nearest" or "bilinear".
        fill_mode: outside the image: "reflect" (d c b a | a b c d), "wrap", "nearest",
            "constant".
        fill_value: for "constant".

    Returns: the shape of `x`.
    """
    height, width = x.shape[1:3]
    row = jnp.arange(height, dtype=jnp.float32)[:, None]
    column = jnp.arange(width, dtype=jnp.float32)[None, :]

    def one(picture, m):
        rows = m[3] * column + m[4] * row + m[5]
        columns = m[0] * column + m[1] * row + m[2]
        return sample(picture, rows, columns, interpolation, fill_mode, fill_value)

    return jax.vmap(one)(x, maps.astype(jnp.float32))


def shears(across, down):
    """Affine maps (batch, 6) that shear by `across` * row and `down` * column."""
    none, one = jnp.zeros_like(across), jnp.ones_like(across)
    return jnp.stack([one, across, none, down, one, none], axis=1)


def homographies(corners, images_of_corners):
    """Projective maps (batch, 8) from four points to four others, all (batch, 4, 2).

    A map m sends the point (column c, row r) to (m0 c + m1 r + m2, m3 c + m4 r + m5) /
    (m6 c + m7 r + 1).
    """
    (c, r), (new_c, new_r) = (
        jnp.moveaxis(points, -1, 0) for points in (corners, images_of_corners)
    )
    none, one = jnp.zeros_like(c), jnp.ones_like(c)
    across = [c, r, one, none, none, none, -c * new_c, -r * new_c]
    down = [none, none, none, c, r, one, -c * new_r, -r * new_r]
    equations = jnp.concatenate([jnp.stack(rows, -1) for rows in (across, down)], 1)
    targets = jnp.concatenate([new_c, new_r], 1)
    return jnp.linalg.solve(equations, targets[..., None])[..., 0]


def projective(x, maps, interpolation="bilinear", fill_value=0.0):
    """Sample each output pixel at the position that a projective map gives.

    Args:
        x: (batch, height, width, channels), floating.
        maps: (batch, 8), as from `homographies`: output (column, row) -> input.
        interpolation: "nearest" or "bilinear".
        fill_value: value outside the image.
    """
    row = jnp.arange(x.shape[1], dtype=jnp.float32)[:, None]
    column = jnp.arange(x.shape[2], dtype=jnp.float32)[None, :]

    def one(picture, m):
        depth = m[6] * column + m[7] * row + 1
        columns = (m[0] * column + m[1] * row + m[2]) / depth
        rows = (m[3] * column + m[4] * row + m[5]) / depth
        return sample(picture, rows, columns, interpolation, "constant", fill_value)

    return jax.vmap(one)(x, maps)


def sample(picture, rows, columns, interpolation, fill_mode, fill_value=0.0):
    """Sample `picture` (height, width, channels) at fractional positions.

    Args:
        picture: floating array.
        rows: positions, (...); row 0 is the centre of the first pixel.
        columns: positions, in the shape of `rows`.
        interpolation: "nearest" or "bilinear".
        fill_mode: as in `affine`.
        fill_value: for "constant".

    Returns: (..., channels).
    """
    if interpolation == "nearest":
        return _pick(picture, _whole(rows), _whole(columns), fill_mode, fill_value)
    top, left = jnp.floor(rows), jnp.floor(columns)
    down, right = (rows - top)[..., None], (columns - left)[..., None]
    total = 0
    for r, row_share in ((0, 1 - down), (1, down)):
        for c, column_share in ((0, 1 - right), (1, right)):
            place = _whole(top) + r, _whole(left) + c
            value = _pick(picture, *place, fill_mode, fill_value)
            total += row_share * column_share * value
    return total.astype(picture.dtype)


def _whole(places):
    return jnp.round(places).astype(jnp.int32)


def _pick(picture, rows, columns, fill_mode, fill_value):
    height, width = picture.shape[:2]
    values = picture[
        _inside(rows, height, fill_mode), _inside(columns, width, fill_mode)
    ]
    if fill_mode != "constant":
        return values
    inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    return jnp.where(inside[..., None], values, jnp.asarray(fill_value, picture.dtype))


def _inside(index, size, fill_mode):
    """`index` mapped to a pixel inside the image by the fill mode."""
    if fill_mode == "wrap":
        return index % size
    if fill_mode == "reflect":
        index = index % (2 * size)
        return jnp.minimum(index, 2 * size - 1 - index)
    return jnp.clip(index, 0, size - 1)
