"""Read tensors of an untrusted PyTorch file, without PyTorch.

A `.pth` file of the older kind is five pickles (a magic number, a version, the machine,
the tensors' description, the order of the storages) and then the numbers. The pickles
are read by an unpickler that knows the few names a table of tensors consists of and
refuses all others, so no code of the file can run.
"""

import collections
import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np

from nbkeras.core.annotations import PathLike

MAGIC = 0x1950A86A20F9469CFC6C
VERSION = 1001


@dataclass(frozen=True)
class _Storage:
    """A flat run of numbers that tensors are windows of."""

    key: str
    dtype: np.dtype
    size: int


@dataclass(frozen=True)
class _Window:
    """A tensor: where it begins in its storage, and its sizes and strides."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def read(self, numbers: np.ndarray) -> np.ndarray:
        """A copy of the tensor, after a check that it lies within `numbers`."""
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


# All that a table of float and integer tensors consists of.
_KNOWN = {
    ("collections", "OrderedDict"): collections.OrderedDict,
    ("torch._utils", "_rebuild_tensor_v2"): _window,
    ("torch", "FloatStorage"): np.dtype("<f4"),
    ("torch", "LongStorage"): np.dtype("<i8"),
}


class _Unpickler(pickle.Unpickler):
    """An unpickler that accepts only the names above, so that no code can run."""

    def find_class(self, module, name):
        if (module, name) not in _KNOWN:
            raise pickle.UnpicklingError(f"{module}.{name} is not allowed here")
        return _KNOWN[module, name]

    def persistent_load(self, pid):
        kind, dtype, key, _place, size, view = pid
        if kind != "storage" or not isinstance(dtype, np.dtype) or view is not None:
            raise pickle.UnpicklingError(f"a storage of the kind {kind!r}")
        return _Storage(str(key), dtype, int(size))


def read_tensors(path: PathLike) -> dict[str, np.ndarray]:
    """{name: array} of a `.pth` file with a table of tensors.

    Args:
        path: of a file in PyTorch's older format, which is no zip file.

    Raises:
        ValueError: another kind of file, a damaged one, or one that names anything but
            tensors of float32 and int64.
    """
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            return _read(file)
    except OSError:
        raise
    except Exception as error:  # a damaged pickle raises almost anything
        raise ValueError(
            f"{path} is not a table of tensors in PyTorch's older format "
            f"({type(error).__name__}: {error}). None of its code was run."
        ) from None


def _read(file: BinaryIO) -> dict[str, np.ndarray]:
    if (_Unpickler(file).load(), _Unpickler(file).load()) != (MAGIC, VERSION):
        raise ValueError("another magic number or version")
    _Unpickler(file).load()
    windows = _Unpickler(file).load()
    keys = _Unpickler(file).load()
    wanted = {window.storage.key: window.storage for window in windows.values()}
    numbers = {}
    for key in keys:
        storage = wanted[key]
        [size] = np.frombuffer(file.read(8), "<i8")
        data = file.read(storage.size * storage.dtype.itemsize)
        numbers[key] = np.frombuffer(data, storage.dtype)
        if not size == storage.size == len(numbers[key]):
            raise ValueError(f"storage {key} is truncated")
    return {
        str(name): window.read(numbers[window.storage.key])
        for name, window in windows.items()
    }
