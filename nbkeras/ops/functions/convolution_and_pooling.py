"""Convolution, pooling, patches, and space to depth."""

import functools
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from nbkeras.core import check, settings
from nbkeras.ops.functions.operation_table import operation
from nbkeras.ops.kernels import convolution, pooling

_nn = functools.partial(operation, module="nn")
_windows = functools.partial(operation, "inputs kernel", "nn")
DataFormat = Literal["channels_last", "channels_first"] | None
PADDINGS = ("valid", "same")


def _each(value: Any, rank: int) -> tuple[int, ...]:
    return (value,) * rank if isinstance(value, int) else tuple(value)


def _settings(
    name: str, x: jax.Array, strides: Any, padding: str, data_format: Any, dilation: Any
) -> tuple[Any, ...]:
    """(strides, padding, data format, dilation), one number a spatial axis."""
    rank = x.ndim - 2
    padding = check.choice(f"ops.{name}", "padding", padding.lower(), PADDINGS)
    form = settings.data_format(f"ops.{name}", data_format)
    return _each(strides, rank), padding, form, _each(dilation, rank)


def _not_empty(name: str, x: jax.Array, y: jax.Array) -> jax.Array:
    if y.size == 0 and x.size:
        raise ValueError(
            f"ops.{name}: inputs of shape {x.shape} are smaller than the kernel, so "
            "that the output would be empty. Write for example padding='same', or a "
            "smaller kernel."
        )
    return y


@_windows()
def conv(
    inputs: ArrayLike,
    kernel: ArrayLike,
    strides: Any = 1,
    padding: str = "valid",
    data_format: DataFormat = None,
    dilation_rate: Any = 1,
) -> jax.Array:
    """Convolution over one to three spatial axes.

    Args:
        inputs: (batch, *spatial, channels), or channels second.
        kernel: (*spatial, channels // groups, filters); it determines the groups.
        strides: steps of the window, one number or one per spatial axis.
        padding: "valid" or "same".
        data_format: "channels_last" or "channels_first"; None for the global setting.
        dilation_rate: spacing of the kernel's elements.

    Raises:
        ValueError: channels are not a multiple of the kernel's, or the result is empty.
    """
    how = _settings("conv", inputs, strides, padding, data_format, dilation_rate)
    channels = inputs.shape[-1 if how[2] == "channels_last" else 1]
    if channels % kernel.shape[-2]:
        raise ValueError(
            f"ops.conv: {channels} channels are not a multiple of the "
            f"{kernel.shape[-2]} input channels of a kernel of shape {kernel.shape}. "
            "Write for example a kernel of shape "
            f"{(*kernel.shape[:-2], channels, kernel.shape[-1])}."
        )
    y = convolution.conv(inputs.astype(kernel.dtype), kernel, *how)
    return _not_empty("conv", inputs, y)


@_windows()
def depthwise_conv(
    inputs: ArrayLike,
    kernel: ArrayLike,
    strides: Any = 1,
    padding: str = "valid",
    data_format: DataFormat = None,
    dilation_rate: Any = 1,
) -> jax.Array:
    """Convolve each channel with its own kernel (*spatial, channels, multiplier)."""
    how = _settings(
        "depthwise_conv", inputs, strides, padding, data_format, dilation_rate
    )
    y = convolution.depthwise_conv(inputs.astype(kernel.dtype), kernel, *how)
    return _not_empty("depthwise_conv", inputs, y)


@_nn("inputs depthwise_kernel pointwise_kernel")
def separable_conv(
    inputs: ArrayLike,
    depthwise_kernel: ArrayLike,
    pointwise_kernel: ArrayLike,
    strides: Any = 1,
    padding: str = "valid",
    data_format: DataFormat = None,
    dilation_rate: Any = 1,
) -> jax.Array:
    """`depthwise_conv` followed by a pointwise (size 1) convolution across channels."""
    form = settings.data_format("ops.separable_conv", data_format)
    between = depthwise_conv(
        inputs, depthwise_kernel, strides, padding, form, dilation_rate
    )
    return conv(between, pointwise_kernel, 1, "valid", form)


@_windows()
def conv_transpose(
    inputs: ArrayLike,
    kernel: ArrayLike,
    strides: Any = 1,
    padding: str = "valid",
    output_padding: Any = None,
    data_format: DataFormat = None,
    dilation_rate: Any = 1,
) -> jax.Array:
    """Transposed convolution: the gradient of `conv` with respect to its input.

    Args:
        inputs: (batch, *spatial, channels), or channels second.
        kernel: (*spatial, filters, channels).
        strides: upsampling factor, one number or one per spatial axis.
        padding: "valid" or "same".
        output_padding: extra size at the end of each axis; None for the default size.
        data_format: as in `conv`.
        dilation_rate: spacing of the kernel's elements.
    """
    strides, padding, form, dilation = _settings(
        "conv_transpose", inputs, strides, padding, data_format, dilation_rate
    )
    extra = output_padding
    extra = None if extra is None else _each(extra, inputs.ndim - 2)
    return convolution.conv_transpose(
        inputs.astype(kernel.dtype), kernel, strides, padding, extra, form, dilation
    )


@_nn("inputs")
def max_pool(
    inputs: ArrayLike,
    pool_size: Any,
    strides: Any = None,
    padding: str = "valid",
    data_format: DataFormat = None,
) -> jax.Array:
    """Max pooling; arguments as in `average_pool`."""
    window, *how = _pool_settings(
        "max_pool", inputs, pool_size, strides, padding, data_format
    )
    return pooling.max_pool(inputs, window, *how)


@_nn("inputs")
def average_pool(
    inputs: ArrayLike,
    pool_size: Any,
    strides: Any = None,
    padding: str = "valid",
    data_format: DataFormat = None,
) -> jax.Array:
    """Average pooling; padding is excluded from the mean.

    Args:
        inputs: (batch, *spatial, channels), or channels second.
        pool_size: size of the window, one number or one per spatial axis.
        strides: steps of the window; None for `pool_size`.
        padding: "valid" or "same".
        data_format: as in `conv`.
    """
    window, *how = _pool_settings(
        "average_pool", inputs, pool_size, strides, padding, data_format
    )
    return pooling.average_pool(inputs, window, *how)


def _pool_settings(name, inputs, pool_size, strides, padding, data_format):
    window = _each(pool_size, inputs.ndim - 2)
    strides = window if strides is None else strides
    strides, padding, form, _ = _settings(
        name, inputs, strides, padding, data_format, 1
    )
    return window, strides, padding, form


@_nn("inputs")
def adaptive_average_pool(
    inputs: ArrayLike, output_size: Any, data_format: DataFormat = None
) -> jax.Array:
    """Average pooling to a fixed `output_size`, with window sizes chosen to fit.

    Window i of n along an axis of size s runs from floor(i * s / n) to
    ceil((i + 1) * s / n), exclusive; adjacent windows may overlap by one.
    """

    def mean(values, inside, axis):
        count = jnp.sum(inside, axis).astype(values.dtype)
        return jnp.sum(jnp.where(inside, values, 0), axis) / count

    return _adaptive("adaptive_average_pool", mean, inputs, output_size, data_format)


@_nn("inputs")
def adaptive_max_pool(
    inputs: ArrayLike, output_size: Any, data_format: DataFormat = None
) -> jax.Array:
    """Max pooling to a fixed `output_size`; windows as in `adaptive_average_pool`."""

    def greatest(values, inside, axis):
        return jnp.max(jnp.where(inside, values, -jnp.inf), axis).astype(values.dtype)

    return _adaptive("adaptive_max_pool", greatest, inputs, output_size, data_format)


def _adaptive(name, reduce, x, output_size, data_format):
    form = settings.data_format(f"ops.{name}", data_format)
    axes = convolution.spatial_axes(x.ndim, form)
    for axis, count in zip(axes, _each(output_size, x.ndim - 2), strict=True):
        size, number = x.shape[axis], np.arange(count)
        starts, ends = number * size // count, -(-(number + 1) * size // count)
        places = starts[:, None] + np.arange(np.max(ends - starts))
        inside = places < ends[:, None]
        values = jnp.take(x, np.minimum(places, size - 1), axis)
        along = [1] * values.ndim
        along[axis : axis + 2] = inside.shape
        x = reduce(values, inside.reshape(along), axis + 1)
    return x


def _pair(value: Any) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else tuple(value)


def _patch_places(size, kernel, dilation, padding, stride):
    """Padded positions that each window reads, (windows, taps), for both axes."""
    places = []
    for n, k, d, p, s in zip(size, kernel, dilation, padding, stride, strict=True):
        count = (n + 2 * p - d * (k - 1) - 1) // s + 1
        places.append(np.arange(count)[:, None] * s + np.arange(k) * d)
    return places


@_nn()
def unfold(
    x: ArrayLike, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
) -> jax.Array:
    """Extract sliding windows: (batch, c, h, w) -> (batch, c * kernel, windows)."""
    kernel, how = _pair(kernel_size), [_pair(v) for v in (dilation, padding, stride)]
    rows, columns = _patch_places(x.shape[2:], kernel, *how)
    x = jnp.pad(x, [(0, 0), (0, 0), *((p, p) for p in how[1])])
    y = x[:, :, rows.T[:, None, :, None], columns.T[None, :, None, :]]
    return y.reshape(x.shape[0], -1, len(rows) * len(columns))


@_nn()
def fold(
    x: ArrayLike,
    output_size: Any,
    kernel_size: Any,
    dilation: Any = 1,
    padding: Any = 0,
    stride: Any = 1,
) -> jax.Array:
    """Sum sliding windows back into an image: the transpose of `unfold`."""
    size, kernel = _pair(output_size), _pair(kernel_size)
    how = [_pair(v) for v in (dilation, padding, stride)]
    rows, columns = _patch_places(size, kernel, *how)
    channels = x.shape[1] // (kernel[0] * kernel[1])
    y = x.reshape(x.shape[0], channels, *kernel, len(rows), len(columns))
    (top, left), (height, width) = how[1], size
    whole = jnp.zeros(
        (x.shape[0], channels, height + 2 * top, width + 2 * left), x.dtype
    )
    whole = whole.at[:, :, rows.T[:, None, :, None], columns.T[None, :, None, :]].add(y)
    return whole[:, :, top : top + height, left : left + width]


def _blocks(name: str, block_size: Any, data_format: Any) -> str:
    if not check.is_int(block_size) or block_size < 2:
        raise ValueError(
            f"ops.{name}(block_size={block_size!r}): block_size must be an integer of "
            "at least 2. Write for example block_size=2."
        )
    return settings.data_format(f"ops.{name}", data_format)


@_nn()
def depth_to_space(
    x: ArrayLike, block_size: int, data_format: DataFormat = "channels_last"
) -> jax.Array:
    """Move channels into blocks: (n, h, w, c) -> (n, h * b, w * b, c / b**2)."""
    form = _blocks("depth_to_space", block_size, data_format)
    b = block_size
    if form == "channels_first":
        n, c, h, w = x.shape
        y = x.reshape(n, c // b**2, b, b, h, w).transpose(0, 1, 4, 2, 5, 3)
        return y.reshape(n, c // b**2, h * b, w * b)
    n, h, w, c = x.shape
    y = x.reshape(n, h, w, b, b, c // b**2).transpose(0, 1, 3, 2, 4, 5)
    return y.reshape(n, h * b, w * b, c // b**2)


@_nn()
def space_to_depth(
    x: ArrayLike, block_size: int, data_format: DataFormat = "channels_last"
) -> jax.Array:
    """Move blocks into channels: the inverse of `depth_to_space`."""
    form = _blocks("space_to_depth", block_size, data_format)
    b = block_size
    if form == "channels_first":
        n, c, h, w = x.shape
        y = x.reshape(n, c, h // b, b, w // b, b).transpose(0, 1, 3, 5, 2, 4)
        return y.reshape(n, c * b**2, h // b, w // b)
    n, h, w, c = x.shape
    y = x.reshape(n, h // b, b, w // b, b, c).transpose(0, 1, 3, 2, 4, 5)
    return y.reshape(n, h // b, w // b, c * b**2)
