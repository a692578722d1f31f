"""Loss: reduction, masks, sample weights and padding, once for all losses."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from numpy.typing import ArrayLike

from nbkeras.core import check, dtypes, graph_values, object_contents
from nbkeras.core.annotations import DTypeLike, Reduction
from nbkeras.core.gradients import recording
from nbkeras.core.gradients.compiled_calls import CompiledCalls
from nbkeras.core.machine import processes
from nbkeras.core.names.naming import function_name
from nbkeras.core.serialization.configurable import Configurable
from nbkeras.losses import classification
from nbkeras.losses.alignment import aligned
from nbkeras.losses.registry import registry
from nbkeras.ops import activations

# An activation function, or the name of one of the library's.
Activation = Callable[..., Any] | str

REDUCTIONS = ("sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none")


# {class of the library: its calls that a GradientTape recorded often}
_COMPILED: dict[type, CompiledCalls] = {}
_NOT_READ = "_arguments", "_made_at"


def _settings(loss: Loss) -> tuple[Any, ...] | None:
    """What a loss of the library computes with; None if it may be more than numbers."""
    if not object_contents.of_library(type(loss)):
        return None
    values = [item for item in vars(loss).items() if item[0] not in _NOT_READ]
    if not all(isinstance(v, bool | int | float | str | None) for _, v in values):
        return None
    return tuple(values)


class Loss(Configurable):
    """Base class of losses. Subclasses write `call(y_true, y_pred)` -> (batch, ...).

    Args:
        name: name shown in messages.
        reduction: "sum_over_batch_size" (or "mean") divides the sum of weight * value
            by the number of values; "mean_with_sample_weight" divides it by the sum of
            the weights; "sum" does not divide; "none" or None returns all values.
        dtype: dtype or policy of the computation and the result; floatx by default.
            Targets and outputs are cast to it.

    Targets of shape (batch,) are aligned with outputs of shape (batch, 1), and the
    other way round, before `call`.

    >>> class Squared(Loss):
    ...     def call(self, y_true, y_pred):
    ...         return (y_true - y_pred) ** 2
    >>> float(Squared()([1.0, 3.0], [[1.0], [1.0]]))
    2.0
    """

    keras_module = "keras.losses"
    rows_independent = False

    def __init__(
        self,
        name: str | None = None,
        reduction: Reduction | None = "sum_over_batch_size",
        dtype: DTypeLike | None = None,
    ) -> None:
        self.name = name or type(self).__name__
        reduction = "none" if reduction is None else reduction
        self.reduction = check.choice("Loss", "reduction", reduction, REDUCTIONS)
        self._dtype = dtypes.compute_dtype(dtype)

    @property
    def dtype(self) -> str:
        """Name of the dtype of computation and result, set by the constructor."""
        return self._dtype

    def call(self, y_true: jax.Array, y_pred: jax.Array) -> jax.Array:
        """The loss of each example, (batch, ...)."""
        raise TypeError(
            f"{type(self).__name__} has no `call`. Write "
            "`def call(self, y_true, y_pred): return ...`, one value for each example."
        )

    def __call__(
        self,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        sample_weight: ArrayLike | None = None,
        mask: ArrayLike | None = None,
        valid: ArrayLike | None = None,
    ) -> jax.Array:
        """Compute the reduced loss.

        Args:
            y_true: targets, (batch, ...).
            y_pred: outputs, (batch, ...).
            sample_weight: weight of each value, (batch,) or (batch, ...).
            mask: false for values to exclude.
            valid: (batch,), 0 for padded rows.
        """
        processes.refuse_after_fork(f"Calling {type(self).__name__}")
        args = y_true, y_pred, sample_weight, mask, valid
        if not recording.needed(jax.tree.leaves(args)):
            return self._reduced(*args)
        settings = _settings(self)
        if settings is None:
            return recording.run(self._reduced, *args)
        # A copy, as a program that is compiled for it may be traced again later.
        loss = copy.copy(self)
        return recording.record(
            lambda _settings, *args: loss._reduced(*args),
            (settings, *args),
            {},
            _COMPILED.setdefault(type(self), CompiledCalls()),
        )

    def _reduced(self, y_true, y_pred, sample_weight=None, mask=None, valid=None):
        """`__call__` on plain arrays."""
        y_pred = jnp.asarray(y_pred, self.dtype)
        values = self.call(*aligned(_target(y_true, self.dtype), y_pred))
        if hasattr(values, "apply_function"):
            values = _evaluated(values, self.name)
        values = jnp.asarray(values, self.dtype)
        mask = _combined(mask, self.counted(y_true, values), values)
        return reduce(values, sample_weight, mask, valid, self.reduction)

    def of_batch(
        self,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        sample_weight: ArrayLike | None = None,
        mask: ArrayLike | None = None,
        valid: ArrayLike | None = None,
    ) -> jax.Array:
        """The reduced loss of a batch in a training step; arguments as in `__call__`.

        A subclass may override `__call__` with Keras's arguments, which have no mask:
        its sample weights then include the mask.
        """
        if not self._overrides_call():
            return self(y_true, y_pred, sample_weight, mask=mask, valid=valid)
        if mask is not None:
            factor = jnp.asarray(mask, self.dtype)
            if self.reduction in ("mean", "sum_over_batch_size"):
                factor = factor * (factor.size / jnp.maximum(factor.sum(), 1e-7))
            if sample_weight is not None:
                weight = jnp.asarray(sample_weight, self.dtype)
                rank = max(weight.ndim, factor.ndim)
                factor = _with_rank(factor, rank) * _with_rank(weight, rank)
            sample_weight = factor
        return self(y_true, y_pred, sample_weight=sample_weight)

    def _overrides_call(self) -> bool:
        """Whether a subclass computes the reduced loss itself."""
        return type(self).__call__ is not Loss.__call__

    def counted(self, y_true: jax.Array, values: jax.Array) -> jax.Array | None:
        """False for values that the mean excludes; None to include all."""
        return None

    def on_logits(self, activation: Activation | None) -> Loss | None:
        """The same loss on the inputs of `activation`, or None if there is none."""
        return None


def shape_of_values(loss: Loss, y_true: Any, y_pred: Any) -> tuple[int, ...]:
    """The shape of the unreduced values of `loss`, found without computing them.

    Args:
        loss: a Loss.
        y_true: targets, or any object with their shape and dtype.
        y_pred: outputs, or any object with their shape and dtype.
    """

    def values(y_true, y_pred):
        y_true, y_pred = _target(y_true, loss.dtype), y_pred.astype(loss.dtype)
        return jnp.asarray(loss.call(*aligned(y_true, y_pred)))

    return jax.eval_shape(values, y_true, y_pred).shape


def _evaluated(values: Any, name: str) -> Any:
    """The array of a symbolic loss, from the tensors of the model in this step.

    Raises:
        ValueError: it depends on tensors of which the step has no arrays.
    """
    known = graph_values.current()
    array = None if known is None else values.evaluated(known)
    if array is not None:
        return array
    raise ValueError(
        f"The loss {name!r} uses symbolic tensors of a model besides y_true and "
        f"y_pred. Write model.add_loss({name}(inputs, outputs)) with the symbolic "
        "tensors of the model, then model.compile(optimizer) without a loss, and "
        "model.fit(x)."
    )


def _target(y_true, dtype):
    """Cast targets to `dtype`, but keep integers, which 16-bit floats would round."""
    y_true = jnp.asarray(y_true)
    if jnp.issubdtype(y_true.dtype, jnp.integer):
        return y_true.astype(jnp.int32)
    return y_true.astype(dtype)


def _combined(mask, counted, values):
    """The conjunction of two masks, either of which may be None."""
    if mask is None or counted is None:
        return counted if mask is None else mask
    return _expanded(jnp.asarray(mask, bool), values) & counted


def reduce(
    values: jax.Array,
    sample_weight: ArrayLike | None = None,
    mask: ArrayLike | None = None,
    valid: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> jax.Array:
    """Weight and reduce values (batch, ...) as Keras does, excluding padding."""
    count = None
    if valid is not None and values.ndim:
        valid = _expanded(jnp.asarray(valid, values.dtype), values)
        count = jnp.sum(jnp.broadcast_to(valid, values.shape))
    weight = valid
    if sample_weight is not None:
        factor = _expanded(jnp.asarray(sample_weight, values.dtype), values)
        if not _broadcasts(factor.shape, values.shape):
            raise ValueError(
                f"sample_weight has the shape {jnp.shape(sample_weight)}, and the loss "
                f"gives values of the shape {values.shape}. Give one weight for each "
                "row, sample_weight=np.ones(len(y_true)), or for each value."
            )
        weight = factor if weight is None else weight * factor
    if mask is not None and values.ndim:
        mask = _expanded(jnp.asarray(mask, values.dtype), values)
        if reduction in ("mean", "sum_over_batch_size"):
            # The mean is over unmasked values only.
            unmasked = mask if valid is None else mask * valid
            num_unmasked = jnp.sum(jnp.broadcast_to(unmasked, values.shape))
            total = values.size if count is None else count
            mask = mask * (total / jnp.maximum(num_unmasked, 1e-7))
        weight = mask if weight is None else weight * mask
    if weight is not None:
        # Padding may hold infinity, and infinity * 0 is NaN.
        values = jnp.where(weight == 0, 0.0, values * weight)
    if reduction == "none":
        return values
    total = jnp.sum(values)
    if reduction == "sum":
        return total
    if reduction == "mean_with_sample_weight" and weight is not None:
        shape = jnp.broadcast_shapes(weight.shape, values.shape)
        return _divided(total, jnp.sum(jnp.broadcast_to(weight, shape)))
    return _divided(total, values.size if count is None else count)


def _divided(total, count):
    count = jnp.asarray(count, total.dtype)
    return jnp.where(count == 0, 0.0, total / jnp.where(count == 0, 1.0, count))


def _expanded(weight, values):
    """Add axes of size 1 to `weight`, or drop one, to broadcast with `values`."""
    if weight.ndim == values.ndim + 1 and weight.shape[-1] == 1:
        weight = weight[..., 0]
    return _with_rank(weight, values.ndim)


def _with_rank(array, rank):
    """Append axes of size 1."""
    return array.reshape(array.shape + (1,) * (rank - array.ndim))


def _broadcasts(shape, target_shape):
    """Whether an array of `shape` broadcasts to `target_shape`."""
    if len(shape) > len(target_shape):
        return False
    sizes = zip(reversed(shape), reversed(target_shape), strict=False)
    return all(n in (1, m) for n, m in sizes)


# Losses that depend on several rows of a batch together.
_ACROSS_ROWS = ("dice", "tversky", "circle")


class FunctionLoss(Loss):
    """A loss from a function `(y_true, y_pred, ...) -> (batch, ...)`.

    Args:
        fn: the function.
        reduction: as in Loss.
        name: name shown in messages; by default that of the function.
        options: further keyword arguments of `fn`.
    """

    takes_any_argument = True

    def __init__(
        self,
        fn: Callable[..., Any],
        reduction: Reduction | None = "sum_over_batch_size",
        name: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(name or function_name(fn), reduction)
        self.fn = fn
        self.options = options
        is_row_by_row = registry.name_of(fn) not in (None, *_ACROSS_ROWS)
        self.rows_independent = (
            is_row_by_row
            and options.get("axis", -1) != 0
            and not self._overrides_call()
        )

    def call(self, y_true: jax.Array, y_pred: jax.Array) -> jax.Array:
        """Call the function on aligned targets and outputs."""
        y_true, y_pred = aligned(y_true, y_pred)
        return self.fn(y_true, y_pred, **self.options)

    def on_logits(self, activation: Activation | None) -> Loss | None:
        """The same crossentropy computed from logits, or None."""
        if type(self).call is not FunctionLoss.call:
            return None
        if not self.options.get("from_logits") and suits(self.fn, activation):
            fused = FunctionLoss(
                self.fn,
                self.reduction,
                self.name,
                **{**self.options, "from_logits": True},
            )
            return fused
        return None


# (loss with a variant for logits, activation whose logits it takes)
_ON_LOGITS = (
    (classification.binary_crossentropy, activations.sigmoid),
    (classification.binary_focal_crossentropy, activations.sigmoid),
    (classification.categorical_crossentropy, activations.softmax),
    (classification.sparse_categorical_crossentropy, activations.softmax),
    (classification.categorical_focal_crossentropy, activations.softmax),
)


def suits(fn: Callable[..., Any], activation: Activation | None) -> bool:
    """Whether a loss function has a variant for the logits of `activation`.

    Functions are compared by identity, so that a custom function with the name of a
    built-in one is not mistaken for it.
    """
    return any(
        fn is loss_function and activation in (function, function.__name__)
        for loss_function, function in _ON_LOGITS
    )


class _Wrapper(Loss):
    """Base class of losses built on a function, with its arguments as attributes."""

    fn = None
    settings = ()
    _is_row_by_row = True

    @property
    def rows_independent(self) -> bool:
        """Whether each row's loss depends on that row only."""
        if not self._is_row_by_row or self._overrides_call():
            return False
        return getattr(self, "axis", -1) != 0

    def call(self, y_true: jax.Array, y_pred: jax.Array) -> jax.Array:
        """Call the function on aligned targets and outputs."""
        fn = type(self).fn
        y_true, y_pred = aligned(y_true, y_pred)
        return fn(y_true, y_pred, **{n: getattr(self, n) for n in self.settings})

    def on_logits(self, activation: Activation | None) -> Loss | None:
        """The same crossentropy computed from logits, or None."""
        cls = type(self)
        if cls.call is not _Wrapper.call or self._overrides_call():
            return None
        if not getattr(self, "from_logits", True) and suits(cls.fn, activation):
            config = {**self.get_config(), "from_logits": True}
            return type(self).from_config(config)
        return None
