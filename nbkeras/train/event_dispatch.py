"""Feed each event to the sinks; exactly one last word, whatever happens."""

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
    """Run `stream` to its end and hand each event to each sink in order.

    Args:
        stream: a generator of events, such as `loop.Training(...).run()`.
        sinks: functions of one event; those with a `close` are closed at the end.
        control: tells how the run ended if it was cut short.
        interrupts: told while sinks run, where user code may be.
        ended: (status, logs, error) -> the last event, or None for none.

    Returns:
        What the generator returned.

    Raises:
        KeyboardInterrupt: the run was interrupted; all sinks have been told.
        Exception: what the stream or a sink raised, after the sinks were told.
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
        self.sinks, self.interrupts, self.ended = sinks, interrupts, ended
        self.newest = None

    def through(self, stream):
        """Every event to every sink; returns what the stream returned."""
        while True:
            try:
                event = next(stream)
            except StopIteration as stop:
                return stop.value
            if isinstance(event, events.StepEnded | events.EpochEnded):
                self.newest = event
            self.interrupts.in_user_code = True
            try:
                self._hand_out(event)
            finally:
                self.interrupts.in_user_code = False

    def _hand_out(self, event):
        """Every sink gets the event, also after one has raised; then it is raised."""
        first = None
        for sink in self.sinks:
            try:
                sink(event)
            except Exception as error:
                first = first or error
        if first is not None:
            raise first

    def end(self, status, error=None):
        """The last word to every sink; returns the first error of a sink, or None.

        Where there is an error already, those that follow become notes of it.
        """
        first = error
        last = self.ended and self.ended(status, self._logs(), _line(error))
        for sink in self.sinks:
            try:
                if last:
                    sink(last)
                getattr(sink, "close", _nothing)()
            except Exception as again:
                if first is None:
                    first = again
                elif again is not first:
                    first.add_note(f"and while ending: {_line(again)}")
        return first if error is None else None

    def _logs(self):
        """The newest results as floats, as far as the device still answers."""
        try:
            return self.newest.host().logs if self.newest else {}
        except Exception:  # the step that failed was on its way; its error is raised
            return {}


def _nothing():
    pass


def _line(error):
    return "" if error is None else f"{type(error).__name__}: {error}"
