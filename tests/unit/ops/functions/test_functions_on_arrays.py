"""Functions of keras.ops on arrays: equal to those of real Keras."""

import jax
import keras
import numpy as np
import pytest
from tolerances import assert_close_sums

import nbkeras
from nbkeras import ops

X = np.arange(12, dtype="float32").reshape(3, 4)
PICTURE = np.random.default_rng(0).normal(size=(1, 4, 4, 2)).astype("float32")
CALLS = {
    "array": lambda o: o.array([1.0, 2.0]),
    "average_pool": lambda o: o.average_pool(PICTURE, 2, 1, "same"),
    "bincount": lambda o: o.bincount(np.array([0, 1, 1, 3])),
    "cond": lambda o: o.cond(True, lambda: 1.0, lambda: 2.0),
    "count_nonzero": lambda o: o.count_nonzero(X, axis=0),
    "fori_loop": lambda o: o.fori_loop(0, 4, lambda i, x: x + i, 1),
    "full_like": lambda o: o.full_like(X, 3.0),
    "in_top_k": lambda o: o.in_top_k(np.array([0, 3, 1]), X, 2),
    "linalg.norm": lambda o: o.linalg.norm(X, axis=1),
    "linalg.solve": lambda o: o.linalg.solve(np.eye(3, dtype="float32") * 2, X),
    "map": lambda o: o.map(lambda row: row * 2, X),
    "max_pool": lambda o: o.max_pool(PICTURE, 2, 2),
    "meshgrid": lambda o: o.meshgrid(np.arange(2), np.arange(3)),
    "nn.relu": lambda o: o.nn.relu(X - 5),
    "norm": lambda o: o.norm(X),
    "numpy.mean": lambda o: o.numpy.mean(X, axis=0),
    "pad": lambda o: o.pad(X, [[1, 0], [0, 2]], constant_values=7),
    "scan": lambda o: o.scan(lambda c, x: (c + x, c * x), np.float32(1), X[:, 0]),
    "scatter": lambda o: o.scatter(np.array([[0], [2], [0]]), X[:, 0], (4,)),
    "scatter_update": lambda o: o.scatter_update(X, np.array([[0, 1]]), [9.0]),
    "segment_sum": lambda o: o.segment_sum(X, np.array([0, 0, 1]), 2),
    "size": lambda o: o.size(X),
    "slice": lambda o: o.slice(X, (1, 1), (2, 2)),
    "slice_update": lambda o: o.slice_update(X, (1, 1), -X[:2, :2]),
    "unstack": lambda o: o.unstack(X, axis=1),
    "vectorized_map": lambda o: o.vectorized_map(lambda row: row.sum(), X),
    "while_loop": lambda o: o.while_loop(lambda i: i < 9, lambda i: (i * 2,), (1,)),
    "while_loop of some steps": lambda o: o.while_loop(
        lambda i: i < 9, lambda i: (i + 1,), (1,), maximum_iterations=3
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_the_result_is_that_of_keras(name):
    import keras

    found = jax.tree.leaves(CALLS[name](ops))
    wanted = jax.tree.leaves(CALLS[name](keras.ops))
    assert len(found) == len(wanted)
    for a, b in zip(found, wanted, strict=True):
        assert_close_sums(np.asarray(a), np.asarray(b), rtol=1e-6)


def test_arrays_of_the_engine_are_told_from_numpys():
    assert ops.is_tensor(ops.ones((2,)))
    assert not ops.is_tensor(X)
    assert type(ops.convert_to_numpy(ops.ones((2,)))) is np.ndarray


def test_a_variable_of_a_layer_is_its_weight():
    class Scale(nbkeras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.factor = nbkeras.Variable([2.0], name="factor")

        def call(self, x):
            return x * self.factor

    layer = Scale()
    np.testing.assert_array_equal(layer(X), X * 2)
    assert [w.name for w in layer.trainable_weights] == ["factor"]
    layer.factor.assign([3.0])
    np.testing.assert_array_equal(layer(X), X * 3)


def test_a_variable_takes_values_and_initializers():
    assert nbkeras.Variable(np.arange(3)).dtype == "int32"
    assert nbkeras.Variable([1.5]).dtype == "float32"
    ones = nbkeras.Variable("ones", shape=(2, 2), trainable=False)
    np.testing.assert_array_equal(ones.numpy(), np.ones((2, 2)))
    with pytest.raises(ValueError, match=r"Variable\('zeros', shape=\(3,\)\)"):
        nbkeras.Variable("ones")


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int32"])
@pytest.mark.parametrize("weights", ["float16", "bfloat16", "int8"])
def test_averages_of_integers_have_the_dtype_of_the_weights_as_in_keras(dtype, weights):
    results = [
        library.ops.average(
            library.ops.cast([1, 0, 1], dtype), weights=library.ops.ones(3, weights)
        )
        for library in (nbkeras, keras)
    ]
    assert results[0].dtype == results[1].dtype
    np.testing.assert_allclose(*map(float, results), rtol=1e-2)
