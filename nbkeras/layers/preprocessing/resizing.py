"""Rescaling, Resizing, CenterCrop and CategoryEncoding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Unpack

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from nbkeras.core import check, settings, structured_errors
from nbkeras.core.annotations import DataFormat, DTypeLike, FillMode
from nbkeras.layers.engine.layer import Layer, LayerArguments
from nbkeras.layers.engine.registry import register
from nbkeras.ops import image_geometry


@register("Rescaling")
class Rescaling(Layer):
    """`x * scale + offset`: `Rescaling(1 / 255)` scales pixels to 0..1.

    Args:
        scale: number, or one per channel.
        offset: number, or one per channel.
        **base: arguments of `Layer`.
    """

    rows_independent = True
    supports_masking = True

    def __init__(
        self,
        scale: float | Sequence[float],
        offset: float | Sequence[float] = 0.0,
        **base: Unpack[LayerArguments],
    ) -> None:
        super().__init__(**base)
        for name, value in (("scale", scale), ("offset", offset)):
            if isinstance(value, str):
                raise structured_errors.argument(
                    "Rescaling", name, value, "a number, not a string", "1 / 255"
                )
        self.scale, self.offset = scale, offset

    def call(self, x: jax.Array) -> jax.Array:
        """The scaled `x`, in the compute dtype."""
        scale, offset = (self._broadcast(v) for v in (self.scale, self.offset))
        return x.astype(self.compute_dtype) * scale + offset

    def _broadcast(self, value):
        value = jnp.asarray(value, self.compute_dtype)
        if value.ndim and settings.image_data_format() == "channels_first":
            value = value.reshape(*value.shape, *(1,) * (3 - value.ndim))
        return value


@register("Resizing")
class Resizing(Layer):
    """Resize images to a fixed size; integer images stay integer.

    Args:
        height: height of the result in pixels.
        width: width of the result in pixels.
        interpolation: "bilinear", "nearest", "bicubic", "lanczos3", "lanczos5".
        crop_to_aspect_ratio: crop the images first instead of distorting them.
        pad_to_aspect_ratio: pad the images first instead of distorting them.
        fill_mode: must be "constant".
        fill_value: value of the padding of `pad_to_aspect_ratio`.
        antialias: whether to average over pixels when downsampling.
        data_format: "channels_last" or "channels_first".
        **base: arguments of `Layer`.

    Raises:
        ValueError: a size is not a positive integer, or both cropping and padding are
            requested.
    """

    rows_independent = True

    def __init__(
        self,
        height: int,
        width: int,
        interpolation: Literal[
            "nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"
        ] = "bilinear",
        crop_to_aspect_ratio: bool = False,
        pad_to_aspect_ratio: bool = False,
        fill_mode: FillMode = "constant",
        fill_value: float = 0.0,
        antialias: bool = False,
        data_format: DataFormat | None = None,
        **base: Unpack[LayerArguments],
    ) -> None:
        super().__init__(**base)
        self.height = check.positive_int("Resizing", "height", height, 150)
        self.width = check.positive_int("Resizing", "width", width, 150)
        self.interpolation = check.choice(
            "Resizing", "interpolation", interpolation, image_geometry.INTERPOLATIONS
        )
        if crop_to_aspect_ratio and pad_to_aspect_ratio:
            raise ValueError(
                "Resizing keeps the aspect ratio either by cropping or by padding. "
                "Write crop_to_aspect_ratio=True or pad_to_aspect_ratio=True, not "
                "both."
            )
        self.crop_to_aspect_ratio = crop_to_aspect_ratio
        self.pad_to_aspect_ratio = pad_to_aspect_ratio
        self.fill_mode = check.choice("Resizing", "fill_mode", fill_mode, ("constant",))
        self.fill_value = fill_value
        self.antialias = bool(antialias)
        self.data_format = settings.data_format("Resizing", data_format)

    def call(self, x: jax.Array) -> jax.Array:
        """The resized images."""
        size, form = (self.height, self.width), self.data_format
        y = x
        if self.crop_to_aspect_ratio:
            y = image_geometry.crop_to_proportions(y, size, form)
        elif self.pad_to_aspect_ratio:
            y = image_geometry.pad_to_proportions(y, size, self.fill_value, form)
        return image_geometry.like(
            image_geometry.resize(y, size, self.interpolation, form, self.antialias), x
        )


@register("CenterCrop")
class CenterCrop(Layer):
    """Crop the centre of images; images that are too small are upsampled first.

    Args:
        height: height of the result in pixels.
        width: width of the result in pixels.
        data_format: "channels_last" or "channels_first".
        **base: arguments of `Layer`.

    Raises:
        ValueError: a size is not a positive integer.
    """

    rows_independent = True

    def __init__(
        self,
        height: int,
        width: int,
        data_format: DataFormat | None = None,
        **base: Unpack[LayerArguments],
    ) -> None:
        super().__init__(**base)
        self.height = check.positive_int("CenterCrop", "height", height, 150)
        self.width = check.positive_int("CenterCrop", "width", width, 150)
        self.data_format = settings.data_format("CenterCrop", data_format)

    def call(self, x: jax.Array) -> jax.Array:
        """The centre of each image."""
        x = x.astype(self.compute_dtype)
        size, form = (self.height, self.width), self.data_format
        image_size = [x.shape[axis] for axis in image_geometry.axes_of(x, form)]
        if image_size[0] >= self.height and image_size[1] >= self.width:
            return image_geometry.crop_middle(x, size, form)
        crop = image_geometry.crop_to_proportions(x, size, form)
        return image_geometry.resize(crop, size, "bilinear", form)


@register("CategoryEncoding")
class CategoryEncoding(Layer):
    """Encode integers as one-hot, multi-hot or count rows.

    Args:
        num_tokens: number of integers: the largest plus 1.
        output_mode: "multi_hot" (which integers occur), "count" (how often), or
            "one_hot" (one row per integer).
        sparse: must be False.
        **base: arguments of `Layer`.

    Raises:
        ValueError: `num_tokens` is missing, `output_mode` is unknown, or an integer is
            out of range when the layer is called directly.
    """

    rows_independent = True

    def __init__(
        self,
        num_tokens: int | None = None,
        output_mode: Literal["multi_hot", "one_hot", "count"] = "multi_hot",
        sparse: bool = False,
        **base: Unpack[LayerArguments],
    ) -> None:
        super().__init__(**base)
        owner = "CategoryEncoding"
        self.num_tokens = check.positive_int(owner, "num_tokens", num_tokens, 10)
        mode = "multi_hot" if output_mode == "binary" else output_mode
        self.output_mode = check.choice(
            owner, "output_mode", mode, ("multi_hot", "count", "one_hot")
        )
        self.sparse = check.choice(owner, "sparse", sparse, (False,))

    def call(self, x: jax.Array, count_weights: jax.Array | None = None) -> jax.Array:
        """The encoded rows; `count_weights`, of the shape of x, weight the counts."""
        if count_weights is not None and self.output_mode != "count":
            raise ValueError(
                "count_weights require CategoryEncoding(output_mode='count'); this "
                f"layer has output_mode={self.output_mode!r}."
            )
        if not isinstance(x, Tracer):
            _refuse_out_of_range(self, np.asarray(x))
        return encode(
            x, self.num_tokens, self.output_mode, self.compute_dtype, count_weights
        )


def encode(
    x: Any, depth: Any, mode: str, dtype: DTypeLike | None, weights: Any = None
) -> jax.Array:
    """Encode integers (batch, n) or (n,) as "one_hot", "multi_hot" or "count" rows."""
    x = jnp.atleast_1d(x).astype("int32")
    if mode == "one_hot":
        if x.ndim > 1 and x.shape[-1] == 1:
            x = x[..., 0]
        return jax.nn.one_hot(x, depth, dtype=dtype)
    hot = jax.nn.one_hot(x, depth, dtype=dtype)
    axis = 1 if x.ndim > 1 else 0
    if mode == "multi_hot":
        return hot.max(axis=axis)
    if weights is not None:
        hot = hot * jnp.asarray(weights, dtype)[..., None]
    return hot.sum(axis=axis)


def _refuse_out_of_range(layer, x):
    if x.size and (x.min() < 0 or x.max() >= layer.num_tokens):
        raise ValueError(
            f"CategoryEncoding(num_tokens={layer.num_tokens}) takes integers from 0 to "
            f"{layer.num_tokens - 1}; the input ranges from {x.min()} to {x.max()}. "
            f"Write CategoryEncoding(num_tokens={max(int(x.max()), 0) + 1})."
        )
