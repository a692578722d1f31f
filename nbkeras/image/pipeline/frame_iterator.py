"""`DataFrameIterator`: augmented batches of image files listed in a DataFrame."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nbkeras.core import check, notices
from nbkeras.core.annotations import DataFormat, DTypeLike, PathLike
from nbkeras.image.annotations import (
    ColorMode,
    FileInterpolation,
    FrameClassMode,
    ImageSize,
    Subset,
)
from nbkeras.image.files.load import EXTENSIONS, shown
from nbkeras.image.pipeline.file_iterator import LABELLED, FileIterator
from nbkeras.image.pipeline.iterator import split_bounds
from nbkeras.image.transform.image_transforms import ImageTransforms


class DataFrameIterator(FileIterator):
    """Batches of images whose file names are in a column of a table.

    Created by `ImageDataGenerator.flow_from_dataframe`, which documents the arguments.
    The table is a DataFrame, or any object whose `table[column]` is iterable, such as a
    dict of lists.
    """

    owner = "flow_from_dataframe"
    _targets: Any = None
    _values: Any = None
    class_modes = (*LABELLED, "input", "multi_output", "raw", None)

    def __init__(
        self,
        dataframe: Any,
        directory: PathLike | None = None,
        image_data_generator: ImageTransforms | None = None,
        x_col: str = "filename",
        y_col: str | Sequence[str] = "class",
        weight_col: str | None = None,
        target_size: ImageSize = (256, 256),
        color_mode: ColorMode = "rgb",
        classes: Sequence[str] | None = None,
        class_mode: FrameClassMode = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        data_format: DataFormat | None = None,
        save_to_dir: PathLike | None = None,
        save_prefix: str = "",
        save_format: str = "png",
        subset: Subset = None,
        interpolation: FileInterpolation = "nearest",
        keep_aspect_ratio: bool = False,
        dtype: DTypeLike | None = None,
        validate_filenames: bool = True,
    ):
        self.prepare(
            image_data_generator,
            target_size,
            color_mode,
            data_format,
            dtype,
            (save_to_dir, save_prefix, save_format),
            interpolation,
            keep_aspect_ratio,
        )
        owner = self.owner
        self.class_mode = check.choice(
            owner, "class_mode", class_mode, self.class_modes
        )
        self.directory, self.subset = directory or "", subset
        self.split = split_bounds(owner, image_data_generator, subset)
        check.positive_int(owner, "batch_size", batch_size)
        names = self._names(_column(dataframe, "x_col", x_col), x_col)
        rows = np.arange(len(names))
        if validate_filenames:
            rows = self._existing(names, x_col)
        rows, self._values, classes = self._labels(dataframe, y_col, classes, rows)
        if self.split:
            start, stop = (int(share * len(rows)) for share in self.split)
            rows = rows[start:stop]
        self._select(rows, dataframe, weight_col)
        filenames = [names[row] for row in rows]
        self._print_found(len(rows), validate_filenames, classes)
        paths = [str(Path(self.directory) / name) for name in filenames]
        self.start(filenames, paths, batch_size, shuffle, seed)

    @property
    def labels(self) -> Any:
        """Class numbers, or the targets for class_mode "raw" and "multi_output"."""
        return (
            self._targets
            if self.class_mode in ("raw", "multi_output")
            else self.classes
        )

    @property
    def sample_weight(self) -> np.ndarray | None:
        """The values of `weight_col`, or None."""
        return self._weights

    def _names(self, names, x_col):
        for row, name in enumerate(names):
            if not isinstance(name, str | os.PathLike):
                raise TypeError(
                    f"{self.owner}(x_col={x_col!r}): row {row} holds {name!r}, but "
                    f"file names must be strings. Write df[{x_col!r}] = "
                    f"df[{x_col!r}].astype(str)."
                )
        return [os.fspath(name) for name in names]

    def _existing(self, names, x_col):
        root = Path(self.directory)
        is_image = [
            name.lower().endswith(EXTENSIONS) and (root / name).is_file()
            for name in names
        ]
        missing = [name for name, ok in zip(names, is_image, strict=True) if not ok]
        if len(missing) == len(names):
            first = f"the first would be {shown(root / names[0])}. " if names else ""
            raise ValueError(
                f"{self.owner}(x_col={x_col!r}): none of the {len(names)} rows names "
                f"an image file; {first}File names are relative to "
                f"directory={str(self.directory)!r} and end in {' '.join(EXTENSIONS)}."
            )
        if missing:
            notices.once(
                ("missing", id(self)),
                f"{len(missing)} of {len(names)} rows in x_col={x_col!r} name no image "
                f"file and are skipped; the first: {shown(missing[0])}.",
            )
        return np.flatnonzero(is_image)

    def _labels(self, table, y_col, classes, rows):
        """(rows to use, targets by row, class names or None)."""
        mode = self.class_mode
        if mode in LABELLED:
            values = _column(table, "y_col", y_col)
            return self._class_labels(values, y_col, classes, rows)
        if classes:
            notices.once(
                ("classes", mode),
                f"classes=... has no effect with class_mode={mode!r}.",
            )
        if mode == "multi_output":
            if not isinstance(y_col, list | tuple):
                raise TypeError(
                    f"{self.owner}(class_mode='multi_output', y_col={y_col!r}): y_col "
                    "must be a list of columns, one for each output. Write for example "
                    'y_col=["age", "height"].'
                )
            return rows, [np.array(_column(table, "y_col", c)) for c in y_col], None
        if mode == "raw":
            if isinstance(y_col, list | tuple):
                columns = [_column(table, "y_col", c) for c in y_col]
                return rows, np.stack([np.array(c) for c in columns], axis=1), None
            return rows, np.array(_column(table, "y_col", y_col)), None
        return rows, None, None

    def _class_labels(self, values, y_col, classes, rows):
        allows_lists = self.class_mode == "categorical"
        for row in rows:
            is_name = isinstance(values[row], str)
            if not is_name and not (
                allows_lists and isinstance(values[row], list | tuple)
            ):
                raise TypeError(
                    f"{self.owner}(class_mode={self.class_mode!r}, y_col={y_col!r}): "
                    f"row {row} holds {values[row]!r}, but class names must be "
                    f"strings. Write df[{y_col!r}] = df[{y_col!r}].astype(str), or "
                    'class_mode="raw" for numbers.'
                )
        names_by_row = {row: _listed(values[row]) for row in rows}
        if classes:
            classes = list(dict.fromkeys(classes))
            names_by_row = {
                row: [v for v in s if v in classes] for row, s in names_by_row.items()
            }
            rows = np.array([row for row in rows if names_by_row[row]], int)
        else:
            classes = sorted({name for row in rows for name in names_by_row[row]})
        if self.class_mode == "binary" and len(classes) != 2:
            raise ValueError(
                f"{self.owner}(class_mode='binary'): column {y_col!r} holds "
                f"{len(classes)} classes ({', '.join(map(shown, classes[:10]))}), "
                "binary labels need 2. Write class_mode='categorical', or name two in "
                "classes=[...]."
            )
        self.class_indices = {name: number for number, name in enumerate(classes)}
        self.num_classes = len(classes)
        numbers = {}
        for row in rows:
            indices = [self.class_indices[name] for name in names_by_row[row]]
            numbers[row] = indices[0] if isinstance(values[row], str) else indices
        return rows, numbers, classes

    def _select(self, rows, table, weight_col):
        self._weights = None
        if weight_col:
            weights = np.array(_column(table, "weight_col", weight_col))
            if weights.dtype.kind not in "biuf":
                raise TypeError(
                    f"{self.owner}(weight_col={weight_col!r}): weights must be "
                    f"numbers, the column holds {weights.dtype}."
                )
            self._weights = weights[rows]
        if self.class_mode in LABELLED:
            self.classes = [self._values[row] for row in rows]
        elif self.class_mode == "multi_output":
            self._targets = [values[rows] for values in self._values]
        elif self.class_mode == "raw":
            self._targets = self._values[rows]
        del self._values

    def _print_found(self, count, validated, classes):
        kind = "validated" if validated else "non-validated"
        suffix = "" if classes is None else f" belonging to {len(classes)} classes"
        print(f"Found {count} {kind} image filenames{suffix}.")

    def _targets_of(self, rows, batch_x):
        if self.class_mode == "raw":
            return self._targets[rows]
        if self.class_mode == "multi_output":
            return [targets[rows] for targets in self._targets]
        return super()._targets_of(rows, batch_x)


def _column(table, argument, name):
    try:
        return list(table[name])
    except (KeyError, TypeError, IndexError):
        columns = [str(column) for column in getattr(table, "columns", table)]
        raise ValueError(
            f"flow_from_dataframe({argument}={name!r}): the DataFrame has no such "
            f"column.{check.did_you_mean(name, columns)} Its columns: "
            f"{', '.join(columns)}."
        ) from None


def _listed(value):
    return [value] if isinstance(value, str) else list(value)
