"""`tf.strings`: arrays of texts, as bytes."""

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from nbkeras.compat.tensorflow import absent
from nbkeras.data.tf_data import elements


def _each(function: Callable[[bytes], Any], input: Any, dtype: Any = object) -> Any:
    """`function` of each text."""
    texts = elements.array(input)
    results = np.empty(texts.shape, dtype)
    for place, text in np.ndenumerate(texts):
        results[place] = function(text)
    return elements.as_tensor(results)


def _bytes(text):
    return text.encode() if isinstance(text, str) else bytes(text)


def length(input: Any, unit: str = "BYTE", name: Any = None) -> Any:
    """The number of bytes, or of characters for unit="UTF8_CHAR"."""
    if unit == "BYTE":
        return _each(len, input, np.int32)
    return _each(lambda text: len(text.decode()), input, np.int32)


def lower(input: Any, encoding: str = "", name: Any = None) -> Any:
    """In small letters; those of all languages with encoding="utf-8"."""
    if not encoding:
        return _each(bytes.lower, input)
    return _each(lambda text: text.decode().lower().encode(), input)


def upper(input: Any, encoding: str = "", name: Any = None) -> Any:
    """In capital letters; those of all languages with encoding="utf-8"."""
    if not encoding:
        return _each(bytes.upper, input)
    return _each(lambda text: text.decode().upper().encode(), input)


def strip(input: Any, name: Any = None) -> Any:
    """Without blanks at both ends."""
    return _each(bytes.strip, input)


def regex_replace(
    input: Any,
    pattern: Any,
    rewrite: Any,
    replace_global: bool = True,
    name: Any = None,
) -> Any:
    r"""What matches a pattern replaced; `\1` stands for its first group."""
    regex = re.compile(_bytes(pattern))
    count = 0 if replace_global else 1
    return _each(lambda text: regex.sub(_bytes(rewrite), text, count=count), input)


def regex_full_match(input: Any, pattern: Any, name: Any = None) -> Any:
    """Whether the whole text matches a pattern."""
    regex = re.compile(_bytes(pattern))
    return _each(lambda text: regex.fullmatch(text) is not None, input, bool)


def substr(input: Any, pos: int, len: int, unit: str = "BYTE", name: Any = None) -> Any:
    """`len` bytes from `pos` on, or characters for unit="UTF8_CHAR"."""
    place = np.s_[int(pos) : int(pos) + int(len)]
    if unit == "BYTE":
        return _each(lambda text: text[place], input)
    return _each(lambda text: text.decode()[place].encode(), input)


def _parts(function, input, owner):
    """Lists of parts as one array.

    Raises:
        ValueError: texts with different numbers of parts.
    """
    texts = elements.array(input)
    rows = [function(text) for text in texts.reshape(-1)]
    if len({len(row) for row in rows}) > 1:
        raise ValueError(
            f"tf.strings.{owner}: the texts have different numbers of parts, which "
            "would need a ragged tensor. Split them in a Dataset.map, one at a time, "
            "or write keras.layers.TextVectorization."
        )
    parts = np.empty((len(rows), len(rows[0]) if rows else 0), object)
    for number, row in enumerate(rows):
        parts[number] = row
    return elements.as_tensor(parts.reshape(*texts.shape, -1))


def split(input: Any, sep: Any = None, maxsplit: int = -1, name: Any = None) -> Any:
    """The parts between separators, blanks if not given."""
    separator = None if sep is None or not len(_bytes(sep)) else _bytes(sep)
    return _parts(lambda text: text.split(separator, maxsplit), input, "split")


def bytes_split(input: Any, name: Any = None) -> Any:
    """The bytes one by one."""
    return _parts(
        lambda text: [text[i : i + 1] for i in range(len(text))], input, "bytes_split"
    )


def unicode_split(input: Any, input_encoding: str, **ignored: Any) -> Any:
    """The characters one by one."""
    return _parts(
        lambda text: [letter.encode() for letter in text.decode(input_encoding)],
        input,
        "unicode_split",
    )


def join(inputs: Sequence[Any], separator: Any = "", name: Any = None) -> Any:
    """Texts at one place of several arrays as one text."""
    columns = np.broadcast_arrays(*map(elements.array, inputs))
    joined = np.empty(columns[0].shape, object)
    for place in np.ndindex(joined.shape):
        joined[place] = _bytes(separator).join(column[place] for column in columns)
    return elements.as_tensor(joined)


def reduce_join(
    inputs: Any,
    axis: int | None = None,
    keepdims: bool = False,
    separator: Any = "",
    name: Any = None,
) -> Any:
    """Texts along an axis as one text; all of them without `axis`."""
    texts = elements.array(inputs)
    if axis is None:
        return elements.as_tensor(
            elements.array(_bytes(separator).join(texts.reshape(-1)))
        )
    moved = np.moveaxis(texts, axis, -1)
    joined = np.empty(moved.shape[:-1], object)
    for place in np.ndindex(joined.shape):
        joined[place] = _bytes(separator).join(moved[place])
    return elements.as_tensor(np.expand_dims(joined, axis) if keepdims else joined)


def to_number(input: Any, out_type: Any = "float32", name: Any = None) -> Any:
    """Texts as numbers."""
    return _each(float if np.dtype(out_type).kind == "f" else int, input, out_type)


def as_string(input: Any, precision: int = -1, **ignored: Any) -> Any:
    """Numbers as texts; `precision` digits after the point."""
    values = np.asarray(input)
    places = 6 if precision < 0 else precision
    form = f"{{:.{places}f}}" if values.dtype.kind == "f" else "{}"
    texts = np.empty(values.shape, object)
    for place, value in np.ndenumerate(values):
        text = form.format(value)
        texts[place] = (text.lower() if values.dtype.kind == "b" else text).encode()
    return elements.as_tensor(texts)


def __getattr__(name):
    raise AttributeError(absent.message(f"strings.{name}"))
