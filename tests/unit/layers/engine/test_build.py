"""`build` called by hand counts like the build of the first call."""

import keras
import numpy as np
import pytest

import nbkeras
from nbkeras import Model, Sequential, layers

X = np.array([[1.0, 2.0]], "float32")
KERNEL, BIAS = np.array([[1.0, -2.0], [3.0, -4.0]]), np.array([5.0, -6.0])


def test_a_call_uses_the_weights_that_were_set_after_build():
    dense = layers.Dense(2)
    dense.build((None, 2))
    dense.set_weights([KERNEL, BIAS])
    assert dense.built
    np.testing.assert_allclose(dense(X), X @ KERNEL + BIAS)


def test_build_takes_a_shape_written_as_a_list():
    dense = layers.Dense(2)
    dense.build([None, 3])
    assert dense.kernel.shape == (3, 2)


def test_weights_given_to_the_constructor_are_set_by_build():
    dense = layers.Dense(2, weights=[KERNEL, BIAS])
    dense.build((None, 2))
    np.testing.assert_array_equal(dense.get_weights()[0], KERNEL)


def test_a_sublayer_that_the_parents_build_has_built_keeps_its_weights():
    class Parent(layers.Layer):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(2)

        def build(self, input_shape):
            self.dense.build(input_shape)
            self.dense.set_weights([KERNEL, BIAS])

        def call(self, x):
            return self.dense(x)

    np.testing.assert_allclose(Parent()(X), X @ KERNEL + BIAS)


def test_super_build_in_the_middle_does_not_end_the_build():
    class Late(layers.Dense):
        def build(self, input_shape):
            super().build(input_shape)
            assert not self.built
            self.shift = self.add_weight("shift", (2,), "ones")

    late = Late(2, kernel_initializer="zeros")
    late.build((None, 2))
    assert late.built
    assert [w.name for w in late.weights] == ["kernel", "bias", "shift"]


def test_sublayers_that_build_left_alone_are_built_by_the_first_call():
    class Parent(layers.Layer):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(2, kernel_initializer="ones")

        def call(self, x):
            return self.dense(x)

    parent = Parent()
    parent.build((None, 2))
    np.testing.assert_allclose(parent(X), [[3.0, 3.0]])


class Two(Model):
    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(2)

    def call(self, x):
        return self.dense(x)


@pytest.mark.parametrize("make", [Two, lambda: Sequential([layers.Dense(2)])])
def test_build_of_a_model_builds_its_layers_for_good(make):
    model = make()
    model.build((None, 2))
    assert model.built
    before = model.get_weights()
    model(X)
    assert len(before) == 2
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


SHAPES_OF = {
    "shape": lambda k, layer, shape: layer.compute_output_shape(shape),
    "spec": lambda k, layer, shape: (
        layer.compute_output_spec(k.KerasTensor(shape)).shape
    ),
}


@pytest.mark.parametrize("way", SHAPES_OF)
@pytest.mark.parametrize("library", [nbkeras, keras], ids=["nbkeras", "keras"])
def test_asking_for_the_output_shape_leaves_a_layer_unbuilt(library, way):
    layers = library.layers
    for layer in (
        layers.Dense(4),
        library.Sequential([layers.Dense(2), layers.Dense(4)]),
        layers.BatchNormalization(),
    ):
        assert SHAPES_OF[way](library, layer, (None, 3))[0] is None
        assert not layer.built
        assert layer(np.ones((2, 5))).shape[0] == 2
