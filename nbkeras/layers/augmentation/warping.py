"""Random shear, perspective, elastic distortion and erasing."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from nbkeras.core import check
from nbkeras.core.annotations import DataFormat, FillMode, Interpolation, Range
from nbkeras.core.structured_errors import argument
from nbkeras.layers.augmentation.base import Augmentation, uniform
from nbkeras.layers.augmentation.random_settings import (
    happens,
    share,
    sign,
    values,
    where_it_happens,
)
from nbkeras.layers.engine.registry import register
from nbkeras.ops import colour, image_geometry

INTERPOLATIONS = ("nearest", "bilinear")


class Moved(Augmentation):
    """Base class of layers that move pixels; masks use the nearest pixel."""

    def transform(self, x: jax.Array, drawn: Any) -> jax.Array:
        """The moved images."""
        return x if drawn is None else self.moved(x, drawn, self.interpolation)

    def transform_masks(self, masks: jax.Array, drawn: Any) -> jax.Array:
        """The moved masks."""
        moved = self.moved(masks.astype(self.compute_dtype), drawn, "nearest")
        return moved.astype(masks.dtype)

    def moved(
        self, x: jax.Array, drawn: Any, interpolation: Interpolation
    ) -> jax.Array:
        """Resample images (batch, h, w, c) at moved positions."""
        raise NotImplementedError(f"{type(self).__name__} has no moved.")


@register("RandomShear")
class RandomShear(Moved):
    """Random shear of each image.

    Args:
        x_factor: how far columns move for each row, at most; a number or (low, high)
            from 0 to 1. The direction is drawn.
        y_factor: how far rows move for each column.
        interpolation: "bilinear" or "nearest".
        fill_mode: beyond the edge: "reflect", "wrap", "nearest", "constant".
        fill_value: for "constant".
        data_format: "channels_last" or "channels_first".
        seed: seed of the layer's random numbers; None for the global seed.
        **base: arguments of `Layer`.

    Raises:
        ValueError: a factor beyond 0 to 1, unknown modes.
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
        self.x_factor, self.y_factor = _shown(self._across), _shown(self._down)
        self.interpolation = check.choice(
            "RandomShear", "interpolation", interpolation, INTERPOLATIONS
        )
        self.fill_mode = check.choice(
            "RandomShear", "fill_mode", fill_mode, image_geometry.FILL_MODES
        )
        self.fill_value = fill_value

    def draw(self, key: jax.Array, shape: Sequence[int]) -> Any:
        """{"shear_factor": (batch, 2)}: across and down."""
        turned, across, down = jax.random.split(key, 3)
        factors = [
            uniform(across, (shape[0],), self._across),
            uniform(down, (shape[0],), self._down),
        ]
        drawn = jnp.stack(factors, 1) * sign(turned, shape[0])[:, None]
        return {"shear_factor": drawn}

    def maps(self, key: jax.Array, count: int, height: int, width: int) -> jax.Array:
        """Shears by random factors."""
        return image_geometry.shears(*self.draw(key, (count,))["shear_factor"].T)

    def moved(
        self, x: jax.Array, drawn: Any, interpolation: Interpolation
    ) -> jax.Array:
        """The sheared images."""
        maps = image_geometry.shears(*jnp.asarray(drawn["shear_factor"]).T)
        return image_geometry.affine(
            x, maps, interpolation, self.fill_mode, self.fill_value
        )


def _shear(name, factor):
    """(low, high): symmetric for one number."""
    if isinstance(factor, list | tuple) and len(factor) == 2 and factor[0] < 0:
        factor = factor[1] if factor[0] == -factor[1] else factor
    low, high = share("RandomShear", name, factor)
    return (low, high) if isinstance(factor, list | tuple) else (-high, high)


def _shown(bounds):
    """One number for a symmetric pair: Keras cannot read its own negative pair."""
    return bounds[1] if bounds[0] == -bounds[1] else bounds


@register("RandomPerspective")
class RandomPerspective(Moved):
    """Random perspective: move the corners of some images.

    Args:
        factor: odds of a change, 0.3 draws them from 0 to 0.3; or (low, high).
        scale: how far corners move, 0 to 1: 1 is up to half the size.
        interpolation: "bilinear" or "nearest".
        fill_value: beyond the edge.
        seed: seed of the layer's random numbers; None for the global seed.
        data_format: "channels_last" or "channels_first".
        **base: arguments of `Layer`.

    Raises:
        ValueError: a factor or scale beyond 0 to 1, unknown interpolation.
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
        self.factor = share("RandomPerspective", "factor", factor)
        self.scale = check.number("RandomPerspective", "scale", scale, 0, 1)
        self.interpolation = check.choice(
            "RandomPerspective", "interpolation", interpolation, INTERPOLATIONS
        )
        self.fill_value = fill_value

    def draw(self, key: jax.Array, shape: Sequence[int]) -> Any:
        """Which images change, and their corners before and after, (batch, 4, 2)."""
        chosen, moves = jax.random.split(key)
        count, height, width = shape[:3]
        right, bottom = width - 1.0, height - 1.0
        corners = jnp.array([[0, 0], [right, 0], [0, bottom], [right, bottom]])
        corners = jnp.tile(corners, (count, 1, 1))
        reach = self.scale / 2
        moved = corners * (1 + uniform(moves, (count, 4, 2), (-reach, reach)))
        return {
            "apply_perspective": happens(chosen, self.factor, count),
            "start_points": corners,
            "end_points": moved,
        }

    def moved(
        self, x: jax.Array, drawn: Any, interpolation: Interpolation
    ) -> jax.Array:
        """The images, some with changed perspective."""
        maps = image_geometry.homographies(drawn["end_points"], drawn["start_points"])
        seen = image_geometry.projective(x, maps, interpolation, self.fill_value)
        return where_it_happens(drawn["apply_perspective"], seen, x)


@register("RandomElasticTransform")
class RandomElasticTransform(Moved):
    """Random elastic distortion: shift the pixels of some images smoothly.

    Shifts down and across are drawn apart (Keras 3.15 on JAX draws one for both).

    Args:
        factor: odds of a change, 0.3 draws them from 0 to 0.3; or (low, high).
        scale: how strong it is, a number or (low, high) from 0 to 1.
        interpolation: "bilinear" or "nearest".
        fill_mode: beyond the edge: "reflect", "wrap", "nearest", "constant".
        fill_value: for "constant".
        value_range: least and greatest value of pixels; the result is cut off there.
        seed: seed of the layer's random numbers; None for the global seed.
        data_format: "channels_last" or "channels_first".
        **base: arguments of `Layer`.

    Raises:
        ValueError: a factor or scale beyond 0 to 1, unknown modes.

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
        self.factor = share(owner, "factor", factor)
        self.scale = share(owner, "scale", scale)
        self.interpolation = check.choice(
            owner, "interpolation", interpolation, INTERPOLATIONS
        )
        self.fill_mode = check.choice(
            owner, "fill_mode", fill_mode, image_geometry.FILL_MODES
        )
        self.fill_value = fill_value
        self.value_range = values(owner, value_range)

    def draw(self, key: jax.Array, shape: Sequence[int]) -> Any:
        """Which images change, how strongly, and noise (batch, h, w, 2)."""
        chosen, strength, noise = jax.random.split(key, 3)
        return {
            "apply_transform": happens(chosen, self.factor, shape[0]),
            "distortion_factor": uniform(strength, (), self.scale),
            "noise": jax.random.normal(noise, (*shape[:3], 2)),
        }

    def transform(self, x: jax.Array, drawn: Any) -> jax.Array:
        """The images, some distorted, within their range of values."""
        return jnp.clip(super().transform(x, drawn), *self.value_range)

    def moved(
        self, x: jax.Array, drawn: Any, interpolation: Interpolation
    ) -> jax.Array:
        """The images, some distorted."""
        height, width = x.shape[1:3]
        strength = drawn["distortion_factor"]
        sigma = min(height, width) * 0.05 * strength
        taps = int(6 * min(height, width) * 0.05 * self.scale[1]) | 1
        used = (6 * sigma).astype(jnp.int32) | 1
        noise = drawn["noise"] * sigma
        safe = jnp.maximum(sigma, 1e-6)
        shifts = colour.blurred(noise, (safe, safe), (taps, taps), (used, used))
        shifts *= max(height, width) * 0.1 * strength
        rows = jnp.arange(height)[:, None] + shifts[..., 0]
        columns = jnp.arange(width) + shifts[..., 1]

        def one(picture, rows, columns):
            mode = (self.fill_mode, self.fill_value)
            return image_geometry.sample(picture, rows, columns, interpolation, *mode)

        distorted = jax.vmap(one)(x, rows, columns)
        return where_it_happens(drawn["apply_transform"], distorted, x)


@register("RandomErasing")
class RandomErasing(Augmentation):
    """Random erasing: fill a rectangle of some images with noise or one colour.

    Args:
        factor: odds of a change, 0.3 draws them from 0 to 0.3; or (low, high).
        scale: share of each side that the rectangle takes, squared: (low, high).
        fill_value: a number, three for the channels, or None for noise.
        value_range: least and greatest value of pixels; the filling is cut off there.
        seed: seed of the layer's random numbers; None for the global seed.
        data_format: "channels_last" or "channels_first".
        **base: arguments of `Layer`.

    Raises:
        ValueError: a factor or scale beyond 0 to 1; no proper filling.

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
        self.factor = share(owner, "factor", factor)
        self.scale = share(owner, "scale", scale)
        self.value_range = values(owner, value_range)
        self.fill_value = fill_value
        number = check.is_int(fill_value) or isinstance(fill_value, float)
        three = isinstance(fill_value, list | tuple) and len(fill_value) == 3
        if not (fill_value is None or number or three):
            needed = "a number, three numbers, or None for noise"
            raise argument(owner, "fill_value", fill_value, needed, "0")

    def draw(self, key: jax.Array, shape: Sequence[int]) -> Any:
        """Which images change, where, (batch, h, w, c), and what stands there."""
        sizes, places, chosen, noise = jax.random.split(key, 4)
        parts = jnp.sqrt(uniform(sizes, (shape[0], 2), self.scale))
        if self.fill_value is None:
            filling = jax.random.normal(noise, shape) * self.value_range[1]
        else:
            filling = jnp.broadcast_to(jnp.asarray(self.fill_value, "float32"), shape)
        return {
            "apply_erasing": happens(chosen, self.factor, shape[0]),
            "batch_masks": rectangles(places, shape, parts[:, 1], parts[:, 0])[0],
            "fill_value": jnp.clip(filling, *self.value_range),
        }

    def transform(self, x: jax.Array, drawn: Any) -> jax.Array:
        """The images, some with a rectangle filled."""
        filling = jnp.asarray(drawn["fill_value"], x.dtype)
        erased = jnp.where(drawn["batch_masks"], filling, x)
        return where_it_happens(drawn["apply_erasing"], erased, x)


def rectangles(
    key: jax.Array, shape: Sequence[int], high: Any, wide: Any
) -> tuple[jax.Array, Any]:
    """Random rectangles in images of `shape` (batch, h, w, c).

    Args:
        key: a JAX key.
        shape: of the images.
        high: their share of the height, (batch,). wide: of the width.

    Returns: (bool of `shape`, True inside; their share of the area, (batch,)).
    """
    inside, areas = [], 1.0
    for part, size, one in zip(
        (high, wide), shape[1:3], jax.random.split(key), strict=True
    ):
        length = part * size
        start = jax.random.uniform(one, (shape[0],)) * (size - length)
        place = jnp.arange(size)
        end = start + length
        inside.append((place >= start[:, None]) & (place < end[:, None]))
        areas *= length / size
    masks = inside[0][:, :, None, None] & inside[1][:, None, :, None]
    return jnp.broadcast_to(masks, shape), areas
