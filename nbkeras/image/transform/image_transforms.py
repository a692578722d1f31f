"""Settings and transforms of `ImageDataGenerator`, without its `flow` methods."""

import functools
import numbers
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from nbkeras.core import check, settings
from nbkeras.core import rng as seeds
from nbkeras.core.annotations import DataFormat, DTypeLike, FillMode
from nbkeras.core.serialization.configurable import Configurable
from nbkeras.image.annotations import Bounds, ImageFunction, ShiftRange, SplineOrder
from nbkeras.image.transform import augment, standardize
from nbkeras.image.transform.affine import FILL_MODES, ORDERS
from nbkeras.image.transform.random import pair

_OWNER = "ImageDataGenerator"


class ImageTransforms(Configurable):
    """Random augmentation and standardization of images.

    Args:
        featurewise_center: subtract the mean of the data given to `fit`.
        samplewise_center: subtract the mean of each image.
        featurewise_std_normalization: divide by the standard deviation of the data
            given to `fit`.
        samplewise_std_normalization: divide by the standard deviation of each image.
        zca_whitening: apply ZCA whitening, which removes correlations between pixels.
        zca_epsilon: small constant that keeps the whitening finite.
        rotation_range: maximum rotation in degrees, in both directions.
        width_shift_range: float below 1: fraction of the width; other float: pixels;
            int k: integers from -(k-1) to k-1; list: an entry with a random sign.
        height_shift_range: the same for the height.
        brightness_range: (low, high) factor of the brightness; 1 does not change it.
        shear_range: maximum shear angle in degrees (not a fraction: the 0.2 of many
            tutorials is hardly visible).
        zoom_range: (low, high), or z for (1 - z, 1 + z); above 1 zooms out.
        channel_shift_range: maximum value added to all channels, in both directions.
        fill_mode: values outside the image: "nearest", "constant", "reflect", "wrap".
        cval: value outside the image for fill_mode "constant".
        horizontal_flip: flip left and right with probability 0.5.
        vertical_flip: flip up and down with probability 0.5.
        rescale: factor of all values, for example 1/255.
        preprocessing_function: function of one image (three axes), called after the
            random transform and before rescaling; it must keep the shape. It runs on
            other threads.
        data_format: "channels_last" or "channels_first"; None is the global setting.
        validation_split: fraction of the data for `subset="validation"`, its start.
        interpolation_order: 0 for nearest neighbour, 1 bilinear, 2 to 5 splines.
        dtype: dtype of the batches; None is `config.floatx()`.
        keras_compat: reproduce Keras where it differs from its documentation: height
            shifts move columns, non-square images are rotated about a point that is
            not the center, brightness makes images in 0-1 black, EXIF orientation is
            ignored.
        on_error: for an image that cannot be read, "raise", or "skip" to skip it and
            list it in the iterator's `.skipped`.

    Raises:
        TypeError: an unknown argument; the message suggests similar names.
        ValueError: an argument has an invalid value.

    Source: Keras 2 `ImageDataGenerator`; see `augment.draw`, `augment.apply`.
    """

    def __init__(
        self,
        featurewise_center: bool = False,
        samplewise_center: bool = False,
        featurewise_std_normalization: bool = False,
        samplewise_std_normalization: bool = False,
        zca_whitening: bool = False,
        zca_epsilon: float = 1e-6,
        rotation_range: float = 0,
        width_shift_range: ShiftRange = 0.0,
        height_shift_range: ShiftRange = 0.0,
        brightness_range: Bounds | None = None,
        shear_range: float = 0.0,
        zoom_range: float | Bounds = 0.0,
        channel_shift_range: float = 0.0,
        fill_mode: FillMode = "nearest",
        cval: float = 0.0,
        horizontal_flip: bool = False,
        vertical_flip: bool = False,
        rescale: float | None = None,
        preprocessing_function: ImageFunction | None = None,
        data_format: DataFormat | None = None,
        validation_split: float = 0.0,
        interpolation_order: SplineOrder = 1,
        dtype: DTypeLike | None = None,
        keras_compat: bool = False,
        on_error: Literal["raise", "skip"] = "raise",
    ):
        number = functools.partial(check.number, _OWNER)
        choice = functools.partial(check.choice, _OWNER)
        self.featurewise_center = featurewise_center
        self.samplewise_center = samplewise_center
        self.featurewise_std_normalization = featurewise_std_normalization
        self.samplewise_std_normalization = samplewise_std_normalization
        self.zca_whitening = zca_whitening
        self.zca_epsilon = number("zca_epsilon", zca_epsilon, 0)
        self.rotation_range = number("rotation_range", rotation_range)
        self.width_shift_range = _shift("width_shift_range", width_shift_range)
        self.height_shift_range = _shift("height_shift_range", height_shift_range)
        self.brightness_range = _brightness(brightness_range)
        self.shear_range = number("shear_range", shear_range)
        self.zoom_range = _zoom(zoom_range)
        self.channel_shift_range = number("channel_shift_range", channel_shift_range)
        self.fill_mode, self.cval = choice("fill_mode", fill_mode, FILL_MODES), cval
        self.horizontal_flip, self.vertical_flip = horizontal_flip, vertical_flip
        self.rescale = rescale
        self.preprocessing_function = preprocessing_function
        self.data_format = settings.data_format(_OWNER, data_format)
        self._validation_split = _split(validation_split)
        self.interpolation_order = choice(
            "interpolation_order", interpolation_order, ORDERS
        )
        self.dtype = dtype or settings.floatx()
        self.keras_compat = keras_compat
        self.on_error = choice("on_error", on_error, ("raise", "skip"))
        first = self.data_format == "channels_first"
        self.channel_axis, self.row_axis, self.col_axis = (
            (1, 2, 3) if first else (3, 1, 2)
        )
        self.mean = self.std = self.zca_whitening_matrix = None
        standardize.enable_dependencies(self)

    @property
    def validation_split(self) -> float:
        """The fraction of the data held out for validation."""
        return self._validation_split

    def get_random_transform(
        self, img_shape: Sequence[int], seed: Any = None
    ) -> dict[str, Any]:
        """Draw the parameters of one random transform.

        Args:
            img_shape: shape of one image.
            seed: an integer for the parameters that Keras draws after
                `numpy.random.seed(seed)`; None for new ones; or a NumPy generator.

        Returns:
            A dict for `apply_transform`; see `augment.draw`.
        """
        rng = seeds.next_seed() if seed is None else seed
        if not hasattr(rng, "uniform"):
            rng = np.random.RandomState(rng)
        return augment.draw(
            rng,
            img_shape[self.row_axis - 1],
            img_shape[self.col_axis - 1],
            rotation_range=self.rotation_range,
            width_shift_range=self.width_shift_range,
            height_shift_range=self.height_shift_range,
            brightness_range=self.brightness_range,
            shear_range=self.shear_range,
            zoom_range=self.zoom_range,
            channel_shift_range=self.channel_shift_range,
            horizontal_flip=self.horizontal_flip,
            vertical_flip=self.vertical_flip,
            keras_compat=self.keras_compat,
        )

    def apply_transform(
        self, x: np.ndarray, transform_parameters: Mapping[str, Any]
    ) -> np.ndarray:
        """Apply the parameters of `get_random_transform` to one image (three axes)."""
        return augment.apply(
            x,
            transform_parameters,
            self.row_axis - 1,
            self.col_axis - 1,
            self.channel_axis - 1,
            fill_mode=self.fill_mode,
            cval=self.cval,
            order=self.interpolation_order,
            keras_compat=self.keras_compat,
        )

    def random_transform(self, x: np.ndarray, seed: Any = None) -> np.ndarray:
        """Apply a random transform to one image (three axes)."""
        return self.apply_transform(x, self.get_random_transform(x.shape, seed))

    def standardize(self, x: np.ndarray) -> np.ndarray:
        """Standardize `x`, one image or a batch of floats, in place."""
        return standardize.apply(self, x)

    def fit(
        self,
        x: ArrayLike,
        augment: bool = False,
        rounds: int = 1,
        seed: int | None = None,
    ) -> None:
        """Fit mean, standard deviation and whitening to images; see `standardize.fit`.

        Args:
            x: images (count, height, width, channels). `rescale` is applied to them,
                the preprocessing_function is not.
            augment: whether to fit to augmented images.
            rounds: number of augmented images per image.
            seed: seed of the augmentation.

        Raises:
            ValueError: `x` does not have four axes, or is too large for whitening.
        """
        standardize.fit(self, x, augment, rounds, seed)


def _shift(name, value):
    if isinstance(value, numbers.Real) and not isinstance(value, bool):
        return value
    items = list(value) if np.ndim(value) == 1 and not isinstance(value, str) else []
    if items and all(isinstance(item, numbers.Real) for item in items):
        return items
    raise ValueError(
        f"{_OWNER}({name}={value!r}): {name} must be a number or a list of numbers. "
        f"Write for example {_OWNER}({name}=0.1)."
    )


def _brightness(value):
    if value is None:
        return None
    low, high = pair(_OWNER, "brightness_range", value)
    if low < 0:
        raise ValueError(
            f"{_OWNER}(brightness_range={value!r}): factors must be at least 0; 1 "
            "leaves the brightness unchanged. Write for example "
            f"{_OWNER}(brightness_range=(0.8, 1.2))."
        )
    return low, high


def _zoom(value):
    if isinstance(value, numbers.Real) and not isinstance(value, bool):
        return [1 - value, 1 + value]
    return list(pair(_OWNER, "zoom_range", value))


def _split(value):
    if isinstance(value, numbers.Real) and 0 <= float(value) < 1:
        return value
    raise ValueError(
        f"{_OWNER}(validation_split={value!r}): validation_split must be a fraction "
        "from 0 up to, not including, 1. Write for example "
        f"{_OWNER}(validation_split=0.2)."
    )
