"""Probe own steps: find the variables that they use, before a run begins."""

from typing import Any

import jax
import jax.numpy as jnp

from nbkeras.models.training.steps.own_steps import owns_prediction, owns_training
from nbkeras.models.training.weight_checkout import first_state


def settle_training(model: Any, batch: Any) -> None:
    """Find the variables that an own training step uses; called before a fit.

    Args:
        model: a model that is prepared for the data.
        batch: shapes and dtypes of (x, y, weight, valid).
    """
    if owns_training(model):

        def arguments():
            values = {p: w.value for p, w in model.weights_by_path().items()}
            return jax.eval_shape(lambda: first_state(model, values)), batch

        model.compiled_steps.own.settle("train", arguments)


def settle_evaluation(model: Any, batch: Any) -> None:
    """The same for the test step, before an evaluation."""
    if owns_training(model):

        def arguments():
            return _values(model), jax.eval_shape(model.first_eval_sums), batch

        model.compiled_steps.own.settle("eval", arguments)


def settle_prediction(model: Any, x: Any) -> None:
    """The same for the predict step, before a prediction."""
    if owns_prediction(model):
        model.compiled_steps.own.settle("predict", lambda: (_values(model), x))


def results_of(model: Any, sums: Any) -> dict[str, Any]:
    """{name: value} of the running sums that a resumed run starts with."""
    if not owns_training(model):
        return model.compiled_objective.results(sums)
    variables = model.compiled_steps.own.metric_variables
    for variable, value in zip(variables, sums, strict=True):
        variable.keep_value(value)
    return model.get_metrics_result()


def shapes_of(tree: Any) -> Any:
    """Shapes and dtypes of arrays."""
    return jax.tree.map(
        lambda a: jax.ShapeDtypeStruct(a.shape, jax.dtypes.canonicalize_dtype(a.dtype)),
        tree,
    )


def _values(model):
    return {
        path: jax.ShapeDtypeStruct(weight.shape, jnp.dtype(weight.dtype))
        for path, weight in model.weights_by_path().items()
    }
