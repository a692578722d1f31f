"""`NAME.undo()`: restore the model from before the last `%%model` cell."""

import numpy as np

# Most previous models that are kept, and the most memory they may take together (apart
# from the last); an optimizer's state is up to twice the size of the weights.
MOST = 5
MOST_BYTES = 256 * 2**20


class ModelHistory:
    """Stores the previous models of each name, and adds `undo` to the new ones.

    Args:
        names: {name: value}, the notebook's variables.
        say: (name, previous model or None) -> None, called on `undo`.
        release: (model) -> None, called for models that can no longer be restored.
    """

    def __init__(self, names, say, release):
        self._names, self._say, self._let_go = names, say, release
        self._trails = {}

    def replace(self, name, model):
        """Bind `name` to `model`; `model.undo()` restores its previous model."""
        previous = self._names.get(name)
        old_history = self._trails.get(name, [])
        if previous in old_history:
            history = old_history[: old_history.index(previous) + 1]
        else:  # rebound by other code: start a new history
            history = [] if previous is None else [previous]
        self._trails[name] = history = [*_last(history), model]
        self._names[name] = model
        model.undo = self._undo_of(name, model)
        for earlier in old_history:
            if earlier not in history:
                self._let_go(earlier)

    def _undo_of(self, name, model):
        def undo():
            """Bind the name to its previous model again, and return that model."""
            history = self._trails[name]
            place = history.index(model) if model in history else 0
            previous = history[place - 1] if place else None
            if previous is not None and self._names.get(name) is model:
                self._names[name] = previous
            self._say(name, previous)
            return self._names.get(name)

        return undo


def _last(models):
    """The last of `models` that fit into the memory limit."""
    recent, size = [], 0
    for model in reversed(models[-MOST:]):
        weights = sum(w.size * np.dtype(w.dtype).itemsize for w in model.weights)
        size += weights * (3 if model.optimizer is not None else 1)
        if recent and size > MOST_BYTES:
            break
        recent.insert(0, model)
    return recent
