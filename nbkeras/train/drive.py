"""Feed each event to the sinks; exactly one last word, whatever happens."""

from nbkeras.train import events
from nbkeras.train.events import Status


def drive(stream, sinks, control, ended=None):
    """Run `stream` to its end and hand each event to each sink in order.

    Args:
        stream: a generator of events, such as `loop.run(...)`.
        sinks: functions of one event.
        control: tells how the run ended if it was cut short.
        ended: (status, logs, error, seconds) -> the last event, or None for none.

    Returns:
        What the generator returned.

    Raises:
        KeyboardInterrupt: the run was interrupted; all sinks have been told.
        Exception: what the stream or a sink raised, after the sinks were told.
    """
    logs, seconds = {}, 0.0
    try:
        while True:
            try:
                event = next(stream)
            except StopIteration as stop:
                value = stop.value
                break
            seconds = event.seconds
            if isinstance(event, events.EpochEnded):
                logs = event.logs
            control.in_user_code = True
            _hand_out(event, sinks)
            control.in_user_code = False
    except BaseException as error:
        control.in_user_code = False
        interrupted = isinstance(error, KeyboardInterrupt)
        status = Status.INTERRUPTED if interrupted else Status.FAILED
        control.stop(status)
        stream.close()
        _last_word(sinks, ended, (status, logs, _line(error), seconds), error)
        raise
    status = control.status or Status.COMPLETED
    if ended:
        _hand_out(ended(status, logs, "", seconds), sinks)
    if status is Status.INTERRUPTED:
        raise KeyboardInterrupt
    return value


def _hand_out(event, sinks):
    """Every sink gets the event, also after one has raised; then it is raised."""
    first = None
    for sink in sinks:
        try:
            sink(event)
        except Exception as error:
            first = first or error
    if first is not None:
        raise first


def _last_word(sinks, ended, how, error):
    """Tell every sink, even if one of them raises again; the first error counts."""
    if not ended:
        return
    last = ended(*how)
    for sink in sinks:
        try:
            sink(last)
        except Exception as again:
            error.add_note(f"and while ending: {type(again).__name__}: {again}")


def _line(error):
    return f"{type(error).__name__}: {error}"
