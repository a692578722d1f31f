"""What may hang on the event stream."""

import pytest

from nbkeras.core.notices import NbkerasNotice
from nbkeras.train import events, sinks


def test_a_throttle_lets_few_steps_and_every_edge_through():
    now, seen = [0.0], []
    throttle = sinks.ThrottledSink(seen.append, hz=4, clock=lambda: now[0])
    throttle(events.FitStarted())
    for number in range(10):
        throttle(events.StepStarted(batch=number))
        throttle(events.StepEnded(batch=number))
        throttle(events.EvaluateStepEnded(batch=number))
        now[0] += 0.1
    throttle(events.EpochEnded())
    steps = [e.batch for e in seen if isinstance(e, events.StepEnded)]
    assert steps == [0, 3, 6, 9]
    assert isinstance(seen[0], events.FitStarted)
    assert isinstance(seen[-1], events.EpochEnded)
    assert len(seen) == 2 + 4


def test_a_display_that_raises_is_warned_about_once_and_taken_away():
    calls = []

    def display(event):
        calls.append(event)
        raise RuntimeError("no screen")

    guard = sinks.Guard(display)
    with pytest.warns(NbkerasNotice, match="training continues.*no screen"):
        guard(events.FitStarted())
    guard(events.EpochStarted())
    guard.close()
    assert len(calls) == 1


def test_a_guarded_display_does_not_end_the_run(line):
    def display(event):
        if isinstance(event, events.StepEnded):
            raise RuntimeError("no screen")

    run = line()
    with pytest.warns(NbkerasNotice, match="no screen"):
        run.drive(sinks.Guard(display))
    assert run.events[-1].status == "completed"


def test_sinks_are_closed_after_the_last_event_whatever_happens(line):
    seen = []

    class Display:
        def __call__(self, event):
            seen.append(type(event).__name__)
            if isinstance(event, events.StepEnded):
                raise OSError("broken")

        def close(self):
            seen.append("closed")

    with pytest.raises(OSError, match="broken"):
        line().drive(Display())
    assert seen[-2:] == ["FitEnded", "closed"]


def test_close_reaches_through_guard_and_throttle():
    closed = []

    class Display:
        def __call__(self, event):
            pass

        def close(self):
            closed.append(1)

    sinks.Guard(sinks.ThrottledSink(Display())).close()
    assert closed == [1]
