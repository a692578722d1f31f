"""Epsilon of a private run, so far and at its end, and how its causes move it."""

import math

from nbkeras.notebook.dashboard.sentences import three_digits
from nbkeras.optimizers import privacy_accounting

# An accounting takes some 5 ms: this many seconds of the run between two of them.
EVERY_S = 1.0


class PrivacyAccount:
    """Accounts for the steps of a run as they are shown.

    Args:
        privacy: `FitStarted.privacy` of private training.
        steps: steps of the whole run; None if unknown.

    Raises:
        ImportError: dp-accounting is not installed.
    """

    def __init__(self, privacy, steps):
        *self._earlier, last = [tuple(part) for part in privacy["parts"]]
        self.rate, self.noise, self._steps_before = last
        self.delta, self.steps = privacy["delta"], steps
        self.epsilon, self._counted, self._seconds = 0.0, -1, -math.inf
        self._of_end = None if steps is None else self._end(steps)

    def at(self, step, seconds, is_over):
        """What the page shows after `step` steps: numbers as text.

        Args:
            step: steps taken in this run.
            seconds: time of the run.
            is_over: whether it has ended, so that these numbers stay.
        """
        is_due = is_over or seconds - self._seconds >= EVERY_S
        if step != self._counted and is_due:
            self.epsilon = self._spent(self.rate, self.noise, step)
            self._counted, self._seconds = step, seconds
        return {
            "epsilon": _shown(self.epsilon),
            "delta": f"{self.delta:g}",
            "rate": f"{self.rate:.3g}",
            "noise": f"{self.noise:g}",
            "steps": step,
            "end": self._of_end,
        }

    def _end(self, steps):
        """Epsilon at the end of the run: as planned, and with other causes."""
        rate, noise, spent = self.rate, self.noise, self._spent
        return {
            "steps": steps,
            "epsilon": _shown(spent(rate, noise, steps)),
            "noise": [_shown(spent(rate, noise * by, steps)) for by in (0.5, 2)],
            "rate": [_shown(spent(min(rate * by, 1), noise, steps)) for by in (0.5, 2)],
            "steps_by": [
                _shown(spent(rate, noise, round(steps * by))) for by in (0.5, 2)
            ],
        }

    def _spent(self, rate, noise, steps):
        parts = [
            *self._earlier,
            (self.rate, self.noise, self._steps_before),
            (rate, noise, steps),
        ]
        return privacy_accounting.spent(parts, self.delta).epsilon


def account_of(privacy, steps):
    """The `PrivacyAccount` of a run; None if it is not private or cannot be counted."""
    if not privacy or not privacy.get("parts"):
        return None
    try:
        return PrivacyAccount(privacy, steps)
    except ImportError:  # a recording, replayed elsewhere
        return None


def _shown(epsilon):
    return three_digits(epsilon) if math.isfinite(epsilon) else "∞"
