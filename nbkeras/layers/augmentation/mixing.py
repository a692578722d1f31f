"""MixUp and CutMix: images and labels of a batch mixed with one another."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from nbkeras.core import check
from nbkeras.core.annotations import DataFormat, Range
from nbkeras.layers.augmentation.base import Augmentation, uniform
from nbkeras.layers.augmentation.random_settings import share
from nbkeras.layers.augmentation.warping import rectangles
from nbkeras.layers.engine.registry import register


class Mixing(Augmentation):
    """Base class of layers that mix images of a batch; needs {"images", "labels"}."""

    rows_independent = False

    def mixed_labels(self, labels: jax.Array, drawn: Any) -> jax.Array:
        """Labels (batch, classes), mixed in the same proportions."""
        other = jnp.take(labels, jnp.asarray(drawn["permutation_order"]), axis=0)
        part = jnp.asarray(drawn["mix_weight"]).reshape(-1, 1)
        return part * labels + (1 - part) * other


@register("MixUp")
class MixUp(Mixing):
    """Blend each image with another of the batch, and their labels alike.

    Args:
        alpha: of the Beta(alpha, alpha) that the shares are drawn from; small values
            leave images nearly as they are.
        data_format: "channels_last" or "channels_first".
        seed: seed of the layer's random numbers; None for the global seed.
        **base: arguments of `Layer`.

    Source: Zhang et al., "mixup: beyond empirical risk minimization", ICLR (2018).
    """

    def __init__(
        self,
        alpha: float = 0.2,
        data_format: DataFormat | None = None,
        seed: int | None = None,
        **base: Any,
    ) -> None:
        super().__init__(seed, data_format, **base)
        self.alpha = check.number("MixUp", "alpha", alpha, 0)

    def draw(self, key: jax.Array, shape: Sequence[int]) -> Any:
        """The other image of each, and the share that stays, (batch,) each."""
        order, share = jax.random.split(key)
        return {
            "mix_weight": jax.random.beta(share, self.alpha, self.alpha, (shape[0],)),
            "permutation_order": jax.random.permutation(order, shape[0]),
        }

    def transform(self, x: jax.Array, drawn: Any) -> jax.Array:
        """The blended images."""
        part = jnp.asarray(drawn["mix_weight"]).astype(x.dtype).reshape(-1, 1, 1, 1)
        other = jnp.take(x, jnp.asarray(drawn["permutation_order"]), axis=0)
        return part * x + (1 - part) * other

    def transform_masks(self, masks: jax.Array, drawn: Any) -> jax.Array:
        """The masks, changed as the images are."""
        return self.transform(masks, drawn)


@register("CutMix")
class CutMix(Mixing):
    """Replace a rectangle of each image by that of another, and mix the labels.

    Args:
        factor: 1 makes all sizes equally likely; a number f draws from 0 to f; or
            (low, high), 0 to 1.
        seed: seed of the layer's random numbers; None for the global seed.
        data_format: "channels_last" or "channels_first".
        **base: arguments of `Layer`.

    Raises:
        ValueError: a factor beyond 0 to 1.

    Source: Yun et al., "CutMix", ICCV (2019).
    """

    def __init__(
        self,
        factor: Range = 1.0,
        seed: int | None = None,
        data_format: DataFormat | None = None,
        **base: Any,
    ) -> None:
        super().__init__(seed, data_format, **base)
        self.factor = share("CutMix", "factor", factor)

    def draw(self, key: jax.Array, shape: Sequence[int]) -> Any:
        """The other image of each, the rectangle, and the share that stays."""
        strength, size, place, order = jax.random.split(key, 4)
        alpha = uniform(strength, (), self.factor) + 1e-6
        side = jnp.sqrt(1 - jax.random.beta(size, alpha, alpha, (shape[0],)))
        masks, area = rectangles(place, shape, side, side)
        return {
            "permutation_order": jax.random.permutation(order, shape[0]),
            "batch_masks": masks,
            "mix_weight": 1 - area,
        }

    def transform(self, x: jax.Array, drawn: Any) -> jax.Array:
        """The images with a rectangle of another."""
        other = jnp.take(x, jnp.asarray(drawn["permutation_order"]), axis=0)
        return jnp.where(drawn["batch_masks"], other, x)

    def transform_masks(self, masks: jax.Array, drawn: Any) -> jax.Array:
        """The masks with a rectangle of another."""
        inside = drawn["batch_masks"][..., :1]
        other = jnp.take(masks, jnp.asarray(drawn["permutation_order"]), axis=0)
        return jnp.where(inside, other, masks)
