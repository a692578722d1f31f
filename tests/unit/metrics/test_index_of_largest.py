"""The index of the largest value, of which JAX keeps nothing behind."""

import gc

import jax
import numpy as np
import pytest

from nbkeras import metrics
from nbkeras.metrics.accuracy import index_of_largest

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    "rows",
    [
        [[1.0, 3.0, 3.0], [5.0, 5.0, 5.0]],
        [[NAN, 1.0, INF], [1.0, NAN, NAN]],
        [[-INF, -INF, -INF], [-INF, INF, INF]],
        [[0, 2, 2], [7, 1, 7]],
        [[False, True, True], [False, False, False]],
    ],
)
@pytest.mark.parametrize("axis", [-1, 0, 1])
def test_it_is_that_of_numpy(rows, axis):
    np.testing.assert_array_equal(
        index_of_largest(rows, axis), np.argmax(np.array(rows), axis)
    )


def jaxprs():
    gc.collect()
    return sum(type(each).__name__ == "Jaxpr" for each in gc.get_objects())


@pytest.mark.parametrize(
    "metric",
    [
        metrics.sparse_categorical_accuracy,
        metrics.OneHotIoU(3, [0]).labels,
        lambda y, y_pred: metrics.categorical_accuracy(jax.nn.one_hot(y, 3), y_pred),
    ],
)
def test_programs_that_are_gone_leave_no_trace_of_a_reduction(metric):
    y, y_pred = np.array([0, 2]), np.eye(3, dtype="float32")[:2]
    y_true = np.eye(3)[y] if getattr(metric, "__self__", None) else y

    def use():
        # A new function is traced and lowered anew.
        jax.block_until_ready(jax.jit(lambda *pair: metric(*pair))(y_true, y_pred))

    use()
    before = jaxprs()
    for _ in range(5):
        use()
    assert jaxprs() <= before
