"""Random combinations of options of recurrent layers equal real Keras on JAX."""

import jax
import keras
import numpy as np
import pytest
from recurrent_draws import drawn, results

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
