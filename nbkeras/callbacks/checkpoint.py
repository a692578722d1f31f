"""ModelCheckpoint: save the model during training."""

import re
import string
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nbkeras.callbacks.base import Callback
from nbkeras.callbacks.monitored_metric import Monitor
from nbkeras.core import check, notices, output
from nbkeras.core.annotations import Logs, MonitorMode, PathLike
from nbkeras.core.names.display_name import display_name, display_names, display_path
from nbkeras.train.logs_dict import LogsDict


class ModelCheckpoint(Callback):
    """Save the model after each epoch, after a number of batches, or only the best one.

    Args:
        filepath: path that ends in ".keras", or in ".weights.h5" with
            `save_weights_only`. It may contain the epoch and log entries, as in
            `{epoch:02d}` and `{val_loss:.2f}`.
        monitor: name of the metric that decides which model is best.
        verbose: 1 prints a message for each file written.
        save_best_only: save only when the monitored metric improves.
        save_weights_only: save the weights without architecture and optimizer.
        mode: "min", "max" or "auto".
        save_freq: "epoch", a number of batches, or "5 epochs".
        initial_value_threshold: value that the metric must beat for the first save.

    Raises:
        ValueError: `save_weights_only` with a path that ends in ".keras".
        KeyError: when saving, if `filepath` names an entry that the logs lack.

    A full disk does not stop the training: a notice appears once, and the previous
    file is left unchanged.
    """

    writes_files = True

    def __init__(
        self,
        filepath: PathLike,
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: MonitorMode = "auto",
        save_freq: int | str = "epoch",
        initial_value_threshold: float | None = None,
    ) -> None:
        super().__init__()
        self.filepath = str(filepath)
        self.monitor = monitor
        self.verbose = verbose
        self.save_best_only = save_best_only
        self.save_weights_only = save_weights_only
        self.mode = mode
        self.save_freq = save_freq
        self._every_epochs, self._every_batches = _frequency(save_freq)
        if save_weights_only and self.filepath.endswith(".keras"):
            raise ValueError(
                f"ModelCheckpoint({self.filepath!r}, save_weights_only=True): the name "
                "must end in .weights.h5. Write for example "
                f"ModelCheckpoint({Path(self.filepath).stem + '.weights.h5'!r}, "
                "save_weights_only=True)."
            )
        self.initial_value_threshold = initial_value_threshold
        self.best = initial_value_threshold
        self._watch = Monitor("ModelCheckpoint", monitor, mode)
        self._epoch = 0
        self._batches = 0

    @property
    def monitor_op(self) -> Callable[..., Any]:
        """The comparison for a better value: `ops.greater` or `ops.less`."""
        return self._watch.operation

    def on_train_begin(self, logs: Logs = None) -> None:
        """Determine the better direction from the model's metrics."""
        self._watch.begin(self.model)

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Store the epoch index for file names."""
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Save every `save_freq` batches."""
        if not self._every_batches:
            return
        self._batches += 1
        if self._batches % self._every_batches == 0:
            self._save({**logs, "batch": batch + 1})

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Save at the end of the epoch."""
        if self._every_epochs and (epoch + 1) % self._every_epochs == 0:
            self._save(logs or {})

    def _save(self, logs):
        path = self._path(logs)
        if self.save_best_only:
            value = self._watch.value(logs, "saves each time")
            name = display_name(self.monitor)
            if value is not None and not self._watch.better(value, self.best):
                self._say(f"{name} did not improve from {self.best:.5f}")
                return
            if value is not None:
                before = "" if self.best is None else f" from {self.best:.5f}"
                self._say(f"{name} improved{before} to {value:.5f}")
                self.best = value
        self._say(f"saving model to {display_path(path)}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if self.save_weights_only:
                self.model.save_weights(path)
            else:
                self.model.save(path)
        except OSError as error:
            notices.once(
                ("checkpoint", str(path)),
                f"ModelCheckpoint could not write {display_path(path)} ({error}); "
                "training continues, and the previous file is unchanged.",
            )

    def _path(self, logs):
        values = LogsDict({"epoch": self._epoch + 1, **logs})
        names = [name for _, name, _, _ in string.Formatter().parse(self.filepath)]
        for name in names:
            if name and name not in values:
                raise KeyError(
                    f"ModelCheckpoint(filepath={self.filepath!r}) names {name!r}, "
                    f"which is not in the logs. Available are: {display_names(values)}."
                )
        return Path(self.filepath.format_map(values))

    def _say(self, text):
        if self.verbose:
            output.write(f"\nEpoch {self._epoch + 1}: {text}\n")


def _frequency(save_freq):
    """(interval in epochs, interval in batches); one of them is 0."""
    if save_freq == "epoch":
        return 1, 0
    epochs = re.fullmatch(r"([1-9]\d*) epochs?", str(save_freq))
    if epochs:
        return int(epochs[1]), 0
    return 0, check.positive_int("ModelCheckpoint", "save_freq", save_freq, 100)
