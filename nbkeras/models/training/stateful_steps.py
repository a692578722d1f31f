"""Steps that hand the states of stateful layers on from batch to batch."""

from nbkeras.layers.engine.functional_call import carried_values


class StatefulStep:
    """The step `kind` of a model; each batch begins with the states of the last.

    Args:
        model: compiled or not.
        kind: "eval" or "predict", as in `CompiledSteps.get`.
    """

    def __init__(self, model, kind):
        self._model = model
        self._step = model._compiled_steps.get(kind)
        self._stateful = bool(carried_values(model))
        self._states = {}

    def __call__(self, values, *rest):
        """Run the step: what it gives, without the states."""
        if not self._stateful:
            return self._step(values, *rest)
        found, self._states = self._step({**values, **self._states}, *rest)
        return found

    def keep(self):
        """Leave the last states in the model, for whatever it computes next."""
        table = self._model.weights_by_path()
        for path, state in self._states.items():
            table[path].assign(state)
