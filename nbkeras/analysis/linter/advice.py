"""Advice: a likely mistake, the reason, and the line to change."""

import weakref
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from nbkeras.core import front_end


@dataclass(frozen=True)
class Advice:
    """A likely mistake; the model still works.

    Args:
        rule: name of the rule, "inputs-not-scaled"; docs/advice.md has them all.
        reason: what was found, and its consequence.
        change: the code to write instead.
        where: the layer, argument or array concerned.
    """

    rule: str
    reason: str
    change: str
    where: str

    def __repr__(self):
        return f"{self.rule} ({self.where}): {self.reason}\n    Write {self.change}"


class AdviceList(list):
    """A list of `Advice` that prints one per line.

    Args:
        advices: the advice.
        model: the model that it is about; the list does not keep it alive.
    """

    _model: Any = None

    def __init__(self, advices: Iterable[Advice] = (), model: Any = None):
        super().__init__(advices)
        if model is not None:
            self._model = weakref.ref(model)

    def __getstate__(self):
        """Nothing but the advice: a copy is about no model."""

    def __repr__(self):
        return "\n".join(map(repr, self)) or "nothing to say"

    def _ipython_display_(self):
        """As the last value of a cell: the card that `compile` and `fit` show."""
        model = None if self._model is None else self._model()
        if not front_end.current().show_advice(self, model):
            print(self)
