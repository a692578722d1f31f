"""The results of `interpret` for rows with several labels, looked at one by one."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from nbkeras.analysis.interpretation.confusion_matrix import ClassReport, class_report
from nbkeras.analysis.interpretation.corrections import multi_label_code
from nbkeras.analysis.interpretation.interpretation import Interpretation, RowsOfData
from nbkeras.core.check import did_you_mean

# Probability from which a label counts as predicted.
THRESHOLD = 0.5


@dataclass(frozen=True, kw_only=True)
class MultiLabel(RowsOfData):
    """Results of a classifier of several labels a row, each predicted by itself.

    Attributes:
        probabilities: (n, labels) float32. targets: (n, labels), 0 or 1.
        label_names: a name for each label.
    """

    probabilities: np.ndarray = field(repr=False)
    targets: np.ndarray = field(repr=False)
    label_names: list[str]

    @functools.cached_property
    def predicted(self) -> np.ndarray:
        """(n, labels) of 0 and 1: probabilities above 0.5."""
        return (self.probabilities > THRESHOLD).astype("int64")

    @property
    def exact_match(self) -> float:
        """The fraction of rows of which every label is right (subset accuracy)."""
        return float((self.predicted == self.targets).all(axis=1).mean())

    @property
    def accuracy(self) -> float:
        """The fraction of correct labels, all rows and labels taken together."""
        return float((self.predicted == self.targets).mean())

    @functools.cached_property
    def report(self) -> ClassReport:
        """Precision, recall, F1 and support of each label."""
        parts = [class_report(self.of(i).confusion) for i in range(self.count)]
        names = [entry.name for entry in fields(ClassReport)]
        columns = {
            name: np.array([getattr(part, name)[1] for part in parts]) for name in names
        }
        return ClassReport(**columns)

    @property
    def count(self) -> int:
        """The number of labels."""
        return len(self.label_names)

    def of(self, label: int | str) -> Interpretation:
        """One label against its absence, as an Interpretation of two classes.

        Args:
            label: its number or name.

        Raises:
            ValueError: there is no such label.
        """
        number = self._number(label)
        if number not in self._one_by_one:
            self._one_by_one[number] = self._one_against_rest(number)
        return self._one_by_one[number]

    def code(self, corrections: Mapping[tuple[int, int], int | None]) -> str:
        """Python code that applies {(row, label): 0, 1, or None to remove the row}.

        No file or array is changed here. Rows are numbered in reading order.
        """
        if self.files is None:
            corrections = {
                (int(self.numbers[row]), label): value
                for (row, label), value in corrections.items()
            }
        return multi_label_code(corrections, self.label_names, files=self.files)

    @functools.cached_property
    def _one_by_one(self) -> dict[int, Interpretation]:
        return {}

    def _number(self, label):
        names = self.label_names
        if isinstance(label, str) and label in names:
            return names.index(label)
        if isinstance(label, int | np.integer) and 0 <= label < len(names):
            return int(label)
        raise ValueError(
            f"of({label!r}): there is no such label.{did_you_mean(str(label), names)} "
            f"Labels are {', '.join(names[:8])}. Write for example of({names[0]!r})."
        )

    def _one_against_rest(self, number):
        shared: dict[str, Any] = {
            entry.name: getattr(self, entry.name) for entry in fields(RowsOfData)
        }
        own = self.probabilities[:, number]
        name = self.label_names[number]
        return Interpretation(
            **shared,
            probabilities=np.stack([1 - own, own], axis=1),
            labels=self.targets[:, number].astype("int64"),
            class_names=[f"not {name}", name],
            label_column=number,
        )

    def __repr__(self) -> str:
        wide = min(max(map(len, [*self.label_names, "label"])), 24)
        report = self.report
        lines = [
            f"{len(self):,} rows of {self.count:,} labels: accuracy {self.accuracy:.3f}"
            f", all labels right in {self.exact_match:.3f} of the rows",
            f"{'label':<{wide}}  precision  recall      F1  support",
        ]
        rows = zip(
            *(self.label_names, report.precision, report.recall, report.f1),
            report.support,
            strict=True,
        )
        lines += [
            f"{name[:wide]:<{wide}}  {p:>9.3f}  {r:>6.3f}  {f:>6.3f}  {s:>7,}"
            for name, p, r, f, s in rows
        ]
        return "\n".join([*lines, *self.notes])
