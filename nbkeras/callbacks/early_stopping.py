"""EarlyStopping: stop training when a metric no longer improves."""

from collections.abc import Callable
from typing import Any

from nbkeras.callbacks.base import Callback
from nbkeras.callbacks.monitored_metric import Monitor
from nbkeras.core import check
from nbkeras.core.annotations import Logs, MonitorMode


class EarlyStopping(Callback):
    """Stop when `monitor` has not improved for `patience` epochs.

    Args:
        monitor: name of the metric in the logs.
        min_delta: minimum change that counts as an improvement.
        patience: number of epochs without improvement before training stops.
        verbose: 1 prints a message when training stops.
        mode: "min", "max" or "auto".
        baseline: value that the metric must beat; until then no epoch counts as an
            improvement.
        restore_best_weights: restore the weights of the best epoch at the end.
        start_from_epoch: number of warm-up epochs that are not monitored.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0,
        patience: int = 0,
        verbose: int = 0,
        mode: MonitorMode = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
    ) -> None:
        super().__init__()
        self.monitor = monitor
        self.min_delta = min_delta
        self.patience = check.whole("EarlyStopping", "patience", patience, 3)
        self.verbose = verbose
        self.mode = mode
        self.baseline = baseline
        self.restore_best_weights = restore_best_weights
        self.start_from_epoch = start_from_epoch
        self._watch = Monitor("EarlyStopping", monitor, mode, min_delta)
        self._reset()

    @property
    def monitor_op(self) -> Callable[..., Any]:
        """The comparison for a better value: `ops.greater` or `ops.less`."""
        return self._watch.operation

    def _reset(self):
        self.wait, self.stopped_epoch, self.best_epoch = 0, 0, 0
        self.best, self.best_weights = None, None

    def on_train_begin(self, logs: Logs = None) -> None:
        """Reset the state, since the same callback can be used in several fits."""
        self._reset()
        self._watch.begin(self.model)

    def get_monitor_value(self, logs: Logs) -> float | None:
        """The monitored value, or None if `logs` lack it; may be overridden."""
        return self._watch.value(logs)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Compare, and stop after `patience` epochs without improvement."""
        value = self.get_monitor_value(logs)
        if value is None or epoch < self.start_from_epoch:
            return
        if self.restore_best_weights and self.best_weights is None:
            self.best_weights, self.best_epoch = self.model.get_weights(), epoch
        self.wait += 1
        if self._watch.better(value, self.best):
            self.best, self.best_epoch = value, epoch
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            if self.baseline is None or self._watch.better(value, self.baseline):
                self.wait = 0
            return
        if self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs: Logs = None) -> None:
        """Report where training stopped, and restore the best weights if requested."""
        if self.stopped_epoch > 0 and self.verbose:
            print(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.restore_best_weights and self.best_weights is not None:
            if self.verbose:
                print(f"Restoring weights of the best epoch: {self.best_epoch + 1}.")
            self.model.set_weights(self.best_weights)
