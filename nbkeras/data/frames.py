"""pandas DataFrames and Series as arrays, without importing pandas."""

from typing import Any

import numpy as np

from nbkeras.data.checks import messages

NUMPY_KINDS = {"i": np.int64, "u": np.uint64, "f": np.float64, "b": np.bool_}


def is_pandas(value: Any) -> bool:
    """Whether `value` is a pandas DataFrame, Series or Index."""
    if type(value).__module__.split(".")[0] != "pandas":
        # A subclass of DataFrame may be defined in another module.
        packages = {base.__module__.split(".")[0] for base in type(value).__mro__}
        if "pandas" not in packages:
            return False
    return hasattr(value, "to_numpy")


def column_names(value: Any, name: str) -> dict[str, list[str]]:
    """{name: column names} of the DataFrame `value`, or of each in a list or dict.

    A frame is left out if it has one column or if its column names are not all strings;
    its columns are matched by position.
    """
    return {
        path: list(frame.columns)
        for path, frame in _leaves(value, name)
        if _has_names(frame)
    }


def in_order(value: Any, name: str, columns: dict[str, list[str]]) -> Any:
    """`value` with the columns of its DataFrames in the order of `columns`.

    Args:
        value: data of any type; only DataFrames with named columns are changed.
        name: its name in messages, such as "x".
        columns: the result of `column_names` for the training data.

    Raises:
        ValueError: the columns differ from those of the training data.
    """
    if isinstance(value, dict):
        return {k: in_order(v, f"{name}[{k!r}]", columns) for k, v in value.items()}
    if type(value) in (list, tuple) and any(map(is_pandas, value)):
        parts = enumerate(value)
        return type(value)(in_order(v, f"{name}[{i}]", columns) for i, v in parts)
    if name not in columns or not _has_names(value):
        return value
    expected, present = columns[name], list(value.columns)
    if present == expected:
        return value
    missing = [column for column in expected if column not in present]
    extra = [column for column in present if column not in expected]
    if not missing and not extra and len(present) == len(expected):
        return value[expected]
    differences = [
        f"{verb} {', '.join(map(repr, names[:5]))}"
        for verb, names in (("lack", missing), ("have besides", extra))
        if names
    ] or ["have some of them twice"]
    fix = (
        f"Write {name}.to_numpy() if they are in the same order under other names."
        if missing
        else f"Write {name}[{expected if len(expected) <= 8 else 'columns'}]."
    )
    raise ValueError(
        f"The columns of {name} are not those that the model was trained on: they "
        f"{' and '.join(differences)}. {fix}"
    )


def same_index(x: Any, y: Any = None, weight: Any = None) -> None:
    """Raise if `y` or `weight` has the index of `x` in another order.

    pandas aligns rows by index, training by position. An index with entries that `x`
    lacks does not show the order and is ignored.

    Raises:
        ValueError: the index is a permutation of that of `x`.
    """
    first = next((leaf for _, leaf in _leaves(x, "x")), None)
    if first is None:
        return
    for argument, tree in (("y", y), ("sample_weight", weight)):
        for name, leaf in _leaves(tree, argument):
            index = leaf.index
            if len(index) != len(first.index) or index.equals(first.index):
                continue
            unique = index.is_unique and first.index.is_unique
            if unique and index.isin(first.index).all():
                raise ValueError(
                    f"{name} has the index of x in another order (it starts with "
                    f"{index[0]!r}, that of x with {first.index[0]!r}), and rows are "
                    f"matched by position. Write {name} = {name}.loc[x.index]; or "
                    f"{name}.to_numpy() if the positions are right as they are."
                )


def _leaves(value, name):
    """(name, table) of each DataFrame or Series in `value`."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _leaves(part, f"{name}[{key!r}]")
    elif isinstance(value, list | tuple):
        # The first entry shows whether a list holds tables, without reading all of it.
        for index, part in enumerate(value if value and _is_table(value[0]) else ()):
            yield from _leaves(part, f"{name}[{index}]")
    elif is_pandas(value) and hasattr(value, "index"):
        yield name, value


def _is_table(value: Any) -> bool:
    """Whether `value` may be or contain a table: it is not a number or a string."""
    return isinstance(value, dict | list | tuple) or hasattr(value, "shape")


def _has_names(value):
    columns = getattr(value, "columns", ()) if is_pandas(value) else ()
    return len(columns) > 1 and all(isinstance(column, str) for column in columns)


def to_array(value: Any, name: str) -> np.ndarray:
    """A DataFrame as (rows, columns), a Series as (rows,), in the columns' dtype.

    Raises:
        ValueError: a column holds text, categories, dates or objects.
    """
    if not hasattr(value, "columns"):
        return _column(value, name)
    kinds = {str(dtype) for dtype in value.dtypes}
    if len(kinds) == 1 and all(_is_numpy_dtype(dtype) for dtype in value.dtypes):
        return value.to_numpy()
    if not len(value.columns):
        raise ValueError(messages.empty(name, (len(value), 0)))
    labels = list(value.columns)
    columns = [
        _column(value.iloc[:, index], f"{name}[{label!r}]")
        for index, label in enumerate(labels)
    ]
    dtype = np.result_type(*columns)
    return np.stack([column.astype(dtype, copy=False) for column in columns], axis=1)


def _column(series, name):
    dtype = series.dtype
    kind = getattr(dtype, "kind", "O")
    if _is_numpy_dtype(dtype):
        return series.to_numpy()
    if kind in NUMPY_KINDS:
        if series.isna().any():
            return series.to_numpy(dtype=np.float32, na_value=np.nan)
        return series.to_numpy(dtype=NUMPY_KINDS[kind])
    if hasattr(series, "cat") or str(dtype) == "category":
        categories = ", ".join(repr(str(c)[:30]) for c in list(dtype.categories)[:5])
        raise ValueError(
            f"{name} is categorical (found: {categories}); numbers are needed. Write "
            f"{name}.cat.codes for numbers 0, 1, ..., or pandas.get_dummies({name})."
        )
    if kind in "Mm":
        raise ValueError(messages.dates(name, dtype))
    cells = np.asarray(series, dtype=object)
    if any(isinstance(cell, str) for cell in cells[:1000]):
        raise ValueError(messages.text(name, [c for c in cells if isinstance(c, str)]))
    if all(isinstance(cell, int | float | np.number | np.bool_) for cell in cells):
        return cells.astype(np.float32)
    raise ValueError(messages.objects(name, cells))


def _is_numpy_dtype(dtype):
    return isinstance(dtype, np.dtype) and dtype.kind in NUMPY_KINDS
