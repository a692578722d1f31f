"""Monitor one entry of the logs: its value, and whether higher or lower is better."""

import re

from nbkeras import ops
from nbkeras.core import check, notices
from nbkeras.train.logs import LogsDict

# Word endings that mean lower is better (DOWN) or higher is better (UP), for names
# that match no metric of the model.
DOWN = (
    "loss error mae mse rmse mape msle hinge crossentropy kl kld divergence logcosh "
    "poisson perplexity false"
).split()
UP = (
    "acc accuracy auc fmeasure fbeta f1 precision recall iou io r2 true correlation "
    "similarity specificity sensitivity"
).split()


class Monitor:
    """Compare values of one metric.

    With mode "auto" the direction comes from the metrics of the model, or, for a name
    that matches none of them, from the words in the name.

    Args:
        owner: name of the callback, for messages.
        monitor: name in the logs; "val_acc" matches "val_accuracy".
        mode: "min", "max" or "auto".
        min_delta: minimum change that counts as an improvement.
    """

    def __init__(self, owner, monitor, mode="auto", min_delta=0.0):
        self.owner, self.name = owner, monitor
        check.choice(owner, "mode", mode, ("auto", "min", "max"))
        self._auto = mode == "auto"
        self.mode = (_mode_by_words(monitor) or "min") if self._auto else mode
        self.delta = abs(min_delta)

    def begin(self, model):
        """Look up the direction in the metrics of `model`, before a run."""
        if not self._auto:
            return
        directions = LogsDict(getattr(model, "metric_directions", {}))
        name = self.name.removeprefix("val_")
        direction = directions.get(name)
        mode = {"up": "max", "down": "min"}.get(direction) or _mode_by_words(name)
        self.mode = mode or "min"
        if mode is None:
            notices.once(
                (self.owner, self.name, "mode"),
                f"{self.owner}(monitor={self.name!r}) assumes that lower is better, "
                "because neither a metric of the model nor the name tells. Write "
                "mode='max' if higher is better, else mode='min'.",
            )

    def value(self, logs, instead="does nothing"):
        """The monitored value, or None with a notice of the available entries."""
        logs = LogsDict(logs or {})
        if self.name in logs:
            return logs[self.name]
        hint = " Give fit validation_data." if self.name.startswith("val_") else ""
        notices.once(
            (self.owner, self.name),
            f"{self.owner}(monitor={self.name!r}) finds no such entry, and {instead}. "
            f"Available are: {', '.join(logs) or 'none'}.{hint}",
        )
        return None

    @property
    def operation(self):
        """The comparison for a better value: `ops.greater` or `ops.less`."""
        return ops.greater if self.mode == "max" else ops.less

    def better(self, value, best):
        """Whether `value` is better than `best` by more than `min_delta`."""
        if best is None:
            return True
        if self.mode == "max":
            return value - self.delta > best
        return value + self.delta < best


def _mode_by_words(name):
    """The mode inferred from the words of a name; None if unknown."""
    words = re.split(r"[\W_]+", name.lower())
    words += [word.rstrip("0123456789") for word in words]
    for mode, ends in (("min", DOWN), ("max", UP)):
        # "myacc" matches "acc"; endings of two letters must be the whole word.
        if any(
            word == end or (len(end) > 2 and word.endswith(end))
            for word in words
            for end in ends
        ):
            return mode
    return None
