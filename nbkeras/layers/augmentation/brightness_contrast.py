"""RandomContrast and RandomBrightness, drawn for each image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

import jax
import jax.numpy as jnp

from nbkeras.core import check
from nbkeras.core.annotations import DataFormat, Range
from nbkeras.layers.augmentation.base import (
    Augmentation,
    checked_range,
    uniform,
)
from nbkeras.layers.engine.layer import LayerArguments
from nbkeras.layers.engine.registry import register


@register("RandomContrast")
class RandomContrast(Augmentation):
    """Random contrast: scale the distance of each channel's values from their mean.

    Args:
        factor: range of the contrast, 0 to 1: 0.3 draws it from 70 % to 130 %, (0.1,
            0.4) from 90 % to 140 %.
        value_range: minimum and maximum pixel value; the result is clipped to it.
        seed: seed of the layer's random numbers; None for the global seed.
        data_format: "channels_last" or "channels_first".
        **base: arguments of `Layer`.

    Raises:
        ValueError: `factor` is outside [0, 1], or `value_range` is not a pair.
    """

    def __init__(
        self,
        factor: Range,
        value_range: Sequence[float] = (0, 255),
        seed: int | None = None,
        data_format: DataFormat | None = None,
        **base: Unpack[LayerArguments],
    ) -> None:
        super().__init__(seed, data_format, **base)
        if check.is_int(factor) or isinstance(factor, float):
            factor = (factor, factor)
        self.factor = checked_range("RandomContrast", "factor", factor, 0, 1)
        self.value_range = _checked_value_range("RandomContrast", value_range)

    def draw(self, key: jax.Array, shape: Sequence[int]) -> Any:
        """{"contrast_factor": (batch, 1, 1, 1)}."""
        bounds = (1 - self.factor[0], 1 + self.factor[1])
        return {"contrast_factor": uniform(key, (shape[0], 1, 1, 1), bounds)}

    def transform(self, x: jax.Array, parameters: Any) -> jax.Array:
        """The images with changed contrast."""
        return self.with_contrast(
            x, jnp.asarray(parameters["contrast_factor"]).astype(x.dtype)
        )

    def with_contrast(self, x: jax.Array, contrast: Any) -> jax.Array:
        """The images with their contrast multiplied by `contrast`."""
        mean = jnp.mean(x, axis=(1, 2), keepdims=True)
        return jnp.clip((x - mean) * contrast + mean, *self.value_range)


@register("RandomBrightness")
class RandomBrightness(Augmentation):
    """Random brightness: add one number to all values of an image.

    Args:
        factor: fraction of the value range, -1 to 1: 0.2 draws from 20 % darker to 20 %
            lighter; or (low, high).
        value_range: minimum and maximum pixel value; the result is clipped to it.
        seed: seed of the layer's random numbers; None for the global seed.
        data_format: "channels_last" or "channels_first".
        **base: arguments of `Layer`.

    Raises:
        ValueError: `factor` is outside [-1, 1], or `value_range` is not a pair.
    """

    def __init__(
        self,
        factor: Range,
        value_range: Sequence[float] = (0, 255),
        seed: int | None = None,
        data_format: DataFormat | None = None,
        **base: Unpack[LayerArguments],
    ) -> None:
        super().__init__(seed, data_format, **base)
        self.factor = checked_range("RandomBrightness", "factor", factor, -1, 1)
        self.value_range = _checked_value_range("RandomBrightness", value_range)

    def draw(self, key: jax.Array, shape: Sequence[int]) -> Any:
        """{"rgb_delta": (batch, 1, 1, 1)}."""
        low, high = self.value_range
        delta = (high - low) * uniform(key, (shape[0], 1, 1, 1), self.factor)
        return {"rgb_delta": delta}

    def transform(self, x: jax.Array, parameters: Any) -> jax.Array:
        """The images, lighter or darker."""
        delta = jnp.asarray(parameters["rgb_delta"]).astype(x.dtype)
        return jnp.clip(x + delta, *self.value_range)


def _checked_value_range(owner, value_range):
    if isinstance(value_range, list | tuple) and len(value_range) == 2:
        return tuple(sorted(value_range))
    raise ValueError(
        f"{owner}(value_range={value_range!r}): value_range must be the minimum and "
        f"maximum pixel value. Write for example {owner}(0.2, value_range=(0, 1))."
    )
