"""InceptionV3: modules of parallel convolutions.

Source: Szegedy and others, "Rethinking the Inception Architecture for Computer Vision"
(2016), table 1 and figures 5 to 7.
"""

from typing import Any

from nbkeras.applications import imagenet_utils
from nbkeras.applications.assembly import (
    Pooling,
    Request,
    Weights,
    assemble,
    channel_axis,
)
from nbkeras.applications.imagenet_utils import decode_predictions as decode_predictions
from nbkeras.applications.weight_files import tensorflow_kernels
from nbkeras.core.annotations import DataFormat, Identifier, Padding, Shape
from nbkeras.layers import (
    Activation,
    AveragePooling2D,
    BatchNormalization,
    Concatenate,
    Conv2D,
    MaxPooling2D,
)
from nbkeras.layers.engine.nodes.symbolic import SymbolicTensor
from nbkeras.models import Model

FILES = tensorflow_kernels(
    "inception_v3",
    "inception_v3",
    "9a0d58056eeedaa3f26cb7ebd46da564",
    "bcbd6486424b2319ff4ef7d526e38f63",
)


def InceptionV3(
    include_top: bool = True,
    weights: Weights = "imagenet",
    input_tensor: Any = None,
    input_shape: Shape | None = None,
    pooling: Pooling = None,
    classes: int = 1000,
    classifier_activation: Identifier | None = "softmax",
    name: str = "inception_v3",
) -> Model:
    """InceptionV3: eleven modules of parallel, factorized convolutions.

    Args:
        include_top: whether to include the classifier; without it the model returns the
            last feature map.
        weights: "imagenet", None for random weights, or the path of a weights file.
        input_tensor: symbolic tensor to use as the input, instead of a new `Input`.
        input_shape: shape of one image, by default 299 x 299 with 3 channels; without
            the classifier any size of at least 75 x 75.
        pooling: global pooling without the classifier: "avg", "max" or None.
        classes: number of classes; other than 1000 only with random weights.
        classifier_activation: activation of the last layer; None returns logits.
        name: name of the model.

    Raises:
        ValueError: incompatible arguments; the message says how to combine them.
        OSError: the published weights are not cached and cannot be downloaded.
    """
    request = Request(
        "InceptionV3",
        include_top,
        weights,
        input_tensor,
        input_shape,
        pooling,
        classes,
        classifier_activation,
    )
    return assemble(request, name, _trunk, FILES, size=299, min_size=75)


def preprocess_input(x: Any, data_format: DataFormat | None = None) -> Any:
    """Scale pixel values from 0..255 to -1..1.

    Args:
        x: an image or a batch, with values 0..255.
        data_format: "channels_last" or "channels_first"; the global setting by default.
    """
    return imagenet_utils.preprocess_input(x, data_format, "tf")


def _trunk(x: SymbolicTensor) -> SymbolicTensor:
    x = _convolution(x, 32, 3, strides=2, padding="valid")
    x = _convolution(x, 32, 3, padding="valid")
    x = _convolution(x, 64, 3)
    x = MaxPooling2D(3, strides=2)(x)
    x = _convolution(x, 80, 1, padding="valid")
    x = _convolution(x, 192, 3, padding="valid")
    x = MaxPooling2D(3, strides=2)(x)
    for number, pooled in enumerate((32, 64, 64)):
        x = _square_module(x, pooled, f"mixed{number}")
    x = _first_reduction(x)
    for number, inner in enumerate((128, 160, 160, 192), 4):
        x = _factorised_module(x, inner, f"mixed{number}")
    x = _second_reduction(x)
    for number in (9, 10):
        x = _wide_module(x, number)
    return x


def _convolution(
    x: SymbolicTensor,
    filters: int,
    kernel_size: int | tuple[int, int],
    strides: int = 1,
    padding: Padding = "same",
) -> SymbolicTensor:
    """Convolution, batch normalization without scale, ReLU."""
    x = Conv2D(filters, kernel_size, strides, padding, use_bias=False)(x)
    x = BatchNormalization(axis=channel_axis(), scale=False)(x)
    return Activation("relu")(x)


def _chain(
    x: SymbolicTensor, *steps: tuple[int, int | tuple[int, int]]
) -> SymbolicTensor:
    """A sequence of convolutions, each given as (filters, kernel size)."""
    for filters, kernel_size in steps:
        x = _convolution(x, filters, kernel_size)
    return x


def _averaged(x: SymbolicTensor, filters: int) -> SymbolicTensor:
    """The pooling branch."""
    return _convolution(AveragePooling2D(3, 1, "same")(x), filters, 1)


def _joined(branches: list[SymbolicTensor], name: str | None = None) -> SymbolicTensor:
    return Concatenate(axis=channel_axis(), name=name)(branches)


def _square_module(x: SymbolicTensor, pooled: int, name: str) -> SymbolicTensor:
    """Figure 5: branches of 1 x 1, 5 x 5, two 3 x 3, and pooling."""
    branches = [
        _chain(x, (64, 1)),
        _chain(x, (48, 1), (64, 5)),
        _chain(x, (64, 1), (96, 3), (96, 3)),
        _averaged(x, pooled),
    ]
    return _joined(branches, name)


def _factorised_module(x: SymbolicTensor, inner: int, name: str) -> SymbolicTensor:
    """Figure 6: 7 x 7 convolutions factorized into 1 x 7 and 7 x 1."""
    row, column = (1, 7), (7, 1)
    twice = ((inner, 1), (inner, column), (inner, row), (inner, column), (192, row))
    branches = [
        _chain(x, (192, 1)),
        _chain(x, (inner, 1), (inner, row), (192, column)),
        _chain(x, *twice),
        _averaged(x, 192),
    ]
    return _joined(branches, name)


def _wide_module(x: SymbolicTensor, number: int) -> SymbolicTensor:
    """Figure 7: 3 x 3 convolutions replaced by parallel 1 x 3 and 3 x 1."""
    single = _chain(x, (320, 1))
    once = _chain(x, (384, 1))
    once = [_chain(once, (384, (1, 3))), _chain(once, (384, (3, 1)))]
    once = _joined(once, f"mixed9_{number - 9}")
    twice = _chain(x, (448, 1), (384, 3))
    twice = _joined([_chain(twice, (384, (1, 3))), _chain(twice, (384, (3, 1)))])
    return _joined([single, once, twice, _averaged(x, 192)], f"mixed{number}")


def _first_reduction(x: SymbolicTensor) -> SymbolicTensor:
    branches = [
        _convolution(x, 384, 3, 2, "valid"),
        _convolution(_chain(x, (64, 1), (96, 3)), 96, 3, 2, "valid"),
        MaxPooling2D(3, strides=2)(x),
    ]
    return _joined(branches, "mixed3")


def _second_reduction(x: SymbolicTensor) -> SymbolicTensor:
    factorised = ((192, 1), (192, (1, 7)), (192, (7, 1)))
    branches = [
        _convolution(_chain(x, (192, 1)), 320, 3, 2, "valid"),
        _convolution(_chain(x, *factorised), 192, 3, 2, "valid"),
        MaxPooling2D(3, strides=2)(x),
    ]
    return _joined(branches, "mixed8")
