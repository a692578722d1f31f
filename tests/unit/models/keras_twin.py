"""The same model in Keras and here, with the same weights."""

import os

os.environ["KERAS_BACKEND"] = "jax"

import keras
import numpy as np
from tolerances import assert_close_sums

import nbkeras


def layers_of(package, kind):
    """The layers of a small model, from either package."""
    layers = package.layers
    return {
        "dense": lambda: [
            package.Input((4,)),
            layers.Dense(6, "tanh"),
            layers.Dense(3, "softmax"),
        ],
        "line": lambda: [package.Input((4,)), layers.Dense(1)],
        "cnn": lambda: [
            package.Input((10, 10, 2)),
            layers.Conv2D(4, 3, padding="same", activation="relu"),
            layers.BatchNormalization(),
            layers.MaxPooling2D(),
            layers.Conv2D(6, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(3, "softmax", kernel_regularizer="l2"),
        ],
    }[kind]()


def twins(kind, optimizer="sgd", loss="sparse_categorical_crossentropy", **compiled):
    """(ours, theirs), compiled alike; `compiled` may hold functions of the package."""
    made = []
    for package in (nbkeras, keras):
        model = package.Sequential(layers_of(package, kind))
        given = {"optimizer": optimizer, "loss": loss, **compiled}
        model.compile(**{k: v(package) if callable(v) else v for k, v in given.items()})
        made.append(model)
    draw = np.random.default_rng(0)
    weights = [
        draw.uniform(-0.5, 0.5, w.shape).astype("float32")
        if w.shape != () and "variance" not in w.path
        else np.ones(w.shape, "float32")
        for w in made[1].weights
    ]
    for model in made:
        model.set_weights(weights)
    return made


def data(kind, rows=50, seed=0):
    """Inputs and class numbers, float32 and int32."""
    draw = np.random.default_rng(seed)
    shape = (10, 10, 2) if kind == "cnn" else (4,)
    x = draw.normal(size=(rows, *shape)).astype("float32")
    return x, draw.integers(0, 3, rows).astype("int32")


def assert_histories_equal(ours, theirs, rtol=1e-5):
    """The same keys in the same order, and the same numbers."""
    assert list(ours.history) == list(theirs.history)
    assert ours.epoch == theirs.epoch
    for name, values in theirs.history.items():
        np.testing.assert_allclose(
            ours.history[name], values, rtol=rtol, atol=1e-6, err_msg=name
        )


def assert_weights_equal(ours, theirs, rtol=1e-5):
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        assert_close_sums(a, b, rtol=rtol)
