"""Show advice about likely mistakes in `compile` and `fit`."""

import weakref

from nbkeras.analysis.linter.data_rules import advice_on_growing_losses
from nbkeras.analysis.linter.lint import lint
from nbkeras.core import notices
from nbkeras.layers.engine import introspection
from nbkeras.models.advisers import advisers
from nbkeras.notebook import environment
from nbkeras.notebook.linter.widget import AdviceWidget
from nbkeras.train import events

# Warnings that repeat advice already shown, and are then suppressed.
COVERED_WARNINGS = {
    "logits-taken-twice": [("logits", "softmax"), ("logits", "sigmoid")],
    "logits-taken-for-probabilities": [
        ("probabilities", "softmax"),
        ("probabilities", "sigmoid"),
    ],
}
# Most and fewest losses that are checked.
FIRST_STEPS, FEWEST = 64, 8


def load(shell):
    """Enable advice in `compile` and `fit`."""
    if environment.in_kernel() and adviser not in advisers:
        advisers.append(adviser)


def unload(shell):
    """Disable advice, except from `nbkeras.lint`."""
    if adviser in advisers:
        advisers.remove(adviser)


class Adviser:
    """Run the rules at the right times, and remember dismissed advice.

    A dismissed rule stays dismissed for the model until the kernel ends. If the user
    named the model, this applies to all models of that name.
    """

    def __init__(self):
        self._shown = weakref.WeakKeyDictionary()
        self._dismissed = weakref.WeakKeyDictionary()
        self._by_name = {}
        self._in_cell = weakref.WeakKeyDictionary()  # {model: (cell, its advice)}

    def compiled(self, model):
        """Check the model, without data."""
        self._shown[model] = set()
        self.show(model, lint(model))

    def fitting(self, model, x, y, validation):
        """Check the model with its data."""
        self.show(model, lint(model, x, y, validation))

    def watching(self, model):
        """A sink that checks the first losses."""
        return FirstLosses(lambda advices: self.show(model, advices))

    def show(self, model, advices):
        """Show advice that is new and not dismissed."""
        shown = self._shown.setdefault(model, set())
        dismissed = self.dismissed(model)
        new = [
            advice
            for advice in advices
            if (advice.rule, advice.where) not in shown and advice.rule not in dismissed
        ]
        if not new:
            return
        shown.update((advice.rule, advice.where) for advice in new)
        self._in_cell[model] = environment.cell(), self.shown_by_cell(model) | {*new}
        for advice in new:
            for key in COVERED_WARNINGS.get(advice.rule, ()):
                notices.count_as_shown(key)
        AdviceWidget(new, on_dismiss=dismissed.add).show()

    def shown_by_cell(self, model):
        """The advice on a model that the running cell has shown, as a set."""
        cell, shown = None, frozenset()
        if model is not None:
            cell, shown = self._in_cell.get(model, (None, frozenset()))
        return shown if cell == environment.cell() else frozenset()

    def dismissed(self, model):
        """The rules dismissed for a model, as a mutable set."""
        if introspection.is_named_by_user(model):
            return self._by_name.setdefault(model.name, set())
        return self._dismissed.setdefault(model, set())


class FirstLosses:
    """A sink that collects the losses of the first steps without waiting for them.

    Args:
        show: called with a list of advice.
    """

    takes_every_step = True

    def __init__(self, show):
        self._show, self._kept, self._rate = show, [], None
        self._open = False

    def __call__(self, event):
        """Handle one event without waiting for the device."""
        if isinstance(event, events.FitStarted):
            self._open, self._rate = event.epochs_done == 0, event.learning_rate
        elif not self._open:
            return
        elif isinstance(event, events.StepEnded):
            self._note(event)
        elif isinstance(event, events.FitEnded) or self._enough(event):
            self._finish()

    def _enough(self, event):
        return isinstance(event, events.EpochEnded) and len(self._kept) >= FEWEST

    def _note(self, event):
        loss = events.main_value(event.logs)
        if loss is None:
            return
        if len(self._kept) < FIRST_STEPS:
            self._kept.append((event.batch, loss))
        elif getattr(loss, "is_ready", lambda: False)():
            self._finish()

    def _finish(self):
        self._open, means, self._kept = False, self._kept, []
        losses = losses_of([(batch, float(mean)) for batch, mean in means])
        advices = (
            list(advice_on_growing_losses(losses, self._rate))
            if len(losses) >= FEWEST
            else []
        )
        if advices:
            self._show(advices)


def losses_of(means):
    """The losses of single steps from the running means of their epochs.

    Args:
        means: [(number of the batch in its epoch, running mean)] of consecutive steps.
    """
    losses, previous_sum = [], 0.0
    for batch, mean in means:
        previous_sum = previous_sum if batch else 0.0
        losses.append(mean * (batch + 1) - previous_sum)
        previous_sum = mean * (batch + 1)
    return losses


adviser = Adviser()
