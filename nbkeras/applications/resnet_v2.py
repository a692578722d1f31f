"""ResNetV2: residual blocks with pre-activation.

Source: He, Zhang, Ren and Sun, "Identity Mappings in Deep Residual Networks" (2016).
The last block of a stage has the stride, as in the published weights.
"""

from typing import Any

from nbkeras.applications import imagenet_utils, resnet
from nbkeras.applications.assembly import (
    Pooling,
    Request,
    Weights,
    assemble,
)
from nbkeras.applications.imagenet_utils import decode_predictions as decode_predictions
from nbkeras.applications.weight_files import tensorflow_kernels
from nbkeras.core.annotations import DataFormat, Identifier, Shape
from nbkeras.layers import (
    Add,
    Conv2D,
    MaxPooling2D,
    ZeroPadding2D,
)
from nbkeras.layers.engine.nodes.symbolic import SymbolicTensor
from nbkeras.models import Model

FILTERS = (64, 128, 256, 512)
BLOCKS = {
    "resnet50v2": (3, 4, 6, 3),
    "resnet101v2": (3, 4, 23, 3),
    "resnet152v2": (3, 8, 36, 3),
}
FILES = {
    "resnet50v2": tensorflow_kernels(
        "resnet",
        "resnet50v2",
        "3ef43a0b657b3be2300d5770ece849e0",
        "fac2f116257151a9d068a22e544a4917",
    ),
    "resnet101v2": tensorflow_kernels(
        "resnet",
        "resnet101v2",
        "6343647c601c52e1368623803854d971",
        "c0ed64b8031c3730f411d2eb4eea35b5",
    ),
    "resnet152v2": tensorflow_kernels(
        "resnet",
        "resnet152v2",
        "a49b44d1979771252814e80f8ec446f9",
        "ed17cf2e0169df9d443503ef94b23b33",
    ),
}


def ResNet50V2(
    include_top: bool = True,
    weights: Weights = "imagenet",
    input_tensor: Any = None,
    input_shape: Shape | None = None,
    pooling: Pooling = None,
    classes: int = 1000,
    classifier_activation: Identifier | None = "softmax",
    name: str = "resnet50v2",
) -> Model:
    """ResNetV2 with 50 layers: bottleneck blocks with pre-activation.

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

    Source: He, Zhang, Ren and Sun, "Identity Mappings" (2016).
    """
    request = Request(
        "ResNet50V2",
        include_top,
        weights,
        input_tensor,
        input_shape,
        pooling,
        classes,
        classifier_activation,
    )
    return _network(request, "resnet50v2", name)


def ResNet101V2(
    include_top: bool = True,
    weights: Weights = "imagenet",
    input_tensor: Any = None,
    input_shape: Shape | None = None,
    pooling: Pooling = None,
    classes: int = 1000,
    classifier_activation: Identifier | None = "softmax",
    name: str = "resnet101v2",
) -> Model:
    """ResNetV2 with 101 layers: bottleneck blocks with pre-activation.

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

    Source: He, Zhang, Ren and Sun, "Identity Mappings" (2016).
    """
    request = Request(
        "ResNet101V2",
        include_top,
        weights,
        input_tensor,
        input_shape,
        pooling,
        classes,
        classifier_activation,
    )
    return _network(request, "resnet101v2", name)


def ResNet152V2(
    include_top: bool = True,
    weights: Weights = "imagenet",
    input_tensor: Any = None,
    input_shape: Shape | None = None,
    pooling: Pooling = None,
    classes: int = 1000,
    classifier_activation: Identifier | None = "softmax",
    name: str = "resnet152v2",
) -> Model:
    """ResNetV2 with 152 layers: bottleneck blocks with pre-activation.

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

    Source: He, Zhang, Ren and Sun, "Identity Mappings" (2016).
    """
    request = Request(
        "ResNet152V2",
        include_top,
        weights,
        input_tensor,
        input_shape,
        pooling,
        classes,
        classifier_activation,
    )
    return _network(request, "resnet152v2", name)


def preprocess_input(x: Any, data_format: DataFormat | None = None) -> Any:
    """Scale pixel values from 0..255 to -1..1.

    Args:
        x: an image or a batch, with values 0..255.
        data_format: "channels_last" or "channels_first"; the global setting by default.
    """
    return imagenet_utils.preprocess_input(x, data_format, "tf")


def _network(request: Request, variant: str, name: str) -> Model:
    counts = BLOCKS[variant]

    def trunk(x):
        x = resnet.pooled(resnet.stem(x))
        for stage, (filters, count) in enumerate(zip(FILTERS, counts, strict=True), 2):
            for block in range(1, count + 1):
                stride = 2 if block == count and stage < 5 else 1
                x = _block(x, filters, stride, f"conv{stage}_block{block}", block == 1)
        return resnet.normalized(x, "post_bn", "post_relu")

    return assemble(request, name, trunk, FILES[variant], named_pooling=True)


def _block(
    x: SymbolicTensor, filters: int, stride: int, name: str, widen: bool
) -> SymbolicTensor:
    """As in ResNet, with the sum left as it is; `widen` the shortcut."""
    ready = resnet.normalized(x, f"{name}_preact_bn", f"{name}_preact_relu")
    shortcut = x
    if widen:
        shortcut = Conv2D(4 * filters, 1, strides=stride, name=f"{name}_0_conv")(ready)
    elif stride > 1:
        shortcut = MaxPooling2D(1, strides=stride)(x)
    x = Conv2D(filters, 1, use_bias=False, name=f"{name}_1_conv")(ready)
    x = resnet.normalized(x, f"{name}_1_bn", f"{name}_1_relu")
    x = ZeroPadding2D(1, name=f"{name}_2_pad")(x)
    x = Conv2D(filters, 3, strides=stride, use_bias=False, name=f"{name}_2_conv")(x)
    x = resnet.normalized(x, f"{name}_2_bn", f"{name}_2_relu")
    x = Conv2D(4 * filters, 1, name=f"{name}_3_conv")(x)
    return Add(name=f"{name}_out")([shortcut, x])
