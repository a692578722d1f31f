"""Objective: the losses and metrics of a compiled model as pure functions."""

import functools
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np

from nbkeras import losses, metrics
from nbkeras.core import graph_values
from nbkeras.data.checks.loss_names import measures_distance
from nbkeras.losses import multi_task_weighting as loss_weighting
from nbkeras.models.graph import graph_of
from nbkeras.models.training.compiled_metrics import CompiledMetrics
from nbkeras.models.training.loss_terms import ExtraLoss, loss_terms
from nbkeras.models.training.loss_weighting_state import TaskWeights
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

    The number of outputs may be unknown until the first data; `settle` then assigns
    losses and metrics to each output.

    Args:
        loss: one for all outputs, or a list or dict by output. None if only layers add
            losses.
        metrics_spec: `metrics` of compile, which ignore sample weights.
        weighted_spec: `weighted_metrics` of compile, which use them.
        loss_weights: factors of the losses, or the name or object of a weighting.
        outputs: the names of the outputs, an `Outputs`, if they are known.

    Raises:
        ValueError: a loss, metric or output name is unknown.
    """

    def __init__(
        self,
        loss,
        metrics_spec=None,
        weighted_spec=None,
        loss_weights=None,
        outputs=None,
    ):
        self.weighting = loss_weighting.get(loss_weights)
        factors = None if self.weighting is not None else loss_weights
        self._compile_arguments = (loss, metrics_spec, weighted_spec, factors)
        self.task_weights: TaskWeights | None = None
        for loss_spec in jax.tree.leaves(loss, is_leaf=is_config):
            loss_of(loss_spec)
        for metric in [*flat_metrics(metrics_spec), *flat_metrics(weighted_spec)]:
            if isinstance(metric, str) and metric not in metrics.FROM_SHAPES:
                metrics.get(metric)
        self.outputs = outputs
        self.heads: list[Head] = []
        self._extra_losses: list[ExtraLoss] = []
        if outputs is not None:
            self._make_heads(outputs)
        self.settled = False
        self._expected_targets = None
        self._metric_names, self._loss_names = [], []
        self._trackers = self._shared_sums = None

    @property
    def metrics(self) -> list[Any]:
        """The metrics of all outputs; empty until the outputs are known."""
        return [metric for head in self.heads for metric, _ in head.members]

    @functools.cached_property
    def takes_class_numbers(self):
        """Whether the loss takes class numbers as targets; None if unknown.

        False for losses that measure a distance between quantities.
        """
        loss_specs = jax.tree.leaves(self._compile_arguments[0], is_leaf=is_config)
        if len(loss_specs) != 1:
            return None
        loss = loss_of(loss_specs[0])
        is_sparse = getattr(loss, "fn", None) is losses.sparse_categorical_crossentropy
        if is_sparse:
            return True
        is_built_in = getattr(loss, "rows_independent", False)
        return False if is_built_in and measures_distance(loss) else None

    @functools.cached_property
    def uses_symbolic_tensors(self):
        """Whether a loss computes with symbolic tensors of the model."""
        loss_specs = jax.tree.leaves(self._compile_arguments[0], is_leaf=is_config)
        functions = [getattr(loss_of(loss), "fn", None) for loss in loss_specs]
        return any(map(graph_values.uses_symbolic, functions))

    @functools.cached_property
    def takes_missing_targets(self):
        """Whether a loss is a custom function, which may handle NaN in targets."""
        loss_specs = jax.tree.leaves(self._compile_arguments[0], is_leaf=is_config)
        return not all(
            getattr(loss_of(loss), "rows_independent", False) for loss in loss_specs
        )

    def _make_heads(self, outputs):
        """Create a Head with losses and metrics for each of the outputs."""
        loss, metrics_spec, weighted_spec, weights = self._compile_arguments
        several = len(outputs) > 1
        main_losses, extra = {}, []
        for term in loss_terms(loss, weights, outputs):
            if term.is_joint or term.places in main_losses:
                extra.append(ExtraLoss(term, outputs))
            else:
                main_losses[term.places] = (term.loss, term.loss_weight)
        parts = zip(
            outputs,
            metrics_per_output("metrics", metrics_spec, outputs),
            metrics_per_output("weighted_metrics", weighted_spec, outputs),
            strict=True,
        )
        self.outputs, self._extra_losses = outputs, extra
        self.heads = [
            Head(
                name if several else None,
                *main_losses.get(place, (None, 1.0)),
                *rest,
                prefix=outputs.metrics_prefix(name),
            )
            for place, (name, *rest) in enumerate(parts)
        ]
        self._weigh_tasks()
        for extra_loss in extra:
            for place in jax.tree.leaves(extra_loss.places):
                self.heads[place].has_extra_loss = True

    def _weigh_tasks(self):
        """Bind the weighting to the losses, if there are several."""
        terms = self._terms
        if len(terms) > 1:
            self.task_weights = TaskWeights(
                self.weighting
                or loss_weighting.FixedWeights([term.loss_weight for term in terms]),
                [name.removesuffix("_loss") for name in self._names_of_losses()],
                [measures_distance(term.loss_fn) for term in terms],
            )
        elif self.weighting is not None:
            raise ValueError(
                f"loss_weights={self.weighting!r} weighs several losses against each "
                f"other, and there is {len(terms)}. Compile without loss_weights, or "
                "give the model several outputs with a loss each."
            )

    def _names_of_losses(self):
        """The names of all losses in the logs."""
        taken = {"loss": 1}
        names = [head.name or head.loss_name for head in self.heads if head.loss_fn]
        names += [extra.name for extra in self._extra_losses]
        return [unique(f"{name}_loss", taken) for name in names]

    def settle(self, y, output, outputs):
        """Assign losses and metrics to the outputs; resolve names such as "accuracy".

        Args:
            y: targets of one batch, or None.
            output: tree of shapes and dtypes of the model's output.
            outputs: names of its arrays, an `Outputs`.
        """
        self.assign_outputs(outputs)
        for head, target, out in zip(
            self.heads, self.targets(y), jax.tree.leaves(output), strict=True
        ):
            like = out if target is None else target
            dtype = "float32" if target is None else str(target.dtype)
            head.settle(tuple(like.shape), dtype, tuple(out.shape))
        self._metric_names = metric_names(self.heads)
        names = self._names_of_losses()
        self._loss_names = names if len(names) > 1 else []
        self.settled, self._expected_targets = True, None
        self._shared_sums = None
        if self._trackers is not None:
            self._trackers.reset()

    def assign_outputs(self, outputs):
        """Assign losses and metrics to `outputs`, unless they are assigned already."""
        if self.outputs is None or len(self.outputs) != len(outputs):
            self._make_heads(outputs)

    def settle_ahead(self, y, output, outputs):
        """Settle before data is available, for targets like `y`; see `suits`."""
        self.settle(y, output, outputs)
        self._expected_targets = _target_kinds(y)

    def suits(self, y):
        """Whether the targets match those assumed by `settle_ahead`."""
        return self._expected_targets in (None, _target_kinds(y))

    def targets(self, y):
        """The targets of each head as a list; None for a head without targets.

        Raises:
            ValueError: they do not match the outputs.
        """
        is_used = [head.needs_targets for head in self.heads]
        return data_per_output("y", y, self.outputs, is_used)

    def weights(self, weight):
        """The sample weights of each head as a list; None where there are none."""
        is_used = [
            head.loss_fn is not None or head.has_extra_loss for head in self.heads
        ]
        return data_per_output("sample_weight", weight, self.outputs, is_used)

    @property
    def rows_independent(self):
        """Whether padding rows can be excluded from losses and metrics exactly."""
        return not self._extra_losses and all(
            head.rows_independent for head in self.heads
        )

    @property
    def names(self):
        """Names in the order in which `evaluate` returns their values.

        As in Keras: the total loss, metrics without an output's name, the losses of the
        outputs, and the rest in alphabetical order.
        """
        plain, named = [], []
        for head, names in zip(self.heads, self._metric_names, strict=False):
            (named if head.name else plain).extend(names)
        return ("loss", *plain, *self._in_user_order(), *sorted(named))

    @property
    def training_names(self):
        """`names`, and those of learned loss weights, which only training logs."""
        learned = () if self.task_weights is None else self.task_weights.log_names
        return (*self.names, *learned)

    @property
    def directions(self) -> dict[str, Literal["up", "down"]]:
        """{name in the logs: "up" or "down"}: the better direction, if known."""
        directions: dict[str, Literal["up", "down"]] = {"loss": "down"}
        directions.update((name, "down") for name in self._loss_names)
        for head, names in zip(self.heads, self._metric_names, strict=False):
            for name, (metric, _) in zip(names, head.members, strict=True):
                if metric.direction is not None:
                    directions[name] = metric.direction
        return directions

    def _in_user_order(self):
        """The names of the losses in the order of the user's dict."""
        loss, names = self._compile_arguments[0], self._loss_names
        outputs = self.outputs
        if not isinstance(loss, dict) or outputs is None or not outputs.keyed:
            return names
        ordered_names = [f"{outputs.aliases.get(key, key)}_loss" for key in loss]
        rank = {name: position for position, name in enumerate(ordered_names)}
        return sorted(names, key=lambda name: rank.get(name, len(rank)))

    @property
    def has_metrics(self):
        """Whether `compile` received metrics."""
        return bool(self.metric_specs)

    @property
    def metric_specs(self) -> list[Any]:
        """The metrics that `compile` received, names and objects, in one flat list."""
        _, metrics_spec, weighted_spec, _ = self._compile_arguments
        return [*flat_metrics(metrics_spec), *flat_metrics(weighted_spec)]

    @property
    def loss_names(self):
        """Names of the losses of the outputs in the logs, if there are several."""
        return list(self._loss_names)

    @property
    def trackers(self):
        """The `CompiledMetrics` for custom steps and training loops."""
        if self._trackers is None:
            self._trackers = CompiledMetrics(self)
        return self._trackers

    def loss(self, y, applied, weight, valid):
        """(total loss of one batch, [unweighted loss of each output]).

        The total has the current weights of the losses.
        """
        parts = self.losses(y, applied, weight, valid)
        if self.task_weights is not None:
            return self.task_weights.total(parts, self.task_weights.current), parts
        total = jnp.zeros(())
        for term, part in zip(self._terms, parts, strict=True):
            total = total + term.loss_weight * part
        return total, parts

    @property
    def _terms(self):
        """The heads with a loss and the extra losses, in order."""
        heads = [head for head in self.heads if head.loss_fn is not None]
        return [*heads, *self._extra_losses]

    def losses(self, y, applied, weight, valid):
        """The unweighted losses of one batch, a list of scalars."""
        parts = []
        targets, weights = self.targets(y), self.weights(weight)
        outputs = _parts(applied)
        per_head = zip(self.heads, targets, outputs, weights, strict=True)
        with graph_values.known(getattr(applied, "graph_values", None)):
            for head, target, part, factor in per_head:
                if head.loss_fn is not None:
                    parts.append(head.loss(target, part, factor, valid))
            for extra in self._extra_losses:
                parts.append(extra.value(targets, outputs, weights, valid))
        return parts

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
        metric_states = self.updated_metrics(
            sums["metrics"], y, y_hat, weight, valid, mask
        )
        loss_sums = zip(sums["parts"], parts, strict=False)
        return {
            "loss": (total + loss * rows, count + rows),
            "parts": [before + part * rows for before, part in loss_sums],
            "metrics": metric_states,
        }

    def updated_metrics(self, states, y, y_hat, weight, valid=None, mask=None):
        """The states of the metrics after one batch, one entry per output."""
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
        """{name: scalar} from the running sums."""
        total, count = sums["loss"]
        logs = {"loss": total / count}
        for name, part in zip(self._loss_names, sums["parts"], strict=True):
            logs[name] = part / count
        return logs | self.metric_results(sums["metrics"])

    def metric_results(self, states):
        """{name: scalar} of the metrics, from their states."""
        logs = {}
        for head, names, head_states in zip(
            self.heads, self._metric_names, states, strict=True
        ):
            logs.update(zip(names, head.results(head_states), strict=True))
        return _flat(logs)


def _flat(logs):
    """{name: scalar}: the entries of a dict stand in its place, as in Keras."""
    flat = {}
    for name, value in logs.items():
        flat |= _flat(value) if isinstance(value, dict) else {name: value}
    return flat


def _target_kinds(y):
    """Row shapes and dtypes of targets, which determine the form of the metrics."""
    leaves, structure = jax.tree.flatten(y)
    return structure, [(tuple(leaf.shape[1:]), str(leaf.dtype)) for leaf in leaves]


def outputs_of(model, output):
    """The names of a model's outputs, as used for losses, metrics and targets.

    Args:
        model: any model.
        output: tree of shapes or arrays of its output; None if only a graph can tell.
    """
    graph = graph_of(model)
    tree = graph.outputs_tree if graph is not None else output
    if tree is None:
        return None
    count = len(jax.tree.leaves(tree))
    keyed = isinstance(tree, dict) and len(tree) == count
    layers = graph.output_names if graph is not None else [None] * count
    counts = {}
    places = jax.tree.unflatten(jax.tree.structure(tree), range(count))
    paths = Outputs(layers, places=places).paths
    if any(len(path) > 1 for path in paths):
        base_names = list(map(_nested_name, paths, layers))
    else:
        base_names = sorted(tree) if keyed else layers
    names = [name and unique(name, counts) for name in base_names]
    aliases = dict(zip(layers, names, strict=True)) if graph else {}
    return Outputs(names, aliases, keyed, places)


def _nested_name(path, layer):
    """The name of a nested output: keys, with the layer's name for a last index."""
    *parents, last = path
    if isinstance(last, int) and layer is not None:
        last = layer
    return "/".join(map(str, [*parents, last]))


def _parts(applied):
    """(output, mask, logits, activation) of each array in the output."""
    if hasattr(applied.y, "shape"):
        return [(applied.y, applied.mask, applied.logits, applied.activation)]
    outputs = jax.tree.leaves(applied.y)
    beside = (applied.mask, applied.logits, applied.activation)
    return list(zip(outputs, *beside, strict=True))
