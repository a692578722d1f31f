"""Progress state: seed, steps and epochs done, saved along with the weights."""

import base64
import json

import jax
import numpy as np

from nbkeras.saving import keras_archive
from nbkeras.saving.file_formats import kind

# Keras ignores a member of this name.
MEMBER = "nbkeras/state.json"
COUNTS = ("seed", "steps_done", "epochs_done", "epochs_begun")


def progress_of(model):
    """{name: value}: the seed of the model's runs, the epochs and steps completed.

    Together with the weights and the optimizer's state they make a resumed run
    identical to an uninterrupted one: dropout depends on seed and step, the order of
    rows on seed and epoch. The weights of several losses are in it too.
    """
    cell = model.running_cell()
    return {
        "seed": model.run_seed(),
        "steps_done": model._steps_done if cell is None else int(cell.ts.step),
        "epochs_done": model._epochs_done,
        "epochs_begun": model._epochs_begun,
        **_loss_weights_of(model),
    }


def _loss_weights_of(model):
    task_weights = model.task_weights
    return {} if task_weights is None else {"loss_weights": task_weights.to_progress()}


def restore(model, progress):
    """Restore the progress state that `progress_of` returned.

    Raises:
        ValueError: an entry is missing or not an integer; the model is then unchanged.
    """
    counts = [progress.get(name) for name in COUNTS]
    if not all(type(n) is int and 0 <= n < 2**32 for n in counts):
        raise ValueError(f"{MEMBER} must contain integers for {', '.join(COUNTS)}.")
    model._seed, model._steps_done, model._epochs_done, model._epochs_begun = counts
    if model.task_weights is not None:
        model.task_weights.from_progress(progress.get("loss_weights"))


def members(model, **entries):
    """{name: text} of the member of a `.keras` file that holds the progress state."""
    return {MEMBER: json.dumps(progress_of(model) | entries)}


def read(path):
    """The progress state in a file, or None if nbkeras did not write it."""
    if kind(path) != "archive" or not keras_archive.has(path, MEMBER):
        return None
    return keras_archive.parse(keras_archive.member(path, MEMBER), path)


def restore_from(path, model):
    """Restore the progress state from a file, if it holds one."""
    progress = read(path)
    if progress is not None:
        restore(model, progress)


def sums_to_text(sums):
    """Running metrics as text, NaN and infinity included."""
    return [
        base64.b64encode(np.asarray(leaf).tobytes()).decode()
        for leaf in jax.tree.leaves(sums)
    ]


def sums_from_text(texts, like):
    """Running metrics from text, in the structure of `like`.

    Raises:
        ValueError: the number or the sizes of the arrays differ from `like`.
    """
    leaves, structure = jax.tree.flatten(like)
    if not isinstance(texts, list) or not all(isinstance(t, str) for t in texts):
        raise ValueError(f"{MEMBER}: the running metrics must be a list of strings.")
    arrays = [
        np.frombuffer(base64.b64decode(text), leaf.dtype)
        for text, leaf in zip(texts, leaves, strict=True)
    ]
    shaped = [a.reshape(leaf.shape) for a, leaf in zip(arrays, leaves, strict=True)]
    return jax.tree.map(jax.numpy.asarray, jax.tree.unflatten(structure, shaped))
