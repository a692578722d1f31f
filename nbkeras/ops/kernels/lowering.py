"""Choose between implementations of the same operation.

All implementations give equal results up to rounding; with
`nbkeras.config.set_lowering("plain")` every operation is left to XLA. The figures were
measured on two cores of an AMD EPYC with jaxlib 0.10; see docs/performance.md. On GPU
and TPU nothing is rewritten.
"""

import contextlib
import contextvars
import functools

import jax
import jax.numpy as jnp

from nbkeras.core import settings

# On CPU, jaxlib 0.10 hands convolutions to a library that runs them on one thread;
# this option restores the threaded implementation. Other versions do not have it.
THREADED_CONVOLUTION = {
    "xla_cpu_experimental_ynn_fusion_type": "LIBRARY_FUSION_TYPE_INDIVIDUAL_DOT"
}

# Size limit of the largest array of a micro-batch. Two 148 x 148 x 32 arrays fit; half
# or twice the limit is 10 to 40 percent slower, whole batches 50 to 150 percent.
BYTES_AT_ONCE = 6 << 20

# Up to this many channels, 2 x 2 pixels are packed into one: sums of only 27 products
# leave most of a vector unit idle, and packing is twice as fast although it adds zeros.
FEW_CHANNELS = 4

# CPU limits, with the slowdown of XLA's own implementation: up to this many taps, a
# depthwise convolution is a sum of shifted inputs (5 to 30 times); up to this many
# groups, a grouped convolution is several plain ones (25 times); up to this many
# positions in a window, max pooling saves indices for its gradient (4 to 20 times).
MOST_TAPS = 49
MOST_GROUPS = 32
MOST_POSITIONS = 64

# Rows whose products are summed at a time for the gradient of a depthwise kernel: with
# 4 to 8 rows, 9 elements of 32 x 32 x 32 x 32 take 1.6 to 1.8 ms of CPU time, with 32
# rows 3.6, with one sum for each element 20.
ROWS_OF_PRODUCTS = 8

# On CPU, evaluation and prediction leave convolutions and pooling to XLA for images
# with one channel and at most this many positions, if every convolution has at least
# this many filters. On 28 x 28 with 32 to 256 filters XLA takes 0.6 to 0.8 of the CPU
# time of the implementations here; with 16 filters 1.9 times, with 3 channels 1.4.
MOST_GREY_POSITIONS = 784
LEAST_GREY_FILTERS = 32
# Up to this size such a batch is not split: XLA's own convolutions use all cores only
# outside of loops. With a largest array of 22 MB, 128 images take 5.4 ms whole and 6.6
# in micro-batches; with 44 MB, 28.5 and 21.5.
BYTES_LEFT_TO_XLA = 24_000_000

_left_to_xla = contextvars.ContextVar("left_to_xla", default=False)
_whole_batches = contextvars.ContextVar("whole_batches", default=False)
_training_step = contextvars.ContextVar("training_step", default=False)


def blocks():
    """Whether batches are split into micro-batches."""
    return _is_tuned() and not _whole_batches.get()


def rewrites():
    """Whether implementations other than XLA's own are used now."""
    return _is_tuned() and not _left_to_xla.get()


def writes_gradients():
    """Whether the gradients of common operations are written out, not left to JAX.

    Only in the steps of `fit`: forward-mode derivatives (`jax.jvp`) do not apply to
    functions with written gradients.
    """
    return rewrites() and _training_step.get()


def _is_tuned():
    return settings.lowering() == "auto" and jax.default_backend() == "cpu"


@contextlib.contextmanager
def _switched_on(switch):
    token = switch.set(True)
    try:
        yield
    finally:
        switch.reset(token)


def whole_batches():
    """Context in which each layer is called once, with the whole batch."""
    return _switched_on(_whole_batches)


def training_step():
    """Context of the forward pass of a training step of `fit`."""
    return _switched_on(_training_step)


def left_to_xla():
    """Context in which operations use XLA's own implementations."""
    return _switched_on(_left_to_xla)


def leaves_pictures_to_xla(channels, filters, positions):
    """Whether a model with these convolutions predicts faster if left to XLA.

    Args:
        channels: smallest number of input channels of a convolution.
        filters: smallest number of filters.
        positions: largest number of output positions per image.
    """
    grey = channels == 1 and positions <= MOST_GREY_POSITIONS
    return blocks() and grey and filters >= LEAST_GREY_FILTERS


def packs_pixels(x_shape, kernel_shape, strides, dilation):
    """Whether to pack 2 x 2 pixels for a convolution of (batch, h, w, channels).

    Kernels smaller than 3 would mostly multiply the added zeros.
    """
    return (
        len(x_shape) == 4
        and x_shape[-1] <= FEW_CHANNELS
        and min(kernel_shape[:2]) >= 3
        and max(strides) == max(dilation) == 1
    )


def rows_at_once(rows, bytes_a_row):
    """Rows of a micro-batch whose largest array stays in cache.

    A divisor of `rows` where one is close, so that no padding is needed.
    """
    if _left_to_xla.get() and rows * bytes_a_row <= BYTES_LEFT_TO_XLA:
        return rows
    most = max(BYTES_AT_ONCE // max(bytes_a_row, 1), 1)
    if most >= rows:
        return rows
    near = range(most, most // 2, -1)
    return next((count for count in near if rows % count == 0), most)


def compiler_options():
    """Options for compiling a step on this device, or None."""
    return THREADED_CONVOLUTION if rewrites() and _accepted() else None


@functools.cache
def _accepted():
    """Whether this version of jaxlib knows the option."""
    try:
        add = jax.jit(lambda a: a + 1, compiler_options=THREADED_CONVOLUTION)
        add.lower(jax.ShapeDtypeStruct((), jnp.float32)).compile()
    except Exception:
        return False
    return True
