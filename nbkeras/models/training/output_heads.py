"""Output heads: the loss and the metrics of each output of a model.

`compile` takes one for all outputs, or several in a list or a dict by name; targets and
sample weights have the same forms. Here they are assigned to the outputs.
"""

from typing import Any

import jax
import jax.numpy as jnp

from nbkeras import losses, metrics
from nbkeras.core import check
from nbkeras.core.base_classes import BaseModel
from nbkeras.core.errors.structured_errors import NameMistake
from nbkeras.core.names.display_name import display_names, quoted
from nbkeras.losses.registry import registry as loss_names
from nbkeras.models.graph import graph_of
from nbkeras.ops import activations


class Head:
    """The loss and the metrics of one output, as passed to `compile`.

    Args:
        name: name of the output; None for a single output.
        loss: name, function, class or instance; None if nothing is minimised.
        loss_weight: factor of the loss in the total.
        unweighted_metrics: metrics that ignore sample weights.
        weighted_metrics: metrics that use them.
        prefix: prefix of the names of its metrics; None for `name`.
    """

    def __init__(
        self,
        name,
        loss,
        loss_weight,
        unweighted_metrics,
        weighted_metrics,
        prefix=None,
    ):
        self.name = name
        self.prefix = prefix or name
        self._by_shapes = loss if is_by_shapes(loss) else None
        self.loss_fn: Any = None if loss is None else loss_of(loss)
        self.loss_name = loss if isinstance(loss, str) else _name_of(self.loss_fn)
        self.loss_weight = loss_weight
        self._metrics = [(metric, False) for metric in unweighted_metrics]
        self._metrics += [(metric, True) for metric in weighted_metrics]
        self.members = []
        self.has_extra_loss = False
        self._fused = {}

    @property
    def needs_targets(self):
        """Whether its loss or metrics need targets."""
        has_loss = self.loss_fn is not None or self.has_extra_loss
        return has_loss or bool(self._metrics)

    def settle(self, y_shape, y_dtype, pred_shape):
        """Resolve "accuracy", "crossentropy" and so on from the shapes of the data."""
        self.members = [
            (metrics.resolve(metric, y_shape, y_dtype, pred_shape), uses)
            for metric, uses in self._metrics
        ]
        for metric, _ in self.members:
            metric.build(y_shape, pred_shape)
        if self._by_shapes is not None:
            form = metrics.form_from_shapes(y_shape, y_dtype, pred_shape)
            self.loss_fn, self._fused = losses.as_loss(_CROSSENTROPIES[form]), {}

    @property
    def rows_independent(self):
        """Whether padding rows can be excluded from loss and metrics exactly."""
        parts = [self.loss_fn] if self.loss_fn else []
        parts += [metric for metric, _ in self.members]
        return all(getattr(part, "rows_independent", False) for part in parts)

    def loss(self, y, part, weight, valid):
        """The unweighted loss of one batch, a scalar.

        A crossentropy on a softmax or sigmoid output is computed from the logits: the
        value is the same, and the gradient does not vanish when the output saturates.

        Args:
            y: targets.
            part: (output, mask, logits, activation), see `functional_call.Applied`.
            weight: sample weights or None.
            valid: (rows,), 0 for padding; or None.
        """
        y_hat, mask, logits, activation = part
        loss, on_logits = self.loss_fn, self._on_logits(activation)
        if on_logits is not None:
            loss, y_hat = on_logits, logits
        return loss.of_batch(y, y_hat, weight, mask, valid)

    def _on_logits(self, activation):
        if activation not in self._fused:
            logits_loss = getattr(self.loss_fn, "on_logits", None)
            self._fused[activation] = (
                logits_loss(activation) if logits_loss and activation else None
            )
        return self._fused[activation]

    def init(self):
        """The initial running sums of the metrics."""
        return [init() for init, *_ in self._pure]

    def update(self, sums, y, y_hat, weight, valid, mask):
        """The sums after one batch."""
        return [
            update(before, y, y_hat, _combined(valid, mask, weight if uses else None))
            for before, (_, update, _), (_, uses) in zip(
                sums, self._pure, self.members, strict=True
            )
        ]

    def results(self, sums):
        """The value of each metric."""
        pairs = zip(self._pure, sums, strict=True)
        return [result_of(state) for (*_, result_of), state in pairs]

    @property
    def _pure(self):
        return [metric.pure_functions() for metric, _ in self.members]


_CROSSENTROPIES = {
    "binary": "binary_crossentropy",
    "sparse": "sparse_categorical_crossentropy",
    "categorical": "categorical_crossentropy",
}


def is_by_shapes(loss):
    """Whether it is "crossentropy", whose form depends on the shapes of the data."""
    return isinstance(loss, str) and loss.lower() in ("crossentropy", "ce")


def loss_of(identifier):
    """The loss of a name, config, function...; "crossentropy" means categorical."""
    if is_by_shapes(identifier):
        identifier = _CROSSENTROPIES["categorical"]
    try:
        return losses.as_loss(identifier)
    except NameMistake as mistake:  # "crossentropi" means the one without a form
        raise loss_names.unknown(mistake.name, ("crossentropy",)) from None


def metric_names(heads):
    """The names of all metrics in the logs, one list per head.

    The second "auc" becomes "auc_1"; a weighted metric that is also computed without
    weights becomes "weighted_auc".
    """
    counts: dict[str, int] = {}
    names: list[list[str]] = [[""] * len(head.members) for head in heads]
    for weighted in (False, True):
        for head, head_names in zip(heads, names, strict=True):
            prefix = f"{head.prefix}_" if head.prefix else ""
            for index, (metric, uses) in enumerate(head.members):
                if uses is not weighted:
                    continue
                name = prefix + metric.name
                if name in counts and uses:
                    name = f"{prefix}weighted_{metric.name}"
                head_names[index] = unique(name, counts)
    return names


def unique(name, counts):
    """`name`, or name_1, name_2 if it is in `counts`, {name: how often}."""
    count = counts.get(name, 0)
    counts[name] = count + 1
    return f"{name}_{count}" if count else name


def _name_of(loss):
    return getattr(loss, "name", None) or "loss"


def _combined(*weights):
    """The product of weights of any rank, (rows,) and (rows, steps), or None."""
    product = None
    for weight in weights:
        if weight is None:
            continue
        weight = jnp.asarray(weight, jnp.float32)
        if product is None:
            product = weight
            continue
        rank = max(product.ndim, weight.ndim)
        product = _grown(product, rank) * _grown(weight, rank)
    return product


def _grown(array, rank):
    return array.reshape(array.shape + (1,) * (rank - array.ndim))


class OutputMistake(ValueError, KeyError):
    """An entry for an unknown output: a ValueError and a KeyError, as in Keras."""

    __str__ = ValueError.__str__


class Outputs(list):
    """The names of a model's outputs; None for an output without a name.

    Args:
        names: in the order of the arrays in the output.
        aliases: {other name of an output: its name}.
        keyed: whether the model returns a dict.
        places: the structure of the output, with the index of each array as leaves; by
            default a flat list.
    """

    def __init__(self, names, aliases=None, keyed=False, places=None):
        super().__init__(names)
        self.aliases = aliases or {}
        self._layers = {name: layer for layer, name in self.aliases.items()}
        self.keyed = keyed
        self.places = list(range(len(self))) if places is None else places
        leaves = jax.tree_util.tree_leaves_with_path(self.places)
        self.paths = [steps_of(steps) for steps, _ in leaves]

    @property
    def is_nested(self):
        """Whether the output contains nested lists or dicts."""
        return any(len(path) > 1 for path in self.paths)

    def metrics_prefix(self, name):
        """What stands before the names of an output's metrics: in nests, its layer."""
        return self._layers.get(name) if self.is_nested else None

    def knows(self, name):
        """Whether `name` is the name or an alias of an output."""
        return name in self or name in self.aliases

    @property
    def example(self):
        """Names for error messages; placeholders for outputs without names."""
        return [name or f"output_{i}" for i, name in enumerate(self)]

    def __str__(self):
        many = f"{len(self)} output{'s' if len(self) != 1 else ''}"
        return many if None in self else f"{many} ({', '.join(self)})"


def steps_of(steps):
    """The keys and indices of a path in a tree."""
    return tuple(
        next(
            (getattr(step, kind) for kind in ("key", "idx") if hasattr(step, kind)),
            getattr(step, "name", step),
        )
        for step in steps
    )


def losses_per_output(spec, outputs):
    """One entry of `loss=` for each output; None for an output without a loss."""
    if isinstance(spec, dict) and not is_config(spec):
        return _by_name("loss", spec, outputs)
    if isinstance(spec, list | tuple):
        return _by_position("loss", spec, outputs)
    return [spec] * len(outputs)


def loss_weights_per_output(spec, outputs):
    """One loss weight for each output."""
    if spec is None:
        return [1.0] * len(outputs)
    if isinstance(spec, dict):
        factors = _by_name("loss_weights", spec, outputs)
    elif isinstance(spec, list | tuple):
        factors = _by_position("loss_weights", spec, outputs)
    else:
        factors = [spec] * len(outputs)
    return [
        1.0 if factor is None else check.number("compile", "loss_weights", factor)
        for factor in factors
    ]


def metrics_per_output(name, spec, outputs):
    """A list of metrics for each output.

    A list with one entry per output is distributed, as in Keras 3; any other flat list
    applies to every output, as in Keras 2. For nested outputs it may have their
    structure.
    """
    if len(outputs) == 1:
        return [flat_metrics(spec)]
    if outputs.is_nested and _has_structure(spec, outputs):
        return [flat_metrics(part) for part in _parts_by_path(name, spec, outputs)]
    if isinstance(spec, dict):
        entries = _by_name(name, spec, outputs)
    elif isinstance(spec, list | tuple) and (
        len(spec) == len(outputs) or any(isinstance(entry, list) for entry in spec)
    ):
        entries = _by_position(name, spec, outputs)
    else:
        entries = [spec] * len(outputs)
    return [flat_metrics(entry) for entry in entries]


def _has_structure(spec, outputs):
    """Whether metrics for nested outputs are nested likewise, not named one by one."""
    if isinstance(spec, dict):
        return not all(map(outputs.knows, spec))
    first = list if isinstance(outputs.places, list | tuple) else dict
    return (
        isinstance(spec, list | tuple)
        and first is list
        and len(spec) == len(outputs.places) != len(outputs)
    )


def _parts_by_path(argument, spec, outputs):
    """The part of `spec` for each output; a part above several outputs is for all."""
    entries = []
    for path in outputs.paths:
        part, places = spec, outputs.places
        for step in path:
            if isinstance(part, dict) and not is_config(part):
                _refuse_other_keys(argument, part, places)
                part = part.get(step)
            elif isinstance(part, list | tuple) and len(part) == len(places) > 1:
                part = part[step] if isinstance(step, int) else part
            places = places[step]
        entries.append(part)
    return entries


def _refuse_other_keys(argument, part, places):
    keys = list(places) if isinstance(places, dict) else []
    for key in part:
        if key not in keys:
            raise OutputMistake(
                f"{argument} has an entry for {key!r}, and the model's output has "
                f"{', '.join(map(repr, keys)) or 'a list'} there."
                f"{check.did_you_mean(key, keys)} Give {argument} in the structure of "
                "the output."
            )


def data_per_output(argument, spec, outputs, is_used):
    """Targets or sample weights, one entry for each output.

    Args:
        argument: "y" or "sample_weight".
        spec: an array, or a list or dict of arrays, or None.
        outputs: see `Outputs`.
        is_used: one bool per output; entries for the others may be omitted.

    Raises:
        ValueError: a name is unknown, or the number of arrays is wrong.
    """
    if outputs.is_nested and not _is_flat(spec, outputs):
        return _by_structure(argument, spec, outputs)
    if isinstance(spec, dict):
        return _by_name(argument, spec, outputs)
    if not isinstance(spec, list | tuple):
        everywhere = argument != "y" or len(outputs) == 1 or spec is None
        if everywhere:
            return [spec] * len(outputs)
        if sum(is_used) == 1:
            return [spec if used else None for used in is_used]
        raise ValueError(
            f"The model has {outputs}, and {argument} is one array. Give one array for "
            f"each output: {argument}=[{display_names(outputs.example)}]."
        )
    if len(spec) == sum(is_used) != len(outputs):
        rest = iter(spec)
        return [next(rest) if used else None for used in is_used]
    return _by_position(argument, spec, outputs)


def _is_flat(spec, outputs):
    """Whether data for nested outputs is an array, or a flat list or dict."""
    if isinstance(spec, dict):
        return all(map(outputs.knows, spec))
    if not isinstance(spec, list | tuple):
        return True
    return not any(isinstance(part, dict | list | tuple) for part in spec)


def _by_structure(argument, spec, outputs):
    """Match data with the structure of the outputs; None for missing parts."""
    entries: list[Any] = []
    for path in outputs.paths:
        part = spec
        for step in path:
            if part is None or (isinstance(part, dict) and step not in part):
                part = None
                break
            is_list = isinstance(step, int) and isinstance(part, list | tuple)
            if not isinstance(part, dict) and not (is_list and step < len(part)):
                raise OutputMistake(
                    f"{argument} has nothing for {''.join(f'[{s!r}]' for s in path)} "
                    f"of the model's output. Give {argument} in the structure of the "
                    f"output, or a list of {len(outputs)} arrays."
                )
            part = part[step]
        entries.append(part)
    return entries


def _by_name(argument, spec, outputs):
    by_name = {}
    for key, value in spec.items():
        name = key if key in outputs else outputs.aliases.get(key)
        if name is None and len(outputs) == len(spec) == 1:
            name = outputs[0]
        elif name is None:
            names = ", ".join(map(repr, outputs))
            raise OutputMistake(
                f"{argument} has an entry for {key!r}, and the model's outputs are "
                f"{names if None not in outputs else 'a list without names'}."
                f"{check.did_you_mean(key, outputs)} Write for example {argument}="
                f"{{{', '.join(f'{n!r}: ...' for n in outputs.example)}}}"
                f"{'' if None not in outputs else ' for a model that returns a dict'}."
            )
        by_name[name] = value
    return [by_name.get(name) for name in outputs]


def _by_position(argument, spec, outputs):
    if len(spec) == len(outputs):
        return list(spec)
    if argument == "y" and len(outputs) == 1:
        raise ValueError(
            f"y is a list of {len(spec)} arrays, and the model has {outputs}. If each "
            "array is one example, write y = np.stack(y)."
        )
    raise ValueError(
        f"{argument} has {len(spec)} entr{'ies' if len(spec) != 1 else 'y'}, and the "
        f"model has {outputs}. Give one entry for each output: "
        f"{argument}=[{display_names(outputs.example)}], or a dict by these names."
    )


def flat_metrics(spec):
    """All metrics of a list, a dict, or nested lists, as one flat list."""
    if spec is None:
        return []
    if isinstance(spec, dict) and not is_config(spec):
        spec = list(spec.values())
    if not isinstance(spec, list | tuple):
        return [spec]
    return [metric for entry in spec for metric in flat_metrics(entry)]


def is_config(value):
    """Whether the value is the config of a loss or metric."""
    return isinstance(value, dict) and "class_name" in value


def last_activations(model, count):
    """The name of the last activation of each output; None if unknown."""
    graph = graph_of(model)
    if graph is not None:
        return [activation_of(tensor.layer) for tensor in graph.outputs]
    layers = model.layers
    return [activation_of(layers[-1])] if count == 1 and layers else [None] * count


def last_layers(model, count):
    """The layer that produces each output, "Dense 'dense'"; "" if unknown."""
    graph, layers = graph_of(model), model.layers
    if graph is not None:
        last = [tensor.layer for tensor in graph.outputs]
    elif count != 1 or not layers:
        return [""] * count
    else:
        last = layers[-1:]
    return [f"{type(layer).__name__} {quoted(layer.name)}" for layer in last]


def activation_of(layer):
    """The name of the last activation of a layer or model; None if unknown."""
    if isinstance(layer, BaseModel):
        return last_activations(layer, 1)[0]
    kind = type(layer).__name__
    if kind in ("Softmax", "Sigmoid"):
        return kind.lower()
    activation = getattr(layer, "activation", None)
    if "activation" in layer.__dict__ and activation is None:
        return "linear"
    return activations.registry.name_of(activation)
