"""MobileNetV2: inverted residual blocks.

Source: Sandler and others, "MobileNetV2: Inverted Residuals and Linear Bottlenecks"
(2018), table 2.
"""

from typing import Any

from nbkeras.applications import imagenet_utils
from nbkeras.applications.assembly import Pooling, Request, Weights, assemble, sides
from nbkeras.applications.imagenet_utils import decode_predictions as decode_predictions
from nbkeras.applications.mobilenet import named_size, normalized, published_size
from nbkeras.applications.weight_files import KERAS_APPLICATIONS, PublishedFile
from nbkeras.core import check
from nbkeras.core.annotations import DataFormat, Identifier, Shape
from nbkeras.layers import (
    Add,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    GlobalAveragePooling2D,
    ZeroPadding2D,
)
from nbkeras.layers.engine.nodes.symbolic import SymbolicTensor
from nbkeras.models import Model

# (expansion, filters, blocks, stride of the first block) of each stage.
STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
WIDTHS = (0.35, 0.5, 0.75, 1.0, 1.3, 1.4)
SIZES = (96, 128, 160, 192, 224)
MOMENTUM = 0.999
# Keras publishes no checksums of these files.
ADDRESS = f"{KERAS_APPLICATIONS}mobilenet_v2/"


def MobileNetV2(
    input_shape: Shape | None = None,
    alpha: float = 1.0,
    include_top: bool = True,
    weights: Weights = "imagenet",
    input_tensor: Any = None,
    pooling: Pooling = None,
    classes: int = 1000,
    classifier_activation: Identifier | None = "softmax",
    name: str | None = None,
) -> Model:
    """MobileNetV2: 53 layers of inverted residual blocks, for mobile devices.

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
        alpha: width multiplier of the number of filters in each layer.
        name: name of the model; by default derived from its size.

    Raises:
        ValueError: incompatible arguments; the message says how to combine them.
        OSError: the published weights are not cached and cannot be downloaded.
    """
    request = Request(
        "MobileNetV2",
        include_top,
        weights,
        input_tensor,
        input_shape,
        pooling,
        classes,
        classifier_activation,
    )
    size = published_size(input_shape, SIZES)
    files = {}
    if request.pretrained:
        check.choice("MobileNetV2", "alpha", alpha, WIDTHS)
        stem = f"mobilenet_v2_weights_tf_dim_ordering_tf_kernels_{float(alpha)}_{size}"
        files = {
            True: PublishedFile(f"{stem}.h5", ADDRESS),
            False: PublishedFile(f"{stem}_no_top.h5", ADDRESS),
        }
    if name is None:
        name = f"mobilenetv2_{alpha:0.2f}_{named_size(request, size)}"

    def trunk(x):
        return _trunk(x, alpha)

    return assemble(request, name, trunk, files, size=size, top=_classifier)


def preprocess_input(x: Any, data_format: DataFormat | None = None) -> Any:
    """Scale pixel values from 0..255 to -1..1.

    Args:
        x: an image or a batch, with values 0..255.
        data_format: "channels_last" or "channels_first"; the global setting by default.
    """
    return imagenet_utils.preprocess_input(x, data_format, "tf")


def _trunk(x: SymbolicTensor, alpha: float) -> SymbolicTensor:
    width = multiple_of_8(32 * alpha)
    x = Conv2D(width, 3, strides=2, padding="same", use_bias=False, name="Conv1")(x)
    x = normalized(x, "bn_Conv1", "Conv1_relu", MOMENTUM)
    number = 0
    for expansion, filters, count, first_stride in STAGES:
        after = multiple_of_8(int(filters * alpha))
        for i in range(count):
            name = f"block_{number}_" if number else "expanded_conv_"
            x = _block(x, width, expansion, after, first_stride if i == 0 else 1, name)
            width = after
            number += 1
    last = multiple_of_8(1280 * alpha) if alpha > 1 else 1280
    x = Conv2D(last, 1, use_bias=False, name="Conv_1")(x)
    return normalized(x, "Conv_1_bn", "out_relu", MOMENTUM)


def _classifier(
    x: SymbolicTensor, classes: int, activation: Identifier | None
) -> SymbolicTensor:
    x = GlobalAveragePooling2D()(x)
    return Dense(classes, activation, name="predictions")(x)


def _block(
    x: SymbolicTensor, before: int, expansion: int, after: int, stride: int, name: str
) -> SymbolicTensor:
    """Inverted residual block, with a shortcut if input and output shapes agree."""
    shortcut = x
    if expansion > 1:
        wide = expansion * before
        x = Conv2D(wide, 1, padding="same", use_bias=False, name=f"{name}expand")(x)
        x = normalized(x, f"{name}expand_BN", f"{name}expand_relu", MOMENTUM)
    if stride == 2:
        x = ZeroPadding2D(halving_padding(x, 3), name=f"{name}pad")(x)
    x = DepthwiseConv2D(
        3,
        strides=stride,
        padding="same" if stride == 1 else "valid",
        use_bias=False,
        name=f"{name}depthwise",
    )(x)
    x = normalized(x, f"{name}depthwise_BN", f"{name}depthwise_relu", MOMENTUM)
    x = Conv2D(after, 1, padding="same", use_bias=False, name=f"{name}project")(x)
    x = normalized(x, f"{name}project_BN", momentum=MOMENTUM)
    if before == after and stride == 1:
        x = Add(name=f"{name}add")([shortcut, x])
    return x


def multiple_of_8(filters: float) -> int:
    """Round to a multiple of 8, at least 8 and at least 90 % of `filters`.

    >>> multiple_of_8(32 * 0.35)
    16
    """
    rounded = max(8, int(filters + 4) // 8 * 8)
    return rounded if rounded >= 0.9 * filters else rounded + 8


def halving_padding(
    x: SymbolicTensor, kernel_size: int
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Zero padding with which stride 2 halves each side, rounded up.

    A side of even size gets one zero less before it.
    """
    half = kernel_size // 2
    height, width = sides(x)
    odd = [1 if side is None else 1 - side % 2 for side in (height, width)]
    if height is None:
        odd = [1, 1]
    return (half - odd[0], half), (half - odd[1], half)
