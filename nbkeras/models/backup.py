"""Back a run up and restore it: the model file plus where the run stood."""

import json

from nbkeras.models import saved
from nbkeras.saving import archive, h5

MEMBER = "nbkeras/state.json"


def back_up(model, path, epochs_done):
    """Write model, optimizer and the run's place to `path`, a `.keras` file."""
    state = {
        "epochs_done": epochs_done,
        "seed": model._run_seed(),
        "steps_done": int(model._session.cell.ts.step),
    }
    weights = h5.to_bytes(model, *saved.optimizer_arrays(model))
    archive.write(path, saved.config_of(model), weights, {MEMBER: json.dumps(state)})


def restore(model, path):
    """Give the model what `back_up` wrote; returns the epochs done.

    Raises:
        ValueError: damaged, or the backup of another model; nothing has changed.
    """
    _, weights = archive.read(path)
    state = archive.parse(archive.member(path, MEMBER), path)
    saved.take(model, h5.read(weights, model, path))
    saved.take_optimizer(model, weights, path)
    model._seed, model._steps_done = state["seed"], state["steps_done"]
    model._epochs_done = model._epochs_begun = state["epochs_done"]
    return state["epochs_done"]
