"""`nbkeras.lint`: what in a model and its data is likely meant otherwise."""

from nbkeras.analysis.linter import data_rules, rules
from nbkeras.analysis.linter.advice import Advice, AdviceList
from nbkeras.analysis.linter.context import LintContext

RULES = (*rules.RULES, *data_rules.RULES)


def lint(model, x=None, y=None, validation_data=None):
    """Advice on a model and its data; nothing is refused, trained or changed.

    Of each array at most 1000 rows and a million values are looked at, spread over all
    of it; of training rows at most 200,000 are compared with 200 validation rows.
    Generators are not read. In a notebook with `%load_ext nbkeras`, `compile` and `fit`
    show the same lines by themselves.

    Args:
        model: any model, best one that is compiled.
        x: data as in `fit`: arrays, a list or dict of them, a DataFrame, a Sequence, or
            the tuple (x, y).
        y: targets, where x does not bring them.
        validation_data: (x, y) as in `fit`.

    Returns:
        A list of `Advice` with rule, reason, change and where. It reads as lines, and
        as "nothing to say" when it is empty. Odd data give less advice, never an error.

    >>> from nbkeras.layers import Dense, Input
    >>> from nbkeras.models import Sequential
    >>> model = Sequential([Input((4,)), Dense(1, activation="softmax", name="last")])
    >>> lint(model)
    softmax-of-one (Dense 'last'): a softmax over 1 unit is 1 for every input, so \
nothing can be learned.
        Write Dense(1, activation='sigmoid') with loss='binary_crossentropy'
    """
    advices = AdviceList()
    try:
        context = LintContext(model, x, y, validation_data)
    except Exception:
        if x is None and y is None and validation_data is None:
            return advices
        return lint(model)
    for rule in RULES:
        try:
            advices += rule(context)
        except Exception:  # advice is a help, and must never be in the way
            continue
    return advices


__all__ = ["Advice", "AdviceList", "lint"]
