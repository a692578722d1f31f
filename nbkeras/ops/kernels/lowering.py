"""The table that chooses between implementations of the same operation.

Every form gives the same sums up to rounding; `nbkeras.config.set_lowering("plain")`
leaves all to XLA. The figures were measured on two cores of an AMD EPYC with jaxlib
0.10; docs/performance.md has them. On GPU and TPU nothing is rewritten.
"""

import contextlib
import contextvars
import functools

import jax
import jax.numpy as jnp

from nbkeras.core import settings

# On CPU, jaxlib 0.10 sends convolutions to a library that runs them on one thread;
# this option gives them back to the threaded one. Unknown to other versions.
THREADED_CONVOLUTION = {
    "xla_cpu_experimental_ynn_fusion_type": "LIBRARY_FUSION_TYPE_INDIVIDUAL_DOT"
}

# What the largest array of one micro-batch may take. Two 148 x 148 x 32 arrays fit:
# half of it or twice as much costs 10 to 40 percent, whole batches 50 to 150.
BYTES_AT_ONCE = 6 << 20

# Up to this many channels, 2 x 2 pixels are packed into one: 27 products a sum leave
# most of a vector unit idle, and packing doubles the speed although it adds zeros.
FEW_CHANNELS = 4

# On CPU, up to this many taps a depthwise convolution is a sum of shifted inputs (XLA's
# takes 5 to 30 times as long), up to this many groups a grouped one several plain ones
# (25 times), and up to this many positions the gradient of a maximum goes by an index
# (4 to 20 times).
MOST_TAPS = 49
MOST_GROUPS = 32
MOST_POSITIONS = 64


# On CPU, evaluation and prediction leave convolutions and pooling to XLA where images
# have one channel, at most so many positions and all convolutions at least so many
# filters: on 28 x 28 with 32 to 256 filters that takes 0.6 to 0.8 of the processor time
# of the forms here, with 16 filters 1.9 times as much, with three channels 1.4 times.
MOST_GREY_POSITIONS = 784
LEAST_GREY_FILTERS = 32
# Up to so much they come at once all the same: XLA's own convolutions run on all cores
# only outside of loops. 128 images take 5.4 ms at once and 6.6 in turns where the
# largest array has 22 MB, but 28.5 and 21.5 where it has 44.
BYTES_LEFT_TO_XLA = 24_000_000

_left_to_xla = contextvars.ContextVar("left_to_xla", default=False)
_whole_batches = contextvars.ContextVar("whole_batches", default=False)


def blocks():
    """Whether batches are taken apart into micro-batches."""
    is_auto = settings.lowering() == "auto" and not _whole_batches.get()
    return is_auto and jax.default_backend() == "cpu"


def rewrites():
    """Whether forms other than XLA's own are used now."""
    return blocks() and not _left_to_xla.get()


@contextlib.contextmanager
def whole_batches():
    """Within this, each layer gets its batch in one piece, in XLA's own forms."""
    token = _whole_batches.set(True)
    try:
        yield
    finally:
        _whole_batches.reset(token)


@contextlib.contextmanager
def left_to_xla():
    """Within this, operations keep XLA's own forms."""
    token = _left_to_xla.set(True)
    try:
        yield
    finally:
        _left_to_xla.reset(token)


def leaves_pictures_to_xla(channels, filters, positions):
    """Whether a model of these convolutions predicts faster in XLA's own forms.

    Args:
        channels: the fewest that a convolution takes.
        filters: the fewest that one has.
        positions: the most places that one puts out for an image.
    """
    grey = channels == 1 and positions <= MOST_GREY_POSITIONS
    return blocks() and grey and filters >= LEAST_GREY_FILTERS


def packs_pixels(x_shape, kernel_shape, strides, dilation):
    """Whether a convolution of `x` (batch, height, width, channels) packs its pixels.

    Kernels smaller than 3 would mostly meet the added zeros.
    """
    return (
        len(x_shape) == 4
        and x_shape[-1] <= FEW_CHANNELS
        and min(kernel_shape[:2]) >= 3
        and max(strides) == max(dilation) == 1
    )


def rows_at_once(rows, bytes_a_row):
    """How many of `rows` make a micro-batch whose largest array stays in cache.

    A divisor of `rows` where one is near, so that no row must be filled in.
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
