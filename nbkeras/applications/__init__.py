"""Pretrained image networks, with Keras's names.

Each module has its networks, `preprocess_input` and `decode_predictions`:

    from nbkeras.applications.resnet50 import ResNet50, preprocess_input
"""

from typing import Any

from nbkeras.applications import (
    densenet,
    efficientnet,
    efficientnet_lite,
    imagenet_utils,
    inception_v3,
    mobilenet,
    mobilenet_v2,
    resnet,
    resnet50,
    resnet_v2,
    vgg16,
    vgg19,
    xception,
)
from nbkeras.applications.densenet import DenseNet121, DenseNet169, DenseNet201
from nbkeras.applications.efficientnet import EfficientNetB0
from nbkeras.applications.efficientnet_lite import EfficientNetLite0
from nbkeras.applications.inception_v3 import InceptionV3
from nbkeras.applications.mobilenet import MobileNet
from nbkeras.applications.mobilenet_v2 import MobileNetV2
from nbkeras.applications.resnet import ResNet50, ResNet101, ResNet152
from nbkeras.applications.resnet_v2 import ResNet50V2, ResNet101V2, ResNet152V2
from nbkeras.applications.vgg16 import VGG16
from nbkeras.applications.vgg19 import VGG19
from nbkeras.applications.xception import Xception
from nbkeras.core.names.legacy_names import attribute

__all__ = [
    "VGG16",
    "VGG19",
    "DenseNet121",
    "DenseNet169",
    "DenseNet201",
    "EfficientNetB0",
    "EfficientNetLite0",
    "InceptionV3",
    "MobileNet",
    "MobileNetV2",
    "ResNet50",
    "ResNet50V2",
    "ResNet101",
    "ResNet101V2",
    "ResNet152",
    "ResNet152V2",
    "Xception",
    "densenet",
    "efficientnet",
    "efficientnet_lite",
    "imagenet_utils",
    "inception_v3",
    "mobilenet",
    "mobilenet_v2",
    "resnet",
    "resnet50",
    "resnet_v2",
    "vgg16",
    "vgg19",
    "xception",
]


def __getattr__(name: str) -> Any:
    return attribute(__name__, name)
