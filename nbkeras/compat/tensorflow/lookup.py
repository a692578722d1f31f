"""`tf.lookup`: tables from keys to values, looked up in NumPy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from nbkeras.core.gradients.recording import plain_value
from nbkeras.core.names import tensorflow_names as absent
from nbkeras.data.tf_data import elements
from nbkeras.layers.preprocessing import fingerprints


class KeyValueTensorInitializer:
    """The contents of a table: keys and their values, of equal length."""

    def __init__(
        self,
        keys: Any,
        values: Any,
        key_dtype: Any = None,
        value_dtype: Any = None,
        name: Any = None,
    ) -> None:
        self.keys, self.values = _array(keys).reshape(-1), _array(values).reshape(-1)
        if len(self.keys) != len(self.values):
            raise ValueError(
                f"KeyValueTensorInitializer got {len(self.keys)} keys and "
                f"{len(self.values)} values. Give one value for each key."
            )
        if value_dtype is not None and self.values.dtype.kind != "O":
            self.values = self.values.astype(_dtype(value_dtype))


class TextFileIndex:
    """What TextFileInitializer takes of a line: all of it, or its number from 0."""

    WHOLE_LINE = -2
    LINE_NUMBER = -1


class TextFileInitializer(KeyValueTensorInitializer):
    """The contents of a table from the lines of a text file.

    Args:
        filename: path of the file.
        key_dtype, value_dtype: tf.string or a dtype of numbers.
        key_index, value_index: a column, or one of `TextFileIndex`.
        vocab_size: number of lines to read; None reads all.
        delimiter: what separates the columns.
    """

    def __init__(
        self,
        filename: Any,
        key_dtype: Any,
        key_index: int,
        value_dtype: Any,
        value_index: int,
        vocab_size: int | None = None,
        delimiter: str = "\t",
        name: Any = None,
    ) -> None:
        path = filename.decode() if isinstance(filename, bytes) else str(filename)
        lines = Path(path).read_text(encoding="utf-8").splitlines()[:vocab_size]

        def column(index, dtype):
            if index == TextFileIndex.LINE_NUMBER:
                return np.arange(len(lines))
            texts = [
                line
                if index == TextFileIndex.WHOLE_LINE
                else line.split(delimiter)[index]
                for line in lines
            ]
            return (
                texts if _dtype(dtype) == "string" else np.array(texts, _dtype(dtype))
            )

        super().__init__(column(key_index, key_dtype), column(value_index, value_dtype))


class StaticHashTable:
    """A table that does not change, with a value for unknown keys.

    >>> contents = KeyValueTensorInitializer(["a", "b"], [1, 2])
    >>> StaticHashTable(contents, default_value=-1).lookup(["b", "z"]).tolist()
    [2, -1]
    """

    def __init__(
        self,
        initializer: KeyValueTensorInitializer,
        default_value: Any,
        name: Any = None,
        experimental_is_anonymous: bool = False,
    ) -> None:
        self._values = dict(
            zip(initializer.keys.tolist(), initializer.values, strict=True)
        )
        self._dtype = initializer.values.dtype
        self.default_value = _array(default_value).reshape(())[()]

    def lookup(self, keys: Any, name: Any = None) -> Any:
        """The values of `keys`, in their shape."""
        keys = _array(keys)
        values = np.empty(keys.shape, self._dtype)
        for index, key in np.ndenumerate(keys):
            values[index] = self._value(key)
        return elements.as_tensor(values)

    __getitem__ = lookup

    def size(self, name: Any = None) -> Any:
        """The number of keys."""
        return elements.as_tensor(np.int64(len(self._values)))

    def _value(self, key):
        return self._values.get(_plain(key), self.default_value)


class StaticVocabularyTable(StaticHashTable):
    """A table from words to numbers; unknown words get numbers behind these, by hash.

    Args:
        initializer: keys and their numbers; None for hashes alone.
        num_oov_buckets: how many numbers unknown words share.
    """

    def __init__(
        self,
        initializer: KeyValueTensorInitializer | None,
        num_oov_buckets: int,
        lookup_key_dtype: Any = None,
        name: Any = None,
        experimental_is_anonymous: bool = False,
    ) -> None:
        contents = initializer or KeyValueTensorInitializer([], [])
        super().__init__(contents, -1)
        self._dtype = np.dtype("int64")
        self._num_buckets = int(num_oov_buckets)

    def size(self, name: Any = None) -> Any:
        """The number of keys and of numbers for unknown words."""
        return elements.as_tensor(np.int64(len(self._values) + self._num_buckets))

    def _value(self, key):
        key = _plain(key)
        if key in self._values:
            return self._values[key]
        text = key if isinstance(key, bytes) else str(key).encode()
        return len(self._values) + fingerprints.farmhash(text) % self._num_buckets


class MutableHashTable(StaticHashTable):
    """A table that `insert` and `remove` change."""

    def __init__(
        self, key_dtype: Any, value_dtype: Any, default_value: Any, name: Any = None
    ) -> None:
        super().__init__(KeyValueTensorInitializer([], []), default_value)
        dtype = _dtype(value_dtype)
        self._dtype = np.dtype(object if dtype == "string" else dtype)

    def insert(self, keys: Any, values: Any, name: Any = None) -> None:
        """Set the values of `keys`."""
        keys, values = _array(keys).reshape(-1), _array(values).reshape(-1)
        self._values.update(zip(keys.tolist(), values, strict=True))

    def remove(self, keys: Any, name: Any = None) -> None:
        """Remove `keys`; unknown ones are ignored."""
        for key in _array(keys).reshape(-1).tolist():
            self._values.pop(key, None)


experimental = absent.Namespace(
    "lookup.experimental",
    MutableHashTable=MutableHashTable,
    DenseHashTable=MutableHashTable,
)


def _array(values: Any) -> np.ndarray:
    """Values as a NumPy array; strings as bytes."""
    return np.asarray(elements.array(plain_value(values)))


def _plain(key: Any) -> Any:
    return key.item() if isinstance(key, np.generic) else key


def _dtype(dtype: Any) -> str:
    return str(getattr(dtype, "name", dtype))
