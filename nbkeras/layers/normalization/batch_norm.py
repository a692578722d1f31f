"""Batch normalisation, with and without renormalisation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Unpack

import jax
import jax.numpy as jnp

from nbkeras.core import check, settings
from nbkeras.core.annotations import DTypeLike, Identifier, Shape
from nbkeras.core.names.display_name import quoted
from nbkeras.layers.engine.errors import mistake, of_axis
from nbkeras.layers.engine.input_spec import InputSpec
from nbkeras.layers.engine.layer import Layer, LayerArguments
from nbkeras.layers.engine.registry import register
from nbkeras.ops import constraints, initializers, regularizers, statistics


@register("BatchNormalization")
class BatchNormalization(Layer):
    """Normalise each channel to mean 0 and variance 1 over the batch, scale and shift.

    In training, the mean and (biased) variance of the batch are used, and the moving
    statistics are updated. Otherwise, and always with `trainable=False`, the moving
    statistics are used. Padding rows and masked steps do not count.

    Args:
        axis: the channel axis.
        momentum: decay factor of the moving statistics per step.
        epsilon: added to the variance.
        center: whether to add beta.
        scale: whether to multiply by gamma.
        beta_initializer: initializer of beta.
        gamma_initializer: initializer of gamma.
        moving_mean_initializer: initializer of the moving mean.
        moving_variance_initializer: initializer of the moving variance.
        beta_regularizer: penalty on beta.
        gamma_regularizer: penalty on gamma.
        beta_constraint: constraint on beta, applied after each step.
        gamma_constraint: constraint on gamma, applied after each step.
        renorm: whether to use batch renormalisation (Ioffe 2017).
        renorm_clipping: limits {"rmin", "rmax", "dmax"} of the renormalisation.
        renorm_momentum: `momentum` of the statistics of the renormalisation.
        synchronized: accepted; statistics always cover the whole batch.
        **base: arguments of `Layer`.

    Shapes:
        gamma, beta, moving_mean, moving_variance: (channels,).

    Source: Ioffe and Szegedy, "Batch normalization", ICML (2015).
    """

    rows_independent = row_by_row_at_rest = True
    supports_masking = True

    def __init__(
        self,
        axis: int = -1,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Identifier = "zeros",
        gamma_initializer: Identifier = "ones",
        moving_mean_initializer: Identifier = "zeros",
        moving_variance_initializer: Identifier = "ones",
        beta_regularizer: Identifier | None = None,
        gamma_regularizer: Identifier | None = None,
        beta_constraint: Identifier | None = None,
        gamma_constraint: Identifier | None = None,
        renorm: bool = False,
        renorm_clipping: Mapping[str, float] | None = None,
        renorm_momentum: float = 0.99,
        synchronized: bool = False,
        **base: Unpack[LayerArguments],
    ) -> None:
        super().__init__(**base)
        owner = "BatchNormalization"
        self.axis = checked_axis(owner, axis)
        self.momentum = check.number(owner, "momentum", momentum, 0, 1, example=0.99)
        self.epsilon = check.number(owner, "epsilon", epsilon, 0, example=1e-3)
        self.center, self.scale = center, scale
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)
        self.beta_regularizer = regularizers.get(beta_regularizer)
        self.gamma_regularizer = regularizers.get(gamma_regularizer)
        self.beta_constraint = constraints.get(beta_constraint)
        self.gamma_constraint = constraints.get(gamma_constraint)
        self.renorm = bool(renorm)
        clipping = {} if renorm and renorm_clipping is None else renorm_clipping
        self.renorm_clipping = _checked_clipping(clipping)
        self.renorm_momentum = check.number(
            owner, "renorm_momentum", renorm_momentum, 0, 1, example=0.99
        )
        self.synchronized = synchronized
        self.gamma = self.beta = self.moving_mean = self.moving_variance = None

    def build(self, input_shape: Shape) -> None:
        """Declare gamma, beta and the moving statistics for the channel axis."""
        size = channels(self, input_shape, self.axis)
        shape = (size,)
        add_scale_and_shift(self, shape)
        mean, variance = self.moving_mean_initializer, self.moving_variance_initializer
        self.moving_mean = self._state("moving_mean", shape, mean)
        self.moving_variance = self._state("moving_variance", shape, variance)
        if self.renorm:
            root = _SquareRoot(variance)
            self.moving_stddev = self._state("moving_stddev", shape, root)
            self.renorm_mean = self._state("renorm_mean", shape, mean)
            self.renorm_stddev = self._state("renorm_stddev", shape, root)
        self.input_spec = InputSpec(ndim=len(input_shape), axes={self.axis: size})

    def call(
        self, x: jax.Array, training: bool = False, mask: jax.Array | None = None
    ) -> jax.Array:
        """The normalised `x`; in training, update the moving statistics."""
        x = statistics.at_least_float32(x)
        gamma, beta = self.gamma, self.beta
        mean, variance = self.moving_mean, self.moving_variance
        if training and self.trainable:
            mean, variance = self._moments(x, mask)
            if self.renorm:
                gamma, beta = self._renormalised(mean, variance)
                self._update_renorm_statistics(mean, variance)
            else:
                self.moving_mean = _moving_average(
                    self.moving_mean, mean, self.momentum
                )
                self.moving_variance = _moving_average(
                    self.moving_variance, variance, self.momentum
                )
            if self._is_last(x):
                return statistics.normalise_channels(
                    x, mean, variance, gamma, beta, epsilon=self.epsilon
                ).astype(self.compute_dtype)
        broadcast = [
            None if v is None else statistics.along(v, [self.axis], x.ndim)
            for v in (mean, variance, gamma, beta)
        ]
        return statistics.normalise(x, *broadcast, epsilon=self.epsilon).astype(
            self.compute_dtype
        )

    def _state(self, name, shape, initializer):
        return self.add_weight(
            name, shape, initializer, trainable=False, autocast=False
        )

    def _moments(self, x, mask):
        axes = tuple(i for i in range(x.ndim) if i != self.axis % x.ndim)
        rows = self.row_weights
        if mask is None and self._is_last(x):
            counted = None if rows is None else (rows > 0).astype(x.dtype)
            return statistics.channel_moments(x, counted)
        if mask is None and rows is None:
            mean, variance = statistics.moments(x, axes)
        else:
            is_counted, epsilon = True, 0.0
            if mask is not None:
                self._check_mask(mask, x)
                # Keras's masked mean divides by the number of positions plus epsilon.
                is_counted, epsilon = (mask != 0)[..., None], settings.epsilon()
            if rows is not None:
                is_counted &= (rows > 0).reshape(-1, *(1,) * (x.ndim - 1))
            mean, variance = statistics.counted_moments(x, is_counted, axes, epsilon)
        return mean.reshape(-1), variance.reshape(-1)

    def _is_last(self, x):
        return self.axis % x.ndim == x.ndim - 1

    def _check_mask(self, mask, x):
        if mask.ndim != x.ndim - 1:
            raise ValueError(
                f"BatchNormalization {quoted(self.name)}: the mask has shape "
                f"{mask.shape}, the input {x.shape}. Give a mask of shape "
                f"{x.shape[:-1]}."
            )

    def _renormalised(self, mean, variance):
        """Gamma and beta that correct from the batch's to the moving statistics."""
        clip = self.renorm_clipping or {}
        stddev = jnp.sqrt(variance + self.epsilon)
        moving_stddev = jnp.maximum(self.renorm_stddev, jnp.sqrt(self.epsilon))
        r, d = stddev / moving_stddev, (mean - self.renorm_mean) / moving_stddev
        r = jnp.clip(r, clip.get("rmin"), clip.get("rmax"))
        if clip.get("dmax") is not None:
            d = jnp.clip(d, -clip["dmax"], clip["dmax"])
        r, d = jax.lax.stop_gradient(r), jax.lax.stop_gradient(d)
        gamma, beta = (r, d) if self.gamma is None else (r * self.gamma, d * self.gamma)
        return gamma, beta if self.beta is None else beta + self.beta

    def _update_renorm_statistics(self, mean, variance):
        stddev = jnp.sqrt(variance + self.epsilon)
        slow, fast = self.momentum, self.renorm_momentum
        self.renorm_mean = _moving_average(self.renorm_mean, mean, fast)
        self.renorm_stddev = _moving_average(self.renorm_stddev, stddev, fast)
        self.moving_mean = _moving_average(self.moving_mean, mean, slow)
        self.moving_stddev = _moving_average(self.moving_stddev, stddev, slow)
        square = jnp.square(self.moving_stddev) - self.epsilon
        self.moving_variance = jax.nn.relu(square)


class _SquareRoot(initializers.Initializer):
    def __init__(self, initializer: Callable[..., Any]) -> None:
        self.initializer = initializer

    def __call__(self, shape: Sequence[int], dtype: DTypeLike | None = None) -> Any:
        return self.initializer(shape, dtype=dtype) ** 0.5


def checked_axis(owner: str, axis: Any) -> int:
    """The validated `axis`."""
    if check.is_int(axis):
        return int(axis)
    raise ValueError(
        f"{owner}(axis={axis!r}): axis must be an integer. "
        f"Write for example {owner}(axis=-1)."
    )


def channels(layer: Layer, input_shape: Shape, axis: int) -> int:
    """The size of `axis`, which must exist and be known."""
    rank = len(input_shape)
    if -rank <= axis < rank:
        size = input_shape[axis]
        if size is not None:
            return size
        raise mistake(
            layer,
            input_shape,
            f"a known size on axis {axis}",
            "all sizes in Input(shape=...)",
            "another axis",
        )
    raise of_axis(layer, input_shape, axis)


def add_scale_and_shift(
    layer: Layer, shape: Any, scale: bool = True, center: bool = True
) -> None:
    """Declare `layer.gamma` and `layer.beta` of `shape` according to its settings."""
    layer.gamma = layer.beta = None
    for name, is_used in (("gamma", layer.scale), ("beta", layer.center)):
        if is_used and (scale if name == "gamma" else center):
            weight = layer.add_weight(
                name,
                shape,
                getattr(layer, f"{name}_initializer"),
                regularizer=getattr(layer, f"{name}_regularizer"),
                constraint=getattr(layer, f"{name}_constraint"),
                autocast=False,
            )
            setattr(layer, name, weight)


def _moving_average(moving, new, momentum):
    return moving * momentum + new.astype(moving.dtype) * (1.0 - momentum)


def _checked_clipping(limits):
    if limits is None:
        return None
    for name in limits:
        check.choice(
            "BatchNormalization", "renorm_clipping", name, ("rmax", "rmin", "dmax")
        )
    rmin, rmax = limits.get("rmin"), limits.get("rmax")
    dmax = limits.get("dmax")
    if (rmin is not None and rmax is not None and rmax < rmin) or (dmax or 0) < 0:
        raise ValueError(
            f"BatchNormalization(renorm_clipping={limits}): rmax must be at least "
            "rmin, and dmax at least 0. Write for example renorm_clipping={'rmin': "
            "0.3, 'rmax': 3.0, 'dmax': 5.0}."
        )
    return dict(limits)
