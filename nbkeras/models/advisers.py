"""Who comments on models: scripts have nobody, the notebook's extension adds itself.

An adviser has three methods, and none may change anything:
    compiled(model): `compile` has succeeded.
    fitting(model, x, y, validation): `fit` is about to begin, everything is checked;
        data are arrays, or those of the first batch; validation is (x, y) or None.
    watching(model): a sink for the events of that fit, or None.
"""

from nbkeras.train import sinks

advisers = []


def compiled(model):
    """Tell everybody that `model` was compiled."""
    _tell("compiled", model)


def fitting(model, plan, head):
    """Tell everybody that a fit is about to begin, unless it is to be silent.

    Args:
        model: compiled and built.
        plan: its FitPlan.
        head: the first batch.
    """
    if plan.verbose == 0 or not advisers:
        return
    x, y = (plan.arrays() or (head.x, head.y))[:2]
    held = getattr(plan.validation, "data", None)
    _tell("fitting", model, x, y, None if held is None else held[:2])


def watching(model, plan):
    """The guarded sinks of everybody for a fit."""
    if plan.verbose == 0 or plan.task != "fit":
        return []
    found = [each for each in _tell("watching", model) if each is not None]
    return [sinks.Guard(each) for each in found]


def _tell(what, *given):
    """Call a method of each; one that fails is left out: it must not be in the way."""
    answers = []
    for each in advisers:
        try:
            answers.append(getattr(each, what)(*given))
        except Exception:
            continue
    return answers
