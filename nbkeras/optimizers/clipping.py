"""Gradient clipping by value, norm and global norm."""

import jax.numpy as jnp


def clip(settings, grads):
    """Clip the gradients {path: array} by the settings of an Optimizer."""
    if settings.clipnorm is not None:
        return {p: _to_norm(g, settings.clipnorm) for p, g in grads.items()}
    if settings.global_clipnorm is not None:
        return _to_global_norm(grads, settings.global_clipnorm)
    if settings.clipvalue is not None:
        bound = settings.clipvalue
        return {p: jnp.clip(g, -bound, bound) for p, g in grads.items()}
    return grads


def _to_norm(g, bound):
    norm = jnp.sqrt(jnp.sum(jnp.square(g)))
    return jnp.where(norm > bound, g * (bound / jnp.maximum(norm, 1e-30)), g)


def _to_global_norm(grads, bound):
    norm = jnp.sqrt(sum(jnp.sum(jnp.square(g)) for g in grads.values()))
    factor = jnp.where(norm > bound, bound / jnp.maximum(norm, 1e-30), 1.0)
    return {p: g * factor.astype(g.dtype) for p, g in grads.items()}
