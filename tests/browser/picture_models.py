"""Models that the tests of a model's picture share."""

import functools
import math

from nbkeras import Model, Sequential, layers
from nbkeras.analysis.model_plot.anatomy import anatomy
from nbkeras.layers import Input


@functools.cache
def anatomy_of(make):
    """The Anatomy of `make()`; nothing in it changes, so once is enough."""
    return anatomy(make())


def tutorial_cnn():
    """The cats-and-dogs network of many a tutorial."""
    model = Sequential([Input((150, 150, 3))])
    for filters in (32, 64, 128, 128):
        model.add(layers.Conv2D(filters, (3, 3), activation="relu"))
        model.add(layers.MaxPooling2D((2, 2)))
    model.add(layers.Flatten())
    model.add(layers.Dropout(0.5))
    model.add(layers.Dense(512, activation="relu", name="hidden"))
    model.add(layers.Dense(1, activation="sigmoid"))
    return model


def residual(blocks=(3, 4, 6, 3), size=32):
    """A network of bottleneck blocks; with the default as deep as ResNet-50."""
    picture = Input((size, size, 3))
    x = conv(picture, 8, 7, 2)
    x = layers.MaxPooling2D(3, 2, padding="same")(x)
    for stage, many in enumerate(blocks):
        for at in range(many):
            stride = 2 if stage and not at else 1
            x = bottleneck(x, 4 * 2**stage, stride, widen=not at)
    x = layers.GlobalAveragePooling2D()(x)
    return Model(picture, layers.Dense(10, activation="softmax")(x), name="resnet")


def conv(x, filters, size, stride=1, activation="relu"):
    """Convolution, normalization, activation."""
    x = layers.Conv2D(filters, size, stride, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization()(x)
    return layers.Activation(activation)(x) if activation else x


def bottleneck(x, filters, stride, widen):
    """Three convolutions and a way around them."""
    y = conv(conv(x, filters, 1, stride), filters, 3)
    y = conv(y, 4 * filters, 1, activation=None)
    if widen:
        x = conv(x, 4 * filters, 1, stride, activation=None)
    return layers.Activation("relu")(layers.Add()([y, x]))


def two_inputs():
    """A picture and a row of numbers; two heads."""
    picture, row = Input((28, 28, 1), name="picture"), Input((12,), name="row")
    x = layers.Flatten()(layers.Conv2D(8, 3, activation="relu")(picture))
    concatenate_variants = layers.Concatenate()([x, layers.Dense(16, "relu")(row)])
    heads = [layers.Dense(10, "softmax", name="kind"), layers.Dense(1, name="age")]
    return Model([picture, row], [head(concatenate_variants) for head in heads])


def value(text):
    """What a formula without its last "= ..." comes to."""
    text = text.replace(",", "").replace("⌊", "math.floor(").replace("⌋", ")")
    text = text.replace("⌈", "math.ceil(").replace("⌉", ")")
    return eval(text, {"math": math})
