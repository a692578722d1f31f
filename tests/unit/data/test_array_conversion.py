"""What counts as data, and the dtypes it becomes."""

import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
import scipy.sparse

from nbkeras.core.notices import NbkerasNotice
from nbkeras.data.adapters import as_batches
from nbkeras.data.array_conversion import convert


@pytest.mark.parametrize(
    ("given", "becomes"),
    [
        ("float64", "float32"),
        ("float32", "float32"),
        ("float16", "float16"),
        (">f4", "float32"),
        ("longdouble", "float32"),
        ("int64", "int32"),
        ("uint64", "int32"),
        ("int32", "int32"),
        ("uint8", "uint8"),
        ("int16", "int16"),
        ("bool", "bool"),
    ],
)
def test_dtypes_become_those_of_jax(given, becomes):
    out = convert(np.array([[0, 1], [1, 0]], given), "x")
    assert out.dtype == becomes
    assert out.dtype.isnative
    assert out.tolist() == [[0, 1], [1, 0]]


def test_float32_is_not_copied():
    x = np.ones((3, 2), np.float32)
    assert convert(x, "x") is x


def test_a_read_only_and_a_non_contiguous_array_give_their_values():
    x = np.arange(12, dtype="float32").reshape(3, 4).T
    x.flags.writeable = False
    batch = next(as_batches(x, batch_size=2).epoch(0))
    assert batch.x.tolist() == x[:2].tolist()


def test_bfloat16_stays():
    assert convert(np.ones(2, jnp.bfloat16), "x").dtype == jnp.bfloat16


def test_a_list_of_lists_is_one_array():
    assert convert([[1, 2], [3, 4]], "x").tolist() == [[1, 2], [3, 4]]


def test_a_range_is_one_array():
    assert convert(range(3), "y").tolist() == [0, 1, 2]


def test_a_list_of_arrays_is_several_inputs():
    a, b = convert([np.ones(2), np.zeros((2, 3))], "x")
    assert (a.shape, b.shape) == ((2,), (2, 3))


def test_a_list_of_numpy_numbers_is_one_array():
    assert convert([np.float64(1), np.float64(2)], "y").tolist() == [1, 2]


def test_a_dict_keeps_its_names():
    out = convert({"a": [1.0, 2.0], "b": np.ones((2, 2))}, "x")
    assert list(out) == ["a", "b"]
    assert out["a"].dtype == np.float32


def test_a_jax_array_on_the_cpu_is_read_without_a_copy():
    x = jnp.arange(6.0).reshape(3, 2)
    assert convert(x, "x").tolist() == x.tolist()


def test_an_object_with_array_is_a_tensor():
    class Tensor:
        shape = (2,)

        def __array__(self, dtype=None, copy=None):
            return np.array([1.5, 2.5], dtype)

    assert convert(Tensor(), "x").tolist() == [1.5, 2.5]


def test_a_torch_like_tensor_is_detached_and_brought_to_the_host_first():
    class Tensor:
        shape = (2,)
        steps = []

        def detach(self):
            self.steps.append("detach")
            return self

        def cpu(self):
            self.steps.append("cpu")
            return self

        def __array__(self, dtype=None, copy=None):
            self.steps.append("array")
            return np.ones(2, dtype)

    convert(Tensor(), "x")
    assert Tensor.steps == ["detach", "cpu", "array"]


def test_a_frame_becomes_rows_and_columns():
    frame = pd.DataFrame({"b": [1, 2], "a": [0.5, 1.5], "c": [True, False]})
    assert convert(frame, "x").tolist() == [[1, 0.5, 1], [2, 1.5, 0]]


def test_a_frame_of_one_dtype_keeps_it():
    assert convert(pd.DataFrame({"a": [1, 2], "b": [3, 4]}), "x").dtype == np.int32


def test_a_series_becomes_one_axis():
    assert convert(pd.Series([3, 4], index=[7, 9]), "y").tolist() == [3, 4]


def test_nullable_columns_become_numbers():
    frame = pd.DataFrame(
        {"a": pd.array([1, 2], "Int64"), "b": pd.array([0.5, 1.0], "Float64")}
    )
    assert convert(frame, "x").tolist() == [[1, 0.5], [2, 1.0]]


def test_a_missing_nullable_value_becomes_nan():
    out = convert(pd.Series(pd.array([1, None], "Int64")), "x")
    np.testing.assert_array_equal(out, np.array([1, np.nan], "float32"))


def test_a_sparse_matrix_is_made_dense_batch_by_batch_and_says_so():
    dense = np.eye(5, dtype="float32") * np.arange(5, dtype="float32")
    with pytest.warns(NbkerasNotice, match="x is a sparse matrix: each batch"):
        batches = as_batches(
            scipy.sparse.coo_matrix(dense), np.arange(5), batch_size=2, shuffle=True
        )
    for batch in batches.epoch(1):
        np.testing.assert_array_equal(batch.x, dense[batch.y])
        assert batch.x.dtype == np.float32


def test_a_memory_map_is_cast_batch_by_batch(tmp_path):
    path = tmp_path / "x.npy"
    np.save(path, np.arange(6.0).reshape(3, 2))
    batches = as_batches(np.load(path, mmap_mode="r"), batch_size=2)
    assert [b.x.tolist() for b in batches.epoch(0)] == [[[0, 1], [2, 3]], [[4, 5]]]
    assert next(batches.epoch(0)).x.dtype == np.float32


def test_a_masked_array_without_masked_values_is_an_array():
    assert convert(np.ma.masked_array([1.0, 2.0]), "x").tolist() == [1, 2]
