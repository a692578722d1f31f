"""BackupAndRestore: go on after a crash where the last epoch ended."""

from pathlib import Path

from nbkeras.callbacks.base import Callback
from nbkeras.core import check, notices


class BackupAndRestore(Callback):
    """Back the run up after each epoch, and restore it when `fit` is called again.

    Args:
        backup_dir: folder of the backup, one for each run.
        save_freq: "epoch", or a number of batches.
        double_checkpoint: accepted as in Keras; the backup before is always kept.
        delete_checkpoint: remove the backup when the fit has ended well.

    The backup holds the whole model with its optimizer, the number of epochs done and
    the seed of the run, so that order of data and dropout go on as they would have.
    """

    def __init__(
        self,
        backup_dir,
        save_freq="epoch",
        double_checkpoint=False,
        delete_checkpoint=True,
    ):
        super().__init__()
        self.backup_dir = str(backup_dir)
        if save_freq != "epoch":
            check.positive_int("BackupAndRestore", "save_freq", save_freq, 100)
        self.save_freq = save_freq
        self.double_checkpoint = double_checkpoint
        self.delete_checkpoint = delete_checkpoint
        self._batches = 0
        self._epoch = 0
        self._failed = True

    @property
    def _files(self):
        folder = Path(self.backup_dir)
        return [folder / "latest.keras", folder / "previous.keras"]

    def restore(self, model):
        """Give `model` the state of the newest readable backup; epochs done, or 0."""
        for path in self._files:
            if not path.exists():
                continue
            try:
                return model.restore(path)
            except ValueError as error:
                notices.once(
                    ("backup", str(path)),
                    f"The backup {path} cannot be read and is passed over: {error}",
                )
        return 0

    def on_epoch_begin(self, epoch, logs=None):
        """Remember the epoch."""
        self._epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        """Back up every `save_freq` batches."""
        self._batches += 1
        if self.save_freq != "epoch" and self._batches % self.save_freq == 0:
            self._save(self._epoch)

    def on_epoch_end(self, epoch, logs=None):
        """Back up."""
        self._epoch = epoch + 1
        if self.save_freq == "epoch":
            self._save(epoch + 1)
        self._failed = epoch + 1 < self.params.get("epochs", 0)

    def on_train_end(self, logs=None):
        """Remove the backup of a run that came to its end."""
        if self.delete_checkpoint and not self._failed:
            for path in self._files:
                path.unlink(missing_ok=True)

    def _save(self, epochs_done):
        latest, previous = self._files
        latest.parent.mkdir(parents=True, exist_ok=True)
        if latest.exists():
            latest.replace(previous)
        self.model.back_up(latest, epochs_done)
