"""Moves made by hand become code that makes the same weights."""

import numpy as np
import pytest

import nbkeras
from nbkeras.callbacks import Steering
from nbkeras.layers import Dense, Dropout


def fit(callbacks, **options):
    """A run with everything random in it: order of rows, dropout, initial weights."""
    nbkeras.utils.set_random_seed(7)
    x = np.random.default_rng(0).normal(size=(96, 6)).astype("float32")
    model = nbkeras.Sequential(
        [nbkeras.Input((6,)), Dense(16, activation="relu"), Dropout(0.4), Dense(1)]
    )
    model.compile("adam", "mse")
    y = x.sum(axis=1, keepdims=True)
    history = model.fit(
        x, y, epochs=5, batch_size=16, verbose=0, callbacks=callbacks, **options
    )
    return history, model.get_weights()


class Steer:
    """An observer with the run's control, as the dashboard is."""

    takes_events = True

    def __init__(self, moves):
        self.moves = moves

    def attach(self, plan, control, model):
        self.control = control

    def __call__(self, event):
        for move, *value in self.moves.get(getattr(event, "step", None), ()):
            if type(event).__name__ == "StepEnded":
                getattr(self.control, move)(*value)


BY_HAND = {
    3: [("set_learning_rate", 0.05)],
    8: [("pause",), ("step",), ("resume",), ("set_learning_rate", 0.002)],
    11: [("validate_now",), ("set_learning_rate", 0.0123)],
    20: [("stop",)],
}


def test_the_callback_makes_the_same_weights_bit_for_bit():
    x = np.ones((16, 6), "float32")
    held = {"validation_data": (x, x[:, :1])}
    history, by_hand = fit([Steer(BY_HAND)], **held)
    again, repeated = fit([history.schedule], **held)
    assert history.status == "stopped"
    # What is asked after step 3 is done before step 4.
    assert history.schedule.learning_rate == {4: 0.05, 9: 0.002, 12: 0.0123}
    assert history.schedule.stop == 21
    for one, other in zip(by_hand, repeated, strict=True):
        np.testing.assert_array_equal(one, other)
    # And it is the moves that made them so.
    _, untouched = fit([], **held)
    assert any((a != b).any() for a, b in zip(by_hand, untouched, strict=True))
    assert again.status == "stopped"


def test_the_code_makes_an_equal_callback():
    history, _ = fit([Steer({2: [("set_learning_rate", 0.1)], 9: [("stop",)]})])
    names = {}
    exec(history.schedule.code, names)
    assert repr(names["steering"]) == repr(history.schedule)
    assert repr(names["steering"]) == "Steering(learning_rate={3: 0.1}, stop=10)"


def test_a_run_nobody_touched_has_no_code():
    history, _ = fit([])
    assert history.schedule.code == ""
    stopped, _ = fit([nbkeras.callbacks.EarlyStopping("loss", patience=0, min_delta=9)])
    assert len(stopped.epoch) < 5
    assert stopped.schedule.code == ""


def test_steps_and_rates_are_checked():
    with pytest.raises(ValueError, match="must be an integer of at least 0"):
        Steering({-1: 0.1})
    with pytest.raises(ValueError, match="must be a number of at least 0"):
        Steering({1: "fast"})
    with pytest.raises(ValueError, match=r"Write for example Steering\(stop=100\)"):
        Steering(stop=0)
