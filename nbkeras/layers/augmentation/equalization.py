"""Contrast by histogram: AutoContrast, Equalization and CLAHE."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from nbkeras.core import check
from nbkeras.core.annotations import Config, DataFormat
from nbkeras.layers.augmentation.base import Always, Augmentation
from nbkeras.layers.augmentation.random_settings import checked_value_range
from nbkeras.layers.engine.registry import register
from nbkeras.ops import colour


@register("AutoContrast")
class AutoContrast(Always):
    """Auto contrast: stretch each channel of each image to the full value range.

    The layer is deterministic, and also applies outside of training.

    Args:
        value_range: minimum and maximum pixel value.
        **base: `data_format`; arguments of `Layer`.

    Raises:
        ValueError: `value_range` is not a pair.
    """

    def __init__(self, value_range: Sequence[float] = (0, 255), **base: Any) -> None:
        super().__init__(**base)
        self.value_range = checked_value_range("AutoContrast", value_range)

    def transform(self, x: jax.Array, parameters: Any) -> jax.Array:
        """The stretched images."""
        x = colour.rescaled(x, self.value_range, (0, 255))
        x = jnp.clip(colour.stretched(x), 0, 255)
        return colour.rescaled(x, (0, 255), self.value_range).astype(self.compute_dtype)


@register("Equalization")
class Equalization(Augmentation):
    """Histogram equalization: make all values of a channel about equally frequent.

    As in Keras, the images of a batch share one histogram.

    Args:
        value_range: minimum and maximum pixel value.
        bins: number of levels.
        data_format: "channels_last" or "channels_first".
        **base: arguments of `Layer`.

    Raises:
        ValueError: `value_range` is not a pair, or `bins` is not positive.
    """

    rows_independent = False

    def __init__(
        self,
        value_range: Sequence[float] = (0, 255),
        bins: int = 256,
        data_format: DataFormat | None = None,
        **base: Any,
    ) -> None:
        super().__init__(None, data_format, **base)
        self.value_range = checked_value_range("Equalization", value_range)
        self.bins = check.positive_int("Equalization", "bins", bins, 256)

    def transform(self, x: jax.Array, parameters: Any) -> jax.Array:
        """The equalized images."""
        x = colour.rescaled(x, self.value_range, (0, 255))
        channels = [
            colour.equalized(x[..., channel], self.bins)
            for channel in range(x.shape[-1])
        ]
        x = jnp.stack(channels, -1)
        return colour.rescaled(x, (0, 255), self.value_range).astype(self.compute_dtype)

    def get_config(self) -> Config:
        """The constructor's arguments; Keras's layer has no seed."""
        config = super().get_config()
        config.pop("seed", None)
        return config


@register("ContrastLimitedAdaptiveHistogramEqualization")
class ContrastLimitedAdaptiveHistogramEqualization(Always):
    """CLAHE: equalize the histogram of each image in tiles, with limited contrast.

    The layer is deterministic, and also applies outside of training.

    Args:
        value_range: minimum and maximum pixel value.
        clip_limit: maximum count of a level in the histogram, relative to the average.
        tile_grid_size: number of tiles (vertical, horizontal).
        data_format: "channels_last" or "channels_first".
        **base: arguments of `Layer`.

    Raises:
        ValueError: `value_range` is not a pair, or a number of tiles is not positive.

    Source: Zuiderveld, "Contrast limited adaptive histogram equalization", Graphics
    Gems IV (1994).
    """

    def __init__(
        self,
        value_range: Sequence[float] = (0, 255),
        clip_limit: float = 4.0,
        tile_grid_size: Sequence[int] = (8, 8),
        data_format: DataFormat | None = None,
        **base: Any,
    ) -> None:
        super().__init__(None, data_format, **base)
        owner = "ContrastLimitedAdaptiveHistogramEqualization"
        self.value_range = checked_value_range(owner, value_range)
        self.clip_limit = clip_limit
        self.tile_grid_size = check.ints(owner, "tile_grid_size", tile_grid_size, 2)

    def transform(self, x: jax.Array, parameters: Any) -> jax.Array:
        """The equalized images."""
        x = colour.rescaled(x, self.value_range, (0, 255))
        x = colour.locally_equalized(x, self.clip_limit, self.tile_grid_size)
        return colour.rescaled(x, (0, 255), self.value_range).astype(self.compute_dtype)
