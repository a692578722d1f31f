"""Adaptive pooling: pooling layers with a fixed output size."""

from typing import Any

import jax

from nbkeras.core import check, settings
from nbkeras.core.annotations import DataFormat, Sizes
from nbkeras.layers.engine.input_spec import InputSpec
from nbkeras.layers.engine.layer import Layer
from nbkeras.layers.engine.registry import register
from nbkeras.ops.kernels import adaptive_pooling as adaptive_pool


class AdaptivePooling(Layer):
    """Base class of the adaptive pooling layers.

    Args:
        output_size: number of windows, an integer or one per spatial axis.
        data_format: "channels_last" or "channels_first"; None for the global setting.
        **base: arguments of `Layer`.

    Raises:
        ValueError: a size is not a positive integer.
    """

    rank = 2
    rows_independent = row_by_row = True

    def __init__(
        self, output_size: Sizes, data_format: DataFormat | None = None, **base: Any
    ) -> None:
        super().__init__(**base)
        owner = type(self).__name__
        self.output_size = check.ints(owner, "output_size", output_size, self.rank)
        self.data_format = settings.data_format(owner, data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    @property
    def _axes(self):
        first = 2 if self.data_format == "channels_first" else 1
        return tuple(range(first, first + self.rank))


class AdaptiveAveragePooling(AdaptivePooling):
    """The mean of each window."""

    def call(self, x: Any) -> jax.Array:
        """The means."""
        return adaptive_pool.average(x, self.output_size, self._axes)


class AdaptiveMaxPooling(AdaptivePooling):
    """The maximum of each window; among equal values the first gets the gradient."""

    def call(self, x: Any) -> jax.Array:
        """The maxima."""
        return adaptive_pool.maximum(x, self.output_size, self._axes)


@register("AdaptiveAveragePooling1D")
class AdaptiveAveragePooling1D(AdaptiveAveragePooling):
    """Means of `output_size` windows along sequences (batch, steps, channels).

    Arguments as in `AdaptivePooling`.

    >>> AdaptiveAveragePooling1D(3)(jnp.ones((2, 10, 4))).shape
    (2, 3, 4)
    """

    rank = 1


@register("AdaptiveAveragePooling2D")
class AdaptiveAveragePooling2D(AdaptiveAveragePooling):
    """Means of windows of images (batch, height, width, channels).

    Arguments as in `AdaptivePooling`.

    >>> AdaptiveAveragePooling2D((3, 2))(jnp.ones((2, 10, 9, 4))).shape
    (2, 3, 2, 4)
    """


@register("AdaptiveAveragePooling3D")
class AdaptiveAveragePooling3D(AdaptiveAveragePooling):
    """Means of windows of volumes (batch, depth, height, width, channels).

    Arguments as in `AdaptivePooling`.
    """

    rank = 3


@register("AdaptiveMaxPooling1D")
class AdaptiveMaxPooling1D(AdaptiveMaxPooling):
    """Maxima of `output_size` windows along sequences (batch, steps, channels).

    Arguments as in `AdaptivePooling`.
    """

    rank = 1


@register("AdaptiveMaxPooling2D")
class AdaptiveMaxPooling2D(AdaptiveMaxPooling):
    """Maxima of windows of images (batch, height, width, channels).

    Arguments as in `AdaptivePooling`.
    """


@register("AdaptiveMaxPooling3D")
class AdaptiveMaxPooling3D(AdaptiveMaxPooling):
    """Maxima of windows of volumes (batch, depth, height, width, channels).

    Arguments as in `AdaptivePooling`.
    """

    rank = 3
