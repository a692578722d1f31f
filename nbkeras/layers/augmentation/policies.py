"""RandAugment and AugMix: randomly chosen sequences of augmentations."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

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
from nbkeras.layers.augmentation.random_settings import share, values
from nbkeras.layers.augmentation.warping import INTERPOLATIONS, RandomShear
from nbkeras.layers.engine.registry import register

# The order counts: draws name changes by their place.
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

    rows_independent = False  # as Equalization among them

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
        self.value_range = values(owner, value_range)
        self.factor = share(owner, "factor", factor)
        self.interpolation = check.choice(
            owner, "interpolation", interpolation, INTERPOLATIONS
        )
        self._changes = {}

    def _choose_from(self, names):
        all_changes = changes(self.factor, self.value_range, self.interpolation)
        self._changes = {name: all_changes[name] for name in names}

    @property
    def moves_pixels(self) -> bool:
        """Some of its changes do."""
        return True

    def draw_all(self, key: jax.Array, shape: Sequence[int]) -> dict[str, Any]:
        """{name: what that change has drawn}."""
        keys = jax.random.split(key, len(self._changes))
        return {
            name: change.draw(key, shape)
            for (name, change), key in zip(self._changes.items(), keys, strict=True)
        }

    def apply(self, number: Any, x: jax.Array, drawn: Any) -> jax.Array:
        """Images after change `number`; unchanged if there is none of that number."""
        branches = [
            lambda x, change=change, name=name: change.transform(x, drawn[name]).astype(
                x.dtype
            )
            for name, change in self._changes.items()
        ]
        return jax.lax.switch(number, [*branches, lambda x: x], x)


def changes(
    factor: tuple[float, float],
    value_range: Sequence[float],
    interpolation: Interpolation,
) -> dict[str, Augmentation]:
    """{name: layer} of all that a policy may choose from."""
    color: dict[str, Any] = {"value_range": value_range}
    place: dict[str, Any] = {"interpolation": interpolation}
    last: dict[str, Any] = {"data_format": "channels_last"}
    bits = max(1, int(8 * factor[1]))
    return {
        "random_shear": RandomShear(factor, factor, **place, **last),
        "random_translation": RandomTranslation(factor, factor, **place, **last),
        "random_rotation": RandomRotation(factor, **place, **last),
        "random_brightness": RandomBrightness(factor, **color, **last),
        "random_color_degeneration": RandomColorDegeneration(factor, **color, **last),
        "random_contrast": RandomContrast(factor, **color, **last),
        "random_sharpness": RandomSharpness(factor, **color, **last),
        "random_posterization": RandomPosterization(bits, **color, **last),
        "solarization": Solarization(factor, factor, **color, **last),
        "auto_contrast": AutoContrast(**color, **last),
        "equalization": Equalization(**color, **last),
    }


@register("RandAugment")
class RandAugment(Policy):
    """Make a few changes, chosen for each batch from eleven.

    Args:
        value_range: least and greatest value of pixels.
        num_ops: how many changes, one after the other.
        factor: how strong they are, a number or (low, high), 0 to 1.
        interpolation: "bilinear" or "nearest".
        seed: seed of the layer's random numbers; None for the global seed.
        data_format: "channels_last" or "channels_first".
        **base: arguments of `Layer`.

    Raises:
        ValueError: a factor beyond 0 to 1, no proper range.

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
        self._choose_from(RANDAUGMENT)
        self.num_ops = check.whole("RandAugment", "num_ops", num_ops, 2)

    def draw(self, key: jax.Array, shape: Sequence[int]) -> Any:
        """Which changes, (num_ops,), and what each of them has drawn."""
        chosen, rest = jax.random.split(key)
        count = len(self._changes)
        return {
            "layer_idxes": jax.random.randint(chosen, (self.num_ops,), 0, count),
            "transforms": self.draw_all(rest, shape),
        }

    def transform(self, x: jax.Array, drawn: Any) -> jax.Array:
        """The changed images."""
        for number in drawn["layer_idxes"]:
            x = self.apply(number, x, drawn["transforms"])
        return x


@register("AugMix")
class AugMix(Policy):
    """AugMix: blend each image with a mixture of several augmentation chains.

    Args:
        value_range: least and greatest value of pixels; the result is cut off there.
        num_chains: number of chains.
        chain_depth: number of changes in a chain, at most.
        factor: how strong they are, a number or (low, high), 0 to 1.
        alpha: of the Dirichlet and Beta that the shares are drawn from.
        all_ops: whether brightness, colour, contrast and sharpness are among them.
        interpolation: "bilinear" or "nearest".
        seed: seed of the layer's random numbers; None for the global seed.
        data_format: "channels_last" or "channels_first".
        **base: arguments of `Layer`.

    Raises:
        ValueError: a factor beyond 0 to 1, no proper range.

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
        self._choose_from(AUGMIX_ALL if all_ops else AUGMIX)
        self.num_chains = check.positive_int("AugMix", "num_chains", num_chains, 3)
        self.chain_depth = check.positive_int("AugMix", "chain_depth", chain_depth, 3)
        self.alpha = check.number("AugMix", "alpha", alpha, 0)
        self.all_ops = bool(all_ops)

    def draw(self, key: jax.Array, shape: Sequence[int]) -> Any:
        """Shares of the chains and of the image itself, and the chains' changes."""
        mixture, blend, chosen, rest = jax.random.split(key, 4)
        chains, depth = self.num_chains, self.chain_depth
        keys = jax.random.split(rest, (chains, depth))
        return {
            "chain_mixing_weights": jax.random.dirichlet(
                mixture, jnp.full(chains, self.alpha)
            ),
            "weight_sample": jax.random.beta(blend, self.alpha, self.alpha),
            # The last number stands for no change.
            "layer_idxes": jax.random.randint(
                chosen, (chains, depth), 0, len(self._changes) + 1
            ),
            "transforms": [
                [self.draw_all(key, shape) for key in chain] for chain in keys
            ],
        }

    def transform(self, x: jax.Array, drawn: Any) -> jax.Array:
        """The blended images."""
        mixture = jnp.zeros_like(x)
        for chain in range(self.num_chains):
            changed = x
            for depth in range(self.chain_depth):
                number = drawn["layer_idxes"][chain, depth]
                part = drawn["transforms"][chain][depth]
                changed = self.apply(number, changed, part)
            mixture += changed * drawn["chain_mixing_weights"][chain]
        part = drawn["weight_sample"]
        mixed = part * x + (1 - part) * mixture
        return jnp.clip(mixed, *self.value_range).astype(x.dtype)
