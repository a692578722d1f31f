"""LearningRateScheduler and ReduceLROnPlateau."""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from nbkeras.callbacks.base import Callback
from nbkeras.callbacks.monitored_metric import Monitor
from nbkeras.core import check
from nbkeras.core.annotations import Logs, MonitorMode


class LearningRateScheduler(Callback):
    """Set the learning rate at the start of each epoch.

    The optimizers of a MultiOptimizer are set one by one, each from its own rate.

    Args:
        schedule: function (epoch, lr) -> lr, or (epoch) -> lr.
        verbose: 1 prints the rate of each epoch.

    Raises:
        TypeError: `schedule` is not a function.
        ValueError: at the start of an epoch, if `schedule` returns no number.
    """

    def __init__(self, schedule: Callable[..., float], verbose: int = 0) -> None:
        super().__init__()
        if not callable(schedule):
            raise TypeError(
                f"LearningRateScheduler({schedule!r}): schedule must be a function. "
                "Write for example LearningRateScheduler(lambda epoch, lr: lr * 0.9)."
            )
        self.schedule = schedule
        self.verbose = verbose
        self._num_arguments = _number_of_arguments(schedule)

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Set the rate that the schedule returns for this epoch."""
        for entry, optimizer in _rates(self.model.optimizer).items():
            lr = self._scheduled(epoch, float(optimizer.learning_rate))
            optimizer.learning_rate = lr
            if self.verbose:
                print(f"\nEpoch {epoch + 1}: {entry.replace('_', ' ', 1)} {lr:.6g}")

    def _scheduled(self, epoch, rate):
        arguments = (epoch, rate)
        lr = self.schedule(*arguments[: self._num_arguments])
        if not (
            isinstance(lr, float | int) or (hasattr(lr, "dtype") and np.ndim(lr) == 0)
        ):
            raise ValueError(
                f"The schedule of LearningRateScheduler returned {lr!r} for epoch "
                f"{epoch}; it must return a number. Write for example return 0.001."
            )
        return float(lr)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Record the rate in the logs."""
        _record(self.model.optimizer, logs)


class ReduceLROnPlateau(Callback):
    """Multiply the learning rate by `factor` when a metric no longer improves.

    Each optimizer of a MultiOptimizer gets its own rate reduced.

    Args:
        monitor: name of the metric in the logs.
        factor: factor below 1 by which the rate is multiplied.
        patience: number of epochs without improvement before the rate is reduced.
        verbose: 1 prints each reduction.
        mode: "min", "max" or "auto".
        min_delta: minimum change that counts as an improvement.
        cooldown: number of epochs after a reduction before counting resumes.
        min_lr: lower bound of the rate.

    Raises:
        ValueError: `factor` is not below 1.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: MonitorMode = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
    ) -> None:
        super().__init__()
        self.monitor = monitor
        if factor >= 1.0:
            raise ValueError(
                f"ReduceLROnPlateau(factor={factor!r}): factor must be below 1. Write "
                "for example ReduceLROnPlateau(factor=0.5)."
            )
        self.factor = factor
        self.patience = check.whole("ReduceLROnPlateau", "patience", patience, 10)
        self.verbose = verbose
        self.mode = mode
        self.min_delta = min_delta
        self.cooldown = cooldown
        self.min_lr = min_lr
        self._watch = Monitor("ReduceLROnPlateau", monitor, mode, min_delta)
        self._reset()

    @property
    def monitor_op(self) -> Callable[..., Any]:
        """The comparison for a better value: `ops.greater` or `ops.less`."""
        return self._watch.operation

    def in_cooldown(self) -> bool:
        """Whether epochs after a reduction are not counted yet."""
        return self.cooldown_counter > 0

    def _reset(self):
        self.best, self.wait, self.cooldown_counter = None, 0, 0

    def on_train_begin(self, logs: Logs = None) -> None:
        """Reset the state."""
        self._reset()
        self._watch.begin(self.model)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Compare, and reduce the rate after `patience` epochs without improvement."""
        _record(self.model.optimizer, logs)
        value = self._watch.value(logs)
        if value is None:
            return
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.wait = 0
        if self._watch.better(value, self.best):
            self.best, self.wait = value, 0
        elif self.cooldown_counter <= 0:
            self.wait += 1
            if self.wait >= self.patience and self._reduce(epoch):
                self.cooldown_counter, self.wait = self.cooldown, 0

    def _reduce(self, epoch):
        """Reduce the rates above `min_lr`; returns whether there is one."""
        is_reduced = False
        for entry, optimizer in _rates(self.model.optimizer).items():
            lr = float(optimizer.learning_rate)
            if lr <= np.float32(self.min_lr):
                continue
            is_reduced = True
            new = max(lr * self.factor, self.min_lr)
            optimizer.learning_rate = new
            if self.verbose:
                name = entry.replace("_", " ", 1)
                print(f"\nEpoch {epoch + 1}: {name} reduced to {new:.6g}.")
        return is_reduced


def _rates(optimizer):
    """{entry in the logs: optimizer}, several for the parts of a MultiOptimizer."""
    parts = getattr(optimizer, "optimizers", None)
    if parts is None:
        return {"learning_rate": optimizer}
    rates = {}
    for part in parts:
        entry, number = f"learning_rate_{part.name}", 1
        while entry in rates:
            entry, number = f"learning_rate_{part.name}_{number}", number + 1
        rates[entry] = part
    return rates


def _record(optimizer, logs):
    """Write the rates into the logs."""
    for entry, part in _rates(optimizer).items():
        logs[entry] = float(part.learning_rate)


def _number_of_arguments(function):
    """1 if a schedule takes only the epoch, as in Keras 1; otherwise 2."""
    try:
        inspect.signature(function).bind(0, 0.1)
    except TypeError:
        return 1
    except ValueError:  # some functions written in C have no signature
        return 2
    return 2
