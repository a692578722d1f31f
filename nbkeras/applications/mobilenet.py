"""MobileNet: depthwise separable convolutions.

Source: Howard and others, "MobileNets: Efficient Convolutional Neural Networks for
Mobile Vision Applications" (2017), table 1.
"""

from collections.abc import Sequence
from typing import Any

from nbkeras.applications import imagenet_utils
from nbkeras.applications.assembly import (
    Pooling,
    Request,
    Weights,
    assemble,
    channel_axis,
    image_shape,
)
from nbkeras.applications.imagenet_utils import decode_predictions as decode_predictions
from nbkeras.applications.weight_files import KERAS_APPLICATIONS, PublishedFile
from nbkeras.core import check, settings
from nbkeras.core.annotations import DataFormat, Identifier, Shape
from nbkeras.layers import (
    Activation,
    BatchNormalization,
    Conv2D,
    DepthwiseConv2D,
    Dropout,
    GlobalAveragePooling2D,
    ReLU,
    Reshape,
    ZeroPadding2D,
)
from nbkeras.layers.engine.nodes.symbolic import SymbolicTensor
from nbkeras.models import Model

# (filters, stride) of each pair of convolutions.
BLOCKS = (
    *((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)),
    *((512, 1),) * 5,
    *((1024, 2), (1024, 1)),
)
WIDTHS = {0.25: "2_5", 0.5: "5_0", 0.75: "7_5", 1.0: "1_0"}
# Keras publishes no checksums of these files.
ADDRESS = f"{KERAS_APPLICATIONS}mobilenet/"
SIZES = (128, 160, 192, 224)


def MobileNet(
    input_shape: Shape | None = None,
    alpha: float = 1.0,
    depth_multiplier: int = 1,
    dropout: float = 0.001,
    include_top: bool = True,
    weights: Weights = "imagenet",
    input_tensor: Any = None,
    pooling: Pooling = None,
    classes: int = 1000,
    classifier_activation: Identifier | None = "softmax",
    name: str | None = None,
) -> Model:
    """MobileNet: 28 layers of depthwise separable convolutions, for mobile devices.

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
        depth_multiplier: number of outputs per input channel of depthwise convolutions.
        dropout: dropout rate before the classifier.
        name: name of the model; by default derived from its size.

    Raises:
        ValueError: incompatible arguments; the message says how to combine them.
        OSError: the published weights are not cached and cannot be downloaded.
    """
    request = Request(
        "MobileNet",
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
        check.choice("MobileNet", "alpha", alpha, tuple(WIDTHS))
        check.choice("MobileNet", "depth_multiplier", depth_multiplier, (1,))
        stem = f"mobilenet_{WIDTHS[alpha]}_{size}_tf"
        files = {
            True: PublishedFile(f"{stem}.h5", ADDRESS),
            False: PublishedFile(f"{stem}_no_top.h5", ADDRESS),
        }
    if name is None:
        name = f"mobilenet_{alpha:0.2f}_{named_size(request, size)}"

    def trunk(x):
        x = Conv2D(
            int(32 * alpha), 3, strides=2, padding="same", use_bias=False, name="conv1"
        )(x)
        x = normalized(x, "conv1_bn", "conv1_relu")
        for number, (filters, stride) in enumerate(BLOCKS, 1):
            x = _block(x, int(filters * alpha), stride, depth_multiplier, number)
        return x

    def top(x, classes, activation):
        x = GlobalAveragePooling2D(keepdims=True)(x)
        x = Dropout(dropout, name="dropout")(x)
        x = Conv2D(classes, 1, padding="same", name="conv_preds")(x)
        x = Reshape((classes,), name="reshape_2")(x)
        return Activation(activation, name="predictions")(x)

    return assemble(request, name, trunk, files, size=size, top=top)


def preprocess_input(x: Any, data_format: DataFormat | None = None) -> Any:
    """Scale pixel values from 0..255 to -1..1.

    Args:
        x: an image or a batch, with values 0..255.
        data_format: "channels_last" or "channels_first"; the global setting by default.
    """
    return imagenet_utils.preprocess_input(x, data_format, "tf")


def published_size(input_shape: Shape | None, sizes: Sequence[int]) -> int:
    """The height of `input_shape` if weights are published for it, else 224."""
    if input_shape is None or len(input_shape) != 3:
        return 224
    first = settings.image_data_format() == "channels_first"
    height, width = input_shape[1:] if first else input_shape[:2]
    return height if height == width and height in sizes else 224


def named_size(request: Request, size: int) -> int | None:
    """The height that appears in the name of the model."""
    shape = image_shape(request, size, 32)
    height = shape[1 if settings.image_data_format() == "channels_first" else 0]
    if request.pretrained and (height is None or height != size):
        return 224
    return height


def normalized(
    x: SymbolicTensor, name: str, relu: str | None = None, momentum: float = 0.99
) -> SymbolicTensor:
    """Batch normalization, followed by ReLU6 if `relu` names it."""
    x = BatchNormalization(axis=channel_axis(), momentum=momentum, name=name)(x)
    return x if relu is None else ReLU(6.0, name=relu)(x)


def _block(
    x: SymbolicTensor, filters: int, stride: int, depth_multiplier: int, number: int
) -> SymbolicTensor:
    """Depthwise 3 x 3 convolution, then pointwise 1 x 1."""
    if stride == 2:
        x = ZeroPadding2D(((0, 1), (0, 1)), name=f"conv_pad_{number}")(x)
    x = DepthwiseConv2D(
        3,
        strides=stride,
        padding="same" if stride == 1 else "valid",
        depth_multiplier=depth_multiplier,
        use_bias=False,
        name=f"conv_dw_{number}",
    )(x)
    x = normalized(x, f"conv_dw_{number}_bn", f"conv_dw_{number}_relu")
    x = Conv2D(filters, 1, padding="same", use_bias=False, name=f"conv_pw_{number}")(x)
    return normalized(x, f"conv_pw_{number}_bn", f"conv_pw_{number}_relu")
