"""`nbkeras.lint`: find likely mistakes in a model and its data before training."""

from typing import Any

from nbkeras.analysis.linter import data_rules, rules
from nbkeras.analysis.linter.advice import Advice, AdviceList
from nbkeras.analysis.linter.context import LintContext
from nbkeras.models.model import Model

RULES = (*rules.RULES, *data_rules.RULES)


def lint(
    model: Model, x: Any = None, y: Any = None, validation_data: Any = None
) -> AdviceList:
    """Check a model and its data for common mistakes; nothing is trained or changed.

    At most 1000 rows and a million values of each array are sampled, spread over all of
    it; at most 200,000 training rows are compared with 200 validation rows. Generators
    are not read. In a notebook with `%load_ext nbkeras`, `compile` and `fit` display
    the same advice.

    Args:
        model: any model; if it is compiled, the loss is checked as well.
        x: data as in `fit`: arrays, a list or dict of arrays, a DataFrame, a Sequence,
            or the tuple (x, y).
        y: targets, unless x includes them.
        validation_data: (x, y) as in `fit`.

    Returns:
        A list of `Advice` with rule, reason, change and where. It prints one advice per
        line, or "nothing to say" if it is empty. Data of an unknown form gets less
        advice, never an error.

    >>> from nbkeras.layers import Dense, Input
    >>> from nbkeras.models import Sequential
    >>> model = Sequential([Input((4,)), Dense(1, activation="softmax", name="last")])
    >>> lint(model)
    softmax-of-one (Dense 'last'): a softmax over 1 unit is 1 for every input, so \
nothing can be learned.
        Write Dense(1, activation='sigmoid') with loss='binary_crossentropy'
    """
    try:
        context = LintContext(model, x, y, validation_data)
    except Exception:
        if x is None and y is None and validation_data is None:
            return AdviceList()
        return lint(model)
    advices = AdviceList(model=model)
    for rule in RULES:
        try:
            advices += rule(context)
        except Exception:  # a failing rule must not prevent the user's work
            continue
    return advices


__all__ = ["Advice", "AdviceList", "lint"]
