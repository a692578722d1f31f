"""Which fits take several steps at once, and that nobody can tell."""

import numpy as np
import pytest

import nbkeras
from nbkeras import Input, Sequential, config
from nbkeras.callbacks import LambdaCallback
from nbkeras.layers import BatchNormalization, Conv2D, Dense, Dropout, Flatten

pytestmark = pytest.mark.usefixtures("empty_dispatch_cache")

RNG = np.random.default_rng(0)
X = RNG.normal(size=(70, 6, 6, 1)).astype("float32")
Y = RNG.integers(0, 3, 70).astype("int32")


@pytest.fixture(autouse=True)
def _the_usual_choice():
    yield
    config.set_lowering("auto")


def build(width=4, **how):
    nbkeras.utils.set_random_seed(1)
    model = Sequential(
        [
            Input((6, 6, 1)),
            Conv2D(2, 3, activation="relu"),
            BatchNormalization(),
            Flatten(),
            Dropout(0.5),
            Dense(width, "relu"),
            Dense(3, "softmax"),
        ]
    )
    loss = how.pop("loss", "sparse_categorical_crossentropy")
    model.compile("adam", loss, metrics=["accuracy"], **how)
    return model


def used(model):
    """The kinds of train step that were compiled."""
    return {
        kind
        for (kind, _), step in model.compiled_steps._steps.items()
        if kind in ("train", "multi_step") and step._cache_size()
    }


def test_weights_and_history_are_those_of_single_steps_bit_for_bit():
    """Of stretches of one, that is, which is how short steps are taken one by one."""
    together = build()
    one = together.fit(X, Y, batch_size=8, epochs=3, verbose=0)
    alone, batches = build(), []
    watched = [LambdaCallback(on_train_batch_end=lambda n, logs: batches.append(n))]
    two = alone.fit(X, Y, batch_size=8, epochs=3, verbose=0, callbacks=watched)
    assert batches == [*range(9)] * 3
    assert used(together) == used(alone) == {"multi_step"}
    assert one.history == two.history
    for a, b in zip(together.get_weights(), alone.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_weights_are_those_of_the_plain_step():
    found = []
    for choice in ("auto", "plain"):
        config.set_lowering(choice)
        model = build()
        model.fit(X, Y, batch_size=8, epochs=3, verbose=0)
        found.append(model.get_weights())
    assert used(model) == {"train"}
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


def test_a_callback_acts_before_the_batch_that_it_is_told_of():
    model, seen = build(), []

    def begin(batch, logs):
        seen.append(float(np.abs(model.get_weights()[-1]).max()))
        model.set_weights([0 * w for w in model.get_weights()])

    # After weights of zero every gradient of the last layer is the same for all rows.
    watched = [LambdaCallback(on_train_batch_begin=begin)]
    model.fit(X, Y, batch_size=35, epochs=2, verbose=0, callbacks=watched)
    assert len(seen) == 4
    assert seen[0] == 0.0
    assert all(0 < value < 0.01 for value in seen[1:])


@pytest.mark.parametrize("choice", [1, "auto", 4])
def test_short_steps_go_together(choice):
    model = build(steps_per_execution=choice)
    model.fit(X, Y, verbose=0)
    assert used(model) == {"multi_step"}


def test_long_steps_go_alone():
    model = build(width=100_000)
    model.fit(X[:8], Y[:8], verbose=0)
    assert used(model) == {"train"}


def test_so_do_those_of_a_generator_which_may_be_slow():
    model = build()
    model.fit(((X[:8], Y[:8]) for _ in range(3)), verbose=0)
    assert used(model) == {"train"}


def test_so_do_those_whose_last_batch_cannot_be_filled_up():
    model = build(loss=lambda y, y_hat: (y_hat - y_hat.mean()) ** 2)
    model.fit(X, Y, batch_size=16, verbose=0)
    assert used(model) == {"train"}


def test_plain_lowering_takes_single_steps_unless_told_otherwise():
    config.set_lowering("plain")
    model, told = build(), build(steps_per_execution=2)
    model.fit(X, Y, verbose=0)
    told.fit(X, Y, verbose=0)
    assert (used(model), used(told)) == ({"train"}, {"multi_step"})


def test_a_wrong_number_of_steps_is_refused_and_changes_nothing():
    model = build()
    before = model.optimizer
    with pytest.raises(ValueError, match=r"compile\(steps_per_execution='auto'\)"):
        model.compile("sgd", "mse", steps_per_execution=0)
    assert model.optimizer is before
