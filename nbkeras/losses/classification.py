"""Classification losses: crossentropies, hinges, focal losses."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp
from numpy.typing import ArrayLike

from nbkeras.core import settings
from nbkeras.losses.alignment import aligned, floating, of_one_shape
from nbkeras.losses.registry import register


def _float_pair(y_true, y_pred):
    y_true, y_pred = aligned(y_true, floating(y_pred))
    return y_true.astype(y_pred.dtype), y_pred


def _clipped(p):
    eps = settings.epsilon()
    return jnp.clip(p, eps, 1.0 - eps)


def _smoothed(y_true, smoothing, num_classes):
    if not smoothing:
        return y_true
    return y_true * (1.0 - smoothing) + smoothing / num_classes


def _binary_values(y_true, y_pred, from_logits):
    if from_logits:
        straight = jnp.maximum(y_pred, 0) - y_pred * y_true
        return straight + jnp.log1p(jnp.exp(-jnp.abs(y_pred)))
    p = _clipped(y_pred)
    return -(y_true * jnp.log(p) + (1.0 - y_true) * jnp.log(1.0 - p))


@register("binary_crossentropy", "bce", "BCE")
def binary_crossentropy(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> jax.Array:
    """Minus the log likelihood of yes-or-no targets, the mean over `axis`.

    Args: y_true (batch, ..., n) of 0 and 1; y_pred likewise, probabilities or logits.
    Returns: (batch, ...), in nats.
    """
    y_true, y_pred = of_one_shape("binary_crossentropy", y_true, y_pred)
    y_true = _smoothed(y_true, label_smoothing, 2)
    return jnp.mean(_binary_values(y_true, y_pred, from_logits), axis=axis)


@register("binary_focal_crossentropy")
def binary_focal_crossentropy(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    apply_class_balancing: bool = False,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> jax.Array:
    """Binary crossentropy with less weight on well-classified examples.

    Source: Lin et al., "Focal Loss for Dense Object Detection" (2017).
    """
    y_true, y_pred = of_one_shape("binary_focal_crossentropy", y_true, y_pred)
    y_true = _smoothed(y_true, label_smoothing, 2)
    p = jax.nn.sigmoid(y_pred) if from_logits else y_pred
    value = _binary_values(y_true, p, False)
    right = y_true * p + (1.0 - y_true) * (1.0 - p)
    value = jnp.power(1.0 - right, gamma) * value
    if apply_class_balancing:
        value = (y_true * alpha + (1.0 - y_true) * (1.0 - alpha)) * value
    return jnp.mean(value, axis=axis)


def _log_probabilities(y_pred, from_logits, axis):
    if from_logits:
        return jax.nn.log_softmax(y_pred, axis=axis)
    p = y_pred / jnp.sum(y_pred, axis=axis, keepdims=True)
    return jnp.log(_clipped(p))


@register("categorical_crossentropy", "cce")
def categorical_crossentropy(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> jax.Array:
    """Minus the log likelihood of one-hot targets.

    Args: y_true (batch, ..., classes) one-hot; y_pred likewise, probabilities (made
        to sum to 1) or logits.
    Returns: (batch, ...), in nats.
    """
    y_true, y_pred = of_one_shape("categorical_crossentropy", y_true, y_pred)
    y_true = _smoothed(y_true, label_smoothing, y_true.shape[-1])
    return -jnp.sum(y_true * _log_probabilities(y_pred, from_logits, axis), axis=axis)


@register("categorical_focal_crossentropy")
def categorical_focal_crossentropy(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    alpha: float | Sequence[float] = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> jax.Array:
    """Categorical crossentropy with less weight on well-classified examples."""
    y_true, y_pred = of_one_shape("categorical_focal_crossentropy", y_true, y_pred)
    y_true = _smoothed(y_true, label_smoothing, y_true.shape[-1])
    p = jax.nn.softmax(y_pred, axis=axis) if from_logits else y_pred
    p = _clipped(p / jnp.sum(p, axis=axis, keepdims=True))
    factor = jnp.power(1.0 - p, gamma) * jnp.asarray(alpha, p.dtype)
    return jnp.sum(factor * -y_true * jnp.log(p), axis=axis)


@register("sparse_categorical_crossentropy", "scce")
def sparse_categorical_crossentropy(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    from_logits: bool = False,
    ignore_class: int | None = None,
    axis: int = -1,
) -> jax.Array:
    """Minus the log likelihood of class numbers.

    Args: y_true (batch, ...) integers; y_pred (batch, ..., classes).
        ignore_class: a number whose places give 0 and do not count.
    Returns: (batch, ...), in nats; 0 for numbers that are no class.
    """
    y_pred = floating(y_pred)
    y_true = jnp.asarray(y_true)
    if y_true.ndim == y_pred.ndim and y_true.shape[axis] == 1:
        y_true = jnp.squeeze(y_true, axis)
    y_true = y_true.astype("int32")
    wanted = y_pred.shape[:axis] + y_pred.shape[axis:][1:]
    if y_true.shape != wanted:
        raise ValueError(
            f"sparse_categorical_crossentropy: y_true has shape {y_true.shape} and "
            f"y_pred {y_pred.shape}; each position needs one class number, y_true of "
            f"shape {wanted}. For one-hot targets write categorical_crossentropy."
        )
    logs = _log_probabilities(y_pred, from_logits, axis)
    one_hot = jax.nn.one_hot(y_true, y_pred.shape[axis], axis=axis, dtype=logs.dtype)
    value = -jnp.sum(one_hot * logs, axis=axis)
    if ignore_class is None:
        return value
    return jnp.where(kept(y_true, value, ignore_class), value, 0.0)


def kept(y_true: ArrayLike, values: ArrayLike, ignore_class: int | None) -> jax.Array:
    """True where a target is not `ignore_class`; None if nothing is ignored."""
    if ignore_class is None:
        return None
    return (jnp.asarray(y_true) != ignore_class).reshape(values.shape)


@register("hinge")
def hinge(y_true: ArrayLike, y_pred: ArrayLike) -> jax.Array:
    """Mean of max(1 - y_true * y_pred, 0); targets -1 and 1, 0 counts as -1."""
    y_true, y_pred = _float_pair(y_true, y_pred)
    return jnp.mean(jnp.maximum(1.0 - _signs(y_true) * y_pred, 0.0), axis=-1)


@register("squared_hinge")
def squared_hinge(y_true: ArrayLike, y_pred: ArrayLike) -> jax.Array:
    """Mean of the squared hinge."""
    y_true, y_pred = _float_pair(y_true, y_pred)
    short = jnp.maximum(1.0 - _signs(y_true) * y_pred, 0.0)
    return jnp.mean(jnp.square(short), axis=-1)


def _signs(y_true):
    """Targets of 0 and 1 as -1 and 1; others unchanged."""
    binary = jnp.all((y_true == 0) | (y_true == 1))
    return jnp.where(binary, 2.0 * y_true - 1.0, y_true)


@register("categorical_hinge")
def categorical_hinge(y_true: ArrayLike, y_pred: ArrayLike) -> jax.Array:
    """max(best wrong class - right class + 1, 0); one-hot targets."""
    y_true, y_pred = _float_pair(y_true, y_pred)
    right = jnp.sum(y_true * y_pred, axis=-1)
    wrong = jnp.max((1.0 - y_true) * y_pred, axis=-1)
    return jnp.maximum(wrong - right + 1.0, 0.0)


@register("categorical_generalized_cross_entropy")
def categorical_generalized_cross_entropy(
    y_true: ArrayLike, y_pred: ArrayLike, q: float = 0.5
) -> jax.Array:
    """(1 - p^q) / q for the probability p of the true class: robust to wrong labels.

    Args: y_true (batch,) class numbers, or (batch, classes) one-hot; y_pred (batch,
        classes) probabilities; `q` between 0 and 1.
    Source: Zhang and Sabuncu, "Generalized Cross Entropy Loss" (2018).
    """
    y_true, y_pred = _float_pair(y_true, y_pred)
    if y_true.ndim == y_pred.ndim and y_true.shape[-1] == 1:
        y_true = y_true[..., 0]
    if y_true.ndim < y_pred.ndim:
        y_true = jax.nn.one_hot(y_true.astype("int32"), y_pred.shape[-1])
    p = jnp.sum(y_true * y_pred, axis=-1)
    # The slope of p^q is infinite at 0: a step from there would end in NaN.
    power = jnp.where(p > 0, jnp.power(jnp.where(p > 0, p, 1.0), q), 0.0)
    return (1.0 - power) / q


@register("dice")
def dice(
    y_true: ArrayLike, y_pred: ArrayLike, axis: int | Sequence[int] | None = None
) -> jax.Array:
    """1 minus the Dice coefficient, over all of `axis` (None: over everything)."""
    y_true, y_pred = _float_pair(y_true, y_pred)
    both = jnp.sum(y_true * y_pred, axis=axis)
    either = jnp.sum(y_true, axis=axis) + jnp.sum(y_pred, axis=axis)
    return 1.0 - 2.0 * both / (either + settings.epsilon())


@register("tversky")
def tversky(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    alpha: float = 0.5,
    beta: float = 0.5,
    axis: int | Sequence[int] | None = None,
) -> jax.Array:
    """1 minus the Tversky index: `alpha` weights misses, `beta` false positives.

    Keras's documentation names the two the other way round; its numbers, and ours,
    are as said here.
    """
    y_true, y_pred = _float_pair(y_true, y_pred)
    both = jnp.sum(y_true * y_pred, axis=axis)
    missed = jnp.sum(y_true * (1.0 - y_pred), axis=axis)
    extra = jnp.sum((1.0 - y_true) * y_pred, axis=axis)
    eps = settings.epsilon()
    return 1.0 - both / (both + alpha * missed + beta * extra + eps)


@register("circle")
def circle(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    ref_labels: ArrayLike | None = None,
    ref_embeddings: ArrayLike | None = None,
    remove_diagonal: bool = True,
    gamma: float = 80.0,
    margin: float = 0.4,
) -> jax.Array:
    """Circle loss: pull embeddings of equal labels together, push others apart.

    Args: y_true (batch,) labels; y_pred (batch, n) embeddings of length 1, as from
        UnitNormalization. Each row is compared with all rows of `ref_embeddings`
        (those of the batch itself if not given), but not with itself.
    Returns: (batch,); 0 where a row has no other of its label.
    Source: Sun et al., "Circle Loss" (2020).
    """
    y_pred = jnp.asarray(y_pred)
    others = y_pred if ref_embeddings is None else jnp.asarray(ref_embeddings)
    labels = jnp.asarray(y_true).astype("int32").reshape(-1, 1)
    other_labels = (
        labels if ref_labels is None else jnp.asarray(ref_labels).reshape(-1, 1)
    )
    same = labels == other_labels.T
    alike = same & ~jnp.eye(*same.shape, dtype=bool) if remove_diagonal else same
    apart = jnp.maximum(1.0 - y_pred @ others.T, 0.0)
    pull = -gamma * (margin + apart) * (margin - apart)
    push = gamma * jnp.maximum(1.0 + margin - apart, 0.0) * (1.0 - margin - apart)
    p = jax.nn.logsumexp(jnp.where(alike, pull, -jnp.inf), axis=1)
    n = jax.nn.logsumexp(jnp.where(same, -jnp.inf, push), axis=1)
    return jax.nn.softplus(p + n)


@register("ctc")
def ctc(y_true: ArrayLike, y_pred: ArrayLike) -> jax.Array:
    """Connectionist temporal classification; class 0 is the blank.

    Args: y_true (batch, labels) integers, padded with 0; y_pred (batch, steps,
        classes) logits.
    Source: Graves et al. (2006), as in optax.
    """
    import optax

    y_true = jnp.asarray(y_true).astype("int32")
    y_pred = jnp.asarray(y_pred)
    steps = jnp.zeros(y_pred.shape[:2], y_pred.dtype)
    padding = (y_true == 0).astype(y_pred.dtype)
    return optax.ctc_loss(y_pred, steps, y_true, padding, blank_id=0)
