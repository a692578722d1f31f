"""Networks of every form that `inside` takes apart, small enough for a test."""

import numpy as np

from nbkeras import Input, Model, Sequential, layers, ops
from nbkeras.utils import set_random_seed


def picture(shape, seed=0):
    """A random picture, values -1 to 1."""
    return np.random.default_rng(seed).uniform(-1, 1, shape).astype("float32")


def shaken(model, seed=0):
    """The model with random weights everywhere, also biases and statistics."""
    rng = np.random.default_rng(seed)
    for weight in model.weights:
        low = 0.1 if "variance" in weight.path else -0.5
        weight.assign(rng.uniform(low, 0.9, weight.shape).astype("float32"))
    return model


def digits():
    """The first network of a course."""
    return Sequential(
        [
            Input((12, 12, 1)),
            layers.Conv2D(4, 3, activation="relu", name="conv"),
            layers.MaxPooling2D(name="pool"),
            layers.Flatten(name="flatten"),
            layers.Dropout(0.5, name="dropout"),
            layers.Dense(5, activation="softmax", name="digit"),
        ]
    )


def dense_only():
    """No convolution; the picture has no axis of channels."""
    return Sequential(
        [
            Input((8, 8)),
            layers.Rescaling(1 / 255, offset=-0.5, name="rescaling"),
            layers.Flatten(name="flatten"),
            layers.Dense(6, activation="tanh", name="hidden"),
            layers.Dense(1, activation="sigmoid", name="answer"),
        ]
    )


def windows():
    """Every layer with a sliding window, with strides, paddings, groups."""
    x = given = Input((13, 11, 4))
    x = layers.Conv2D(6, (3, 5), strides=2, padding="same", name="strided")(x)
    x = layers.Conv2D(6, 3, groups=2, activation="elu", name="grouped")(
        layers.ZeroPadding2D(((2, 1), (1, 3)), name="zeros")(x)
    )
    x = layers.Conv2D(5, 3, dilation_rate=2, padding="same", name="dilated")(x)
    x = layers.DepthwiseConv2D(3, depth_multiplier=2, padding="same", name="depth")(x)
    x = layers.SeparableConv2D(7, 3, padding="same", use_bias=False, name="apart")(x)
    x = layers.AveragePooling2D(3, 2, padding="same", name="average")(x)
    x = layers.Conv2DTranspose(4, 3, strides=2, padding="same", name="transposed")(x)
    x = layers.Conv2DTranspose(3, (2, 4), strides=3, name="spread")(x)
    x = layers.MaxPooling2D(3, 2, padding="same", name="largest")(x)
    x = layers.UpSampling2D(2, name="up")(x)
    x = layers.Cropping2D(((1, 2), (3, 0)), name="cropped")(x)
    return Model(given, layers.GlobalMaxPooling2D(name="global")(x))


def norms():
    """Every normalization, and activation layers."""
    x = given = Input((6, 5, 4))
    x = layers.BatchNormalization(name="batch")(x)
    x = layers.LeakyReLU(name="leaky")(x)
    x = layers.LayerNormalization(name="layer")(x)
    x = layers.PReLU(shared_axes=[1, 2], name="prelu")(x)
    x = layers.GroupNormalization(2, name="group")(x)
    x = layers.RMSNormalization(name="rms")(x)
    x = layers.Activation("gelu", name="gelu")(x)
    x = layers.LayerNormalization(axis=[1, 2, 3], center=False, name="all")(x)
    x = layers.Conv2D(3, 1, activation="softmax", name="mixed")(x)
    x = layers.ReLU(max_value=0.5, name="cut")(x)
    x = layers.GlobalAveragePooling2D(keepdims=True, name="mean")(x)
    x = layers.Reshape((3,), name="flat")(x)
    return Model(given, layers.Softmax(name="softmax")(x))


def residual():
    """Branches that meet again, a function of ops, one layer called twice."""
    given = Input((8, 8, 3))
    shared = layers.Conv2D(3, 3, padding="same", activation="relu", name="shared")
    x = shared(given)
    y = layers.Add(name="added")([shared(x), given])
    z = layers.Multiply(name="times")([x, y])
    both = layers.Concatenate(name="both")([y, z, given])
    both = ops.maximum(both, 0.1) + both * 2.0
    both = layers.Average(name="mean")([both, both - 1.0])
    x = layers.GlobalAveragePooling2D(name="pool")(both)
    return Model(given, layers.Dense(4, name="scores")(x))


def nested():
    """A base model in a model, as in transfer learning."""
    base_input = Input((10, 10, 3))
    y = layers.Conv2D(4, 3, activation="relu", name="conv")(base_input)
    base = Model(base_input, layers.MaxPooling2D(name="pool")(y), name="base")
    head = Sequential(
        [layers.Flatten(name="flatten"), layers.Dense(3, name="dense")], name="head"
    )
    given = Input((10, 10, 3))
    x = layers.Rescaling(2.0, name="scaled")(given)
    return Model(given, head(base(x, training=False)))


def channels_first():
    """Channels before the places, flattened in Keras's order."""
    first = {"data_format": "channels_first"}
    return Sequential(
        [
            Input((2, 9, 7)),
            layers.Conv2D(3, 3, padding="same", **first, name="conv"),
            layers.BatchNormalization(axis=1, name="norm"),
            layers.ReLU(name="relu"),
            layers.MaxPooling2D(**first, name="pool"),
            layers.Reshape((6, 2, 3), name="reshaped"),
            layers.Flatten(**first, name="flatten"),
            layers.Dense(4, activation="softmax", name="dense"),
        ]
    )


def two_inputs():
    """A picture and a row of numbers; two heads."""
    numbers, image = Input((3,), name="numbers"), Input((8, 8, 1), name="image")
    x = layers.Flatten(name="flatten")(layers.Conv2D(2, 3, name="conv")(image))
    x = layers.Concatenate(name="both")([x, numbers])
    heads = [layers.Dense(2, name="first")(x), layers.Dense(3, name="second")(x)]
    return Model([numbers, image], heads)


class Subclass(Model):
    """A subclass whose `call` is plain: it can be traced."""

    def __init__(self):
        super().__init__()
        self.conv = layers.Conv2D(3, 3, activation="relu", name="conv")
        self.flatten = layers.Flatten(name="flatten")
        self.dense = layers.Dense(2, name="dense")

    def call(self, x):
        """Conv, flatten, dense."""
        return self.dense(self.flatten(self.conv(x) * 2.0))


def subclass():
    """`Subclass`, built."""
    model = Subclass()
    model(np.zeros((1, 7, 7, 1), "float32"))
    return model


MODELS = {
    make.__name__: make
    for make in (
        digits, dense_only, windows, norms, residual, nested, channels_first,
        two_inputs, subclass,
    )
}  # fmt: skip


def case(name):
    """(model with random weights, its inputs) by name."""
    set_random_seed(1)
    model = shaken(MODELS[name]())
    if name == "two_inputs":
        return model, [picture((3,), 5), picture((8, 8, 1), 6)]
    if name == "subclass":
        return model, picture((7, 7, 1))
    return model, picture(model.input_shape[1:])
