"""ProgbarLogger: a text progress bar as a callback."""

from nbkeras.callbacks.base import Callback
from nbkeras.core.annotations import Logs
from nbkeras.train import events
from nbkeras.train.progress import Progress


class ProgbarLogger(Callback):
    """Show a text progress bar, as `fit(verbose=1)` does.

    Args:
        count_mode: accepted as in Keras 2, without effect.
    """

    def __init__(self, count_mode: str = "steps") -> None:
        super().__init__()
        self.count_mode = count_mode
        self._text = Progress()
        self._batches = 0

    def on_train_begin(self, logs: Logs = None) -> None:
        """Read the number of epochs and steps."""
        epochs, steps = self.params.get("epochs", 1), self.params.get("steps")
        self._text(events.FitStarted(0.0, epochs, 0, steps))

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Start a new progress bar."""
        self._text(events.EpochStarted(0.0, epoch))

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Update the progress bar."""
        self._batches = batch + 1
        self._text(events.StepEnded(0.0, 0, batch, batch, 0, logs or {}))

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Finish the progress bar."""
        self._text(events.EpochEnded(0.0, epoch, self._batches, logs or {}))
