"""Who watches a run: recorders, and the displays that `verbose` asks for."""

from nbkeras.train import sinks
from nbkeras.train.progress import Progress


def observers(plan, control, model):
    """Recorders among the callbacks, and displays; see `train.sinks.defaults`.

    All are guarded: one that fails is warned about and taken away.
    """
    shown = (sinks.Throttle(each) for each in _displays(plan, control, model))
    return [sinks.Guard(each) for each in (*plan.sinks, *shown)]


def _displays(plan, control, model):
    if plan.verbose == 0:
        return []
    if plan.verbose == "auto":
        made = [factory(plan, control, model) for factory in sinks.defaults]
        if any(each is not None for each in made):
            return [each for each in made if each is not None]
    return [Progress(1 if plan.verbose == "auto" else plan.verbose)]
