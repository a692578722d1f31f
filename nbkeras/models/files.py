"""The methods of a model that write and read files."""

from nbkeras.core import check
from nbkeras.models.saving import backup, model_io


class Saved:
    """Mixed into Model; each hands over to the module that does it."""

    def save(self, filepath, overwrite=True, include_optimizer=True, **old):
        """Write architecture, weights, compile arguments and optimizer to one file.

        Args:
            filepath: ends in ".keras", Keras 3's own format, or in ".h5", Keras 2's.
            overwrite: False refuses to replace a file.
            include_optimizer: False leaves out how the model was compiled.
            old: arguments of Keras 2, which have no effect.
        """
        _refuse_unknown("save", old, ("save_format", "options", "zipped", "signatures"))
        model_io.save_model(self, filepath, overwrite, include_optimizer)

    def save_weights(self, filepath, overwrite=True, **old):
        """Write the weights to an HDF5 file, by convention "name.weights.h5"."""
        _refuse_unknown("save_weights", old, ("save_format", "options"))
        model_io.save_weights(self, filepath, overwrite)

    def load_weights(self, filepath, skip_mismatch=False, by_name=False, **old):
        """Read weights; on any error the model is as it was.

        Args:
            filepath: a weights file, or a model file.
            skip_mismatch: leave out what does not fit.
            by_name: for files of Keras 2: take the layers whose names are equal.
            old: arguments of Keras 2, which have no effect.
        """
        _refuse_unknown("load_weights", old, ("options", "objects_to_skip"))
        model_io.load_weights(self, filepath, skip_mismatch, by_name)

    def back_up(self, filepath, epochs_done, batches_done=0):
        """Write the model and where its run stands; for BackupAndRestore."""
        backup.back_up(self, filepath, epochs_done, batches_done)

    def restore(self, filepath):
        """Go back to what `back_up` wrote; returns (epoch, batch, running metrics)."""
        return backup.restore(self, filepath)

    def to_json(self, **options):
        """The architecture as JSON text; `models.model_from_json` rebuilds it."""
        return model_io.to_json(self, **options)


def _refuse_unknown(owner, given, known):
    for name in given:
        if name not in known:
            raise TypeError(
                f"{owner} has no argument {name!r}.{check.did_you_mean(name, known)}"
            )
