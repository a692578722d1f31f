"""RandAugment and AugMix: randomly chosen sequences of augmentations."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax.core import Tracer

from nbkeras.core import check
from nbkeras.core.annotations import DataFormat, Interpolation, Range
from nbkeras.layers.augmentation.base import Augmentation
from nbkeras.layers.augmentation.brightness_contrast import (
    RandomBrightness,
    RandomContrast,
)
from nbkeras.layers.augmentation.colour import (
    RandomColorDegeneration,
    RandomPosterization,
    RandomSharpness,
    Solarization,
)
from nbkeras.layers.augmentation.equalization import AutoContrast, Equalization
from nbkeras.layers.augmentation.flip_rotate_zoom import (
    RandomRotation,
    RandomTranslation,
)
from nbkeras.layers.augmentation.random_settings import (
    checked_fraction,
    checked_value_range,
)
from nbkeras.layers.augmentation.warping import INTERPOLATIONS, RandomShear
from nbkeras.layers.engine.registry import register

# The order matters: parameters refer to augmentations by index.
RANDAUGMENT = (
    "random_shear random_translation random_rotation random_brightness "
    "random_color_degeneration random_contrast random_sharpness random_posterization "
    "solarization auto_contrast equalization"
).split()
AUGMIX = (
    "random_shear random_translation random_rotation random_posterization solarization "
    "auto_contrast equalization"
).split()
AUGMIX_ALL = [
    *AUGMIX,
    *"random_brightness random_color_degeneration random_contrast".split(),
    "random_sharpness",
]


class Policy(Augmentation):
    """Base class of layers with a list of augmentations, by name."""

    rows_independent = False  # because of Equalization

    def __init__(
        self,
        value_range: Sequence[float],
        factor: Range = 0.5,
        interpolation: Interpolation = "bilinear",
        seed: int | None = None,
        data_format: DataFormat | None = None,
        **base: Any,
    ) -> None:
        super().__init__(seed, data_format, **base)
        owner = type(self).__name__
        self.value_range = checked_value_range(owner, value_range)
        self.factor = checked_fraction(owner, "factor", factor)
        self.interpolation = check.choice(
            owner, "interpolation", interpolation, INTERPOLATIONS
        )
        self._augmentations = {}

    def _select(self, names):
        all_changes = changes(self.factor, self.value_range, self.interpolation)
        self._augmentations = {name: all_changes[name] for name in names}

    @property
    def moves_pixels(self) -> bool:
        """Whether pixels are moved: some of the augmentations do."""
        return True

    def draw_all(self, key: jax.Array, shape: Sequence[int]) -> dict[str, Any]:
        """Draw the parameters of all augmentations: {name: parameters}."""
        keys = jax.random.split(key, len(self._augmentations))
        return {
            name: change.draw(key, shape)
            for (name, change), key in zip(
                self._augmentations.items(), keys, strict=True
            )
        }

    def apply(self, number: Any, x: jax.Array, parameters: Any) -> jax.Array:
        """Apply the augmentation with index `number`; beyond the last one, none."""

        def applying(name: str, change: Augmentation) -> Callable[..., jax.Array]:
            return lambda x: change.transform(x, parameters[name]).astype(x.dtype)

        branches = [applying(*each) for each in self._augmentations.items()]
        branches.append(lambda x: x)
        if isinstance(number, Tracer):
            return jax.lax.switch(number, branches, x)
        # Outside of a compiled step, a switch would be compiled anew in every call.
        return branches[min(int(number), len(branches) - 1)](x)


def changes(
    factor: tuple[float, float],
    value_range: Sequence[float],
    interpolation: Interpolation,
) -> dict[str, Augmentation]:
    """{name: layer} of all augmentations that a policy may choose from."""
    color_settings: dict[str, Any] = {"value_range": value_range}
    position_settings: dict[str, Any] = {"interpolation": interpolation}
    layout: dict[str, Any] = {"data_format": "channels_last"}
    bits = max(1, int(8 * factor[1]))
    return {
        "random_shear": RandomShear(factor, factor, **position_settings, **layout),
        "random_translation": RandomTranslation(
            factor, factor, **position_settings, **layout
        ),
        "random_rotation": RandomRotation(factor, **position_settings, **layout),
        "random_brightness": RandomBrightness(factor, **color_settings, **layout),
        "random_color_degeneration": RandomColorDegeneration(
            factor, **color_settings, **layout
        ),
        "random_contrast": RandomContrast(factor, **color_settings, **layout),
        "random_sharpness": RandomSharpness(factor, **color_settings, **layout),
        "random_posterization": RandomPosterization(bits, **color_settings, **layout),
        "solarization": Solarization(factor, factor, **color_settings, **layout),
        "auto_contrast": AutoContrast(**color_settings, **layout),
        "equalization": Equalization(**color_settings, **layout),
    }


@register("RandAugment")
class RandAugment(Policy):
    """RandAugment: apply a few augmentations, chosen at random for each batch.

    Args:
        value_range: minimum and maximum pixel value.
        num_ops: number of augmentations to apply in sequence.
        factor: their strength, a number or (low, high), 0 to 1.
        interpolation: "bilinear" or "nearest".
        seed: seed of the layer's random numbers; None for the global seed.
        data_format: "channels_last" or "channels_first".
        **base: arguments of `Layer`.

    Raises:
        ValueError: `factor` is outside [0, 1], or `value_range` is not a pair.

    Source: Cubuk et al., "RandAugment", NeurIPS (2020).
    """

    def __init__(
        self,
        value_range: Sequence[float] = (0, 255),
        num_ops: int = 2,
        factor: Range = 0.5,
        interpolation: Interpolation = "bilinear",
        seed: int | None = None,
        data_format: DataFormat | None = None,
        **base: Any,
    ) -> None:
        super().__init__(value_range, factor, interpolation, seed, data_format, **base)
        self._select(RANDAUGMENT)
        self.num_ops = check.whole("RandAugment", "num_ops", num_ops, 2)

    def draw(self, key: jax.Array, shape: Sequence[int]) -> Any:
        """The indices of the augmentations, (num_ops,), and their parameters."""
        chosen, rest = jax.random.split(key)
        count = len(self._augmentations)
        return {
            "layer_idxes": jax.random.randint(chosen, (self.num_ops,), 0, count),
            "transforms": self.draw_all(rest, shape),
        }

    def transform(self, x: jax.Array, parameters: Any) -> jax.Array:
        """The augmented images."""
        for number in parameters["layer_idxes"]:
            x = self.apply(number, x, parameters["transforms"])
        return x


@register("AugMix")
class AugMix(Policy):
    """AugMix: blend each image with a mixture of several augmentation chains.

    Args:
        value_range: minimum and maximum pixel value; the result is clipped to it.
        num_chains: number of chains.
        chain_depth: maximum number of augmentations in a chain.
        factor: their strength, a number or (low, high), 0 to 1.
        alpha: parameter of the Dirichlet and Beta distributions of the weights.
        all_ops: whether to include brightness, colour, contrast and sharpness.
        interpolation: "bilinear" or "nearest".
        seed: seed of the layer's random numbers; None for the global seed.
        data_format: "channels_last" or "channels_first".
        **base: arguments of `Layer`.

    Raises:
        ValueError: `factor` is outside [0, 1], or `value_range` is not a pair.

    Source: Hendrycks et al., "AugMix", ICLR (2020).
    """

    def __init__(
        self,
        value_range: Sequence[float] = (0, 255),
        num_chains: int = 3,
        chain_depth: int = 3,
        factor: Range = 0.3,
        alpha: float = 1.0,
        all_ops: bool = True,
        interpolation: Interpolation = "bilinear",
        seed: int | None = None,
        data_format: DataFormat | None = None,
        **base: Any,
    ) -> None:
        super().__init__(value_range, factor, interpolation, seed, data_format, **base)
        self._select(AUGMIX_ALL if all_ops else AUGMIX)
        self.num_chains = check.positive_int("AugMix", "num_chains", num_chains, 3)
        self.chain_depth = check.positive_int("AugMix", "chain_depth", chain_depth, 3)
        self.alpha = check.number("AugMix", "alpha", alpha, 0)
        self.all_ops = bool(all_ops)

    def draw(self, key: jax.Array, shape: Sequence[int]) -> Any:
        """The weights of the chains and of the image, and the chains' augmentations."""
        mixture, blend, chosen, rest = jax.random.split(key, 4)
        chains, depth = self.num_chains, self.chain_depth
        keys = jax.random.split(rest, (chains, depth))
        return {
            "chain_mixing_weights": jax.random.dirichlet(
                mixture, jnp.full(chains, self.alpha)
            ),
            "weight_sample": jax.random.beta(blend, self.alpha, self.alpha),
            # The last index stands for no augmentation.
            "layer_idxes": jax.random.randint(
                chosen, (chains, depth), 0, len(self._augmentations) + 1
            ),
            "transforms": [
                [self.draw_all(key, shape) for key in chain] for chain in keys
            ],
        }

    def transform(self, x: jax.Array, parameters: Any) -> jax.Array:
        """The blended images."""
        mixture = jnp.zeros_like(x)
        for chain in range(self.num_chains):
            changed = x
            for depth in range(self.chain_depth):
                number = parameters["layer_idxes"][chain, depth]
                part = parameters["transforms"][chain][depth]
                changed = self.apply(number, changed, part)
            mixture += changed * parameters["chain_mixing_weights"][chain]
        part = parameters["weight_sample"]
        mixed = part * x + (1 - part) * mixture
        return jnp.clip(mixed, *self.value_range).astype(x.dtype)
