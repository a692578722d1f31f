"""Random combinations of options of recurrent layers equal real Keras on JAX."""

import jax
import keras
import numpy as np
import pytest
from recurrent_draws import by_hand, drawn, given, results

import nbkeras

# Keras refuses others: two directions that both go backwards, stacks with states.
SEEDS = [0, 1, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 36, 48, 80, 88, 106]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_random_combination_equals_that_of_keras(seed):
    draw = drawn(seed)
    expected = results(keras, draw, None)
    got = results(nbkeras, draw, expected["weights"])
    # bfloat16 has eight bits, and sums are rounded in another order.
    tolerance = 0.05 if draw["mixed"] else 2e-5
    for part in ("outputs", "gradients"):
        ours, theirs = jax.tree.leaves(got[part]), jax.tree.leaves(expected[part])
        assert [a.shape for a in ours] == [a.shape for a in theirs]
        for a, b in zip(ours, theirs, strict=True):
            scale = max(np.abs(b).max(), 1e-2)
            np.testing.assert_allclose(a / scale, b / scale, rtol=0, atol=tolerance)


# In 87 an LSTM cell is below a GRU cell, and Keras on JAX gives in a masked step the
# state of the first row of the batch in all rows (it takes `states[-1][0]` for the state
# of the last cell, which is no list there). 131 differs by the rounding of bfloat16.
@pytest.mark.parametrize("seed", [87, 131])
@pytest.mark.parametrize("mixed", [True, False])
def test_outputs_and_gradients_are_those_computed_by_hand(seed, mixed):
    draw = drawn(seed) | {"mixed": mixed}
    got = results(nbkeras, draw, None)
    tolerance = 0.05 if mixed else 2e-5
    x, weights = np.asarray(given(draw)[0], "float64"), got["weights"]

    def total(*values):
        outputs = by_hand(draw, values[:-1], values[-1])
        return sum(
            np.sum(np.sin(np.arange(a.size)).reshape(a.shape) * a) for a in outputs
        )

    expected = [by_hand(draw, weights, x)] * draw["calls"]
    values = [np.asarray(w, "float64") for w in weights] + [x]
    slopes = [_slope(total, values, place) for place in range(len(values))]
    pairs = zip(jax.tree.leaves(got["outputs"]), jax.tree.leaves(expected), strict=True)
    for ours, wanted in (*pairs, *zip(got["gradients"], slopes, strict=False)):
        assert ours.shape == wanted.shape
        scale = max(np.abs(wanted).max(), 1e-2)
        np.testing.assert_allclose(ours / scale, wanted / scale, rtol=0, atol=tolerance)


def _slope(total, values, place, step=1e-5):
    """The derivative of `total` by each number of `values[place]`."""
    slope = np.zeros(values[place].shape)
    for index in np.ndindex(slope.shape):
        ends = []
        for shift in (step, -step):
            moved = [value.copy() for value in values]
            moved[place][index] += shift
            ends.append(total(*moved))
        slope[index] = (ends[0] - ends[1]) / (2 * step)
    return slope
