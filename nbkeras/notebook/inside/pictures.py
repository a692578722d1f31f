"""Pictures: the images passed to `inside`, and those created on the page."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from nbkeras.analysis.image_samples.label_text import label_texts
from nbkeras.analysis.image_samples.model_input import expected_range
from nbkeras.analysis.image_samples.samples import collect_samples, first_batch
from nbkeras.analysis.image_samples.value_range import ValueRange, value_range
from nbkeras.analysis.inside.activations import rows_of
from nbkeras.analysis.inside.network import Network

# Luma weights of red, green and blue (ITU-R BT.601), as in Pillow's conversion to gray.
LUMA = np.array([0.299, 0.587, 0.114], "float32")


@dataclass
class Pictures:
    """The images that a view offers.

    Attributes:
        rows: for each image, the input arrays of the model.
        labels: one text per image, "" if it has no label.
        range: value range of the images, also used for new ones.
        preprocess: function of an image with values 0 to 255, or None.
        are_given: False if no images were passed, and the first one is empty.
    """

    rows: list[list[np.ndarray]]
    labels: list[str]
    range: ValueRange
    preprocess: Callable[[Any], Any] | None = None
    are_given: bool = True
    skipped: list[str] = field(default_factory=list)

    @classmethod
    def collect(
        cls,
        network: Network,
        image: Any,
        class_names: Sequence[str] | None,
        preprocess: Callable[[Any], Any] | None,
        most: int,
    ) -> Pictures:
        """Collect at most `most` pictures; arguments as in `inside`."""
        if image is None:
            return cls._empty(network, preprocess)
        if _are_files(image):
            return cls._of_files(network, image, class_names, preprocess, most)
        images, labels = _arrays(network, image, class_names, most)
        rows = [rows_of(network, picture) for picture in images]
        shown = [row[network.picture] for row in rows]
        return cls(rows, labels, value_range(shown), preprocess)

    @classmethod
    def _empty(cls, network, preprocess):
        height, width = network.size()
        channels = network.picture_shape[2] or 3
        pictures = cls([], [""], _expected_range(network), preprocess, are_given=False)
        pictures.rows.append(
            pictures.own_rows(network, np.zeros((height, width, channels), "uint8"))
        )
        return pictures

    @classmethod
    def _of_files(cls, network, image, class_names, preprocess, most):
        if isinstance(image, os.PathLike):
            image = Path(image)
        samples = collect_samples("inside", image, most, network.size(), class_names)
        pictures = cls([], samples.labels, _expected_range(network), preprocess)
        pictures.skipped = list(samples.skipped)
        for picture in samples.pictures:
            pictures.rows.append(pictures.own_rows(network, picture))
        return pictures

    def own_rows(self, network: Network, picture: np.ndarray) -> list[np.ndarray]:
        """The inputs for an image created on the page.

        Args:
            network: the network of the view.
            picture: uint8 (height, width, channels), of the size of the input.
        """
        x = with_channels(picture, network.picture_shape[2] or picture.shape[-1])
        row = network.as_input(self.prepared(x))
        if len(network.inputs) == 1:
            return [row]
        if self.rows:
            others = self.rows[0]
        else:
            others = [_zeros(entry.shape) for entry in network.inputs]
        return [row if i == network.picture else x for i, x in enumerate(others)]

    def prepared(self, picture: np.ndarray) -> np.ndarray:
        """Preprocess an image with values 0 to 255 for the model; float32."""
        x = np.asarray(picture, "float32")
        if self.preprocess is not None:
            return np.asarray(self.preprocess(x.copy()), "float32")
        low, high = self.range.low, self.range.high
        return (low + x * ((high - low) / 255)).astype("float32")


def with_channels(picture: np.ndarray, channels: int) -> np.ndarray:
    """Convert (height, width, 1, 3 or 4) to another number of channels; float32.

    >>> with_channels(np.full((1, 1, 3), 100, "uint8"), 1)
    array([[[100.]]], dtype=float32)
    """
    x = np.asarray(picture, "float32")
    if x.shape[-1] == channels:
        return x
    gray = x if x.shape[-1] == 1 else (x[..., :3] @ LUMA)[..., None]
    if channels == 1:
        return gray
    color = x[..., :3] if x.shape[-1] >= 3 else np.repeat(gray, 3, -1)
    if channels == 3:
        return color
    if channels == 4:
        return np.concatenate([color, np.full_like(gray, 255)], -1)
    return np.repeat(gray, channels, -1)


def first_picture(image: Any) -> Any:
    """One image of the input, to build a model with."""
    if _are_files(image) or hasattr(image, "__next__") or hasattr(image, "peek"):
        raise ValueError(
            "inside: the model was not built yet, so that the size of its pictures is "
            "not known. Begin it with Input(shape=(height, width, channels))."
        )
    if isinstance(image, tuple):
        image = image[0]
    return image[0] if np.ndim(image) == 4 else image


def _expected_range(network):
    """The value range that a network expects, considering its own scaling layers."""
    return expected_range(call.layer for call in network.calls)


def _are_files(image):
    if isinstance(image, list | tuple) and image:
        image = image[0]
    return isinstance(image, str | bytes | os.PathLike)


def _arrays(network, image, class_names, most):
    """([images in the form for `rows_of`], [texts of their labels])."""
    is_list = isinstance(image, list | tuple | dict)
    if not is_list and not hasattr(image, "__array__"):
        image, class_names = first_batch("inside", image, class_names)
        is_list = isinstance(image, list | tuple | dict)
    y = None
    if len(network.inputs) > 1:
        if isinstance(image, tuple) and len(image) == 2 and _are_several(image[0]):
            image, y = image
        images = _samples(network, image, most)
    else:
        if isinstance(image, tuple) and len(image) > 1:
            image, y = image[0], image[1]
        if is_list and isinstance(image, list) and len(image) == 1:
            image = image[0]
        ndim = len(network.inputs[network.picture].shape)
        is_batch = isinstance(image, list) or np.ndim(image) == ndim
        images = [image] if not is_batch else list(image[:most])
    if y is None:
        return images, [""] * len(images)
    many = y[: len(images)] if np.ndim(y) else [y]
    return images, label_texts(many, class_names)[0]


def _are_several(value):
    return isinstance(value, list | tuple | dict)


def _samples(network, image, most):
    """The samples of a model with several inputs: one list of arrays each."""
    if isinstance(image, dict):
        image = [image[entry.name] for entry in network.inputs]
    parts = [np.asarray(part) for part in image]
    ndim = len(network.inputs[network.picture].shape)
    if len(parts) != len(network.inputs) or parts[network.picture].ndim != ndim:
        return [image]
    count = min(most, *(len(part) for part in parts))
    return [[part[i] for part in parts] for i in range(count)]


def _zeros(shape):
    return np.zeros((1, *(size or 1 for size in shape[1:])), "float32")
