"""AugmentationSession: images, settings and variants of the studio as plain data."""

import numpy as np

from nbkeras.analysis.augmentation.generator_recipe import (
    GeneratorRecipe,
    is_generator,
    refuse,
)
from nbkeras.analysis.augmentation.layer_recipe import LayerRecipe, is_layers
from nbkeras.analysis.image_samples.value_range import value_range
from nbkeras.image.transform.resize import resize

THUMB = 48
MODES = ("variants", "extremes")
BLACK = 0.02  # fraction of the value range below which an image looks black
# Channel counts that a page can draw; otherwise the first channel is shown as gray.
DRAWN = (1, 3, 4)


class AugmentationSession:
    """The state of one studio: images and augmentation.

    Args:
        augmentation: an ImageDataGenerator, a random layer, or layers.
        samples: the images, `analysis.image_samples.samples.Samples`.
        count: number of variants.

    Attributes:
        recipe: a GeneratorRecipe or LayerRecipe, which holds the settings.
        variants: the latest `Variants`, None before the first.
    """

    def __init__(self, augmentation, samples, count):
        self.samples, self.count = samples, count
        self.range = value_range(samples.pictures)
        if is_generator(augmentation):
            self.recipe = GeneratorRecipe(augmentation, samples, self.range)
        elif is_layers(augmentation):
            self.recipe = LayerRecipe(augmentation, samples, self.range)
        else:
            refuse("preview", augmentation)
        self.variants = None
        brightest = [float(np.nanmax(picture)) for picture in samples.pictures]
        self._brightest = samples.pictures[int(np.argmax(brightest))]
        self._unchanged = None

    def constant_traits(self):
        """Traits that never change: controls, thumbnails and labels."""
        thumbnails = [
            _thumb(self.range.to_bytes(_drawable(x))) for x in self.samples.pictures
        ]
        return {
            "controls": self.recipe.controls,
            "strip": np.stack(thumbnails).tobytes(),
            "labels": list(self.samples.labels),
            "skipped": list(self.samples.skipped),
            "smaller": self.samples.smaller,
        }

    def original_traits(self, at):
        """Traits of the original image at index `at`."""
        x = _drawable(self.samples.pictures[at])
        return {
            "original": self.range.to_bytes(x).tobytes(),
            "original_shape": list(x.shape),
        }

    def variant_traits(self, values, at, seed, mode):
        """Apply settings, compute the variants, and return their traits.

        Raises:
            ValueError: the settings are invalid; nothing is changed then.
        """
        self.recipe.set(values)
        picture = self.samples.pictures[at]
        variants = None
        if mode == "extremes":
            variants = self.recipe.extremes(picture, self.count)
        without_extremes = variants is None
        if without_extremes:
            count = self.count if mode == "variants" else 1
            variants = self.recipe.variants(picture, seed, count)
        self.variants = variants
        pixels = self.display_range(variants).to_bytes(_drawable(variants.pictures))
        has_corners = not np.isnan(variants.corners).any()
        return {
            "pictures": pixels.tobytes(),
            "shape": list(pixels.shape),
            "corners": variants.corners.astype("<f4").tobytes() if has_corners else b"",
            "invented": np.packbits(variants.invented).tobytes(),
            "names": [""]
            if mode == "extremes" and without_extremes
            else list(variants.names),
            "mixtures": [self._label_of(part) for part in variants.mixtures],
            "code": self.recipe.code(),
            "notes": [*self.recipe.notes, *self._unchanged[2]],
            "range": [
                self.display_range(variants).low,
                self.display_range(variants).high,
            ],
        }

    def _label_of(self, mixture):
        """The label that a mixture of images becomes: "7: 64 % + 3: 36 %"."""
        labels, shares = self.samples.labels, {}
        for index, share in mixture:
            label = labels[index] or f"#{index + 1}"
            shares[label] = shares.get(label, 0.0) + share
        if len(shares) == 1:
            return f"{label}: 100 %"
        return " + ".join(f"{n}: {_percent(share)}" for n, share in shares.items())

    def display_range(self, variants):
        """The value range for display: that of the image without random changes."""
        settings = repr(self.recipe.values)
        if self._unchanged is None or self._unchanged[0] != settings:
            picture = self.recipe.unchanged(self._brightest)
            unchanged_range = value_range([picture])
            # Rescaling by 1/255 turns images that are already 0 to 1 black.
            black = float(np.max(np.abs(picture))) <= BLACK * unchanged_range.high
            notes = ["scaled_twice"] if unchanged_range.known and black else []
            if self._brightest.max() <= BLACK * self.range.high:
                notes = []
            self._unchanged = settings, unchanged_range, notes
        unchanged_range = self._unchanged[1]
        return (
            unchanged_range
            if unchanged_range.known
            else value_range([variants.pictures])
        )


def _drawable(x):
    return x if x.shape[-1] in DRAWN else x[..., :1]


def _thumb(picture):
    """The centre of an 8-bit image as (THUMB, THUMB, 3)."""
    side = min(picture.shape[:2])
    top, left = ((n - side) // 2 for n in picture.shape[:2])
    cut = picture[top : top + side, left : left + side]
    small = resize(cut[..., :3].astype("float32"), (THUMB, THUMB), "area")
    small = np.rint(small).clip(0, 255).astype("uint8")
    return np.broadcast_to(small, (THUMB, THUMB, 3))


def _percent(share):
    """One of several shares: neither all nor nothing."""
    if share < 0.01:
        return "< 1 %"
    return "> 99 %" if share > 0.99 else f"{100 * share:.0f} %"
