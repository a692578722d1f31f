"""Variables: values with names, taken wherever an array is."""

import copy
import operator as operators
import pickle

import jax
import keras
import numpy as np
import pytest

import nbkeras as nk
from nbkeras import layers, ops


@pytest.fixture
def dense():
    layer = layers.Dense(2)
    layer.build((None, 3))
    return layer


def test_weights_are_variables(dense):
    assert isinstance(dense.kernel, nk.Variable)
    assert isinstance(nk.Variable([1.0]), nk.Variable)


def test_a_variable_is_as_long_as_its_first_axis_and_iterates_over_it(dense):
    rows = list(dense.kernel)
    assert len(dense.kernel) == len(rows) == 3
    np.testing.assert_array_equal(np.stack(rows), dense.kernel.numpy())


@pytest.mark.parametrize(
    "compute",
    [
        lambda v: 2.0 - v,
        lambda v: np.ones(3, "float32") * v,
        lambda v: abs(-v) // 2.0 + v % 2.0,
        lambda v: v**2 @ v,
        lambda v: (v == 2.0) | (v >= 3.0),
        lambda v: v[1:],
        lambda v: sum(v),
        lambda v: np.sqrt(v),
    ],
)
def test_operators_and_numpy_take_a_variable_for_its_value(compute):
    value = np.array([1.0, 2.0, 3.0], "float32")
    found, wanted = compute(nk.Variable(value)), compute(value)
    np.testing.assert_allclose(found, wanted, rtol=1e-6)


@pytest.mark.parametrize(
    "function", [ops.sum, ops.square, ops.transpose, ops.convert_to_numpy, ops.shape]
)
def test_functions_of_ops_take_a_variable_for_its_value(dense, function):
    found, wanted = function(dense.kernel), function(dense.kernel.numpy())
    np.testing.assert_allclose(found, wanted)


def test_functions_of_ops_take_lists_of_variables(dense):
    both = ops.concatenate([dense.kernel, dense.kernel], axis=0)
    assert both.shape == (6, 2)


def test_regularizers_take_a_variable(dense):
    penalty = nk.regularizers.L2(0.5)(dense.kernel)
    np.testing.assert_allclose(penalty, 0.5 * (dense.kernel.numpy() ** 2).sum())


def test_equality_of_variables_is_elementwise_and_their_hash_their_identity():
    one, other = nk.Variable([1.0, 2.0]), nk.Variable([1.0, 3.0])
    np.testing.assert_array_equal(one == other, [True, False])
    assert len({one, other, one}) == 2


def test_copies_of_a_variable_are_independent():
    variable = nk.Variable([1.0, 2.0], name="scale")
    for twin in (copy.deepcopy(variable), pickle.loads(pickle.dumps(variable))):
        twin.assign([5.0, 5.0])
        assert twin.name == "scale"
    np.testing.assert_array_equal(variable.numpy(), [1.0, 2.0])


def test_a_variable_refuses_a_traced_value_that_it_cannot_keep():
    total = nk.Variable(0.0, name="total")
    with pytest.raises(RuntimeError, match="create it with self"):
        jax.jit(lambda x: total.assign(x).value)(1.0)
    assert float(total) == 0.0


def test_a_variable_with_an_initializer_needs_a_shape():
    with pytest.raises(ValueError, match=r"Variable\('zeros', shape=\(3,\)\)"):
        nk.Variable("zeros")
    assert nk.Variable("ones", shape=(3,)).shape == (3,)


@pytest.mark.parametrize("dtype", ["int32", "float32", "bool"])
@pytest.mark.parametrize("operator", [operators.and_, operators.or_, operators.xor])
def test_and_or_and_xor_of_variables_are_logical_as_in_keras(operator, dtype):
    left, right = np.array([1, 2, 0, 0], dtype), np.array([2, 0, 3, 0], dtype)
    ours, theirs = (
        operator(*(library.Variable(value, dtype=dtype) for value in (left, right)))
        for library in (nk, keras)
    )
    assert ours.dtype == bool
    np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_array_equal(operator(nk.Variable(left), right), theirs)
    np.testing.assert_array_equal(
        operator(True, nk.Variable(left)), operator(True, left != 0)
    )
