"""pandas frames and series as arrays, told by their methods; nothing is imported."""

from typing import Any

import numpy as np

from nbkeras.data.checks import messages

NUMPY_KINDS = {"i": np.int64, "u": np.uint64, "f": np.float64, "b": np.bool_}


def is_pandas(value: Any) -> bool:
    """A DataFrame, Series or Index of pandas."""
    if type(value).__module__.split(".")[0] != "pandas":
        # A user's subclass of DataFrame lives elsewhere.
        homes = {base.__module__.split(".")[0] for base in type(value).__mro__}
        if "pandas" not in homes:
            return False
    return hasattr(value, "to_numpy")


def to_array(value: Any, name: str) -> np.ndarray:
    """A frame as (rows, columns), a series as (rows,), in the columns' dtype.

    Raises:
        ValueError: a column of text, categories, dates or objects; it is named.
    """
    if not hasattr(value, "columns"):
        return _column(value, name)
    kinds = {str(dtype) for dtype in value.dtypes}
    if len(kinds) == 1 and all(_plain(dtype) for dtype in value.dtypes):
        return value.to_numpy()
    if not len(value.columns):
        raise ValueError(messages.empty(name, (len(value), 0)))
    labels = list(value.columns)
    columns = [
        _column(value.iloc[:, at], f"{name}[{label!r}]")
        for at, label in enumerate(labels)
    ]
    kind = np.result_type(*columns)
    return np.stack([column.astype(kind, copy=False) for column in columns], axis=1)


def _column(series, name):
    dtype = series.dtype
    kind = getattr(dtype, "kind", "O")
    if _plain(dtype):
        return series.to_numpy()
    if kind in NUMPY_KINDS:
        if series.isna().any():
            return series.to_numpy(dtype=np.float32, na_value=np.nan)
        return series.to_numpy(dtype=NUMPY_KINDS[kind])
    if hasattr(series, "cat") or str(dtype) == "category":
        found = ", ".join(repr(str(c)[:30]) for c in list(dtype.categories)[:5])
        raise ValueError(
            f"{name} is categorical (found: {found}); numbers are needed. Write "
            f"{name}.cat.codes for numbers 0, 1, ..., or pandas.get_dummies({name})."
        )
    if kind in "Mm":
        raise ValueError(messages.dates(name, dtype))
    cells = np.asarray(series, dtype=object)
    if any(isinstance(cell, str) for cell in cells[:1000]):
        raise ValueError(messages.text(name, [c for c in cells if isinstance(c, str)]))
    if all(isinstance(c, int | float | np.number | np.bool_) for c in cells[:1000]):
        raise ValueError(
            f"{name} has the dtype object; numbers are needed. Write "
            f"pandas.to_numeric({name})."
        )
    raise ValueError(messages.objects(name, cells))


def _plain(dtype):
    return isinstance(dtype, np.dtype) and dtype.kind in NUMPY_KINDS
