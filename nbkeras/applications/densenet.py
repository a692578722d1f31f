"""DenseNet: each layer reads the features of all previous layers.

Source: Huang and others, "Densely Connected Convolutional Networks" (2017), table 1.
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
from nbkeras.applications.resnet import normalized
from nbkeras.applications.weight_files import tensorflow_kernels
from nbkeras.core.annotations import DataFormat, Identifier, Shape
from nbkeras.layers import (
    AveragePooling2D,
    Concatenate,
    Conv2D,
    MaxPooling2D,
    ZeroPadding2D,
)
from nbkeras.layers.engine.nodes.symbolic import SymbolicTensor
from nbkeras.models import Model

GROWTH = 32
BLOCKS = {
    "densenet121": (6, 12, 24, 16),
    "densenet169": (6, 12, 32, 32),
    "densenet201": (6, 12, 48, 32),
}
FILES = {
    "densenet121": tensorflow_kernels(
        "densenet",
        "densenet121",
        "9d60b8095a5708f2dcce2bca79d332c7",
        "30ee3e1110167f948a6b9946edeeb738",
    ),
    "densenet169": tensorflow_kernels(
        "densenet",
        "densenet169",
        "d699b8f76981ab1b30698df4c175e90b",
        "b8c4d4c20dd625c148057b9ff1c1176b",
    ),
    "densenet201": tensorflow_kernels(
        "densenet",
        "densenet201",
        "1ceb130c1ea1b78c3bf6114dbdfd8807",
        "c13680b51ded0fb44dff2d8f86ac8bb1",
    ),
}


def DenseNet121(
    include_top: bool = True,
    weights: Weights = "imagenet",
    input_tensor: Any = None,
    input_shape: Shape | None = None,
    pooling: Pooling = None,
    classes: int = 1000,
    classifier_activation: Identifier | None = "softmax",
    name: str = "densenet121",
) -> Model:
    """DenseNet with 121 layers: four dense blocks, with transitions between them.

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
        "DenseNet121",
        include_top,
        weights,
        input_tensor,
        input_shape,
        pooling,
        classes,
        classifier_activation,
    )
    return _network(request, "densenet121", name)


def DenseNet169(
    include_top: bool = True,
    weights: Weights = "imagenet",
    input_tensor: Any = None,
    input_shape: Shape | None = None,
    pooling: Pooling = None,
    classes: int = 1000,
    classifier_activation: Identifier | None = "softmax",
    name: str = "densenet169",
) -> Model:
    """DenseNet with 169 layers: four dense blocks, with transitions between them.

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
        "DenseNet169",
        include_top,
        weights,
        input_tensor,
        input_shape,
        pooling,
        classes,
        classifier_activation,
    )
    return _network(request, "densenet169", name)


def DenseNet201(
    include_top: bool = True,
    weights: Weights = "imagenet",
    input_tensor: Any = None,
    input_shape: Shape | None = None,
    pooling: Pooling = None,
    classes: int = 1000,
    classifier_activation: Identifier | None = "softmax",
    name: str = "densenet201",
) -> Model:
    """DenseNet with 201 layers: four dense blocks, with transitions between them.

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
        "DenseNet201",
        include_top,
        weights,
        input_tensor,
        input_shape,
        pooling,
        classes,
        classifier_activation,
    )
    return _network(request, "densenet201", name)


def preprocess_input(x: Any, data_format: DataFormat | None = None) -> Any:
    """Scale pixel values to 0..1, and standardize them by ImageNet's statistics.

    Args:
        x: an image or a batch, with values 0..255.
        data_format: "channels_last" or "channels_first"; the global setting by default.
    """
    return imagenet_utils.preprocess_input(x, data_format, "torch")


def _network(request: Request, variant: str, name: str) -> Model:
    counts = BLOCKS[variant]

    def trunk(x):
        x = ZeroPadding2D(3)(x)
        x = Conv2D(64, 7, strides=2, use_bias=False, name="conv1_conv")(x)
        x = normalized(x, "conv1_bn", "conv1_relu")
        x = MaxPooling2D(3, strides=2, name="pool1")(ZeroPadding2D(1)(x))
        width = 64
        for stage, count in enumerate(counts, 2):
            for block in range(1, count + 1):
                x = _dense_layer(x, f"conv{stage}_block{block}")
            width += count * GROWTH
            if stage < 5:
                width //= 2
                x = _transition(x, width, f"pool{stage}")
        return normalized(x, "bn", "relu")

    return assemble(request, name, trunk, FILES[variant], named_pooling=True)


def _dense_layer(x: SymbolicTensor, name: str) -> SymbolicTensor:
    """Concatenate `GROWTH` new features to the input."""
    new = normalized(x, f"{name}_0_bn", f"{name}_0_relu")
    new = Conv2D(4 * GROWTH, 1, use_bias=False, name=f"{name}_1_conv")(new)
    new = normalized(new, f"{name}_1_bn", f"{name}_1_relu")
    new = Conv2D(GROWTH, 3, padding="same", use_bias=False, name=f"{name}_2_conv")(new)
    return Concatenate(axis=channel_axis(), name=f"{name}_concat")([x, new])


def _transition(x: SymbolicTensor, filters: int, name: str) -> SymbolicTensor:
    """Transition: reduce the features to `filters`, and halve height and width."""
    x = normalized(x, f"{name}_bn", f"{name}_relu")
    x = Conv2D(filters, 1, use_bias=False, name=f"{name}_conv")(x)
    return AveragePooling2D(2, strides=2, name=f"{name}_pool")(x)
