"""The studio's pictures and numbers, without a page: plain data for one state."""

import numpy as np

from nbkeras.analysis.augmentation.layer_recipes import LayerRecipe, is_layers
from nbkeras.analysis.augmentation.recipes import GeneratorRecipe, is_generator, refuse
from nbkeras.analysis.data_report.value_range import value_range
from nbkeras.image.transform.resize import resize

THUMB = 48
MODES = ("variants", "extremes")
BLACK = 0.02  # of the range of values
# Channels that a page can draw; of others the first is shown, as gray.
DRAWN = (1, 3, 4)


class Room:
    """Pictures and a recipe; holds no trait and draws nothing.

    Args:
        given: an ImageDataGenerator, a random layer, or layers.
        samples: the pictures, `analysis.samples.Samples`.
        count: how many variants.
    """

    def __init__(self, given, samples, count):
        self.samples, self.count = samples, count
        self.range = value_range(samples.pictures)
        if is_generator(given):
            self.recipe = GeneratorRecipe(given, samples, self.range)
        elif is_layers(given):
            self.recipe = LayerRecipe(given, samples, self.range)
        else:
            refuse("preview", given)
        self.shown = None
        brightest = [float(np.nanmax(each)) for each in samples.pictures]
        self._brightest = samples.pictures[int(np.argmax(brightest))]
        self._rested = None

    def fixed(self):
        """The traits that stay as they are."""
        small = [_thumb(self.range.to_bytes(_drawn(x))) for x in self.samples.pictures]
        return {
            "controls": self.recipe.controls,
            "strip": np.stack(small).tobytes(),
            "labels": list(self.samples.labels),
            "skipped": list(self.samples.skipped),
            "smaller": self.samples.smaller,
        }

    def picture(self, at):
        """The traits of the original number `at`."""
        x = _drawn(self.samples.pictures[at])
        return {
            "original": self.range.to_bytes(x).tobytes(),
            "original_shape": list(x.shape),
        }

    def make(self, values, at, seed, mode):
        """Take settings and make the variants; returns the traits that say them.

        Raises:
            ValueError: settings that are refused; then nothing has changed.
        """
        self.recipe.set(values)
        picture = self.samples.pictures[at]
        found = None
        if mode == "extremes":
            found = self.recipe.extremes(picture, self.count)
        plain = found is None
        if plain:
            count = self.count if mode == "variants" else 1
            found = self.recipe.variants(picture, seed, count)
        self.shown = found
        shown = self.range_of(found).to_bytes(_drawn(found.pictures))
        known = not np.isnan(found.corners).any()
        return {
            "pictures": shown.tobytes(),
            "shape": list(shown.shape),
            "corners": found.corners.astype("<f4").tobytes() if known else b"",
            "invented": np.packbits(found.invented).tobytes(),
            "names": [""] if mode == "extremes" and plain else list(found.names),
            "code": self.recipe.code(),
            "notes": [*self.recipe.notes, *self._rested[2]],
            "range": [self.range_of(found).low, self.range_of(found).high],
        }

    def range_of(self, found):
        """The range in which variants are shown: that of the unchanged pictures."""
        settings = repr(self.recipe.values)
        if self._rested is None or self._rested[0] != settings:
            picture = self.recipe.rest(self._brightest)
            rest = value_range([picture])
            # 1/255 on pictures that are 0 to 1 already leaves them black.
            black = float(np.max(np.abs(picture))) <= BLACK * rest.high
            notes = ["scaled_twice"] if rest.known and black else []
            if self._brightest.max() <= BLACK * self.range.high:
                notes = []
            self._rested = settings, rest, notes
        rest = self._rested[1]
        return rest if rest.known else value_range([found.pictures])


def _drawn(x):
    return x if x.shape[-1] in DRAWN else x[..., :1]


def _thumb(picture):
    """The middle of an 8-bit picture as (THUMB, THUMB, 3)."""
    side = min(picture.shape[:2])
    top, left = ((n - side) // 2 for n in picture.shape[:2])
    cut = picture[top : top + side, left : left + side]
    small = resize(cut[..., :3].astype("float32"), (THUMB, THUMB), "area")
    small = np.rint(small).clip(0, 255).astype("uint8")
    return np.broadcast_to(small, (THUMB, THUMB, 3))
