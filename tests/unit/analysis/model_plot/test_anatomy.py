"""What is said of a model is what real Keras, XLA and pencil and paper say."""

import inspect

import jax
import numpy as np
import pytest
from picture_models import residual, tutorial_cnn, two_inputs

from nbkeras import Model, Sequential, layers, ops
from nbkeras.analysis.model_plot import costs
from nbkeras.analysis.model_plot.anatomy import anatomy
from nbkeras.layers import Input

LAYERS = {
    "Conv2D": {"filters": 6, "kernel_size": 3, "strides": 2, "groups": 2},
    "SeparableConv2D": {"filters": 6, "kernel_size": (3, 5), "depth_multiplier": 2},
    "DepthwiseConv2D": {"kernel_size": 3, "padding": "same", "use_bias": False},
    "Conv2DTranspose": {"filters": 6, "kernel_size": 3, "strides": 2},
    "BatchNormalization": {},
    "Dense": {"units": 7},
    "MaxPooling2D": {"pool_size": 3, "strides": 2},
}


@pytest.mark.parametrize("name", LAYERS)
def test_shapes_and_counts_are_those_of_keras(name):
    import keras

    cls = getattr(keras.layers, name)
    known = inspect.signature(cls.__init__).parameters
    zeros = {each: "zeros" for each in known if each.endswith("_initializer")}
    theirs = keras.Sequential([keras.Input((9, 11, 4)), cls(**LAYERS[name], **zeros)])
    ours = Sequential([Input((9, 11, 4)), getattr(layers, name)(**LAYERS[name])])
    block = anatomy(ours).blocks[-1]
    assert block.outputs == (theirs.output_shape,)
    assert block.parameters == theirs.count_params()
    trained = sum(int(np.prod(w.shape)) for w in theirs.trainable_weights)
    assert block.trained == trained


def flops_of_xla(function, *shapes):
    args = [jax.ShapeDtypeStruct(shape, "float32") for shape in shapes]
    return jax.jit(function).lower(*args).compile().cost_analysis()["flops"]


@pytest.mark.parametrize(
    ("strides", "dilation", "groups"), [(1, 1, 1), (2, 1, 1), (1, 2, 1), (1, 1, 2)]
)
def test_operations_of_a_convolution_are_those_that_xla_counts(
    strides, dilation, groups
):
    def conv(x, k):
        return jax.lax.conv_general_dilated(
            x, k, (strides,) * 2, "VALID", rhs_dilation=(dilation,) * 2,
            dimension_numbers=("NHWC", "HWIO", "NHWC"), feature_group_count=groups,
        )  # fmt: skip

    layer = layers.Conv2D(
        6, 3, strides, dilation_rate=dilation, groups=groups, use_bias=False
    )
    model = Sequential([Input((15, 13, 4)), layer])
    block = anatomy(model).blocks[-1]
    assert block.operations == 2 * block.multiply_adds
    counted = flops_of_xla(conv, (1, 15, 13, 4), layer.kernel.shape)
    assert block.operations == counted


def test_operations_of_a_dense_layer_are_those_that_xla_counts():
    model = Sequential([Input((5, 30)), layers.Dense(7)])
    block = anatomy(model).blocks[-1]
    counted = flops_of_xla(lambda x, k, b: x @ k + b, (5, 30), (30, 7), (7,))
    assert (block.multiply_adds, block.operations) == (5 * 30 * 7, counted)


def test_convolutions_of_other_kinds_cost_what_they_multiply():
    def products(layer, shape=(8, 8, 4)):
        return anatomy(Sequential([Input(shape), layer])).blocks[-1].multiply_adds

    assert products(layers.DepthwiseConv2D(3)) == 6 * 6 * 4 * 9
    # 36 places: 9 taps for each of 8 channels, then 8 channels into 5.
    separable = layers.SeparableConv2D(5, 3, depth_multiplier=2)
    assert products(separable) == 36 * 8 * 9 + 36 * 8 * 5
    # Every input place is spread over 9 output places.
    assert products(layers.Conv2DTranspose(5, 3, 2)) == 64 * 9 * 4 * 5
    assert products(layers.Conv1D(5, 3, padding="same"), (10, 4)) == 10 * 3 * 4 * 5


def test_a_layer_of_somebody_else_is_run_on_shapes_and_counted():
    class Twice(layers.Layer):
        def build(self, shape):
            self.kernel = self.add_weight("kernel", (shape[-1], 6))

        def call(self, x):
            return ops.tanh(x @ self.kernel)

    block = anatomy(Sequential([Input((4, 5)), Twice()])).blocks[-1]
    assert block.multiply_adds == 4 * 5 * 6
    assert block.operations == 2 * 4 * 5 * 6 + 4 * 6
    known = Sequential([Input((4, 5)), layers.Dense(6, use_bias=False)])
    layer = known.layers[0]
    assert costs.count_by_tracing(layer, [(None, 4, 5)]) == (120, 240)


def test_the_tutorial_network_adds_up():
    found = anatomy(tutorial_cnn())
    assert found.parameters == found.trained == 3_453_121  # as printed in the tutorial
    places = [148**2 * 27 * 32, 72**2 * 288 * 64, 34**2 * 576 * 128, 15**2 * 1152 * 128]
    assert found.multiply_adds == sum(places) + 6272 * 512 + 512
    kept = 4 * (
        148**2 * 32 + 74**2 * 32 + 72**2 * 64 + 36**2 * 64 + 34**2 * 128 + 17**2 * 128
        + 15**2 * 128 + 7**2 * 128 + 6272 + 512 + 1
    )  # fmt: skip
    assert found.memory(32) == 32 * kept + 4 * 3_453_121
    assert found.edges == tuple((i, i + 1) for i in range(12))


def test_a_shared_layer_is_two_blocks_and_counts_once():
    one, two = Input((4,)), Input((4,))
    shared = layers.Dense(3, name="shared")
    found = anatomy(Model([one, two], layers.Add()([shared(one), shared(two)])))
    assert [b.key for b in found.blocks if b.name == "shared"] == ["shared", "shared:1"]
    assert [b.call for b in found.blocks if b.name == "shared"] == [0, 1]
    assert found.parameters == 15


def test_two_layers_of_one_name_are_no_two_calls_of_one_layer():
    model = Forked(lambda a, b: a)
    model.near.name = model.far.name = "same"
    found = anatomy(model)
    assert [block.key for block in found.blocks] == ["same", "same:1", "last"]
    assert [block.call for block in found.blocks] == [0, 0, 0]


def test_a_nested_model_has_an_anatomy_of_its_own_whose_fields_go_on():
    inner = Sequential(
        [Input((14, 14, 4)), layers.Conv2D(4, 3), layers.Conv2D(2, 3)], name="inner"
    )
    x = Input((16, 16, 1))
    found = anatomy(Model(x, inner(layers.Conv2D(4, 3)(x))))
    block = found.blocks[-1]
    assert block.inner.kind == "Sequential"
    assert [b.key for b in block.inner.blocks[1:]] == ["inner/conv2d", "inner/conv2d_1"]
    assert [r.size for r in block.receptive_field] == [7, 7]
    assert found.layers["inner/conv2d"] is inner.layers[0]
    assert block.multiply_adds == 12 * 12 * 36 * 4 + 10 * 10 * 36 * 2


def test_two_inputs_and_two_heads_are_wired():
    found = anatomy(two_inputs())
    names = [block.name for block in found.blocks]
    wires = {(names[tail], names[head]) for tail, head in found.edges}
    assert {("concatenate", "kind"), ("concatenate", "age")} <= wires
    assert {names[at] for at in found.outputs} == {"kind", "age"}


def test_what_is_not_built_has_layers_and_no_numbers():
    found = anatomy(Sequential([layers.Conv2D(4, 3), layers.Dense(2)]))
    assert [block.kind for block in found.blocks] == ["Conv2D", "Dense"]
    assert found.edges == ((0, 1),)
    assert (found.parameters, found.operations, found.memory()) == (None, None, None)
    assert anatomy(Sequential()).blocks == ()


def test_open_sizes_have_shapes_and_no_costs():
    found = anatomy(Sequential([Input((None, None, 3)), layers.Conv2D(4, 3)]))
    block = found.blocks[-1]
    assert block.outputs == ((None, None, None, 4),)
    assert (block.parameters, block.operations, found.memory()) == (112, None, None)


class Forked(Model):
    """Two branches, one of them by a function of `combine`."""

    def __init__(self, combine):
        super().__init__()
        self.near, self.far = layers.Dense(4, name="near"), layers.Dense(4, name="far")
        self.last, self.combine = layers.Dense(2, name="last"), combine

    def call(self, x):
        self.seen = x
        return self.last(self.combine(self.near(x), self.far(x)))


def test_wires_of_a_subclassed_model_are_found_by_its_own_call():
    model = Forked(lambda a, b: a + ops.tanh(b))
    assert [b.parameters for b in anatomy(model).blocks] == [None] * 3
    model(np.zeros((2, 3), "float32"))
    model.seen = "what was there"
    before = {layer: dict(vars(layer)) for layer in model.walk()}
    nodes = {layer: list(layer._nodes) for layer in model.walk()}
    found = anatomy(model)
    assert found.wired
    names = [block.name for block in found.blocks]
    wires = {(names[tail], names[head]) for tail, head in found.edges}
    assert {("near", "add"), ("far", "tanh"), ("tanh", "add")} <= wires
    assert found.parameters == 16 + 16 + 10
    # Nothing of the trial is left behind.
    assert {layer: dict(vars(layer)) for layer in model.walk()} == before
    assert {layer: list(layer._nodes) for layer in model.walk()} == nodes


def test_a_call_that_needs_real_arrays_leaves_the_wires_unknown():
    model = Forked(lambda a, b: jax.numpy.maximum(a, b))
    model(np.zeros((2, 3), "float32"))
    found = anatomy(model)
    assert not found.wired
    assert [b.outputs for b in found.blocks] == [((None, 4),)] * 2 + [((None, 2),)]
    assert found.edges == ((0, 1), (1, 2))
    assert all(layer._nodes == [] for layer in model.layers)


def test_a_model_of_fifty_layers_has_the_edges_of_its_graph():
    model = residual()
    found = anatomy(model)
    assert len(found.blocks) == len(model.layers)
    adds = [i for i, block in enumerate(found.blocks) if block.kind == "Add"]
    assert len(adds) == 16
    assert all(sum(head == at for _, head in found.edges) == 2 for at in adds)
    assert found.parameters == model.count_params()
