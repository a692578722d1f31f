"""Losses and metrics of a compiled model, as the pure functions that the steps need."""

import functools
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np

from nbkeras import losses, metrics
from nbkeras.data.checks.loss_names import measures_distance
from nbkeras.models.graph import graph_of
from nbkeras.models.training.compiled_metrics import CompiledMetrics
from nbkeras.models.training.loss_terms import ExtraLoss, loss_terms
from nbkeras.models.training.output_heads import (
    Head,
    Outputs,
    data_per_output,
    flat_metrics,
    is_config,
    loss_of,
    metric_names,
    metrics_per_output,
    unique,
)


class Objective:
    """The losses and metrics given to `compile`.

    The number of outputs may be known only once data has been seen; `settle` then gives
    each output its losses and metrics.

    Args:
        loss: for the one output or for all; or a list or dict by output. None for
            losses of layers alone.
        watched: `metrics=`, which leave sample weights aside.
        weighted: `weighted_metrics=`, which use them.
        loss_weights: factors of the losses.
        outputs: the names of the outputs, an `Outputs`, where they are known already.

    Raises:
        ValueError: unknown names of losses, metrics or outputs.
    """

    def __init__(
        self, loss, watched=None, weighted=None, loss_weights=None, outputs=None
    ):
        self._compile_arguments = (loss, watched, weighted, loss_weights)
        for loss_spec in jax.tree.leaves(loss, is_leaf=is_config):
            loss_of(loss_spec)
        for metric in [*flat_metrics(watched), *flat_metrics(weighted)]:
            if isinstance(metric, str) and metric not in metrics.FROM_SHAPES:
                metrics.get(metric)
        self.outputs = outputs
        self.heads: list[Head] = []
        self._extra_losses: list[ExtraLoss] = []
        if outputs is not None:
            self._share_out(outputs)
        self.settled = False
        self._expected_targets = None
        self._metric_names, self._loss_names = [], []
        self._trackers = self._shared_sums = None

    @property
    def metrics(self) -> list[Any]:
        """The metrics of all outputs; none before they are known."""
        return [metric for head in self.heads for metric, _ in head.members]

    @functools.cached_property
    def takes_class_numbers(self):
        """Whether the one loss takes class numbers as targets; None if unknown.

        False for the losses that measure a distance, which targets are quantities.
        """
        losses_given = jax.tree.leaves(self._compile_arguments[0], is_leaf=is_config)
        if len(losses_given) != 1:
            return None
        loss = loss_of(losses_given[0])
        sparse = getattr(loss, "fn", None) is losses.sparse_categorical_crossentropy
        if sparse:
            return True
        ours = getattr(loss, "rows_independent", False)
        return False if ours and measures_distance(loss) else None

    @functools.cached_property
    def takes_missing_targets(self):
        """Whether a loss is a custom function, which may skip NaN in targets."""
        losses_given = jax.tree.leaves(self._compile_arguments[0], is_leaf=is_config)
        return not all(
            getattr(loss_of(loss), "rows_independent", False) for loss in losses_given
        )

    def _share_out(self, outputs):
        """Give the outputs of these names their losses and metrics."""
        loss, watched, weighted, weights = self._compile_arguments
        several = len(outputs) > 1
        of_output, extra = {}, []
        for term in loss_terms(loss, weights, outputs):
            if term.is_joint or term.places in of_output:
                extra.append(ExtraLoss(term, outputs))
            else:
                of_output[term.places] = (term.loss, term.loss_weight)
        parts = zip(
            outputs,
            metrics_per_output("metrics", watched, outputs),
            metrics_per_output("weighted_metrics", weighted, outputs),
            strict=True,
        )
        self.outputs, self._extra_losses = outputs, extra
        self.heads = [
            Head(
                name if several else None,
                *of_output.get(place, (None, 1.0)),
                *rest,
                prefix=outputs.metrics_prefix(name),
            )
            for place, (name, *rest) in enumerate(parts)
        ]
        for extra_loss in extra:
            for place in jax.tree.leaves(extra_loss.places):
                self.heads[place].has_extra_loss = True

    def settle(self, y, output, outputs):
        """Assign losses and metrics to outputs, and choose the variant of each metric.

        Args:
            y: targets of a batch; None for none.
            output: tree of shapes and dtypes of the model's output.
            outputs: the names of its arrays, an `Outputs`.
        """
        self.assign_outputs(outputs)
        for head, target, out in zip(
            self.heads, self.targets(y), jax.tree.leaves(output), strict=True
        ):
            like = out if target is None else target
            dtype = "float32" if target is None else str(target.dtype)
            head.settle(tuple(like.shape), dtype, tuple(out.shape))
        self._metric_names = metric_names(self.heads)
        taken = {"loss": 1}
        names = [head.name or head.loss_name for head in self.heads if head.loss_fn]
        names += [extra.name for extra in self._extra_losses]
        self._loss_names = [unique(f"{name}_loss", taken) for name in names]
        if len(names) < 2:
            self._loss_names = []
        self.settled, self._expected_targets = True, None
        self._shared_sums = None
        if self._trackers is not None:
            self._trackers.begin()

    def assign_outputs(self, outputs):
        """Assign losses and metrics to the outputs of these names."""
        if self.outputs is None or len(self.outputs) != len(outputs):
            self._share_out(outputs)

    def settle_ahead(self, y, output, outputs):
        """Settle before data arrives, for targets like `y`; see `settle`, `suits`."""
        self.settle(y, output, outputs)
        self._expected_targets = _target_kinds(y)

    def suits(self, y):
        """Whether the targets match those assumed by `settle_ahead`."""
        return self._expected_targets in (None, _target_kinds(y))

    def targets(self, y):
        """The targets of each head as a list, None for heads without targets.

        Raises:
            ValueError: they do not suit the outputs.
        """
        wanted = [head.needs_targets for head in self.heads]
        return data_per_output("y", y, self.outputs, wanted)

    def weights(self, weight):
        """The sample weights of each head, a list; None where there are none."""
        wanted = [
            head.loss_fn is not None or head.has_extra_loss for head in self.heads
        ]
        return data_per_output("sample_weight", weight, self.outputs, wanted)

    @property
    def rows_independent(self):
        """Whether padding rows can be left out of losses and metrics exactly."""
        return not self._extra_losses and all(
            head.rows_independent for head in self.heads
        )

    @property
    def names(self):
        """Names in the order in which `evaluate` returns their values.

        That of Keras: the total loss, metrics without an output's name, the losses of
        the outputs, and the rest by the alphabet.
        """
        plain, named = [], []
        for head, names in zip(self.heads, self._metric_names, strict=False):
            (named if head.name else plain).extend(names)
        return ("loss", *plain, *self._in_user_order(), *sorted(named))

    @property
    def directions(self) -> dict[str, Literal["up", "down"]]:
        """{name in the logs: "up" or "down"}: the better direction, where known."""
        directions: dict[str, Literal["up", "down"]] = {"loss": "down"}
        directions.update((name, "down") for name in self._loss_names)
        for head, names in zip(self.heads, self._metric_names, strict=False):
            for name, (metric, _) in zip(names, head.members, strict=True):
                if metric.direction is not None:
                    directions[name] = metric.direction
        return directions

    def _in_user_order(self):
        """The names of the losses in the order of the dict that the user gave."""
        loss, names = self._compile_arguments[0], self._loss_names
        outputs = self.outputs
        if not isinstance(loss, dict) or outputs is None or not outputs.keyed:
            return names
        wanted = [f"{outputs.other.get(key, key)}_loss" for key in loss]
        rank = {name: at for at, name in enumerate(wanted)}
        return sorted(names, key=lambda name: rank.get(name, len(rank)))

    @property
    def watches(self):
        """Whether `compile` was given metrics."""
        _, watched, weighted, _ = self._compile_arguments
        return bool(flat_metrics(watched) or flat_metrics(weighted))

    @property
    def loss_names(self):
        """Names of the outputs' own losses in the logs, where there are several."""
        return list(self._loss_names)

    @property
    def trackers(self):
        """The `CompiledMetrics` of loops and steps of the user's own."""
        if self._trackers is None:
            self._trackers = CompiledMetrics(self)
        return self._trackers

    def loss(self, y, applied, weight, valid):
        """(total loss of one batch, [the losses of the outputs without factors])."""
        total, parts = jnp.zeros(()), []
        targets, weights = self.targets(y), self.weights(weight)
        outputs = _parts(applied)
        per_head = zip(self.heads, targets, outputs, weights, strict=True)
        for head, target, part, factor in per_head:
            if head.loss_fn is not None:
                parts.append(head.loss(target, part, factor, valid))
                total = total + head.loss_weight * parts[-1]
        for extra in self._extra_losses:
            parts.append(extra.value(targets, outputs, weights, valid))
            total = total + extra.loss_weight * parts[-1]
        return total, parts

    def init(self):
        """Initial running sums: zeros."""
        zero = np.zeros((), np.float32)
        sums = {
            "loss": (zero, zero),
            "parts": [zero for _ in self._loss_names],
            "metrics": [head.init() for head in self.heads],
        }
        return jax.device_put(sums)

    def shared_sums(self):
        """The same zeros at each call, for steps that do not donate them."""
        if self._shared_sums is None:
            self._shared_sums = self.init()
        return self._shared_sums

    def update(self, sums, loss, y, y_hat, weight, valid, mask=None, parts=()):
        """The running sums updated with one batch."""
        total, count = sums["loss"]
        outputs = jax.tree.leaves(y_hat)
        rows = jnp.shape(outputs[0])[0]
        rows = jnp.float32(rows) if valid is None else valid.sum()
        after = self.updated_metrics(sums["metrics"], y, y_hat, weight, valid, mask)
        kept = zip(sums["parts"], parts, strict=False)
        return {
            "loss": (total + loss * rows, count + rows),
            "parts": [before + part * rows for before, part in kept],
            "metrics": after,
        }

    def updated_metrics(self, states, y, y_hat, weight, valid=None, mask=None):
        """The states of the metrics after one batch, [one entry for each output]."""
        outputs = jax.tree.leaves(y_hat)
        masks = mask if isinstance(mask, list) else [mask] * len(outputs)
        return [
            head.update(before, target, output, factor, valid, head_mask)
            for head, before, target, output, factor, head_mask in zip(
                self.heads,
                states,
                self.targets(y),
                outputs,
                self.weights(weight),
                masks,
                strict=True,
            )
        ]

    def results(self, sums):
        """{name: scalar} from the sums."""
        total, count = sums["loss"]
        logs = {"loss": total / count}
        for name, part in zip(self._loss_names, sums["parts"], strict=True):
            logs[name] = part / count
        return logs | self.metric_results(sums["metrics"])

    def metric_results(self, states):
        """{name: scalar} of the metrics alone."""
        logs = {}
        for head, names, head_states in zip(
            self.heads, self._metric_names, states, strict=True
        ):
            logs.update(zip(names, head.results(head_states), strict=True))
        return logs


def _target_kinds(y):
    """Row shapes and dtypes of targets, which the choice of metrics depends on."""
    leaves, form = jax.tree.flatten(y)
    return form, [(tuple(leaf.shape[1:]), str(leaf.dtype)) for leaf in leaves]


def outputs_of(model, output):
    """The names of a model's outputs for losses, metrics and targets.

    Args:
        model: any model.
        output: tree of shapes or arrays that it gives; None to ask a graph alone.
    """
    graph = graph_of(model)
    tree = graph.outputs_tree if graph is not None else output
    if tree is None:
        return None
    count = len(jax.tree.leaves(tree))
    keyed = isinstance(tree, dict) and len(tree) == count
    layers = graph.output_names if graph is not None else [None] * count
    taken = {}
    places = jax.tree.unflatten(jax.tree.structure(tree), range(count))
    paths = Outputs(layers, places=places).paths
    if any(len(path) > 1 for path in paths):
        wanted = list(map(_name_in, paths, layers))
    else:
        wanted = sorted(tree) if keyed else layers
    names = [name and unique(name, taken) for name in wanted]
    other = dict(zip(layers, names, strict=True)) if graph else {}
    return Outputs(names, other, keyed, places)


def _name_in(path, layer):
    """The name of an output within others: keys, and its layer's name in a list."""
    *before, last = path
    if isinstance(last, int) and layer is not None:
        last = layer
    return "/".join(map(str, [*before, last]))


def _parts(applied):
    """(output, mask, logits, activation) of each array in the output."""
    if hasattr(applied.y, "shape"):
        return [(applied.y, applied.mask, applied.logits, applied.activation)]
    outputs = jax.tree.leaves(applied.y)
    beside = (applied.mask, applied.logits, applied.activation)
    return list(zip(outputs, *beside, strict=True))
