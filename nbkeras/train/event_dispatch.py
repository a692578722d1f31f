"""Dispatch events to sinks, with exactly one final event, whatever happens."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from nbkeras.train import events
from nbkeras.train.events import Status
from nbkeras.train.interrupts import Interrupts

if TYPE_CHECKING:
    from nbkeras.train.control import Control


def dispatch_events(
    stream: Any,
    sinks: Iterable[Callable[..., Any]],
    control: Control,
    interrupts: Interrupts | None = None,
    ended: Callable[..., Any] | None = None,
) -> Any:
    """Run `stream` to its end and pass each event to each sink in order.

    Args:
        stream: a generator of events, such as `loop.Training(...).run()`.
        sinks: functions of one event; those with a `close` method are closed at the
            end.
        control: has the status of a run that was stopped early.
        interrupts: learns when sinks run, since they may call user code.
        ended: (status, logs, error) -> the final event; None for no final event.

    Returns:
        The return value of the generator.

    Raises:
        KeyboardInterrupt: the run was interrupted; all sinks got the final event.
        Exception: an exception of the stream or a sink, after the final event.
    """
    run = _Dispatch(sinks, interrupts or Interrupts(control), ended)
    try:
        value = run.through(stream)
    except BaseException as error:
        interrupted = isinstance(error, KeyboardInterrupt)
        status = Status.INTERRUPTED if interrupted else Status.FAILED
        control.stop(status)
        stream.close()
        run.end(status, error)
        raise
    status = control.status or Status.COMPLETED
    if (failed := run.end(status)) is not None:
        raise failed
    if status is Status.INTERRUPTED:
        raise KeyboardInterrupt
    return value


class _Dispatch:
    def __init__(self, sinks, interrupts, ended):
        self.sinks, self.interrupts, self.ended = list(sinks), interrupts, ended
        self.latest = None
        self._sinks_of = {}  # kind of event -> the sinks that are called with it

    def through(self, stream):
        """Pass every event to every sink; returns the return value of the stream."""
        while True:
            try:
                event = next(stream)
            except StopIteration as stop:
                return stop.value
            if isinstance(event, events.StepEnded | events.EpochEnded):
                self.latest = event
            self.interrupts.in_user_code = True
            try:
                self._deliver(event)
            finally:
                self.interrupts.in_user_code = False

    def _deliver(self, event):
        """Pass the event to every sink, then raise the first exception of a sink."""
        first, kind = None, type(event)
        if kind not in self._sinks_of:
            self._sinks_of[kind] = [
                sink for sink in self.sinks if kind not in getattr(sink, "ignores", ())
            ]
        for sink in self._sinks_of[kind]:
            try:
                sink(event)
            except Exception as error:
                first = first or error
        if first is not None:
            raise first

    def end(self, status, error=None):
        """Pass the final event to every sink and close it.

        Returns the first exception of a sink, or None. Exceptions after the first one,
        or after `error`, become notes of it.
        """
        first = error
        last = self.ended and self.ended(status, self._logs(), _line(error))
        for sink in self.sinks:
            try:
                if last:
                    sink(last)
                getattr(sink, "close", _nothing)()
            except Exception as sink_error:
                if first is None:
                    first = sink_error
                elif sink_error is not first:
                    first.add_note(f"and while ending: {_line(sink_error)}")
        return first if error is None else None

    def _logs(self):
        """The latest results as floats; empty if they cannot be read."""
        try:
            return self.latest.host().logs if self.latest else {}
        except Exception:  # the step failed on the device; its own error is raised
            return {}


def _nothing():
    pass


def _line(error):
    return "" if error is None else f"{type(error).__name__}: {error}"
