"""Advice: a likely mistake, the reason, and the line to change."""

from dataclasses import dataclass

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
    """A list of `Advice` that prints one per line."""

    def __repr__(self):
        return "\n".join(map(repr, self)) or "nothing to say"

    def _ipython_display_(self):
        """As the last value of a cell: the card that `compile` and `fit` show."""
        if not front_end.current().show_advice(self):
            print(self)
