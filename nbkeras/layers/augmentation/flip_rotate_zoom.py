"""Random flip, rotation, zoom, translation and crop, drawn for each image."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal, Unpack

import jax
import jax.numpy as jnp

from nbkeras.core import check
from nbkeras.core.annotations import DataFormat, FillMode, Interpolation, Range
from nbkeras.layers.augmentation.base import (
    Augmentation,
    checked_range,
    uniform,
)
from nbkeras.layers.engine.layer import LayerArguments
from nbkeras.layers.engine.registry import register
from nbkeras.ops import box_geometry, image_geometry

FLIPS = ("horizontal_and_vertical", "horizontal", "vertical")


class _Mapped(Augmentation):
    """Base class of layers that resample images by affine maps."""

    def __init__(
        self,
        fill_mode: FillMode = "reflect",
        interpolation: Interpolation = "bilinear",
        fill_value: float = 0.0,
        seed: int | None = None,
        data_format: DataFormat | None = None,
        **base: Unpack[LayerArguments],
    ) -> None:
        super().__init__(seed, data_format, **base)
        owner = type(self).__name__
        self.fill_mode = check.choice(
            owner, "fill_mode", fill_mode, image_geometry.FILL_MODES
        )
        self.interpolation = check.choice(
            owner, "interpolation", interpolation, ("nearest", "bilinear")
        )
        self.fill_value = fill_value

    def draw(self, key: jax.Array, shape: Sequence[int]) -> Any:
        """{"maps": (batch, 6)}."""
        return {"maps": self.maps(key, *shape[:3])}

    def transform(self, x: jax.Array, parameters: Any) -> jax.Array:
        """The images, resampled by affine maps."""
        return self._moved(x, parameters, self.interpolation)

    def transform_masks(self, masks: jax.Array, parameters: Any) -> jax.Array:
        """The masks, resampled in the same way with nearest pixels."""
        moved = self._moved(masks.astype(self.compute_dtype), parameters, "nearest")
        return moved.astype(masks.dtype)

    def move_boxes(
        self, boxes: jax.Array, parameters: Any, size: tuple[int, int]
    ) -> jax.Array:
        """The boxes around the moved corners."""
        return box_geometry.moved_by_maps(boxes, parameters["maps"])

    def _moved(self, x, parameters, interpolation):
        maps = parameters["maps"]
        return image_geometry.affine(
            x, maps, interpolation, self.fill_mode, self.fill_value
        )

    def maps(
        self, key: jax.Array, count: int, height: int, width: int
    ) -> jax.Array | None:
        """(count, 6) affine maps."""
        raise NotImplementedError(f"{type(self).__name__} has no maps.")


@register("RandomFlip")
class RandomFlip(Augmentation):
    """Random flip: mirror images, with probability 0.5 in each direction.

    With "horizontal_and_vertical" each direction is drawn by itself; in Keras 3 an
    image is flipped in both directions or in none.

    Args:
        mode: "horizontal" (left-right), "vertical" or "horizontal_and_vertical".
        seed: seed of the layer's random numbers; None for the global seed.
        data_format: "channels_last" or "channels_first".
        **base: arguments of `Layer`.

    Raises:
        ValueError: `mode` is unknown.
    """

    def __init__(
        self,
        mode: Literal[
            "horizontal_and_vertical", "horizontal", "vertical"
        ] = "horizontal_and_vertical",
        seed: int | None = None,
        data_format: DataFormat | None = None,
        **base: Unpack[LayerArguments],
    ) -> None:
        super().__init__(seed, data_format, **base)
        self.mode = check.choice("RandomFlip", "mode", mode, FLIPS)

    def _choices(self, key, count):
        """(flip left-right, flip up-down), bool (count,) or False."""
        left_right, up_down = jax.random.bernoulli(key, 0.5, (count, 2)).T
        return (
            "horizontal" in self.mode and left_right,
            "vertical" in self.mode and up_down,
        )

    def maps(
        self, key: jax.Array, count: int, height: int, width: int
    ) -> jax.Array | None:
        """The flips as affine maps."""
        across, down = (
            jnp.broadcast_to(mirrored, (count,))
            for mirrored in self._choices(key, count)
        )
        return image_geometry.flips(across, down, height, width)

    def draw(self, key: jax.Array, shape: Sequence[int]) -> Any:
        """Which images to flip in each direction, bool (batch,) or False."""
        across, down = self._choices(key, shape[0])
        return {"across": across, "down": down}

    def transform(self, x: jax.Array, parameters: Any) -> jax.Array:
        """The images, some of them flipped."""
        across, down = parameters["across"], parameters["down"]
        if across is not False:
            x = jnp.where(across[:, None, None, None], x[:, :, ::-1], x)
        if down is not False:
            x = jnp.where(down[:, None, None, None], x[:, ::-1], x)
        return x

    def transform_masks(self, masks: jax.Array, parameters: Any) -> jax.Array:
        """The masks, flipped as the images are."""
        return self.transform(masks, parameters)

    def move_boxes(
        self, boxes: jax.Array, parameters: Any, size: tuple[int, int]
    ) -> jax.Array:
        """The boxes, flipped as the images are."""
        height, width = size
        left, top, right, bottom = jnp.moveaxis(boxes, -1, 0)
        for name, low, high, length in (
            ("across", left, right, width),
            ("down", top, bottom, height),
        ):
            flipped = parameters[name]
            if flipped is False:
                continue
            new_low = jnp.where(flipped[:, None], length - high, low)
            new_high = jnp.where(flipped[:, None], length - low, high)
            if name == "across":
                left, right = new_low, new_high
            else:
                top, bottom = new_low, new_high
        return jnp.stack([left, top, right, bottom], axis=-1)


@register("RandomRotation")
class RandomRotation(_Mapped):
    """Random rotation of each image about its centre.

    Args:
        factor: fraction of a full turn: 0.1 draws from -36 to 36 degrees; or (low,
            high).
        fill_mode: how pixels outside of the image are filled: "reflect", "wrap",
            "nearest", "constant".
        interpolation: "bilinear" or "nearest".
        seed: seed of the layer's random numbers; None for the global seed.
        fill_value: pixel value for fill_mode="constant".
        data_format: "channels_last" or "channels_first".
        **base: arguments of `Layer`.

    Raises:
        ValueError: a factor is outside [-1, 1], or a mode is unknown.
    """

    def __init__(
        self,
        factor: Range,
        fill_mode: FillMode = "reflect",
        interpolation: Interpolation = "bilinear",
        seed: int | None = None,
        fill_value: float = 0.0,
        data_format: DataFormat | None = None,
        **base: Unpack[LayerArguments],
    ) -> None:
        super().__init__(
            fill_mode, interpolation, fill_value, seed, data_format, **base
        )
        self.factor = checked_range("RandomRotation", "factor", factor, -1, 1)

    def maps(
        self, key: jax.Array, count: int, height: int, width: int
    ) -> jax.Array | None:
        """Rotations by random angles."""
        angles = 2 * math.pi * uniform(key, (count,), self.factor)
        return image_geometry.rotations(angles, height, width)


@register("RandomZoom")
class RandomZoom(_Mapped):
    """Random zoom of each image about its centre.

    Args:
        height_factor: vertical zoom, negative to zoom in: 0.2 draws from 20 % in to 20
            % out; (-0.3, -0.2) zooms in by 20 to 30 %.
        width_factor: horizontal zoom; None keeps the aspect ratio.
        fill_mode: how pixels outside of the image are filled: "reflect", "wrap",
            "nearest", "constant".
        interpolation: "bilinear" or "nearest".
        seed: seed of the layer's random numbers; None for the global seed.
        fill_value: pixel value for fill_mode="constant".
        data_format: "channels_last" or "channels_first".
        **base: arguments of `Layer`.

    Raises:
        ValueError: a factor is at most -1 or above 1, or a mode is unknown.
    """

    def __init__(
        self,
        height_factor: Range,
        width_factor: Range | None = None,
        fill_mode: FillMode = "reflect",
        interpolation: Interpolation = "bilinear",
        seed: int | None = None,
        fill_value: float = 0.0,
        data_format: DataFormat | None = None,
        **base: Unpack[LayerArguments],
    ) -> None:
        super().__init__(
            fill_mode, interpolation, fill_value, seed, data_format, **base
        )
        self.height_factor, self.width_factor = height_factor, width_factor
        owner = "RandomZoom"
        self.height_range = checked_range(owner, "height_factor", height_factor, -1, 1)
        self.width_range = None
        if width_factor is not None:
            self.width_range = checked_range(owner, "width_factor", width_factor, -1, 1)
        for factors in filter(None, (self.height_range, self.width_range)):
            if factors[0] <= -1:
                raise ValueError(
                    f"RandomZoom({height_factor!r}, {width_factor!r}): a factor of -1 "
                    "zooms in for ever. Write for example RandomZoom((-0.5, 0.5))."
                )

    def maps(
        self, key: jax.Array, count: int, height: int, width: int
    ) -> jax.Array | None:
        """Zooms by random factors."""
        first, second = jax.random.split(key)
        high = 1 + uniform(first, (count,), self.height_range)
        wide = high
        if self.width_range is not None:
            wide = 1 + uniform(second, (count,), self.width_range)
        return image_geometry.zooms(high, wide, height, width)


@register("RandomTranslation")
class RandomTranslation(_Mapped):
    """Random translation of each image.

    Args:
        height_factor: fraction of the height, negative for up: 0.2 draws from 20 % up
            to 20 % down; or (low, high).
        width_factor: fraction of the width, negative for left.
        fill_mode: how pixels outside of the image are filled: "reflect", "wrap",
            "nearest", "constant".
        interpolation: "bilinear" or "nearest".
        seed: seed of the layer's random numbers; None for the global seed.
        fill_value: pixel value for fill_mode="constant".
        data_format: "channels_last" or "channels_first".
        **base: arguments of `Layer`.

    Raises:
        ValueError: a factor is outside [-1, 1], or a mode is unknown.
    """

    def __init__(
        self,
        height_factor: Range,
        width_factor: Range,
        fill_mode: FillMode = "reflect",
        interpolation: Interpolation = "bilinear",
        seed: int | None = None,
        fill_value: float = 0.0,
        data_format: DataFormat | None = None,
        **base: Unpack[LayerArguments],
    ) -> None:
        super().__init__(
            fill_mode, interpolation, fill_value, seed, data_format, **base
        )
        owner = "RandomTranslation"
        self.height_factor, self.width_factor = height_factor, width_factor
        self.height_range = checked_range(owner, "height_factor", height_factor, -1, 1)
        self.width_range = checked_range(owner, "width_factor", width_factor, -1, 1)

    def maps(
        self, key: jax.Array, count: int, height: int, width: int
    ) -> jax.Array | None:
        """Shifts by random numbers of pixels."""
        first, second = jax.random.split(key)
        down = height * uniform(first, (count,), self.height_range)
        right = width * uniform(second, (count,), self.width_range)
        return image_geometry.translations(down, right)


@register("RandomCrop")
class RandomCrop(Augmentation):
    """Random crop: cut a window out of each image.

    Each image has its own window; in Keras 3 all images of a batch have the same.

    Outside of training, and for images smaller than the window, the largest centred
    crop with the window's aspect ratio is resized to the window.

    Args:
        height: height of the window in pixels.
        width: width of the window in pixels.
        seed: seed of the layer's random numbers; None for the global seed.
        data_format: "channels_last" or "channels_first".
        **base: arguments of `Layer`.

    Raises:
        ValueError: a size is not a positive integer.
    """

    def __init__(
        self,
        height: int,
        width: int,
        seed: int | None = None,
        data_format: DataFormat | None = None,
        **base: Unpack[LayerArguments],
    ) -> None:
        super().__init__(seed, data_format, **base)
        self.height = check.positive_int("RandomCrop", "height", height, 128)
        self.width = check.positive_int("RandomCrop", "width", width, 128)

    def rest(self, x: jax.Array) -> jax.Array:
        """The largest centred crop, resized to the window."""
        return self._center_crop(x, self.data_format)

    def _draw_positions(self, key, count, height, width):
        """(tops, lefts) of the windows, (count,) each; None if images are too small."""
        room = height - self.height, width - self.width
        if min(room) < 0:
            return None
        return [
            jax.random.randint(k, (count,), 0, n + 1)
            for k, n in zip(jax.random.split(key), room, strict=True)
        ]

    def maps(self, key: jax.Array, count: int, height: int, width: int) -> jax.Array:
        """Translations to the windows; for small images the centred crop."""
        positions = self._draw_positions(key, count, height, width)
        if positions is not None:
            return image_geometry.translations(
                *(-position.astype("float32") for position in positions)
            )
        size = (self.height, self.width)
        crop_size = image_geometry.proportions_within((height, width), size)
        affine_map = [0.0] * 6
        for axis, (image_side, crop_side, window_side) in enumerate(
            zip((height, width), crop_size, size, strict=True)
        ):
            step = crop_side / window_side
            offset = (image_side - crop_side) // 2 + (step - 1) / 2
            affine_map[4 - 4 * axis] = step
            affine_map[5 - 3 * axis] = offset
        return jnp.tile(jnp.array(affine_map), (count, 1))

    def output_size(self, size: tuple[int, int]) -> tuple[int, int]:
        """The size of the window."""
        return self.height, self.width

    def move_boxes(
        self, boxes: jax.Array, parameters: Any, size: tuple[int, int]
    ) -> jax.Array:
        """The boxes relative to the windows."""
        maps = self.maps(parameters["key"], len(boxes), *size)
        # A window that is resized samples at pixel centres; boxes are edges of pixels.
        return box_geometry.moved_by_maps(boxes - 0.5, maps) + 0.5

    def change(self, x: jax.Array, key: jax.Array) -> jax.Array:
        """A random crop of each image."""
        positions = self._draw_positions(key, *x.shape[:3])
        if positions is None:
            return self._center_crop(x, "channels_last")
        tops, lefts = positions
        size = (self.height, self.width, x.shape[3])

        def window(picture, top, left):
            return jax.lax.dynamic_slice(picture, (top, left, 0), size)

        return jax.vmap(window)(x, tops, lefts)

    def transform_masks(self, masks: jax.Array, parameters: Any) -> jax.Array:
        """The same windows of the masks."""
        return self.transform(masks, parameters)

    def _center_crop(self, x, data_format):
        size = (self.height, self.width)
        part = image_geometry.crop_to_proportions(x, size, data_format)
        return image_geometry.resize(part, size, "bilinear", data_format)
