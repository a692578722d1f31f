"""A class that a notebook defines again does not keep its older self alive."""

import gc
import weakref

import numpy as np

from nbkeras.core.serialization import configurable, registry
from nbkeras.layers import Layer


def redefined(decorate=lambda cls: cls):
    """A weak reference to a layer class that was used and then let go."""

    @decorate
    class Scaled(Layer):
        def __init__(self, factor, **base):
            super().__init__(**base)
            self.factor = factor

        def call(self, x):
            return self.factor * x

    layer = Scaled(2.0)
    np.testing.assert_array_equal(layer(np.ones((1, 2), "float32")), [[2, 2]])
    assert configurable.as_dict(layer)["config"]["factor"] == 2.0
    return weakref.ref(Scaled)


def test_a_layer_class_that_was_called_can_be_collected():
    cls = redefined()
    gc.collect()
    assert cls() is None


def test_a_registered_class_is_let_go_when_its_name_is_registered_anew():
    register = registry.register_keras_serializable("test_redefined")
    first = redefined(register)
    second = redefined(register)
    gc.collect()
    assert first() is None
    assert registry.custom("test_redefined>Scaled") is second()
