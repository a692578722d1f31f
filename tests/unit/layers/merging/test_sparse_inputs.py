"""Layers called on sparse arrays of JAX, compared with Keras on JAX."""

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from jax.experimental import sparse

import nbkeras
from nbkeras.layers import Dense, Input
from nbkeras.models import Sequential

FIRST = jnp.array([[1.0, 0.0, -2.0], [0.0, 3.0, 0.0]])
SECOND = jnp.array([[1.0, 1.0, 0.0], [0.0, -3.0, 0.5]])
LAYERS = ["Add", "Subtract", "Average", "Multiply", "Maximum", "Minimum", "Concatenate"]


@pytest.mark.parametrize("name", LAYERS)
def test_merging_sparse_arrays_gives_a_sparse_array_as_in_keras(name):
    inputs = [sparse.BCOO.fromdense(x) for x in (FIRST, SECOND)]
    ours = getattr(nbkeras.layers, name)()(inputs)
    theirs = getattr(keras.layers, name)()(inputs)
    assert isinstance(ours, sparse.BCOO)
    assert isinstance(theirs, sparse.BCOO)
    np.testing.assert_array_equal(ours.todense(), theirs.todense())


@pytest.mark.parametrize("name", LAYERS)
def test_merging_a_sparse_and_a_dense_array_gives_the_dense_result(name):
    layer = getattr(nbkeras.layers, name)()
    mixed = layer([sparse.BCOO.fromdense(FIRST), SECOND])
    np.testing.assert_array_equal(mixed, layer([FIRST, SECOND]))


def test_sparse_arrays_that_cannot_be_merged_are_refused_as_dense_ones():
    inputs = [sparse.BCOO.fromdense(FIRST), sparse.BCOO.fromdense(FIRST[:, :2])]
    with pytest.raises(ValueError, match=r"Concatenate\(\)"):
        nbkeras.layers.Add()(inputs)


def test_dense_and_models_compute_sparse_inputs_as_dense_ones():
    x = sparse.BCOO.fromdense(FIRST)
    layer = Dense(2)
    np.testing.assert_array_equal(layer(x), layer(FIRST))
    model = Sequential([Input((3,)), Dense(4, "relu"), Dense(1)])
    np.testing.assert_array_equal(model(x), model(FIRST))
    trained = [w.value for w in model.trainable_variables]
    call = jax.jit(lambda values, x: model.stateless_call(values, [], x)[0])
    np.testing.assert_allclose(call(trained, x), model(FIRST), rtol=1e-6)


def test_identity_leaves_a_sparse_array_as_it_is():
    x = sparse.BCOO.fromdense(FIRST)
    assert nbkeras.layers.Identity()(x) is x
    halved = nbkeras.layers.Identity(dtype="mixed_float16")(x)
    assert isinstance(halved, sparse.BCOO)
    assert halved.dtype == "float16"
    np.testing.assert_array_equal(halved.todense(), x.todense().astype("float16"))


def test_fit_and_predict_take_a_sparse_array_of_jax_as_the_dense_one():
    draw = np.random.default_rng(0)
    dense = draw.normal(size=(24, 5)).astype("float32") * (draw.random((24, 5)) < 0.4)
    x = sparse.BCOO.fromdense(jnp.asarray(dense))

    def fitted(data):
        model = Sequential([Input((5,)), Dense(1, kernel_initializer="ones")])
        model.compile("sgd", "mse")
        losses = model.fit(
            data, dense[:, :1], batch_size=8, epochs=2, verbose=0, shuffle=False
        ).history["loss"]
        return losses, model.predict(data, verbose=0)

    with pytest.warns(UserWarning, match="x is a sparse matrix"):
        losses, predicted = fitted(x)
    expected, expected_predictions = fitted(dense)
    np.testing.assert_allclose(losses, expected, rtol=1e-6)
    np.testing.assert_allclose(predicted, expected_predictions, rtol=1e-5)


INTEGERS = np.array([[1, 1], [0, 2]])
ENCODERS = {
    "one_hot": lambda k: k.ops.one_hot(INTEGERS, 3, sparse=True),
    "one_hot without a class": lambda k: k.ops.one_hot(INTEGERS - 1, 3, sparse=True),
    "multi_hot": lambda k: k.ops.multi_hot(INTEGERS, 3, sparse=True),
    "bincount": lambda k: k.ops.bincount(INTEGERS, sparse=True),
    "CategoryEncoding": lambda k: k.layers.CategoryEncoding(4, sparse=True)(INTEGERS),
    "counts": lambda k: k.layers.CategoryEncoding(4, output_mode="count", sparse=True)(
        INTEGERS
    ),
    "Discretization": lambda k: k.layers.Discretization(
        [0.0, 1.0], output_mode="one_hot", sparse=True
    )(np.array([0.5, 2.0])),
}


@pytest.mark.parametrize("name", ENCODERS)
def test_encoders_return_sparse_arrays_as_in_keras(name):
    ours, theirs = ENCODERS[name](nbkeras), ENCODERS[name](keras)
    assert isinstance(ours, sparse.BCOO)
    assert isinstance(theirs, sparse.BCOO)
    np.testing.assert_array_equal(ours.todense(), theirs.todense())


def test_a_sparse_encoder_within_a_model_gives_the_dense_rows():
    encoder = nbkeras.layers.CategoryEncoding(4, sparse=True)
    model = Sequential([Input((2,), dtype="int32"), encoder, Dense(2)])
    assert encoder(Input((2,), dtype="int32")).sparse
    expected = model.layers[-1](encoder(INTEGERS).todense())
    np.testing.assert_allclose(model.predict(INTEGERS, verbose=0), expected, rtol=1e-6)


def test_discretization_has_no_sparse_bin_indices():
    with pytest.raises(ValueError, match=r'output_mode="one_hot", sparse=True'):
        nbkeras.layers.Discretization([0.0], sparse=True)


@pytest.mark.parametrize("library", [nbkeras, keras], ids=["nbkeras", "keras"])
def test_a_sparse_input_is_marked_and_kept_in_files(library, tmp_path):
    tensor = library.Input((3,), sparse=True)
    assert tensor.sparse
    assert library.KerasTensor((None, 3), sparse=True).sparse
    model = library.Model(tensor, library.layers.Dense(1)(tensor))
    model.save(tmp_path / "model.keras")
    model = library.saving.load_model(tmp_path / "model.keras")
    assert model.inputs[0].sparse
    expected = model(FIRST)
    for data in (sparse.BCOO.fromdense(FIRST), FIRST):
        np.testing.assert_allclose(model(data), expected, rtol=1e-6)


def test_ragged_inputs_are_refused_with_advice():
    with pytest.raises(ValueError, match="pad the data"):
        Input((3,), ragged=True)


def marks(library):
    """What `sparse` says of outputs of sparse (s) and dense (d) symbolic tensors."""
    ops, layers = library.ops, library.layers
    s, t = (layers.Input((4,), 3, sparse=True) for _ in range(2))
    d, one = layers.Input((4,), 3), layers.Input((1,), 3, sparse=True)
    row, counts = np.ones((4,), "float32"), np.array([0.0, 1.0])
    ids = layers.Input((4,), 3, dtype="int32")
    outputs = {name: getattr(ops, name)(s) for name in UNARY}
    for name in BINARY:
        function = getattr(ops, name)
        outputs |= {f"{name} s s": function(s, t), f"{name} s d": function(s, d)}
        outputs |= {f"{name} d s": function(d, s), f"{name} s row": function(s, row)}
        outputs |= {f"{name} s 2": function(s, 2.0), f"{name} 2 s": function(2.0, s)}
    for name in [*LAYERS, "Dot"]:
        make = {"axes": 1} if name == "Dot" else {}
        for pair, tensors in {"s s": [s, t], "s d": [s, d], "d s": [d, s]}.items():
            outputs[f"{name} {pair}"] = getattr(layers, name)(**make)(tensors)
    made = {
        "matmul s s": ops.matmul(s, ops.transpose(t)),
        "matmul s d": ops.matmul(s, ops.transpose(d)),
        "matmul s row": ops.matmul(s, np.ones((4, 2), "float32")),
        "reshape": ops.reshape(s, (2, 6)),
        "expand_dims": ops.expand_dims(s, 1),
        "squeeze": ops.squeeze(one, 1),
        "mean": ops.mean(s, axis=1),
        "max": ops.max(s, axis=1),
        "concatenate": ops.concatenate([s, t]),
        "concatenate s d": ops.concatenate([s, d]),
        "stack": ops.stack([s, t]),
        "digitize": ops.digitize(s, counts),
        "convert sparse=False": ops.convert_to_tensor(s, sparse=False),
        "one_hot of dense ids": ops.one_hot(ids, 3, sparse=True),
        "one_hot": ops.one_hot(ids, 3),
        "multi_hot of dense ids": ops.multi_hot(ids, 3, sparse=True),
        "bincount of dense ids": ops.bincount(ids, sparse=True),
        "bincount": ops.bincount(ids),
        "not equal": s != 0,
        "operators": (s + t) * 2.0 - s,
        "slice": s[:, 1:],
        "two steps": layers.Flatten()(ops.abs(layers.Add()([s, t]))),
        "Dense": layers.Dense(2)(s),
        "Dropout": layers.Dropout(0.5)(s),
        "ReLU": layers.ReLU()(s),
        "Flatten": layers.Flatten()(s),
        "Reshape": layers.Reshape((2, 2))(s),
        "Permute": layers.Permute((1,))(s),
        "Identity": layers.Identity()(s),
        "RepeatVector": layers.RepeatVector(2)(s),
        "Model": library.Model(d, ops.abs(d))(s),
    }
    return {name: tensor.sparse for name, tensor in {**outputs, **made}.items()}


UNARY = (
    "abs absolute arcsin arcsinh arctan arctanh ceil conj conjugate convert_to_tensor "
    "copy cos exp expm1 fabs floor imag isnan log1p nansum negative ones_like real "
    "relu round sigmoid sign signbit sin sinh sqrt square sum tan tanh transpose "
    "zeros_like"
).split()
BINARY = (
    "add divide divide_no_nan fmax fmin maximum minimum multiply power subtract "
    "true_divide greater"
).split()


def test_symbolic_tensors_are_marked_as_sparse_as_in_keras():
    assert marks(nbkeras) == marks(keras)
