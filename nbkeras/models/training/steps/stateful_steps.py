"""Steps that carry changed states from batch to batch."""

from nbkeras.layers.engine.functional_call import changed_at_rest
from nbkeras.models.training.steps.own_steps import owns_training
from nbkeras.train.state import on_one_device


class StatefulStep:
    """An eval or predict step that starts each batch with the states of the last one.

    Args:
        model: compiled or not.
        kind: "eval" or "predict", as in `CompiledSteps.get`.
    """

    def __init__(self, model, kind):
        self._model = model
        self._step = model._compiled_steps.get(kind)
        self._stateful = bool(changed_at_rest(model))
        self._states = {}
        self._has_sums, self._sums = kind == "eval", None

    def __call__(self, values, *rest):
        """Run the step; returns its result without the states."""
        if not self._stateful:
            result = self._step(values, *rest)
        else:
            result, self._states = self._step({**values, **self._states}, *rest)
        if self._has_sums:
            self._sums = result[0]
        return result

    def keep_metrics(self):
        """Store the metrics as of the last batch in the model."""
        if self._sums is None:
            return
        if owns_training(self._model):
            self._model._compiled_steps.own.keep(self._sums)
        else:
            self._model.compiled_objective.trackers.hold(on_one_device(self._sums))

    def keep(self, carried=True):
        """Store the last states in the model.

        Args:
            carried: also store the states of recurrent layers with stateful=True.
        """
        table = self._model.weights_by_path()
        for path, state in self._states.items():
            if carried or not table[path].carried:
                table[path].assign(state)
