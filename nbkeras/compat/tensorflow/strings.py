"""`tf.strings`: arrays of strings, stored as bytes."""

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from nbkeras.compat.tensorflow.ragged import RaggedTensor
from nbkeras.core.names import tensorflow_names as absent
from nbkeras.data.tf_data import elements


def _map(function: Callable[[bytes], Any], input: Any, dtype: Any = object) -> Any:
    """Apply `function` to each string."""
    if isinstance(input, RaggedTensor):
        return input.with_flat_values(_map(function, input.flat_values, dtype))
    texts = elements.array(input)
    results = np.empty(texts.shape, dtype)
    for index, text in np.ndenumerate(texts):
        results[index] = function(text)
    return elements.as_tensor(results)


def _bytes(text):
    return text.encode() if isinstance(text, str) else bytes(text)


def length(input: Any, unit: str = "BYTE", name: Any = None) -> Any:
    """Length in bytes, or in characters with unit="UTF8_CHAR"."""
    if unit == "BYTE":
        return _map(len, input, np.int32)
    return _map(lambda text: len(text.decode()), input, np.int32)


def lower(input: Any, encoding: str = "", name: Any = None) -> Any:
    """Convert ASCII letters to lowercase; all letters with encoding="utf-8"."""
    if not encoding:
        return _map(bytes.lower, input)
    return _map(lambda text: text.decode().lower().encode(), input)


def upper(input: Any, encoding: str = "", name: Any = None) -> Any:
    """Convert ASCII letters to uppercase; all letters with encoding="utf-8"."""
    if not encoding:
        return _map(bytes.upper, input)
    return _map(lambda text: text.decode().upper().encode(), input)


def strip(input: Any, name: Any = None) -> Any:
    """Strip whitespace at both ends."""
    return _map(bytes.strip, input)


def regex_replace(
    input: Any,
    pattern: Any,
    rewrite: Any,
    replace_global: bool = True,
    name: Any = None,
) -> Any:
    r"""Replace the matches of a pattern; `\1` stands for its first group."""
    regex = re.compile(_bytes(pattern))
    count = 0 if replace_global else 1
    return _map(lambda text: regex.sub(_bytes(rewrite), text, count=count), input)


def regex_full_match(input: Any, pattern: Any, name: Any = None) -> Any:
    """Whether the whole string matches a pattern."""
    regex = re.compile(_bytes(pattern))
    return _map(lambda text: regex.fullmatch(text) is not None, input, bool)


def substr(input: Any, pos: int, len: int, unit: str = "BYTE", name: Any = None) -> Any:
    """Substring of `len` bytes from `pos`, or characters with unit="UTF8_CHAR"."""
    part = np.s_[int(pos) : int(pos) + int(len)]
    if unit == "BYTE":
        return _map(lambda text: text[part], input)
    return _map(lambda text: text.decode()[part].encode(), input)


def _parts(function, input, owner):
    """Split each string by `function` into its parts.

    Returns:
        An array of the parts of one string; a RaggedTensor of those of several.

    Raises:
        ValueError: strings in more than one axis have different numbers of parts.
    """
    texts = elements.array(input)
    rows = [function(text) for text in texts.reshape(-1)]
    if texts.ndim == 1:
        return RaggedTensor.from_rows(rows, object)
    if len({len(row) for row in rows}) > 1:
        raise ValueError(
            f"tf.strings.{owner}: the texts have different numbers of parts, and the "
            f"shape {texts.shape}; rows of different lengths need one axis. Write "
            "first tf.reshape(texts, [-1])."
        )
    parts = np.empty((len(rows), len(rows[0]) if rows else 0), object)
    for number, row in enumerate(rows):
        parts[number] = row
    return elements.as_tensor(parts.reshape(*texts.shape, -1))


def split(input: Any, sep: Any = None, maxsplit: int = -1, name: Any = None) -> Any:
    """Split at a separator; at whitespace by default."""
    separator = None if sep is None or not len(_bytes(sep)) else _bytes(sep)
    return _parts(lambda text: text.split(separator, maxsplit), input, "split")


def bytes_split(input: Any, name: Any = None) -> Any:
    """Split into single bytes."""
    return _parts(
        lambda text: [text[i : i + 1] for i in range(len(text))], input, "bytes_split"
    )


def unicode_split(input: Any, input_encoding: str, **ignored: Any) -> Any:
    """Split into single characters."""
    return _parts(
        lambda text: [letter.encode() for letter in text.decode(input_encoding)],
        input,
        "unicode_split",
    )


def join(inputs: Sequence[Any], separator: Any = "", name: Any = None) -> Any:
    """Join several arrays of strings elementwise."""
    columns = np.broadcast_arrays(*map(elements.array, inputs))
    joined = np.empty(columns[0].shape, object)
    for index in np.ndindex(joined.shape):
        joined[index] = _bytes(separator).join(column[index] for column in columns)
    return elements.as_tensor(joined)


def reduce_join(
    inputs: Any,
    axis: int | None = None,
    keepdims: bool = False,
    separator: Any = "",
    name: Any = None,
) -> Any:
    """Join the strings along an axis; all of them if `axis` is None."""
    if isinstance(inputs, RaggedTensor):
        if axis is None:
            return reduce_join(inputs.flat_values, None, keepdims, separator)
        rows = [[_bytes(separator).join(row.tolist())] for row in inputs]
        joined = np.array(rows, object).reshape(-1, *([1] if keepdims else []))
        return elements.as_tensor(joined)
    texts = elements.array(inputs)
    if axis is None:
        return elements.as_tensor(
            elements.array(_bytes(separator).join(texts.reshape(-1)))
        )
    moved = np.moveaxis(texts, axis, -1)
    joined = np.empty(moved.shape[:-1], object)
    for index in np.ndindex(joined.shape):
        joined[index] = _bytes(separator).join(moved[index])
    return elements.as_tensor(np.expand_dims(joined, axis) if keepdims else joined)


def to_number(input: Any, out_type: Any = "float32", name: Any = None) -> Any:
    """Parse strings as numbers."""
    return _map(float if np.dtype(out_type).kind == "f" else int, input, out_type)


def as_string(input: Any, precision: int = -1, **ignored: Any) -> Any:
    """Format numbers as strings, floats with `precision` decimal places."""
    values = np.asarray(input)
    num_decimals = 6 if precision < 0 else precision
    template = f"{{:.{num_decimals}f}}" if values.dtype.kind == "f" else "{}"
    texts = np.empty(values.shape, object)
    for index, value in np.ndenumerate(values):
        text = template.format(value)
        texts[index] = (text.lower() if values.dtype.kind == "b" else text).encode()
    return elements.as_tensor(texts)


def __getattr__(name):
    raise AttributeError(absent.message(f"strings.{name}"))
