"""The methods of a model that write and read files."""

from nbkeras.models import backup, saved


class Saved:
    """Mixed into Model; each hands over to the module that does it."""

    def save(self, filepath, overwrite=True, **_more):
        """Write architecture, weights, compile arguments and optimizer to one file.

        Args:
            filepath: ends in ".keras"; the file is Keras 3's own format.
            overwrite: False refuses to replace a file.
        """
        saved.save_model(self, filepath, overwrite)

    def save_weights(self, filepath, overwrite=True, **_more):
        """Write the weights to an HDF5 file, by convention "name.weights.h5"."""
        saved.save_weights(self, filepath, overwrite)

    def load_weights(self, filepath, skip_mismatch=False, **_more):
        """Read weights; on any error the model is as it was."""
        saved.load_weights(self, filepath, skip_mismatch)

    def back_up(self, filepath, epochs_done):
        """Write the model and where its run stands; for BackupAndRestore."""
        backup.back_up(self, filepath, epochs_done)

    def restore(self, filepath):
        """Go back to what `back_up` wrote; returns the epochs done."""
        return backup.restore(self, filepath)

    def to_json(self, **options):
        """The architecture as JSON text; `models.model_from_json` rebuilds it."""
        return saved.to_json(self, **options)
