"""The displays and recorders of a run: those of `verbose`, and those in callbacks."""

from nbkeras.core.machine import processes
from nbkeras.models import advisers
from nbkeras.models.training.run_settings import run_settings
from nbkeras.train import sinks
from nbkeras.train.progress import Progress
from nbkeras.train.record import Recorder


def observers(plan, control, model):
    """Recorders and displays among the callbacks, and those of `train.sinks.defaults`.

    One among the callbacks that has `attach(plan, control, model)` is told them first;
    one that says `is_display` takes the place of what "auto" would show. All are
    guarded: one that fails is warned about and taken away. Of several processes only
    the first is watched.
    """
    if not processes.is_first():
        return []
    for sink in plan.sinks:
        if isinstance(sink, Recorder):
            sink.settings = run_settings(model, plan)
        elif hasattr(sink, "attach"):
            sink.attach(plan, control, model)
    displays = (_throttled(display) for display in _displays(plan, control, model))
    guarded = [sinks.Guard(sink) for sink in (*plan.sinks, *displays)]
    return guarded + advisers.watching(model, plan)


def _throttled(sink):
    every_step = getattr(sink, "takes_every_step", False)
    return sink if every_step else sinks.ThrottledSink(sink)


def _displays(plan, control, model):
    if plan.verbose == 0:
        return []
    if plan.verbose == "auto":
        if any(getattr(sink, "is_display", False) for sink in plan.sinks):
            return []
        displays = [factory(plan, control, model) for factory in sinks.defaults]
        displays = [display for display in displays if display is not None]
        if displays:
            return displays
    return [Progress(1 if plan.verbose == "auto" else plan.verbose)]
