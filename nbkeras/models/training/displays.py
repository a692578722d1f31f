"""Who watches a run: recorders, and the displays that `verbose` asks for."""

from nbkeras.core import processes
from nbkeras.models import advisers
from nbkeras.train import sinks
from nbkeras.train.progress import Progress


def observers(plan, control, model):
    """Recorders and displays among the callbacks, and those of `train.sinks.defaults`.

    One among the callbacks that has `attach(plan, control, model)` is told them first;
    one that says `is_display` takes the place of what "auto" would show. All are
    guarded: one that fails is warned about and taken away. Of several processes only
    the first is watched.
    """
    if not processes.is_first():
        return []
    for each in plan.sinks:
        if hasattr(each, "attach"):
            each.attach(plan, control, model)
    shown = (_throttled(each) for each in _displays(plan, control, model))
    watching = [sinks.Guard(each) for each in (*plan.sinks, *shown)]
    return watching + advisers.watching(model, plan)


def _throttled(sink):
    every_step = getattr(sink, "takes_every_step", False)
    return sink if every_step else sinks.ThrottledSink(sink)


def _displays(plan, control, model):
    if plan.verbose == 0:
        return []
    if plan.verbose == "auto":
        if any(getattr(each, "is_display", False) for each in plan.sinks):
            return []
        made = [factory(plan, control, model) for factory in sinks.defaults]
        if any(each is not None for each in made):
            return [each for each in made if each is not None]
    return [Progress(1 if plan.verbose == "auto" else plan.verbose)]
