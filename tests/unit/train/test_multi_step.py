"""Several steps in one dispatch are told, steered and counted like single ones."""

import jax
import numpy as np
import pytest

from nbkeras.train import events
from nbkeras.train.events import Status
from nbkeras.train.multi_step import DISPATCH_S, MAX_STEPS, MultiStepDispatch
from nbkeras.train.step import make_multi_step

pytestmark = pytest.mark.usefixtures("empty_dispatch_cache")


def together(run, length=None, clock=None):
    """Make `run` take steps in stretches; returns them."""
    more = {} if clock is None else {"clock": clock}
    found = MultiStepDispatch(
        make_multi_step(run.step.__wrapped__), length, length, **more
    )
    alone = run.training

    def training():
        made = alone()
        made.multi_step = found
        return made

    run.training = training
    return found


def lengths(run):
    """How many steps each dispatch took, from the calls of the cell."""
    taken, advance = [], run.cell.advance

    def noted(step, batch):
        before = int(run.cell.ts.step)
        logs = advance(step, batch)
        taken.append(int(run.cell.ts.step) - before)
        return logs

    run.cell.advance = noted
    return taken


def told(run):
    return [event.to_json() for event in run.events]


def without_numbers(run):
    return [
        event | {"seconds": 0, "logs": sorted(event.get("logs", ()))}
        for event in told(run)
    ]


def test_events_numbers_and_weights_are_those_of_single_steps(line, plan):
    one, many = line(plan(epochs=3, steps=7)), line(plan(epochs=3, steps=7))
    together(many, length=3)
    taken = lengths(many)
    one.drive()
    many.drive()
    assert taken == [3, 3, 1] * 3
    losses = [
        [e["logs"].pop("loss") for e in told(run) if e.get("logs")]
        for run in (one, many)
    ]
    np.testing.assert_allclose(*losses, rtol=1e-6)
    assert without_numbers(many) == without_numbers(one)
    assert many.params() == pytest.approx(one.params(), rel=1e-6)


def test_the_losses_of_each_step_are_those_worked_out_by_hand(line, plan, hand):
    run = line(plan(epochs=1, steps=5))
    together(run, length=4)
    run.drive()
    means = np.cumsum(hand(5)[2]) / np.arange(1, 6)
    ends = [e.host() for e in run.events if isinstance(e, events.StepEnded)]
    np.testing.assert_allclose([e.logs["loss"] for e in ends], means, rtol=1e-5)
    assert [type(e.learning_rate) for e in ends] == [float] * 5


def test_stretches_of_any_length_are_one_compiled_program(line, plan):
    run = line(plan(epochs=4, steps=9))
    found = together(run, length=4)
    run.drive()
    assert found._multi_step._cache_size() == 1
    assert run.step._cache_size() == 0


def test_a_stop_takes_effect_at_the_end_of_the_stretch(line, plan):
    run = line(plan(epochs=1, steps=10))
    together(run, length=4)

    def stop(event):
        if isinstance(event, events.StepEnded) and event.step == 1:
            run.control.stop()

    run.drive(stop)
    assert run.events[-1].status is Status.STOPPED
    assert run.events[-1].step == int(run.cell.ts.step) == 4
    steps = [e.step for e in run.events if isinstance(e, events.StepEnded)]
    assert steps == [0, 1, 2, 3]


def test_somebody_who_steers_gets_single_steps(line, plan):
    run = line(plan(epochs=1, steps=9))
    together(run, length=4)
    taken = lengths(run)
    asked = {3: ["step"], 4: ["step"], 5: ["resume"]}

    def steer(event):
        for name in asked.get(getattr(event, "step", None), ()):
            if isinstance(event, events.StepEnded):
                getattr(run.control, name)()

    run.drive(steer)
    assert taken == [4, 1, 1, 3]


def test_a_rate_that_is_asked_for_counts_from_the_next_stretch_on(line, plan):
    run = line(plan(epochs=1, steps=6))
    together(run, length=3)

    def slower(event):
        if isinstance(event, events.StepEnded) and event.step == 0:
            run.control.set_learning_rate(0.01)

    run.drive(slower)
    ends = [e.host() for e in run.events if isinstance(e, events.StepEnded)]
    rates = [round(e.learning_rate, 6) for e in ends]
    assert rates == [0.05] * 3 + [0.01] * 3
    (steered,) = (e for e in run.events if isinstance(e, events.Steered))
    assert (steered.step, steered.value) == (3, 0.01)


def test_a_slower_run_takes_single_steps_to_the_same_weights(line, plan):
    plain, run = line(plan(epochs=2, steps=6)), line(plan(epochs=2, steps=6))
    for each in (plain, run):
        together(each, length=3)
    taken = lengths(run)
    asked = {2: 1e6, 5: None}  # fast enough for a test, and still a speed to keep to

    def steer(event):
        if isinstance(event, events.StepEnded) and event.step in asked:
            run.control.set_speed(asked[event.step])

    plain.drive()
    run.drive(steer)
    assert taken == [3, 1, 1, 1, 3, 3]
    moves = [e for e in run.events if isinstance(e, events.Steered)]
    assert [(e.step, e.move, e.value) for e in moves] == [
        (3, "speed", 1e6),
        (6, "speed", None),
    ]
    assert run.params() == plain.params()
    assert run.history.history == plain.history.history


def test_a_loss_that_is_no_number_ends_the_run_at_the_snapshot(line, plan):
    run = line(plan(epochs=3, steps=4, scale=lambda n: np.nan if n == 6 else 1.0))
    together(run, length=3)
    run.drive()
    assert run.diverged == [(1, 2)]
    assert all(np.isfinite(value) for value in run.params().values())


def test_a_sink_that_raises_in_a_stretch_leaves_the_count_of_steps_right(line, plan):
    run = line(plan(epochs=1, steps=8))
    together(run, length=4)

    def fail(event):
        if isinstance(event, events.StepEnded) and event.step == 1:
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        run.drive(fail)
    assert run.events[-1].step == int(run.cell.ts.step) == 4


@pytest.mark.parametrize(("step_s", "expected"), [(1e-6, 128), (1e-3, 32), (1.0, 1)])
def test_the_length_adapts_to_the_time_of_a_step(line, plan, step_s, expected):
    run = line(plan(epochs=1, steps=1500))
    now = [0.0]
    found = together(run, clock=lambda: now[0])
    advance = run.cell.advance

    def slow(step, batch):
        now[0] += step_s * int(batch[1])
        return advance(step, batch)

    run.cell.advance = slow
    run.drive()
    assert found._length == expected
    assert (
        expected in (1, MAX_STEPS)
        or DISPATCH_S / 2 < expected * step_s < 2 * DISPATCH_S
    )


def test_a_stretch_reads_its_logs_from_the_device_once(line, plan, monkeypatch):
    run = line(plan(epochs=1, steps=6))
    together(run, length=6)
    reads, read = [], jax.device_get
    monkeypatch.setattr(jax, "device_get", lambda kept: reads.append(1) or read(kept))
    run.drive(lambda event: event.host())
    assert len(reads) == 1
