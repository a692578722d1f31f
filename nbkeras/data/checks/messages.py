"""Error messages about data: what was given, what is needed, what to write."""

import inspect
from typing import Any

import numpy as np


def empty(name: str, shape: Any) -> str:
    """No rows, or an axis of length 0."""
    shown = tuple(int(n) for n in shape)
    what = "has no rows" if shown[0] == 0 else "has an axis of length 0"
    return (
        f"{name} {what}: its shape is {shown}. At least one row is needed. Check how "
        f"{name} was loaded or filtered: print(np.shape({name}))."
    )


def scalar(name: str, value: Any) -> str:
    """One number (or one string) instead of rows."""
    if isinstance(value, str) and any(c in value for c in "/\\."):
        return (
            f"{name}={value!r} is text. If it is a folder of images, write "
            f"image_dataset_from_directory({value!r}) and give its result."
        )
    return (
        f"{name} is a single value, not rows of data. An array with one row per "
        f"example is needed, also for a single one: np.array([{name}])."
    )


def no_data(name: str, value: Any) -> str:
    """A value that is not data."""
    kind = type(value).__name__
    if inspect.isgeneratorfunction(value) or inspect.ismethod(value):
        own = getattr(value, "__name__", "make_batches")
        return (
            f"{name} is the function {own}, not a generator. Call it: write {own}() "
            f"instead of {own}."
        )
    if inspect.isclass(value):
        own = value.__name__
        return f"{name} is the class {own}, not an instance. Write {own}(...)."
    if callable(value):
        own = getattr(value, "__name__", kind)
        return (
            f"{name} is the function {own}. Data is needed; if the function returns "
            f"it, call it: {own}()."
        )
    if value is None:
        return f"{name} is None. Give an array with one row per example."
    return (
        f"{name} is of type {kind}, which is not data. Give a NumPy array, a list, a "
        f"pandas DataFrame or a generator of batches, for example np.array({name})."
    )


def text(name: str, values: Any, example: Any = None) -> str:
    """Strings where numbers are needed; suggests class numbers."""
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
    """An array of dtype object: ragged rows, strings, None, or other objects."""
    flat = array.ravel()
    for at, value in enumerate(flat):
        row = at // max(1, flat.size // len(array))
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
    """Rows of unequal shape; names the first one that differs."""
    first = _shape(rows[0])
    for at, row in enumerate(rows):
        here = _shape(row)
        if here is None:
            return f"Row {at} of {name} is ragged. {_even(name)}"
        if here != first:
            return (
                f"The rows of {name} differ in shape: row 0 has the shape {first}, row "
                f"{at} has {here}. {_even(name)}"
            )
    return f"The rows of {name} do not fit into one array. {_even(name)}"


def complex_numbers(name: str, dtype: Any) -> str:
    """Complex numbers."""
    return (
        f"{name} has the dtype {dtype}; real numbers are needed. Write {name}.real, "
        f"np.abs({name}), or both parts as columns."
    )


def dates(name: str, dtype: Any) -> str:
    """Dates and durations."""
    return (
        f"{name} has the dtype {dtype}; numbers are needed. For example days since "
        f"the first one: ({name} - {name}.min()) / np.timedelta64(1, 'D')."
    )


def too_long(name: str, low: int | str, high: int | str) -> str:
    """Integers that 32 bits cannot hold."""
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


def _even(name):
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
