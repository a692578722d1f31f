"""Convolutions over one to three spatial axes, and their padding.

Arrays are (batch, *spatial, channels) or, for "channels_first", (batch, channels,
*spatial); neither needs a transpose. Kernels are (*spatial, in, out) as in Keras.
"""

import functools
import math

import jax
import jax.numpy as jnp
from jax import lax

from nbkeras.ops.kernels import cpu_depthwise, lowering
from nbkeras.ops.kernels.cpu_convolution import convolve, pointwise


def spatial_axes(ndim, data_format):
    """The axes that are neither batch nor channels."""
    return range(1, ndim - 1) if data_format == "channels_last" else range(2, ndim)


def spans(kernel_size, dilation):
    """The extent of a dilated kernel along each axis, in input positions."""
    return tuple((k - 1) * d + 1 for k, d in zip(kernel_size, dilation, strict=True))


def paddings(sizes, windows, strides, padding):
    """(before, after) for each axis.

    "same" gives ceil(size / stride) outputs, with an odd extra zero at the end;
    "causal" pads only at the start, so that no output depends on a later input.

    >>> paddings((4, 5), (3, 3), (2, 2), "same")
    [(0, 1), (1, 1)]
    """
    if padding == "valid":
        return [(0, 0)] * len(sizes)
    if padding == "causal":
        return [(window - 1, 0) for window in windows]
    pairs = []
    for size, window, stride in zip(sizes, windows, strides, strict=True):
        total = max((-(-size // stride) - 1) * stride + window - size, 0)
        pairs.append((total // 2, total - total // 2))
    return pairs


def conv(
    x, kernel, strides, padding="valid", data_format="channels_last", dilation=None
):
    """Convolution of `x` with `kernel` (cross-correlation, as usual in deep learning).

    Args:
        x: (batch, *spatial, channels), or channels second.
        kernel: (*spatial, channels // groups, filters); it determines the groups.
        strides: steps of the window, one per spatial axis.
        padding: "valid", "same" or "causal".
        data_format: "channels_last" or "channels_first", for `x` and the result.
        dilation: spacing of the kernel's elements, one per spatial axis; None for 1.

    Returns:
        (batch, *new spatial, filters), or filters second.

    Source: Dumoulin and Visin, "A guide to convolution arithmetic" (2016).
    """
    x, kernel = _one_dtype(x, kernel)
    dilation = dilation or (1,) * len(strides)
    channels = x.shape[-1 if data_format == "channels_last" else 1]
    groups = channels // kernel.shape[-2]
    settings = strides, padding, data_format, dilation
    if kernel.shape[-2] == 1 < groups:
        apart = kernel.reshape(*kernel.shape[:-2], groups, -1)
        return depthwise_conv(x, apart, *settings)
    if 1 < groups <= lowering.MOST_GROUPS and lowering.rewrites():
        return _group_by_group(x, kernel, groups, settings)
    if groups == math.prod(kernel.shape[:-2]) == 1 and data_format == "channels_last":
        steps = tuple(slice(None, None, step) for step in strides)
        product = pointwise if lowering.rewrites() else jnp.matmul
        return product(x[(slice(None), *steps)], kernel.reshape(kernel.shape[-2:]))
    return _general(x, kernel, groups, *settings)


def _general(x, kernel, groups, strides, padding, data_format, dilation):
    sizes = [x.shape[axis] for axis in spatial_axes(x.ndim, data_format)]
    windows = spans(kernel.shape[:-2], dilation)
    pads = tuple(paddings(sizes, windows, strides, padding))
    return _slide(x, kernel, strides, pads, dilation, data_format, groups)


def _slide(x, kernel, strides, pads, dilation, data_format, groups=1):
    """Convolution with explicit padding, by the fastest implementation here."""
    if groups == 1 and lowering.rewrites():
        if data_format == "channels_last":
            return convolve(x, kernel, strides, pads, dilation)
        y = convolve(jnp.moveaxis(x, 1, -1), kernel, strides, pads, dilation)
        return jnp.moveaxis(y, -1, 1)
    return lax.conv_general_dilated(
        x,
        kernel,
        strides,
        pads,
        rhs_dilation=dilation,
        dimension_numbers=_numbers(x.ndim, data_format),
        feature_group_count=groups,
    )


def _group_by_group(x, kernel, groups, settings):
    """Grouped convolution as one plain convolution per group."""
    axis = x.ndim - 1 if settings[2] == "channels_last" else 1
    parts = zip(jnp.split(x, groups, axis), jnp.split(kernel, groups, -1), strict=True)
    return jnp.concatenate([_general(*part, 1, *settings) for part in parts], axis)


def conv_transpose(
    x,
    kernel,
    strides,
    padding="valid",
    output_padding=None,
    data_format="channels_last",
    dilation=None,
):
    """Transposed convolution: the gradient of `conv` with respect to its input.

    Args:
        x: (batch, *spatial, channels), or channels second.
        kernel: (*spatial, filters, channels): inputs and outputs swapped.
        strides: upsampling factors, one per spatial axis.
        padding: "valid" or "same".
        output_padding: extra size at the end, one per spatial axis; with None the size
            is `n * stride` for "same" and the full extent for "valid".
        data_format: "channels_last" or "channels_first", for `x` and the result.
        dilation: spacing of the kernel's elements, one per spatial axis; None for 1.
    """
    x, kernel = _one_dtype(x, kernel)
    rank = x.ndim - 2
    dilation = dilation or (1,) * rank
    windows = spans(kernel.shape[:-2], dilation)
    extra = output_padding or (None,) * rank
    pads = [
        transpose_pads(window, stride, padding, more)
        for window, stride, more in zip(windows, strides, extra, strict=True)
    ]
    # Windows side by side: no two inputs contribute to the same output.
    is_apart = all(
        window == stride and pair == (window - 1, window - 1)
        for window, stride, pair in zip(kernel.shape[:-2], strides, pads, strict=True)
    )
    if is_apart and max(dilation) == 1 and lowering.rewrites():
        return _side_by_side(x, kernel, data_format)
    return _spread_conv(x, kernel, strides, tuple(pads), dilation, data_format)


def _side_by_side(x, kernel, data_format):
    """A transposed convolution whose strides are its window, as one product.

    XLA's CPU compiler multiplies the zeros between the inputs too, on one thread.
    """
    if data_format == "channels_first":
        x = jnp.moveaxis(x, 1, -1)
    *window, filters, channels = kernel.shape
    rank, sizes = len(window), x.shape[1:-1]
    y = pointwise(x, kernel.reshape(-1, channels).T)
    y = y.reshape(x.shape[0], *sizes, *window, filters)
    pairs = [(1 + axis, 1 + rank + axis) for axis in range(rank)]
    y = y.transpose(0, *(axis for pair in pairs for axis in pair), 2 * rank + 1)
    y = y.reshape(x.shape[0], *map(math.prod, zip(sizes, window, strict=True)), filters)
    return y if data_format == "channels_last" else jnp.moveaxis(y, -1, 1)


@functools.partial(jax.custom_vjp, nondiff_argnums=(2, 3, 4, 5))
def _spread_conv(x, kernel, strides, pads, dilation, data_format):
    """Convolve x with `strides - 1` zeros inserted between its values."""
    space = tuple(range(x.ndim - 2))
    return lax.conv_general_dilated(
        x,
        jnp.flip(kernel, space),
        (1,) * len(space),
        pads,
        lhs_dilation=strides,
        rhs_dilation=dilation,
        dimension_numbers=_numbers(x.ndim, data_format, kernel_out_first=True),
    )


def _spread_conv_forward(x, kernel, *settings):
    return _spread_conv(x, kernel, *settings), (x, kernel)


def _spread_conv_backward(strides, pads, dilation, data_format, saved, g):
    """Gradients by the strided convolution that this transposes: 10x faster on CPU."""
    x, kernel = saved
    windows = spans(kernel.shape[:-2], dilation)
    back = tuple(
        (window - 1 - before, window - 1 - after)
        for window, (before, after) in zip(windows, pads, strict=True)
    )

    def narrow(kernel):
        return _slide(g, kernel, strides, back, dilation, data_format)

    of_x, kernel_from = jax.vjp(narrow, kernel)
    return of_x, *kernel_from(x)


_spread_conv.defvjp(_spread_conv_forward, _spread_conv_backward)


def depthwise_conv(
    x, kernel, strides, padding="valid", data_format="channels_last", dilation=None
):
    """Convolve each channel with separate kernels.

    Args:
        x: (batch, *spatial, channels), or channels second.
        kernel: (*spatial, channels, multiplier).
        strides: steps of the window, one per spatial axis.
        padding: "valid" or "same".
        data_format: "channels_last" or "channels_first", for `x` and the result.
        dilation: spacing of the kernel's elements, one per spatial axis; None for 1.

    Returns:
        channels * multiplier channels; outputs of one input channel are adjacent.
    """
    x, kernel = _one_dtype(x, kernel)
    dilation = dilation or (1,) * len(strides)
    if math.prod(kernel.shape[:-2]) <= lowering.MOST_TAPS and lowering.rewrites():
        return _shifted_sum(x, kernel, strides, padding, data_format, dilation)
    grouped = kernel.reshape(*kernel.shape[:-2], 1, -1)
    groups = kernel.shape[-2]
    return _general(x, grouped, groups, strides, padding, data_format, dilation)


def local_conv(x, kernel, window, strides, data_format):
    """A convolution without padding that has a kernel of its own for each place.

    Args:
        x: (batch, *spatial, channels), or with the channels second.
        kernel: (places, window * channels, filters); the window's values are in the
            order of `data_format`.
        window, strides: one integer per spatial axis.
        data_format: "channels_last" or "channels_first".
    """
    channels_last = data_format == "channels_last"
    x = jnp.moveaxis(x, -1, 1) if channels_last else x
    patches = jax.lax.conv_general_dilated_patches(
        x, tuple(window), tuple(strides), "VALID"
    )
    sizes = patches.shape[2:]
    if channels_last:  # the kernel, too, lists the channels last
        patches = patches.reshape(len(x), x.shape[1], -1, *sizes).swapaxes(1, 2)
    patches = patches.reshape(len(x), -1, kernel.shape[0])
    y = jnp.einsum("bkp,pkf->bpf", patches, kernel)
    y = y.reshape(len(x), *sizes, y.shape[-1])
    return y if channels_last else jnp.moveaxis(y, -1, 1)


def _shifted_sum(x, kernel, strides, padding, data_format, dilation):
    """Depthwise convolution as a sum of shifted inputs, in float32 at least."""
    last = data_format == "channels_last"
    result, exact = x.dtype, jnp.promote_types(x.dtype, jnp.float32)
    x, kernel = x.astype(exact), kernel.astype(exact)
    x = x if last else jnp.moveaxis(x, 1, -1)
    windows = spans(kernel.shape[:-2], dilation)
    pads = tuple(paddings(x.shape[1:-1], windows, strides, padding))
    y = cpu_depthwise.convolve(x, kernel, strides, pads, dilation).astype(result)
    return y if last else jnp.moveaxis(y, -1, 1)


def transpose_pads(window, stride, padding, extra):
    """Padding around the zero-inserted input that gives Keras's output size."""
    if padding == "valid":
        more = max(stride - window, 0) if extra is None else extra
        return window - 1, window - 1 + more
    if extra is None:
        total = stride + window - 2
    else:
        total = window + window % 2 - 2 + extra
    before = min((total + 1) // 2, window - 1)
    return before, total - before


def _numbers(ndim, data_format, kernel_out_first=False):
    space = tuple(range(ndim - 2))
    out, in_ = (ndim - 2, ndim - 1) if kernel_out_first else (ndim - 1, ndim - 2)
    channels = ndim - 1 if data_format == "channels_last" else 1
    data = (0, channels, *spatial_axes(ndim, data_format))
    return lax.ConvDimensionNumbers(data, (out, in_, *space), data)


def _one_dtype(x, *kernels):
    """Cast integer data to the kernel's dtype, otherwise kernels to the data's."""
    if not jnp.issubdtype(x.dtype, jnp.floating):
        x = x.astype(kernels[0].dtype)
    return x, *(kernel.astype(x.dtype) for kernel in kernels)
