"""Functional models written once and built with nbkeras and with Keras."""

import functools
from types import SimpleNamespace

import keras
import numpy as np

import nbkeras

OURS = SimpleNamespace(
    layers=nbkeras.layers, Model=nbkeras.Model, Sequential=nbkeras.Sequential,
    Input=nbkeras.Input, ops=nbkeras.ops,
)  # fmt: skip
THEIRS = SimpleNamespace(
    layers=keras.layers, Model=keras.Model, Sequential=keras.Sequential,
    Input=keras.Input, ops=keras.ops,
)  # fmt: skip


def residual(k):
    """A small residual CNN with two joins."""
    x = start = k.Input((8, 8, 3), name="picture")
    x = k.layers.Conv2D(4, 3, padding="same", activation="relu")(x)
    y = k.layers.Conv2D(4, 3, padding="same")(x)
    y = k.layers.BatchNormalization()(y)
    x = k.layers.add([x, y])
    x = k.layers.Activation("relu")(x)
    y = k.layers.Conv2D(4, 1)(start)
    x = k.layers.Concatenate()([x, y])
    x = k.layers.GlobalAveragePooling2D()(x)
    return k.Model(start, k.layers.Dense(3, activation="softmax")(x))


def two_inputs_two_outputs(k):
    """Inputs by list, outputs by dict."""
    a, b = k.Input((4,), name="a"), k.Input((3,))
    x = k.layers.Dense(5, activation="tanh")(a)
    y = k.layers.Dense(5)(b)
    z = k.layers.Multiply()([x, y])
    high = k.layers.Dense(2, name="high")(z)
    low = k.layers.Dense(1)(k.layers.Concatenate()([z, x, b]))
    return k.Model([a, b], {"up": high, "down": low})


def siamese(k):
    """One inner model on two inputs; the cosine of what it gives."""
    i = k.Input((6,))
    inner = k.Model(i, k.layers.Dense(4, activation="relu")(i), name="tower")
    tail = k.Sequential([k.Input((4,)), k.layers.Dense(4)], name="tail")
    a, b = k.Input((6,), name="left"), k.Input((6,), name="right")
    one, two = tail(inner(a)), tail(inner(b))
    cosine = k.layers.Dot(axes=1, normalize=True)([one, two])
    far = k.layers.Subtract()([one, two])
    return k.Model({"left": a, "right": b}, [cosine, far])


def shared_layer(k):
    """A layer called three times, at different depths."""
    x = k.Input((5,))
    dense = k.layers.Dense(5, activation="tanh", name="again")
    one = dense(x)
    two = dense(dense(one))
    return k.Model(x, k.layers.Average()([one, two, x]))


def arithmetic(k):
    """Operators and functions on symbolic tensors."""
    x, y = k.Input((4,), name="x"), k.Input((4,), name="y")
    z = 2.0 * x - y / 3.0 + k.ops.exp(-(x**2))
    z = k.ops.concatenate([z[:, 1:3], k.ops.maximum(x, y)], axis=1)
    z = z - k.ops.mean(z, axis=-1, keepdims=True)
    z = k.ops.reshape(z, (-1, 3, 2))
    z = k.ops.transpose(z, (0, 2, 1))
    return k.Model([x, y], k.layers.Dense(2)(k.layers.Flatten()(z)))


def masked(k):
    """A mask that goes from an embedding through joins to an average."""
    words = k.Input((6,), dtype="int32", name="words")
    x = k.layers.Embedding(9, 4, mask_zero=True)(words)
    y = k.layers.Dense(4)(x)
    x = k.layers.Concatenate()([k.layers.Add()([x, y]), k.layers.Maximum()([x, y])])
    x = k.layers.Dropout(0.5)(x)
    return k.Model(words, k.layers.GlobalAveragePooling1D()(x))


def open_sizes(k):
    """A fully convolutional model for pictures of any size."""
    x = k.Input((None, None, 2))
    y = k.layers.Conv2D(3, 3, padding="same")(x)
    y = k.layers.MaxPooling2D()(y)
    y = k.layers.UpSampling2D()(y)
    return k.Model(x, k.layers.Concatenate()([x, y]))


CASES = {
    residual: [(8, 8, 3)],
    two_inputs_two_outputs: [(4,), (3,)],
    siamese: [(6,), (6,)],
    shared_layer: [(5,)],
    arithmetic: [(4,), (4,)],
    masked: ["ids"],
    open_sizes: [(6, 4, 2)],
}


def data(case, rows=3, seed=0):
    """Inputs for a case: one array, or a list or dict."""
    draw = np.random.default_rng(seed)
    arrays = [
        draw.integers(0, 9, (rows, 6)).astype("int32")
        if shape == "ids"
        else draw.normal(size=(rows, *shape)).astype("float32")
        for shape in CASES[case]
    ]
    if case is siamese:
        return dict(zip(("left", "right"), arrays, strict=True))
    return arrays if len(arrays) > 1 else arrays[0]


@functools.cache
def shared(case):
    """As `both`, made once for all tests that change nothing."""
    return both(case)


def both(case, seed=1):
    """Our model and Keras's of one case, with the same random weights."""
    keras.backend.clear_session()
    ours, theirs = case(OURS), case(THEIRS)
    share(ours, theirs, seed)
    return ours, theirs


def share(ours, theirs, seed=1):
    """Give both models the same random weights; shapes and order must agree."""
    assert [w.shape for w in ours.weights] == [tuple(w.shape) for w in theirs.weights]
    assert [w.name for w in ours.weights] == [w.name for w in theirs.weights]
    draw = np.random.default_rng(seed)
    values = [draw.uniform(0.1, 0.9, w.shape).astype("float32") for w in ours.weights]
    ours.set_weights(values)
    theirs.set_weights(values)
