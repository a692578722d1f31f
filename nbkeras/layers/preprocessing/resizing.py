"""Rescaling, Resizing, CenterCrop and CategoryEncoding."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal, Unpack

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from nbkeras.core import check, settings, sparse_arrays
from nbkeras.core.annotations import Config, DataFormat, DTypeLike, FillMode
from nbkeras.core.errors import structured_errors
from nbkeras.layers.engine.layer import Layer, LayerArguments
from nbkeras.layers.engine.registry import register
from nbkeras.ops import box_geometry, image_geometry


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


class _Framed(Layer):
    """Base class of layers that give images a fixed size: `height` and `width`.

    The input is images, or a dict with "images" and optionally "labels",
    "segmentation_masks" and "bounding_boxes": {"boxes": (batch, n, 4), "labels":
    (batch, n)}. Boxes are moved with the pixels, and clipped.
    """

    rows_independent = True

    def __init__(
        self,
        height: int,
        width: int,
        data_format: DataFormat | None,
        bounding_box_format: str | None,
        **base: Unpack[LayerArguments],
    ) -> None:
        super().__init__(**base)
        owner = type(self).__name__
        self.height = check.positive_int(owner, "height", height, 150)
        self.width = check.positive_int(owner, "width", width, 150)
        self.data_format = settings.data_format(owner, data_format)
        self.bounding_box_format = bounding_box_format

    def call(self, x: Any) -> Any:
        """The images in their new size; the parts of a dict are changed alike."""
        if not isinstance(x, dict):
            return self.framed(x)
        changed = {**x, "images": self.framed(x["images"])}
        if "segmentation_masks" in x:
            changed["segmentation_masks"] = self.framed_masks(x["segmentation_masks"])
        if "bounding_boxes" in x:
            changed["bounding_boxes"] = self._moved(x["bounding_boxes"], x["images"])
        return changed

    def framed(self, x: jax.Array) -> jax.Array:
        """Images (..., h, w, c) in their new size."""
        raise NotImplementedError(f"{type(self).__name__} has no framed.")

    def framed_masks(self, masks: jax.Array) -> jax.Array:
        """Segmentation masks (..., h, w, c) in their new size."""
        return self.framed(masks)

    def scales_and_offsets(self, size: Sequence[int]) -> tuple[Any, Any]:
        """((y, x) factors, (y, x) offsets) of positions in images of `size` (h, w)."""
        raise NotImplementedError(f"{type(self).__name__} has no scales_and_offsets.")

    def _moved(self, boxes, images):
        box_format = box_geometry.required_format(
            type(self).__name__, self.bounding_box_format
        )
        height, width = image_geometry.axes_of(images, self.data_format)
        size = images.shape[height], images.shape[width]
        (scale_y, scale_x), (down, right) = self.scales_and_offsets(size)

        def move(corners):
            scales = jnp.array([scale_x, scale_y, scale_x, scale_y], corners.dtype)
            return corners * scales + jnp.array(
                [right, down, right, down], corners.dtype
            )

        return box_geometry.moved_with_image(
            boxes, box_format, (size, (self.height, self.width)), move
        )

    def get_config(self) -> Config:
        """The constructor's arguments, without a `bounding_box_format` of None."""
        config = super().get_config()
        if config.get("bounding_box_format") is None:
            config.pop("bounding_box_format", None)
        return config


@register("Resizing")
class Resizing(_Framed):
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
        bounding_box_format: format of boxes in the input, such as "xyxy"; see
            `utils.bounding_boxes.convert_format`.
        **base: arguments of `Layer`.

    Raises:
        ValueError: a size is not a positive integer, or both cropping and padding are
            requested.
    """

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
        bounding_box_format: str | None = None,
        **base: Unpack[LayerArguments],
    ) -> None:
        super().__init__(height, width, data_format, bounding_box_format, **base)
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

    def scales_and_offsets(self, size: Sequence[int]) -> tuple[Any, Any]:
        """The factors of the two sides, equal ones where the proportions are kept."""
        new_size = (self.height, self.width)
        scales = [new / old for new, old in zip(new_size, size, strict=True)]
        if not (self.crop_to_aspect_ratio or self.pad_to_aspect_ratio):
            return scales, (0, 0)
        scale = max(scales) if self.crop_to_aspect_ratio else min(scales)
        room = [new - old * scale for new, old in zip(new_size, size, strict=True)]
        rounded = [math.copysign(abs(n) // 2, n) for n in room]
        return (scale, scale), rounded

    def framed_masks(self, masks: jax.Array) -> jax.Array:
        """The masks, resized with nearest pixels."""
        return self._resized(masks, "nearest")

    def framed(self, x: jax.Array) -> jax.Array:
        """The resized images."""
        return self._resized(x, self.interpolation)

    def _resized(self, x, interpolation):
        size, form = (self.height, self.width), self.data_format
        y = x
        if self.crop_to_aspect_ratio:
            y = image_geometry.crop_to_proportions(y, size, form)
        elif self.pad_to_aspect_ratio:
            y = image_geometry.pad_to_proportions(y, size, self.fill_value, form)
        return image_geometry.like(
            image_geometry.resize(y, size, interpolation, form, self.antialias), x
        )


@register("CenterCrop")
class CenterCrop(_Framed):
    """Crop the centre of images; images that are too small are upsampled first.

    Args:
        height: height of the result in pixels.
        width: width of the result in pixels.
        data_format: "channels_last" or "channels_first".
        bounding_box_format: format of boxes in the input, such as "xyxy"; see
            `utils.bounding_boxes.convert_format`.
        **base: arguments of `Layer`.

    Raises:
        ValueError: a size is not a positive integer.
    """

    def __init__(
        self,
        height: int,
        width: int,
        data_format: DataFormat | None = None,
        bounding_box_format: str | None = None,
        **base: Unpack[LayerArguments],
    ) -> None:
        super().__init__(height, width, data_format, bounding_box_format, **base)

    def scales_and_offsets(self, size: Sequence[int]) -> tuple[Any, Any]:
        """Offsets of the crop; factors only for images that are too small."""
        new_size = (self.height, self.width)
        crop = new_size
        if size[0] < self.height or size[1] < self.width:
            crop = image_geometry.proportions_within(size, new_size)
        scales = [new / old for new, old in zip(new_size, crop, strict=True)]
        starts = [(old - n) // 2 for old, n in zip(size, crop, strict=True)]
        return scales, [-n * k for n, k in zip(starts, scales, strict=True)]

    def framed(self, x: jax.Array) -> jax.Array:
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
        sparse: whether a call on arrays returns a sparse array (BCOO), as in Keras;
            within a model the rows are dense.
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
        self.sparse = check.choice(owner, "sparse", sparse, (False, True))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Encode arrays, or record a call on symbolic tensors."""
        rows = super().__call__(*args, **kwargs)
        return sparse_arrays.sparsified(rows) if self.sparse else rows

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
