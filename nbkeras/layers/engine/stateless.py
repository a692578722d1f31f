"""`stateless_call`, and gradients of plain functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax.core import Tracer

from nbkeras.core import rng
from nbkeras.core.gradients import stateless_scope
from nbkeras.core.gradients.stateless_scope import StatelessScope
from nbkeras.core.names.display_name import quoted
from nbkeras.core.variable import Variable
from nbkeras.layers.engine import functional_call


def call(
    layer: Any,
    trained: Any,
    others: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    return_losses: bool = False,
    key: jax.Array | None = None,
) -> Any:
    """See `Layer.stateless_call`."""
    if not layer.built:
        layer.build_for(*args)
    values = {
        **functional_call.carried_values(layer),
        **_by_path(layer, trained, True),
        **_by_path(layer, others, False),
    }
    training = bool(kwargs.pop("training", False))
    leaves = jax.tree.leaves((values, args))
    scope = stateless_scope.current()
    if key is None and scope is not None and scope.is_keyed:
        key = scope.call_key()
    elif key is None and not any(isinstance(leaf, Tracer) for leaf in leaves):
        key = jax.random.key(rng.next_seed())
    applied = functional_call.apply(
        layer, values, *args, training=training, key=key, **kwargs
    )
    if scope is not None:
        _leave_behind(scope, layer, applied, values)
    kept = _paths(layer, False)
    after = [applied.updates.get(path, values[path]) for path in kept]
    return (applied.y, after, applied.losses) if return_losses else (applied.y, after)


def _leave_behind(scope, layer, found, values):
    """For the compiled loss within an own step: what came beside the output."""
    with stateless_scope.StatelessScope(_values_by_weight(layer, values)):
        penalties = functional_call.penalties(layer)
    scope.note_losses(layer, [*found.losses, *penalties], with_penalties=True)
    leaves, masks = jax.tree.leaves(found.y), found.mask
    if hasattr(found.y, "shape"):
        beside = [(masks, found.logits, found.activation)]
    else:
        beside = zip(masks, found.logits, found.activation, strict=True)
    for leaf, parts in zip(leaves, beside, strict=True):
        scope.note_metadata(leaf, tuple(parts))


def _values_by_weight(layer, values):
    table = layer.weights_by_path()
    return {table[path]: value for path, value in values.items()}


def _paths(layer, trained):
    """Paths of the trainable or other weights, without carried states."""
    open_ = layer.trainable_paths()
    table = layer.weights_by_path().items()
    return [p for p, w in table if (p in open_) is trained and not w.carried]


def _by_path(layer, values, trained):
    wanted = _paths(layer, trained)
    if len(wanted) != len(values):
        kind = "trainable" if trained else "non_trainable"
        raise ValueError(
            f"stateless_call got {len(values)} {kind} values, and {quoted(layer.name)} "
            f"has {len(wanted)}. Write [w.value for w in model.{kind}_variables]."
        )
    return dict(zip(wanted, values, strict=True))


def gradients(
    function: Callable[[], Any], weights: Sequence[Variable]
) -> tuple[Any, list[jax.Array]]:
    """The value of `function()` and its gradient with respect to `weights`.

    For training loops of your own: the function calls models and losses as they are.
    What layers keep in training, such as the averages of BatchNormalization, is kept.

    Args:
        function: takes nothing, gives a scalar; or a tuple with the scalar in front.
        weights: a list of weights, for example `model.trainable_weights`.

    Returns:
        (value, [gradient of each weight]); the value is the tuple if it gave one.

    Raises:
        TypeError: `weights` are no weights, or the value is no scalar.

    >>> from nbkeras.layers import Dense, Input
    >>> from nbkeras.models import Sequential
    >>> import jax.numpy as jnp
    >>> model = Sequential([Input((2,)), Dense(1, kernel_initializer="ones")])
    >>> x = jnp.array([[1.0, 2.0]])
    >>> loss, grads = gradients(lambda: jnp.sum(model(x)), model.trainable_weights)
    >>> float(loss), grads[0].tolist()
    (3.0, [[1.0], [2.0]])
    """
    weights = list(weights)
    for weight in weights:
        if not isinstance(weight, Variable):
            raise TypeError(
                f"gradients(function, weights): weights holds a {type(weight).__name__}"
                ". Write for example gradients(loss, model.trainable_weights)."
            )
        if weight.in_training:
            raise RuntimeError(
                f"gradients: the weight {quoted(weight.path)} is in training. Wait for "
                "that fit to end."
            )
    changed = []

    def run(values):
        with StatelessScope(dict(zip(weights, values, strict=True))) as scope:
            result = function()
        changes = scope.changes()
        changed[:] = changes
        scalar = result[0] if isinstance(result, tuple) else result
        if jnp.ndim(scalar) != 0:
            raise TypeError(
                "gradients: the function returned a value of shape "
                f"{jnp.shape(scalar)}; it must return a scalar, for example the mean."
            )
        return scalar, (result, list(changes.values()))

    values = [weight.value for weight in weights]
    slope = jax.value_and_grad(run, has_aux=True)
    (_, (result, after)), grads = slope(values)
    stateless_scope.keep(dict(zip(changed, after, strict=True)))
    return result, grads
