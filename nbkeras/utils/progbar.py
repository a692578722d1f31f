"""Progbar: Keras's progress bar for custom loops."""

import time
from collections.abc import Iterable

from nbkeras.core import output
from nbkeras.core.names.display_name import display_name
from nbkeras.core.throttle import Throttle


class Progbar:
    """A progress bar in a line of text.

    Args:
        target: number of steps; None if unknown.
        width: width of the bar in characters.
        verbose: 0 for silent, 1 for a bar, 2 for one line at the end.
        interval: minimum seconds between two updates.
        stateful_metrics: names of values that are shown as they are, not averaged.
        unit_name: name of a step.
        stateless_metrics: instead, names of the values that are averaged.

    Raises:
        ValueError: both `stateful_metrics` and `stateless_metrics` are given.
    """

    def __init__(
        self,
        target: int | None,
        width: int = 20,
        verbose: int = 1,
        interval: float = 0.05,
        stateful_metrics: Iterable[str] | None = None,
        stateless_metrics: Iterable[str] | None = None,
        unit_name: str = "step",
    ):
        if stateful_metrics is not None and stateless_metrics is not None:
            raise ValueError(
                "Progbar takes stateful_metrics or stateless_metrics, not both: the "
                "names that are not in the one are the other. Write for example "
                "Progbar(target, stateless_metrics=['loss'])."
            )
        self.target, self.width, self.verbose = target, width, verbose
        self.interval, self.unit_name = interval, unit_name
        self.stateful_metrics = set(stateful_metrics or ())
        self.stateless_metrics = (
            None if stateless_metrics is None else set(stateless_metrics)
        )
        self._sums = {}
        self._seen = 0
        self._started_at = time.monotonic()
        self._throttle = Throttle(interval)
        self._length = 0

    def update(
        self,
        current: int | None,
        values: Iterable[tuple[str, float]] | None = None,
        finalize: bool | None = None,
    ) -> None:
        """Show step `current` with `values`, a list of (name, value).

        Args:
            current: number of completed steps; None does not change it.
            values: values of the steps since the last update.
            finalize: whether to end the line; None does so at `target`.
        """
        new = max(current - self._seen, 1) if current is not None else 1
        for name, value in values or ():
            total, count = self._sums.get(name, (0.0, 0))
            if self._is_stateful(name):
                self._sums[name] = (value, 1)
            else:
                self._sums[name] = (total + value * new, count + new)
        self._seen = current if current is not None else self._seen
        done = finalize
        if finalize is None:
            done = self.target is not None and self._seen >= self.target
        if self.verbose and (done or (self.verbose == 1 and self._throttle.due())):
            self._draw(done)

    def _is_stateful(self, name):
        if self.stateless_metrics is not None:
            return name not in self.stateless_metrics
        return name in self.stateful_metrics

    def add(self, n: int, values: Iterable[tuple[str, float]] | None = None) -> None:
        """Advance by `n` steps."""
        self.update(self._seen + n, values)

    def _draw(self, done):
        self._throttle.restart()
        seconds = time.monotonic() - self._started_at
        per_step = seconds / max(self._seen, 1)
        text = f"{self._seen}/{self.target or 'unknown'}"
        if self.target:
            filled = min(self.width, int(self.width * self._seen / self.target))
            text += " " + "━" * filled + "╺" * (self.width - filled)
        left = (self.target - self._seen) * per_step if self.target and not done else 0
        text += f" {seconds if done else left:.0f}s"
        text += f" {per_step * 1e3:.0f}ms/{self.unit_name}"
        for name, (total, count) in self._sums.items():
            text += f" - {display_name(name)}: {total / count:.4f}"
        head = "\r" if self.verbose == 1 else ""
        output.write(head + text.ljust(self._length) + ("\n" if done else ""))
        self._length = len(text)
