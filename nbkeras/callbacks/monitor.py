"""Watching one entry of the logs: which direction is better, and is it there."""

import math

from nbkeras.core import check, notices

OLD = {"acc": "accuracy", "val_acc": "val_accuracy", "lr": "learning_rate"}
# Parts of names of which more is better, and of which less is.
UP = (
    "acc auc fmeasure fbeta f1 precision recall iou io_u r2 true_ correlation "
    "cosine_similarity specificity sensitivity"
).split()
DOWN = "loss error mse mae rmse mape msle hinge crossentropy kl logcosh poisson false_"


class Monitor:
    """Compares values of one metric.

    Args:
        owner: name of the callback, for messages.
        monitor: name in the logs; "val_acc" finds "val_accuracy".
        mode: "min", "max" or "auto", which goes by the name.
        min_delta: how much better counts as better.
    """

    def __init__(self, owner, monitor, mode="auto", min_delta=0.0):
        self.owner, self.name = owner, monitor
        check.choice(owner, "mode", mode, ("auto", "min", "max"))
        if mode == "auto":
            mode = "max" if any(part in monitor for part in UP) else "min"
            if mode == "min" and not any(part in monitor for part in DOWN.split()):
                notices.once(
                    (owner, monitor, "mode"),
                    f"{owner}(monitor={monitor!r}) takes less of it for better, since "
                    f"the name does not tell. If more is better, write mode='max'; "
                    "else mode='min'.",
                )
        self.mode = mode
        self.delta = abs(min_delta)
        self.worst = -math.inf if mode == "max" else math.inf

    def value(self, logs, instead="does nothing"):
        """The monitored value, or None with one line that says what there is."""
        logs = logs or {}
        for name in (self.name, OLD.get(self.name), *_old_of(self.name)):
            if name in logs:
                return logs[name]
        hint = " Give fit validation_data." if self.name.startswith("val_") else ""
        notices.once(
            (self.owner, self.name),
            f"{self.owner}(monitor={self.name!r}) finds no such entry, and "
            f"{instead}. There are: {', '.join(logs) or 'none'}.{hint}",
        )
        return None

    def better(self, value, best):
        """Whether `value` is better than `best` by more than `min_delta`."""
        if best is None:
            return True
        if self.mode == "max":
            return value - self.delta > best
        return value + self.delta < best


def _old_of(name):
    return [old for old, new in OLD.items() if new == name]
