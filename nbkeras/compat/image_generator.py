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
        featurewise_center: subtract the mean of the data given to `fit`.
        samplewise_center: subtract each image's own mean.
        featurewise_std_normalization: divide by the deviation of the data of `fit`.
        samplewise_std_normalization: divide by each image's own deviation.
        zca_whitening: remove correlations between pixels, learnt by `fit`.
        zca_epsilon: keeps the whitening finite.
        rotation_range: turn by up to this many degrees either way.
        width_shift_range: float below 1: fraction of the width; other float: pixels;
            int k: whole pixels from -(k-1) to k-1; list: one of it, either sign.
        height_shift_range: the same for the height.
        brightness_range: (low, high) factor for the light, 1 leaves it.
        shear_range: lean by up to this many degrees (degrees, not a fraction: the
            0.2 of many tutorials is hardly visible).
        zoom_range: (low, high), or z for (1 - z, 1 + z); above 1 zooms out.
        channel_shift_range: add up to this much to all values, either sign.
        fill_mode: what comes from outside: "nearest", "constant", "reflect", "wrap".
        cval: the value outside for fill_mode "constant".
        horizontal_flip: mirror left and right, half of the time.
        vertical_flip: mirror up and down, half of the time.
        rescale: factor for all values, for example 1/255.
        preprocessing_function: function of one image (rank 3) after the change and
            before the scaling; returns the same shape. It runs on other threads.
        data_format: "channels_last", "channels_first", None for the global choice.
        validation_split: fraction that `subset="validation"` takes, from the front.
        interpolation_order: 0 nearest pixel, 1 bilinear, 2 to 5 splines.
        dtype: of the batches; None is `config.floatx()`.
        keras_compat: the behaviour of Keras also where it differs from its
            documentation: height shifts move columns, images that are not square
            turn about a point beside the middle, brightness makes images in 0-1
            black, EXIF rotation is ignored.
        on_error: "raise" for an image that cannot be read, or "skip": leave it out
            and list it in the iterator's `.skipped`.

    Raises:
        TypeError: an unknown argument, with the nearest names.
        ValueError: a value outside of what is described here.

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
        """Batches of images in memory; the arguments are `NumpyArrayIterator`'s."""
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
        """Batches of images from a folder with one folder for each class.

        Args:
            directory: the folder that holds the class folders.
            target_size: (height, width) of the batches in pixels.
            color_mode: "rgb", "rgba" or "grayscale".
            classes: names of the class folders in the order of their numbers; None
                is all of them, sorted.
            class_mode: "categorical" one-hot, "binary" or "sparse" numbers, "input"
                the images themselves, None no labels.
            batch_size: images a batch.
            shuffle: a new order in each pass; False sorts by class and name.
            seed: an integer, or None for a new one.
            save_to_dir: folder to write the changed images to, or None.
            save_prefix: beginning of their names.
            save_format: "png" or "jpeg".
            follow_links: also read linked folders, each real one once.
            subset: "training" or "validation", with validation_split.
            interpolation: how to change the size, see `load_img`.
            keep_aspect_ratio: crop the middle to the proportions of target_size.

        Returns:
            A `DirectoryIterator`, endless with `next()`.

        Raises:
            FileNotFoundError, NotADirectoryError: no such folder.
            ValueError: no images, no classes, one class, wrong arguments.
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
        """Batches of the image files listed in a DataFrame.

        Args as in `flow_from_directory`, and:
            dataframe: pandas data frame, or a dict of lists.
            directory: folder of the files; None if the names are full paths.
            x_col: column of the file names.
            y_col: column of the class names (strings, or lists of them for
                "categorical"); for class_mode "raw" values, for "multi_output" a
                list of columns.
            weight_col: column of sample weights, or None.
            validate_filenames: leave out rows whose file does not exist.
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
