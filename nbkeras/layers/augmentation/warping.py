"""Random shear, perspective, elastic distortion and erasing."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from nbkeras.core import check
from nbkeras.core.annotations import DataFormat, FillMode, Interpolation, Range
from nbkeras.core.errors.structured_errors import argument
from nbkeras.layers.augmentation.base import Augmentation, uniform
from nbkeras.layers.augmentation.random_settings import (
    checked_fraction,
    checked_value_range,
    draw_applied,
    sign,
    where_applied,
)
from nbkeras.layers.engine.registry import register
from nbkeras.ops import box_geometry, colour, image_geometry

INTERPOLATIONS = ("nearest", "bilinear")


class Moved(Augmentation):
    """Base class of layers that move pixels; masks use nearest-neighbour sampling."""

    def transform(self, x: jax.Array, parameters: Any) -> jax.Array:
        """The moved images."""
        return (
            x if parameters is None else self.moved(x, parameters, self.interpolation)
        )

    def transform_masks(self, masks: jax.Array, parameters: Any) -> jax.Array:
        """The moved masks."""
        moved = self.moved(masks.astype(self.compute_dtype), parameters, "nearest")
        return moved.astype(masks.dtype)

    def moved(
        self, x: jax.Array, parameters: Any, interpolation: Interpolation
    ) -> jax.Array:
        """Resample images (batch, h, w, c) at moved positions."""
        raise NotImplementedError(f"{type(self).__name__} has no moved.")


@register("RandomShear")
class RandomShear(Moved):
    """Random shear of each image.

    Args:
        x_factor: maximum horizontal shift per row, in pixels; a number or (low, high),
            0 to 1. The direction is random.
        y_factor: maximum vertical shift per column.
        interpolation: "bilinear" or "nearest".
        fill_mode: how pixels outside of the image are filled: "reflect", "wrap",
            "nearest", "constant".
        fill_value: pixel value for fill_mode="constant".
        data_format: "channels_last" or "channels_first".
        seed: seed of the layer's random numbers; None for the global seed.
        **base: arguments of `Layer`.

    Raises:
        ValueError: a factor is outside [0, 1], or a mode is unknown.
    """

    def __init__(
        self,
        x_factor: Range = 0.0,
        y_factor: Range = 0.0,
        interpolation: Interpolation = "bilinear",
        fill_mode: FillMode = "reflect",
        fill_value: float = 0.0,
        data_format: DataFormat | None = None,
        seed: int | None = None,
        **base: Any,
    ) -> None:
        super().__init__(seed, data_format, **base)
        self._across = _shear("x_factor", x_factor)
        self._down = _shear("y_factor", y_factor)
        self.x_factor, self.y_factor = (
            _config_value(self._across),
            _config_value(self._down),
        )
        self.interpolation = check.choice(
            "RandomShear", "interpolation", interpolation, INTERPOLATIONS
        )
        self.fill_mode = check.choice(
            "RandomShear", "fill_mode", fill_mode, image_geometry.FILL_MODES
        )
        self.fill_value = fill_value

    def draw(self, key: jax.Array, shape: Sequence[int]) -> Any:
        """{"shear_factor": (batch, 2)}: horizontal and vertical."""
        turned, across, down = jax.random.split(key, 3)
        factors = [
            uniform(across, (shape[0],), self._across),
            uniform(down, (shape[0],), self._down),
        ]
        parameters = jnp.stack(factors, 1) * sign(turned, shape[0])[:, None]
        return {"shear_factor": parameters}

    def maps(self, key: jax.Array, count: int, height: int, width: int) -> jax.Array:
        """The shears as affine maps."""
        # The class's own draw: the studio replaces that of the object.
        parameters = type(self).draw(self, key, (count,))
        return image_geometry.shears(*parameters["shear_factor"].T)

    def moved(
        self, x: jax.Array, parameters: Any, interpolation: Interpolation
    ) -> jax.Array:
        """The sheared images."""
        maps = image_geometry.shears(*jnp.asarray(parameters["shear_factor"]).T)
        return image_geometry.affine(
            x, maps, interpolation, self.fill_mode, self.fill_value
        )

    def move_boxes(
        self, boxes: jax.Array, parameters: Any, size: tuple[int, int]
    ) -> jax.Array:
        """The boxes around the sheared corners."""
        maps = image_geometry.shears(*jnp.asarray(parameters["shear_factor"]).T)
        return box_geometry.moved_by_maps(boxes, maps)


def _shear(name, factor):
    """(low, high); one number means a symmetric range."""
    if isinstance(factor, list | tuple) and len(factor) == 2 and factor[0] < 0:
        factor = factor[1] if factor[0] == -factor[1] else factor
    low, high = checked_fraction("RandomShear", name, factor)
    return (low, high) if isinstance(factor, list | tuple) else (-high, high)


def _config_value(bounds):
    """The factor for configs: one number for a symmetric pair, which Keras requires."""
    return bounds[1] if bounds[0] == -bounds[1] else bounds


@register("RandomPerspective")
class RandomPerspective(Moved):
    """Random perspective: move the corners of some images.

    Args:
        factor: probability of a change; 0.3 draws it from 0 to 0.3; or (low, high).
        scale: maximum shift of the corners, 0 to 1; 1 is half the size of the image.
        interpolation: "bilinear" or "nearest".
        fill_value: value of pixels outside of the image.
        seed: seed of the layer's random numbers; None for the global seed.
        data_format: "channels_last" or "channels_first".
        **base: arguments of `Layer`.

    Raises:
        ValueError: `factor` or `scale` is outside [0, 1], or `interpolation` is
            unknown.
    """

    def __init__(
        self,
        factor: Range = 1.0,
        scale: float = 1.0,
        interpolation: Interpolation = "bilinear",
        fill_value: float = 0.0,
        seed: int | None = None,
        data_format: DataFormat | None = None,
        **base: Any,
    ) -> None:
        super().__init__(seed, data_format, **base)
        self.factor = checked_fraction("RandomPerspective", "factor", factor)
        self.scale = check.number("RandomPerspective", "scale", scale, 0, 1)
        self.interpolation = check.choice(
            "RandomPerspective", "interpolation", interpolation, INTERPOLATIONS
        )
        self.fill_value = fill_value

    def draw(self, key: jax.Array, shape: Sequence[int]) -> Any:
        """Which images to change, and their corners before and after, (batch, 4, 2)."""
        chosen, moves = jax.random.split(key)
        count, height, width = shape[:3]
        right, bottom = width - 1.0, height - 1.0
        corners = jnp.array([[0, 0], [right, 0], [0, bottom], [right, bottom]])
        corners = jnp.tile(corners, (count, 1, 1))
        reach = self.scale / 2
        moved = corners * (1 + uniform(moves, (count, 4, 2), (-reach, reach)))
        return {
            "apply_perspective": draw_applied(chosen, self.factor, count),
            "start_points": corners,
            "end_points": moved,
        }

    def moved(
        self, x: jax.Array, parameters: Any, interpolation: Interpolation
    ) -> jax.Array:
        """The images, some of them in another perspective."""
        maps = image_geometry.homographies(
            parameters["end_points"], parameters["start_points"]
        )
        seen = image_geometry.projective(x, maps, interpolation, self.fill_value)
        return where_applied(parameters["apply_perspective"], seen, x)

    def move_boxes(
        self, boxes: jax.Array, parameters: Any, size: tuple[int, int]
    ) -> jax.Array:
        """The boxes around the moved corners, in the images that are changed."""
        maps = image_geometry.homographies(
            parameters["start_points"], parameters["end_points"]
        )
        moved = box_geometry.moved_by_homographies(boxes, maps)
        return jnp.where(parameters["apply_perspective"][:, None, None], moved, boxes)


@register("RandomElasticTransform")
class RandomElasticTransform(Moved):
    """Random elastic distortion: shift the pixels of some images smoothly.

    Vertical and horizontal shifts are drawn independently (Keras 3.15 on JAX uses one
    for both).

    Args:
        factor: probability of a change; 0.3 draws it from 0 to 0.3; or (low, high).
        scale: strength of the distortion, a number or (low, high), 0 to 1.
        interpolation: "bilinear" or "nearest".
        fill_mode: how pixels outside of the image are filled: "reflect", "wrap",
            "nearest", "constant".
        fill_value: pixel value for fill_mode="constant".
        value_range: minimum and maximum pixel value; the result is clipped to it.
        seed: seed of the layer's random numbers; None for the global seed.
        data_format: "channels_last" or "channels_first".
        **base: arguments of `Layer`.

    Raises:
        ValueError: `factor` or `scale` is outside [0, 1], or a mode is unknown.

    Source: Simard, Steinkraus, Platt, "Best practices for convolutional neural
    networks", ICDAR (2003).
    """

    def __init__(
        self,
        factor: Range = 1.0,
        scale: Range = 1.0,
        interpolation: Interpolation = "bilinear",
        fill_mode: FillMode = "reflect",
        fill_value: float = 0.0,
        value_range: Sequence[float] = (0, 255),
        seed: int | None = None,
        data_format: DataFormat | None = None,
        **base: Any,
    ) -> None:
        super().__init__(seed, data_format, **base)
        owner = "RandomElasticTransform"
        self.factor = checked_fraction(owner, "factor", factor)
        self.scale = checked_fraction(owner, "scale", scale)
        self.interpolation = check.choice(
            owner, "interpolation", interpolation, INTERPOLATIONS
        )
        self.fill_mode = check.choice(
            owner, "fill_mode", fill_mode, image_geometry.FILL_MODES
        )
        self.fill_value = fill_value
        self.value_range = checked_value_range(owner, value_range)

    def draw(self, key: jax.Array, shape: Sequence[int]) -> Any:
        """Which images to distort, the strength, and noise (batch, h, w, 2)."""
        chosen, strength, noise = jax.random.split(key, 3)
        return {
            "apply_transform": draw_applied(chosen, self.factor, shape[0]),
            "distortion_factor": uniform(strength, (), self.scale),
            "noise": jax.random.normal(noise, (*shape[:3], 2)),
        }

    def transform(self, x: jax.Array, parameters: Any) -> jax.Array:
        """The images, some of them distorted, clipped to the value range."""
        return jnp.clip(super().transform(x, parameters), *self.value_range)

    def moved(
        self, x: jax.Array, parameters: Any, interpolation: Interpolation
    ) -> jax.Array:
        """The images, some of them distorted."""
        height, width = x.shape[1:3]
        strength = parameters["distortion_factor"]
        sigma = min(height, width) * 0.05 * strength
        taps = int(6 * min(height, width) * 0.05 * self.scale[1]) | 1
        used = (6 * sigma).astype(jnp.int32) | 1
        noise = parameters["noise"] * sigma
        safe = jnp.maximum(sigma, 1e-6)
        shifts = colour.blurred(noise, (safe, safe), (taps, taps), (used, used))
        shifts *= max(height, width) * 0.1 * strength
        rows = jnp.arange(height)[:, None] + shifts[..., 0]
        columns = jnp.arange(width) + shifts[..., 1]

        def one(picture, rows, columns):
            mode = (self.fill_mode, self.fill_value)
            return image_geometry.sample(picture, rows, columns, interpolation, *mode)

        distorted = jax.vmap(one)(x, rows, columns)
        return where_applied(parameters["apply_transform"], distorted, x)


@register("RandomErasing")
class RandomErasing(Augmentation):
    """Random erasing: fill a rectangle of some images with noise or one colour.

    Args:
        factor: probability of a change; 0.3 draws it from 0 to 0.3; or (low, high).
        scale: (low, high) of the squares of the rectangle's sides relative to the
            image's.
        fill_value: one number, three for the channels, or None for noise.
        value_range: minimum and maximum pixel value; the filling is clipped to it.
        seed: seed of the layer's random numbers; None for the global seed.
        data_format: "channels_last" or "channels_first".
        **base: arguments of `Layer`.

    Raises:
        ValueError: `factor` or `scale` is outside [0, 1], or `fill_value` is invalid.

    Source: Zhong et al., "Random erasing data augmentation", AAAI (2020).
    """

    def __init__(
        self,
        factor: Range = 1.0,
        scale: Any = (0.02, 0.33),
        fill_value: float | None = None,
        value_range: Sequence[float] = (0, 255),
        seed: int | None = None,
        data_format: DataFormat | None = None,
        **base: Any,
    ) -> None:
        super().__init__(seed, data_format, **base)
        owner = "RandomErasing"
        self.factor = checked_fraction(owner, "factor", factor)
        self.scale = checked_fraction(owner, "scale", scale)
        self.value_range = checked_value_range(owner, value_range)
        self.fill_value = fill_value
        number = check.is_int(fill_value) or isinstance(fill_value, float)
        three = isinstance(fill_value, list | tuple) and len(fill_value) == 3
        if not (fill_value is None or number or three):
            needed = "a number, three numbers, or None for noise"
            raise argument(owner, "fill_value", fill_value, needed, "0")

    def draw(self, key: jax.Array, shape: Sequence[int]) -> Any:
        """Which images to change, the rectangles (batch, h, w, c), and the filling."""
        sizes, places, chosen, noise = jax.random.split(key, 4)
        parts = jnp.sqrt(uniform(sizes, (shape[0], 2), self.scale))
        if self.fill_value is None:
            filling = jax.random.normal(noise, shape) * self.value_range[1]
        else:
            filling = jnp.broadcast_to(jnp.asarray(self.fill_value, "float32"), shape)
        return {
            "apply_erasing": draw_applied(chosen, self.factor, shape[0]),
            "batch_masks": rectangles(places, shape, parts[:, 1], parts[:, 0])[0],
            "fill_value": jnp.clip(filling, *self.value_range),
        }

    def transform(self, x: jax.Array, parameters: Any) -> jax.Array:
        """The images, some of them with a filled rectangle."""
        filling = jnp.asarray(parameters["fill_value"], x.dtype)
        erased = jnp.where(parameters["batch_masks"], filling, x)
        return where_applied(parameters["apply_erasing"], erased, x)


def rectangles(
    key: jax.Array, shape: Sequence[int], high: Any, wide: Any
) -> tuple[jax.Array, Any]:
    """Random rectangles in images of `shape` (batch, h, w, c).

    Args:
        key: a JAX key.
        shape: shape of the images.
        high: heights as a fraction of the images', (batch,).
        wide: widths as a fraction of the images', (batch,).

    Returns:
        (bool array of `shape`, True inside; areas as a fraction of the images',
        (batch,)).
    """
    inside, areas = [], 1.0
    for fraction, size, axis_key in zip(
        (high, wide), shape[1:3], jax.random.split(key), strict=True
    ):
        length = fraction * size
        start = jax.random.uniform(axis_key, (shape[0],)) * (size - length)
        positions = jnp.arange(size)
        end = start + length
        inside.append((positions >= start[:, None]) & (positions < end[:, None]))
        areas *= length / size
    masks = inside[0][:, :, None, None] & inside[1][:, None, :, None]
    return jnp.broadcast_to(masks, shape), areas
