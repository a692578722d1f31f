"""`vary`: augmented variants of an image as arrays, as the studio displays them."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from nbkeras.analysis.augmentation.generator_recipe import (
    GeneratorRecipe,
    is_generator,
    refuse,
)
from nbkeras.analysis.augmentation.layer_recipe import LayerRecipe, is_layers
from nbkeras.analysis.augmentation.variants import Variants
from nbkeras.analysis.image_samples.samples import Samples
from nbkeras.analysis.image_samples.value_range import value_range
from nbkeras.core import check


def vary(
    datagen_or_layers: Any,
    picture: ArrayLike,
    seed: int = 0,
    count: int = 12,
    extremes: bool = False,
) -> Variants | None:
    """Augment one image, and track where the pixels of each variant come from.

    Args:
        datagen_or_layers: an ImageDataGenerator, a random layer, or a list or
            Sequential of layers; it is not changed.
        picture: one image, (height, width, channels).
        seed: random seed; see `nbkeras.preview`.
        count: number of variants.
        extremes: whether to show both ends of every range instead of random variants.

    Returns:
        `Variants`: pictures, corners, invented, names. None for the extremes of an
        augmentation without ranges.

    Raises:
        TypeError: the first argument is neither an ImageDataGenerator nor layers.
        ValueError: `picture` is not a single image, or `count` is not positive.

    >>> from nbkeras.layers import RandomFlip
    >>> vary(RandomFlip(), np.zeros((4, 6, 3)), count=5).corners.shape
    (5, 4, 2)
    """
    seed = check.whole("vary", "seed", seed)
    count = check.positive_int("vary", "count", count, example=12)
    picture = np.asarray(picture)
    if picture.ndim != 3 or not picture.size:
        raise ValueError(
            f"vary(image of shape {picture.shape}): needs one image (height, "
            "width, channels). Write for example vary(datagen, x_train[0])."
        )
    if is_generator(datagen_or_layers):
        kind = GeneratorRecipe
    elif is_layers(datagen_or_layers):
        kind = LayerRecipe
    else:
        refuse("vary", datagen_or_layers)
    recipe = kind(datagen_or_layers, Samples([picture]), value_range([picture]))
    if extremes:
        return recipe.extremes(picture, count)
    return recipe.variants(picture, seed, count)
