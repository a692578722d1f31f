"""Advisers: objects that comment on a model. The notebook's extension registers one.

An adviser has three methods, none of which may change the model:
    compiled(model): called after `compile` has succeeded.
    fitting(model, x, y, validation): called when `fit` has checked its arguments and is
        about to begin; x and y are all rows, or those of the first batch; validation is
        (x, y) or None.
    watching(model): returns a sink for the events of that fit, or None.

`fit(verbose=0)` asks only advisers whose `follows_silent_fits` is True: those that show
the model elsewhere, and nothing of the run itself.
"""

from typing import Any

from nbkeras.train import sinks

advisers: list[Any] = []


def compiled(model):
    """Tell every adviser that `model` was compiled."""
    _tell("compiled", model)


def fitting(model, plan, first_batch):
    """Tell every adviser that a fit is about to start, unless it runs silently.

    Args:
        model: compiled and built.
        plan: its FitPlan.
        first_batch: the first batch.
    """
    if plan.verbose == 0 or not advisers:
        return
    x, y = (plan.arrays() or (first_batch.x, first_batch.y))[:2]
    validation = getattr(plan.validation, "data", None)
    _tell("fitting", model, x, y, None if validation is None else validation[:2])


def watching(model, plan):
    """The sinks of all advisers for a fit, each wrapped in a Guard."""
    if plan.task != "fit":
        return []
    asked = advisers
    if plan.verbose == 0:
        asked = [a for a in advisers if getattr(a, "follows_silent_fits", False)]
    answers = _tell("watching", model, asked=asked)
    event_sinks = [sink for sink in answers if sink is not None]
    return [sinks.Guard(sink) for sink in event_sinks]


def _tell(method, *arguments, asked=None):
    """Call a method of each adviser; an adviser that fails is skipped."""
    answers = []
    for adviser in advisers if asked is None else asked:
        try:
            answers.append(getattr(adviser, method)(*arguments))
        except Exception:
            continue
    return answers
