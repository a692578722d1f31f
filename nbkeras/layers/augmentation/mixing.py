"""MixUp and CutMix: mix the images and labels of a batch."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from nbkeras.core import check
from nbkeras.core.annotations import DataFormat, Range
from nbkeras.layers.augmentation.base import Augmentation, uniform
from nbkeras.layers.augmentation.random_settings import checked_fraction
from nbkeras.layers.augmentation.warping import rectangles
from nbkeras.layers.engine.registry import register


class Mixing(Augmentation):
    """Base class of layers that mix images of a batch; needs {"images", "labels"}."""

    rows_independent = False

    def mixed_labels(self, labels: jax.Array, parameters: Any) -> jax.Array:
        """Labels (batch, classes), mixed in the same proportions."""
        other = jnp.take(labels, jnp.asarray(parameters["permutation_order"]), axis=0)
        weight = jnp.asarray(parameters["mix_weight"]).reshape(-1, 1)
        return weight * labels + (1 - weight) * other


@register("MixUp")
class MixUp(Mixing):
    """MixUp: blend each image and its label with those of another one in the batch.

    Args:
        alpha: parameter of Beta(alpha, alpha), from which the weights are drawn; small
            values leave images nearly unchanged.
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
        """The index of the other image and the weight of the first, (batch,) each."""
        order_key, weight_key = jax.random.split(key)
        return {
            "mix_weight": jax.random.beta(
                weight_key, self.alpha, self.alpha, (shape[0],)
            ),
            "permutation_order": jax.random.permutation(order_key, shape[0]),
        }

    def transform(self, x: jax.Array, parameters: Any) -> jax.Array:
        """The blended images."""
        weight = (
            jnp.asarray(parameters["mix_weight"]).astype(x.dtype).reshape(-1, 1, 1, 1)
        )
        other = jnp.take(x, jnp.asarray(parameters["permutation_order"]), axis=0)
        return weight * x + (1 - weight) * other

    def transform_masks(self, masks: jax.Array, parameters: Any) -> jax.Array:
        """The masks, blended as the images are."""
        return self.transform(masks, parameters)

    def _check_boxes(self):
        """Boxes of any format are accepted: they are not moved."""

    def _boxes_of(self, x, parameters, training):
        """The boxes of each image, followed by those of the one blended into it."""
        if not training:
            return x["bounding_boxes"]
        order = jnp.asarray(parameters["permutation_order"])

        def joined(values):
            values = jnp.asarray(values)
            return jnp.concatenate([values, jnp.take(values, order, axis=0)], axis=1)

        return {name: joined(part) for name, part in x["bounding_boxes"].items()}


@register("CutMix")
class CutMix(Mixing):
    """CutMix: replace a rectangle of each image by that of another, and mix labels.

    Args:
        factor: range of the parameter of the Beta distribution of sizes; a number f
            draws from 0 to f; or (low, high), 0 to 1. At 1 all sizes are equally
            likely.
        seed: seed of the layer's random numbers; None for the global seed.
        data_format: "channels_last" or "channels_first".
        **base: arguments of `Layer`.

    Raises:
        ValueError: `factor` is outside [0, 1].

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
        self.factor = checked_fraction("CutMix", "factor", factor)

    def draw(self, key: jax.Array, shape: Sequence[int]) -> Any:
        """The index of the other image, the rectangle, and the weight of the first."""
        strength, size, place, order = jax.random.split(key, 4)
        alpha = uniform(strength, (), self.factor) + 1e-6
        side = jnp.sqrt(1 - jax.random.beta(size, alpha, alpha, (shape[0],)))
        masks, area = rectangles(place, shape, side, side)
        return {
            "permutation_order": jax.random.permutation(order, shape[0]),
            "batch_masks": masks,
            "mix_weight": 1 - area,
        }

    def transform(self, x: jax.Array, parameters: Any) -> jax.Array:
        """The images with a rectangle of another."""
        other = jnp.take(x, jnp.asarray(parameters["permutation_order"]), axis=0)
        return jnp.where(parameters["batch_masks"], other, x)

    def transform_masks(self, masks: jax.Array, parameters: Any) -> jax.Array:
        """The masks with a rectangle of another."""
        inside = parameters["batch_masks"][..., :1]
        other = jnp.take(masks, jnp.asarray(parameters["permutation_order"]), axis=0)
        return jnp.where(inside, other, masks)
