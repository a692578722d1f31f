"""The laws of the event stream, on a run without layers."""

import math
import signal

import jax
import numpy as np
import pytest

from nbkeras.train import events
from nbkeras.train import loop as loop_module
from nbkeras.train.events import Status

pytestmark = pytest.mark.usefixtures("empty_dispatch_cache")


def steer(run, at, **moves):
    """A sink that asks for moves once step number `at` has ended."""

    def sink(event):
        if isinstance(event, events.StepEnded) and event.step == at:
            for name, values in moves.items():
                getattr(run.control, name)(*values)

    return sink


def test_a_run_tells_its_steps_in_order_between_one_start_and_one_end(line, plan):
    run = line(plan(epochs=2, steps=2))
    run.drive()
    step = ["StepStarted", "StepEnded"]
    epoch = ["EpochStarted", *step, *step, "EpochEnded"]
    assert run.kinds() == ["FitStarted", *epoch, *epoch, "FitEnded"]
    ends = [e for e in run.events if isinstance(e, events.StepEnded)]
    assert [(e.epoch, e.batch, e.step, e.rows) for e in ends] == [
        (0, 0, 0, 3),
        (0, 1, 1, 3),
        (1, 0, 2, 3),
        (1, 1, 3, 3),
    ]
    assert run.events[-1].status is Status.COMPLETED
    assert (run.events[-1].epochs, run.events[-1].step) == (2, 4)


def test_the_numbers_are_those_of_gradient_descent_by_hand(line, plan, hand):
    run = line(plan(epochs=2, steps=3))
    run.drive()
    slope, offset, losses = hand(6)
    np.testing.assert_allclose(run.params()["slope"], slope, rtol=1e-5)
    np.testing.assert_allclose(run.params()["offset"], offset, rtol=1e-5)
    epochs = [np.mean(losses[:3]), np.mean(losses[3:])]
    np.testing.assert_allclose(run.history.history["loss"], epochs, rtol=1e-5)


def test_seconds_never_go_back(line):
    run = line()
    run.drive()
    seconds = [e.seconds for e in run.events[:-1]]
    assert seconds == sorted(seconds)


def test_a_sink_that_raises_ends_the_run_and_all_sinks_hear_of_it(line):
    run, before = line(), []

    def broken(event):
        before.append(event)
        if isinstance(event, events.StepEnded):
            raise ValueError("no room")

    with pytest.raises(ValueError, match="no room"):
        run.drive(broken)
    assert run.kinds().count("FitStarted") == run.kinds().count("FitEnded") == 1
    last = run.events[-1]
    assert (last.status, last.error) == (Status.FAILED, "ValueError: no room")
    assert before[-1] is last
    assert run.plan.open == 0


def test_a_source_that_raises_ends_the_run_with_one_last_word(line, plan):
    def scale(number):
        if number == 2:
            raise OSError("broken picture")
        return 1.0

    run = line(plan(scale=scale))
    with pytest.raises(OSError, match="broken picture"):
        run.drive()
    assert run.events[-1].status is Status.FAILED
    assert run.events[-1].step == 2
    assert all(math.isfinite(v) for v in run.params().values())


def test_an_error_at_the_end_becomes_a_note_of_the_first(line):
    def broken(event):
        if isinstance(event, events.StepEnded):
            raise ValueError("first")
        if isinstance(event, events.FitEnded):
            raise ValueError("second")

    run = line()
    with pytest.raises(ValueError, match="first") as caught:
        run.drive(broken)
    assert caught.value.__notes__ == ["and while ending: ValueError: second"]


def test_an_interrupt_takes_effect_before_the_next_step(line):
    run = line()

    def press(event):
        if isinstance(event, events.StepEnded) and event.step == 1:
            run.interrupts.pressed(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        run.drive(press)
    assert run.events[-1].status is Status.INTERRUPTED
    assert run.events[-1].step == 2
    assert "EpochEnded" not in run.kinds()
    assert run.plan.open == 0


def test_a_stop_leaves_the_unfinished_epoch_out_of_the_history(line, plan):
    run = line(plan(epochs=5, steps=3))
    run.drive(steer(run, 4, stop=()))
    assert run.history.epoch == [0]
    assert run.history.status is Status.STOPPED
    assert run.history.last == run.events[-1].logs
    assert run.events[-1].step == 5
    assert run.events[-1].epochs == 1


def test_a_stop_that_lets_the_epoch_finish_validates_it(line, plan):
    run = line(plan(epochs=5, steps=3, validated=True))
    run.drive(lambda e: steer(run, 1, stop=(Status.STOPPED, True))(e))
    assert run.history.epoch == [0]
    assert set(run.history.history) == {"loss", "val_loss"}
    assert run.events[-1].status is Status.STOPPED
    assert run.events[-1].step == 2


def test_a_learning_rate_set_from_outside_counts_from_the_next_step(line, plan, hand):
    run = line(plan(epochs=1, steps=4))
    run.drive(steer(run, 1, set_learning_rate=(0.01,)))
    ends = [e.host() for e in run.events if isinstance(e, events.StepEnded)]
    rates = [e.learning_rate for e in ends]
    np.testing.assert_allclose(rates, [0.05, 0.05, 0.01, 0.01], rtol=1e-6)
    steered = [e for e in run.events if isinstance(e, events.Steered)]
    assert [(e.step, e.move, e.value) for e in steered] == [(2, "learning_rate", 0.01)]
    assert run.events[-2].learning_rate == pytest.approx(0.01)


def test_a_run_can_be_repeated_from_its_steered_events(line, plan):
    first = line(plan(epochs=1, steps=6))
    first.drive(
        lambda e: (
            steer(first, 1, set_learning_rate=(0.2,))(e),
            steer(first, 3, set_learning_rate=(0.01,))(e),
        )
    )
    moves = {e.step: e.value for e in first.events if isinstance(e, events.Steered)}
    second = line(plan(epochs=1, steps=6))
    for event in second.training().run():
        if isinstance(event, events.StepEnded) and event.step + 1 in moves:
            second.control.set_learning_rate(moves[event.step + 1])
    assert moves == {2: 0.2, 4: 0.01}
    assert second.params() == first.params()


def test_validate_now_tells_the_step_and_leaves_training_as_it_was(line, plan, hand):
    run = line(plan(epochs=1, steps=4))
    run.drive(steer(run, 1, validate_now=()))
    ended = next(e for e in run.events if isinstance(e, events.EvaluateEnded))
    assert (ended.step, ended.steps) == (2, 2)
    np.testing.assert_allclose(ended.logs["loss"], hand(3)[2][2], rtol=1e-5)
    np.testing.assert_allclose(run.params()["slope"], hand(4)[0], rtol=1e-5)
    assert list(run.history.history) == ["loss"]


def test_nan_goes_back_to_the_last_finite_weights_and_names_the_batch(line, plan, hand):
    run = line(plan(epochs=5, steps=3, scale=lambda n: np.nan if n == 4 else 1.0))
    run.drive()
    assert run.diverged == [(1, 1)]
    assert run.events[-1].status is Status.STOPPED
    slope = hand(3)[0]  # the snapshot of the first epoch's end
    np.testing.assert_allclose(run.params()["slope"], slope, rtol=1e-5)
    assert run.history.epoch == [0, 1]
    assert math.isnan(run.history.history["loss"][1])


def test_weights_that_broke_in_the_last_step_of_an_epoch_are_not_kept(line, plan, hand):
    """The loss of that step is still finite, so only the weights themselves tell."""
    run = line(plan(epochs=5, steps=3))
    run.drive(steer(run, 4, set_learning_rate=(3e38,)))
    assert math.isfinite(run.history.history["loss"][1])
    assert run.diverged == [(2, 0)]
    np.testing.assert_allclose(run.params()["slope"], hand(3)[0], rtol=1e-5)


def test_nan_is_seen_within_a_long_epoch(line, plan, monkeypatch):
    monkeypatch.setattr(loop_module, "NAN_CHECK_EVERY_S", 0.0)
    run = line(plan(epochs=1, steps=50, scale=lambda n: np.nan if n == 4 else 1.0))
    run.drive()
    assert run.diverged == [(0, 4)]
    assert run.events[-1].step == 7  # three steps may be on their way


def test_a_loss_that_is_infinite_for_once_does_not_end_the_run(line, plan):
    big = np.float32(2e19)  # its square is infinite in float32, its gradient is not
    run = line(plan(steps=3, scale=lambda n: big if n == 1 else 1.0), rate=0.0)
    run.drive()
    assert run.diverged == []
    assert run.history.epoch == [0, 1]
    assert run.history.history["loss"][0] == math.inf


def test_no_number_is_read_while_an_epoch_runs(line, plan, monkeypatch):
    read = []
    monkeypatch.setattr(
        events, "as_float", lambda value: read.append(value) or float(value)
    )
    run = line(plan(epochs=2, steps=20))
    order = []

    def sink(event):
        order.append((type(event).__name__, len(read)))
        if isinstance(event, events.StepEnded):
            assert isinstance(event.logs["loss"], jax.Array)
            assert isinstance(event.learning_rate, jax.Array)

    run.drive(sink)
    assert [n for kind, n in order if kind == "StepEnded"] == [0] * 20 + [1] * 20


def test_a_new_rate_a_second_run_and_a_snapshot_compile_nothing(line, plan):
    run = line(plan(epochs=3, steps=2))
    run.drive(steer(run, 1, set_learning_rate=(0.01,)))
    run.drive()
    assert run.traces == 1
    assert run.step._cache_size() == 1


def test_a_step_that_fails_falls_back_to_the_snapshot(line, plan, hand):
    run = line(plan(epochs=3, steps=2))
    real = run.step

    def step(ts, batch):
        after = real(ts, batch)
        if int(after[0].step) == 4:
            raise RuntimeError("RESOURCE_EXHAUSTED")
        return after

    run.step = step
    with pytest.raises(RuntimeError, match="RESOURCE_EXHAUSTED"):
        run.drive()
    assert run.cell.is_lost()
    assert run.cell.fall_back() == 2
    assert not run.cell.is_lost()
    np.testing.assert_allclose(run.params()["slope"], hand(2)[0], rtol=1e-5)
    assert run.events[-1].status is Status.FAILED
