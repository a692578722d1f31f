"""Which of several forms of the same arithmetic is used: the one table of choices.

Every form gives the same sums up to rounding; `nbkeras.config.set_lowering("plain")`
leaves all to XLA. The figures were measured on two cores of an AMD EPYC with jaxlib
0.10; docs/performance.md has them. On GPU and TPU nothing is rewritten.
"""

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


def rewrites():
    """Whether forms other than XLA's own are used now."""
    return settings.lowering() == "auto" and jax.default_backend() == "cpu"


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
    most = max(BYTES_AT_ONCE // max(bytes_a_row, 1), 1)
    if most >= rows:
        return rows
    near = range(most, most // 2, -1)
    return next((each for each in near if rows % each == 0), most)


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
