"""Small models of many shapes, for images of 12 x 12 pixels."""

import jax
import numpy as np

import nbkeras
from nbkeras import Input, Model, Sequential, layers, ops

SIDE = 12


def images(count=2, channels=3, seed=0):
    shape = (count, SIDE, SIDE, channels)
    return np.random.default_rng(seed).uniform(size=shape).astype("float32")


def base(name="base"):
    """A convolutional base without a head."""
    inputs = Input((SIDE, SIDE, 3))
    x = layers.Conv2D(4, 3, activation="relu", name="conv_a")(inputs)
    x = layers.MaxPooling2D()(x)
    x = layers.Conv2D(6, 3, activation="relu", name="conv_b")(x)
    return Model(inputs, x, name=name)


def sequential():
    return Sequential(
        [
            Input((SIDE, SIDE, 3)),
            layers.Conv2D(4, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(6, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(5, activation="softmax"),
        ]
    )


def without_input():
    return Sequential(
        [
            layers.Conv2D(4, 3, activation="relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(5, activation="softmax"),
        ]
    )


def functional():
    inputs = Input((SIDE, SIDE, 3))
    x = layers.Conv2D(4, 3, padding="same", activation="relu")(inputs)
    y = layers.Conv2D(4, 3, padding="same")(x)
    x = layers.Activation("relu")(layers.Add()([x, layers.BatchNormalization()(y)]))
    x = layers.GlobalMaxPooling2D()(x)
    return Model(inputs, layers.Dense(5, activation="softmax")(x))


def loaded(tmp_path):
    model = sequential()
    model.save(tmp_path / "model.keras")
    return nbkeras.load_model(tmp_path / "model.keras")


def loaded_h5(tmp_path):
    model = nested()
    model.save(tmp_path / "model.h5")
    return nbkeras.load_model(tmp_path / "model.h5")


def nested():
    return Sequential(
        [base(), layers.GlobalAveragePooling2D(), layers.Dense(5, activation="softmax")]
    )


def nested_frozen():
    inner = base()
    inner.trainable = False
    inputs = Input((SIDE, SIDE, 3))
    x = layers.Rescaling(2.0, -1.0)(inputs)
    x = layers.Flatten()(inner(x, training=False))
    return Model(inputs, layers.Dense(5, activation="softmax")(x))


def nested_twice():
    inputs = Input((SIDE, SIDE, 3))
    middle = Model(inputs, layers.BatchNormalization()(base()(inputs)), name="middle")
    head = Sequential([layers.Flatten(), layers.Dense(5)], name="head")
    outer = Input((SIDE, SIDE, 3))
    return Model(outer, layers.Softmax()(head(middle(outer))))


def two_outputs():
    inputs = Input((SIDE, SIDE, 3))
    x = layers.Flatten()(base()(inputs))
    kind = layers.Dense(5, activation="softmax", name="kind")(x)
    return Model(inputs, [kind, layers.Dense(1, name="size")(x)])


def branches():
    """Two outputs with a convolution each; the last made belongs to the second."""
    inputs = Input((SIDE, SIDE, 3))
    a = layers.Conv2D(4, 3, activation="relu", name="conv_first")(inputs)
    b = layers.Conv2D(4, 5, activation="relu", name="conv_second")(inputs)
    pool = layers.GlobalAveragePooling2D
    first = layers.Dense(5, activation="softmax", name="first")(pool()(a))
    second = layers.Dense(3, activation="softmax", name="second")(pool()(b))
    return Model(inputs, {"first": first, "second": second})


def channels_first():
    options = {"data_format": "channels_first"}
    return Sequential(
        [
            Input((3, SIDE, SIDE)),
            layers.Conv2D(4, 3, activation="relu", **options),
            layers.MaxPooling2D(**options),
            layers.Conv2D(6, 3, activation="relu", **options),
            layers.GlobalAveragePooling2D(**options),
            layers.Dense(5, activation="softmax"),
        ]
    )


def no_dense():
    return Sequential(
        [
            Input((SIDE, SIDE, 3)),
            layers.Conv2D(8, 3, activation="relu"),
            layers.Conv2D(5, 1),
            layers.GlobalAveragePooling2D(),
            layers.Activation("softmax"),
        ]
    )


def logits():
    model = Sequential(
        [
            Input((SIDE, SIDE, 3)),
            layers.SeparableConv2D(6, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(5),
        ]
    )
    loss = nbkeras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("sgd", loss)
    return model


def binary():
    return Sequential([base(), layers.Flatten(), layers.Dense(1, activation="sigmoid")])


def regression():
    return Sequential([base(), layers.Flatten(), layers.Dense(2)])


def gray_dense():
    """No convolution, and images without an axis of channels."""
    return Sequential(
        [
            Input((SIDE, SIDE)),
            layers.Flatten(),
            layers.Dense(16, activation="tanh"),
            layers.Dense(5, activation="softmax"),
        ]
    )


class Own(Model):
    """A model that only its `call` knows."""

    def __init__(self):
        super().__init__()
        self.blocks = [layers.Conv2D(4, 3, activation="relu") for _ in range(2)]
        self.pool = layers.GlobalAveragePooling2D()
        self.dense = layers.Dense(5, activation="softmax")

    def call(self, x):
        for block in self.blocks:
            x = block(x)
        return self.dense(self.pool(x))


def augmented():
    return Sequential(
        [
            Input((SIDE, SIDE, 3)),
            layers.RandomFlip(),
            layers.DepthwiseConv2D(3, activation="elu"),
            layers.Dropout(0.5),
            layers.GlobalAveragePooling2D(),
            layers.Dense(5, activation="softmax"),
        ]
    )


def two_inputs():
    image, number = Input((SIDE, SIDE, 3), name="image"), Input((2,), name="number")
    x = layers.Flatten()(base()(image))
    x = layers.Concatenate()([x, number])
    return Model([image, number], layers.Dense(5, activation="softmax")(x))


def segmentation():
    inputs = Input((SIDE, SIDE, 3))
    x = layers.Conv2D(4, 3, strides=2, padding="same", activation="relu")(inputs)
    x = layers.Conv2DTranspose(4, 3, strides=2, padding="same", activation="relu")(x)
    return Model(inputs, layers.Conv2D(5, 1, activation="softmax")(x))


def shared():
    """A convolution that is called twice."""
    inputs = Input((SIDE, SIDE, 3))
    conv = layers.Conv2D(3, 3, padding="same", activation="relu", name="shared")
    x = layers.GlobalAveragePooling2D()(conv(conv(inputs)))
    return Model(inputs, layers.Dense(5, activation="softmax")(x))


class Looped(layers.Layer):
    """A convolution within a loop over the rows of a batch."""

    def __init__(self):
        super().__init__()
        self.conv = layers.Conv2D(4, 3, activation="relu")

    def call(self, x):
        return jax.lax.map(lambda row: self.conv(row[None])[0], x)


def looped():
    """The last convolution is inside of a loop, where nothing can be read."""
    inputs = Input((SIDE, SIDE, 3))
    x = layers.Conv2D(4, 3, activation="relu", name="readable")(inputs)
    x = layers.Flatten()(Looped()(x))
    return Model(inputs, layers.Dense(5, activation="softmax")(x))


def frames():
    """A convolution that sees two frames of each image."""
    inputs = Input((SIDE, SIDE, 3))
    x = layers.Conv2D(4, 3, activation="relu", name="before_frames")(inputs)
    x = layers.TimeDistributed(layers.Conv2D(4, 3))(ops.stack([x, 2 * x], axis=1))
    return Model(inputs, layers.Dense(5, activation="softmax")(layers.Flatten()(x)))


def functions():
    """Softmax by a function of `ops`, after a reshape."""
    inputs = Input((SIDE, SIDE, 3))
    x = layers.Flatten()(base()(inputs))
    x = ops.softmax(layers.Dense(10)(x), axis=-1)
    return Model(inputs, layers.Reshape((10,))(x))


SHAPES = {
    shape.__name__: shape
    for shape in (
        sequential,
        without_input,
        functional,
        loaded,
        loaded_h5,
        nested,
        nested_frozen,
        nested_twice,
        two_outputs,
        branches,
        channels_first,
        no_dense,
        logits,
        binary,
        regression,
        gray_dense,
        Own,
        augmented,
        two_inputs,
        segmentation,
        shared,
        looped,
        frames,
        functions,
    )
}


def made(name, tmp_path):
    """(model, its input for two images) of a shape."""
    nbkeras.utils.set_random_seed(2)
    takes_folder = name.startswith("loaded")
    model = SHAPES[name](tmp_path) if takes_folder else SHAPES[name]()
    x = images()
    if name == "channels_first":
        x = x.transpose(0, 3, 1, 2)
    elif name == "gray_dense":
        x = x[..., 0]
    elif name == "two_inputs":
        x = [x, np.ones((2, 2), "float32")]
    return model, x
