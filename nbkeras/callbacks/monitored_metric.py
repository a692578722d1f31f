"""Monitor one entry of the logs: its value, and whether higher or lower is better."""

from nbkeras import ops
from nbkeras.core import check, notices
from nbkeras.core.names.metric_directions import direction_by_name
from nbkeras.train.logs import LogsDict

_MODES = {"up": "max", "down": "min", None: None}


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
        self.mode = mode
        if self._auto:
            self.mode = _MODES[direction_by_name(monitor)] or "min"
        self.delta = abs(min_delta)

    def begin(self, model):
        """Look up the direction in the metrics of `model`, before a run."""
        if not self._auto:
            return
        directions = LogsDict(getattr(model, "metric_directions", {}))
        name = self.name.removeprefix("val_")
        mode = _MODES[directions.get(name) or direction_by_name(name)]
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
