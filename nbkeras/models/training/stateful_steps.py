"""Steps that carry changed states from batch to batch."""

from nbkeras.layers.engine.functional_call import changed_at_rest
from nbkeras.models.training.own_steps import owns_training


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
        self._stores_sums = kind == "eval" and owns_training(model)
        self._sums = None

    def __call__(self, values, *rest):
        """Run the step; returns its result without the states."""
        if not self._stateful:
            result = self._step(values, *rest)
        else:
            result, self._states = self._step({**values, **self._states}, *rest)
        if self._stores_sums:
            self._sums = result[0]
        return result

    def keep_metrics(self):
        """Store the metrics of an own test step in the model."""
        if self._sums is not None:
            self._model._compiled_steps.own.keep(self._sums)

    def keep(self, carried=True):
        """Store the last states in the model.

        Args:
            carried: also store the states of recurrent layers with stateful=True.
        """
        table = self._model.weights_by_path()
        for path, state in self._states.items():
            if carried or not table[path].carried:
                table[path].assign(state)
