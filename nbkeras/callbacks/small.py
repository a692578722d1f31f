"""Small callbacks: a CSV file, functions as hooks, a stop on NaN, text progress."""

import csv
import math
from pathlib import Path

from nbkeras.callbacks.base import Callback
from nbkeras.core.check import did_you_mean
from nbkeras.train import events
from nbkeras.train.progress import Progress


class LambdaCallback(Callback):
    """Functions as hooks: `LambdaCallback(on_epoch_end=lambda epoch, logs: ...)`."""

    def __init__(
        self,
        on_epoch_begin=None,
        on_epoch_end=None,
        on_train_begin=None,
        on_train_end=None,
        on_train_batch_begin=None,
        on_train_batch_end=None,
        **more,
    ):
        super().__init__()
        hooks = dict(
            on_epoch_begin=on_epoch_begin,
            on_epoch_end=on_epoch_end,
            on_train_begin=on_train_begin,
            on_train_end=on_train_end,
            on_train_batch_begin=on_train_batch_begin,
            on_train_batch_end=on_train_batch_end,
        )
        known = [name for name in dir(Callback) if name.startswith("on_")]
        for name, function in (hooks | more).items():
            if name not in known:
                raise TypeError(
                    f"LambdaCallback has no hook {name!r}.{did_you_mean(name, known)} "
                    f"The hooks are: {', '.join(known)}."
                )
            if function is not None:
                setattr(self, name, function)


class TerminateOnNaN(Callback):
    """Stop when the loss is NaN or infinite; looks at every step.

    Args:
        raise_error: raise a RuntimeError instead of only stopping.
    """

    def __init__(self, raise_error=False):
        super().__init__()
        self.raise_error = raise_error

    def on_train_batch_end(self, batch, logs=None):
        """Look at the loss."""
        loss = (logs or {}).get("loss")
        if loss is not None and not math.isfinite(loss):
            said = f"Batch {batch}: the loss is {loss}; training stops."
            if self.raise_error:
                raise RuntimeError(said)
            print(said)
            self.model.stop_training = True


class CSVLogger(Callback):
    """Write the logs of each epoch as a line of a CSV file.

    Args:
        filename: the file.
        separator: between the columns.
        append: go on with a file that exists.
    """

    writes_files = True

    def __init__(self, filename, separator=",", append=False):
        super().__init__()
        self.filename = str(filename)
        self.separator = separator
        self.append = append
        self._file = None
        self._writer = None
        self.keys = None

    def on_train_begin(self, logs=None):
        """Open the file."""
        path = Path(self.filename)
        self.keys = None
        head = ""
        if self.append and path.exists():
            with path.open(encoding="utf-8") as file:
                head = file.readline().strip()
        if head:
            self.keys = head.split(self.separator)[1:]
        self._file = path.open(
            "a" if self.append else "w", newline="", encoding="utf-8"
        )
        self._has_head = bool(head)

    def on_epoch_end(self, epoch, logs=None):
        """Write one line."""
        logs = logs or {}
        if self.keys is None:
            self.keys = sorted(logs)
            # Validation may come later than the first epoch; its columns stay free.
            missing = [f"val_{k}" for k in self.keys if not k.startswith("val_")]
            if not any(k.startswith("val_") for k in self.keys):
                self.keys += missing if self.params.get("do_validation") else []
        if self._writer is None:
            self._writer = csv.writer(self._file, delimiter=self.separator)
            if not self._has_head:
                self._writer.writerow(["epoch", *self.keys])
        self._writer.writerow([epoch, *(logs.get(key, "NA") for key in self.keys)])
        self._file.flush()

    def on_train_end(self, logs=None):
        """Close the file."""
        if self._file is not None:
            self._file.close()
        self._file = self._writer = None


class ProgbarLogger(Callback):
    """Text progress as a callback; `fit(verbose=1)` shows the same.

    Args:
        count_mode: accepted as in Keras 2.
    """

    def __init__(self, count_mode="steps"):
        super().__init__()
        self.count_mode = count_mode
        self._text = Progress()
        self._batches = 0

    def on_train_begin(self, logs=None):
        """Learn how long it will be."""
        epochs, steps = self.params.get("epochs", 1), self.params.get("steps")
        self._text(events.FitStarted(0.0, epochs, 0, steps))

    def on_epoch_begin(self, epoch, logs=None):
        """A new line and a new bar."""
        self._text(events.EpochStarted(0.0, epoch))

    def on_train_batch_end(self, batch, logs=None):
        """Move the bar."""
        self._batches = batch + 1
        self._text(events.StepEnded(0.0, 0, batch, batch, 0, logs or {}))

    def on_epoch_end(self, epoch, logs=None):
        """Finish the bar."""
        self._text(events.EpochEnded(0.0, epoch, self._batches, logs or {}))
