"""The default implementation of the methods that a model may override; see `Trainer`.

They are written like a user's own step: `super().train_step(data)` works in an
override, and the default steps call the parts that a class overrides.
"""

import inspect
from typing import Any

import jax
import jax.numpy as jnp

from nbkeras.core.gradients import recording, stateless_scope
from nbkeras.core.gradients.recording import recorded
from nbkeras.core.gradients.stateless_scope import StatelessScope
from nbkeras.core.variable import without_variables
from nbkeras.layers.engine.functional_call import Applied
from nbkeras.models.training.objective import outputs_of
from nbkeras.models.training.steps.own_steps import unpacked


def loss(model: Any, y: Any, y_pred: Any, sample_weight: Any) -> Any:
    """See `Trainer.compute_loss`."""
    return _with_added_losses(
        compiled_loss(model, y, y_pred, sample_weight), model.losses
    )


@recorded
def _with_added_losses(total, losses):
    return sum((jnp.sum(jnp.asarray(loss, total.dtype)) for loss in losses), total)


def compiled_loss(model: Any, y: Any, y_pred: Any, sample_weight: Any) -> Any:
    """The losses of `compile` alone; updates the loss trackers of the outputs."""
    objective = model.compiled_objective
    if not objective.settled:
        outputs = without_variables(y_pred)
        objective.settle(without_variables(y), outputs, outputs_of(model, outputs))
    scope, no_record = stateless_scope.current(), (None, None, None)
    records = [
        no_record if scope is None else scope.metadata_of(leaf)
        for leaf in jax.tree.leaves(y_pred)
    ]
    names = [name for *_, name in records]
    arrays = [(mask, logits) for mask, logits, _ in records]

    def function(y, y_pred, arrays, sample_weight):
        masks, logits = (list(part) for part in zip(*arrays, strict=True))
        parts = masks, logits, names
        if hasattr(y_pred, "shape"):
            parts = masks[0], logits[0], names[0]
        applied = Applied(y_pred, {}, [], *parts)
        return objective.loss(y, applied, sample_weight, None)

    total, parts = recording.run(function, y, y_pred, arrays, sample_weight)
    trackers = objective.trackers.output_losses
    for tracker, part in zip(trackers, parts, strict=False):
        tracker.update_state(part, _rows(y_pred))
    return total


class CompiledLoss:
    """`model.compiled_loss` of tf.keras, called on targets and outputs."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def __call__(
        self,
        y_true: Any,
        y_pred: Any,
        sample_weight: Any = None,
        regularization_losses: Any = None,
    ) -> Any:
        """The loss plus `regularization_losses`."""
        total = compiled_loss(self._model, y_true, y_pred, sample_weight)
        total = _with_added_losses(total, list(regularization_losses or ()))
        self._model.compiled_objective.trackers.loss.update_state(total, _rows(y_pred))
        return total


def metrics(model: Any, y: Any, y_pred: Any, sample_weight: Any) -> dict[str, Any]:
    """See `Trainer.compute_metrics`."""
    compiled = model.compiled_objective.trackers.compiled
    if model.compiled_objective.has_metrics:
        compiled.update_state(y, y_pred, sample_weight)
    return model.get_metrics_result()


def results(model: Any) -> dict[str, Any]:
    """See `Trainer.get_metrics_result`."""
    logs = {}
    for metric in model.metrics:
        value = metric.result()
        logs |= value if isinstance(value, dict) else {metric.name: value}
    return logs


def train_step(model: Any, *state_and_data: Any) -> Any:
    """See `Trainer.train_step`."""
    if len(state_and_data) == 2:
        return _stateless_train_step(model, *state_and_data)
    (data,) = state_and_data
    x, y, weight = unpacked(data)
    weights, optimizer = model.trainable_variables, model.optimizer
    changed: list[Any] = []

    def objective(values):
        with StatelessScope(dict(zip(weights, values, strict=True))) as scope:
            y_pred = model(x, training=True)
            value = _computed_loss(model, x, y, y_pred, weight, True)
        changes = scope.changes()
        changed[:] = changes
        return _scaled(optimizer, value), (value, y_pred, list(changes.values()))

    value_and_grad = jax.value_and_grad(objective, has_aux=True)
    (_, (value, y_pred, new_values)), grads = value_and_grad([w.value for w in weights])
    stateless_scope.keep(dict(zip(changed, new_values, strict=True)))
    optimizer.apply(grads, weights)
    model.compiled_objective.trackers.loss.update_state(value, _rows(x))
    return model.compute_metrics(x, y, y_pred, weight)


def test_step(model: Any, *state_and_data: Any) -> Any:
    """See `Trainer.test_step`."""
    if len(state_and_data) == 2:
        return _stateless_test_step(model, *state_and_data)
    (data,) = state_and_data
    x, y, weight = unpacked(data)
    y_pred = model(x, training=False)
    value = _computed_loss(model, x, y, y_pred, weight, False)
    model.compiled_objective.trackers.loss.update_state(value, _rows(x))
    return model.compute_metrics(x, y, y_pred, weight)


def predict_step(model: Any, *state_and_data: Any) -> Any:
    """See `Trainer.predict_step`."""
    if len(state_and_data) == 1:
        return model(unpacked(state_and_data[0])[0], training=False)
    state, data = state_and_data
    return model.stateless_call(*state, unpacked(data)[0], training=False)


def loss_and_updates(
    model: Any,
    trained: Any,
    others: Any,
    sums: Any,
    data: Any,
    training: bool,
    optimizer_variables: Any,
) -> Any:
    """See `Trainer.compute_loss_and_updates`."""
    x, y, weight = data
    variables = model.metrics_variables
    # The loss is differentiated and may update metrics: a scope collects the updates.
    with StatelessScope(dict(zip(variables, sums or (), strict=False))) as scope:
        y_pred, others = model.stateless_call(trained, others, x, training=training)
        value = _computed_loss(model, x, y, y_pred, weight, training)
    sums = [scope.values.get(v, v.value) for v in variables] if sums else sums
    scaled, optimizer = value, model.optimizer
    if training and optimizer is not None and optimizer_variables is not None:
        paths = model.trainable_paths()
        paths = [path for path in model.weights_by_path() if path in paths]
        state = optimizer.from_variables_list(
            optimizer_variables, paths, optimizer.state
        )
        with StatelessScope({optimizer: state}):
            scaled = _scaled(optimizer, value)
    return scaled, (value, y_pred, others, sums)


def _scaled(optimizer, value):
    """The scaled loss to differentiate; the optimizer unscales its gradients."""
    if hasattr(optimizer, "scale_loss"):
        return optimizer.scale_loss(value)
    return value * (optimizer.loss_scale_factor or 1)


def _stateless_train_step(model, state, data):
    trained, others, optimizer_variables, sums = state
    x, y, weight = unpacked(data)
    value_and_grad = jax.value_and_grad(model.compute_loss_and_updates, has_aux=True)
    (_, (value, y_pred, others, sums)), grads = value_and_grad(
        trained,
        others,
        sums,
        x,
        y,
        weight,
        training=True,
        optimizer_variables=optimizer_variables,
    )
    trained, optimizer_variables = model.optimizer.stateless_apply(
        optimizer_variables, grads, trained
    )
    logs, sums = _stateless_metrics(model, sums, value, x, y, y_pred, weight)
    return logs, (trained, others, optimizer_variables, sums)


def _stateless_test_step(model, state, data):
    trained, others, sums = state
    x, y, weight = unpacked(data)
    _, (value, y_pred, others, sums) = model.compute_loss_and_updates(
        trained, others, sums, x, y, weight, training=False
    )
    logs, sums = _stateless_metrics(model, sums, value, x, y, y_pred, weight)
    return logs, (trained, others, sums)


def _stateless_metrics(model, sums, value, x, y, y_pred, weight):
    variables = model.metrics_variables
    with StatelessScope(dict(zip(variables, sums, strict=True))) as scope:
        model.compiled_objective.trackers.loss.update_state(value, _rows(x))
        logs = model.compute_metrics(x, y, y_pred, weight)
    return logs, [scope.values[variable] for variable in variables]


def _computed_loss(model, x, y, y_pred, weight, training):
    """Call `model.compute_loss`, which older code defines without `training`."""
    parameters = inspect.signature(model.compute_loss).parameters
    accepts_training = "training" in parameters or any(
        p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters.values()
    )
    keywords = {"training": training} if accepts_training else {}
    value = model.compute_loss(x, y, y_pred, weight, **keywords)
    return jnp.zeros(()) if value is None else value


def _rows(x):
    """The number of rows: the weight of a batch in the running mean."""
    shapes = (jnp.shape(leaf) for leaf in jax.tree.leaves(without_variables(x)))
    return next((shape[0] for shape in shapes if shape), 1)
