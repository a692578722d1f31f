"""`NumpyArrayIterator`: augmented batches of images in memory."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from nbkeras.core import notices, settings
from nbkeras.core.annotations import DataFormat, DTypeLike, PathLike
from nbkeras.image.annotations import Subset
from nbkeras.image.pipeline.file_iterator import save_batch
from nbkeras.image.pipeline.iterator import Iterator, split_bounds
from nbkeras.image.transform.image_transforms import ImageTransforms


class NumpyArrayIterator(Iterator):
    """Augmented batches of `x`; created by `ImageDataGenerator.flow`.

    Args:
        x: images (count, height, width, channels), or (images, other arrays); other
            arrays are not augmented.
        y: labels (count, ...), or None.
        image_data_generator: the augmentation.
        batch_size: images per batch.
        shuffle: whether each epoch has a new order.
        sample_weight: weights (count,), or None.
        seed: seed of order and augmentation; None for a new one.
        data_format: "channels_last" or "channels_first"; None is the global setting.
        save_to_dir: folder to save the augmented images to, or None.
        save_prefix: prefix of their file names.
        save_format: "png" or "jpeg".
        subset: "training" or "validation" if the generator has validation_split;
            validation is the first part.
        ignore_class_split: whether to allow parts with different classes.
        dtype: dtype of the batches; None is `config.floatx()`.

    Raises:
        ValueError: lengths differ, `x` has another rank, or a part lacks classes.
    """

    def __init__(
        self,
        x: Any,
        y: ArrayLike | None,
        image_data_generator: ImageTransforms | None,
        batch_size: int = 32,
        shuffle: bool = False,
        sample_weight: ArrayLike | None = None,
        seed: int | None = None,
        data_format: DataFormat | None = None,
        save_to_dir: PathLike | None = None,
        save_prefix: str = "",
        save_format: str = "png",
        subset: Subset = None,
        ignore_class_split: bool = False,
        dtype: DTypeLike | None = None,
    ):
        self.data_format = settings.data_format("flow", data_format)
        self.dtype = dtype or settings.floatx()
        self.image_data_generator = image_data_generator
        self.save_to_dir, self.save_prefix = save_to_dir, save_prefix
        self.save_format = save_format
        x, others = _parts(x)
        x = _checked_images(x, self.data_format)
        y = None if y is None else np.asarray(y)
        if sample_weight is not None:
            sample_weight = np.asarray(sample_weight)
        _same_length("y", x, y)
        _same_length("sample_weight", x, sample_weight)
        for other in others:
            _same_length("the second part of x", x, other)
        bounds = split_bounds("flow", image_data_generator, subset)
        rows = slice(None)
        if bounds:
            middle = int(len(x) * image_data_generator._validation_split)
            if y is not None and not ignore_class_split:
                _same_classes(y[:middle], y[middle:])
            rows = slice(middle) if subset == "validation" else slice(middle, None)
        self.x, self.x_misc = x[rows], [other[rows] for other in others]
        self.y = None if y is None else y[rows]
        self.sample_weight = None if sample_weight is None else sample_weight[rows]
        self.image_shape = self.x.shape[1:]
        super().__init__(len(self.x), batch_size, shuffle, seed)

    def _get_batches_of_transformed_samples(self, index_array):
        images = self.x[index_array]
        if images.dtype != np.uint8:
            images = images.astype(self.dtype, copy=False)
        batch_x = self._augmented(images, index_array)
        if self.save_to_dir:
            save_batch(self, batch_x, index_array)
        others = [other[index_array] for other in self.x_misc]
        inputs = [batch_x, *others] if others else batch_x
        if self.y is None:
            return inputs
        batch = (inputs, self.y[index_array])
        if self.sample_weight is not None:
            batch += (self.sample_weight[index_array],)
        return batch


def _parts(x):
    """(images, other arrays); other arrays only for a pair that starts with images."""
    pair = isinstance(x, tuple) or (isinstance(x, list) and len(x) == 2)
    if not pair or np.ndim(x[0]) != 4:
        return x, []
    others = x[1] if isinstance(x[1], list) else [x[1]]
    return x[0], [np.asarray(other) for other in others]


def _checked_images(x, data_format):
    x = np.asarray(x)
    if x.ndim != 4:
        axis = "a channel axis: write x[..., None]" if x.ndim == 3 else "four axes"
        raise ValueError(
            f"flow(x): x must be images of shape (count, height, width, channels), "
            f"got shape {x.shape}. It needs {axis}."
        )
    channels = x.shape[3 if data_format == "channels_last" else 1]
    if channels not in (1, 3, 4):
        notices.once(
            ("channels", channels),
            f"flow(x) got images with {channels} channels (shape {x.shape}, "
            f"{data_format}); 1, 3 or 4 are usual.",
        )
    return x


def _same_length(name, x, other):
    if other is not None and len(other) != len(x):
        raise ValueError(
            f"flow(x, ...): x holds {len(x)} images (shape {x.shape}) but {name} has "
            f"length {len(other)}. Both must have the same length."
        )


def _same_classes(first, rest):
    if np.array_equal(np.unique(first), np.unique(rest)):
        return
    raise ValueError(
        f"flow(subset=...): the validation part (the first {len(first)} samples) and "
        "the training part hold different classes; the data is probably sorted. "
        "Shuffle it first: order = np.random.default_rng(0).permutation(len(x)); x, y "
        "= x[order], y[order]. Or write ignore_class_split=True."
    )
