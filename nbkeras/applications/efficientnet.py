"""EfficientNet: inverted residual blocks with squeeze and excitation.

Source: Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural
Networks" (2019), table 1. The network takes values 0..255 and scales them itself.
"""

from string import ascii_lowercase
from typing import Any

import numpy as np

from nbkeras.applications import imagenet_utils
from nbkeras.applications.assembly import (
    Pooling,
    Request,
    Weights,
    assemble,
    channel_axis,
)
from nbkeras.applications.imagenet_utils import decode_predictions as decode_predictions
from nbkeras.applications.mobilenet_v2 import halving_padding
from nbkeras.applications.weight_files import PublishedFile
from nbkeras.core.annotations import DataFormat, Identifier, Padding, Shape
from nbkeras.initializers import VarianceScaling
from nbkeras.layers import (
    Activation,
    Add,
    BatchNormalization,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    GlobalAveragePooling2D,
    Multiply,
    Normalization,
    Rescaling,
    Reshape,
    ZeroPadding2D,
)
from nbkeras.layers.engine.nodes.symbolic import SymbolicTensor
from nbkeras.models import Model

# (kernel size, blocks, filters, expansion, stride of the first block) of each stage.
STAGES = (
    (3, 1, 16, 1, 1),
    (3, 2, 24, 6, 2),
    (5, 2, 40, 6, 2),
    (3, 3, 80, 6, 2),
    (5, 3, 112, 6, 1),
    (5, 4, 192, 6, 2),
    (3, 1, 320, 6, 1),
)
BLOCK_COUNT = sum(stage[1] for stage in STAGES)
SQUEEZE = 0.25
DROP = 0.2
ADDRESS = "https://storage.googleapis.com/keras-applications/"
FILES = {
    True: PublishedFile(
        "efficientnetb0.h5", ADDRESS, "902e53a9f72be733fc0bcb005b3ebbac"
    ),
    False: PublishedFile(
        "efficientnetb0_notop.h5", ADDRESS, "50bc09e76180e00e4465e1a485ddc09d"
    ),
}


def EfficientNetB0(
    include_top: bool = True,
    weights: Weights = "imagenet",
    input_tensor: Any = None,
    input_shape: Shape | None = None,
    pooling: Pooling = None,
    classes: int = 1000,
    classifier_activation: Identifier | None = "softmax",
    name: str = "efficientnetb0",
) -> Model:
    """EfficientNetB0: seven stages found by architecture search.

    Args:
        include_top: whether to include the classifier; without it the model returns the
            last feature map.
        weights: "imagenet", None for random weights, or the path of a weights file.
        input_tensor: symbolic tensor to use as the input, instead of a new `Input`.
        input_shape: shape of one image, by default 224 x 224 with 3 channels; without
            the classifier any size of at least 32 x 32.
        pooling: global pooling without the classifier: "avg", "max" or None.
        classes: number of classes; other than 1000 only with random weights.
        classifier_activation: activation of the last layer; None returns logits.
        name: name of the model.

    Raises:
        ValueError: incompatible arguments; the message says how to combine them.
        OSError: the published weights are not cached and cannot be downloaded.
    """
    request = Request(
        "EfficientNetB0",
        include_top,
        weights,
        input_tensor,
        input_shape,
        pooling,
        classes,
        classifier_activation,
    )

    def trunk(x):
        return _features(_standardized(x, request.pretrained))

    return assemble(request, name, trunk, FILES, top=classifier, named_pooling=True)


def preprocess_input(x: Any, data_format: DataFormat | None = None) -> Any:
    """Return `x` unchanged: the network itself scales values of 0..255."""
    return x


def _standardized(x: SymbolicTensor, pretrained: bool) -> SymbolicTensor:
    """Scale 0..255 to 0..1, and standardize by the statistics in the weights."""
    x = Rescaling(1 / 255)(x)
    x = Normalization(axis=channel_axis())(x)
    if pretrained:
        # The published weights hold the standard deviation in place of the variance.
        scale = 1 / np.sqrt(imagenet_utils.DEVIATION)
        if channel_axis() == 1:
            scale = scale.reshape(3, 1, 1)
        x = Rescaling(scale.tolist())(x)
    return x


def _features(x: SymbolicTensor) -> SymbolicTensor:
    x = ZeroPadding2D(halving_padding(x, 3), name="stem_conv_pad")(x)
    x = convolution(x, 32, 3, "stem_conv", strides=2, padding="valid")
    x = normalized(x, "stem_bn", "stem_activation", "silu")
    width, done = 32, 0
    for stage, (kernel_size, count, filters, expansion, stride) in enumerate(STAGES, 1):
        for letter in ascii_lowercase[:count]:
            x = _block(
                x,
                width,
                filters,
                kernel_size,
                stride if letter == "a" else 1,
                expansion,
                DROP * done / BLOCK_COUNT,
                f"block{stage}{letter}_",
            )
            width = filters
            done += 1
    x = convolution(x, 1280, 1, "top_conv")
    return normalized(x, "top_bn", "top_activation", "silu")


def _block(
    x: SymbolicTensor,
    before: int,
    after: int,
    kernel_size: int,
    stride: int,
    expansion: int,
    drop: float,
    name: str,
) -> SymbolicTensor:
    """Inverted residual block, dropped at the rate `drop` in training."""
    shortcut, wide = x, before * expansion
    if expansion > 1:
        x = convolution(x, wide, 1, f"{name}expand_conv")
        x = normalized(x, f"{name}expand_bn", f"{name}expand_activation", "silu")
    x = depthwise(x, kernel_size, stride, name)
    x = normalized(x, f"{name}bn", f"{name}activation", "silu")
    x = _excited(x, wide, max(1, int(before * SQUEEZE)), name)
    x = convolution(x, after, 1, f"{name}project_conv")
    x = normalized(x, f"{name}project_bn")
    return with_shortcut(x, shortcut, before == after and stride == 1, drop, name)


def _excited(
    x: SymbolicTensor, filters: int, squeezed: int, name: str
) -> SymbolicTensor:
    """Squeeze and excitation: scale channels by weights computed from their means."""
    shape = (filters, 1, 1) if channel_axis() == 1 else (1, 1, filters)
    weight = GlobalAveragePooling2D(name=f"{name}se_squeeze")(x)
    weight = Reshape(shape, name=f"{name}se_reshape")(weight)
    for size, activation, last in (
        (squeezed, "silu", "reduce"),
        (filters, "sigmoid", "expand"),
    ):
        weight = Conv2D(
            size,
            1,
            padding="same",
            activation=activation,
            kernel_initializer=fan_out(),
            name=f"{name}se_{last}",
        )(weight)
    return Multiply(name=f"{name}se_excite")([x, weight])


def convolution(
    x: SymbolicTensor,
    filters: int,
    kernel_size: int,
    name: str,
    strides: int = 1,
    padding: Padding = "same",
) -> SymbolicTensor:
    """Convolution without bias, with fan-out initialization."""
    return Conv2D(
        filters,
        kernel_size,
        strides,
        padding,
        use_bias=False,
        kernel_initializer=fan_out(),
        name=name,
    )(x)


def depthwise(
    x: SymbolicTensor, kernel_size: int, stride: int, name: str
) -> SymbolicTensor:
    """Depthwise convolution with the padding of TensorFlow."""
    padding = "same"
    if stride == 2:
        zeros = halving_padding(x, kernel_size)
        x = ZeroPadding2D(zeros, name=f"{name}dwconv_pad")(x)
        padding = "valid"
    return DepthwiseConv2D(
        kernel_size,
        stride,
        padding,
        use_bias=False,
        depthwise_initializer=fan_out(),
        name=f"{name}dwconv",
    )(x)


def normalized(
    x: SymbolicTensor,
    name: str,
    activation_name: str | None = None,
    activation: Identifier = "silu",
) -> SymbolicTensor:
    """Batch normalization, followed by the activation if it has a name."""
    x = BatchNormalization(axis=channel_axis(), name=name)(x)
    if activation_name is None:
        return x
    return Activation(activation, name=activation_name)(x)


def with_shortcut(
    x: SymbolicTensor, shortcut: SymbolicTensor, fits: bool, drop: float, name: str
) -> SymbolicTensor:
    """Add the shortcut if the shapes fit, with stochastic depth in training."""
    if not fits:
        return x
    if drop > 0:
        x = Dropout(drop, noise_shape=(None, 1, 1, 1), name=f"{name}drop")(x)
    return Add(name=f"{name}add")([x, shortcut])


def fan_out() -> VarianceScaling:
    """He initialization by the number of outputs, as in the code of the paper."""
    return VarianceScaling(2.0, "fan_out", "truncated_normal")


def classifier(
    x: SymbolicTensor, classes: int, activation: Identifier | None
) -> SymbolicTensor:
    """Global average pooling, dropout, and one Dense layer."""
    x = GlobalAveragePooling2D(name="avg_pool")(x)
    x = Dropout(DROP, name="top_dropout")(x)
    uniform = VarianceScaling(1 / 3, "fan_out", "uniform")
    return Dense(classes, activation, kernel_initializer=uniform, name="predictions")(x)
