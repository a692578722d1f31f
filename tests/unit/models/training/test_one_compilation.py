"""What compiles: each step once, whatever is changed between and within fits."""

import jax
import numpy as np
import pytest
from tolerances import assert_close_sums

from nbkeras import Input, Sequential
from nbkeras.callbacks import LearningRateScheduler
from nbkeras.layers import BatchNormalization, Conv2D, Dense, Dropout, Flatten

pytestmark = pytest.mark.usefixtures("empty_dispatch_cache")

RNG = np.random.default_rng(0)
X = RNG.normal(size=(50, 6, 6, 1)).astype("float32")
Y = RNG.integers(0, 3, 50).astype("int32")


@pytest.fixture
def model():
    made = Sequential(
        [
            Input((6, 6, 1)),
            Conv2D(2, 3, activation="relu"),
            BatchNormalization(),
            Flatten(),
            Dropout(0.5),
            Dense(3, "softmax"),
        ]
    )
    made.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return made


class Compilations:
    """Counts what XLA compiles while it is open."""

    def __init__(self):
        self.count = 0

    def __enter__(self):
        jax.monitoring.register_event_duration_secs_listener(self._heard)
        return self

    def __exit__(self, *error):
        jax.monitoring.unregister_event_duration_listener(self._heard)

    def _heard(self, event, seconds, **more):
        self.count += event == "/jax/core/compile/backend_compile_duration"


def steps(model, kind):
    """Compiled forms of one of the model's steps."""
    if kind == "train":
        return _size(model, "train") + _size(model, "multi_step")
    return _size(model, kind)


def _size(model, kind):
    return model.compiled_steps.get(kind)._cache_size()


def test_a_short_last_batch_shares_the_compilation_of_the_full_ones(model):
    model.fit(X, Y, batch_size=16, validation_split=0.25, verbose=0)
    model.evaluate(X, Y, batch_size=16, verbose=0)
    model.predict(X, batch_size=16, verbose=0)
    assert steps(model, "train") == 1
    assert steps(model, "eval") == 1  # also for the 13 rows of the validation
    assert steps(model, "predict") == 1


def test_few_rows_are_filled_up_to_a_power_of_two(model):
    full = model.predict(X, verbose=0)
    for rows in (1, 2, 3, 4, 5, 6, 7, 8, 31):
        few = model.predict(X[:rows], verbose=0)
        np.testing.assert_allclose(few, full[:rows], rtol=1e-5, atol=1e-6)
    assert steps(model, "predict") == 5  # 1, 2, 4, 8 and 32


def test_a_new_rate_a_second_fit_and_a_resumed_one_compile_nothing(model):
    with Compilations() as first:
        model.fit(X, Y, epochs=2, verbose=0)
    model.optimizer.learning_rate = 0.5
    model.fit(X, Y, epochs=1, verbose=0, callbacks=[LearningRateScheduler(lambda e: 1)])
    with Compilations() as later:
        model.optimizer.learning_rate = 0.01
        model.fit(X, Y, epochs=2, verbose=0)
        model.fit(X[:40], Y[:40], epochs=4, initial_epoch=2, verbose=0)
        model.fit(
            X, Y, verbose=0, callbacks=[LearningRateScheduler(lambda e: 0.1 / (e + 1))]
        )
    assert first.count > 0
    assert later.count == 0


def test_freezing_a_layer_makes_a_new_step_and_unfreezing_too(model):
    def kernel():
        return model.layers[0].get_weights()[0]

    model.fit(X, Y, verbose=0)
    frozen = kernel()
    model.layers[0].trainable = False
    model.fit(X, Y, verbose=0)
    np.testing.assert_array_equal(kernel(), frozen)
    model.layers[0].trainable = True
    model.fit(X, Y, verbose=0)
    assert not np.array_equal(kernel(), frozen)


def test_the_same_model_on_other_shapes_compiles_once_for_each():
    made = Sequential([Dense(2)])
    made.compile("sgd", "mse")
    x, y = X.reshape(50, 36), np.zeros((50, 2), "float32")
    made.fit(x, y, batch_size=10, verbose=0)
    made.fit(x, y, batch_size=20, verbose=0)
    made.fit(x, y, batch_size=10, verbose=0)
    assert steps(made, "train") == 2


def test_a_layer_in_the_place_of_one_that_is_gone_has_a_step_of_its_own():
    """A new object may get the address of the old one, and did."""
    made = Sequential([Input((2,))])
    made.compile("sgd", "mse")
    x, y = np.ones((4, 2), "float32"), np.zeros((4, 1), "float32")
    for activation in ("relu", "sigmoid") * 3:
        made.add(Dense(1, activation, kernel_initializer="ones", name="last"))
        expected = 2.0 if activation == "relu" else 1 / (1 + np.exp(-2.0))
        assert_close_sums(made.predict(x, verbose=0)[0, 0], expected, rtol=1e-6)
        made.fit(x, y, verbose=0)
        made.pop()


def test_a_batch_at_a_time_traces_the_model_once(monkeypatch):
    traced = []

    class Counted(Dense):
        def call(self, x):
            traced.append(x.shape)
            return super().call(x)

    made = Sequential([Input((4,)), Counted(1)])
    made.compile("sgd", "mse")
    x, y = X.reshape(50, 36)[:8, :4], np.zeros((8, 1), "float32")
    made.train_on_batch(x, y)
    count = len(traced)
    for _ in range(5):
        made.train_on_batch(x, y)
    assert len(traced) == count
