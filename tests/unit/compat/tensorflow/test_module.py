"""tf.Module: the variables and modules within an object."""

import numpy as np

from nbkeras import layers
from nbkeras.compat import tensorflow as tf


class InnerPart(tf.Module):
    def __init__(self, size, name=None):
        super().__init__(name=name)
        self.w = tf.Variable(tf.ones((size,)), name="w")
        self.count = tf.Variable(0, trainable=False)


class Outer(tf.Module):
    def __init__(self):
        super().__init__(name="outer")
        self.z = tf.Variable(1.0)
        self.parts = {"b": InnerPart(2), "a": [InnerPart(3)]}
        self.a = self.z
        self.number = 3

    @tf.Module.with_name_scope
    def __call__(self, x):
        with self.name_scope:
            return x * self.z


def test_a_module_finds_variables_in_lists_dicts_and_other_modules():
    outer = Outer()
    # Own variables first, then those of the modules, in the order of names.
    assert [v.shape for v in outer.variables] == [(), (), (3,), (), (2,)]
    assert [v.shape for v in outer.trainable_variables] == [(), (3,), (2,)]
    assert len(outer.non_trainable_variables) == 2
    assert outer.submodules == (outer.parts["a"][0], outer.parts["b"])
    assert (outer.name, outer.parts["b"].name) == ("outer", "inner_part")
    assert float(outer(tf.constant(4.0))) == 4.0


def test_a_module_holds_layers_and_may_hold_itself():
    module = tf.Module()
    module.me, module.dense = module, layers.Dense(2)
    module.dense.build((None, 3))
    assert [v.shape for v in module.variables] == [(3, 2), (2,)]
    assert module.submodules == (module.dense,)


def test_gradients_reach_the_variables_of_a_module():
    module = InnerPart(2)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(module.w * tf.constant([2.0, 5.0]))
    (slope,) = tape.gradient(loss, module.trainable_variables)
    np.testing.assert_array_equal(slope, [2, 5])
