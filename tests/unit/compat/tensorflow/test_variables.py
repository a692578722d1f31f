"""tf.Variable: the variables of nbkeras, created with the arguments of TensorFlow."""

import numpy as np
import pytest

import nbkeras
from nbkeras.compat import tensorflow as tf


def test_a_layer_owns_a_variable_made_with_the_words_of_tensorflow():
    class Scale(nbkeras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.factor = tf.Variable(
                initial_value=tf.constant([2.0, 3.0]), trainable=True, name="factor"
            )

        def call(self, x):
            return x * self.factor

    layer = Scale()
    np.testing.assert_array_equal(layer(np.ones((1, 2), "float32")), [[2.0, 3.0]])
    assert [w.name for w in layer.trainable_weights] == ["factor"]


def test_an_untrainable_variable_is_made_by_position_and_by_a_function():
    step = tf.Variable(lambda: 3, False)
    assert not step.trainable
    assert (str(step.dtype), int(step.assign_add(1))) == ("int32", 4)


def test_variables_of_layers_are_instances():
    dense = nbkeras.layers.Dense(1)
    dense.build((None, 2))
    assert all(isinstance(weight, tf.Variable) for weight in dense.weights)
    assert not isinstance(tf.constant(1.0), tf.Variable)


def test_a_variable_without_a_value_gets_an_example():
    with pytest.raises(ValueError, match=r"tf\.Variable\(0\.0\)"):
        tf.Variable()


def test_a_gradient_of_ones_own_takes_the_place_of_the_exact_one():
    @tf.custom_gradient
    def clipped(x, y):
        def gradient(upstream):
            return tf.clip_by_value(upstream * y, -0.5, 0.5), tf.constant(7.0)

        return x * y, gradient

    x, y = tf.Variable(2.0), tf.Variable(3.0)
    with tf.GradientTape() as tape:
        z = clipped(x * x, y)
    assert float(z) == 12.0
    slopes = tape.gradient(z, [x, y])
    assert [float(slope) for slope in slopes] == [0.5 * 2 * 2, 7.0]
