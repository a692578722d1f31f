"""Read tensors of an untrusted PyTorch file, without PyTorch.

A `.pth` file in PyTorch's older format consists of five pickles (magic number, version,
machine, description of the tensors, order of the storages) followed by the raw data.
The unpickler allows only the few names that a table of tensors needs and rejects all
others, so no code in the file can run.
"""

import collections
import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np

from nbkeras.core.annotations import PathLike
from nbkeras.core.names.display_name import display_path

MAGIC = 0x1950A86A20F9469CFC6C
VERSION = 1001


@dataclass(frozen=True)
class _Storage:
    """A flat array that tensors are views of."""

    key: str
    dtype: np.dtype
    size: int


@dataclass(frozen=True)
class _Window:
    """A tensor: its offset in the storage, its shape and strides."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def read(self, numbers: np.ndarray) -> np.ndarray:
        """Copy the tensor, after checking that it lies within `numbers`."""
        last = self.offset + sum(
            (size - 1) * stride
            for size, stride in zip(self.shape, self.strides, strict=True)
        )
        smallest = min((self.offset, last, *self.strides, *self.shape))
        if 0 in self.shape or smallest < 0 or last >= len(numbers):
            raise ValueError("a tensor reaches beyond its storage")
        step = numbers.dtype.itemsize
        return np.lib.stride_tricks.as_strided(
            numbers[self.offset :],
            self.shape,
            tuple(stride * step for stride in self.strides),
            writeable=False,
        ).copy()


def _window(
    storage: _Storage,
    offset: int,
    shape: Sequence[int],
    strides: Sequence[int],
    *_: Any,
) -> _Window:
    return _Window(storage, offset, tuple(shape), tuple(strides))


# The only names allowed: those that a table of float and integer tensors needs.
_ALLOWED = {
    ("collections", "OrderedDict"): collections.OrderedDict,
    ("torch._utils", "_rebuild_tensor_v2"): _window,
    ("torch", "FloatStorage"): np.dtype("<f4"),
    ("torch", "LongStorage"): np.dtype("<i8"),
}


class _Unpickler(pickle.Unpickler):
    """An unpickler that allows only the names above, so that no code can run."""

    def find_class(self, module, name):
        if (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(f"{module}.{name} is not allowed here")
        return _ALLOWED[module, name]

    def persistent_load(self, pid):
        kind, dtype, key, _place, size, view = pid
        if kind != "storage" or not isinstance(dtype, np.dtype) or view is not None:
            raise pickle.UnpicklingError(f"a storage of the kind {kind!r}")
        return _Storage(str(key), dtype, int(size))


def read_tensors(path: PathLike) -> dict[str, np.ndarray]:
    """Read {name: array} from a `.pth` file with a table of tensors.

    Args:
        path: path of a file in PyTorch's older format, which is not a zip file.

    Raises:
        ValueError: the file has another format, is damaged, or contains anything but
            float32 and int64 tensors.
    """
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            return _read(file)
    except OSError:
        raise
    except Exception as error:  # a damaged pickle raises almost anything
        raise ValueError(
            f"{display_path(path)} is not a table of tensors in PyTorch's older format "
            f"({type(error).__name__}: {error}). None of its code was run."
        ) from None


def _read(file: BinaryIO) -> dict[str, np.ndarray]:
    if (_Unpickler(file).load(), _Unpickler(file).load()) != (MAGIC, VERSION):
        raise ValueError("another magic number or version")
    _Unpickler(file).load()
    windows = _Unpickler(file).load()
    keys = _Unpickler(file).load()
    storages = {window.storage.key: window.storage for window in windows.values()}
    numbers = {}
    for key in keys:
        storage = storages[key]
        [size] = np.frombuffer(file.read(8), "<i8")
        data = file.read(storage.size * storage.dtype.itemsize)
        numbers[key] = np.frombuffer(data, storage.dtype)
        if not size == storage.size == len(numbers[key]):
            raise ValueError(f"storage {key} is truncated")
    return {
        str(name): window.read(numbers[window.storage.key])
        for name, window in windows.items()
    }
