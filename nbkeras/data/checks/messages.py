"""Error messages for data that is not a usable array."""

import inspect
from typing import Any

import numpy as np


def empty(name: str, shape: Any) -> str:
    """The message for an array without rows, or with an axis of length 0."""
    shown = tuple(int(n) for n in shape)
    problem = "has no rows" if shown[0] == 0 else "has an axis of length 0"
    return (
        f"{name} {problem}: its shape is {shown}. At least one row is needed. Check "
        f"how {name} was loaded or filtered: print(np.shape({name}))."
    )


def scalar(name: str, value: Any) -> str:
    """The message for a single number or string instead of rows."""
    if isinstance(value, str) and any(c in value for c in "/\\."):
        return (
            f"{name}={value!r} is text. If it is a folder of images, write "
            f"image_dataset_from_directory({value!r}) and give its result."
        )
    return (
        f"{name} is a single value, not rows of data. An array with one row per "
        f"example is needed, also for a single one: np.array([{name}])."
    )


def not_data(name: str, value: Any) -> str:
    """The message for a value of a type that is not data."""
    kind = type(value).__name__
    if inspect.isgeneratorfunction(value) or inspect.ismethod(value):
        function = getattr(value, "__name__", "make_batches")
        return (
            f"{name} is the function {function}, not a generator. Call it: write "
            f"{function}() instead of {function}."
        )
    if inspect.isclass(value):
        cls = value.__name__
        return f"{name} is the class {cls}, not an instance. Write {cls}(...)."
    if callable(value):
        function = getattr(value, "__name__", kind)
        return (
            f"{name} is the function {function}. Data is needed; if the function "
            f"returns it, call it: {function}()."
        )
    if value is None:
        return f"{name} is None. Give an array with one row per example."
    return (
        f"{name} is of type {kind}, which is not data. Give a NumPy array, a list, a "
        f"pandas DataFrame or a generator of batches, for example np.array({name})."
    )


def text(name: str, values: Any, example: Any = None) -> str:
    """The message for strings instead of numbers; suggests class numbers."""
    classes = _classes(values)
    begin = f"{name} holds text"
    if classes:
        begin += f" (found: {classes})"
    if name.startswith("y"):
        return (
            f"{begin}; labels must be numbers. Write "
            f"classes, {name} = np.unique({name}, return_inverse=True) and keep "
            f"`classes`; for categorical_crossentropy also {name} = "
            f"to_categorical({name})."
        )
    return (
        f"{begin}; a model computes with numbers. If they are numbers written as "
        f"text: {name}.astype('float32'). If they are categories, encode them, for "
        f"example pandas.get_dummies({name})."
    )


def objects(name: str, array: Any) -> str:
    """The message for an array of dtype object: ragged rows, strings, None, others."""
    flat = array.ravel()
    for index, value in enumerate(flat):
        row = index // max(1, flat.size // len(array))
        if isinstance(value, str | bytes):
            return text(name, [v for v in flat[:10000] if isinstance(v, str | bytes)])
        if value is None:
            return (
                f"{name} holds None, first in row {row}; numbers are needed. Fill or "
                f"drop such rows before training."
            )
        if isinstance(value, list | tuple | np.ndarray):
            return _nested(name, flat)
        if not isinstance(value, int | float | np.number | np.bool_):
            return (
                f"{name} holds objects of type {type(value).__name__}, first in row "
                f"{row}; numbers are needed. Convert them to numbers first."
            )
    return f"{name} holds no numbers. Give an array of numbers."


def ragged(name: str, rows: Any) -> str:
    """The message for rows of unequal shape; names the first that differs."""
    first = _shape(rows[0])
    for index, row in enumerate(rows):
        shape = _shape(row)
        if shape is None:
            return f"Row {index} of {name} is ragged. {_pad_advice(name)}"
        if shape != first:
            return (
                f"The rows of {name} differ in shape: row 0 has the shape {first}, row "
                f"{index} has {shape}. {_pad_advice(name)}"
            )
    return f"The rows of {name} do not fit into one array. {_pad_advice(name)}"


def complex_numbers(name: str, dtype: Any) -> str:
    """The message for complex numbers."""
    return (
        f"{name} has the dtype {dtype}; real numbers are needed. Write {name}.real, "
        f"np.abs({name}), or both parts as columns."
    )


def dates(name: str, dtype: Any) -> str:
    """The message for dates and durations."""
    return (
        f"{name} has the dtype {dtype}; numbers are needed. For example days since "
        f"the first one: ({name} - {name}.min()) / np.timedelta64(1, 'D')."
    )


def too_long(name: str, low: int | str, high: int | str) -> str:
    """The message for integers that 32 bits cannot hold."""
    return (
        f"{name} holds integers from {low} to {high}; the largest 32-bit integer is "
        f"2147483647. For quantities, write {name}.astype('float32'); for identifiers, "
        f"map them to class numbers: np.unique({name}, return_inverse=True)[1]."
    )


def _nested(name, cells):
    shapes = [_shape(cell) for cell in cells]
    if shapes[0] is not None and all(shape == shapes[0] for shape in shapes):
        return (
            f"{name} is an array of Python objects, each an array of shape "
            f"{shapes[0]}. Make one array of them: np.stack({name})."
        )
    return ragged(name, list(cells))


def _pad_advice(name):
    return (
        "All rows must have the same shape: truncate or pad them, for sequences with "
        f"pad_sequences({name})."
    )


def _shape(row):
    try:
        return np.shape(row)
    except ValueError:
        return None


def _classes(values):
    seen = sorted({str(v) for v in np.asarray(values, dtype=object).ravel()[:10000]})
    shown = ", ".join(repr(label[:30]) for label in seen[:5])
    return shown + (", ..." if len(seen) > 5 else "")
