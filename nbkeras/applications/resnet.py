"""ResNet: residual blocks with shortcut connections.

Source: He, Zhang, Ren and Sun, "Deep Residual Learning for Image Recognition" (2016),
table 1. The first 1 x 1 convolution of a stage has the stride, as published.
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
    ZeroPadding2D,
)
from nbkeras.layers.engine.nodes.symbolic import SymbolicTensor
from nbkeras.models import Model

FILTERS = (64, 128, 256, 512)
BLOCKS = {
    "resnet50": (3, 4, 6, 3),
    "resnet101": (3, 4, 23, 3),
    "resnet152": (3, 8, 36, 3),
}
EPSILON = 1.001e-5
FILES = {
    "resnet50": tensorflow_kernels(
        "resnet",
        "resnet50",
        "2cb95161c43110f7111970584f804107",
        "4d473c1dd8becc155b73f8504c6f6626",
    ),
    "resnet101": tensorflow_kernels(
        "resnet",
        "resnet101",
        "f1aeb4b969a6efcfb50fad2f0c20cfc5",
        "88cf7a10940856eca736dc7b7e228a21",
    ),
    "resnet152": tensorflow_kernels(
        "resnet",
        "resnet152",
        "100835be76be38e30d865e96f2aaae62",
        "ee4c566cf9a93f14d82f913c2dc6dd0c",
    ),
}


def ResNet50(
    include_top: bool = True,
    weights: Weights = "imagenet",
    input_tensor: Any = None,
    input_shape: Shape | None = None,
    pooling: Pooling = None,
    classes: int = 1000,
    classifier_activation: Identifier | None = "softmax",
    name: str = "resnet50",
) -> Model:
    """ResNet with 50 layers: bottleneck blocks with shortcut connections.

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

    Source: He, Zhang, Ren and Sun, "Deep Residual Learning" (2016), table 1.
    """
    request = Request(
        "ResNet50",
        include_top,
        weights,
        input_tensor,
        input_shape,
        pooling,
        classes,
        classifier_activation,
    )
    return _network(request, "resnet50", name)


def ResNet101(
    include_top: bool = True,
    weights: Weights = "imagenet",
    input_tensor: Any = None,
    input_shape: Shape | None = None,
    pooling: Pooling = None,
    classes: int = 1000,
    classifier_activation: Identifier | None = "softmax",
    name: str = "resnet101",
) -> Model:
    """ResNet with 101 layers: bottleneck blocks with shortcut connections.

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

    Source: He, Zhang, Ren and Sun, "Deep Residual Learning" (2016), table 1.
    """
    request = Request(
        "ResNet101",
        include_top,
        weights,
        input_tensor,
        input_shape,
        pooling,
        classes,
        classifier_activation,
    )
    return _network(request, "resnet101", name)


def ResNet152(
    include_top: bool = True,
    weights: Weights = "imagenet",
    input_tensor: Any = None,
    input_shape: Shape | None = None,
    pooling: Pooling = None,
    classes: int = 1000,
    classifier_activation: Identifier | None = "softmax",
    name: str = "resnet152",
) -> Model:
    """ResNet with 152 layers: bottleneck blocks with shortcut connections.

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

    Source: He, Zhang, Ren and Sun, "Deep Residual Learning" (2016), table 1.
    """
    request = Request(
        "ResNet152",
        include_top,
        weights,
        input_tensor,
        input_shape,
        pooling,
        classes,
        classifier_activation,
    )
    return _network(request, "resnet152", name)


def preprocess_input(x: Any, data_format: DataFormat | None = None) -> Any:
    """Convert RGB to BGR, and subtract the mean of ImageNet from each channel.

    Args:
        x: an image or a batch, with values 0..255.
        data_format: "channels_last" or "channels_first"; the global setting by default.
    """
    return imagenet_utils.preprocess_input(x, data_format, "caffe")


def _network(request: Request, variant: str, name: str) -> Model:
    counts = BLOCKS[variant]

    def trunk(x):
        x = stem(x)
        x = normalized(x, "conv1_bn", "conv1_relu")
        x = pooled(x)
        for stage, (filters, count) in enumerate(zip(FILTERS, counts, strict=True), 2):
            for block in range(1, count + 1):
                stride = 2 if block == 1 and stage > 2 else 1
                x = _block(x, filters, stride, f"conv{stage}_block{block}", block == 1)
        return x

    return assemble(request, name, trunk, FILES[variant], named_pooling=True)


def stem(x: SymbolicTensor) -> SymbolicTensor:
    """The 7 x 7 convolution with stride 2."""
    x = ZeroPadding2D(3, name="conv1_pad")(x)
    return Conv2D(64, 7, strides=2, name="conv1_conv")(x)


def pooled(x: SymbolicTensor) -> SymbolicTensor:
    """The 3 x 3 max pooling with stride 2."""
    x = ZeroPadding2D(1, name="pool1_pad")(x)
    return MaxPooling2D(3, strides=2, name="pool1_pool")(x)


def normalized(x: SymbolicTensor, name: str, relu: str | None = None) -> SymbolicTensor:
    """Batch normalization, followed by ReLU if `relu` names it."""
    x = BatchNormalization(axis=channel_axis(), epsilon=EPSILON, name=name)(x)
    return x if relu is None else Activation("relu", name=relu)(x)


def _block(
    x: SymbolicTensor, filters: int, stride: int, name: str, widen: bool
) -> SymbolicTensor:
    """Bottleneck block; `widen` projects the shortcut to four times the filters."""
    shortcut = x
    if widen:
        shortcut = Conv2D(4 * filters, 1, strides=stride, name=f"{name}_0_conv")(x)
        shortcut = normalized(shortcut, f"{name}_0_bn")
    x = Conv2D(filters, 1, strides=stride, name=f"{name}_1_conv")(x)
    x = normalized(x, f"{name}_1_bn", f"{name}_1_relu")
    x = Conv2D(filters, 3, padding="same", name=f"{name}_2_conv")(x)
    x = normalized(x, f"{name}_2_bn", f"{name}_2_relu")
    x = Conv2D(4 * filters, 1, name=f"{name}_3_conv")(x)
    x = normalized(x, f"{name}_3_bn")
    x = Add(name=f"{name}_add")([shortcut, x])
    return Activation("relu", name=f"{name}_out")(x)
