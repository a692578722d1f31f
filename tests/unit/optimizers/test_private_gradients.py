"""Sums of clipped gradients, beside a loop over single examples in NumPy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nbkeras.optimizers.privacy_accounting import spent
from nbkeras.optimizers.private_gradients import PrivateGradients, PrivateSum

# More than one chunk of 32 and a rest.
ROWS = 70
DRAW = np.random.default_rng(0)
X = DRAW.normal(size=(ROWS, 3)).astype("float32") * 3
Y = DRAW.normal(size=(ROWS, 2)).astype("float32")
PARAMS = {
    "kernel": DRAW.normal(size=(3, 2)).astype("float32"),
    "bias": np.zeros(2, "float32"),
}
VALID = (np.arange(ROWS) % 7 > 0).astype("float32")


def of_example(example, index):
    x, y = example

    def loss(params):
        gap = x @ params["kernel"] + params["bias"] - y
        return (gap**2).sum(), (gap, index)

    return jax.value_and_grad(loss, has_aux=True)(PARAMS)


def by_hand(clip):
    """The sum of clipped gradients, example by example: g = 2 x (x W + b - y)."""
    total = {name: np.zeros(w.shape) for name, w in PARAMS.items()}
    for x, y, valid in zip(X.astype(float), Y.astype(float), VALID, strict=True):
        gap = 2 * (x @ PARAMS["kernel"] + PARAMS["bias"] - y)
        kernel = np.outer(x, gap)
        norm = np.sqrt((kernel**2).sum() + (gap**2).sum())
        factor = valid * min(1, clip / norm)
        total["kernel"] += factor * kernel
        total["bias"] += factor * gap
    return total


def gradient(noise=0.0, clip=1.0, size=50.0, x=X):
    step = PrivateSum(noise, clip, size)
    key = jax.random.key(3)
    return step.gradient(of_example, PARAMS, (x, Y), VALID, key)


@pytest.mark.parametrize("clip", [0.5, 20.0, 1e6])
def test_the_sum_is_that_of_a_loop_over_single_examples(clip):
    _, grads = gradient(clip=clip)
    assert isinstance(grads, PrivateGradients)
    for name, total in by_hand(clip).items():
        np.testing.assert_allclose(grads[name], total / 50, rtol=2e-5, atol=1e-5)


def test_every_example_returns_what_it_computed_beside_its_gradient():
    (gaps, index), _ = gradient()
    np.testing.assert_allclose(gaps, X @ PARAMS["kernel"] - Y, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(index, np.arange(ROWS))


def test_padding_counts_for_nothing_even_if_its_gradient_is_nan():
    x = np.where(VALID[:, None] > 0, X, np.nan)
    _, grads = gradient(x=x)
    np.testing.assert_array_equal(grads["kernel"], gradient()[1]["kernel"])


def test_the_noise_is_normal_with_the_stated_deviation():
    params = {"w": np.zeros(20_000, "float32")}

    def nothing(example, index):
        return (0.0, 0.0), {"w": jax.numpy.zeros(20_000)}

    step = PrivateSum(noise=3.0, clip=0.5, batch_size=10.0)
    _, grads = step.gradient(
        nothing, params, (X[:4],), np.ones(4, "float32"), jax.random.key(1)
    )
    noise = np.asarray(grads["w"]) * 10 / (3.0 * 0.5)
    assert abs(noise.mean()) < 0.03
    assert abs(noise.std() - 1) < 0.03
    assert abs((np.abs(noise) > 1.96).mean() - 0.05) < 0.01


def test_two_weights_get_different_noise():
    _, grads = gradient(noise=1.0)
    _, plain = gradient()
    noise = {name: np.asarray(grads[name] - plain[name]) for name in grads}
    assert abs(noise["bias"] - noise["kernel"].ravel()[:2]).min() > 1e-4


def test_the_advantage_of_an_attack_stays_below_what_epsilon_allows():
    # DP-SGD, 2,000 times, on a mean: half of the trainings have one example more, as
    # far from the others as clipping lets it be.
    rate, noise, steps, delta, rows, runs = 0.2, 1.0, 10, 1e-3, 20, 2000
    step = PrivateSum(noise, 1.0, rate * rows)
    others = np.zeros((rows - 1, 1), "float32")
    points = np.concatenate([others, [[9.0]]]).astype("float32")

    def trained(key, has_example):
        present = jnp.arange(rows) < rows - 1 + has_example

        def next_weight(number, weight):
            draw, key_of_noise = jax.random.split(jax.random.fold_in(key, number))
            valid = present & (jax.random.uniform(draw, (rows,)) < rate)

            def of_example(point, index):
                return (0.0, index), {"weight": weight - point}

            _, gradient = step.gradient(
                of_example, {"weight": weight}, points, valid * 1.0, key_of_noise
            )
            return weight - 0.1 * gradient["weight"]

        return jax.lax.fori_loop(0, steps, next_weight, jnp.zeros(1))[0]

    keys = jax.random.split(jax.random.key(0), runs)
    inside = np.arange(runs) % 2 == 1
    weights = np.asarray(jax.jit(jax.vmap(trained))(keys, jnp.asarray(inside * 1)))
    # Half of each choose the threshold of the attack, and the others judge it.
    learn, judge = np.arange(runs) < runs // 2, np.arange(runs) >= runs // 2
    gains = [
        (weights[learn & inside] > t).mean() - (weights[learn & ~inside] > t).mean()
        for t in np.sort(weights[learn])
    ]
    threshold = np.sort(weights[learn])[int(np.argmax(gains))]
    found = (weights[judge & inside] > threshold).mean()
    advantage = found - (weights[judge & ~inside] > threshold).mean()
    epsilon = spent([(rate, noise, steps)], delta).epsilon
    most = (np.exp(epsilon) - 1 + 2 * delta) / (np.exp(epsilon) + 1)
    assert 0.1 < advantage < most < 1
    # Without noise, the same attack finds nearly every such example.
    step = PrivateSum(0.0, 1.0, rate * rows)
    bare = np.asarray(jax.jit(jax.vmap(trained))(keys, jnp.asarray(inside * 1)))
    assert ((bare > 0) == inside).mean() > 0.9
