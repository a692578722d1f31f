"""Random changes of colour, drawn for each image."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from nbkeras.core import check, settings
from nbkeras.core.annotations import DataFormat, Range, Sizes
from nbkeras.core.errors.structured_errors import argument
from nbkeras.layers.augmentation.base import (
    Augmentation,
    checked_range,
    uniform,
)
from nbkeras.layers.augmentation.brightness_contrast import (
    RandomBrightness,
    RandomContrast,
)
from nbkeras.layers.augmentation.random_settings import (
    checked_fraction,
    checked_value_range,
    draw_applied,
    sign,
    where_applied,
)
from nbkeras.layers.engine.registry import register
from nbkeras.ops import colour


class Factored(Augmentation):
    """Base class of layers with a `factor` and a `value_range`."""

    bounds = (0, 1)

    def __init__(
        self,
        factor: Range,
        value_range: Sequence[float] = (0, 255),
        data_format: DataFormat | None = None,
        seed: int | None = None,
        **base: Any,
    ) -> None:
        super().__init__(seed, data_format, **base)
        owner = type(self).__name__
        low, high = checked_range(
            owner, "factor", _pair(factor, self.bounds[0]), *self.bounds
        )
        self.factor = (low, high)
        self.value_range = checked_value_range(owner, value_range)

    def draw(self, key: jax.Array, shape: Sequence[int]) -> Any:
        """{"factor": (batch,)}."""
        return {"factor": uniform(key, (shape[0],), self.factor)}


def _pair(factor, lowest):
    """(lower, factor) for one number, within the bounds; pairs stay."""
    single = check.is_int(factor) or isinstance(factor, float)
    return (max(-abs(factor), lowest), factor) if single else factor


@register("RandomSaturation")
class RandomSaturation(Factored):
    """Random saturation: make colours paler or stronger.

    Args:
        factor: (low, high), from 0 (no colour) over 0.5 (unchanged) to 1 (fully
            saturated); a number f draws from -f to f, as in Keras.
        value_range: minimum and maximum pixel value.
        data_format: "channels_last" or "channels_first".
        seed: seed of the layer's random numbers; None for the global seed.
        **base: arguments of `Layer`.

    Raises:
        ValueError: `factor` is outside [-1, 1], or `value_range` is not a pair.
    """

    bounds = (-1, 1)

    def draw(self, key: jax.Array, shape: Sequence[int]) -> Any:
        """{"factor": (batch,)}, the factors of the saturation."""
        part = uniform(key, (shape[0],), self.factor)
        return {"factor": part / (1 - part + settings.epsilon())}

    def transform(self, x: jax.Array, parameters: Any) -> jax.Array:
        """The images with changed saturation."""
        hue, saturation, value = jnp.moveaxis(colour.rgb_to_hsv(x), -1, 0)
        factor = jnp.asarray(parameters["factor"]).astype(x.dtype).reshape(-1, 1, 1)
        saturation = jnp.clip(saturation * factor, *self.value_range)
        return colour.hsv_to_rgb(jnp.stack([hue, saturation, value], -1))


@register("RandomHue")
class RandomHue(Factored):
    """Random hue: rotate the colour wheel.

    Args:
        factor: 1 rotates up to half a turn in either direction; or (low, high), 0 to 1.
        value_range: minimum and maximum pixel value.
        data_format: "channels_last" or "channels_first".
        seed: seed of the layer's random numbers; None for the global seed.
        **base: arguments of `Layer`.

    Raises:
        ValueError: `factor` is outside [0, 1], or `value_range` is not a pair.
    """

    def draw(self, key: jax.Array, shape: Sequence[int]) -> Any:
        """{"factor": (batch,)}, the rotations in turns, from -0.5 to 0.5."""
        sign_key, angle_key = jax.random.split(key)
        turn = uniform(angle_key, (shape[0],), self.factor) / 2
        return {"factor": turn * sign(sign_key, shape[0])}

    def transform(self, x: jax.Array, parameters: Any) -> jax.Array:
        """The images with changed hues."""
        x = colour.rescaled(x, self.value_range, (0, 1))
        turn = jnp.asarray(parameters["factor"]).astype(x.dtype).reshape(-1, 1, 1)
        hsv = colour.rgb_to_hsv(x).at[..., 0].add(turn)
        rgb = jnp.clip(colour.hsv_to_rgb(hsv), 0, 1)
        return colour.rescaled(rgb, (0, 1), self.value_range)


@register("RandomColorDegeneration")
class RandomColorDegeneration(Factored):
    """Random colour degeneration: blend each image with its grayscale version.

    Args:
        factor: weight of the grayscale image; a number f draws from 0 to f; or (low,
            high).
        value_range: minimum and maximum pixel value; the result is clipped to it.
        data_format: "channels_last" or "channels_first".
        seed: seed of the layer's random numbers; None for the global seed.
        **base: arguments of `Layer`.

    Raises:
        ValueError: `factor` is outside [-1, 1], or `value_range` is not a pair.
    """

    bounds = (-1, 1)

    def draw(self, key: jax.Array, shape: Sequence[int]) -> Any:
        """{"factor": (batch, 1, 1, 1)}."""
        return {"factor": uniform(key, (shape[0], 1, 1, 1), self.factor)}

    def transform(self, x: jax.Array, parameters: Any) -> jax.Array:
        """The images, grayer."""
        factor = jnp.asarray(parameters["factor"]).astype(x.dtype)
        return jnp.clip(x + factor * (colour.gray(x) - x), *self.value_range)


@register("RandomSharpness")
class RandomSharpness(Factored):
    """Random sharpness: blur or sharpen each image.

    Args:
        factor: 0 blurs, 0.5 leaves the image unchanged, 1 sharpens; a number f draws
            from 0 to f; or (low, high).
        value_range: minimum and maximum pixel value; the result is clipped to it.
        data_format: "channels_last" or "channels_first".
        seed: seed of the layer's random numbers; None for the global seed.
        **base: arguments of `Layer`.

    Raises:
        ValueError: `factor` is outside [0, 1], or `value_range` is not a pair.
    """

    def transform(self, x: jax.Array, parameters: Any) -> jax.Array:
        """The images, smoother or sharper."""
        amount = (2 * jnp.asarray(parameters["factor"])).astype(x.dtype)
        return jnp.clip(colour.sharpened(x, amount), *self.value_range)


@register("RandomPosterization")
class RandomPosterization(Factored):
    """Random posterization: reduce the number of levels of each channel.

    Args:
        factor: number of bits to keep, 1 to 8: 5 draws from 1 to 4; or (low, high),
            where high is excluded unless they are equal.
        value_range: minimum and maximum pixel value.
        data_format: "channels_last" or "channels_first".
        seed: seed of the layer's random numbers; None for the global seed.
        **base: arguments of `Layer`.

    Raises:
        ValueError: `factor` is outside [1, 8], or `value_range` is not a pair.
    """

    bounds = (1, 8)

    def draw(self, key: jax.Array, shape: Sequence[int]) -> Any:
        """{"shift_factor": (batch,)}, the number of bits to drop."""
        low, high = map(int, self.factor)
        kept = jnp.full((shape[0],), low)
        if low != high:
            kept = jax.random.randint(key, (shape[0],), low, high)
        return {"shift_factor": (8 - kept).astype(jnp.uint8)}

    def transform(self, x: jax.Array, parameters: Any) -> jax.Array:
        """The images with fewer levels."""
        x = colour.rescaled(x, self.value_range, (0, 255))
        x = colour.posterized(x, jnp.asarray(parameters["shift_factor"]))
        return colour.rescaled(x, (0, 255), self.value_range)


@register("RandomInvert")
class RandomInvert(Augmentation):
    """Random inversion: replace some images by their negatives.

    Args:
        factor: probability of a change; 0.3 draws it from 0 to 0.3; or (low, high).
        value_range: minimum and maximum pixel value.
        seed: seed of the layer's random numbers; None for the global seed.
        data_format: "channels_last" or "channels_first".
        **base: arguments of `Layer`.

    Raises:
        ValueError: `factor` is outside [0, 1], or `value_range` is not a pair.
    """

    def __init__(
        self,
        factor: Range = 1.0,
        value_range: Sequence[float] = (0, 255),
        seed: int | None = None,
        data_format: DataFormat | None = None,
        **base: Any,
    ) -> None:
        super().__init__(seed, data_format, **base)
        self.factor = checked_fraction("RandomInvert", "factor", factor)
        self.value_range = checked_value_range("RandomInvert", value_range)

    def draw(self, key: jax.Array, shape: Sequence[int]) -> Any:
        """{"apply_inversion": (batch,) bool}."""
        return {"apply_inversion": draw_applied(key, self.factor, shape[0])}

    def transform(self, x: jax.Array, parameters: Any) -> jax.Array:
        """The images, some as negatives."""
        return where_applied(parameters["apply_inversion"], self.value_range[1] - x, x)


@register("RandomGrayscale")
class RandomGrayscale(Augmentation):
    """Random grayscale: remove the colour of some images, which keep three channels.

    Args:
        factor: probability, 0 to 1.
        data_format: "channels_last" or "channels_first".
        seed: seed of the layer's random numbers; None for the global seed.
        **base: arguments of `Layer`.

    Raises:
        ValueError: `factor` is outside [0, 1].
    """

    def __init__(
        self,
        factor: Range = 0.5,
        data_format: DataFormat | None = None,
        seed: int | None = None,
        **base: Any,
    ) -> None:
        super().__init__(seed, data_format, **base)
        self.factor = check.number("RandomGrayscale", "factor", factor, 0, 1)

    def draw(self, key: jax.Array, shape: Sequence[int]) -> Any:
        """(batch, 1, 1, 1) bool: which images become gray."""
        return jax.random.uniform(key, (shape[0], 1, 1, 1)) < self.factor

    def transform(self, x: jax.Array, parameters: Any) -> jax.Array:
        """The images, some gray."""
        return where_applied(parameters, colour.gray(x), x)


@register("RandomGaussianBlur")
class RandomGaussianBlur(Augmentation):
    """Random Gaussian blur of some images.

    Args:
        factor: probability of a change; 0.3 draws it from 0 to 0.3; or (low, high).
        kernel_size: odd number of pixels, or (width, height).
        sigma: standard deviation; a number s draws from 0 to s; or (low, high), 0 to 1.
        value_range: minimum and maximum pixel value; the result is clipped to it.
        data_format: "channels_last" or "channels_first".
        seed: seed of the layer's random numbers; None for the global seed.
        **base: arguments of `Layer`.

    Raises:
        ValueError: `factor` or `sigma` is outside [0, 1], or a size is even.
    """

    def __init__(
        self,
        factor: Range = 1.0,
        kernel_size: Sizes = 3,
        sigma: Range = 1.0,
        value_range: Sequence[float] = (0, 255),
        data_format: DataFormat | None = None,
        seed: int | None = None,
        **base: Any,
    ) -> None:
        super().__init__(seed, data_format, **base)
        owner = "RandomGaussianBlur"
        self.factor = checked_fraction(owner, "factor", factor)
        self.sigma = checked_fraction(owner, "sigma", sigma)
        self.value_range = checked_value_range(owner, value_range)
        sizes = kernel_size
        sizes = (sizes, sizes) if check.is_int(sizes) else sizes
        pair = isinstance(sizes, list | tuple) and len(sizes) == 2
        if not (pair and all(check.is_int(n) and n > 0 and n % 2 for n in sizes)):
            raise argument(owner, "kernel_size", kernel_size, "odd, one or two", "3")
        self.kernel_size = tuple(sizes)

    def draw(self, key: jax.Array, shape: Sequence[int]) -> Any:
        """Which images to blur, and the standard deviations of width and height."""
        chosen, width = jax.random.split(key)
        return {
            "should_apply_blur": draw_applied(chosen, self.factor, shape[0]),
            "blur_factor": uniform(width, (2,), self.sigma) + 1e-6,
        }

    def transform(self, x: jax.Array, parameters: Any) -> jax.Array:
        """The images, some blurred."""
        blurry = colour.blurred(x, parameters["blur_factor"], self.kernel_size)
        x = where_applied(parameters["should_apply_blur"], blurry, x)
        return jnp.clip(x, *self.value_range)


@register("Solarization")
class Solarization(Augmentation):
    """Solarization: invert values above a threshold, after adding brightness.

    Args:
        addition_factor: maximum brightness to add, as a fraction of 255; or (low,
            high), 0 to 1.
        threshold_factor: maximum threshold, as a fraction of 255; or (low, high).
        value_range: minimum and maximum pixel value.
        seed: seed of the layer's random numbers; None for the global seed.
        **base: `data_format`; arguments of `Layer`.

    Raises:
        ValueError: `factor` is outside [0, 1], or `value_range` is not a pair.
    """

    def __init__(
        self,
        addition_factor: Range = 0.0,
        threshold_factor: Range = 0.0,
        value_range: Sequence[float] = (0, 255),
        seed: int | None = None,
        **base: Any,
    ) -> None:
        super().__init__(seed, **base)
        owner = "Solarization"
        self.addition_factor = checked_fraction(
            owner, "addition_factor", addition_factor
        )
        self.threshold_factor = checked_fraction(
            owner, "threshold_factor", threshold_factor
        )
        self.value_range = checked_value_range(owner, value_range)

    def draw(self, key: jax.Array, shape: Sequence[int]) -> Any:
        """{"additions", "thresholds"}: (batch, 1, 1, 1), up to 255."""
        # As in Keras, the lower bound is `low`, not 255 * low.
        bounds = [
            (low, high * 255)
            for low, high in (self.addition_factor, self.threshold_factor)
        ]
        keys = jax.random.split(key)
        parameters = [
            uniform(bound_key, (shape[0], 1, 1, 1), bound)
            for bound_key, bound in zip(keys, bounds, strict=True)
        ]
        return dict(zip(("additions", "thresholds"), parameters, strict=True))

    def transform(self, x: jax.Array, parameters: Any) -> jax.Array:
        """The images with bright parts inverted."""
        x = colour.rescaled(x, self.value_range, (0, 255))
        x = jnp.clip(x + parameters["additions"], 0, 255)
        x = jnp.where(x < parameters["thresholds"], x, 255 - x)
        return colour.rescaled(x, (0, 255), self.value_range).astype(self.compute_dtype)


@register("RandomColorJitter")
class RandomColorJitter(Augmentation):
    """Random colour jitter: change brightness, contrast, saturation and hue in turn.

    Args:
        value_range: minimum and maximum pixel value.
        brightness_factor: `factor` of RandomBrightness; None for no change.
        contrast_factor: `factor` of RandomContrast; None for no change.
        saturation_factor: `factor` of RandomSaturation; None for no change.
        hue_factor: `factor` of RandomHue; None for no change.
        seed: seed of the layer's random numbers; None for the global seed.
        data_format: "channels_last" or "channels_first".
        **base: arguments of `Layer`.

    Raises:
        ValueError: a factor or range is invalid for these layers.
    """

    def __init__(
        self,
        value_range: Sequence[float] = (0, 255),
        brightness_factor: Range | None = None,
        contrast_factor: Range | None = None,
        saturation_factor: Range | None = None,
        hue_factor: Range | None = None,
        seed: int | None = None,
        data_format: DataFormat | None = None,
        **base: Any,
    ) -> None:
        super().__init__(seed, data_format, **base)
        self.value_range = checked_value_range("RandomColorJitter", value_range)
        factors = {
            "brightness_factor": (RandomBrightness, brightness_factor),
            "contrast_factor": (RandomContrast, contrast_factor),
            "saturation_factor": (RandomSaturation, saturation_factor),
            "hue_factor": (RandomHue, hue_factor),
        }
        last: dict[str, Any] = {"data_format": "channels_last"}
        self._changes = []
        # Each factor as the layer of the change has it, or None.
        for name, (cls, factor) in factors.items():
            change = None
            if factor is not None:
                change = cls(factor, value_range=self.value_range, **last)
                self._changes.append(change)
            setattr(self, name, None if change is None else change.factor)

    def draw(self, key: jax.Array, shape: Sequence[int]) -> Any:
        """One draw for each of the changes."""
        keys = jax.random.split(key, max(len(self._changes), 1))
        return [
            change.draw(key, shape)
            for change, key in zip(self._changes, keys, strict=False)
        ]

    def transform(self, x: jax.Array, parameters: Any) -> jax.Array:
        """The images with changed colours."""
        for change, part in zip(self._changes, parameters, strict=True):
            x = change.transform(x, part)
        return x
