"""Xception: separable convolutions in blocks with shortcut connections.

Source: Chollet, "Xception: Deep Learning with Depthwise Separable Convolutions" (2017),
figure 5.
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
from nbkeras.core.annotations import DataFormat, Identifier, Shape
from nbkeras.layers import (
    Activation,
    Add,
    BatchNormalization,
    Conv2D,
    MaxPooling2D,
    SeparableConv2D,
)
from nbkeras.layers.engine.nodes.symbolic import SymbolicTensor
from nbkeras.models import Model

MIDDLE_BLOCKS = range(5, 13)
FILES = tensorflow_kernels(
    "xception",
    "xception",
    "0a58e3b7378bc2990ea3b43d5981f1f6",
    "b0042744bf5b25fce3cb969f33bebb97",
)


def Xception(
    include_top: bool = True,
    weights: Weights = "imagenet",
    input_tensor: Any = None,
    input_shape: Shape | None = None,
    pooling: Pooling = None,
    classes: int = 1000,
    classifier_activation: Identifier | None = "softmax",
    name: str = "xception",
) -> Model:
    """Xception: 36 convolutional layers in 14 blocks, separable from block 2 on.

    Args:
        include_top: whether to include the classifier; without it the model returns the
            last feature map.
        weights: "imagenet", None for random weights, or the path of a weights file.
        input_tensor: symbolic tensor to use as the input, instead of a new `Input`.
        input_shape: shape of one image, by default 299 x 299 with 3 channels; without
            the classifier any size of at least 71 x 71.
        pooling: global pooling without the classifier: "avg", "max" or None.
        classes: number of classes; other than 1000 only with random weights.
        classifier_activation: activation of the last layer; None returns logits.
        name: name of the model.

    Raises:
        ValueError: incompatible arguments; the message says how to combine them.
        OSError: the published weights are not cached and cannot be downloaded.
    """
    request = Request(
        "Xception",
        include_top,
        weights,
        input_tensor,
        input_shape,
        pooling,
        classes,
        classifier_activation,
    )
    return assemble(request, name, _trunk, FILES, size=299, min_size=71)


def preprocess_input(x: Any, data_format: DataFormat | None = None) -> Any:
    """Scale pixel values from 0..255 to -1..1.

    Args:
        x: an image or a batch, with values 0..255.
        data_format: "channels_last" or "channels_first"; the global setting by default.
    """
    return imagenet_utils.preprocess_input(x, data_format, "tf")


def _trunk(x: SymbolicTensor) -> SymbolicTensor:
    x = Conv2D(32, 3, strides=2, use_bias=False, name="block1_conv1")(x)
    x = _relu(_normalized(x, "block1_conv1_bn"), "block1_conv1_act")
    x = Conv2D(64, 3, use_bias=False, name="block1_conv2")(x)
    x = _relu(_normalized(x, "block1_conv2_bn"), "block1_conv2_act")
    for number, filters in ((2, 128), (3, 256), (4, 728)):
        x = _halving_block(x, filters, filters, number)
    for number in MIDDLE_BLOCKS:
        x = _middle_block(x, number)
    x = _halving_block(x, 728, 1024, 13)
    for i, filters in ((1, 1536), (2, 2048)):
        x = _separable(x, filters, f"block14_sepconv{i}")
        x = _relu(x, f"block14_sepconv{i}_act")
    return x


def _halving_block(
    x: SymbolicTensor, inner: int, filters: int, number: int
) -> SymbolicTensor:
    """Two separable convolutions and pooling, with a 1 x 1 shortcut."""
    shortcut = Conv2D(filters, 1, strides=2, padding="same", use_bias=False)(x)
    shortcut = BatchNormalization(axis=channel_axis())(shortcut)
    name = f"block{number}"
    if number > 2:  # block 1 ends with a ReLU already
        x = _relu(x, f"{name}_sepconv1_act")
    x = _separable(x, inner, f"{name}_sepconv1")
    x = _separable(_relu(x, f"{name}_sepconv2_act"), filters, f"{name}_sepconv2")
    x = MaxPooling2D(3, strides=2, padding="same", name=f"{name}_pool")(x)
    return Add()([x, shortcut])


def _middle_block(x: SymbolicTensor, number: int) -> SymbolicTensor:
    """Three separable convolutions with an identity shortcut."""
    shortcut = x
    for i in (1, 2, 3):
        name = f"block{number}_sepconv{i}"
        x = _separable(_relu(x, f"{name}_act"), 728, name)
    return Add()([x, shortcut])


def _separable(x: SymbolicTensor, filters: int, name: str) -> SymbolicTensor:
    x = SeparableConv2D(filters, 3, padding="same", use_bias=False, name=name)(x)
    return _normalized(x, f"{name}_bn")


def _normalized(x: SymbolicTensor, name: str) -> SymbolicTensor:
    return BatchNormalization(axis=channel_axis(), name=name)(x)


def _relu(x: SymbolicTensor, name: str) -> SymbolicTensor:
    return Activation("relu", name=name)(x)
