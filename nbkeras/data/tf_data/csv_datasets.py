"""`tf.data.experimental.CsvDataset` and `make_csv_dataset`: rows of CSV files."""

import csv
import glob
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

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

    A column is of int32, float32 or strings, whichever fits all its values. Arguments
    are those of TensorFlow; `ignored` takes those without effect here.

    Raises:
        FileNotFoundError: no file fits the pattern.
    """
    patterns = [file_pattern] if isinstance(file_pattern, str | Path) else file_pattern
    paths = [path for pattern in patterns for path in sorted(glob.glob(str(pattern)))]  # noqa: PTH207
    if not paths:
        raise FileNotFoundError(
            f"make_csv_dataset: no file fits {file_pattern!r}. Write for example "
            "tf.data.experimental.make_csv_dataset('data/*.csv', batch_size=32)."
        )
    table: dict[str, list[str]] = {}
    for path in paths:
        records = [row for _, row in _records(path, field_delim, header=False)]
        names = list(column_names or records[0])
        for name, column in zip(
            names, zip(*records[header:], strict=True), strict=True
        ):
            table.setdefault(name, []).extend(column)
    wanted = list(select_columns or table)
    arrays = {name: _inferred(table[name], na_value) for name in wanted}
    labels = arrays.pop(label_name) if label_name is not None else None
    dataset = Dataset.from_tensor_slices(arrays if labels is None else (arrays, labels))
    if shuffle:
        dataset = dataset.shuffle(shuffle_buffer_size, seed=shuffle_seed)
    return dataset.repeat(num_epochs).batch(batch_size)


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
                f"{place}: a value is missing. Give a default in record_defaults, "
                "for example 0.0."
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
