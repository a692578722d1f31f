"""Functions of ops on sparse arrays of JAX, compared with Keras on JAX."""

import jax.numpy as jnp
import keras
import numpy as np
import pytest
from jax.experimental import sparse

import nbkeras

FIRST = sparse.BCOO.fromdense(jnp.array([[1.0, 0.0, -2.0], [0.0, 3.0, 0.0]]))
SECOND = sparse.BCOO.fromdense(jnp.array([[1.0, 1.0, 0.0], [0.0, -3.0, 0.5]]))
DENSE = jnp.arange(6.0).reshape(2, 3) - 1
# One place twice: 1 + 2 at [0, 0].
TWICE = sparse.BCOO(
    (jnp.array([1.0, 2.0, 4.0]), jnp.array([[0, 0], [0, 0], [1, 2]])), shape=(2, 3)
)
SPARSE = {
    "sin": (FIRST,),
    "square": (TWICE,),
    "negative": (TWICE,),
    "sign": (FIRST,),
    "add": (FIRST, SECOND),
    "subtract": (FIRST, TWICE),
    "multiply": (FIRST, SECOND),
    "maximum": (FIRST, SECOND),
    "minimum": (FIRST, SECOND),
    "divide": (FIRST, 2.0),
    "concatenate": ([FIRST, SECOND], 0),
    "cast": (FIRST, "int32"),
    "convert_to_tensor": (FIRST,),
}
DENSE_RESULT = {
    "exp": (FIRST,),
    "add": (FIRST, DENSE),
    "subtract": (DENSE, FIRST),
    "maximum": (FIRST, DENSE),
    "matmul": (FIRST, DENSE.T),
    "mean": (FIRST, 1),
    "where": (FIRST, DENSE, 0.0),
}


def _values(x):
    return np.asarray(x.todense() if isinstance(x, sparse.BCOO) else x)


@pytest.mark.parametrize(("name", "arguments"), SPARSE.items())
def test_a_function_that_keeps_zeros_returns_a_sparse_array_as_in_keras(
    name, arguments
):
    ours = getattr(nbkeras.ops, name)(*arguments)
    theirs = getattr(keras.ops, name)(*arguments)
    assert isinstance(ours, sparse.BCOO)
    assert isinstance(theirs, sparse.BCOO)
    np.testing.assert_allclose(_values(ours), _values(theirs), rtol=1e-6)


@pytest.mark.parametrize(("name", "arguments"), DENSE_RESULT.items())
def test_another_function_computes_with_the_dense_values(name, arguments):
    dense = [_values(x) if hasattr(x, "todense") else x for x in arguments]
    ours = getattr(nbkeras.ops, name)(*arguments)
    theirs = getattr(keras.ops, name)(*dense)
    assert not isinstance(ours, sparse.BCOO)
    np.testing.assert_allclose(ours, theirs, rtol=1e-6)


def test_a_sparse_array_is_a_tensor_with_a_shape_and_becomes_numpy():
    ops = nbkeras.ops
    assert ops.is_tensor(FIRST)
    assert ops.shape(FIRST) == (2, 3)
    np.testing.assert_array_equal(ops.convert_to_numpy(FIRST), _values(FIRST))
    dense = ops.convert_to_tensor(FIRST, sparse=False)
    np.testing.assert_array_equal(dense, _values(FIRST))


def test_sparse_arrays_of_different_layouts_are_added():
    batched = sparse.BCOO(
        (jnp.array([[1.0, 2.0]]), jnp.array([[[0], [2]]])), shape=(2, 3)
    )
    total = nbkeras.ops.add(batched, FIRST)
    assert isinstance(total, sparse.BCOO)
    np.testing.assert_array_equal(_values(total), _values(batched) + _values(FIRST))


def test_a_dense_array_times_a_sparse_one_is_dense_as_in_keras():
    dense = np.arange(8, dtype="float32").reshape(4, 2)
    ours = nbkeras.ops.matmul(dense, FIRST)
    assert isinstance(ours, type(keras.ops.matmul(dense, FIRST)))
    np.testing.assert_allclose(ours, dense @ _values(FIRST), rtol=1e-6)
