"""Text ids: integers that stand for strings, because compiled models take only numbers.

Strings are replaced by ids where data enters a model (`numbered`), pass through batches
and compiled steps as uint32, and are converted back (`texts`) on the host, in the
layers that read them. An id stands for the same string during the whole process.
"""

import threading
from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jax.core import Tracer

# Within a model uint32 always means text ids; a user's uint32 data becomes int32.
DTYPE = np.uint32

# What eager layers give for an array of strings; None gives the array itself.
_output_form: Callable[[np.ndarray], Any] | None = None
_lock = threading.Lock()
_numbers: dict[str, int] = {}
_texts: list[str] = []


def computed(dtype: Any) -> Any:
    """The dtype in compiled steps: that of the ids for "string", else JAX's own form.

    That of "int64" is int32, unless 64 bits are switched on.
    """
    if dtype == "string":
        return jax.numpy.dtype(DTYPE)
    return jax.dtypes.canonicalize_dtype(dtype)


def is_text(value: Any) -> bool:
    """Whether `value` is a string, an array of strings, or nested lists of strings."""
    while isinstance(value, list | tuple) and value:
        value = value[0]
    if isinstance(value, str | bytes):
        return True
    dtype = getattr(value, "dtype", None)
    if not isinstance(dtype, np.dtype):
        # pandas has its own string dtypes.
        return type(dtype).__name__ in ("StringDtype", "ArrowDtype") or (
            "string" in type(value).__name__.lower() and hasattr(value, "__array__")
        )
    if dtype.kind in "UST":
        return True
    if dtype.kind != "O":
        return False
    first = next(iter(np.ravel(np.asarray(value, dtype=object))), None)
    return isinstance(first, str | bytes)


def as_texts(value: Any, encoding: str = "utf-8") -> np.ndarray:
    """`value` as an object array of `str`; bytes are decoded.

    Raises:
        ValueError: the rows have unequal lengths.
    """
    if isinstance(value, str | bytes):
        return np.array(_decoded(value, encoding), dtype=object)
    try:
        array = np.asarray(value)
    except ValueError:
        array = np.empty(len(value), dtype=object)
        array[:] = value
    if array.dtype.kind in "UT" or array.dtype.name.startswith("str"):
        return array.astype(object)
    if array.dtype.kind == "S":
        return np.char.decode(array, encoding).astype(object)
    strings = np.empty(array.shape, dtype=object)
    strings.reshape(-1)[:] = [_decoded(text, encoding) for text in array.ravel()]
    return strings


def numbered(value: Any) -> np.ndarray:
    """The ids of the strings in `value`, uint32 of the same shape.

    >>> texts(numbered(["to be", "or not"])).tolist()
    ['to be', 'or not']
    """
    array = as_texts(value)
    with _lock:
        ids = [_number(text) for text in array.ravel()]
    return np.array(ids, DTYPE).reshape(array.shape)


def numbered_tree(value: Any) -> Any:
    """`value`, a tree of arrays, with strings replaced by ids.

    A list of strings, or of lists of strings, is one array. uint32 arrays become int32,
    because uint32 stands for text ids.
    """
    if isinstance(value, dict):
        return {key: numbered_tree(entry) for key, entry in value.items()}
    if is_text(value) and not _holds_arrays(value):
        return numbered(value)
    if isinstance(value, list | tuple) and _holds_arrays(value):
        return type(value)([numbered_tree(entry) for entry in value])
    if getattr(value, "dtype", None) == DTYPE:
        return np.asarray(value).astype(np.int32)
    return value


def _holds_arrays(value):
    return isinstance(value, list | tuple) and any(
        hasattr(entry, "shape") or isinstance(entry, dict) for entry in value
    )


def texts(numbers: Any) -> np.ndarray:
    """The strings of the ids `numbers`; "" for unknown ids."""
    array = np.asarray(numbers)
    count = len(_texts)
    strings = [_texts[number] if number < count else "" for number in array.ravel()]
    string_array = np.empty(array.shape, dtype=object)
    string_array.reshape(-1)[:] = strings
    return string_array


def set_output_form(form: Callable[[np.ndarray], Any] | None) -> None:
    """Set what layers return for strings when they are called on data.

    Args:
        form: object array of strings -> the result; None for the array itself.
    """
    global _output_form
    _output_form = form


def texts_given(strings: np.ndarray) -> Any:
    """Strings in the form in which layers return them."""
    return strings if _output_form is None else _output_form(strings)


def restored(value: Any) -> Any:
    """`value`, the output of a model, with arrays of ids replaced by strings."""
    leaves = jax.tree.leaves(value)
    if not any(getattr(leaf, "dtype", None) == DTYPE for leaf in leaves):
        return value
    return jax.tree.map(
        lambda leaf: (
            texts(leaf)
            if leaf.dtype == DTYPE and not isinstance(leaf, Tracer)
            else leaf
        ),
        value,
    )


def _number(text):
    number = _numbers.get(text)
    if number is None:
        number = _numbers[text] = len(_texts)
        _texts.append(text)
    return number


def _decoded(value, encoding):
    if isinstance(value, bytes):
        return value.decode(encoding)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, list | tuple | np.ndarray):
        raise ValueError(
            "The rows of strings have unequal lengths. Give one string per row, [['to "
            "be'], ['or not']], or rows of equal length."
        )
    return str(value)


# Id 0 is the empty string, which padding rows hold.
_number("")
