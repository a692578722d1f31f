"""Convert tables, tensors and lists to NumPy arrays of dtypes that JAX supports."""

import numbers
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from nbkeras.core import notices, sparse_arrays
from nbkeras.data import frames
from nbkeras.data.array_batches import LazyRows
from nbkeras.data.checks import messages

INT32 = np.iinfo(np.int32)


def convert(value: Any, name: str, optional: bool = False) -> Any:
    """`value` as an array, or as a list, tuple or dict of arrays.

    Accepts NumPy, JAX and torch arrays, pandas tables, SciPy sparse matrices and Python
    lists. A list of arrays is several inputs; a list of numbers or of lists is one
    array. float64 becomes float32 and int64 int32; other numeric dtypes stay.

    Args:
        value: the data.
        name: its name in messages, such as "x".
        optional: whether entries of a list or dict may be None; they stay None.

    Raises:
        ValueError: text, objects, ragged rows, complex numbers, integers beyond 32
            bits, no rows, or a single number.
        TypeError: a type that is not data.
    """
    if value is None and optional and name.endswith("]"):
        return None
    if isinstance(value, dict):
        if not value:
            raise ValueError(f"{name} is an empty dict. Give {{'input name': array}}.")
        return {k: convert(v, f"{name}[{k!r}]", optional) for k, v in value.items()}
    if isinstance(value, list | tuple | range):
        if not value:
            raise ValueError(messages.empty(name, (0,)))
        if holds_arrays(value):
            parts = [convert(v, f"{name}[{i}]", optional) for i, v in enumerate(value)]
            kind: Any = type(value)
            return kind._make(parts) if hasattr(kind, "_make") else kind(parts)
        return _checked(_from_rows(value, name), name)
    return _checked(_dense(value, name), name)


def holds_arrays(value: Any) -> bool:
    """Whether a list or tuple holds arrays, so that it means several inputs."""
    return any(is_array(entry) or isinstance(entry, dict) for entry in value)


def is_array(value: Any) -> bool:
    """Whether `value` is one array, DataFrame, tensor or sparse matrix."""
    if isinstance(value, str | bytes) or isinstance(value, type):
        return False
    if getattr(value, "shape", None) == ():
        return False
    array_like = hasattr(value, "__array__") or is_sparse(value)
    array_like = array_like or sparse_arrays.is_sparse(value)
    array_like = array_like or isinstance(value, LazyRows)
    return array_like and hasattr(value, "shape")


def is_data(value: Any) -> bool:
    """Whether `convert` accepts `value`: an array, or a container of arrays."""
    if isinstance(value, dict):
        return all(is_data(part) for part in value.values())
    return isinstance(value, list | tuple | range) or is_array(value)


def is_sparse(value: Any) -> bool:
    """Whether `value` is a SciPy sparse matrix or array; does not import SciPy."""
    return type(value).__module__.startswith("scipy.sparse") and hasattr(value, "tocsr")


def _dense(value, name):
    if isinstance(value, jax.Array | LazyRows):
        return value
    if frames.is_pandas(value):
        return frames.to_array(value, name)
    if is_sparse(value):
        return _sparse(value, name)
    if sparse_arrays.is_sparse(value):
        return _of_jax_sparse(value, name)
    if isinstance(value, np.ma.MaskedArray) and np.ma.getmaskarray(value).any():
        raise ValueError(
            f"{name} is a masked array with masked values. Choose a fill value for "
            f"them: {name}.filled(0)."
        )
    detach: Any = getattr(value, "detach", None)
    if detach is not None and hasattr(value, "cpu"):
        value = detach().cpu()
    if isinstance(value, np.memmap):
        return value
    if hasattr(value, "__array__"):
        return np.asarray(value)
    if isinstance(value, numbers.Number | str | bytes):
        raise ValueError(messages.scalar(name, value))
    raise TypeError(messages.not_data(name, value))


def _checked(array, name):
    """`array` cast to a dtype that JAX supports; raises if there is none."""
    if array.ndim == 0:
        raise ValueError(messages.scalar(name, array.dtype))
    if array.shape[0] == 0 or 0 in array.shape:
        raise ValueError(messages.empty(name, array.shape))
    if isinstance(array, LazyRows):
        return array
    if not isinstance(array, np.ndarray):
        if jnp.issubdtype(array.dtype, jnp.complexfloating):
            raise ValueError(messages.complex_numbers(name, array.dtype))
        return _on_host(array)
    dtype = _dtype(array, name)
    if dtype == array.dtype:
        return array
    if isinstance(array, np.memmap):
        return LazyRows(array, dtype)
    # Values that overflow become infinite and are reported later with their index.
    with np.errstate(over="ignore"):
        return array.astype(dtype)


def _dtype_of_objects(array, name):
    """The dtype for an array of Python number objects, which pandas produces."""
    kinds = set(map(type, array.flat))
    if all(issubclass(kind, int | np.integer | np.bool_) for kind in kinds):
        low, high = array.min(), array.max()
        if low < INT32.min or high > INT32.max:
            raise ValueError(messages.too_long(name, low, high))
        return np.dtype(np.int32)
    if all(issubclass(kind, numbers.Real | np.bool_) for kind in kinds):
        return np.dtype(np.float32)
    raise ValueError(messages.objects(name, array))


def _dtype(array, name):
    """The dtype that a NumPy array is cast to."""
    dtype, kind = array.dtype, array.dtype.kind
    if kind == "b" or (kind == "f" and dtype.itemsize <= 4):
        return dtype.newbyteorder("=")
    if kind == "f":
        return np.dtype(np.float32)
    if kind in "iu":
        if dtype.itemsize < 8:
            return dtype.newbyteorder("=")
        low, high = array.min(), array.max()
        if low < INT32.min or high > INT32.max:
            raise ValueError(messages.too_long(name, low, high))
        return np.dtype(np.int32)
    if kind == "c":
        raise ValueError(messages.complex_numbers(name, dtype))
    if kind in "UST" or dtype.name.startswith("StringDType"):
        raise ValueError(messages.text(name, array))
    if kind in "Mm":
        raise ValueError(messages.dates(name, dtype))
    if kind == "O":
        return _dtype_of_objects(array, name)
    if jnp.issubdtype(dtype, jnp.number):
        return dtype
    raise ValueError(
        f"{name} has the dtype {dtype}, a structured dtype with named fields. Stack "
        f"the fields as columns: np.stack([{name}[field] for field in "
        f"{name}.dtype.names], axis=-1)."
    )


def _on_host(array):
    """A JAX array on the CPU as a NumPy view: slicing it then compiles nothing."""
    if array.is_fully_addressable and _on_cpu(array):
        return np.asarray(array)
    return array


def _on_cpu(array):
    return all(device.platform == "cpu" for device in array.devices())


def _sparse(value, name):
    if value.dtype.kind not in "fiub":
        raise ValueError(messages.complex_numbers(name, value.dtype))
    notices.once(
        ("sparse", name),
        f"{name} is a sparse matrix: each batch is converted to a dense float32 array.",
    )
    return LazyRows(value.tocsr(), np.float32)


def _of_jax_sparse(value, name):
    """A sparse array of JAX: matrices stay sparse until a batch is taken."""
    if value.ndim != 2 or getattr(value, "n_batch", 1) or value.n_dense:
        return np.asarray(value.todense())
    from scipy import sparse

    rows, columns = np.asarray(value.indices).T
    matrix = sparse.coo_matrix((np.asarray(value.data), (rows, columns)), value.shape)
    return _sparse(matrix, name)


def _from_rows(value, name):
    """One array from a Python list of numbers or nested lists."""
    try:
        return np.asarray(value)
    except ValueError:
        raise ValueError(messages.ragged(name, value)) from None
    except OverflowError:
        raise ValueError(messages.too_long(name, "?", "?")) from None
