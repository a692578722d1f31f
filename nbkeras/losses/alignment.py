"""Align the shapes of targets and outputs, so that nothing broadcasts by accident."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from numpy.typing import ArrayLike

from nbkeras.core import settings


def aligned(y_true: ArrayLike, y_pred: ArrayLike) -> tuple[jax.Array, jax.Array]:
    """Bring both to one rank where one has an additional axis of 1, as in Keras.

    (batch,) beside (batch, 1) becomes (batch, 1), so that a value stays one for each
    example; of more axes, the last axis of 1 is dropped.

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
    """Outputs as floating-point numbers, as integers would be rounded in formulas."""
    y_pred = jnp.asarray(y_pred)
    is_floating = jnp.issubdtype(y_pred.dtype, jnp.floating)
    return y_pred if is_floating else y_pred.astype(settings.floatx())


def of_one_shape(
    name: str, y_true: ArrayLike, y_pred: ArrayLike
) -> tuple[jax.Array, jax.Array]:
    """Aligned targets and outputs, the targets in the dtype of the outputs.

    Args:
        name: of the function that asks, for the message.
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
    """Aligned targets and outputs of a metric that looks at them one by one.

    Args:
        owner: the metric, for the message.
        y_true: targets.
        y_pred: outputs.
        one_hot: whether each output must have a target of its own; else one target
            for several outputs is spread over them.

    Raises:
        ValueError: the shapes do not go together, as where targets are class numbers.
    """
    y_true, y_pred = aligned(y_true, y_pred)
    shape, wanted = y_true.shape, y_pred.shape
    one_rank = len(shape) == len(wanted) and not one_hot
    if shape == wanted or (
        one_rank
        and all(1 in (n, m) or n == m for n, m in zip(shape, wanted, strict=True))
    ):
        return y_true, y_pred
    text = f"{owner}: y_true has the shape {shape} and y_pred {wanted}"
    if len(wanted) > 1 and shape in (wanted[:-1], (*wanted[:-1], 1)):
        own = f"metrics=['sparse_{owner}']" if owner in _SPARSE else ""
        raise ValueError(
            f"{text}: class numbers, where one target for each output is needed "
            f"(one-hot). Write y = to_categorical(y, {wanted[-1]}) and "
            f"loss='categorical_crossentropy'{own and f', or keep y and write {own}'}."
        )
    raise ValueError(
        f"{text}; one target for each output is needed. Give targets of the shape "
        f"{wanted}."
    )


# Metrics that have a twin for class numbers.
_SPARSE = (
    "categorical_accuracy",
    "top_k_categorical_accuracy",
    "categorical_crossentropy",
)


def _how_to_encode(name, shape, wanted):
    """Advice for class numbers: encode them, or use another loss."""
    numbers = shape in (wanted[:-1], (*wanted[:-1], 1))
    if "categorical" not in name or not numbers:
        return "."
    return (
        f", to_categorical(y_true, {wanted[-1]}); or, for class numbers, write "
        "sparse_categorical_crossentropy."
    )
