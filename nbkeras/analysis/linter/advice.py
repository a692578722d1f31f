"""Advice: what is likely meant otherwise, why, and the line to change."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Advice:
    """One thing to think about; nothing was refused.

    Args:
        rule: name of the rule, "inputs-not-scaled"; docs/advice.md has them all.
        reason: what was seen, and what it leads to.
        change: the line to write, or what to put in place of what.
        where: the layer, argument or array that it is about.
    """

    rule: str
    reason: str
    change: str
    where: str

    def __repr__(self):
        return f"{self.rule} ({self.where}): {self.reason}\n    Write {self.change}"


class AdviceList(list):
    """A list of `Advice` that reads as lines."""

    def __repr__(self):
        return "\n".join(map(repr, self)) or "nothing to say"
