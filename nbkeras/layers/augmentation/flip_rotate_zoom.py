"""Random changes of place: flip, turn, zoom, shift, cut; drawn for each image."""

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
from nbkeras.ops import image_geometry

FLIPS = ("horizontal_and_vertical", "horizontal", "vertical")


class _Mapped(Augmentation):
    """Those that move pixels."""

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

    def transform(self, x: jax.Array, drawn: Any) -> jax.Array:
        """The images, resampled by the maps."""
        return self._moved(x, drawn, self.interpolation)

    def transform_masks(self, masks: jax.Array, drawn: Any) -> jax.Array:
        """The masks, resampled in the same way with nearest pixels."""
        moved = self._moved(masks.astype(self.compute_dtype), drawn, "nearest")
        return moved.astype(masks.dtype)

    def _moved(self, x, drawn, interpolation):
        maps = drawn["maps"]
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
    """Mirror each image or not, with even odds for each direction by itself.

    Args:
        mode: "horizontal" (left-right), "vertical", "horizontal_and_vertical".
        seed: seed of the layer's random numbers; None for the global seed.
        data_format: "channels_last" or "channels_first".
        **base: arguments of `Layer`.

    Raises:
        ValueError: unknown mode.
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
        """(mirrored left-right, mirrored up-down), bool (count,) or False."""
        across, down = jax.random.bernoulli(key, 0.5, (count, 2)).T
        return "horizontal" in self.mode and across, "vertical" in self.mode and down

    def maps(
        self, key: jax.Array, count: int, height: int, width: int
    ) -> jax.Array | None:
        """Mirrors of some."""
        across, down = (
            jnp.broadcast_to(mirrored, (count,))
            for mirrored in self._choices(key, count)
        )
        return image_geometry.flips(across, down, height, width)

    def draw(self, key: jax.Array, shape: Sequence[int]) -> Any:
        """Which are mirrored, bool (batch,) or False."""
        across, down = self._choices(key, shape[0])
        return {"across": across, "down": down}

    def transform(self, x: jax.Array, drawn: Any) -> jax.Array:
        """The images, some mirrored."""
        across, down = drawn["across"], drawn["down"]
        if across is not False:
            x = jnp.where(across[:, None, None, None], x[:, :, ::-1], x)
        if down is not False:
            x = jnp.where(down[:, None, None, None], x[:, ::-1], x)
        return x

    def transform_masks(self, masks: jax.Array, drawn: Any) -> jax.Array:
        """The masks, changed as the images are."""
        return self.transform(masks, drawn)


@register("RandomRotation")
class RandomRotation(_Mapped):
    """Turn each image about its middle.

    Args:
        factor: share of a full turn: 0.1 draws from -36 to 36 degrees; or (low, high).
        fill_mode: beyond the edge: "reflect", "wrap", "nearest", "constant".
        interpolation: "bilinear" or "nearest".
        seed: seed of the layer's random numbers; None for the global seed.
        fill_value: for "constant".
        data_format: "channels_last" or "channels_first".
        **base: arguments of `Layer`.

    Raises:
        ValueError: a factor beyond -1 to 1, unknown modes.
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
    """Zoom each image about its middle.

    Args:
        height_factor: 0.2 draws from 20 % in to 20 % out; (-0.3, -0.2) zooms in by 20
            to 30 %. Negative zooms in.
        width_factor: the same across; None keeps the proportions.
        fill_mode: beyond the edge: "reflect", "wrap", "nearest", "constant".
        interpolation: "bilinear" or "nearest".
        seed: seed of the layer's random numbers; None for the global seed.
        fill_value: for "constant".
        data_format: "channels_last" or "channels_first".
        **base: arguments of `Layer`.

    Raises:
        ValueError: a factor of -1 or less, or above 1; unknown modes.
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
    """Shift each image.

    Args:
        height_factor: share of the height: 0.2 draws from 20 % up to 20 % down; or
            (low, high). Negative is up.
        width_factor: share of the width; negative is left.
        fill_mode: beyond the edge: "reflect", "wrap", "nearest", "constant".
        interpolation: "bilinear" or "nearest".
        seed: seed of the layer's random numbers; None for the global seed.
        fill_value: for "constant".
        data_format: "channels_last" or "channels_first".
        **base: arguments of `Layer`.

    Raises:
        ValueError: a factor beyond -1 to 1, unknown modes.
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
    """Crop a random window of each image.

    Outside of training, and for images smaller than the window, the largest middle
    part with the window's proportions is taken and brought to its size.

    Args:
        height: of the window, pixels.
        width: of the window, pixels.
        seed: seed of the layer's random numbers; None for the global seed.
        data_format: "channels_last" or "channels_first".
        **base: arguments of `Layer`.

    Raises:
        ValueError: a size is no positive integer.
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
        """The largest middle part, at the window's size."""
        return self._middle(x, self.data_format)

    def _places(self, key, count, height, width):
        """(tops, lefts) of the windows, (count,) each; None if the image is small."""
        room = height - self.height, width - self.width
        if min(room) < 0:
            return None
        return [
            jax.random.randint(k, (count,), 0, n + 1)
            for k, n in zip(jax.random.split(key), room, strict=True)
        ]

    def maps(
        self, key: jax.Array, count: int, height: int, width: int
    ) -> jax.Array | None:
        """Shifts to the windows; of a small image the middle, at their size."""
        places = self._places(key, count, height, width)
        if places is not None:
            return image_geometry.translations(
                *(-place.astype("float32") for place in places)
            )
        size = (self.height, self.width)
        kept = image_geometry.proportions_within((height, width), size)
        part = [0.0] * 6
        for at, (n, k, wanted) in enumerate(
            zip((height, width), kept, size, strict=True)
        ):
            step = k / wanted
            part[4 - 4 * at] = step
            part[5 - 3 * at] = (n - k) // 2 + (step - 1) / 2
        return jnp.tile(jnp.array(part), (count, 1))

    def change(self, x: jax.Array, key: jax.Array) -> jax.Array:
        """A random window of each image."""
        places = self._places(key, *x.shape[:3])
        if places is None:
            return self._middle(x, "channels_last")
        tops, lefts = places
        size = (self.height, self.width, x.shape[3])

        def window(picture, top, left):
            return jax.lax.dynamic_slice(picture, (top, left, 0), size)

        return jax.vmap(window)(x, tops, lefts)

    def transform_masks(self, masks: jax.Array, drawn: Any) -> jax.Array:
        """The same windows of the masks."""
        return self.transform(masks, drawn)

    def _middle(self, x, data_format):
        size = (self.height, self.width)
        part = image_geometry.crop_to_proportions(x, size, data_format)
        return image_geometry.resize(part, size, "bilinear", data_format)
