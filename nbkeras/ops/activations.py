"""All activations of Keras 3: functions of one array, looked up by name.

Gradients at kinks match Keras (for `relu` and its variants, 0 at 0).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.nn
import jax.numpy as jnp
from numpy.typing import ArrayLike

from nbkeras.core.annotations import CustomObjects, Identifier
from nbkeras.core.dispatch import symbolic_too
from nbkeras.core.serialization.configurable import to_config
from nbkeras.core.serialization.registry import Registry

registry = Registry("activation", "keras.activations")


def register(name: str | None = None, *aliases: Any):
    """Decorator that registers an activation and makes it accept symbolic tensors."""
    add = registry.register(name, *aliases)
    return lambda member: add(symbolic_too(member))


def get(identifier: Identifier | None) -> Any:
    """An activation from None (`linear`), a name, a function, a layer or a config."""
    return linear if identifier is None else registry.get(identifier)


def serialize(activation: Callable[..., Any]) -> Any:
    """The name of a function, or the config of an activation layer."""
    return registry.name_of(activation) or to_config(activation)


def deserialize(config: Any, custom_objects: CustomObjects | None = None) -> Any:
    """The activation of a config from `serialize`; `custom_objects` come first."""
    return linear if config is None else registry.get(config, custom_objects)


@register()
def linear(x: ArrayLike) -> jax.Array:
    """Return `x` unchanged."""
    return x


@register()
def relu(
    x: ArrayLike,
    negative_slope: float = 0.0,
    max_value: float | None = None,
    threshold: float = 0.0,
) -> jax.Array:
    """ReLU: `x` above `threshold`, else `negative_slope * (x - threshold)`.

    Args:
        x: any array.
        negative_slope: slope below the threshold.
        max_value: largest value let through; None for no limit.
        threshold: values less than or equal to this use `negative_slope`.

    Source: Nair and Hinton, "Rectified linear units", ICML (2010).
    """
    if threshold == 0 and max_value is None:
        return leaky_relu(x, negative_slope) if negative_slope else _relu(x)
    if threshold == 0 and max_value == 6:
        positive = jax.nn.relu6(x)
    else:
        positive = jax.nn.relu(x) if threshold == 0 else jnp.where(x > threshold, x, 0)
        positive = positive if max_value is None else jnp.clip(positive, 0, max_value)
    if negative_slope:
        return positive - negative_slope * jax.nn.relu(threshold - x)
    return positive


@jax.custom_jvp
def _relu(x):
    return jnp.maximum(x, 0)


@_relu.defjvp
def _relu_jvp(primals, tangents):
    """The derivative from the output, which the next layer needs as well.

    JAX takes it from the input, so that both arrays are kept for the backward pass.
    """
    (x,), (tangent,) = primals, tangents
    y = _relu(x)
    return y, jnp.where(y > 0, tangent, jnp.zeros((), tangent.dtype))


@register()
def relu6(x: ArrayLike) -> jax.Array:
    """ReLU with a maximum of 6. Source: Krizhevsky, CIFAR-10 report (2010)."""
    return jax.nn.relu6(x)


@register()
def leaky_relu(x: ArrayLike, negative_slope: float = 0.2) -> jax.Array:
    """`x` above zero, `negative_slope * x` below (the *layer* LeakyReLU uses 0.3).

    Source: Maas, Hannun, Ng, "Rectifier nonlinearities", ICML (2013).
    """
    return jax.nn.leaky_relu(x, negative_slope)


@register()
def elu(x: ArrayLike, alpha: float = 1.0) -> jax.Array:
    """`x` above zero, `alpha * (exp(x) - 1)` below.

    Source: Clevert, Unterthiner, Hochreiter, ICLR (2016).
    """
    return jax.nn.elu(x, alpha)


@register()
def celu(x: ArrayLike, alpha: float = 1.0) -> jax.Array:
    """`x` above zero, `alpha * (exp(x / alpha) - 1)` below: smooth for every alpha.

    Source: Barron, arXiv:1704.07483 (2017).
    """
    return jax.nn.celu(x, alpha)


@register()
def selu(x: ArrayLike) -> jax.Array:
    """Scaled `elu` that preserves mean 0 and variance 1 through deep dense networks.

    Source: Klambauer et al., "Self-normalizing neural networks", NeurIPS (2017).
    """
    return jax.nn.selu(x)


@register()
def gelu(x: ArrayLike, approximate: bool = False) -> jax.Array:
    """`x` times the normal distribution function at `x`; `approximate` uses tanh.

    Source: Hendrycks and Gimpel, arXiv:1606.08415 (2016).
    """
    return jax.nn.gelu(x, approximate)


@register("silu", "swish")
def silu(x: ArrayLike) -> jax.Array:
    """`x * sigmoid(x)`. Source: Ramachandran et al., arXiv:1710.05941 (2017)."""
    return jax.nn.silu(x)


swish = silu


@register("hard_silu", "hard_swish")
def hard_silu(x: ArrayLike) -> jax.Array:
    """`x * hard_sigmoid(x)`. Source: Howard et al., MobileNetV3, ICCV (2019)."""
    return jax.nn.hard_silu(x)


hard_swish = hard_silu


@register()
def mish(x: ArrayLike) -> jax.Array:
    """`x * tanh(softplus(x))`. Source: Misra, BMVC (2020)."""
    return x * jnp.tanh(jax.nn.softplus(x))


@register()
def glu(x: ArrayLike, axis: int = -1) -> jax.Array:
    """Gated linear unit: `a * sigmoid(b)` for the two halves a, b of `axis`.

    Source: Dauphin et al., "Gated convolutional networks", ICML (2017).
    """
    return jax.nn.glu(x, axis)


@register()
def sigmoid(x: ArrayLike) -> jax.Array:
    """`1 / (1 + exp(-x))`: maps any number to a probability."""
    return jax.nn.sigmoid(x)


@register()
def hard_sigmoid(x: ArrayLike) -> jax.Array:
    """Piecewise linear sigmoid: 0 up to -3, 1 from 3, `x / 6 + 0.5` between."""
    return jax.nn.hard_sigmoid(x)


@register()
def hard_sigmoid_keras2(x: ArrayLike) -> jax.Array:
    """The hard sigmoid of Keras 1 and 2: `0.2 x + 0.5` between -2.5 and 2.5.

    Models saved by those versions use it; Keras 3 has no such name.
    """
    return jnp.clip(0.2 * jnp.asarray(x) + 0.5, 0.0, 1.0)


@register()
def log_sigmoid(x: ArrayLike) -> jax.Array:
    """Logarithm of the sigmoid, exact where the sigmoid rounds to 0."""
    return jax.nn.log_sigmoid(x)


@register()
def sparse_sigmoid(x: ArrayLike) -> jax.Array:
    """0 up to -1, 1 from 1, `(x + 1) / 2` between."""
    return jax.nn.sparse_sigmoid(x)


@register()
def tanh(x: ArrayLike) -> jax.Array:
    """Hyperbolic tangent: maps any number to the range from -1 to 1."""
    return jnp.tanh(x)


@register()
def hard_tanh(x: ArrayLike) -> jax.Array:
    """`x` clipped to the range from -1 to 1."""
    return jax.nn.hard_tanh(x)


@register()
def tanh_shrink(x: ArrayLike) -> jax.Array:
    """`x - tanh(x)`, close to zero around zero."""
    return x - jnp.tanh(x)


@register()
def hard_shrink(x: ArrayLike, threshold: float = 0.5) -> jax.Array:
    """`x`, or 0 where `abs(x)` is at most `threshold`."""
    return jnp.where(jnp.abs(x) > threshold, x, 0.0)


@register()
def soft_shrink(x: ArrayLike, threshold: float = 0.5) -> jax.Array:
    """`x` moved towards zero by `threshold`, or 0 where `abs(x)` is at most that."""
    above, below = x > threshold, x < -threshold
    return jnp.where(above, x - threshold, jnp.where(below, x + threshold, 0.0))


@register()
def threshold(x: ArrayLike, threshold: float, default_value: float) -> jax.Array:
    """`x` where it is above `threshold`, else `default_value`."""
    return jnp.where(x > threshold, x, default_value)


@register()
def softplus(x: ArrayLike) -> jax.Array:
    """`log(1 + exp(x))`, a smooth `relu`. Source: Glorot et al., AISTATS (2011)."""
    return jax.nn.softplus(x)


@register()
def squareplus(x: ArrayLike, b: float = 4) -> jax.Array:
    """`(x + sqrt(x^2 + b)) / 2`, a `softplus` without exponentials.

    Source: Barron, arXiv:2112.11687 (2021).
    """
    return jax.nn.squareplus(x, b)


@register()
def sparse_plus(x: ArrayLike) -> jax.Array:
    """0 up to -1, `x` from 1, `(x + 1)^2 / 4` between."""
    return jax.nn.sparse_plus(x)


@register()
def softsign(x: ArrayLike) -> jax.Array:
    """`x / (1 + |x|)`. Source: Turian et al., NAACL (2009)."""
    return jax.nn.soft_sign(x)


@register()
def exponential(x: ArrayLike) -> jax.Array:
    """`exp(x)`."""
    return jnp.exp(x)


@register()
def softmax(x: ArrayLike, axis: int = -1) -> jax.Array:
    """Softmax: positive values that sum to 1 along `axis` (one axis or several).

    Source: Bridle, "Probabilistic interpretation of feedforward networks" (1990).
    """
    return jax.nn.softmax(x, axis)


@register()
def log_softmax(x: ArrayLike, axis: int = -1) -> jax.Array:
    """Logarithm of the softmax, exact where the softmax rounds to 0."""
    return jax.nn.log_softmax(x, axis)


@register()
def sparsemax(x: ArrayLike, axis: int = -1) -> jax.Array:
    """Project onto the probability simplex: like softmax, but with exact zeros.

    Source: Martins and Astudillo, "From softmax to sparsemax", ICML (2016).
    """
    x = jnp.moveaxis(jnp.asarray(x), axis, -1)
    ordered = jnp.sort(x, axis=-1)[..., ::-1]
    sums = jnp.cumsum(ordered, axis=-1)
    count = jnp.arange(1, x.shape[-1] + 1)
    support = ordered * count > sums - 1
    size = jnp.sum(support, axis=-1, keepdims=True)
    total = jnp.sum(jnp.where(support, ordered, 0.0), axis=-1, keepdims=True)
    return jnp.moveaxis(jnp.maximum(x - (total - 1) / size, 0.0), -1, axis)
