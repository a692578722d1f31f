"""Back up a run and restore it: a model file with the progress state."""

from nbkeras.core.names.display_name import display_path
from nbkeras.models.saving import model_io, progress_state
from nbkeras.saving import keras_archive, weight_layout


def back_up(model, path, epochs_done, batches_done=0):
    """Save the model, its optimizer and the run's progress to a `.keras` file.

    Args:
        model: a model in training.
        path: the file.
        epochs_done: number of the epoch to resume in.
        batches_done: steps of this epoch that are already done.
    """
    position = {"epoch": epochs_done, "batch": batches_done}
    if batches_done:
        position["sums"] = progress_state.sums_to_text(model.running_cell().ts.metrics)
    weights = weight_layout.to_bytes(model, *model_io.optimizer_arrays(model))
    extra = progress_state.members(model, **position)
    keras_archive.write(path, model_io.config_of(model), weights, extra)


def restore(model, path):
    """Restore the model from a backup; returns (epoch, batch, running sums or None).

    Raises:
        ValueError: the file is damaged or a backup of another model; the model is then
            unchanged.
    """
    _, weights = keras_archive.read(path)
    progress = progress_state.read(path) or {}
    values, sums = weight_layout.read(weights, model, path), None
    epoch, batch = progress.get("epoch"), progress.get("batch")
    if type(epoch) is not int or type(batch) is not int or min(epoch, batch) < 0:
        raise ValueError(
            f"{display_path(path)} is not a backup: it holds no epoch and batch to "
            "resume from."
        )
    if progress.get("sums") is not None:
        sums = progress_state.sums_from_text(progress["sums"], model.first_sums())
    progress_state.restore(model, progress)
    model_io.assign_weights(model, values, path)
    model_io.restore_optimizer(model, weights, path)
    return epoch, batch, sums
