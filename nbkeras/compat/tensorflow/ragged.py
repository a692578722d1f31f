"""`tf.RaggedTensor` and `tf.SparseTensor`, as text tutorials use them.

A ragged tensor is rows of different lengths. It is data on the way to a padded array:
it has no gradient, and a layer takes `ragged.to_tensor()`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from nbkeras.compat.tensor_methods import TensorShape
from nbkeras.core.names import tensorflow_names as absent
from nbkeras.data.tf_data import elements


class RaggedTensor:
    """Rows of different lengths.

    Args:
        flat_values: all rows, one after another, (total, ...).
        lengths: the length of each row.

    >>> RaggedTensor.from_rows([[1, 2], [3]]).to_tensor().numpy()
    array([[1, 2],
           [3, 0]], dtype=int32)
    """

    def __init__(self, flat_values: Any, lengths: Sequence[int]) -> None:
        self.flat_values = elements.as_tensor(elements.array(flat_values))
        self._lengths = [int(length) for length in lengths]
        if sum(self._lengths) != len(self.flat_values):
            raise ValueError(
                f"RaggedTensor: the rows have {sum(self._lengths)} values together, "
                f"and there are {len(self.flat_values)}. Write for example "
                "tf.ragged.constant([[1, 2], [3]])."
            )

    @classmethod
    def from_rows(cls, rows: Sequence[Any], dtype: Any = None) -> RaggedTensor:
        """A ragged tensor of arrays or lists."""
        parts = [elements.array(row) for row in rows if len(row)]
        flat = np.concatenate(parts) if parts else np.zeros(0, np.float32)
        return cls(flat if dtype is None else flat.astype(dtype), list(map(len, rows)))

    @classmethod
    def from_row_lengths(cls, values: Any, row_lengths: Any) -> RaggedTensor:
        """A ragged tensor of its flat values and the lengths of the rows."""
        return cls(values, np.asarray(row_lengths).tolist())

    @classmethod
    def from_row_splits(cls, values: Any, row_splits: Any) -> RaggedTensor:
        """A ragged tensor of its flat values and the places where rows begin."""
        return cls(values, np.diff(np.asarray(row_splits)).tolist())

    @property
    def values(self) -> Any:
        """All rows, one after another."""
        return self.flat_values

    @property
    def dtype(self) -> Any:
        """The dtype of the values."""
        return self.flat_values.dtype

    @property
    def shape(self) -> TensorShape:
        """(number of rows, None, ...)."""
        return TensorShape((len(self), None, *self.flat_values.shape[1:]))

    @property
    def row_splits(self) -> Any:
        """The places in `flat_values` where rows begin, and the end."""
        return elements.as_tensor(np.cumsum([0, *self._lengths], dtype=np.int64))

    def row_lengths(self, axis: int = 1, name: Any = None) -> Any:
        """The length of each row."""
        return elements.as_tensor(np.asarray(self._lengths, np.int64))

    def nrows(self, name: Any = None) -> int:
        """The number of rows."""
        return len(self)

    def bounding_shape(self, axis: int | None = None, name: Any = None) -> Any:
        """The shape of `to_tensor()`."""
        sizes = [len(self), max(self._lengths, default=0), *self.flat_values.shape[1:]]
        sizes = np.asarray(sizes, np.int64)
        return elements.as_tensor(sizes if axis is None else sizes[axis])

    def with_flat_values(self, values: Any) -> RaggedTensor:
        """Rows of the same lengths with other values."""
        return RaggedTensor(values, self._lengths)

    def to_list(self) -> list[Any]:
        """The rows as a list of lists."""
        return [np.asarray(row).tolist() for row in self]

    def numpy(self) -> np.ndarray:
        """An array of arrays; one array if all rows have the same length."""
        rows = [np.asarray(row) for row in self]
        if len(set(self._lengths)) <= 1:
            return np.stack(rows) if rows else np.zeros((0, 0))
        result = np.empty(len(rows), object)
        result[:] = rows
        return result

    def to_tensor(
        self, default_value: Any = None, shape: Any = None, name: Any = None
    ) -> Any:
        """The rows as one array, filled up with `default_value` (0, or b"").

        Args:
            default_value: what stands behind the values of a short row.
            shape: (rows, columns, ...) to cut or fill up to; None for what is needed.
        """
        sizes = [int(n) for n in np.asarray(self.bounding_shape())]
        for axis, size in enumerate(shape or ()):
            sizes[axis] = sizes[axis] if size is None else int(size)
        if default_value is None:
            default_value = b"" if self.dtype == object else 0
        elif isinstance(default_value, str):
            default_value = default_value.encode()
        padded = np.full(sizes, default_value, self.dtype)
        for number, row in enumerate(list(self)[: sizes[0]]):
            padded[number, : min(len(row), sizes[1])] = np.asarray(row)[: sizes[1]]
        return elements.as_tensor(padded)

    def __len__(self) -> int:
        return len(self._lengths)

    def __iter__(self) -> Iterator[Any]:
        splits = np.asarray(self.row_splits)
        return (
            self.flat_values[int(begin) : int(end)]
            for begin, end in itertools.pairwise(splits)
        )

    def __getitem__(self, index: Any) -> Any:
        """A row, some rows, or `[:, columns]`: the columns of each row."""
        if not isinstance(index, tuple):
            rows = list(self)
            if isinstance(index, slice):
                return RaggedTensor.from_rows(rows[index], self.dtype)
            return rows[int(index)]
        rows, columns = list(self)[index[0]], index[1]
        if isinstance(index[0], slice) and isinstance(columns, slice):
            return RaggedTensor.from_rows([row[columns] for row in rows], self.dtype)
        if isinstance(index[0], slice):
            return elements.as_tensor(np.stack([row[columns] for row in rows]))
        return rows[columns]

    def __repr__(self) -> str:
        return f"<tf.RaggedTensor {self.to_list()}>"


class SparseTensor:
    """Values at some places of an array of zeros.

    Args:
        indices: the places, (n, axes).
        values: the values, (n,).
        dense_shape: the shape of the array.
    """

    def __init__(self, indices: Any, values: Any, dense_shape: Any) -> None:
        self.indices = elements.as_tensor(elements.array(indices).astype(np.int64))
        self.values = elements.as_tensor(elements.array(values))
        self.dense_shape = TensorShape(int(n) for n in np.asarray(dense_shape))

    shape = property(lambda self: self.dense_shape)
    dtype = property(lambda self: self.values.dtype)


def constant(rows: Any, dtype: Any = None, **ignored: Any) -> RaggedTensor:
    """`tf.ragged.constant`: a ragged tensor of a list of lists."""
    return RaggedTensor.from_rows(rows, dtype)


def stack(values: Sequence[Any], axis: int = 0, name: Any = None) -> RaggedTensor:
    """`tf.ragged.stack`: the arrays as rows."""
    return RaggedTensor.from_rows(list(values))


def to_dense(
    sp_input: SparseTensor, default_value: Any = None, name: Any = None, **ignored: Any
) -> Any:
    """`tf.sparse.to_dense`: the array with its zeros."""
    filled = 0 if default_value is None else default_value
    array = np.full(tuple(sp_input.dense_shape), filled, sp_input.dtype)
    array[tuple(np.asarray(sp_input.indices).T)] = np.asarray(sp_input.values)
    return elements.as_tensor(array)


def from_dense(tensor: Any, name: Any = None) -> SparseTensor:
    """`tf.sparse.from_dense`: the values that are not zero, and their places."""
    array = elements.array(tensor)
    places = np.argwhere(array)
    return SparseTensor(places, array[tuple(places.T)], array.shape)


def __getattr__(name):
    raise AttributeError(absent.message(f"ragged.{name}"))
