"""Pipeline: layers in a row as one."""

import keras
import numpy as np

from nbkeras import layers
from nbkeras.core.serialization.configurable import as_dict

RNG = np.random.default_rng(0)


def test_a_pipeline_runs_its_layers_and_keeps_chance_off_when_told():
    pipeline = layers.Pipeline([layers.Rescaling(0.5), layers.RandomFlip()])
    x = RNG.random((8, 4, 4, 1)).astype("float32")
    np.testing.assert_allclose(pipeline(x, training=False), x / 2)
    assert np.any(np.asarray(pipeline(x)) != x / 2)


def test_a_pipeline_is_read_by_keras_and_back():
    ours = layers.Pipeline([layers.Rescaling(0.5), layers.RandomFlip(seed=1)])
    theirs = keras.layers.deserialize(as_dict(ours))
    assert [type(layer).__name__ for layer in theirs.layers] == [
        "Rescaling",
        "RandomFlip",
    ]
    back = layers.deserialize(keras.layers.serialize(theirs))
    x = np.ones((1, 2, 2, 1), "float32")
    np.testing.assert_allclose(back(x, training=False), x / 2)
