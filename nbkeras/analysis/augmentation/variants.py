"""Variants: augmented versions of one image, and where their pixels come from.

Each has the corners of its source region and a mask of the pixels that were filled.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from nbkeras.image.transform import affine


@dataclass(frozen=True)
class Variants:
    """Augmented images, and where their pixels come from.

    Attributes:
        pictures: (count, height, width, channels), as training would receive them.
        corners: (count, 4, 2) float: positions in the original of the corners of each
            variant (top left, top right, bottom right, bottom left), x and y in pixels;
            0 is the centre of the first pixel. NaN if unknown.
        invented: (count, height, width) bool: pixels that were filled by the fill mode.
        names: one text per variant.
        mixtures: for each variant what its label becomes if images are mixed,
            ((index of the image, share), ...) with the largest share first; empty if
            no layer mixes images.
    """

    pictures: Any
    corners: Any
    invented: Any
    names: tuple
    mixtures: tuple = ()

    def __len__(self):
        return len(self.names)


def concatenate_variants(parts):
    """Several Variants, of images of one shape, as one; None if there are none."""
    parts = list(parts)
    if not parts:
        return None
    arrays = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("pictures", "corners", "invented")
    )
    return Variants(*arrays, sum((part.names for part in parts), ()))


def of_generator(datagen, picture, seed=0, count=12):
    """Random variants of one image by an `ImageDataGenerator`.

    Variant k is `datagen.standardize(datagen.random_transform(x, seed=seed + k))`,
    where x is the image in the generator's dtype and order of axes.

    Args:
        datagen: the generator.
        picture: (height, width, channels).
        seed: seed of the first variant, an integer.
        count: number of variants.

    Returns:
        Variants.
    """
    seeds = range(seed, seed + count)
    shape = _to_generator(datagen, picture).shape
    draws = [
        datagen.get_random_transform(shape, variant_seed) for variant_seed in seeds
    ]
    return _variants_of(
        datagen, picture, draws, [f"seed={variant_seed}" for variant_seed in seeds]
    )


def extremes_of_generator(datagen, picture):
    """Both ends of every range of a generator, one at a time.

    Returns:
        Variants; None if the generator has no random augmentation.
    """
    extremes = _ends(datagen, *np.shape(picture)[:2])
    names = [name for name, _ in extremes]
    draws = [parameters for _, parameters in extremes]
    return _variants_of(datagen, picture, draws, names) if extremes else None


def unchanged_by_generator(datagen, picture):
    """The rescaled image without random augmentation: (height, width, channels)."""
    return _from_generator(
        datagen, datagen.standardize(_to_generator(datagen, picture))
    )


def _ends(datagen, rows, columns):
    g, extremes = datagen, []

    def add_ends(name, low, high, *parameters):
        for value in (low, high):
            text = f"{name}: {float(value):+.4g}".replace("-", "\u2212")
            extremes.append((text, dict.fromkeys(parameters, float(value))))

    if g.rotation_range:
        add_ends("rotation_range", -g.rotation_range, g.rotation_range, "theta")
    x_axis, y_axis = ("ty", "tx") if g.keras_compat else ("tx", "ty")
    for name, size, axis in (("width", columns, x_axis), ("height", rows, y_axis)):
        largest = _largest_shift(getattr(g, f"{name}_shift_range"), size)
        if largest:
            add_ends(f"{name}_shift_range", -largest, largest, axis)
    if g.shear_range:
        add_ends("shear_range", -g.shear_range, g.shear_range, "shear")
    if tuple(g.zoom_range) != (1, 1):
        add_ends("zoom_range", *g.zoom_range, "zx", "zy")
    for side in ("horizontal", "vertical"):
        if getattr(g, f"{side}_flip"):
            extremes.append((f"{side}_flip", {f"flip_{side}": True}))
    if g.channel_shift_range:
        largest = g.channel_shift_range
        add_ends("channel_shift_range", -largest, largest, "channel_shift_intensity")
    if g.brightness_range is not None:
        add_ends("brightness_range", *g.brightness_range, "brightness")
    return extremes


def _largest_shift(shift_range, size):
    """The largest shift of a `..._shift_range` in pixels."""
    largest = np.max(np.abs(shift_range))
    if isinstance(shift_range, int | np.integer):
        return max(int(largest) - 1, 0)
    return float(largest * size if np.max(shift_range) < 1 else largest)


def _variants_of(datagen, picture, draws, names):
    pictures, corners, invented = [], [], []
    rows, columns = np.shape(picture)[:2]
    for parameters in draws:
        changed = datagen.apply_transform(_to_generator(datagen, picture), parameters)
        # The result may be a view of the image, and rescaling works in place.
        changed = np.array(changed)
        pictures.append(_from_generator(datagen, datagen.standardize(changed)))
        transform = _transform(parameters, rows, columns, datagen.keras_compat)
        corners.append(_corners(transform, parameters, rows, columns))
        invented.append(_invented(transform, parameters, rows, columns))
    return Variants(
        np.stack(pictures), np.stack(corners), np.stack(invented), tuple(names)
    )


def _to_generator(datagen, picture):
    x = np.array(picture, dtype=datagen.dtype)
    return x.transpose(2, 0, 1) if datagen.data_format == "channels_first" else x


def _from_generator(datagen, x):
    x = np.asarray(x)
    return x.transpose(1, 2, 0) if datagen.data_format == "channels_first" else x


def _transform(parameters, rows, columns, keras_compat):
    """The map from augmented to original pixels, without flips; or None."""
    names = ("theta", "tx", "ty", "shear", "zx", "zy")
    arguments = {name: parameters[name] for name in names if name in parameters}
    transform = affine.matrix(**arguments)
    if transform is None:
        return None
    # Keras rotates images that are not square about a point off their centre.
    across, down = (rows, columns) if keras_compat else (columns, rows)
    return affine.about(across / 2 - 0.5, down / 2 - 0.5, transform)


def corners_of(rows, columns):
    """The corners of an image, (4, 2), in the order of `Variants.corners`."""
    right, bottom = columns - 0.5, rows - 0.5
    return np.array([[-0.5, -0.5], [right, -0.5], [right, bottom], [-0.5, bottom]])


def _corners(transform, parameters, rows, columns):
    points = corners_of(rows, columns)
    if parameters.get("flip_horizontal"):
        points[:, 0] = columns - 1 - points[:, 0]
    if parameters.get("flip_vertical"):
        points[:, 1] = rows - 1 - points[:, 1]
    if transform is None:
        return points
    return points @ transform[:2, :2].T + transform[:2, 2]


def _invented(transform, parameters, rows, columns):
    if transform is None:
        return np.zeros((rows, columns), bool)
    ones = np.ones((1, rows, columns), "float32")
    invented = affine.warp(ones, transform, "constant", 0.0, order=0)[0] == 0
    if parameters.get("flip_horizontal"):
        invented = invented[:, ::-1]
    return invented[::-1] if parameters.get("flip_vertical") else invented
