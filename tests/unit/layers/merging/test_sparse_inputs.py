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
