"""Flatten, Reshape, Permute, RepeatVector and UpSampling."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, Unpack

import jax
import jax.numpy as jnp

from nbkeras.core import check, settings
from nbkeras.core.annotations import DataFormat, Sizes
from nbkeras.layers.engine.errors import fitting, mistake
from nbkeras.layers.engine.input_spec import InputSpec
from nbkeras.layers.engine.layer import Layer, LayerArguments
from nbkeras.layers.engine.registry import register
from nbkeras.ops import image_geometry


class _Rearranging(Layer):
    rows_independent = row_by_row = True


@register("Flatten")
class Flatten(_Rearranging):
    """Flatten all axes but the batch: (batch, 4, 4, 3) -> (batch, 48).

    Args:
        data_format: "channels_first" moves the channels to the end first, so that the
            weights of later layers are the same for both formats.
        **base: arguments of `Layer`.
    """

    keeps_sparse = True

    def __init__(
        self, data_format: DataFormat | None = None, **base: Unpack[LayerArguments]
    ) -> None:
        super().__init__(**base)
        self.data_format = settings.data_format("Flatten", data_format)
        self.input_spec = InputSpec(min_ndim=1)

    def call(self, x: jax.Array) -> jax.Array:
        """`x` with the shape (batch, values)."""
        if self.data_format == "channels_first" and x.ndim > 1:
            x = jnp.moveaxis(x, 1, -1)
        return x.reshape(x.shape[0], math.prod(x.shape[1:]))


@register("Reshape")
class Reshape(_Rearranging):
    """Reshape each sample; the number of values stays the same.

    Sizes that the input leaves open are checked when data comes: `Reshape((6,))` takes
    `Input((None, 3))`, and refuses a sample of other than 6 values.

    Args:
        target_shape: the shape without the batch axis; one size may be -1.
        **base: arguments of `Layer`.

    Raises:
        ValueError: a size is not an integer, more than one is -1, or the number of
            values differs from that of the input.
    """

    keeps_sparse = True

    def __init__(
        self, target_shape: int | Sequence[int | None], **base: Unpack[LayerArguments]
    ) -> None:
        super().__init__(**base)
        sizes = (target_shape,) if check.is_int(target_shape) else tuple(target_shape)
        sizes = tuple(-1 if n is None else n for n in sizes)
        are_sizes = all(check.is_int(n) and n >= -1 for n in sizes)
        if not are_sizes or sizes.count(-1) > 1:
            raise ValueError(
                f"Reshape(target_shape={target_shape!r}): target_shape must be "
                "integers without the batch axis, at most one of them -1. Write for "
                "example Reshape((28, 28, 1))."
            )
        self.target_shape = tuple(int(n) for n in sizes)

    def call(self, x: jax.Array) -> jax.Array:
        """`x` with the shape (batch, *target_shape)."""
        values, target = math.prod(x.shape[1:]), self.target_shape
        fixed = math.prod(n for n in target if n != -1)
        fits = values % max(fixed, 1) == 0 if -1 in target else values == fixed
        if not fits and self._context is not None and self._context.open_shapes:
            # The sizes stand for open ones, so that their number says nothing.
            sizes = (values if n == -1 else n for n in target)
            return jnp.zeros((x.shape[0], *sizes), x.dtype)
        if not fits:
            multiple_of = "a multiple of " if -1 in target else ""
            suggestion = fitting(values, target) or (values,)
            raise mistake(
                self,
                x.shape,
                f"{multiple_of}{fixed} values per sample for {target}, not {values}",
                f"Reshape({suggestion})",
            )
        return x.reshape(x.shape[0], *target)


@register("Permute")
class Permute(_Rearranging):
    """Permute the axes of each sample.

    Args:
        dims: the axes in their new order, counted from 1: (2, 1) swaps two.
        **base: arguments of `Layer`.

    Raises:
        ValueError: `dims` is not a permutation of 1, 2, ...
    """

    keeps_sparse = True

    def __init__(self, dims: Sequence[int], **base: Unpack[LayerArguments]) -> None:
        super().__init__(**base)
        self.dims = tuple(dims)
        if sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            raise ValueError(
                f"Permute(dims={dims!r}): dims must contain each of 1, 2, ... once "
                "(the batch axis 0 stays first). Write for example Permute((2, 1))."
            )
        self.input_spec = InputSpec(ndim=len(self.dims) + 1)

    def call(self, x: jax.Array) -> jax.Array:
        """`x` with its axes in the new order."""
        return jnp.transpose(x, (0, *self.dims))


@register("RepeatVector")
class RepeatVector(_Rearranging):
    """Repeat each vector: (batch, features) -> (batch, n, features).

    Args:
        n: number of copies, a positive integer.
        **base: arguments of `Layer`.

    Raises:
        ValueError: `n` is not a positive integer.
    """

    def __init__(self, n: int, **base: Unpack[LayerArguments]) -> None:
        super().__init__(**base)
        self.n = check.positive_int("RepeatVector", "n", n, example=3)
        self.input_spec = InputSpec(ndim=2)

    def call(self, x: jax.Array) -> jax.Array:
        """`n` copies of each vector."""
        return jnp.repeat(x[:, None, :], self.n, axis=1)


@register("UpSampling1D")
class UpSampling1D(_Rearranging):
    """Repeat each step: (batch, steps, channels) -> (batch, size * steps, channels).

    Args:
        size: number of copies, a positive integer.
        **base: arguments of `Layer`.

    Raises:
        ValueError: `size` is not a positive integer.
    """

    def __init__(self, size: int = 2, **base: Unpack[LayerArguments]) -> None:
        super().__init__(**base)
        self.size = check.positive_int("UpSampling1D", "size", size, example=2)
        self.input_spec = InputSpec(ndim=3)

    def call(self, x: jax.Array) -> jax.Array:
        """`x` with each step repeated."""
        return jnp.repeat(x, self.size, axis=1)


@register("UpSampling2D")
class UpSampling2D(_Rearranging):
    """Upsample images by integer factors.

    Args:
        size: factor, or (height, width) factors.
        data_format: "channels_last" or "channels_first".
        interpolation: "nearest" repeats pixels; "bilinear", "bicubic", "lanczos3" and
            "lanczos5" are smooth.
        **base: arguments of `Layer`.

    Raises:
        ValueError: a factor is not a positive integer, or `interpolation` is unknown.
    """

    def __init__(
        self,
        size: Sizes = (2, 2),
        data_format: DataFormat | None = None,
        interpolation: Literal[
            "nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"
        ] = "nearest",
        **base: Unpack[LayerArguments],
    ) -> None:
        super().__init__(**base)
        self.size = check.ints("UpSampling2D", "size", size, 2)
        self.data_format = settings.data_format("UpSampling2D", data_format)
        method = str(interpolation).lower()
        self.interpolation = check.choice(
            "UpSampling2D", "interpolation", method, image_geometry.INTERPOLATIONS
        )
        self.input_spec = InputSpec(ndim=4)

    def call(self, x: jax.Array) -> jax.Array:
        """The upsampled images."""
        y, x_axis = (2, 3) if self.data_format == "channels_first" else (1, 2)
        if self.interpolation == "nearest":
            x = jnp.repeat(x, self.size[0], axis=y)
            return jnp.repeat(x, self.size[1], axis=x_axis)
        height, width = x.shape[y] * self.size[0], x.shape[x_axis] * self.size[1]
        return image_geometry.resize(
            x, (height, width), self.interpolation, self.data_format
        )


@register("UpSampling3D")
class UpSampling3D(_Rearranging):
    """Upsample volumes by repeating voxels.

    Args:
        size: factor, or (depth, height, width) factors.
        data_format: "channels_last" or "channels_first".
        **base: arguments of `Layer`.

    Raises:
        ValueError: a factor is not a positive integer.
    """

    def __init__(
        self,
        size: Sizes = (2, 2, 2),
        data_format: DataFormat | None = None,
        **base: Unpack[LayerArguments],
    ) -> None:
        super().__init__(**base)
        self.size = check.ints("UpSampling3D", "size", size, 3)
        self.data_format = settings.data_format("UpSampling3D", data_format)
        self.input_spec = InputSpec(ndim=5)

    def call(self, x: jax.Array) -> jax.Array:
        """The upsampled volumes."""
        first = 2 if self.data_format == "channels_first" else 1
        for axis, factor in enumerate(self.size, start=first):
            x = jnp.repeat(x, factor, axis=axis)
        return x
