"""fit(background=True): a handle that watches and steers a run on a thread."""

import threading
import time

import numpy as np
import pytest

from nbkeras import Input, Sequential
from nbkeras.callbacks import LambdaCallback
from nbkeras.layers import Dense
from nbkeras.train import events, sinks

RNG = np.random.default_rng(0)
X = RNG.normal(size=(64, 4)).astype("float32")
Y = X.sum(axis=1, keepdims=True)


def model(**compiled):
    made = Sequential([Input((4,)), Dense(8, "relu"), Dense(1)])
    made.compile(**{"optimizer": "sgd", "loss": "mse", **compiled})
    return made


class Gate:
    """Batches that come one at a time, when `let` is called."""

    def __init__(self):
        self.turn = threading.Semaphore(0)

    def let(self, number=1):
        self.turn.release(number)

    def __iter__(self):
        while True:
            assert self.turn.acquire(timeout=20)
            yield X[:8], Y[:8]


class Log:
    """A sink that keeps the events and can be waited on."""

    takes_events = True

    def __init__(self):
        self.events, self.changed = [], threading.Condition()

    def __call__(self, event):
        with self.changed:
            self.events.append(event)
            self.changed.notify_all()

    def until(self, kind, count=1):
        def there():
            return sum(isinstance(e, kind) for e in self.events) >= count

        with self.changed:
            assert self.changed.wait_for(there, 60)

    def moves(self):
        steered = [e for e in self.events if isinstance(e, events.Steered)]
        return [(e.step, e.move, e.value) for e in steered]


def held(run):
    """Wait until the run stands still."""
    while not run.control.paused:
        assert not run.done


def test_the_handle_gives_the_history_that_a_plain_fit_gives():
    one, two = model(), model()
    two.set_weights(one.get_weights())
    one._seed = two._seed = 3
    plain = one.fit(X, Y, epochs=3, verbose=0)
    run = two.fit(X, Y, epochs=3, verbose=0, background=True)
    history = run.wait()
    assert history.history == plain.history
    assert (run.status, run.done) == ("completed", True)
    for a, b in zip(one.get_weights(), two.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_run_pauses_steps_changes_its_rate_and_goes_on():
    made, log = model(), Log()
    run = made.fit(X, Y, epochs=10**6, verbose=0, callbacks=[log], background=True)
    log.until(events.StepEnded)
    run.pause()
    held(run)
    assert run.status == "paused"
    steps = int(made.optimizer.iterations)
    run.learning_rate = 0.5
    run.step()
    log.until(events.Steered, 3)
    held(run)
    assert int(made.optimizer.iterations) == steps + 1
    assert run.learning_rate == 0.5
    run.stop()
    history = run.wait(60)
    assert (run.status, history.status) == ("stopped", "stopped")
    assert log.moves() == [
        (steps, "pause", None),
        (steps, "learning_rate", 0.5),
        (steps, "step", None),
    ]
    assert isinstance(log.events[-1], events.FitEnded)


def test_a_run_that_is_slowed_down_ends_with_the_same_weights():
    one, two, log = model(), model(), Log()
    two.set_weights(one.get_weights())
    one._seed = two._seed = 3
    one.fit(X, Y, batch_size=8, epochs=20, verbose=0)
    asked = threading.Event()
    begin = LambdaCallback(on_train_begin=lambda logs: asked.wait(60))
    how = {"callbacks": [log, begin], "background": True, "verbose": 0}
    run = two.fit(X, Y, batch_size=8, epochs=20, **how)
    assert run.speed is None
    run.speed = 1000
    asked.set()
    history = run.wait(60)
    with pytest.raises(RuntimeError, match="the run has ended"):
        run.speed = 1
    assert (history.status, history.schedule.code) == ("completed", "")
    ((_, move, value),) = log.moves()
    assert (move, value) == ("speed", 1000.0)
    for a, b in zip(one.get_weights(), two.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_predict_serves_the_weights_of_the_last_step_while_a_fit_runs():
    made, gate, log = model(), Gate(), Log()
    gate.let(1)  # fit looks at one batch before it begins
    run = made.fit(
        gate, steps_per_epoch=50, verbose=0, callbacks=[log], background=True
    )
    gate.let(2)
    log.until(events.StepEnded, 2)
    now = made.get_weights()
    hidden = np.maximum(X @ now[0] + now[1], 0)
    np.testing.assert_allclose(
        made.predict(X, verbose=0), hidden @ now[2] + now[3], rtol=1e-5, atol=1e-6
    )
    gate.let(1)
    log.until(events.StepEnded, 3)
    assert not np.array_equal(made.get_weights()[0], now[0])
    gate.let(100)
    run.wait(60)


def test_a_second_fit_is_refused_and_the_first_goes_on():
    made, gate = model(), Gate()
    gate.let(1)
    run = made.fit(gate, steps_per_epoch=3, verbose=0, background=True)
    with pytest.raises(RuntimeError, match=r"already in training \(started 0 s ago\)"):
        made.fit(X, Y, verbose=0)
    gate.let(3)
    assert run.wait(60).epoch == [0]


def test_what_ends_the_run_is_raised_by_wait_and_the_model_goes_on():
    def fail(epoch, logs):
        raise OSError("disk full")

    made = model()
    broken = LambdaCallback(on_epoch_end=fail)
    run = made.fit(X, Y, epochs=2, verbose=0, callbacks=[broken], background=True)
    with pytest.raises(OSError, match="disk full"):
        run.wait(60)
    assert (run.status, str(run.error)) == ("failed", "disk full")
    made.fit(X, Y, verbose=0)
    with pytest.raises(RuntimeError, match="the run has ended"):
        run.pause()


def test_wait_says_that_the_run_goes_on():
    made, gate = model(), Gate()
    gate.let(1)
    run = made.fit(gate, steps_per_epoch=2, verbose=0, background=True)
    with pytest.raises(TimeoutError, match=r"run\.stop\(\)"):
        run.wait(0.01)
    gate.let(2)
    run.wait(60)


def test_bad_arguments_raise_at_once_not_in_the_thread():
    with pytest.raises(ValueError, match="number of rows differs"):
        model().fit(X, Y[:5], background=True)


def test_a_paused_run_uses_next_to_no_processor_time():
    run = model().fit(X, Y, epochs=10**6, verbose=0, background=True)
    run.pause()
    held(run)
    wall, before = time.monotonic(), time.process_time()
    assert not run._done.wait(1.0)
    used = (time.process_time() - before) / (time.monotonic() - wall)
    run.stop()
    run.wait(60)
    assert used < 0.02


def test_validate_now_gives_the_loss_of_the_weights_at_that_step():
    made, log = model(), Log()
    run = made.fit(
        X,
        Y,
        epochs=10**6,
        validation_data=(X[:20], Y[:20]),
        validation_freq=10**6,
        verbose=0,
        callbacks=[log],
        background=True,
    )
    run.pause()
    held(run)
    run.validate_now()
    log.until(events.EvaluateEnded)
    held(run)
    told = next(e for e in log.events if isinstance(e, events.EvaluateEnded))
    assert told.step == int(made.optimizer.iterations)
    expected = np.mean((made.predict(X[:20], verbose=0) - Y[:20]) ** 2)
    run.stop()
    run.wait(60)
    np.testing.assert_allclose(told.logs["loss"], expected, rtol=1e-5)


def test_a_display_gets_plan_control_and_model_and_is_closed(monkeypatch):
    seen = []

    class Display:
        def __init__(self, plan, control, model):
            seen.append((plan.task, plan.epochs, model.name))
            self.control = control

        def __call__(self, event):
            if isinstance(event, events.EpochEnded):
                self.control.stop()

        def close(self):
            seen.append("closed")

    monkeypatch.setattr(sinks, "defaults", [Display])
    made = model()
    history = made.fit(X, Y, epochs=50)
    assert history.epoch == [0]
    assert seen == [("fit", 50, made.name), "closed"]
    made.predict(X)
    assert seen[2:] == [("predict", 1, made.name), "closed"]


def test_where_no_display_can_show_anything_text_is_shown(monkeypatch, capsys):
    monkeypatch.setattr(sinks, "defaults", [lambda *given: None])
    model().fit(X, Y)
    assert "Epoch 1/1" in capsys.readouterr().out
