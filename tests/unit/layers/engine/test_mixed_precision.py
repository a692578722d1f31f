"""Mixed policies: 16 bits in the arithmetic, 32 in the weights, as in Keras."""

import numpy as np
import pytest

import nbkeras

X = np.random.default_rng(0).normal(size=(2, 5, 5, 3)).astype("float32")
LAYERS = {
    "Dense": (lambda k, p: k.layers.Dense(4, activation="relu", dtype=p), X[:, 0, 0]),
    "Conv2D": (lambda k, p: k.layers.Conv2D(4, 2, dtype=p), X),
    "BatchNormalization": (lambda k, p: k.layers.BatchNormalization(dtype=p), X),
    "LayerNormalization": (lambda k, p: k.layers.LayerNormalization(dtype=p), X),
    "Embedding": (lambda k, p: k.layers.Embedding(5, 4, dtype=p), np.array([[1, 2]])),
    "DepthwiseConv2D": (lambda k, p: k.layers.DepthwiseConv2D(2, dtype=p), X),
    "PReLU": (lambda k, p: k.layers.PReLU(dtype=p), X),
}


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_outputs_have_kerass_dtype_and_values(name, policy):
    import keras

    make, x = LAYERS[name]
    ours, theirs = make(nbkeras, policy), make(keras, policy)
    ours(x), theirs(x)
    rng = np.random.default_rng(1)
    values = [rng.uniform(0.2, 1, w.shape).astype("float32") for w in theirs.weights]
    ours.set_weights(values)
    theirs.set_weights(values)
    y, wanted = ours(x), theirs(x)
    assert str(y.dtype) == str(wanted.dtype) == policy.removeprefix("mixed_")
    assert {w.dtype for w in ours.weights} == {"float32"}
    # One unit in the last place of the 16 bits.
    near = 2.0**-7 if policy == "mixed_bfloat16" else 2.0**-10
    y, wanted = np.asarray(y, "float32"), np.asarray(wanted, "float32")
    np.testing.assert_allclose(y, wanted, rtol=near, atol=near)


def test_a_mixed_model_learns_in_float32_weights():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(64, 4)).astype("float32")
    y = x @ np.array([[1.0], [-2.0], [0.5], [0.0]], "float32")
    layers = nbkeras.layers
    model = nbkeras.Sequential(
        [
            nbkeras.Input((4,)),
            layers.Dense(8, activation="relu", dtype="mixed_bfloat16"),
            layers.BatchNormalization(dtype="mixed_bfloat16"),
            layers.Dense(1, dtype="float32"),
        ]
    )
    model.compile(nbkeras.optimizers.Adam(0.05), "mse")
    losses = model.fit(x, y, epochs=15, verbose=0).history["loss"]
    assert losses[-1] < losses[0] / 4
    assert {w.dtype for w in model.weights} == {"float32"}
    moved = model.layers[1].moving_variance.numpy()
    assert np.all(moved != 1)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_a_global_policy_leaves_the_dtype_of_data_alone(policy):
    nbkeras.mixed_precision.set_global_policy(policy)
    try:
        model = nbkeras.Sequential(
            [
                nbkeras.Input((8,)),
                nbkeras.layers.Dense(4),
                nbkeras.layers.Dense(1, dtype="float32"),
            ]
        )
    finally:
        nbkeras.mixed_precision.set_global_policy(None)
    model.compile("sgd", "mse")
    x = np.ones((32, 8))
    model.fit(x, np.ones(32), verbose=0)
    assert model.inputs[0].dtype == "float32"
    assert model.layers[0].compute_dtype == policy.removeprefix("mixed_")
    assert model.predict(x, verbose=0).dtype == "float32"


@pytest.mark.parametrize("copied", [False, True], ids=["made", "from its config"])
def test_a_map_of_policies_gives_sublayers_dtypes_by_path_as_in_keras(copied):
    import keras

    def described(library):
        policies = library.dtype_policies
        by_path = policies.DTypePolicyMap(
            "float32",
            {
                "mha/query": policies.DTypePolicy("mixed_bfloat16"),
                "mha/value": policies.DTypePolicy("bfloat16"),
            },
        )
        layer = library.layers.MultiHeadAttention(2, 3, name="mha", dtype=by_path)
        if copied:
            layer = type(layer).from_config(layer.get_config())
        x = np.ones((2, 4, 6), "float32")
        layer(x, x)
        weights = sorted((w.path, str(w.dtype)) for w in layer.weights)
        query = layer._query_dense
        return weights, layer.path, query.path, query.compute_dtype

    assert described(nbkeras) == described(keras)


def test_setting_the_policy_under_a_map_changes_the_entry_of_the_path():
    layer = nbkeras.layers.Dense(2, dtype=nbkeras.dtype_policies.DTypePolicyMap())
    layer.build((None, 1))
    layer.dtype_policy = "mixed_bfloat16"
    assert layer.dtype_policy["dense"].name == "mixed_bfloat16"
    assert (layer.compute_dtype, layer.variable_dtype) == ("bfloat16", "float32")


def test_paths_name_the_layers_that_built_them_as_in_keras():
    import keras

    def paths(library):
        class Block(library.layers.Layer):
            def __init__(self):
                super().__init__(name="block")
                self.first = library.layers.Dense(3, name="first")

            def call(self, x):
                return self.first(x)

        block = Block()
        before = block.path
        library.Sequential([block], name="outer")(np.ones((1, 2), "float32"))
        return before, block.path, block.first.path

    assert paths(nbkeras) == paths(keras) == (None, "outer/block", "outer/block/first")


@pytest.fixture
def float16_policy():
    """Set the global policy of both libraries to mixed_float16."""
    import keras

    libraries = nbkeras, keras
    for library in libraries:
        library.mixed_precision.set_global_policy("mixed_float16")
    yield libraries
    for library in libraries:
        library.mixed_precision.set_global_policy("float32")


def test_a_float16_model_gets_a_loss_scale_and_trains_as_in_keras(float16_policy):
    x = np.random.default_rng(0).normal(size=(12, 4)).astype("float32")
    kernel = np.float32([[0.1], [0.2], [-0.3], [0.4]])

    def trained(library):
        dense = library.layers.Dense(1, dtype="float32")
        model = library.Sequential([library.Input((4,)), dense])
        model.set_weights([kernel, np.float32([0.5])])
        model.compile(library.optimizers.Adam(0.1), "mse")
        fit = {"batch_size": 5, "shuffle": False, "verbose": 0, "epochs": 2}
        history = model.fit(x, x[:, :1], **fit).history["loss"]
        scale = float(np.asarray(model.optimizer.dynamic_scale))
        kind = type(model.optimizer).__name__
        return kind, scale, [*model.get_weights(), np.array(history)]

    (kind, scale, ours), (_, wanted_scale, theirs) = map(trained, float16_policy)
    assert (kind, scale) == ("LossScaleOptimizer", wanted_scale)
    for found, wanted in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-5)


def test_a_float16_model_keeps_its_optimizer_without_auto_scale_loss(float16_policy):
    model = nbkeras.Sequential([nbkeras.Input((4,)), nbkeras.layers.Dense(1)])
    model.compile("adam", "mse", auto_scale_loss=False)
    assert type(model.optimizer) is nbkeras.optimizers.Adam


@pytest.mark.parametrize("form", ["functional", "Sequential"])
def test_a_float32_layer_at_the_input_reads_unrounded_data(float16_policy, form):
    x = np.float32([[70000.0], [0.1]])  # float16 ends at 65504

    def predicted(library):
        inputs = library.Input((1,))
        scaling = library.layers.Rescaling(1 / 255, dtype="float32")
        if form == "Sequential":
            model = library.Sequential([inputs, scaling])
        else:
            model = library.Model(inputs, scaling(inputs))
        return model.predict(x, verbose=0)

    ours, theirs = map(predicted, float16_policy)
    np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_allclose(ours, x / 255, rtol=1e-6)
