"""Dropout and noise layers, active only during training."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Unpack

import jax
import jax.numpy as jnp

from nbkeras.core import check, settings
from nbkeras.core.annotations import Config, DataFormat
from nbkeras.core.base_classes import BaseSeedGenerator
from nbkeras.layers.engine.input_spec import InputSpec
from nbkeras.layers.engine.layer import Layer, LayerArguments
from nbkeras.layers.engine.random_numbers import SeedGenerator
from nbkeras.layers.engine.registry import register
from nbkeras.ops.kernels.random_bits import key_from

# The value of dropped SELU units: -alpha * scale of Klambauer et al. (2017).
SELU_FLOOR = -1.6732632423543772 * 1.0507009873554805


def key_of(layer: Layer) -> Any:
    """The next random key of `layer`, from its seed generator."""
    return key_from(layer.seed_generator.next())


def checked_seed(owner: str, seed: Any) -> Any:
    """The validated seed: None, a SeedGenerator, or an integer of at least 0."""
    if isinstance(seed, BaseSeedGenerator):
        return seed
    if isinstance(seed, dict):
        seed = (seed.get("config") or {}).get("seed")
    return None if seed is None else check.whole(owner, "seed", seed, example=42)


class _Noise(Layer):
    rows_independent = row_by_row_at_rest = True
    supports_masking = True

    def __init__(self, seed: int | None = None, **base: Unpack[LayerArguments]) -> None:
        super().__init__(**base)
        self.seed = checked_seed(type(self).__name__, seed)

    def _draws_if(self, amount):
        """Create the seed generator; as in Keras a layer without noise has none."""
        if amount > 0:
            self.seed_generator = SeedGenerator.of(self.seed)


@register("Dropout")
class Dropout(_Noise):
    """Dropout: set a random fraction of values to zero in training.

    The other values are divided by `1 - rate`, so that the expected sum is unchanged.

    Args:
        rate: fraction set to zero, 0 to 1.
        noise_shape: shape of the dropout mask: 1 for axes along which values are
            dropped together, None for the size of the input, such as (None, 1, None).
        seed: new layers with equal seeds draw the same numbers when called directly;
            for a reproducible fit, use set_random_seed.
        **base: arguments of `Layer`.

    Raises:
        ValueError: `rate` is outside [0, 1].

    Source: Srivastava et al., "Dropout", JMLR 15 (2014).
    """

    def __init__(
        self,
        rate: float,
        noise_shape: Sequence[int | None] | None = None,
        seed: int | None = None,
        **base: Unpack[LayerArguments],
    ) -> None:
        super().__init__(seed, **base)
        self.rate = check.number(type(self).__name__, "rate", rate, 0, 1)
        self.noise_shape = _checked_shape(type(self).__name__, noise_shape)
        self._draws_if(self.rate)

    def call(self, x: jax.Array, training: bool = False) -> jax.Array:
        """`x`, in training with dropped values."""
        if not training or self.rate == 0:
            return x
        if self.rate == 1:
            return jnp.zeros_like(x)
        is_kept = self.kept(self.shape_of_noise(x))
        return jnp.where(is_kept, x / (1 - self.rate), jnp.zeros((), x.dtype))

    def kept(self, shape: Sequence[int]) -> jax.Array:
        """A dropout mask of `shape`, True with probability `1 - rate`."""
        return jax.random.bernoulli(key_of(self), 1 - self.rate, shape)

    def shape_of_noise(self, x: jax.Array) -> tuple[Any, ...]:
        """The shape of the dropout mask for `x`."""
        return _mask_shape(self.noise_shape, x)


class _SpatialDropout(Dropout):
    axes = 1

    def __init__(
        self,
        rate: float,
        seed: int | None = None,
        data_format: DataFormat | None = None,
        **base: Unpack[LayerArguments],
    ) -> None:
        super().__init__(rate, None, seed, **base)
        self.data_format = settings.data_format(type(self).__name__, data_format)
        self.input_spec = InputSpec(ndim=self.axes + 2)

    def shape_of_noise(self, x: jax.Array) -> tuple[Any, ...]:
        """The shape of a mask with one value per row and channel."""
        ones = (1,) * self.axes
        if self.data_format == "channels_first":
            return (x.shape[0], x.shape[1], *ones)
        return (x.shape[0], *ones, x.shape[-1])

    def get_config(self) -> Config:
        """The arguments of Keras's layer of this name."""
        config = super().get_config()
        keys = ("rate", "data_format", "seed", "name", "dtype")
        return {key: config[key] for key in keys if key in config}


@register("SpatialDropout1D")
class SpatialDropout1D(_SpatialDropout):
    """Spatial dropout: drop whole channels of sequences (batch, steps, channels).

    Args:
        rate: fraction of channels set to zero, 0 to 1.
        seed: seed of the layer's random numbers; None for the global seed.
        **base: arguments of `Layer`.

    Source: Tompson et al., "Efficient object localization", CVPR (2015).
    """

    def __init__(
        self, rate: float, seed: int | None = None, **base: Unpack[LayerArguments]
    ) -> None:
        super().__init__(rate, seed, "channels_last", **base)

    def get_config(self) -> Config:
        """The arguments of Keras's layer of this name."""
        config = super().get_config()
        config.pop("data_format", None)
        return config


@register("SpatialDropout2D")
class SpatialDropout2D(_SpatialDropout):
    """Spatial dropout: drop whole channels of images.

    Args:
        rate: fraction of channels set to zero, 0 to 1.
        data_format: "channels_last" or "channels_first".
        seed: seed of the layer's random numbers; None for the global seed.
        **base: arguments of `Layer`.

    Source: Tompson et al., "Efficient object localization", CVPR (2015).
    """

    axes = 2

    def __init__(
        self,
        rate: float,
        data_format: DataFormat | None = None,
        seed: int | None = None,
        **base: Unpack[LayerArguments],
    ) -> None:
        super().__init__(rate, seed, data_format, **base)


@register("SpatialDropout3D")
class SpatialDropout3D(_SpatialDropout):
    """Spatial dropout: drop whole channels of volumes.

    Args:
        rate: fraction of channels set to zero, 0 to 1.
        data_format: "channels_last" or "channels_first".
        seed: seed of the layer's random numbers; None for the global seed.
        **base: arguments of `Layer`.

    Source: Tompson et al., "Efficient object localization", CVPR (2015).
    """

    axes = 3

    def __init__(
        self,
        rate: float,
        data_format: DataFormat | None = None,
        seed: int | None = None,
        **base: Unpack[LayerArguments],
    ) -> None:
        super().__init__(rate, seed, data_format, **base)


@register("AlphaDropout")
class AlphaDropout(_Noise):
    """Alpha dropout: dropout that preserves mean and variance, for `selu` networks.

    Args:
        rate: fraction of values replaced, 0 to 1.
        noise_shape: shape of the dropout mask, as in `Dropout`.
        seed: seed of the layer's random numbers; None for the global seed.
        **base: arguments of `Layer`.

    Source: Klambauer et al., "Self-normalizing neural networks", NeurIPS (2017).
    """

    def __init__(
        self,
        rate: float,
        noise_shape: Sequence[int | None] | None = None,
        seed: int | None = None,
        **base: Unpack[LayerArguments],
    ) -> None:
        super().__init__(seed, **base)
        self.rate = check.number("AlphaDropout", "rate", rate, 0, 1)
        self.noise_shape = _checked_shape("AlphaDropout", noise_shape)
        self._draws_if(self.rate)

    def call(self, x: jax.Array, training: bool = False) -> jax.Array:
        """`x`, in training with dropped values set to SELU's minimum."""
        if not training or self.rate == 0:
            return x
        if self.rate == 1:  # the limit of the formula below
            return jnp.zeros_like(x)
        shape = _mask_shape(self.noise_shape, x)
        # Drawn in this way, the numbers equal Keras's for equal seeds.
        is_kept = jax.random.uniform(key_of(self), shape) >= self.rate
        scale = ((1 - self.rate) * (1 + self.rate * SELU_FLOOR**2)) ** -0.5
        shift = -scale * SELU_FLOOR * self.rate
        floor = jnp.asarray(SELU_FLOOR, x.dtype)
        return scale * jnp.where(is_kept, x, floor) + shift


@register("GaussianDropout")
class GaussianDropout(_Noise):
    """Gaussian dropout: multiply by noise of mean 1 and variance `rate / (1 - rate)`.

    Args:
        rate: as in `Dropout`, 0 to below 1.
        seed: seed of the layer's random numbers; None for the global seed.
        **base: arguments of `Layer`.

    Source: Srivastava et al., "Dropout", JMLR 15 (2014), section 10.
    """

    def __init__(
        self, rate: float, seed: int | None = None, **base: Unpack[LayerArguments]
    ) -> None:
        super().__init__(seed, **base)
        self.rate = check.number("GaussianDropout", "rate", rate, 0, 1)
        if self.rate == 1:
            raise ValueError(
                "GaussianDropout(rate=1): the noise would be infinite. "
                "Write for example GaussianDropout(rate=0.5)."
            )
        self._draws_if(self.rate)

    def call(self, x: jax.Array, training: bool = False) -> jax.Array:
        """`x`, in training multiplied by the noise."""
        if not training or self.rate == 0:
            return x
        stddev = math.sqrt(self.rate / (1 - self.rate))
        return x * (1 + stddev * jax.random.normal(key_of(self), x.shape, x.dtype))


@register("GaussianNoise")
class GaussianNoise(_Noise):
    """Add Gaussian noise during training.

    Args:
        stddev: standard deviation of the noise, 0 to 1.
        seed: seed of the layer's random numbers; None for the global seed.
        **base: arguments of `Layer`.
    """

    def __init__(
        self, stddev: float, seed: int | None = None, **base: Unpack[LayerArguments]
    ) -> None:
        super().__init__(seed, **base)
        self.stddev = check.number("GaussianNoise", "stddev", stddev, 0, 1, example=0.1)
        self._draws_if(self.stddev)

    def call(self, x: jax.Array, training: bool = False) -> jax.Array:
        """`x`, in training with added noise."""
        if not training or self.stddev == 0:
            return x
        return x + self.stddev * jax.random.normal(key_of(self), x.shape, x.dtype)


def _checked_shape(owner, shape):
    if shape is None:
        return None
    sizes = tuple(shape) if isinstance(shape, list | tuple) else ("?",)
    if all(n is None or (check.is_int(n) and n > 0) for n in sizes):
        return sizes
    raise ValueError(
        f"{owner}(noise_shape={shape!r}): noise_shape must be a tuple of positive "
        f"integers and None. Write for example {owner}(0.5, noise_shape=(None, 1, 8))."
    )


def _mask_shape(noise_shape: Any, x: jax.Array) -> Any:
    if noise_shape is None:
        return x.shape
    if len(noise_shape) > x.ndim:
        raise ValueError(
            f"noise_shape={noise_shape} has {len(noise_shape)} axes, and the input has "
            f"{x.ndim}. Give noise_shape one entry for each axis, including the batch."
        )
    sizes = zip(noise_shape, x.shape[: len(noise_shape)], strict=True)
    return tuple(size if fixed is None else fixed for fixed, size in sizes)
