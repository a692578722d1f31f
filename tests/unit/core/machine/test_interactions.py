"""Training waits at a step edge while a widget computes an answer, for a bounded time."""

import threading

import numpy as np
import pytest

import nbkeras
from nbkeras import layers
from nbkeras.core.machine import interactions as module
from nbkeras.core.machine.interactions import HOLD_S, RECENT_S, Interactions
from nbkeras.train import control, pacing
from nbkeras.train.control import Control, Move


class Clock:
    """Seconds that pass when somebody sleeps."""

    def __init__(self, monkeypatch):
        self.now, self.sleeps, self.on_sleep = 100.0, 0, None
        monkeypatch.setattr(module.time, "sleep", self.sleep)

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now, self.sleeps = self.now + seconds, self.sleeps + 1
        if self.on_sleep:
            self.on_sleep()


class Other:
    """Another thread that computes one interaction."""

    def __init__(self, interactions):
        self._end, begun = threading.Event(), threading.Event()

        def run():
            with interactions.first():
                begun.set()
                self._end.wait(10)

        self._thread = threading.Thread(target=run)
        self._thread.start()
        assert begun.wait(10)

    def end(self):
        self._end.set()
        self._thread.join()


@pytest.fixture
def clock(monkeypatch):
    return Clock(monkeypatch)


def never():
    return False


def test_without_an_interaction_nobody_waits(clock):
    Interactions(clock).wait(never)
    assert clock.sleeps == 0


def test_a_thread_waits_until_the_interaction_of_another_ends(clock):
    interactions = Interactions(clock)
    other = Other(interactions)
    clock.on_sleep = lambda: clock.sleeps == 3 and other.end()
    interactions.wait(never)
    assert clock.sleeps == 3


def test_an_interaction_holds_for_half_a_second_at_most(clock):
    interactions = Interactions(clock)
    other = Other(interactions)
    interactions.wait(never)
    assert clock.now - 100 == pytest.approx(HOLD_S, abs=0.01)
    slept = clock.sleeps
    interactions.wait(never)  # the next step edge during the same interaction
    assert clock.sleeps == slept
    other.end()


def test_an_urgent_thread_goes_on_at_once(clock):
    interactions = Interactions(clock)
    other = Other(interactions)
    interactions.wait(lambda: True)
    assert clock.sleeps == 0
    other.end()


def test_a_thread_that_computes_an_interaction_never_waits(clock):
    interactions = Interactions(clock)
    other = Other(interactions)
    with interactions.first():
        interactions.wait(never)
    assert clock.sleeps == 0
    other.end()


def test_only_slow_interactions_count_as_recent_and_not_for_long(clock):
    interactions = Interactions(clock)
    with interactions.first():
        clock.now += 0.001
    assert not interactions.are_recent()
    with interactions.first():
        clock.now += 0.1
    assert interactions.are_recent()
    clock.now += RECENT_S + 0.1
    assert not interactions.are_recent()


def test_a_run_waits_before_its_step_but_not_with_a_request(clock, monkeypatch):
    interactions = Interactions(clock)
    monkeypatch.setattr(control, "interactions", interactions)
    other, run = Other(interactions), Control()
    clock.on_sleep = lambda: clock.sleeps == 2 and run.set_learning_rate(0.1)
    assert run.next_move() == Move("learning_rate", 0.1)
    assert clock.sleeps == 2
    run.stop()
    run.next_move()
    assert clock.sleeps == 2
    other.end()


class Finished:
    """A value of the device that counts who waits for it."""

    waits = 0

    def block_until_ready(self):
        Finished.waits += 1


def test_no_step_stays_queued_while_a_widget_is_used(clock, monkeypatch):
    interactions = Interactions(clock)
    monkeypatch.setattr(pacing, "interactions", interactions)
    monkeypatch.setattr(Finished, "waits", 0)
    pacer = pacing.Pacer()
    assert [pacer.add(Finished()) for _ in range(2)] == [None, None]
    with interactions.first():
        clock.now += 0.1
    assert pacer.add(Finished()) is not None
    assert Finished.waits == 3


def test_a_fit_and_its_results_are_those_without_interactions(monkeypatch):
    x = np.random.default_rng(0).normal(size=(64, 3)).astype("float32")

    def weights():
        nbkeras.utils.set_random_seed(0)
        model = nbkeras.Sequential([nbkeras.Input((3,)), layers.Dense(1)])
        model.compile("sgd", "mse")
        model.fit(x, x[:, :1], validation_data=(x, x[:, :1]), epochs=2, verbose=0)
        return model.get_weights()

    quiet = weights()
    monkeypatch.setattr(module, "HOLD_S", 0.02)
    other = Other(module.interactions)
    held = weights()
    other.end()
    for one, two in zip(quiet, held, strict=True):
        np.testing.assert_array_equal(one, two)
