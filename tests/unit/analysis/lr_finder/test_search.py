"""The learning-rate finder: what it measures, what it suggests, what it leaves alone."""

import jax
import numpy as np
import pytest

import nbkeras
from nbkeras import layers, optimizers
from nbkeras.analysis import lr_find
from nbkeras.analysis.lr_finder.search import suggest
from nbkeras.train.control import Control

pytestmark = pytest.mark.usefixtures("empty_dispatch_cache")

RNG = np.random.default_rng(5)
X = RNG.normal(size=(96, 4)).astype("float32")
Y = (X @ np.array([1.0, -2.0, 0.5, 3.0]) + 0.7).astype("float32")[:, None]


def small_model(optimizer="sgd", seed=3, **more):
    nbkeras.utils.set_random_seed(seed)
    model = nbkeras.Sequential(
        [layers.Dense(8, activation="tanh"), layers.Dropout(0.2), layers.Dense(1)]
    )
    model.compile(optimizer=optimizer, loss="mse", **more)
    return model


def bits(tree):
    return [np.asarray(leaf).tobytes() for leaf in jax.tree.leaves(tree)]


def test_losses_are_those_of_one_step_each_at_its_rate():
    model = nbkeras.Sequential([layers.Dense(1, kernel_initializer="zeros")])
    model.compile(optimizer=optimizers.SGD(0.5), loss="mse")
    # One batch holds all rows, so the order of rows plays no part.
    curve = lr_find(model, X, Y, batch_size=96, low=1e-3, high=0.3, steps=12)
    np.testing.assert_allclose(curve.rates, np.geomspace(1e-3, 0.3, 12), rtol=1e-12)
    w, b, expected = np.zeros((4, 1)), 0.0, []
    for rate in curve.rates:
        error = X @ w + b - Y
        expected.append(np.mean(error**2))
        w, b = w - rate * 2 * X.T @ error / 96, b - rate * 2 * error.mean()
    np.testing.assert_allclose(curve.losses, expected, rtol=1e-5)
    bells = [[np.exp(-((i - k) ** 2) / 18) for k in range(12)] for i in range(12)]
    smooth = [np.average(expected, weights=bell) for bell in bells]
    np.testing.assert_allclose(curve.smooth, smooth, rtol=1e-5)


@pytest.mark.parametrize("optimizer", [optimizers.Adam(0.004), "sgd"])
def test_everything_is_bit_for_bit_what_it_was(optimizer):
    model = small_model(optimizer, metrics=["mae"])
    model.fit(X, Y, epochs=2, verbose=0)
    weights, state = bits(model.get_weights()), bits(model.optimizer.state)
    kept = (model.history, model._epochs_begun, model._steps_done, model._seed)
    rate = float(model.optimizer.learning_rate)
    lr_find(model, (X, Y), steps=30)
    assert bits(model.get_weights()) == weights
    assert bits(model.optimizer.state) == state
    assert (model.history, model._epochs_begun, model._steps_done, model._seed) == kept
    assert float(model.optimizer.learning_rate) == rate


def test_a_fit_afterwards_is_the_fit_that_it_would_have_been():
    first, second = small_model(), small_model()
    nbkeras.utils.set_random_seed(9)
    first.fit(X, Y, epochs=2, verbose=0)
    nbkeras.utils.set_random_seed(9)
    lr_find(second, X, Y, steps=20)
    before = np.random.get_state()[1].copy()
    second.fit(X, Y, epochs=2, verbose=0)
    assert bits(first.get_weights()) == bits(second.get_weights())
    assert (np.random.get_state()[1] == before).all()


def test_fit_compiles_nothing_after_the_finder():
    model = small_model()
    lr_find(model, X, Y, steps=12)
    step = model.compiled_steps.get("train")
    assert step._cache_size() == 1
    model.fit(X, Y, epochs=1, verbose=0)
    assert model.compiled_steps.get("train") is step
    assert step._cache_size() == 1


def test_the_suggested_rate_trains_and_a_thousandth_of_it_does_not():
    curve = lr_find(small_model(), X, Y, low=1e-5, high=100.0, batch_size=16)
    assert curve.ended in ("blown up", "not finite")
    assert curve.suggestion <= curve.lowest / 3
    assert f"{curve.suggestion:.2g}" in curve.reason

    def loss_after(rate):
        model = small_model(optimizers.SGD(rate))
        history = model.fit(X, Y, batch_size=16, epochs=5, verbose=0)
        return history.history["loss"][-1]

    start = float(np.mean(Y**2))
    assert loss_after(curve.suggestion) < 0.35 * start
    assert loss_after(curve.suggestion / 1000) > 0.6 * start


@pytest.mark.filterwarnings("ignore:The loss is no longer a number")
def test_an_explosion_ends_the_search():
    curve = lr_find(small_model(), X * 100, Y * 100, low=1e-3, high=1e6)
    assert curve.ended in ("blown up", "not finite")
    assert len(curve.rates) < 100
    assert np.isfinite(curve.losses).all()


def test_a_schedule_is_set_aside_while_searching():
    schedule = optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)
    model = small_model(optimizers.SGD(schedule))
    plain = small_model(optimizers.SGD(0.1))
    plain.build((None, 4))
    model.build((None, 4))
    model.set_weights(plain.get_weights())
    ours, theirs = (lr_find(m, X, Y, steps=15) for m in (model, plain))
    np.testing.assert_allclose(ours.losses, theirs.losses, rtol=1e-6)
    assert model.optimizer._schedule is schedule


def test_a_generator_gives_the_batches_and_may_run_out():
    def batches():
        for i in range(0, 96, 16):
            yield X[i : i + 16], Y[i : i + 16]

    curve = lr_find(small_model(), batches(), steps=50)
    assert (len(curve.rates), curve.ended) == (6, "out of data")


def test_the_search_can_be_watched_and_stopped():
    control, seen = Control(), []

    def watch(curve):
        seen.append(len(curve.rates))
        if len(seen) == 4:
            control.stop()

    curve = lr_find(small_model(), X, Y, control=control, watch=watch)
    assert seen == [1, 2, 3, 4]
    assert curve.ended == "stopped"
    assert curve.suggestion is None


def test_the_suggestion_is_the_middle_of_the_fall_and_below_the_lowest():
    rates = np.geomspace(1e-5, 10, 61)
    # A fall that is steepest at 1e-2, lowest at 0.3, then a rise.
    logs = np.log10(rates)
    losses = 2 - 1.5 / (1 + np.exp(-4 * (logs + 2))) + 5 * np.maximum(logs + 0.5, 0)
    rate, lowest = suggest(rates, losses)
    assert rate == pytest.approx(1e-2, rel=0.3)
    assert lowest == pytest.approx(10**-0.5, rel=0.3)
    assert suggest(rates, np.ones(61)) == (None, None)
    assert suggest(rates, np.linspace(1, 9, 61)) == (None, None)


@pytest.mark.parametrize(
    ("given", "error", "advice"),
    [
        ({"low": 0.0}, ValueError, "low must be above 0"),
        ({"low": 1.0, "high": 0.1}, ValueError, "at least 1.0"),
        ({"steps": 0}, ValueError, r"lr_find\(steps=100\)"),
        ({"batch_size": 0}, ValueError, "batch_size"),
        ({"y": Y[:5]}, ValueError, "rows"),
    ],
)
def test_bad_arguments_are_refused_before_work(given, error, advice):
    given = {"x": X, "y": Y} | given
    with pytest.raises(error, match=advice):
        lr_find(small_model(), **given)


def test_a_model_that_is_not_compiled_says_what_to_write():
    with pytest.raises(RuntimeError, match=r"Write first: model.compile"):
        lr_find(nbkeras.Sequential([layers.Dense(1)]), X, Y)


def test_an_optax_transformation_is_refused_with_advice():
    import optax

    with pytest.raises(ValueError, match=r"for example Adam\(1e-3\)"):
        lr_find(small_model(optax.adam(1e-3)), X, Y)
