"""Distillation: train a small model, the student, on what a large one predicts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self, cast

import jax
import jax.numpy as jnp

from nbkeras import losses, metrics
from nbkeras.core import check
from nbkeras.core.annotations import Config
from nbkeras.core.base_classes import BaseModel
from nbkeras.core.names.display_name import quoted
from nbkeras.core.serialization.configurable import Configurable, as_dict, to_config
from nbkeras.core.serialization.registry import Registry
from nbkeras.layers.engine.registry import register
from nbkeras.layers.engine.registry import registry as layers
from nbkeras.models.model import Model
from nbkeras.models.sequential import Sequential

registry = Registry("distillation loss", "keras.distillation")
# The name under which the output of a model stands among its features.
_OUTPUT = "final_output"


class DistillationLoss(Configurable):
    """Base class: a subclass writes `compute_loss`."""

    keras_module = "keras.distillation"
    teacher_layer_name: str | None = None
    student_layer_name: str | None = None

    def compute_loss(
        self, teacher_outputs: Any, student_outputs: Any, **kwargs: Any
    ) -> Any:
        """How far the student is from the teacher, a scalar."""
        raise NotImplementedError(
            f"{type(self).__name__} has no `compute_loss`. Write def compute_loss("
            "self, teacher_outputs, student_outputs): return a scalar."
        )

    def get_config(self) -> Config:
        """The arguments, losses as they were given."""
        config = super().get_config()
        if "loss" in config:
            config["loss"] = to_config(self._arguments["loss"])
        return config

    def validate_outputs(self, teacher_outputs: Any, student_outputs: Any) -> None:
        """Raise a ValueError if the two cannot be compared."""
        _refuse_other_structure(
            "The outputs of teacher and student", teacher_outputs, student_outputs
        )

    def validate_model_compatibility(self, teacher: Any, student: Any) -> None:
        """Raise a ValueError if the models do not suit this loss."""


@registry.register("FeatureDistillation")
class FeatureDistillation(DistillationLoss):
    """Compare what layers of both models give.

    Args:
        loss: name, function or instance; for several outputs in their structure, None
            for one that is left out.
        teacher_layer_name: the teacher's layer; None for its output.
        student_layer_name: the student's layer; None for its output.

    Raises:
        ValueError: no loss at all.
    """

    def __init__(
        self,
        loss: Any = "mse",
        teacher_layer_name: str | None = None,
        student_layer_name: str | None = None,
    ) -> None:
        self.loss = _losses_of("FeatureDistillation", loss)
        self.teacher_layer_name = teacher_layer_name
        self.student_layer_name = student_layer_name

    def validate_model_compatibility(self, teacher: Any, student: Any) -> None:
        """Layers can be named in functional and Sequential models only."""
        named = {
            "teacher": (teacher, self.teacher_layer_name),
            "student": (student, self.student_layer_name),
        }
        for role, (model, layer_name) in named.items():
            if layer_name is None:
                continue
            if getattr(model, "inputs", None) is None:
                raise ValueError(
                    "FeatureDistillation with layer names requires Functional or "
                    f"Sequential models, and the {role} {quoted(model.name)} is a "
                    "subclass with its own `call`. Leave the layer names out to "
                    "compare outputs."
                )
            try:
                model.get_layer(name=layer_name)
            except ValueError as error:
                raise ValueError(f"In {role} model: {error}") from None

    def validate_outputs(self, teacher_outputs: Any, student_outputs: Any) -> None:
        """Both have the structure of the losses."""
        super().validate_outputs(teacher_outputs, student_outputs)
        _refuse_other_structure(
            "Loss structure mismatch: losses and outputs", self.loss, teacher_outputs
        )

    def compute_loss(
        self, teacher_outputs: Any, student_outputs: Any, **kwargs: Any
    ) -> jax.Array:
        """The sum of the losses, each the mean over its output."""
        return _sum_of(self.loss, teacher_outputs, student_outputs, _mean_loss)


@registry.register("LogitsDistillation")
class LogitsDistillation(DistillationLoss):
    """Compare the logits of both models, divided by a temperature.

    Args:
        temperature: above 1 it makes the teacher's probabilities softer, so that the
            student also learns how classes resemble each other.
        loss: as in `FeatureDistillation`; "kl_divergence" compares probabilities and
            is multiplied by the squared temperature.

    Raises:
        ValueError: no loss at all, or a temperature that is not above 0.

    Source: Hinton, Vinyals, Dean, "Distilling the Knowledge in a Neural Network"
        (2015).
    """

    def __init__(self, temperature: float = 3.0, loss: Any = "kl_divergence") -> None:
        self.loss = _losses_of("LogitsDistillation", loss)
        is_number = isinstance(temperature, int | float)
        if not is_number or isinstance(temperature, bool) or temperature <= 0:
            kind = "must be positive" if is_number else "must be a number"
            raise ValueError(
                f"LogitsDistillation(temperature={temperature!r}): temperature {kind}. "
                "Write for example LogitsDistillation(temperature=3.0)."
            )
        self.temperature = temperature

    def compute_loss(
        self, teacher_outputs: Any, student_outputs: Any, **kwargs: Any
    ) -> jax.Array:
        """The sum of the losses, each the mean over its output."""

        def compared(loss, teacher, student):
            teacher, student = teacher / self.temperature, student / self.temperature
            if not isinstance(loss, losses.KLDivergence):
                return _mean_loss(loss, teacher, student)
            pair = jax.nn.softmax(teacher), jax.nn.softmax(student)
            return _mean_loss(loss, *pair) * self.temperature**2

        return _sum_of(self.loss, teacher_outputs, student_outputs, compared)


@register("Distiller")
class Distiller(Model):
    """Train a student on targets and on the outputs of a teacher, which is frozen.

    Compile and fit it like any model; `distiller.student` is then the trained one.

    Args:
        teacher: a trained model.
        student: the model to train, with inputs and outputs of the same shapes.
        distillation_losses: one or a list, of `LogitsDistillation`,
            `FeatureDistillation` or a class of your own.
        distillation_loss_weights: a factor for each; 1 by default.
        student_loss_weight: share of the loss on targets, 0 to 1; the rest is that of
            the distillation.
        name: of the model.
        **base: arguments of `Model`.

    Raises:
        ValueError: models or losses that do not go together.
    """

    keras_module = "keras.distillation"

    def __init__(
        self,
        teacher: Model,
        student: Model,
        distillation_losses: DistillationLoss | Sequence[DistillationLoss],
        distillation_loss_weights: Sequence[float] | None = None,
        student_loss_weight: float = 0.5,
        name: str = "distiller",
        **base: Any,
    ) -> None:
        super().__init__(name=name, **base)
        _refuse_unlike(teacher, student)
        self.student_loss_weight = check.number(
            "Distiller", "student_loss_weight", student_loss_weight, 0, 1, example=0.5
        )
        if distillation_losses is None:
            raise ValueError(
                "Distiller: 'distillation_losses' cannot be `None`. Write for example "
                "distillation_losses=LogitsDistillation(temperature=3.0)."
            )
        is_list = isinstance(distillation_losses, list | tuple)
        several = distillation_losses if is_list else [distillation_losses]
        self.distillation_losses = cast("list[DistillationLoss]", list(several))
        weights = distillation_loss_weights if is_list else None
        if weights is not None and len(weights) != len(self.distillation_losses):
            raise ValueError(
                f"Distiller: the number of distillation_loss_weights ({len(weights)}) "
                "must match the number of distillation_losses "
                f"({len(self.distillation_losses)}). Give one weight for each loss."
            )
        self.distillation_loss_weights = [
            1.0 if weights is None else weights[i]
            for i in range(len(self.distillation_losses))
        ]
        for loss in self.distillation_losses:
            loss.validate_model_compatibility(teacher, student)
        self.teacher, self.student = teacher, student
        self._teacher_features = self._features_of(teacher, "teacher_layer_name")
        self._student_features = self._features_of(student, "student_layer_name")
        teacher.trainable = False
        self._student_loss: Any = None
        self.student_loss_tracker = metrics.Mean("student_loss")
        self.distillation_loss_tracker = metrics.Mean("distillation_loss")
        self.total_loss_tracker = metrics.Mean("total_loss")

    def _features_of(self, model, attribute):
        """A model that gives the output and the named layers'; None without names."""
        names = [getattr(loss, attribute, None) for loss in self.distillation_losses]
        outputs = {name: model.get_layer(name=name).output for name in names if name}
        if not outputs:
            return None
        output = model.outputs[0] if isinstance(model, Sequential) else model.output
        return Model(model.inputs, {_OUTPUT: output, **outputs})

    def compile(  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        optimizer: Any = "adam",
        loss: Any = None,
        metrics: Sequence[Any] | None = None,
        **more: Any,
    ) -> None:
        """Choose the optimizer, the loss on targets, and metrics.

        Raises:
            ValueError: no loss, or metrics that are no list.
        """
        if loss is None:
            raise ValueError(
                "Distiller.compile(loss=None): 'loss' cannot be `None`, it compares "
                "the student with the targets. Write for example loss='mse'."
            )
        if metrics is not None and not isinstance(metrics, list | tuple):
            raise ValueError(
                "Distiller.compile: metrics must be a list or tuple. Write for example "
                "metrics=['accuracy']."
            )
        self._student_loss = _losses_of("Distiller.compile", loss)
        super().compile(optimizer=optimizer, loss=None, metrics=metrics, **more)
        cast("dict[str, Any]", self._compile_arguments)["loss"] = loss

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """What the student gives."""
        return self.student(inputs, training=training, mask=mask)

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """The weighted sum of the loss on targets and of the distillation."""
        if y_pred is None:
            y_pred = self(x, training=training)
        share, on_targets, distilled = self.student_loss_weight, 0.0, 0.0
        if share > 0 and y is not None:
            on_targets = _sum_of(self._student_loss, y, y_pred, _mean_loss)
        if share < 1:
            distilled = self._distillation(x, y_pred)
        total = share * on_targets + (1 - share) * distilled
        self.student_loss_tracker.update_state(on_targets)
        self.distillation_loss_tracker.update_state(distilled)
        self.total_loss_tracker.update_state(total)
        return total

    def _distillation(self, x, y_pred):
        teacher, student = self._teacher_features, self._student_features
        taught = (
            {_OUTPUT: self.teacher(x, training=False)}
            if teacher is None
            else teacher(x, training=False)
        )
        learned = {_OUTPUT: y_pred} if student is None else student(x, training=True)
        total = 0.0
        pairs = zip(
            self.distillation_losses, self.distillation_loss_weights, strict=True
        )
        for loss, weight in pairs:
            goal = taught[getattr(loss, "teacher_layer_name", None) or _OUTPUT]
            layer_name = getattr(loss, "student_layer_name", None)
            reached = learned[layer_name] if layer_name else y_pred
            loss.validate_outputs(goal, reached)
            value = loss.compute_loss(goal, reached)
            if getattr(value, "shape", ()):
                raise ValueError(
                    f"{type(loss).__name__}.compute_loss returned a non-scalar loss of "
                    f"shape {tuple(value.shape)}. Return ops.mean(...) of it."
                )
            total = total + weight * value
        return total

    def get_config(self) -> Config:
        """The arguments, models and losses as their configs."""
        return {
            **super().get_config(),
            "teacher": as_dict(self.teacher),
            "student": as_dict(self.student),
            "distillation_losses": [as_dict(loss) for loss in self.distillation_losses],
            "distillation_loss_weights": self.distillation_loss_weights,
            "student_loss_weight": self.student_loss_weight,
        }

    @classmethod
    def from_config(
        cls, config: Config, custom_objects: dict[str, Any] | None = None
    ) -> Self:
        """An equal distiller, with new weights."""
        config = dict(config)
        for role in ("teacher", "student"):
            config[role] = layers.get(config[role])
        config["distillation_losses"] = [
            registry.get(loss) for loss in config["distillation_losses"]
        ]
        return cls(**config)


def _losses_of(owner: str, loss: Any) -> Any:
    """A loss, or a structure of them with None for what is left out."""
    if isinstance(loss, Mapping) and "class_name" in loss:
        return losses.get(loss)
    if isinstance(loss, Mapping):
        found: Any = {key: _loss_or_none(part) for key, part in loss.items()}
    elif isinstance(loss, list | tuple):
        found = type(loss)(_loss_or_none(part) for part in loss)
    else:
        found = _loss_or_none(loss)
    if not jax.tree.leaves(found, is_leaf=callable):
        raise ValueError(
            f"{owner}: the `loss` argument must contain at least one non-`None` value. "
            "Write for example loss='mse'."
        )
    return found


def _loss_or_none(loss):
    if loss is None:
        return None
    found = losses.as_loss(loss)
    # By name it is the class, which compares probabilities.
    is_named = isinstance(loss, str) and getattr(found, "fn", 0) is losses.kl_divergence
    return losses.KLDivergence() if is_named else found


def _mean_loss(loss: Callable[..., Any], goal: Any, reached: Any) -> jax.Array:
    return jnp.mean(loss(goal, reached))


def _sum_of(spec: Any, goals: Any, reached: Any, compare: Any) -> Any:
    """The sum of `compare(loss, goal, reached)` over a structure of losses."""
    if spec is None:
        return 0.0
    if isinstance(spec, dict):
        return sum(_sum_of(spec[k], goals[k], reached[k], compare) for k in spec)
    if isinstance(spec, list | tuple):
        parts = zip(spec, goals, reached, strict=True)
        return sum(_sum_of(*part, compare) for part in parts)
    return compare(spec, goals, reached)


def _structure(tree):
    if isinstance(tree, dict):
        return {key: _structure(tree[key]) for key in sorted(tree)}
    return (
        [_structure(part) for part in tree] if isinstance(tree, list | tuple) else "."
    )


def _refuse_other_structure(what, one, other):
    if _structure(one) != _structure(other):
        raise ValueError(
            f"{what} do not have the same structure: {_structure(one)} and "
            f"{_structure(other)}. Give both the same lists or dicts."
        )


def _refuse_unlike(teacher, student):
    """Refuse models whose inputs or outputs cannot be compared."""
    for role, model in (("Teacher", teacher), ("Student", student)):
        if not isinstance(model, BaseModel):
            raise ValueError(
                f"{role} must be a keras.Model, and is a {type(model).__name__}."
            )
    for what in ("inputs", "outputs"):
        ones, others = getattr(teacher, what, None), getattr(student, what, None)
        if ones is None or others is None:
            continue
        if len(ones) != len(others):
            raise ValueError(
                f"Teacher and student have different numbers of {what}: {len(ones)} "
                f"and {len(others)}."
            )
        for one, other in zip(ones, others, strict=True):
            _refuse_unlike_tensors(what.removesuffix("s"), one, other)


def _refuse_unlike_tensors(what, one, other):
    told = f"Teacher: {one.shape}, Student: {other.shape}."
    if len(one.shape) != len(other.shape):
        raise ValueError(
            f"Teacher and student {what} shapes have different dimensions. {told}"
        )
    sizes = zip(one.shape, other.shape, strict=True)
    if any(None not in pair and pair[0] != pair[1] for pair in sizes):
        raise ValueError(f"Teacher and student {what} shapes are incompatible. {told}")
    if one.dtype != other.dtype:
        raise ValueError(
            f"Teacher and student {what} dtypes must match. Teacher: {one.dtype}, "
            f"Student: {other.dtype}."
        )
