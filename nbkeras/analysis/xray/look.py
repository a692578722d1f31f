"""xray: one training step of a model, layer by layer, without changing the model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from nbkeras.analysis.descent import training_access
from nbkeras.analysis.lr_finder.search import unpack_data
from nbkeras.analysis.xray import layer_statistics
from nbkeras.analysis.xray.batch_checks import (
    AugmentationLook,
    RandomLook,
    augmentation_look,
    class_numbers,
    random_look,
)
from nbkeras.core import rng
from nbkeras.core.names.display_name import quoted
from nbkeras.data.adapters import is_arrays
from nbkeras.layers.engine.functional_call import apply
from nbkeras.layers.input import InputLayer
from nbkeras.models.model import Model
from nbkeras.models.training.steps.own_steps import owns_training
from nbkeras.models.training.trainer import fit_plan_of
from nbkeras.models.training.weight_checkout import key_data
from nbkeras.ops.kernels import lowering

# Most rows that are examined.
MOST_ROWS = 256


@dataclass(frozen=True)
class OutputLook:
    """Statistics of a layer's output in the step.

    Args:
        mean, rms, low, high: of all values.
        zeros: fraction of the values that are exactly 0.
        dead: fraction of the units that are 0 for every row and position.
        saturated: fraction of the values at the ends of a bounded activation.
        is_alike: whether all units have the same values.
        is_finite: whether no value is NaN or infinite.
        counts: (24,) values in equal bins from `low` to `high`.
    """

    mean: float
    rms: float
    low: float
    high: float
    zeros: float
    dead: float
    saturated: float
    is_alike: bool
    is_finite: bool
    counts: np.ndarray


@dataclass(frozen=True)
class WeightLook:
    """Statistics of the trained weights of a layer, their gradients and updates.

    Args:
        weight, gradient, update: root mean squares of the weights, of their gradients,
            and of the optimizer's updates.
        largest: the largest absolute gradient.
        ratio: norm of the update over norm of the weights, of the kernels only if the
            layer has any; None if the weights are all 0.
        is_finite: whether no gradient is NaN or infinite.
        low, high, counts: as in `OutputLook`, for the gradients.
        scale: root mean square of the kernel over that of `he_normal`; None for layers
            other than dense and convolution.
    """

    weight: float
    gradient: float
    update: float
    largest: float
    ratio: float | None
    is_finite: bool
    low: float
    high: float
    counts: np.ndarray
    scale: float | None = None


@dataclass(frozen=True)
class LayerLook:
    """One layer in one step.

    Args:
        name: name of the layer.
        kind: its class name.
        activation: name of its activation, "" for none.
        input_size: largest absolute input value; None for integers.
        output: its OutputLook; None if the output is not a float array.
        weights: its WeightLook; None without trained weights.
        is_frozen: whether it has trainable weights that the step does not change.
        is_last: whether the loss is computed from its output.
    """

    name: str
    kind: str
    activation: str
    input_size: float | None
    output: OutputLook | None
    weights: WeightLook | None
    is_frozen: bool = False
    is_last: bool = False


@dataclass(frozen=True)
class XRay:
    """One training step, layer by layer.

    Args:
        loss: loss of the batch, including regularizers.
        rows: number of rows of the batch.
        learning_rate: learning rate of the step, None if unknown.
        layers: the layers in execution order.
        penalty: the part of the loss that comes from regularizers of weights and of
            outputs; with the latter also what layers add by `add_loss`.
        decay: fraction by which weight decay shrinks the weights in the step.
        gradient_norm: norm of the gradients of all weights, before they are clipped.
        clipnorm: the norm that the optimizer clips them to, None for none.
        label: the class of all rows if they have the same, else None.
        random: what random layers cost on the batch; None if that was not measured.
        augmentation: what augmentation leaves of the batch, likewise.
    """

    loss: float
    rows: int
    learning_rate: float | None
    layers: tuple[LayerLook, ...]
    penalty: float = 0.0
    decay: float = 0.0
    gradient_norm: float = 0.0
    clipnorm: float | None = None
    label: int | None = None
    random: RandomLook | None = None
    augmentation: AugmentationLook | None = None


def xray(
    model: Model, x: Any, y: ArrayLike | None = None, *, sample_weight: Any = None
) -> XRay:
    """Inspect one training step: activations, gradients and updates of every layer.

    It is the step that `fit` would take on this batch with the optimizer's current
    state. Model and optimizer are not changed.

    Args:
        model: compiled.
        x: a batch as in `fit`, or the tuple (x, y); only its first 256 rows are used.
        y: targets, if not part of `x`.
        sample_weight: (rows,) weights of the samples in the loss.

    Raises:
        RuntimeError: the model is not compiled.
        TypeError: the model has a custom train step.
        ValueError: the data does not fit the model.

    >>> from nbkeras import Sequential, layers
    >>> model = Sequential([layers.Input((1,)), layers.Dense(1, name="dense")])
    >>> model.compile("sgd", "mse")
    >>> x = np.ones((4, 1))
    >>> look = xray(model, (x, x))
    >>> [layer.name for layer in look.layers]
    ['dense']
    """
    model.require_compiled("xray")
    x, y, sample_weight = unpack_data(x, y, sample_weight)
    x, y, sample_weight = (_first_rows(part) for part in (x, y, sample_weight))
    rows = len(jax.tree.leaves(x)[0]) if _has_rows(x) else None
    plan = fit_plan_of(
        x=x, y=y, sample_weight=sample_weight, batch_size=rows, shuffle=False
    )
    try:
        if owns_training(model):
            raise TypeError(
                f"{quoted(model.name)} trains with a step of its own, and xray looks "
                "into the step of fit. Write the loss as compute_loss, or compile the "
                "model with a loss, and leave train_step out."
            )
        feed = training_access.begin(model, plan, "xray")
        for batch, count in feed.through(plan.train.epoch(0)):
            state = model_state(model)
            look = Looker(model)(batch, state, count)
            return _with_batch(look, model, {**state[0], **state[1]}, batch[0], y)
    finally:
        plan.close()
    raise ValueError("xray got no rows. Give a batch: nbkeras.xray(model, (x, y)).")


def _with_batch(look, model, values, x, y):
    """The XRay with what its labels say."""
    labels = class_numbers(model, y)
    if labels is None or not np.isfinite(look.loss):
        return look
    labels = labels[: look.rows]
    label = int(labels[0]) if len(labels) and (labels == labels[0]).all() else None
    return replace(
        look,
        label=label,
        random=random_look(model, values, x, labels),
        augmentation=augmentation_look(model, x, labels),
    )


def model_state(model):
    """(params, state, optimizer state, seed, step) of a model that is not training.

    A separate seed is used, so that the first fit still draws the model's own.
    """
    seed = rng.derive(0, "xray")
    ts = training_access.model_cell(model, model.optimizer, seed).ts
    return ts.params, ts.state, ts.opt, np.asarray(key_data(seed)), np.int32(0)


class Looker:
    """Inspects training steps of one model; compiles once per batch shape.

    Args:
        model: compiled and built.
    """

    def __init__(self, model):
        self.model = model
        self._layers = [layer for layer in model.walk() if _is_noted(layer)]
        options = lowering.compiler_options()
        self._step = jax.jit(self._compute, compiler_options=options)
        # Layers in the order of the trace, and the paths of their trained weights.
        self._order, self._paths = [], {}

    def compile(self, batch, state):
        """Compile for batches of the shape of `batch`."""
        self._step = self._step.lower(*state, batch).compile()

    def __call__(self, batch, state, rows):
        """The XRay of one step.

        Args:
            batch: (x, y, weight, valid) as for the train step.
            state: as returned by `model_state`.
            rows: number of valid rows.
        """
        return self.read(jax.device_get(self._step(*state, batch)), rows)

    def read(self, numbers, rows):
        """The XRay of the results of the compiled step."""
        loss, rate, penalty, norm, outputs, inputs, weights = numbers
        looks = []
        for number, layer in enumerate(self._order):
            key = str(number)
            size = inputs.get(key)
            looks.append(
                LayerLook(
                    name=layer.name,
                    kind=type(layer).__name__,
                    activation=layer_statistics.activation_name(layer),
                    input_size=None if size is None else float(size),
                    output=_output_look(outputs.get(key)),
                    weights=_weight_look(weights.get(key)),
                    is_frozen=self._is_frozen(layer),
                    is_last=number == len(self._order) - 1,
                )
            )
        rate = float(rate)
        rate = rate if np.isfinite(rate) else None
        decay = (rate or 0.0) * float(self.model.optimizer.weight_decay or 0.0)
        return XRay(
            float(loss),
            int(rows),
            rate,
            tuple(looks),
            penalty=float(penalty),
            decay=decay,
            gradient_norm=float(norm),
            clipnorm=_clipnorm(self.model.optimizer),
        )

    def _trained_paths(self, params):
        """{traced layer: paths of its trained weights}.

        Weights of a layer that was not traced itself, such as the cell of a recurrent
        layer, count as those of the enclosing layer.
        """
        paths = {id(w): path for path, w in self.model.weights_by_path().items()}
        met, taken, trained = set(self._order), set(), {}
        for layer in self._order:
            own = [la for la in layer.walk() if la is layer or la not in met]
            names = [paths.get(id(w)) for la in own for w in la.own_weights()]
            names = [name for name in names if name in params and name not in taken]
            taken.update(names)
            trained[layer] = names
        return trained

    def _is_frozen(self, layer):
        """Whether the layer has weights that only `trainable = False` freezes."""
        flags = self.model.trainable_flags.flags()
        is_open = flags.get(layer, layer.trainable)
        has_weights = any(la.own_weights() for la in layer.walk())
        return has_weights and not is_open and not self._paths[layer]

    def _compute(self, params, state, opt, seed, step, batch):
        """(loss, rate, penalty, norm, outputs, inputs, weights), by layer numbers."""
        model = self.model
        x, y, weight, valid = batch
        key = jax.random.fold_in(jax.random.wrap_key_data(seed), step)
        parts, optimizer = model.compiled_steps, model.optimizer
        objective, penalty = model.compiled_objective, parts.penalty()
        scale = getattr(optimizer, "scale_of", None)
        recorders = []

        def loss_of(params):
            recorder = layer_statistics.Recorder(self._layers, valid)
            recorders[:] = [recorder]
            with lowering.whole_batches():
                applied = apply(
                    model,
                    {**params, **state},
                    model.as_inputs(x),
                    training=True,
                    key=key,
                    row_weights=valid,
                    trainable=model.trainable_flags.flags(),
                    watch=recorder.attach,
                )
                total = objective.loss(y, applied, weight, valid)
                total = total[0] if isinstance(total, tuple) else total
            penalties = penalty(params)
            added = sum(applied.losses, start=jnp.zeros(()))
            total += penalties + added
            if any(layer.activity_regularizer for layer in self._layers):
                penalties += added
            scaled = total if scale is None else total * scale(opt)
            self._order = _without_wrappers(list(recorder.inputs))
            self._paths = self._trained_paths(params)
            names = {layer: str(i) for i, layer in enumerate(self._order)}
            outputs, inputs = (
                {
                    names[la]: v
                    for la, v in part.items()
                    if la in names and v is not None
                }
                for part in (recorder.outputs, recorder.inputs)
            )
            return scaled, (total, penalties, outputs, inputs)

        gradient = jax.value_and_grad(loss_of, has_aux=True)
        (_, (total, penalties, outputs, inputs)), grads = gradient(params)
        changes, _ = optimizer.transformation().update(grads, opt, params)
        moved = parts.constraint()({p: w + changes[p] for p, w in params.items()})
        changes = {path: moved[path] - w for path, w in params.items()}
        if scale is not None:
            grads = {path: g / scale(opt) for path, g in grads.items()}
        weights = {}
        for number, layer in enumerate(self._order):
            if paths := self._paths[layer]:
                trees = (params, grads, changes)
                parts_of = [[tree[path] for path in paths] for tree in trees]
                weights[str(number)] = layer_statistics.weight_statistics(*parts_of)
                scale = layer_statistics.kernel_scale(layer, parts_of[0])
                weights[str(number)]["scale"] = scale
        rate = optimizer.rate_of(opt) if optimizer.rate_of else jnp.nan
        norm = layer_statistics.norm(grads.values())
        return total, rate, penalties, norm, outputs, inputs, weights


def _clipnorm(optimizer):
    """The smaller of `clipnorm` and `global_clipnorm`; None without them."""
    names = ("clipnorm", "global_clipnorm")
    norms = [getattr(optimizer, name, None) for name in names]
    return min((float(norm) for norm in norms if norm is not None), default=None)


def _is_noted(layer):
    return not isinstance(layer, InputLayer | Model)


def _without_wrappers(layers):
    """The traced layers, without those that only call other traced layers."""
    met = set(layers)
    return [
        layer
        for layer in layers
        if layer.own_weights() or not any(la in met for la in layer.walk()[1:])
    ]


def _output_look(numbers):
    if numbers is None:
        return None
    floats = ("mean", "rms", "low", "high", "zeros", "dead", "saturated")
    return OutputLook(
        **{name: float(numbers[name]) for name in floats},
        is_alike=bool(numbers["alike"]),
        is_finite=bool(numbers["finite"]),
        counts=np.asarray(numbers["counts"]),
    )


def _weight_look(numbers):
    if numbers is None:
        return None
    floats = ("weight", "gradient", "update", "largest", "low", "high")
    return WeightLook(
        **{name: float(numbers[name]) for name in floats},
        ratio=None if numbers["start_is_zero"] else float(numbers["ratio"]),
        is_finite=bool(numbers["finite"]),
        counts=np.asarray(numbers["counts"]),
        scale=float(numbers["scale"]) if numbers["scale"] > 0 else None,
    )


def _has_rows(x):
    """Whether `x` consists of arrays, rather than being an iterable of batches."""
    return is_arrays(x) and bool(jax.tree.leaves(x))


def _first_rows(part):
    """The first rows of arrays; iterables of batches are returned unchanged."""
    if part is None or not _has_rows(part):
        return part
    return jax.tree.map(lambda array: array[:MOST_ROWS], part)
