"""The line of a layer makes an equal layer, and says no more than it must."""

import pytest

from nbkeras import initializers, layers, regularizers
from nbkeras.analysis.model_plot.layer_code import source_line
from nbkeras.layers import Input

LINES = [
    'Conv2D(32, 3, activation="relu")',
    'Conv2D(32, (3, 5), strides=2, padding="same", use_bias=False)',
    'Conv2D(8, 3, kernel_initializer="he_normal", kernel_regularizer="l2")',
    "MaxPooling2D()",
    "MaxPooling2D(3, strides=2)",
    "MaxPooling2D((2, 3))",
    "Dropout(0.5)",
    'Dense(10, activation="softmax", name="class")',
    "Dense(4, kernel_regularizer=regularizers.L2(l2=0.02))",
    "BatchNormalization(momentum=0.9)",
    "Flatten()",
    "Reshape((28, 28, 1))",
    "Reshape((3,))",
    'Activation("relu")',
    "Embedding(1000, 16)",
    "ZeroPadding2D(padding=((1, 2), (0, 0)))",
    "UpSampling2D((2, 2))",
    "LeakyReLU(negative_slope=0.1)",
    "Concatenate(axis=1)",
    'GlobalAveragePooling2D(name="it\'s <b>")',
]
NAMES = {**vars(layers), "regularizers": regularizers, "initializers": initializers}


@pytest.mark.parametrize("text", LINES)
def test_a_line_makes_a_layer_of_equal_settings(text):
    layer = eval(text, NAMES)
    again = eval(source_line(layer), NAMES)
    ours, theirs = layer.get_config(), again.get_config()
    if not layer._named_by_user:
        ours.pop("name"), theirs.pop("name")
    assert ours == theirs
    assert len(source_line(layer)) <= len(text) + 4


def test_settings_at_their_default_are_left_out():
    layer = layers.Conv2D(32, 3, strides=1, padding="valid", activation="relu")
    assert source_line(layer) == 'Conv2D(32, 3, activation="relu")'
    loaded = layers.Conv2D.from_config(layer.get_config())
    assert source_line(loaded).startswith('Conv2D(32, (3, 3), activation="relu"')


def test_an_input_says_its_shape_and_an_unusual_dtype():
    assert source_line(Input((28, 28, 1)).layer) == "Input(shape=(28, 28, 1))"
    assert (
        source_line(Input((5,), dtype="int32").layer)
        == 'Input(shape=(5,), dtype="int32")'
    )


def test_a_layer_that_cannot_tell_its_settings_has_a_name_still():
    class Mine(layers.Layer):
        def __init__(self, thing):
            super().__init__()
            self.thing = thing

        def get_config(self):
            raise NotImplementedError

    assert source_line(Mine(object())) == "Mine(...)"
