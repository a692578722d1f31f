"""Each network is Keras's: names, shapes and order of weights, and what comes out."""

import contextlib
import os

os.environ["KERAS_BACKEND"] = "jax"

import keras
import numpy as np
import pytest
from keras.src.backend.jax import random as keras_random

from nbkeras import applications

# Small images and few classes; the features that come out without the classifier.
NETWORKS = {
    "VGG16": (32, {}, "block5_pool"),
    "VGG19": (32, {}, "block5_pool"),
    "ResNet50": (32, {}, "conv5_block3_out"),
    "ResNet50V2": (32, {}, "post_relu"),
    "MobileNet": (32, {"alpha": 0.25}, "conv_pw_13_relu"),
    "MobileNetV2": (32, {"alpha": 0.35}, "out_relu"),
    "Xception": (71, {}, "block14_sepconv2_act"),
    "InceptionV3": (75, {}, "mixed10"),
    "EfficientNetB0": (32, {}, "top_activation"),
    "DenseNet121": (32, {}, "relu"),
}
# Those whose pooling without the classifier has a name of its own in Keras 3.15.
NAMED_POOLING = ("ResNet50", "ResNet50V2", "EfficientNetB0", "DenseNet121")


@contextlib.contextmanager
def weights_by_numpy(draw):
    """Keras draws its first weights without a compiled program for each shape."""

    def uniform(shape, minval=0.0, maxval=1.0, dtype=None, seed=None):
        return draw.uniform(minval, maxval, shape).astype(dtype or "float32")

    def normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
        values = draw.normal(size=shape).clip(-2, 2)
        return (mean + stddev * values).astype(dtype or "float32")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keras_random, "uniform", uniform)
        for name in ("normal", "truncated_normal"):
            patch.setattr(keras_random, name, normal)
        yield


@pytest.fixture(params=NETWORKS, scope="module")
def twins(request):
    """(name, ours, Keras's, arguments) with the same weights."""
    name = request.param
    size, extra, _ = NETWORKS[name]
    arguments = {"weights": None, "input_shape": (size, size, 3), **extra}
    keras.utils.clear_session()
    draw = np.random.default_rng(0)
    with weights_by_numpy(draw):
        theirs = getattr(keras.applications, name)(classes=4, **arguments)
    weights = [
        value + draw.uniform(0, 0.1, value.shape).astype(value.dtype)
        if value.ndim == 1
        else value
        for value in theirs.get_weights()
    ]
    theirs.set_weights(weights)
    ours = getattr(applications, name)(classes=4, **arguments)
    ours.set_weights(weights)
    return name, ours, theirs, arguments


def images(size):
    """Two images of noise, 0..255."""
    return (
        np.random.default_rng(1).uniform(0, 255, (2, size, size, 3)).astype("float32")
    )


def assert_close(ours, theirs):
    scale = np.abs(theirs).max()
    np.testing.assert_allclose(ours / scale, theirs / scale, atol=1e-4)


def test_layers_and_weights_are_called_and_ordered_as_in_keras(twins):
    _, ours, theirs, _ = twins
    assert ours.name == theirs.name
    assert [layer.name for layer in ours.layers] == [
        layer.name for layer in theirs.layers
    ]
    assert [tuple(w.shape) for w in ours.weights] == [
        tuple(w.shape) for w in theirs.weights
    ]
    assert [w.name for w in ours.weights] == [w.name for w in theirs.weights]


def test_outputs_with_and_without_the_classifier_are_those_of_keras(twins):
    name, ours, theirs, arguments = twins
    size, _, last = NETWORKS[name]
    both = keras.Model(theirs.input, [theirs.get_layer(last).output, theirs.output])
    x = images(size)
    features, classes = both.predict(x, verbose=0)
    assert_close(np.asarray(ours.predict(x, verbose=0)), classes)
    headless = getattr(applications, name)(
        include_top=False, pooling="max", **arguments
    )
    pooling = "max_pool" if name in NAMED_POOLING else "global_max_pooling2d"
    assert headless.layers[-1].name.startswith(pooling)
    headless.set_weights(ours.get_weights()[: len(headless.weights)])
    assert_close(np.asarray(headless.predict(x, verbose=0)), features.max((1, 2)))
