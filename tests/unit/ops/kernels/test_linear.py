"""Products and look-ups against NumPy."""

import jax.numpy as jnp
import numpy as np
import pytest

from nbkeras.ops.kernels import linear


def test_dense_is_a_matrix_product_over_the_last_axis():
    x = np.random.default_rng(0).normal(size=(2, 3, 4))
    kernel = np.random.default_rng(1).normal(size=(4, 5))
    got = linear.dense(jnp.asarray(x), jnp.asarray(kernel), jnp.ones(5))
    np.testing.assert_allclose(got, x @ kernel + 1, rtol=1e-5, atol=1e-6)


def test_lookup_gives_nan_for_ids_without_a_row():
    got = linear.lookup(jnp.arange(6.0).reshape(3, 2), jnp.array([2, -1, 3]))
    np.testing.assert_array_equal(got, [[4, 5], [np.nan] * 2, [np.nan] * 2])


@pytest.mark.parametrize(
    ("equation", "bias_axes", "x", "out", "kernel", "bias"),
    [
        ("ab,bc->ac", "c", (None, 4), 5, (4, 5), (5,)),
        ("abc,cd->abd", None, (None, 3, 4), (None, 5), (4, 5), None),
        ("abc,cde->abde", "de", (None, 3, 4), (None, 2, 5), (4, 2, 5), (2, 5)),
        ("abc,cde->abde", "e", (None, 3, 4), (None, 2, 5), (4, 2, 5), (5,)),
        ("...x,xy->...y", "y", (None, 2, 3, 4), 5, (4, 5), (5,)),
        ("ab...,bc->ac...", "c", (None, 4, 7), 5, (4, 5), (5, 1)),
    ],
)
def test_shapes_follow_from_the_equation(equation, bias_axes, x, out, kernel, bias):
    shapes = linear.einsum_shapes(equation, bias_axes, x, out)
    assert shapes.kernel == kernel
    assert shapes.bias == bias
