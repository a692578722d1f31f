"""CSVLogger: write the logs of each epoch to a CSV file."""

import csv
from pathlib import Path

from nbkeras.callbacks.base import Callback
from nbkeras.core.annotations import Logs, PathLike
from nbkeras.core.names.display_name import display_name


class CSVLogger(Callback):
    """Write the logs of each epoch as a row of a CSV file.

    Args:
        filename: path of the file.
        separator: column separator.
        append: append to an existing file. Log entries without a column get a new one,
            filled with "NA" in the earlier rows.
    """

    writes_files = True

    def __init__(
        self, filename: PathLike, separator: str = ",", append: bool = False
    ) -> None:
        super().__init__()
        self.filename = str(filename)
        self.separator = separator
        self.append = append
        self._file = None
        self._writer = None
        self.keys = None

    def on_train_begin(self, logs: Logs = None) -> None:
        """Open the file and read the columns of an existing one."""
        path = Path(self.filename)
        self.keys = None
        header = ""
        if self.append and path.exists():
            with path.open(encoding="utf-8") as file:
                header = file.readline().strip()
        if header:
            self.keys = next(csv.reader([header], delimiter=self.separator))[1:]
        self._file = path.open(
            "a" if self.append else "w", newline="", encoding="utf-8"
        )
        self._has_header = bool(header)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Write one row."""
        logs = logs or {}
        if self.keys is None:
            self.keys = sorted(logs)
            # Validation may start after the first epoch; reserve columns for it.
            missing = [f"val_{k}" for k in self.keys if not k.startswith("val_")]
            if not any(k.startswith("val_") for k in self.keys):
                self.keys += missing if self.params.get("do_validation") else []
        if self._writer is None:
            self._widen(logs)
            self._writer = csv.writer(self._file, delimiter=self.separator)
            if not self._has_header:
                self._writer.writerow(["epoch", *self.keys])
        self._writer.writerow([epoch, *(logs.get(key, "NA") for key in self.keys)])
        self._file.flush()

    def _widen(self, logs):
        """Add columns for new log entries to a file that is being appended to."""
        new = sorted(set(logs) - set(self.keys))
        if not self._has_header or not new:
            return
        self._file.close()
        path = Path(self.filename)
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file, delimiter=self.separator))
        width = len(rows[0]) + len(new)
        rows[0] += new
        self.keys += new
        # Atomic: the old file stays in place until the new one is complete.
        part = path.with_name(f"{display_name(path.name)}.part")
        with part.open("w", newline="", encoding="utf-8") as file:
            lines = (row + ["NA"] * (width - len(row)) for row in rows)
            csv.writer(file, delimiter=self.separator).writerows(lines)
        part.replace(path)
        self._file = path.open("a", newline="", encoding="utf-8")

    def on_train_end(self, logs: Logs = None) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
        self._file = self._writer = None
