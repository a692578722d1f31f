"""Max and average pooling over windows, and global pooling."""

from __future__ import annotations

from typing import Any, Unpack

import jax

from nbkeras.core import check, settings
from nbkeras.core.annotations import DataFormat, Padding, Shape, Sizes
from nbkeras.layers.convolution.sliding_window import check_fit, checked_padding
from nbkeras.layers.engine.input_spec import InputSpec
from nbkeras.layers.engine.layer import Layer, LayerArguments
from nbkeras.layers.engine.registry import register
from nbkeras.ops.kernels import pooling


class BasePooling(Layer):
    """Base class of the pooling layers.

    Args:
        pool_size: size of the window, an integer or one per spatial axis.
        strides: steps of the window; None for `pool_size`, so that windows do not
            overlap.
        padding: "valid" (only complete windows) or "same" (output size / stride,
            rounded up; padding is ignored).
        data_format: "channels_last" or "channels_first"; None for the global setting.
        **base: arguments of `Layer`.

    Raises:
        ValueError: a size is not a positive integer, `padding` is unknown, or the
            window is larger than the input.
    """

    rank = 2
    rows_independent = row_by_row = True

    def __init__(
        self,
        pool_size: Sizes = 2,
        strides: Sizes | None = None,
        padding: Padding = "valid",
        data_format: DataFormat | None = None,
        **base: Unpack[LayerArguments],
    ) -> None:
        super().__init__(**base)
        owner, rank = type(self).__name__, self.rank
        self.pool_size = check.ints(owner, "pool_size", pool_size, rank)
        strides = self.pool_size if strides is None else strides
        self.strides = check.ints(owner, "strides", strides, rank)
        self.padding = checked_padding(owner, padding, ("valid", "same"))
        self.data_format = settings.data_format(owner, data_format)
        self.input_spec = InputSpec(ndim=rank + 2)

    def build(self, input_shape: Shape) -> None:
        """Check that the window fits into the input; there are no weights."""
        check_fit(self, input_shape, "pool_size", self.pool_size)

    def _pool(self, reduce, x):
        check_fit(self, x.shape, "pool_size", self.pool_size)
        return reduce(x, self.pool_size, self.strides, self.padding, self.data_format)


class MaxPooling(BasePooling):
    """The maximum of each window; among equal values the first gets the gradient.

    Arguments as in `BasePooling`.
    """

    def call(self, x: jax.Array) -> jax.Array:
        """The maxima."""
        max_pool: Any = pooling.max_pool
        return self._pool(max_pool, x)


class AveragePooling(BasePooling):
    """The mean of each window, ignoring padding.

    Arguments as in `BasePooling`.
    """

    def call(self, x: jax.Array) -> jax.Array:
        """The means."""
        return self._pool(pooling.average_pool, x)


@register("MaxPooling1D", "MaxPool1D")
class MaxPooling1D(MaxPooling):
    """x (batch, steps, channels) -> the largest value in each window of steps.

    Arguments as in `BasePooling`.
    """

    rank = 1


@register("MaxPooling2D", "MaxPool2D")
class MaxPooling2D(MaxPooling):
    """x (batch, height, width, channels) -> the largest value in each window.

    Arguments as in `BasePooling`.

    >>> MaxPooling2D((2, 2))(jnp.ones((2, 148, 148, 32))).shape
    (2, 74, 74, 32)
    """

    rank = 2


@register("MaxPooling3D", "MaxPool3D")
class MaxPooling3D(MaxPooling):
    """x (batch, depth, height, width, channels) -> the largest value in each window.

    Arguments as in `BasePooling`.
    """

    rank = 3


@register("AveragePooling1D", "AvgPool1D")
class AveragePooling1D(AveragePooling):
    """x (batch, steps, channels) -> the mean of each window of steps.

    Arguments as in `BasePooling`.
    """

    rank = 1


@register("AveragePooling2D", "AvgPool2D")
class AveragePooling2D(AveragePooling):
    """x (batch, height, width, channels) -> the mean of each window.

    Arguments as in `BasePooling`.
    """

    rank = 2


@register("AveragePooling3D", "AvgPool3D")
class AveragePooling3D(AveragePooling):
    """x (batch, depth, height, width, channels) -> the mean of each window.

    Arguments as in `BasePooling`.
    """

    rank = 3


class GlobalPooling(Layer):
    """Pool each channel to one value: (batch, channels).

    Args:
        data_format: "channels_last" or "channels_first"; None for the global setting.
        keepdims: whether to keep the spatial axes with size 1.
        **base: arguments of `Layer`.
    """

    rank = 2
    rows_independent = row_by_row = True

    def __init__(
        self,
        data_format: DataFormat | None = None,
        keepdims: bool = False,
        **base: Unpack[LayerArguments],
    ) -> None:
        super().__init__(**base)
        self.data_format = settings.data_format(type(self).__name__, data_format)
        self.keepdims = bool(keepdims)
        self.input_spec = InputSpec(ndim=self.rank + 2)


class GlobalMaxPooling(GlobalPooling):
    """The largest value of each channel. Arguments as in `GlobalPooling`."""

    def call(self, x: jax.Array) -> jax.Array:
        """The maxima."""
        return pooling.global_max(x, self.data_format, self.keepdims)


class GlobalAveragePooling(GlobalPooling):
    """The mean of each channel. Arguments as in `GlobalPooling`."""

    def call(self, x: jax.Array) -> jax.Array:
        """The means."""
        return pooling.global_average(x, self.data_format, self.keepdims)


@register("GlobalMaxPooling1D", "GlobalMaxPool1D")
class GlobalMaxPooling1D(GlobalMaxPooling):
    """x (batch, steps, channels) -> the largest value of each channel.

    Arguments as in `GlobalPooling`.
    """

    rank = 1


@register("GlobalMaxPooling2D", "GlobalMaxPool2D")
class GlobalMaxPooling2D(GlobalMaxPooling):
    """x (batch, height, width, channels) -> the largest value of each channel.

    Arguments as in `GlobalPooling`.
    """

    rank = 2


@register("GlobalMaxPooling3D", "GlobalMaxPool3D")
class GlobalMaxPooling3D(GlobalMaxPooling):
    """x (batch, depth, height, width, channels) -> the largest value of each channel.

    Arguments as in `GlobalPooling`.
    """

    rank = 3


@register("GlobalAveragePooling1D", "GlobalAvgPool1D")
class GlobalAveragePooling1D(GlobalAveragePooling):
    """x (batch, steps, channels) -> the mean of each channel over the steps.

    A mask (batch, steps) excludes steps; a row without unmasked steps gives 0.
    Arguments as in `GlobalPooling`.
    """

    rank = 1
    supports_masking = True

    def call(self, x: jax.Array, mask: jax.Array | None = None) -> jax.Array:
        """The means of the steps that are not masked."""
        return pooling.global_average(x, self.data_format, self.keepdims, mask)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """None: there are no steps left to mask."""
        return None


@register("GlobalAveragePooling2D", "GlobalAvgPool2D")
class GlobalAveragePooling2D(GlobalAveragePooling):
    """x (batch, height, width, channels) -> the mean of each channel.

    Arguments as in `GlobalPooling`.

    Source: Lin, Chen, Yan, "Network in network", ICLR (2014).

    >>> GlobalAveragePooling2D()(jnp.ones((2, 7, 7, 512))).shape
    (2, 512)
    """

    rank = 2


@register("GlobalAveragePooling3D", "GlobalAvgPool3D")
class GlobalAveragePooling3D(GlobalAveragePooling):
    """x (batch, depth, height, width, channels) -> the mean of each channel.

    Arguments as in `GlobalPooling`.
    """

    rank = 3


MaxPool1D, MaxPool2D, MaxPool3D = MaxPooling1D, MaxPooling2D, MaxPooling3D
AvgPool1D, AvgPool2D, AvgPool3D = AveragePooling1D, AveragePooling2D, AveragePooling3D
GlobalMaxPool1D, GlobalMaxPool2D = GlobalMaxPooling1D, GlobalMaxPooling2D
GlobalMaxPool3D = GlobalMaxPooling3D
GlobalAvgPool1D, GlobalAvgPool2D = GlobalAveragePooling1D, GlobalAveragePooling2D
GlobalAvgPool3D = GlobalAveragePooling3D
