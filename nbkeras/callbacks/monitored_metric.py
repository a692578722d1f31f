"""Monitor one entry of the logs: its value and its better direction."""

import re

from nbkeras import ops
from nbkeras.core import check, notices
from nbkeras.train.logs import LogsDict

# Ends of words of which less is better, and of which more is, for names that no metric
# of the model answers to.
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

    With mode "auto" the model's metrics say which direction is better; of a name that
    none of them has, its words do.

    Args:
        owner: name of the callback, for messages.
        monitor: name in the logs; "val_acc" finds "val_accuracy".
        mode: "min", "max" or "auto".
        min_delta: how much better counts as better.
    """

    def __init__(self, owner, monitor, mode="auto", min_delta=0.0):
        self.owner, self.name = owner, monitor
        check.choice(owner, "mode", mode, ("auto", "min", "max"))
        self._auto = mode == "auto"
        self.mode = (_mode_by_words(monitor) or "min") if self._auto else mode
        self.delta = abs(min_delta)

    def begin(self, model):
        """Determine the better direction from the metrics of `model`, before a run."""
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
        """`ops.greater` or `ops.less`: whether a value is better than another."""
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
        # "myacc" tells as "acc" does; two letters count as a whole word only.
        if any(
            word == end or (len(end) > 2 and word.endswith(end))
            for word in words
            for end in ends
        ):
            return mode
    return None
