"""Contrast by what values occur: stretched, equalized, equalized in tiles."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from nbkeras.core import check
from nbkeras.core.annotations import Config, DataFormat
from nbkeras.layers.augmentation.base import Always, Augmentation
from nbkeras.layers.augmentation.random_settings import values
from nbkeras.layers.engine.registry import register
from nbkeras.ops import colour


@register("AutoContrast")
class AutoContrast(Always):
    """Stretch each channel of each image over the whole range of values.

    Nothing is drawn, and it is done outside of training too.

    Args:
        value_range: least and greatest value of pixels.
        **base: `data_format`; arguments of `Layer`.

    Raises:
        ValueError: no proper range.
    """

    def __init__(self, value_range: Sequence[float] = (0, 255), **base: Any) -> None:
        super().__init__(**base)
        self.value_range = values("AutoContrast", value_range)

    def transform(self, x: jax.Array, drawn: Any) -> jax.Array:
        """The stretched images."""
        x = colour.rescaled(x, self.value_range, (0, 255))
        x = jnp.clip(colour.stretched(x), 0, 255)
        return colour.rescaled(x, (0, 255), self.value_range).astype(self.compute_dtype)


@register("Equalization")
class Equalization(Augmentation):
    """Spread the values of each channel so that all are about equally frequent.

    As in Keras the images of a batch share one histogram.

    Args:
        value_range: least and greatest value of pixels.
        bins: number of levels.
        data_format: "channels_last" or "channels_first".
        **base: arguments of `Layer`.

    Raises:
        ValueError: no proper range, no positive number of bins.
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
        self.value_range = values("Equalization", value_range)
        self.bins = check.positive_int("Equalization", "bins", bins, 256)

    def transform(self, x: jax.Array, drawn: Any) -> jax.Array:
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
    """Equalize each image tile by tile, with limited contrast, known as CLAHE.

    Nothing is drawn, and it is done outside of training too.

    Args:
        value_range: least and greatest value of pixels.
        clip_limit: how much more frequent than on average a level may count.
        tile_grid_size: number of tiles (down, across).
        data_format: "channels_last" or "channels_first".
        **base: arguments of `Layer`.

    Raises:
        ValueError: no proper range or number of tiles.

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
        self.value_range = values(owner, value_range)
        self.clip_limit = clip_limit
        self.tile_grid_size = check.ints(owner, "tile_grid_size", tile_grid_size, 2)

    def transform(self, x: jax.Array, drawn: Any) -> jax.Array:
        """The equalized images."""
        x = colour.rescaled(x, self.value_range, (0, 255))
        x = colour.locally_equalized(x, self.clip_limit, self.tile_grid_size)
        return colour.rescaled(x, (0, 255), self.value_range).astype(self.compute_dtype)
