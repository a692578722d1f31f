"""`tf.data.experimental.CsvDataset` and `make_csv_dataset`: rows of CSV files."""

import csv
import glob
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nbkeras.core import check
from nbkeras.core.names.display_name import display_path
from nbkeras.data.tf_data import elements
from nbkeras.data.tf_data.dataset import Dataset, StreamDataset

_DTYPES = ("float32", "float64", "int32", "int64", "string")


class CsvDataset(StreamDataset):
    """The rows of CSV files, each a tuple of tensors.

    Args:
        filenames: a path or a list of paths.
        record_defaults: for each column its default, or "float32", "int32" or "string"
            (`tf.float32`, ...) for a column that must have a value.
        compression_type: accepted for compatibility; files are not decompressed.
        buffer_size: accepted for compatibility.
        header: whether the first line of each file is left out.
        field_delim: what separates the columns.
        use_quote_delim: accepted for compatibility; quotes are read.
        na_value: a text that stands for a missing value.
        select_cols: numbers of the columns to read; None for all.

    Raises:
        ValueError: a row has another number of columns, or a value is missing or is
            no number; the message names file and line.
    """

    def __init__(
        self,
        filenames: Any,
        record_defaults: Sequence[Any],
        compression_type: str | None = None,
        buffer_size: int | None = None,
        header: bool = False,
        field_delim: str = ",",
        use_quote_delim: bool = True,
        na_value: str = "",
        select_cols: Sequence[int] | None = None,
    ):
        paths = elements.array(filenames).reshape(-1).tolist()
        columns = [_column(default) for default in record_defaults]

        def rows() -> Iterator[Any]:
            for path in paths:
                for place, texts in _records(path.decode(), field_delim, header):
                    if select_cols is not None:
                        texts = [texts[number] for number in select_cols]
                    if len(texts) != len(columns):
                        raise ValueError(
                            f"{place}: {len(texts)} columns, and record_defaults has "
                            f"{len(columns)}. Give one default for each column."
                        )
                    yield tuple(
                        _value(text, *column, na_value, place)
                        for text, column in zip(texts, columns, strict=True)
                    )

        super().__init__(rows)


def make_csv_dataset(
    file_pattern: Any,
    batch_size: int,
    column_names: Sequence[str] | None = None,
    column_defaults: Any = None,
    label_name: str | None = None,
    select_columns: Sequence[str] | None = None,
    field_delim: str = ",",
    use_quote_delim: bool = True,
    na_value: str = "",
    header: bool = True,
    num_epochs: int | None = None,
    shuffle: bool = True,
    shuffle_buffer_size: int = 10000,
    shuffle_seed: int | None = None,
    **ignored: Any,
) -> Dataset:
    """Batches of the rows of CSV files: {name: column}, or (columns, labels).

    Without `column_defaults` a column is of int32, float32 or strings, whichever fits
    all its values. Arguments are those of TensorFlow; `ignored` takes those without
    effect here.

    Args:
        file_pattern: a path with or without wildcards, or a list of them.
        batch_size: rows in a batch.
        column_names: names of the columns; None for the first line of each file.
        column_defaults: for each selected column, in the order of the file, what stands
            for a missing value, or a dtype ("float32", ...) if none may be missing.
        label_name: the column that becomes the labels.
        select_columns: names or numbers of the columns to read; None for all.
        field_delim: what separates the columns.
        use_quote_delim: accepted for compatibility; quotes are read.
        na_value: a text that stands for a missing value.
        header: whether the first line of each file has the names.
        num_epochs: how often the rows are repeated; None for without end.
        shuffle: whether the rows are shuffled.
        shuffle_buffer_size: rows to shuffle among.
        shuffle_seed: seed of the order.

    Raises:
        FileNotFoundError: no file fits the pattern.
        ValueError: a file is empty, a row or `column_defaults` has another number of
            columns, or a value is missing or no number; the message names the line.
    """
    patterns = [file_pattern] if isinstance(file_pattern, str | Path) else file_pattern
    paths = [path for pattern in patterns for path in sorted(glob.glob(str(pattern)))]  # noqa: PTH207
    if not paths:
        raise FileNotFoundError(
            f"make_csv_dataset: no file fits {file_pattern!r}. Write for example "
            "tf.data.experimental.make_csv_dataset('data/*.csv', batch_size=32)."
        )
    names, rows = list(column_names or ()), []
    for path in paths:
        names, more = _rows(path, field_delim, header, names)
        rows += more
    if not rows:
        raise ValueError(
            f"make_csv_dataset: {display_path(paths[0])} has no rows below its names."
        )
    wanted = _selected(names, select_columns)
    columns = {name: [row[1][names.index(name)] for row in rows] for name in wanted}
    if column_defaults is None:
        arrays = {name: _inferred(texts, na_value) for name, texts in columns.items()}
    else:
        if len(column_defaults) != len(wanted):
            raise ValueError(
                f"make_csv_dataset: column_defaults has {len(column_defaults)} "
                f"values, and there are {len(wanted)} columns. Give one default for "
                "each column."
            )
        arrays = {}
        for name, default in zip(wanted, column_defaults, strict=True):
            form = _column(default)
            values = [
                _value(text, *form, na_value, place)
                for (place, _), text in zip(rows, columns[name], strict=True)
            ]
            arrays[name] = np.stack(values)
    labels = arrays.pop(label_name) if label_name is not None else None
    dataset = Dataset.from_tensor_slices(arrays if labels is None else (arrays, labels))
    if shuffle:
        dataset = dataset.shuffle(shuffle_buffer_size, seed=shuffle_seed)
    return dataset.repeat(num_epochs).batch(batch_size)


def _rows(path, field_delim, header, names):
    """(names of the columns, [(place, texts)]) of a file; [] of names: those in it."""
    records = list(_records(path, field_delim, header=False))
    if not records:
        raise ValueError(
            f"make_csv_dataset: {display_path(path)} is empty. Write first a line with "
            "the names of the columns."
        )
    if header:
        (_, first), *records = records
        names = names or first
    names = names or [str(number) for number in range(len(records[0][1]))]
    for place, texts in records:
        if len(texts) != len(names):
            raise ValueError(
                f"{place}: {len(texts)} columns, and there are {len(names)} names. "
                "Give each row as many values as there are columns."
            )
    return names, records


def _selected(names, select_columns):
    """The names of the columns to read, in the order of the file."""
    if select_columns is None:
        return names
    chosen = [names[c] if check.is_int(c) else str(c) for c in select_columns]
    unknown = next((name for name in chosen if name not in names), None)
    if unknown is not None:
        near = check.did_you_mean(unknown, names)
        raise ValueError(f"make_csv_dataset: there is no column {unknown!r}.{near}")
    return [name for name in names if name in chosen]


def _records(path, field_delim, header):
    """(place for messages, texts) of each row of a file."""
    with Path(path).open(newline="", encoding="utf-8") as file:
        reader = csv.reader(file, delimiter=field_delim)
        for number, texts in enumerate(reader, 1):
            if texts and not (header and number == 1):
                yield f"{path}, line {reader.line_num}", texts


def _column(default):
    """(dtype, default) of a column; None for a value that must be there."""
    name = str(getattr(default, "name", default))
    if name in _DTYPES:
        return name, None
    value = elements.array(default).reshape(-1)
    if not value.size:
        return str(value.dtype), None
    return ("string" if value.dtype == object else str(value.dtype)), value[0]


def _value(text, dtype, default, na_value, place):
    if text in ("", na_value):
        if default is None:
            raise ValueError(
                f"{place}: a value is missing. Give a default of that column, for "
                "example 0.0."
            )
        return np.asarray(default)
    if dtype == "string":
        return elements.array(text)
    try:
        return np.asarray(float(text) if dtype[0] == "f" else int(text), dtype)
    except ValueError:
        raise ValueError(
            f"{place}: {text!r} is no {dtype}. Give a text as the default of that "
            "column, or header=True if the first line has the names."
        ) from None


def _inferred(texts, na_value):
    """The column as int32, float32 or strings."""
    texts = [("" if text == na_value else text).strip() for text in texts]
    for kind, dtype in ((int, "int32"), (float, "float32")):
        try:
            return np.asarray([kind(text) if text else kind() for text in texts], dtype)
        except ValueError:
            continue
    return elements.array(np.asarray(texts, dtype=object))
