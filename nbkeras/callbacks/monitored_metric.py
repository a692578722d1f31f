"""Monitor one entry of the logs: its value, and whether higher or lower is better."""

from nbkeras import ops
from nbkeras.core import check, notices
from nbkeras.core.names.metric_directions import direction_by_name
from nbkeras.train.logs_dict import LogsDict

_MODES = {"up": "max", "down": "min", None: None}


class Monitor:
    """Compare values of one metric.

    With mode "auto" the direction comes from the metrics of the model, or, for a name
    that matches none of them, from the words in the name. A name that tells nothing is
    an error if the logs lack it too: it is a typing mistake.

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
        self._is_unknown = False
        self.delta = abs(min_delta)

    def begin(self, model):
        """Look up the direction in the metrics of `model`, before a run."""
        if not self._auto:
            return
        directions = LogsDict(getattr(model, "metric_directions", {}))
        name = self.name.removeprefix("val_")
        mode = _MODES[directions.get(name) or direction_by_name(name)]
        self.mode, self._is_unknown = mode or "min", mode is None
        if self._is_unknown:
            notices.once(
                (self.owner, self.name, "mode"),
                f"{self.owner}(monitor={self.name!r}) assumes that lower is better, "
                "because neither a metric of the model nor the name tells. Write "
                "mode='max' if higher is better, else mode='min'.",
            )

    def value(self, logs, instead="does nothing"):
        """The monitored value, or None with a notice of the available entries.

        Raises:
            ValueError: the logs lack the entry, and its direction is unknown too.
        """
        logs = LogsDict(logs or {})
        if self.name in logs:
            return logs[self.name]
        is_validated = any(name.startswith("val_") for name in logs)
        is_missing = self.name.startswith("val_") and not is_validated
        hint = " Give fit validation_data." if is_missing else ""
        if self._is_unknown:
            raise ValueError(
                f"{self.owner}(monitor={self.name!r}): there is no such entry in the "
                f"logs.{check.did_you_mean(self.name, list(logs))} Available are: "
                f"{', '.join(logs) or 'none'}.{hint}"
            )
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
