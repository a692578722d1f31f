"""Loss: reduction, masks, sample weights and padding, once for all losses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from numpy.typing import ArrayLike

from nbkeras.core import check, dtypes
from nbkeras.core.annotations import DTypeLike, Reduction
from nbkeras.core.configurable import Configurable
from nbkeras.core.gradients.recording import recorded
from nbkeras.core.names.naming import function_name
from nbkeras.losses import classification
from nbkeras.losses.alignment import aligned
from nbkeras.losses.registry import registry
from nbkeras.ops import activations

# An activation function, or the name of one of the library's.
Activation = Callable[..., Any] | str

REDUCTIONS = ("sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none")


class Loss(Configurable):
    """Base class of losses. Subclasses write `call(y_true, y_pred)` -> (batch, ...).

    Args:
        name: shown in messages.
        reduction: "sum_over_batch_size" (or "mean"): sum(weight * value) / number of
            values; "sum"; "mean_with_sample_weight": divided by the sum of weights;
            "none" or None: no reduction.
        dtype: of the computation and of the result, a dtype or a policy; floatx if
            not given. Targets and outputs are cast to it.

    Targets of shape (batch,) and outputs of (batch, 1) are made to agree before
    `call` sees them.

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
        self.dtype = dtypes.compute_dtype(dtype)

    def call(self, y_true: jax.Array, y_pred: jax.Array) -> jax.Array:
        """The loss of each example, (batch, ...)."""
        raise TypeError(
            f"{type(self).__name__} has no `call`. Write "
            "`def call(self, y_true, y_pred): return ...`, one value for each example."
        )

    @recorded
    def __call__(
        self,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        sample_weight: ArrayLike | None = None,
        mask: ArrayLike | None = None,
        valid: ArrayLike | None = None,
    ) -> jax.Array:
        """The reduced loss.

        Args:
            y_true: targets, (batch, ...).
            y_pred: outputs, (batch, ...).
            sample_weight: factor of each value, (batch,) or (batch, ...).
            mask: false for values that do not count.
            valid: (batch,), 0 for rows that are only padding.
        """
        y_pred = jnp.asarray(y_pred, self.dtype)
        values = self.call(*aligned(_target(y_true, self.dtype), y_pred))
        values = jnp.asarray(values, self.dtype)
        mask = _both(mask, self.counted(y_true, values), values)
        return reduce(values, sample_weight, mask, valid, self.reduction)

    def counted(self, y_true: jax.Array, values: jax.Array) -> jax.Array | None:
        """False for values that the mean excludes; None if all count."""
        return None

    def on_logits(self, activation: Activation | None) -> Loss | None:
        """The same loss on the inputs of `activation`, or None if there is none."""
        return None


def shape_of_values(loss: Loss, y_true: Any, y_pred: Any) -> tuple[int, ...]:
    """The shape of what `loss` gives before it is reduced; nothing is computed.

    Args:
        loss: one of the library's.
        y_true: targets, or anything with their shape and dtype.
        y_pred: outputs, likewise.
    """

    def values(y_true, y_pred):
        y_true, y_pred = _target(y_true, loss.dtype), y_pred.astype(loss.dtype)
        return jnp.asarray(loss.call(*aligned(y_true, y_pred)))

    return jax.eval_shape(values, y_true, y_pred).shape


def _target(y_true, dtype):
    """Targets in `dtype`; class numbers stay integers, which 16 bits would round."""
    y_true = jnp.asarray(y_true)
    if jnp.issubdtype(y_true.dtype, jnp.integer):
        return y_true.astype(jnp.int32)
    return y_true.astype(dtype)


def _both(mask, counted, values):
    """Where both masks are true; either may be None."""
    if mask is None or counted is None:
        return counted if mask is None else mask
    return _grown(jnp.asarray(mask, bool), values) & counted


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
        valid = _grown(jnp.asarray(valid, values.dtype), values)
        count = jnp.sum(jnp.broadcast_to(valid, values.shape))
    weight = valid
    if sample_weight is not None:
        factor = _grown(jnp.asarray(sample_weight, values.dtype), values)
        if not _broadcasts(factor.shape, values.shape):
            raise ValueError(
                f"sample_weight has the shape {jnp.shape(sample_weight)}, and the loss "
                f"gives values of the shape {values.shape}. Give one weight for each "
                "row, sample_weight=np.ones(len(y_true)), or for each value."
            )
        weight = factor if weight is None else weight * factor
    if mask is not None and values.ndim:
        mask = _grown(jnp.asarray(mask, values.dtype), values)
        if reduction in ("mean", "sum_over_batch_size"):
            # The mean is over unmasked values only.
            real = mask if valid is None else mask * valid
            left = jnp.sum(jnp.broadcast_to(real, values.shape))
            total = values.size if count is None else count
            mask = mask * (total / jnp.maximum(left, 1e-7))
        weight = mask if weight is None else weight * mask
    if weight is not None:
        # Padding may contain infinity, which becomes NaN times 0.
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


def _grown(weight, values):
    """`weight` with axes of 1 added, or one dropped, to broadcast with `values`."""
    if weight.ndim == values.ndim + 1 and weight.shape[-1] == 1:
        weight = weight[..., 0]
    return weight.reshape(weight.shape + (1,) * (values.ndim - weight.ndim))


def _broadcasts(shape, wanted):
    """Whether an array of `shape` can be spread to `wanted`."""
    if len(shape) > len(wanted):
        return False
    lengths = zip(reversed(shape), reversed(wanted), strict=False)
    return all(n in (1, m) for n, m in lengths)


_ACROSS_ROWS = ("dice", "tversky", "circle")


class FunctionLoss(Loss):
    """A loss from a function `(y_true, y_pred, ...) -> (batch, ...)`.

    Args:
        fn: the function.
        reduction: as in Loss.
        name: the function's own if not given.
        options: further keywords of `fn`.
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
        self.rows_independent = is_row_by_row and options.get("axis", -1) != 0

    def call(self, y_true: jax.Array, y_pred: jax.Array) -> jax.Array:
        """The result of the function on aligned arguments."""
        y_true, y_pred = aligned(y_true, y_pred)
        return self.fn(y_true, y_pred, **self.options)

    def on_logits(self, activation: Activation | None) -> Loss | None:
        """The same crossentropy from logits."""
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


# Losses with a variant for logits, and the activation of those logits.
_ON_LOGITS = (
    (classification.binary_crossentropy, activations.sigmoid),
    (classification.binary_focal_crossentropy, activations.sigmoid),
    (classification.categorical_crossentropy, activations.softmax),
    (classification.sparse_categorical_crossentropy, activations.softmax),
    (classification.categorical_focal_crossentropy, activations.softmax),
)


def suits(fn: Callable[..., Any], activation: Activation | None) -> bool:
    """Whether a loss function has a variant for the logits of `activation`.

    Both are known by what they are: a function of the user's own is never taken for
    the library's because it has the same name.
    """
    return any(
        fn is loss_function and (activation is before or activation == before.__name__)
        for loss_function, before in _ON_LOGITS
    )


class _Wrapper(Loss):
    """Base class of losses created from a function, with the function's arguments."""

    fn = None
    settings = ()
    alone = True

    @property
    def rows_independent(self) -> bool:
        """Whether each row's loss depends on that row only."""
        return self.alone and getattr(self, "axis", -1) != 0

    def call(self, y_true: jax.Array, y_pred: jax.Array) -> jax.Array:
        """The function on aligned arguments."""
        fn = type(self).fn
        y_true, y_pred = aligned(y_true, y_pred)
        return fn(y_true, y_pred, **{n: getattr(self, n) for n in self.settings})

    def on_logits(self, activation: Activation | None) -> Loss | None:
        """The same crossentropy from logits."""
        cls = type(self)
        if cls.call is not _Wrapper.call or cls.__call__ is not Loss.__call__:
            return None
        if not getattr(self, "from_logits", True) and suits(cls.fn, activation):
            config = {**self.get_config(), "from_logits": True}
            return type(self).from_config(config)
        return None
