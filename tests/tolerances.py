"""Bounds for numbers that were summed: relative to what was summed, not to the sum.

A sum of a thousand float32 values is right to about 1e-7 of those values. Where they
cancel, the sum is small and its relative error anything, and it differs with the order
of the summands, which the number of threads and the width of the processor's registers
decide. So a gradient, a loss, a mean or an output of a layer is compared with a share
of the size of its summands.
"""

import numpy as np

# Values of a model are of order one: what is a thousandth of that or less and should
# be zero is the rounding of what was summed.
SMALLEST_SCALE = 1e-3

# Options of XLA for a program whose values are compared within a tolerance: a quarter of
# the time to compile, for a program that runs once. Bits and times are compared in
# programs as users run them.
QUICKLY_COMPILED = {
    "xla_backend_optimization_level": 0,
    "xla_llvm_disable_expensive_passes": True,
    "xla_cpu_use_fusion_emitters": False,
}


def relative_gap(ours, theirs, scale=None):
    """Largest difference as a share of `scale`; 0 where both are empty.

    Args:
        ours: array or number.
        theirs: the right values, of the same shape; NaN where `ours` is NaN.
        scale: size of what was summed, a number; the largest value of `theirs` if
            None, which does for arrays of many independent sums.
    """
    ours, theirs = np.asarray(ours, "float64"), np.asarray(theirs, "float64")
    assert ours.shape == theirs.shape, (ours.shape, theirs.shape)
    assert np.array_equal(np.isnan(ours), np.isnan(theirs))
    if not ours.size:
        return 0.0
    if scale is None:
        scale = size_of(theirs)
    return size_of(ours - theirs) / max(scale, SMALLEST_SCALE)


def size_of(values):
    """Largest absolute value, NaN left out; 0 for an empty array."""
    return float(np.nan_to_num(np.abs(np.asarray(values))).max(initial=0.0))


def size_of_summands(summands):
    """Sum of the absolute values: the scale of the rounding of their sum."""
    return float(np.nan_to_num(np.abs(np.asarray(summands, "float64"))).sum())


def assert_close_sums(ours, theirs, summands=None, rtol=1e-5):
    """`ours` is `theirs` up to `rtol` of what was summed.

    Args:
        ours: array or number.
        theirs: the right values, of the same shape.
        summands: what one of the sums was made of; None takes the largest of `theirs`.
        rtol: share of the size of the summands.
    """
    scale = None if summands is None else size_of_summands(summands)
    gap = relative_gap(ours, theirs, scale)
    assert gap <= rtol, f"{gap:.1e} of what was summed, allowed {rtol:.1e}"
