"""Pooling against windows written out in NumPy."""

import itertools
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbkeras.ops.kernels import pooling

some = settings(max_examples=10)


def windows(sizes, window, strides, padding):
    """(output position, slices of the input inside the window), one by one."""
    befores, counts = [], []
    for n, w, s in zip(sizes, window, strides, strict=True):
        if padding == "valid":
            counts.append((n - w) // s + 1)
            befores.append(0)
        else:
            counts.append(int(np.ceil(n / s)))
            befores.append(max((counts[-1] - 1) * s + w - n, 0) // 2)
    for place in itertools.product(*map(range, counts)):
        inside = tuple(
            slice(max(p * s - b, 0), p * s - b + w)
            for p, s, b, w in zip(place, strides, befores, window, strict=True)
        )
        yield place, inside


def max_and_gradient(x, g_of, window, strides, padding):
    """Channels last: maxima, and where 1 x weight of each goes back to, by loops."""
    found = list(windows(x.shape[1:-1], window, strides, padding))
    sizes = tuple(n + 1 for n in found[-1][0])
    y = np.zeros((x.shape[0], *sizes, x.shape[-1]), x.dtype)
    back, g = np.zeros_like(x), g_of(y.shape)
    for place, inside in found:
        for row, channel in itertools.product(range(x.shape[0]), range(x.shape[-1])):
            patch = x[(row, *inside, channel)]
            at = (row, *place, channel)
            y[at] = patch.max()
            first = np.unravel_index(np.argmax(patch), patch.shape)
            spot = tuple(f + s.start for f, s in zip(first, inside, strict=True))
            back[(row, *spot, channel)] += g[at]
    return y, g, back


@st.composite
def a_pooling(draw):
    rank = draw(st.integers(1, 3))
    each = lambda low, high: tuple(  # noqa: E731
        draw(st.lists(st.integers(low, high), min_size=rank, max_size=rank))
    )
    window = each(1, 3)
    side_by_side = draw(st.booleans())
    strides = window if side_by_side else each(1, 3)
    return (
        (draw(st.integers(1, 2)), *each(3, 6), draw(st.integers(1, 3))),
        window,
        strides,
        draw(st.sampled_from(["valid", "same"])),
        draw(st.sampled_from(["channels_last", "channels_first"])),
    )


def weights_of(shape):
    return np.random.default_rng(7).normal(size=shape).astype("float32")


def compare_max_pool(x, window, strides, padding, data_format):
    y, g, back = max_and_gradient(x, weights_of, window, strides, padding)
    if data_format == "channels_first":
        x, y, g, back = (np.moveaxis(a, -1, 1) for a in (x, y, g, back))

    @jax.jit
    def run(x):
        f = lambda x: pooling.max_pool(x, window, strides, padding, data_format)  # noqa: E731
        made, pull = jax.vjp(f, x)
        return made, *pull(jnp.asarray(g))

    made, pulled = run(jnp.asarray(x))
    np.testing.assert_array_equal(made, y)
    np.testing.assert_allclose(pulled, back, rtol=1e-6, atol=1e-6)


@some
@given(a_pooling())
def test_max_pool_and_its_gradient_equal_the_loops(drawn):
    shape, *rest = drawn
    x = np.random.default_rng(0).normal(size=shape).astype("float32")
    compare_max_pool(x, *rest)


@some
@given(a_pooling())
def test_among_equal_values_the_first_gets_the_gradient(drawn):
    shape, *rest = drawn
    x = np.random.default_rng(1).integers(0, 2, size=shape).astype("float32")
    compare_max_pool(x, *rest)


def test_a_window_too_large_for_an_index_still_has_the_right_gradient():
    x = np.random.default_rng(0).normal(size=(2, 19, 20, 1)).astype("float32")
    compare_max_pool(x, (9, 9), (9, 9), "valid", "channels_last")


@some
@given(a_pooling())
def test_average_pool_divides_by_what_lies_inside_the_data(drawn):
    shape, window, strides, padding, data_format = drawn
    x = np.random.default_rng(0).normal(size=shape).astype("float32")
    found = list(windows(shape[1:-1], window, strides, padding))
    y = np.zeros((shape[0], *(n + 1 for n in found[-1][0]), shape[-1]))
    for place, inside in found:
        axes = tuple(range(1, len(shape) - 1))
        y[(slice(None), *place)] = x[(slice(None), *inside)].mean(axes)
    if data_format == "channels_first":
        x, y = np.moveaxis(x, -1, 1), np.moveaxis(y, -1, 1)
    made = pooling.average_pool(jnp.asarray(x), window, strides, padding, data_format)
    np.testing.assert_allclose(made, y, rtol=1e-5, atol=1e-6)


def test_average_pool_same_gives_the_numbers_of_keras():
    x = jnp.array([1.0, 2.0, 3.0]).reshape(1, 3, 1)
    assert pooling.average_pool(x, (2,), None, "same").ravel().tolist() == [1.5, 3.0]


def test_padding_never_wins_over_negative_values():
    x = -jnp.ones((1, 3, 3, 1))
    assert float(pooling.max_pool(x, (2, 2), None, "same").max()) == -1.0


@pytest.mark.parametrize("strides", [(2, 2), (1, 2)])
def test_training_needs_no_scatter(strides):
    total = lambda x: pooling.max_pool(x, (2, 2), strides).sum()  # noqa: E731
    assert "scatter" not in str(jax.make_jaxpr(jax.grad(total))(jnp.ones((1, 5, 4, 1))))


def test_inference_keeps_no_index():
    run = jax.jit(lambda x: pooling.max_pool(x, (2, 2))).lower(jnp.ones((1, 4, 4, 1)))
    assert "ui8" not in run.as_text()


def test_max_pool_works_under_vmap():
    x = jnp.asarray(np.random.default_rng(0).normal(size=(3, 2, 5, 5, 2)), "float32")
    total = lambda x: jnp.sum(pooling.max_pool(x, (2, 2)) ** 2)  # noqa: E731
    each = jax.vmap(jax.grad(total))(x)
    np.testing.assert_array_equal(each, np.stack([jax.grad(total)(one) for one in x]))


def test_a_second_derivative_exists():
    x = jnp.arange(4.0).reshape(1, 4, 1)
    once = lambda x: jnp.sum(pooling.max_pool(x, (2,)) ** 3)  # noqa: E731
    twice = jax.grad(lambda x: jax.grad(once)(x).sum())(x)
    assert twice.ravel().tolist() == [0.0, 6.0, 0.0, 18.0]


def test_nan_is_not_hidden_by_pooling():
    x = jnp.array([1.0, jnp.nan, 2.0, 3.0]).reshape(1, 4, 1)
    made, _ = jax.vjp(lambda x: pooling.max_pool(x, (2,)), x)
    assert np.isnan(made[0, 0, 0])
    assert float(made[0, 1, 0]) == 3.0


def test_whole_numbers_keep_their_dtype_in_max_pool():
    made = pooling.max_pool(jnp.array([3, 200], jnp.uint8).reshape(1, 2, 1), (2,))
    assert (made.dtype, int(made[0, 0, 0])) == (jnp.uint8, 200)


def test_whole_numbers_are_averaged_as_floats():
    made = pooling.average_pool(jnp.array([1, 2]).reshape(1, 2, 1), (2,))
    assert (made.dtype, float(made[0, 0, 0])) == (jnp.float32, 1.5)


def test_a_masked_mean_leaves_steps_out_and_an_empty_row_is_0():
    x = jnp.arange(8.0).reshape(2, 4, 1)
    mask = jnp.array([[True, True, False, False], [False] * 4])
    total = lambda x: pooling.global_average(x, mask=mask).sum()  # noqa: E731
    assert pooling.global_average(x, mask=mask).ravel().tolist() == [0.5, 0.0]
    assert jax.grad(total)(x).ravel().tolist() == [0.5, 0.5, 0, 0, 0, 0, 0, 0]


DIFFERENCES = """
import jax, jax.numpy as jnp, numpy as np
jax.config.update("jax_enable_x64", True)
from nbkeras.ops.kernels import pooling

rng = np.random.default_rng(0)
for window, strides in (((2, 2), (2, 2)), ((3, 2), (3, 2)), ((3, 3), (2, 2)),
                        ((2, 3), (1, 3)), ((1, 2), (2, 3)), ((9, 9), (9, 9))):
    for pad in ("valid", "same"):
        for reduce in (pooling.max_pool, pooling.average_pool):
            # All values at least 0.01 apart: no maximum changes hands on the way.
            x = jnp.asarray(rng.permutation(2 * 11 * 12 * 3).reshape(2, 11, 12, 3) / 100)
            f = lambda x: reduce(x, window, strides, pad)
            g = jnp.asarray(rng.normal(size=jax.eval_shape(f, x).shape))
            total = jax.jit(lambda x: jnp.sum(g * f(x)))
            way = jnp.asarray(rng.uniform(-1, 1, size=x.shape))
            slope = (total(x + 1e-3 * way) - total(x - 1e-3 * way)) / 2e-3
            found = jnp.vdot(jax.jit(jax.grad(total))(x), way)
            print(reduce.__name__, window, strides, pad, float(abs(slope - found)))
"""


def test_gradients_equal_finite_differences_in_float64():
    done = subprocess.run(
        [sys.executable, "-c", DIFFERENCES], capture_output=True, text=True, check=True
    )
    errors = [float(line.split()[-1]) for line in done.stdout.splitlines()]
    assert len(errors) == 24
    assert max(errors) < 1e-8, done.stdout
