"""Steps that hand the states that they change on from batch to batch."""

from nbkeras.layers.engine.functional_call import changed_at_rest


class StatefulStep:
    """The step `kind` of a model; each batch begins with the states of the last.

    Args:
        model: compiled or not.
        kind: "eval" or "predict", as in `CompiledSteps.get`.
    """

    def __init__(self, model, kind):
        self._model = model
        self._step = model._compiled_steps.get(kind)
        self._stateful = bool(changed_at_rest(model))
        self._states = {}

    def __call__(self, values, *rest):
        """Run the step: what it gives, without the states."""
        if not self._stateful:
            return self._step(values, *rest)
        found, self._states = self._step({**values, **self._states}, *rest)
        return found

    def keep(self, carried=True):
        """Leave the last states in the model, for whatever it computes next.

        Args:
            carried: also those that stateful layers carry from batch to batch.
        """
        table = self._model.weights_by_path()
        for path, state in self._states.items():
            if carried or not table[path].carried:
                table[path].assign(state)
