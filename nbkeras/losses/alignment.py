"""Align the shapes of targets and outputs, so that nothing broadcasts by accident."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from numpy.typing import ArrayLike

from nbkeras.core import settings


def aligned(y_true: ArrayLike, y_pred: ArrayLike) -> tuple[jax.Array, jax.Array]:
    """Give both the same rank if one has an extra last axis of size 1, as in Keras.

    (batch,) is expanded to (batch, 1), so that there is still one value per example;
    with more axes, the last axis of size 1 is dropped.

    >>> y_true, y_pred = aligned([1.0, 2.0], [[1.0], [2.0]])
    >>> y_true.shape
    (2, 1)
    """
    y_true, y_pred = jnp.asarray(y_true), jnp.asarray(y_pred)
    if y_true.ndim == y_pred.ndim + 1 and y_true.shape[-1] == 1:
        return (
            (y_true, y_pred[:, None]) if y_pred.ndim == 1 else (y_true[..., 0], y_pred)
        )
    if y_pred.ndim == y_true.ndim + 1 and y_pred.shape[-1] == 1:
        return (
            (y_true[:, None], y_pred) if y_true.ndim == 1 else (y_true, y_pred[..., 0])
        )
    return y_true, y_pred


def floating(y_pred: ArrayLike) -> jax.Array:
    """Convert integer outputs to floatx, since formulas would round integers."""
    y_pred = jnp.asarray(y_pred)
    is_floating = jnp.issubdtype(y_pred.dtype, jnp.floating)
    return y_pred if is_floating else y_pred.astype(settings.floatx())


def of_one_shape(
    name: str, y_true: ArrayLike, y_pred: ArrayLike
) -> tuple[jax.Array, jax.Array]:
    """Align targets and outputs, and cast the targets to the dtype of the outputs.

    Args:
        name: name of the calling function, for the message.
        y_true: targets.
        y_pred: outputs.

    Raises:
        ValueError: their shapes differ.
    """
    y_true, y_pred = aligned(y_true, floating(y_pred))
    if y_true.shape != y_pred.shape:
        raise ValueError(
            f"{name}: y_true has shape {y_true.shape} and y_pred {y_pred.shape}; they "
            "must have the same shape. Give one target for each output"
            + _how_to_encode(name, y_true.shape, y_pred.shape)
        )
    return y_true.astype(y_pred.dtype), y_pred


def comparable(
    owner: str, y_true: ArrayLike, y_pred: ArrayLike, one_hot: bool = False
) -> tuple[jax.Array, jax.Array]:
    """Align targets and outputs of a metric that compares them elementwise.

    Args:
        owner: name of the metric, for the message.
        y_true: targets.
        y_pred: outputs.
        one_hot: whether each output needs its own target; otherwise axes of size 1
            are broadcast.

    Raises:
        ValueError: incompatible shapes, for example when the targets are class indices.
    """
    y_true, y_pred = aligned(y_true, y_pred)
    shape, pred_shape = y_true.shape, y_pred.shape
    may_broadcast = len(shape) == len(pred_shape) and not one_hot
    if shape == pred_shape or (
        may_broadcast
        and all(1 in (n, m) or n == m for n, m in zip(shape, pred_shape, strict=True))
    ):
        return y_true, y_pred
    text = f"{owner}: y_true has the shape {shape} and y_pred {pred_shape}"
    if len(pred_shape) > 1 and shape in (pred_shape[:-1], (*pred_shape[:-1], 1)):
        own = f"metrics=['sparse_{owner}']" if owner in _SPARSE else ""
        raise ValueError(
            f"{text}: class numbers, where one target for each output is needed "
            f"(one-hot). Write y = to_categorical(y, {pred_shape[-1]}) and "
            f"loss='categorical_crossentropy'{own and f', or keep y and write {own}'}."
        )
    raise ValueError(
        f"{text}; one target for each output is needed. Give targets of the shape "
        f"{pred_shape}."
    )


# Metrics with a sparse variant for class indices.
_SPARSE = (
    "categorical_accuracy",
    "top_k_categorical_accuracy",
    "categorical_crossentropy",
)


def _how_to_encode(name, shape, pred_shape):
    """Advice for targets that are class indices: encode them, or use another loss."""
    are_indices = shape in (pred_shape[:-1], (*pred_shape[:-1], 1))
    if "categorical" not in name or not are_indices:
        return "."
    return (
        f", to_categorical(y_true, {pred_shape[-1]}); or, for class numbers, write "
        "sparse_categorical_crossentropy."
    )
