"""Classification losses: crossentropies, hinges, focal losses."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp
from numpy.typing import ArrayLike

from nbkeras.core import settings
from nbkeras.losses.alignment import aligned, floating, of_one_shape
from nbkeras.losses.registry import register
from nbkeras.ops.kernels import eager_loops


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
        linear = jnp.maximum(y_pred, 0) - y_pred * y_true
        return linear + jnp.log1p(jnp.exp(-jnp.abs(y_pred)))
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
    """Binary crossentropy: negative log likelihood of 0/1 targets, mean over `axis`.

    Args: y_true (batch, ..., n) of 0 and 1; y_pred of the same shape, probabilities or
        logits.
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
    """Binary crossentropy that down-weights well-classified examples.

    Source: Lin et al., "Focal Loss for Dense Object Detection" (2017).
    """
    y_true, y_pred = of_one_shape("binary_focal_crossentropy", y_true, y_pred)
    y_true = _smoothed(y_true, label_smoothing, 2)
    p = jax.nn.sigmoid(y_pred) if from_logits else y_pred
    value = _binary_values(y_true, p, False)
    p_true = y_true * p + (1.0 - y_true) * (1.0 - p)
    value = jnp.power(1.0 - p_true, gamma) * value
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
    """Categorical crossentropy: negative log likelihood of one-hot targets.

    Args: y_true (batch, ..., classes) one-hot; y_pred of the same shape, probabilities
        (normalized to sum to 1) or logits.
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
    """Categorical crossentropy that down-weights well-classified examples."""
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
    """Sparse categorical crossentropy: negative log likelihood of integer labels.

    Args: y_true (batch, ...) integers; y_pred (batch, ..., classes).
        ignore_class: label whose positions have a loss of 0 and are not counted.
    Returns: (batch, ...), in nats; 0 for labels outside the range of classes.
    """
    y_pred = floating(y_pred)
    y_true = jnp.asarray(y_true)
    if y_true.ndim == y_pred.ndim and y_true.shape[axis] == 1:
        y_true = jnp.squeeze(y_true, axis)
    y_true = y_true.astype("int32")
    shape = y_pred.shape[:axis] + y_pred.shape[axis:][1:]
    if y_true.shape != shape:
        raise ValueError(
            f"sparse_categorical_crossentropy: y_true has shape {y_true.shape} and "
            f"y_pred {y_pred.shape}; each position needs one class number, y_true of "
            f"shape {shape}. For one-hot targets write categorical_crossentropy."
        )
    log_p = _log_probabilities(y_pred, from_logits, axis)
    one_hot = jax.nn.one_hot(y_true, y_pred.shape[axis], axis=axis, dtype=log_p.dtype)
    value = -jnp.sum(one_hot * log_p, axis=axis)
    if ignore_class is None:
        return value
    return jnp.where(not_ignored(y_true, value, ignore_class), value, 0.0)


def not_ignored(
    y_true: ArrayLike, values: ArrayLike, ignore_class: int | None
) -> jax.Array:
    """True where a target is not `ignore_class`; None if nothing is ignored."""
    if ignore_class is None:
        return None
    return (jnp.asarray(y_true) != ignore_class).reshape(values.shape)


@register("hinge")
def hinge(y_true: ArrayLike, y_pred: ArrayLike) -> jax.Array:
    """Hinge loss: mean of max(1 - y_true * y_pred, 0).

    Targets are -1 and 1, or 0 and 1.
    """
    y_true, y_pred = _float_pair(y_true, y_pred)
    return jnp.mean(jnp.maximum(1.0 - _signs(y_true) * y_pred, 0.0), axis=-1)


@register("squared_hinge")
def squared_hinge(y_true: ArrayLike, y_pred: ArrayLike) -> jax.Array:
    """Squared hinge loss: mean of max(1 - y_true * y_pred, 0) squared."""
    y_true, y_pred = _float_pair(y_true, y_pred)
    hinge_values = jnp.maximum(1.0 - _signs(y_true) * y_pred, 0.0)
    return jnp.mean(jnp.square(hinge_values), axis=-1)


def _signs(y_true):
    """Map targets of 0 and 1 to -1 and 1; leave other targets unchanged."""
    binary = jnp.all((y_true == 0) | (y_true == 1))
    return jnp.where(binary, 2.0 * y_true - 1.0, y_true)


@register("categorical_hinge")
def categorical_hinge(y_true: ArrayLike, y_pred: ArrayLike) -> jax.Array:
    """Categorical hinge: max(best wrong score - true score + 1, 0), one-hot targets."""
    y_true, y_pred = _float_pair(y_true, y_pred)
    true_score = jnp.sum(y_true * y_pred, axis=-1)
    wrong_score = jnp.max((1.0 - y_true) * y_pred, axis=-1)
    return jnp.maximum(wrong_score - true_score + 1.0, 0.0)


@register("categorical_generalized_cross_entropy")
def categorical_generalized_cross_entropy(
    y_true: ArrayLike, y_pred: ArrayLike, q: float = 0.5
) -> jax.Array:
    """Generalized crossentropy (1 - p^q) / q, robust to noisy labels.

    p is the probability of the true class.

    Args: y_true (batch,) class indices, or (batch, classes) one-hot; y_pred (batch,
        classes) probabilities; `q` between 0 and 1.
    Source: Zhang and Sabuncu, "Generalized Cross Entropy Loss" (2018).
    """
    y_true, y_pred = _float_pair(y_true, y_pred)
    if y_true.ndim == y_pred.ndim and y_true.shape[-1] == 1:
        y_true = y_true[..., 0]
    if y_true.ndim < y_pred.ndim:
        y_true = jax.nn.one_hot(y_true.astype("int32"), y_pred.shape[-1])
    p = jnp.sum(y_true * y_pred, axis=-1)
    # The gradient of p^q is infinite at 0 and would turn the weights into NaN.
    power = jnp.where(p > 0, jnp.power(jnp.where(p > 0, p, 1.0), q), 0.0)
    return (1.0 - power) / q


@register("dice")
def dice(
    y_true: ArrayLike, y_pred: ArrayLike, axis: int | Sequence[int] | None = None
) -> jax.Array:
    """Dice loss: 1 minus the Dice coefficient over `axis` (None: over all axes)."""
    y_true, y_pred = _float_pair(y_true, y_pred)
    overlap = jnp.sum(y_true * y_pred, axis=axis)
    total = jnp.sum(y_true, axis=axis) + jnp.sum(y_pred, axis=axis)
    return 1.0 - 2.0 * overlap / (total + settings.epsilon())


@register("tversky")
def tversky(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    alpha: float = 0.5,
    beta: float = 0.5,
    axis: int | Sequence[int] | None = None,
) -> jax.Array:
    """Tversky loss: 1 minus the Tversky index.

    `alpha` weights the false negatives and `beta` the false positives. The
    documentation of Keras has them the other way round; its results agree with these.
    """
    y_true, y_pred = _float_pair(y_true, y_pred)
    tp = jnp.sum(y_true * y_pred, axis=axis)
    fn = jnp.sum(y_true * (1.0 - y_pred), axis=axis)
    fp = jnp.sum((1.0 - y_true) * y_pred, axis=axis)
    return 1.0 - tp / (tp + alpha * fn + beta * fp + settings.epsilon())


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
        (by default those of the batch itself), except with itself.
    Returns: (batch,); 0 for a row without another one of the same label.
    Source: Sun et al., "Circle Loss" (2020).
    """
    y_pred = jnp.asarray(y_pred)
    others = y_pred if ref_embeddings is None else jnp.asarray(ref_embeddings)
    labels = jnp.asarray(y_true).astype("int32").reshape(-1, 1)
    other_labels = (
        labels if ref_labels is None else jnp.asarray(ref_labels).reshape(-1, 1)
    )
    same = labels == other_labels.T
    positive = same & ~jnp.eye(*same.shape, dtype=bool) if remove_diagonal else same
    distance = jnp.maximum(1.0 - y_pred @ others.T, 0.0)
    pull = -gamma * (margin + distance) * (margin - distance)
    push = gamma * jnp.maximum(1.0 + margin - distance, 0.0) * (1.0 - margin - distance)
    p = jax.nn.logsumexp(jnp.where(positive, pull, -jnp.inf), axis=1)
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
    logit_padding = jnp.zeros(y_pred.shape[:2], y_pred.dtype)
    label_padding = (y_true == 0).astype(y_pred.dtype)
    return eager_loops.run(optax.ctc_loss, y_pred, logit_padding, y_true, label_padding)
