"""Loss terms: the summands of `compile(loss=..., loss_weights=...)`.

A loss is passed for all outputs, or several in a list or in a dict by name, or nested
in the same way as the outputs. An entry in the position of one output is a loss on that
output; a custom function in the position of several outputs is called once with all of
them, in their structure. Several losses in a list for one output are added, as in
Keras.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

import jax

from nbkeras import losses
from nbkeras.losses.base import FunctionLoss, Loss, reduce
from nbkeras.models.training.output_heads import (
    OutputMistake,
    Outputs,
    is_config,
    loss_weights_per_output,
    losses_per_output,
    steps_of,
)


@dataclasses.dataclass(frozen=True)
class LossTerm:
    """One summand of the loss.

    Args:
        path: keys and indices that lead from the model's output to `places`.
        places: index of the output that it is a loss on, or a tree of several.
        loss: name, function, class or instance.
        loss_weight: its factor.
    """

    path: tuple[Any, ...]
    places: Any
    loss: Any
    loss_weight: float

    @property
    def is_joint(self) -> bool:
        """Whether it is a loss on several outputs at once."""
        return not isinstance(self.places, int)

    def name(self, outputs: Outputs) -> str | None:
        """Its name in logs: "a/b", or for all outputs their names joined by "_"."""
        if not self.is_joint:
            return outputs[self.places]
        if self.path:
            return "/".join(map(str, self.path))
        return "_".join(outputs[place] or "" for place in jax.tree.leaves(self.places))


class ExtraLoss:
    """A loss in addition to one per output: on several outputs, or a second on one.

    Args:
        term: its loss term.
        outputs: names of all outputs.

    Raises:
        ValueError: a built-in loss is used on several outputs at once.
    """

    def __init__(self, term: LossTerm, outputs: Outputs) -> None:
        loss = losses.as_loss(term.loss)
        name = term.name(outputs)
        if loss is None or (term.is_joint and getattr(loss, "rows_independent", False)):
            several = ", ".join(
                outputs.example[place] for place in jax.tree.leaves(term.places)
            )
            raise ValueError(
                f"The loss {getattr(loss, 'name', loss)!r} at {name!r} takes one "
                f"output, and there are several: {several}. Give one for each in their "
                "structure, or a function of your own (y_true, y_pred)."
            )
        self.name, self.places, self.loss_weight = name, term.places, term.loss_weight
        self.loss_fn: Loss = loss

    def value(
        self,
        targets: list[Any],
        outputs: list[Any],
        weights: list[Any],
        valid: jax.Array | None,
    ) -> jax.Array:
        """The loss of one batch without its factor, a scalar.

        Args:
            targets: targets of all outputs of the model, in order.
            outputs: (output, mask, ...) of each.
            weights: sample weights of each; equal for all outputs of this loss.
            valid: (rows,), 0 for padding; or None.
        """
        if isinstance(self.places, int):
            y_pred, mask, *_ = outputs[self.places]
            weight = weights[self.places]
            target = targets[self.places]
            return self.loss_fn.of_batch(target, y_pred, weight, mask, valid)
        y_true = jax.tree.map(targets.__getitem__, self.places)
        y_pred = jax.tree.map(lambda place: outputs[place][0], self.places)
        first, *rest = (weights[place] for place in jax.tree.leaves(self.places))
        if any(weight is not first for weight in rest):
            raise ValueError(
                f"The loss at {self.name!r} is on several outputs together: give one "
                "sample_weight for all of them, not one for each."
            )
        loss = self.loss_fn
        function = loss.fn if isinstance(loss, FunctionLoss) else loss.call
        values = jax.numpy.asarray(function(y_true, y_pred))
        return reduce(values, first, None, valid, loss.reduction)


def loss_terms(loss: Any, loss_weights: Any, outputs: Outputs) -> list[LossTerm]:
    """The loss terms, in the order of the losses.

    Args:
        loss: the `loss` argument of `compile`.
        loss_weights: its `loss_weights`, one per output or one per loss.
        outputs: the names and the structure of the model's outputs.

    Raises:
        ValueError, KeyError: a loss is for an output that does not exist, or the number
            of losses differs from that of the outputs.
    """
    if not _is_nested(loss, outputs):
        weights = loss_weights_per_output(loss_weights, outputs)
        per_output = zip(losses_per_output(loss, outputs), weights, strict=True)
        return [
            LossTerm(outputs.paths[place], place, output_loss, weight)
            for place, (output_loss, weight) in enumerate(per_output)
            if output_loss is not None
        ]
    loss = _with_weights(loss, loss_weights)
    by_layer_name = not outputs.is_nested and isinstance(loss, Mapping)
    if by_layer_name:  # keys may also be names of the outputs' layers
        parts = enumerate(losses_per_output(loss, outputs))
        return [
            term
            for place, part in parts
            for term in _terms(part, place, outputs.paths[place])
        ]
    return list(_terms(loss, outputs.places, ()))


class _Weighted:
    """A loss and its factor: a leaf in trees of losses."""

    def __init__(self, loss, loss_weight):
        self.loss, self.loss_weight = loss, loss_weight


def _is_nested(loss, outputs):
    """Whether `loss` is matched with the structure of the outputs."""
    if not _is_container(loss):
        return False
    parts = loss.values() if isinstance(loss, dict) else loss
    if any(map(_is_container, parts)):
        return True
    if isinstance(loss, dict):
        return outputs.is_nested and not all(map(outputs.knows, loss))
    return outputs.is_nested and len(loss) != len(outputs)


def _is_container(spec):
    return isinstance(spec, list | tuple | dict) and not is_config(spec)


def _with_weights(loss, loss_weights):
    """`loss` with each entry as a `_Weighted`."""
    entries, structure = jax.tree.flatten(loss, is_leaf=_is_entry)
    if loss_weights is None:
        factors = [1.0] * len(entries)
    elif isinstance(loss_weights, int | float):
        factors = [loss_weights] * len(entries)
    else:
        factors = jax.tree.leaves(loss_weights, is_leaf=_is_entry)
    if len(factors) != len(entries):
        raise ValueError(
            f"There are {len(entries)} losses and {len(factors)} loss_weights. Give "
            "one for each, in the same structure."
        )
    pairs = [
        None if entry is None else _Weighted(entry, 1.0 if factor is None else factor)
        for entry, factor in zip(entries, factors, strict=True)
    ]
    return jax.tree.unflatten(structure, pairs)


def _is_entry(spec):
    return not _is_container(spec)


def _terms(spec: Any, places: Any, path: tuple[Any, ...]) -> Iterator[LossTerm]:
    """The terms of `spec`, a subtree of the losses, on a subtree of the outputs."""
    if spec is None:
        return
    if isinstance(spec, _Weighted):
        yield LossTerm(path, places, spec.loss, spec.loss_weight)
    elif isinstance(spec, list | tuple):
        yield from _list_terms(spec, places, path)
    else:
        for key, part in spec.items():
            if not isinstance(places, dict) or key not in places:
                raise _unknown_output((*path, key), places)
            yield from _terms(part, places[key], (*path, key))


def _list_terms(spec, places, path):
    leaves = jax.tree_util.tree_leaves_with_path(places)
    if len(leaves) == len(spec) and not any(map(_is_container, spec)):
        for part, (steps, place) in zip(spec, leaves, strict=True):
            yield from _terms(part, place, (*path, *steps_of(steps)))
    elif isinstance(places, int) or not isinstance(places, type(spec)):
        for part in spec:
            yield from _terms(part, places, path)
    elif len(spec) != len(places):
        raise _unknown_output((*path, len(spec) - 1), places)
    else:
        for index, (part, place) in enumerate(zip(spec, places, strict=True)):
            yield from _terms(part, place, (*path, index))


def _unknown_output(path, places):
    keys = "".join(f"[{step!r}]" for step in path)
    if isinstance(places, dict):
        description = f"there it has the keys {', '.join(map(repr, places))}"
    elif isinstance(places, int):
        description = "there it is one array"
    else:
        description = f"there it has {len(places)} parts"
    return OutputMistake(
        f"loss{keys} is for no output of the model: {description}. Give the losses in "
        "the structure of the output, or one for all outputs: loss='mse'."
    )
