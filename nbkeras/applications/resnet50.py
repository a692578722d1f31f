"""ResNet50 under the module path of Keras, `applications.resnet50`."""

from nbkeras.applications.resnet import ResNet50 as ResNet50
from nbkeras.applications.resnet import decode_predictions as decode_predictions
from nbkeras.applications.resnet import preprocess_input as preprocess_input
