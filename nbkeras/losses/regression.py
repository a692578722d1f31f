"""Regression losses: one value per example, averaged over the last axis."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
from numpy.typing import ArrayLike

from nbkeras.core import check, settings
from nbkeras.losses.alignment import aligned, floating
from nbkeras.losses.registry import register


def _pair(y_true, y_pred):
    y_true, y_pred = aligned(y_true, floating(y_pred))
    y_true = y_true.astype(y_pred.dtype)
    last = {y_true.shape[-1:], y_pred.shape[-1:]}
    same_rank = y_true.ndim == y_pred.ndim > 1
    if same_rank and len(last) == 2 and (1,) in last:
        raise ValueError(
            f"The targets have shape {y_true.shape} and the outputs {y_pred.shape}: "
            "one of them would be broadcast along the last axis. Give both the same "
            "number of values, for example Dense(" + str(y_true.shape[-1]) + ")."
        )
    return y_true, y_pred


@register("mean_squared_error", "mse", "MSE")
def mean_squared_error(y_true: ArrayLike, y_pred: ArrayLike) -> jax.Array:
    """Mean squared error, in squared units of `y_true`.

    Args: y_true, y_pred (batch, ..., n) in the same units.
    Returns: (batch, ...).
    """
    y_true, y_pred = _pair(y_true, y_pred)
    return jnp.mean(jnp.square(y_true - y_pred), axis=-1)


@register("mean_absolute_error", "mae", "MAE")
def mean_absolute_error(y_true: ArrayLike, y_pred: ArrayLike) -> jax.Array:
    """Mean absolute error, in the units of `y_true`."""
    y_true, y_pred = _pair(y_true, y_pred)
    return jnp.mean(jnp.abs(y_true - y_pred), axis=-1)


@register("mean_absolute_percentage_error", "mape", "MAPE")
def mean_absolute_percentage_error(y_true: ArrayLike, y_pred: ArrayLike) -> jax.Array:
    """Mean absolute percentage error, in percent of `y_true`."""
    y_true, y_pred = _pair(y_true, y_pred)
    floor = jnp.maximum(jnp.abs(y_true), settings.epsilon())
    return 100.0 * jnp.mean(jnp.abs((y_true - y_pred) / floor), axis=-1)


@register("mean_squared_logarithmic_error", "msle", "MSLE")
def mean_squared_logarithmic_error(y_true: ArrayLike, y_pred: ArrayLike) -> jax.Array:
    """Mean squared error of log(1 + y); values below 0 count as 0."""
    y_true, y_pred = _pair(y_true, y_pred)
    eps = settings.epsilon()
    log_true, log_pred = (jnp.log(jnp.maximum(y, eps) + 1.0) for y in (y_true, y_pred))
    return jnp.mean(jnp.square(log_true - log_pred), axis=-1)


@register("huber", "huber_loss")
def huber(y_true: ArrayLike, y_pred: ArrayLike, delta: float = 1.0) -> jax.Array:
    """Huber loss: quadratic below `delta`, linear beyond.

    Source: Huber, "Robust Estimation of a Location Parameter" (1964).
    """
    y_true, y_pred = _pair(y_true, y_pred)
    error = jnp.abs(y_pred - y_true)
    quadratic = 0.5 * jnp.square(error)
    linear = delta * error - 0.5 * delta**2
    return jnp.mean(jnp.where(error <= delta, quadratic, linear), axis=-1)


@register("log_cosh", "logcosh")
def log_cosh(y_true: ArrayLike, y_pred: ArrayLike) -> jax.Array:
    """Mean of log(cosh(error)): quadratic for small errors, linear for large ones."""
    y_true, y_pred = _pair(y_true, y_pred)
    error = y_pred - y_true
    return jnp.mean(error + jax.nn.softplus(-2.0 * error) - math.log(2.0), axis=-1)


@register("pinball")
def pinball(y_true: ArrayLike, y_pred: ArrayLike, quantile: float = 0.5) -> jax.Array:
    """Pinball loss: the best constant prediction is a quantile of the targets.

    Args: y_true, y_pred (batch, ...) in the same units; `quantile` between 0 and 1.
    Returns: (batch,), in the units of `y_true`; zero only where they are equal.
    Source: Koenker and Bassett, "Regression Quantiles", Econometrica 46 (1978).
    """
    check.number("pinball", "quantile", quantile, 0, 1)
    y_true, y_pred = _pair(y_true, y_pred)
    error = y_true - y_pred
    cost = jnp.where(error > 0, quantile * error, (quantile - 1) * error)
    return cost.reshape(cost.shape[0], -1).mean(axis=1)


@register("cosine_similarity", "cosine_proximity", "cosine")
def cosine_similarity(
    y_true: ArrayLike, y_pred: ArrayLike, axis: int = -1
) -> jax.Array:
    """Negative cosine similarity: -1 for vectors of the same direction."""
    y_true, y_pred = aligned(y_true, floating(y_pred))
    y_true = y_true.astype(y_pred.dtype)
    return -jnp.sum(_unit(y_true, axis) * _unit(y_pred, axis), axis=axis)


def _unit(x, axis):
    square = jnp.sum(jnp.square(x), axis=axis, keepdims=True)
    return x * jax.lax.rsqrt(jnp.maximum(square, 1e-12))


@register("poisson")
def poisson(y_true: ArrayLike, y_pred: ArrayLike) -> jax.Array:
    """Poisson loss for counts: mean of `y_pred - y_true * log(y_pred)`."""
    y_true, y_pred = _pair(y_true, y_pred)
    return jnp.mean(y_pred - y_true * jnp.log(y_pred + settings.epsilon()), axis=-1)


@register("kl_divergence", "kld", "KLD", "kullback_leibler_divergence")
def kl_divergence(y_true: ArrayLike, y_pred: ArrayLike) -> jax.Array:
    """KL divergence: sum of `y_true * log(y_true / y_pred)` over the last axis."""
    y_true, y_pred = _pair(y_true, y_pred)
    y_true = jnp.clip(y_true, settings.epsilon(), 1.0)
    y_pred = jnp.clip(y_pred, settings.epsilon(), 1.0)
    return jnp.sum(y_true * jnp.log(y_true / y_pred), axis=-1)
