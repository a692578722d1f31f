"""VGG19, and its preprocessing."""

from typing import Any

from nbkeras.applications import imagenet_utils, vgg
from nbkeras.applications.assembly import Pooling, Request, Weights
from nbkeras.applications.imagenet_utils import decode_predictions as decode_predictions
from nbkeras.core.annotations import DataFormat, Identifier, Shape
from nbkeras.models import Model


def VGG19(
    include_top: bool = True,
    weights: Weights = "imagenet",
    input_tensor: Any = None,
    input_shape: Shape | None = None,
    pooling: Pooling = None,
    classes: int = 1000,
    classifier_activation: Identifier | None = "softmax",
    name: str = "vgg19",
) -> Model:
    """19 layers with weights in five blocks and a classifier of three.

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

    Source: Simonyan and Zisserman (2015), table 1, column E.
    """
    request = Request(
        "VGG19",
        include_top,
        weights,
        input_tensor,
        input_shape,
        pooling,
        classes,
        classifier_activation,
    )
    return vgg.network(request, "vgg19", name)


def preprocess_input(x: Any, data_format: DataFormat | None = None) -> Any:
    """Convert RGB to BGR, and subtract the mean of ImageNet from each channel.

    Args:
        x: an image or a batch, with values 0..255.
        data_format: "channels_last" or "channels_first"; the global setting by default.
    """
    return imagenet_utils.preprocess_input(x, data_format, "caffe")
