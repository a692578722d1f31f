"""Output heads: the loss and the metrics of each output of a model.

`compile` takes them once for all outputs, in a list or in a dict by name; targets and
sample weights come in the same forms. Here they are divided among the outputs.
"""

from typing import Any

import jax
import jax.numpy as jnp

from nbkeras import losses, metrics
from nbkeras.core import check
from nbkeras.core.base_classes import BaseModel
from nbkeras.core.names.display_name import quoted
from nbkeras.core.structured_errors import NameMistake
from nbkeras.losses.registry import registry as loss_names
from nbkeras.models.graph import graph_of
from nbkeras.ops import activations


class Head:
    """Loss and metrics of one output, as given to `compile`.

    Args:
        name: of the output; None for the only one.
        loss: name, function, class or instance; None if nothing is to be minimised.
        loss_weight: factor of the loss in the total.
        watched: metrics that leave sample weights aside.
        weighted: metrics that use them.
        prefix: put before the names of its metrics; None for `name`.
    """

    def __init__(self, name, loss, loss_weight, watched, weighted, prefix=None):
        self.name = name
        self.prefix = prefix or name
        self._by_shapes = loss if is_by_shapes(loss) else None
        self.loss_fn: Any = None if loss is None else loss_of(loss)
        self.loss_name = loss if isinstance(loss, str) else _name_of(self.loss_fn)
        self.loss_weight = loss_weight
        self._metrics = [(metric, False) for metric in watched]
        self._metrics += [(metric, True) for metric in weighted]
        self.members = []
        self.has_extra_loss = False
        self._fused = {}

    @property
    def needs_targets(self):
        """Whether it needs targets."""
        has_loss = self.loss_fn is not None or self.has_extra_loss
        return has_loss or bool(self._metrics)

    def settle(self, y_shape, y_dtype, pred_shape):
        """Choose the form of "accuracy", "crossentropy"... from the data's shapes."""
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
        """Whether padding rows can be left out of loss and metrics exactly."""
        parts = [self.loss_fn] if self.loss_fn else []
        parts += [metric for metric, _ in self.members]
        return all(getattr(part, "rows_independent", False) for part in parts)

    def loss(self, y, part, weight, valid):
        """The loss of one batch without its factor, a scalar.

        A crossentropy on a softmax or sigmoid output is taken from the logits where
        the output ends in that activation: the same number, and a gradient that does
        not die when the output saturates.

        Args:
            y: targets.
            part: (output, mask, logits, activation), see `layers.bind.Applied`.
            weight: sample weights or None.
            valid: (rows,), 0 for padding; or None.
        """
        y_hat, mask, logits, activation = part
        loss, on_logits = self.loss_fn, self._on_logits(activation)
        if on_logits is not None:
            loss, y_hat = on_logits, logits
        return loss(y, y_hat, weight, mask=mask, valid=valid)

    def _on_logits(self, activation):
        if activation not in self._fused:
            find = getattr(self.loss_fn, "on_logits", None)
            self._fused[activation] = find(activation) if find and activation else None
        return self._fused[activation]

    def init(self):
        """Running sums of the metrics at zero."""
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
    """Whether it is "crossentropy", which finds its form from the data's shapes."""
    return isinstance(loss, str) and loss.lower() in ("crossentropy", "ce")


def loss_of(identifier):
    """The loss of that name, config, function...; "crossentropy" is categorical yet."""
    if is_by_shapes(identifier):
        identifier = _CROSSENTROPIES["categorical"]
    try:
        return losses.as_loss(identifier)
    except NameMistake as mistake:  # "crossentropi" means the one without a form
        raise loss_names.unknown(mistake.name, ("crossentropy",)) from None


def metric_names(heads):
    """The names of all metrics in the logs, [one list for each head].

    The second "auc" is "auc_1"; a weighted metric that is watched without weights as
    well is "weighted_auc".
    """
    taken: dict[str, int] = {}
    names: list[list[str]] = [[""] * len(head.members) for head in heads]
    for wanted in (False, True):
        for head, head_names in zip(heads, names, strict=True):
            before = f"{head.prefix}_" if head.prefix else ""
            for at, (metric, uses) in enumerate(head.members):
                if uses is not wanted:
                    continue
                name = before + metric.name
                if name in taken and uses:
                    name = f"{before}weighted_{metric.name}"
                head_names[at] = unique(name, taken)
    return names


def unique(name, taken):
    """`name`, or name_1, name_2 if it is in `taken`, {name: how often}."""
    count = taken.get(name, 0)
    taken[name] = count + 1
    return f"{name}_{count}" if count else name


def _name_of(loss):
    return getattr(loss, "name", None) or "loss"


def _combined(*weights):
    """The product of weights of different rank, (rows,) and (rows, steps); or None."""
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
    """An entry for an output that is not there: either kind of error, as in Keras."""

    __str__ = ValueError.__str__


class Outputs(list):
    """The names of a model's outputs, None for those that have none.

    Args:
        names: in the order of the arrays in the output.
        other: {another name by which an output is known: its name}.
        keyed: whether the model gives a dict.
        places: the output with the number of each array in its place; a list of them
            if not given.
    """

    def __init__(self, names, other=None, keyed=False, places=None):
        super().__init__(names)
        self.other = other or {}
        self._layers = {name: layer for layer, name in self.other.items()}
        self.keyed = keyed
        self.places = list(range(len(self))) if places is None else places
        leaves = jax.tree_util.tree_leaves_with_path(self.places)
        self.paths = [steps_of(steps) for steps, _ in leaves]

    @property
    def is_nested(self):
        """Whether lists or dicts stand within the output."""
        return any(len(path) > 1 for path in self.paths)

    def metrics_prefix(self, name):
        """What stands before the names of an output's metrics: in nests, its layer."""
        return self._layers.get(name) if self.is_nested else None

    def knows(self, name):
        """Whether an output is called so."""
        return name in self or name in self.other

    @property
    def example(self):
        """Names for error messages, made up where there are none."""
        return [name or f"output_{i}" for i, name in enumerate(self)]

    def __str__(self):
        many = f"{len(self)} output{'s' if len(self) != 1 else ''}"
        return many if None in self else f"{many} ({', '.join(self)})"


def steps_of(steps):
    """The keys and numbers of a path in a tree."""
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
        return _by_place("loss", spec, outputs)
    return [spec] * len(outputs)


def loss_weights_per_output(spec, outputs):
    """One factor for each output."""
    if spec is None:
        return [1.0] * len(outputs)
    if isinstance(spec, dict):
        factors = _by_name("loss_weights", spec, outputs)
    elif isinstance(spec, list | tuple):
        factors = _by_place("loss_weights", spec, outputs)
    else:
        factors = [spec] * len(outputs)
    return [
        1.0 if factor is None else check.number("compile", "loss_weights", factor)
        for factor in factors
    ]


def metrics_per_output(name, spec, outputs):
    """A list of metrics for each output.

    A list with one entry for each output is dealt out, as in Keras 3; any other list
    without lists in it is for every output, as in Keras 2. For nested outputs it may
    have their structure.
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
        entries = _by_place(name, spec, outputs)
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


def _parts_by_path(what, spec, outputs):
    """The part of `spec` for each output; one above several outputs is for all."""
    entries = []
    for path in outputs.paths:
        part, places = spec, outputs.places
        for step in path:
            if isinstance(part, dict) and not is_config(part):
                _refuse_other_keys(what, part, places)
                part = part.get(step)
            elif isinstance(part, list | tuple) and len(part) == len(places) > 1:
                part = part[step] if isinstance(step, int) else part
            places = places[step]
        entries.append(part)
    return entries


def _refuse_other_keys(what, part, places):
    known = list(places) if isinstance(places, dict) else []
    for key in part:
        if key not in known:
            raise OutputMistake(
                f"{what} has an entry for {key!r}, and the model's output has "
                f"{', '.join(map(repr, known)) or 'a list'} there."
                f"{check.did_you_mean(key, known)} Give {what} in the structure of the "
                "output."
            )


def data_per_output(what, spec, outputs, wanted):
    """Targets or sample weights, one entry for each output.

    Args:
        what: "y" or "sample_weight", for messages.
        spec: an array, or a list or dict of arrays; None for nothing.
        outputs: see `Outputs`.
        wanted: which outputs need an entry; the others may be left out.

    Raises:
        ValueError: an unknown name, or another number of arrays.
    """
    if outputs.is_nested and not _is_flat(spec, outputs):
        return _by_structure(what, spec, outputs)
    if isinstance(spec, dict):
        return _by_name(what, spec, outputs)
    if not isinstance(spec, list | tuple):
        everywhere = what != "y" or len(outputs) == 1 or spec is None
        if everywhere:
            return [spec] * len(outputs)
        if sum(wanted) == 1:
            return [spec if wants else None for wants in wanted]
        raise ValueError(
            f"The model has {outputs}, and {what} is one array. Give one array for "
            f"each output: {what}=[{', '.join(outputs.example)}]."
        )
    if len(spec) == sum(wanted) != len(outputs):
        rest = iter(spec)
        return [next(rest) if wants else None for wants in wanted]
    return _by_place(what, spec, outputs)


def _is_flat(spec, outputs):
    """Whether data for nested outputs is one array, a list of them or named."""
    if isinstance(spec, dict):
        return all(map(outputs.knows, spec))
    if not isinstance(spec, list | tuple):
        return True
    return not any(isinstance(part, dict | list | tuple) for part in spec)


def _by_structure(what, spec, outputs):
    """Data in the structure of the outputs; a part that is left out is None."""
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
                    f"{what} has nothing for {''.join(f'[{s!r}]' for s in path)} of "
                    f"the model's output. Give {what} in the structure of the output, "
                    f"or a list of {len(outputs)} arrays."
                )
            part = part[step]
        entries.append(part)
    return entries


def _by_name(what, spec, outputs):
    by_name = {}
    for key, value in spec.items():
        name = key if key in outputs else outputs.other.get(key)
        if name is None and len(outputs) == len(spec) == 1:
            name = outputs[0]
        elif name is None:
            names = ", ".join(map(repr, outputs))
            raise OutputMistake(
                f"{what} has an entry for {key!r}, and the model's outputs are "
                f"{names if None not in outputs else 'a list without names'}."
                f"{check.did_you_mean(key, outputs)} Write for example {what}="
                f"{{{', '.join(f'{n!r}: ...' for n in outputs.example)}}}"
                f"{'' if None not in outputs else ' for a model that returns a dict'}."
            )
        by_name[name] = value
    return [by_name.get(name) for name in outputs]


def _by_place(what, spec, outputs):
    if len(spec) == len(outputs):
        return list(spec)
    if what == "y" and len(outputs) == 1:
        raise ValueError(
            f"y is a list of {len(spec)} arrays, and the model has {outputs}. If each "
            "array is one example, write y = np.stack(y)."
        )
    raise ValueError(
        f"{what} has {len(spec)} entr{'ies' if len(spec) != 1 else 'y'}, and the model "
        f"has {outputs}. Give one entry for each output: "
        f"{what}=[{', '.join(outputs.example)}], or a dict by these names."
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
