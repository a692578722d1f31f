"""BackupAndRestore: resume an interrupted run from its last backup."""

from pathlib import Path
from typing import Any, Literal

from nbkeras.callbacks.base import Callback
from nbkeras.core import check, notices
from nbkeras.core.annotations import Logs, PathLike
from nbkeras.core.names.display_name import display_path


class BackupAndRestore(Callback):
    """Back up the run after each epoch, and restore it when `fit` is called again.

    Args:
        backup_dir: directory of the backup; use a separate one for each run.
        save_freq: "epoch", or a number of batches.
        double_checkpoint: accepted as in Keras; the previous backup is always kept.
        delete_checkpoint: remove the backup once the fit completes or a callback stops
            it; an interrupted or failed fit keeps it.

    The backup holds the whole model with its optimizer state, the number of epochs and
    batches done, the running metrics and the seed, so the resumed run is bit-for-bit
    identical to an uninterrupted one. A full disk does not stop the training.
    """

    writes_files = True

    def __init__(
        self,
        backup_dir: PathLike,
        save_freq: int | Literal["epoch"] = "epoch",
        double_checkpoint: bool = False,
        delete_checkpoint: bool = True,
    ) -> None:
        super().__init__()
        if not backup_dir:
            raise ValueError(
                "Empty `backup_dir` argument passed: BackupAndRestore needs a folder. "
                "Write for example BackupAndRestore('backup')."
            )
        self.backup_dir = str(backup_dir)
        if save_freq != "epoch":
            check.positive_int("BackupAndRestore", "save_freq", save_freq, 100)
        self.save_freq = save_freq
        self.double_checkpoint = double_checkpoint
        self.delete_checkpoint = delete_checkpoint
        self._batches = 0
        self._epoch = 0

    @property
    def _files(self):
        folder = Path(self.backup_dir)
        return [folder / "latest.keras", folder / "previous.keras"]

    def restore(self, model: Any) -> tuple[int, int, Any] | None:
        """Restore `model` from the newest readable backup.

        Returns:
            (epoch to resume, number of its batches done, its running metrics or None);
            None if there is no backup.
        """
        for path in self._files:
            if not path.exists():
                continue
            try:
                return model.restore(path)
            except (ValueError, OSError) as error:
                notices.say(
                    f"The backup {display_path(path)} cannot be read and is skipped: "
                    f"{error}"
                )
        return None

    def on_train_begin(self, logs: Logs = None) -> None:
        """Reset the batch counter."""
        self._batches = 0

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Store the epoch index."""
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Back up every `save_freq` batches."""
        if self.save_freq == "epoch":
            return
        self._batches += 1
        if self._batches % self.save_freq == 0:
            self._save(self._epoch, batch + 1)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Back up at the end of the epoch."""
        if self.save_freq == "epoch":
            self._save(epoch + 1, 0)

    def on_train_end(self, logs: Logs = None) -> None:
        """Remove the backup after a completed run, if requested."""
        if self.delete_checkpoint and not self.params.get("cut_short"):
            for path in self._files:
                self._remove(path)

    @staticmethod
    def _remove(path):
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            notices.say(
                f"BackupAndRestore could not remove {display_path(path)} ({error}); "
                "the run itself is complete. Delete it before the next run."
            )

    def _save(self, epochs_done, batches_done):
        latest, previous = self._files
        try:
            latest.parent.mkdir(parents=True, exist_ok=True)
            if latest.exists():
                latest.replace(previous)
            self.model.back_up(latest, epochs_done, batches_done)
        except OSError as error:
            notices.once(
                ("backup", str(latest)),
                f"BackupAndRestore could not write {display_path(latest)} ({error}); "
                "training continues, and the previous backup is kept.",
            )
