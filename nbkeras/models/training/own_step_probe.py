"""Settling own steps: what they use, found out before a run takes the weights."""

from typing import Any

import jax
import jax.numpy as jnp

from nbkeras.models.training.own_steps import owns_prediction, owns_training
from nbkeras.models.training.weight_checkout import first_state


def settle_training(model: Any, batch: Any) -> None:
    """Before a fit: find what an own training step uses; nothing for the built-in one.

    Args:
        model: prepared for the data.
        batch: shapes and dtypes of (x, y, weight, valid).
    """
    if owns_training(model):

        def arguments():
            values = {p: w.value for p, w in model.weights_by_path().items()}
            return jax.eval_shape(lambda: first_state(model, values)), batch

        model.compiled_steps.own.settle("train", arguments)


def settle_evaluation(model: Any, batch: Any) -> None:
    """Likewise before an evaluation."""
    if owns_training(model):

        def arguments():
            return _values(model), jax.eval_shape(model.first_eval_sums), batch

        model.compiled_steps.own.settle("eval", arguments)


def settle_prediction(model: Any, x: Any) -> None:
    """Likewise before a prediction."""
    if owns_prediction(model):
        model.compiled_steps.own.settle("predict", lambda: (_values(model), x))


def results_of(model: Any, sums: Any) -> dict[str, Any]:
    """{name: value} of the running sums, with which a run goes on."""
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
