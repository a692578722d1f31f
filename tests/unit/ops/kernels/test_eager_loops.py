"""Eager loops that do the same share one compiled function."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nbkeras import backend as K
from nbkeras import layers, losses, ops
from nbkeras.ops.kernels import eager_loops

X = np.random.default_rng(0).normal(size=(2, 5, 3)).astype("float32")


def powers(base, steps=4, start=1.0):
    """base, base**2, ...; `base` is closed over."""

    def loop(start):
        return jax.lax.scan(lambda y, _: (y * base, y * base), start, length=steps)

    return eager_loops.run(loop, jnp.asarray(start))[1]


def test_another_closure_of_the_same_text_is_not_compiled_again():
    powers(jnp.asarray(2.0))
    number = len(eager_loops._compiled)
    assert powers(jnp.asarray(3.0)).tolist() == [3, 9, 27, 81]
    assert len(eager_loops._compiled) == number


def test_a_number_in_the_text_makes_another_loop():
    assert powers(2.0).tolist() == [2, 4, 8, 16]
    assert powers(0.5).tolist() == [0.5, 0.25, 0.125, 0.0625]


def test_an_array_within_a_compiled_part_is_never_stale():
    for factor in (np.array([1.0, 2.0]), np.array([3.0, 4.0])):
        inner = jax.jit(lambda y, factor=factor: y * factor)
        _, ys = eager_loops.run(
            lambda y, inner=inner: jax.lax.scan(
                lambda y, _: (y, inner(y)), y, length=1
            ),
            jnp.ones(2),
        )
        np.testing.assert_array_equal(ys[0], factor)


def test_a_gradient_goes_through_the_loop():
    slope = jax.grad(lambda base: powers(base).sum())(2.0)
    assert float(slope) == 1 + 2 * 2 + 3 * 4 + 4 * 8


def test_the_loops_that_are_remembered_are_bounded():
    for factor in range(70):
        powers(float(factor), steps=1)
    assert len(eager_loops._compiled) <= 64


def test_an_eager_recurrent_layer_compiles_its_loop_once():
    layer = layers.GRU(4, return_sequences=True)
    layer(X)
    number = len(eager_loops._compiled)
    layer.set_weights([w * 2 for w in layer.get_weights()])
    y = layer(X)
    assert len(eager_loops._compiled) == number
    values = [w.value for w in layer.trainable_variables]
    exact, _ = jax.jit(lambda v: layer.stateless_call(v, [], X))(values)
    np.testing.assert_allclose(y, exact, rtol=1e-5, atol=1e-6)


LABELS = np.array([[1, 2], [1, 0]])
LENGTHS = np.array([2, 1]), np.array([5, 4])


@pytest.mark.parametrize(
    "loop",
    [
        lambda x: ops.scan(lambda sums, row: (sums + row, sums), x[0], x),
        lambda x: ops.map(lambda row: row * x[0], x),
        lambda x: ops.while_loop(
            lambda i, y: i < 3, lambda i, y: (i + 1, y * x), (0, x)
        ),
        lambda x: ops.fori_loop(0, 3, lambda i, y: y * x, x),
        lambda x: K.rnn(lambda x, s: (x + s[0], [x + s[0]]), x, [x[:, 0]]),
        lambda x: ops.ctc_loss(LABELS, x, *LENGTHS),
        lambda x: losses.ctc(LABELS, x),
        lambda x: ops.ctc_decode(x, LENGTHS[1], "beam_search", beam_width=4),
    ],
    ids="scan map while_loop fori_loop rnn ctc_loss ctc ctc_decode".split(),
)
def test_an_eager_loop_is_compiled_once_and_computes_what_jit_does(loop):
    loop(jnp.asarray(X))
    number = len(eager_loops._compiled)
    y = loop(jnp.asarray(2 * X))
    assert len(eager_loops._compiled) == number
    expected = jax.jit(loop)(jnp.asarray(2 * X))
    for part, exact in zip(jax.tree.leaves(y), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(part, exact, rtol=1e-5, atol=1e-6)
