"""`ImageDataGenerator` of Keras 2: data augmentation and batches of images."""

import inspect
from collections.abc import Sequence
from typing import Any, Literal

from numpy.typing import ArrayLike

from nbkeras.core import check, notices
from nbkeras.core.annotations import PathLike
from nbkeras.image.annotations import (
    ClassMode,
    ColorMode,
    FileInterpolation,
    FrameClassMode,
    ImageSize,
    Subset,
)
from nbkeras.image.pipeline.array_iterator import NumpyArrayIterator
from nbkeras.image.pipeline.file_iterator import DirectoryIterator
from nbkeras.image.pipeline.frame_iterator import DataFrameIterator
from nbkeras.image.transform.image_transforms import ImageTransforms
from nbkeras.utils import compile_cache


class ImageDataGenerator(ImageTransforms):
    """Generate batches of randomly augmented images.

    Args:
        featurewise_center: subtract the mean of the data set, measured by `fit`.
        samplewise_center: subtract each image's own mean.
        featurewise_std_normalization: divide by the standard deviation of the data
            set, measured by `fit`.
        samplewise_std_normalization: divide by each image's own standard deviation.
        zca_whitening: remove the correlations between pixels, measured by `fit`.
        zca_epsilon: added to the eigenvalues so that the whitening stays finite.
        rotation_range: rotate by up to this many degrees in either direction.
        width_shift_range: a float below 1 is a fraction of the width, a larger float
            a number of pixels; an int k shifts by whole pixels from -(k-1) to k-1; a
            list holds the possible shifts, each with either sign.
        height_shift_range: the same for the height.
        brightness_range: (low, high) brightness factor; 1 changes nothing.
        shear_range: shear by up to this many degrees (degrees, not a fraction: the
            0.2 of many tutorials is hardly visible).
        zoom_range: (low, high), or z for (1 - z, 1 + z); above 1 zooms out.
        channel_shift_range: shift all values by up to this amount, with either sign.
        fill_mode: how to fill points outside the image: "nearest", "constant",
            "reflect" or "wrap".
        cval: fill value for fill_mode "constant".
        horizontal_flip: mirror left and right with probability 0.5.
        vertical_flip: mirror top and bottom with probability 0.5.
        rescale: factor for all values, for example 1/255.
        preprocessing_function: function applied to one image (rank 3) after the
            augmentation and before the rescaling; it returns the same shape. It runs
            on worker threads.
        data_format: "channels_last", "channels_first", or None for the global
            setting.
        validation_split: fraction of the images reserved for `subset="validation"`,
            taken from the start.
        interpolation_order: 0 for nearest neighbour, 1 for bilinear, 2 to 5 for
            splines.
        dtype: dtype of the batches; None is `config.floatx()`.
        keras_compat: reproduce Keras even where it departs from its documentation:
            height shifts move columns, images that are not square rotate about a
            point off the centre, brightness turns images in 0-1 black, and the EXIF
            orientation is ignored.
        on_error: for an image that cannot be read, "raise" an error, or "skip" it
            and list it in the iterator's `.skipped`.

    Raises:
        TypeError: an unknown argument; the message suggests the closest names.
        ValueError: a value outside the ranges above.

    Source: Keras 2 `ImageDataGenerator`; see `augment.draw`, `augment.apply`.
    """

    def flow(
        self,
        x: Any,
        y: ArrayLike | None = None,
        batch_size: int = 32,
        shuffle: bool = True,
        sample_weight: ArrayLike | None = None,
        seed: int | None = None,
        save_to_dir: PathLike | None = None,
        save_prefix: str = "",
        save_format: str = "png",
        ignore_class_split: bool = False,
        subset: Subset = None,
    ) -> NumpyArrayIterator:
        """Generate batches from images in memory.

        The arguments are those of `NumpyArrayIterator`.
        """
        compile_cache.turn_on()
        return NumpyArrayIterator(
            x,
            y,
            self,
            batch_size=batch_size,
            shuffle=shuffle,
            sample_weight=sample_weight,
            seed=seed,
            data_format=self.data_format,
            save_to_dir=save_to_dir,
            save_prefix=save_prefix,
            save_format=save_format,
            ignore_class_split=ignore_class_split,
            subset=subset,
            dtype=self.dtype,
        )

    def flow_from_directory(
        self,
        directory: PathLike,
        target_size: ImageSize = (256, 256),
        color_mode: ColorMode = "rgb",
        classes: Sequence[str] | None = None,
        class_mode: ClassMode = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        save_to_dir: PathLike | None = None,
        save_prefix: str = "",
        save_format: str = "png",
        follow_links: bool = False,
        subset: Subset = None,
        interpolation: FileInterpolation = "nearest",
        keep_aspect_ratio: bool = False,
    ) -> DirectoryIterator:
        """Generate batches from a directory with one subdirectory per class.

        Args:
            directory: path of the directory that holds the class subdirectories.
            target_size: (height, width) of the images in a batch, in pixels.
            color_mode: "rgb", "rgba" or "grayscale".
            classes: names of the class subdirectories, in the order of their class
                indices; None takes all of them in alphabetical order.
            class_mode: "categorical" for one-hot labels, "binary" or "sparse" for
                class indices, "input" for the images themselves, None for no labels.
            batch_size: number of images in a batch.
            shuffle: reshuffle in every epoch; False sorts by class and file name.
            seed: an integer, or None for a random one.
            save_to_dir: directory to write the augmented images to, or None.
            save_prefix: prefix of their file names.
            save_format: "png" or "jpeg".
            follow_links: follow symbolic links, visiting each directory once.
            subset: "training" or "validation", together with validation_split.
            interpolation: resampling method for resizing; see `load_img`.
            keep_aspect_ratio: crop the centre to the aspect ratio of target_size
                instead of distorting the image.

        Returns:
            A `DirectoryIterator`; `next()` never runs out.

        Raises:
            FileNotFoundError, NotADirectoryError: the directory does not exist.
            ValueError: no images, no classes, only one class, or invalid arguments.
        """
        arguments = {
            k: v for k, v in locals().items() if k not in ("self", "directory")
        }
        compile_cache.turn_on()
        return DirectoryIterator(
            directory, self, data_format=self.data_format, dtype=self.dtype, **arguments
        )

    def flow_from_dataframe(
        self,
        dataframe: Any,
        directory: PathLike | None = None,
        x_col: str = "filename",
        y_col: str | Sequence[str] = "class",
        weight_col: str | None = None,
        target_size: ImageSize = (256, 256),
        color_mode: ColorMode = "rgb",
        classes: Sequence[str] | None = None,
        class_mode: FrameClassMode | Literal["other"] = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        save_to_dir: PathLike | None = None,
        save_prefix: str = "",
        save_format: str = "png",
        subset: Subset = None,
        interpolation: FileInterpolation = "nearest",
        validate_filenames: bool = True,
        keep_aspect_ratio: bool = False,
        **old: Any,
    ) -> DataFrameIterator:
        """Generate batches from the image files listed in a DataFrame.

        Args as in `flow_from_directory`, and:
            dataframe: a pandas DataFrame, or a dict of lists.
            directory: directory of the files; None if the column holds full paths.
            x_col: column with the file names.
            y_col: column with the class names (strings, or lists of strings for
                "categorical"); with class_mode "raw" the target values, with
                "multi_output" a list of columns.
            weight_col: column with the sample weights, or None.
            validate_filenames: drop rows whose file does not exist.
        """
        arguments = {k: v for k, v in locals().items() if k not in ("self", "old")}
        arguments["class_mode"] = _old_frame_arguments(class_mode, old)
        frame, folder = arguments.pop("dataframe"), arguments.pop("directory")
        compile_cache.turn_on()
        return DataFrameIterator(
            frame,
            folder,
            self,
            data_format=self.data_format,
            dtype=self.dtype,
            **arguments,
        )


def _old_frame_arguments(class_mode, old):
    parameters = list(inspect.signature(DataFrameIterator).parameters)
    for name in old:
        if name not in ("has_ext", "drop_duplicates", "sort"):
            raise TypeError(
                f"flow_from_dataframe has no argument {name!r}."
                f"{check.did_you_mean(name, parameters)}"
            )
        notices.once(("frame", name), f"flow_from_dataframe({name}=...) has no effect.")
    if class_mode == "other":
        notices.once("other", 'class_mode="other" is deprecated; write "raw".')
        return "raw"
    return class_mode
