"""`stateless_call`, and gradients of plain functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax.core import Tracer

from nbkeras.core import rng, sparse_arrays
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
    args, kwargs = sparse_arrays.densified((args, kwargs))
    if not layer.built:
        layer.build_for(*args)
    others, seeds = _without_seeds(layer, list(others))
    values = {
        **functional_call.carried_values(layer),
        **_by_path(layer, trained, True),
        **_by_path(layer, others, False),
    }
    training = bool(kwargs.pop("training", False))
    leaves = jax.tree.leaves((values, args))
    # A key has precedence over the states of the seed generators.
    drawn = dict(seeds) if key is None else {}
    scope = stateless_scope.current()
    if key is None and scope is not None and scope.is_keyed:
        key, drawn = scope.call_key(), {}
    elif key is None and not any(isinstance(leaf, Tracer) for leaf in leaves):
        key = jax.random.key(rng.next_seed())
    applied = functional_call.apply(
        layer, values, *args, training=training, key=key, seeds=drawn, **kwargs
    )
    if scope is not None:
        _record_attached(scope, layer, applied, values)
    new_values = _with_seeds(layer, {**values, **applied.updates}, {**seeds, **drawn})
    return (
        (applied.y, new_values, applied.losses)
        if return_losses
        else (applied.y, new_values)
    )


def _without_seeds(layer, others):
    """Split non-trainable values into those of weights and {SeedGenerator: state}.

    The values may also be those of `non_trainable_weights`, without any states.
    """
    table = layer.variables_by_path()
    generators = {id(g.state): g for g in layer.seed_generators()}
    trained = layer.trainable_paths()
    paths = [p for p, v in table.items() if p not in trained and not v.carried]
    if not generators or len(others) != len(paths):
        return others, {}
    pairs = [
        (generators.get(id(table[p])), v) for p, v in zip(paths, others, strict=True)
    ]
    weights = [value for generator, value in pairs if generator is None]
    return weights, {g: jnp.asarray(value) for g, value in pairs if g is not None}


def _with_seeds(layer, values, seeds):
    """The non-trainable values in order; with the states of `seeds`, if there are any.

    Args:
        layer: the layer.
        values: {path: value of a weight}.
        seeds: {SeedGenerator: state}.
    """
    if not seeds:
        return [values[path] for path in _paths(layer, False)]
    trained = layer.trainable_paths()
    states = {id(generator.state): state for generator, state in seeds.items()}
    return [
        states[id(variable)] if id(variable) in states else values[path]
        for path, variable in layer.variables_by_path().items()
        if path not in trained and not variable.carried
    ]


def _record_attached(scope, layer, applied, values):
    """Record losses, masks and logits, which the compiled loss in an own step uses."""
    with stateless_scope.StatelessScope(_values_by_weight(layer, values)):
        penalties = functional_call.penalties(layer)
    scope.note_losses(layer, [*applied.losses, *penalties], with_penalties=True)
    leaves, masks = jax.tree.leaves(applied.y), applied.mask
    if hasattr(applied.y, "shape"):
        attached = [(masks, applied.logits, applied.activation)]
    else:
        attached = zip(masks, applied.logits, applied.activation, strict=True)
    for leaf, parts in zip(leaves, attached, strict=True):
        scope.note_metadata(leaf, tuple(parts))


def _values_by_weight(layer, values):
    table = layer.weights_by_path()
    return {table[path]: value for path, value in values.items()}


def _paths(layer, trained):
    """Paths of the trainable weights, or of the others without carried states."""
    trainable_paths = layer.trainable_paths()
    table = layer.weights_by_path().items()
    return [p for p, w in table if (p in trainable_paths) is trained and not w.carried]


def _by_path(layer, values, trained):
    paths = _paths(layer, trained)
    if len(paths) != len(values):
        kind = "trainable" if trained else "non_trainable"
        raise ValueError(
            f"stateless_call got {len(values)} {kind} values, and {quoted(layer.name)} "
            f"has {len(paths)}. Write [w.value for w in model.{kind}_variables]."
        )
    return dict(zip(paths, values, strict=True))


def gradients(
    function: Callable[[], Any], weights: Sequence[Variable]
) -> tuple[Any, list[jax.Array]]:
    """The value of `function()` and its gradient with respect to `weights`.

    For custom training loops: the function may call models and losses as usual. State
    that layers update in training, such as the averages of BatchNormalization, is
    stored.

    Args:
        function: called without arguments; returns a scalar, or a tuple that starts
            with one.
        weights: a list of weights, for example `model.trainable_weights`.

    Returns:
        (value of the function, [gradient of each weight]).

    Raises:
        TypeError: `weights` holds something else, or the value is not a scalar.
        RuntimeError: a weight is in training.

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
    value_and_grad = jax.value_and_grad(run, has_aux=True)
    (_, (result, new_values)), grads = value_and_grad(values)
    stateless_scope.keep(dict(zip(changed, new_values, strict=True)))
    return result, grads
