"""The results of `interpret`, for classifiers and for regressions."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nbkeras.analysis.interpretation import feature_map, findings
from nbkeras.analysis.interpretation.calibration import Calibration, calibration
from nbkeras.analysis.interpretation.confusion_matrix import (
    ClassReport,
    class_report,
    confusion_matrix,
)
from nbkeras.analysis.interpretation.corrections import (
    correction_code,
    multi_label_code,
)
from nbkeras.analysis.interpretation.rows import Pictures
from nbkeras.analysis.interpretation.suspected_labels import Suspects, suspects


@dataclass(frozen=True, kw_only=True)
class RowsOfData:
    """Base class of both results: the rows, in the order in which they were read.

    Attributes:
        files: the path of each row, or None. folder: parent of the class folders, or
            None.
        numbers: (n,) row numbers in the input arrays, or in reading order.
        pictures: creates thumbnails of rows, or None if they are not images.
        features: (m, width) of the rows `feature_rows`, or None. layer: their layer.
        output: name of the model's output. notes: remarks, as sentences.
    """

    files: list[str] | None = None
    folder: str | None = None
    numbers: np.ndarray
    pictures: Pictures | None = field(default=None, repr=False)
    features: np.ndarray | None = field(default=None, repr=False)
    feature_rows: np.ndarray | None = field(default=None, repr=False)
    layer: str | None = None
    output: str = "0"
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.numbers)

    def name_of_row(self, row: int) -> str:
        """The row's file, relative to `folder`, or its number."""
        if self.files is None:
            return str(int(self.numbers[row]))
        name = self.files[row]
        prefix = f"{self.folder}/" if self.folder else ""
        return name[len(prefix) :] if prefix and name.startswith(prefix) else name

    def pca(self) -> tuple[np.ndarray, np.ndarray]:
        """(m, 2) coordinates of the features by PCA, and explained variance ratios.

        Raises:
            ValueError: there are no features.
        """
        return feature_map.pca(self._need_features())

    def tsne(self, seed: int = 0) -> np.ndarray:
        """(m, 2) coordinates of the features by t-SNE.

        Raises:
            ModuleNotFoundError: scikit-learn is not installed.
            ValueError: there are no features, or fewer than five.
        """
        return feature_map.tsne(self._need_features(), seed)

    def _need_features(self):
        if self.features is None:
            raise ValueError(
                "There are no features: the model has no layer before its last one. "
                "Name a layer, interpret(model, data, layer=...)."
            )
        return self.features


@dataclass(frozen=True, kw_only=True)
class Interpretation(RowsOfData):
    """Results of a classifier on a data set.

    Attributes:
        probabilities: (n, classes) float32. labels: (n,) class numbers.
        class_names: a name for each class.
        label_form: encoding of the labels, "numbers", "column" or "one-hot".
        label_column: number of the label, if it is one of several that a row can have,
            and the two classes are its absence and presence; else None.
        neighbours: how often the nearest neighbour of a row has its label, how often it
            would by chance, and the number of rows compared; None where values of rows
            cannot be compared.
    """

    probabilities: np.ndarray = field(repr=False)
    labels: np.ndarray = field(repr=False)
    class_names: list[str]
    label_form: str = "numbers"
    label_column: int | None = None
    neighbours: tuple[float, float, int] | None = None

    @functools.cached_property
    def predicted(self) -> np.ndarray:
        """(n,) predicted class of each row."""
        return self.probabilities.argmax(axis=1)

    @functools.cached_property
    def confidence(self) -> np.ndarray:
        """(n,) probability of the predicted class."""
        return self.probabilities.max(axis=1)

    @functools.cached_property
    def losses(self) -> np.ndarray:
        """(n,) cross-entropy: the negative log-probability of the label."""
        own = self.probabilities[np.arange(len(self.labels)), self.labels]
        return -np.log(np.clip(own, 1e-7, 1))

    @property
    def accuracy(self) -> float:
        """The fraction of correct predictions."""
        return float((self.predicted == self.labels).mean())

    @functools.cached_property
    def confusion(self) -> np.ndarray:
        """(classes, classes): labels in rows, predictions in columns."""
        k = len(self.class_names)
        return confusion_matrix(self.labels, self.predicted, k)

    @functools.cached_property
    def report(self) -> ClassReport:
        """Precision, recall, F1 and support of each class."""
        return class_report(self.confusion)

    @functools.cached_property
    def calibration(self) -> Calibration:
        """The reliability diagram and the expected calibration error."""
        right = self.predicted == self.labels
        return calibration(self.confidence, right)

    @functools.cached_property
    def mistakes(self) -> np.ndarray:
        """Misclassified rows, the most confident first."""
        rows = np.flatnonzero(self.predicted != self.labels)
        return rows[np.argsort(-self.confidence[rows], kind="stable")]

    @functools.cached_property
    def by_confidence(self) -> np.ndarray:
        """All rows, the least confident first."""
        return np.argsort(self.confidence, kind="stable")

    @functools.cached_property
    def suspects(self) -> Suspects:
        """Labels that are probably wrong; for the rule see `suspected_labels`."""
        return suspects(self.labels, self.probabilities)

    @functools.cached_property
    def findings(self) -> list[findings.Finding]:
        """Problems that the predictions show, the most urgent first."""
        return findings.diagnose(self)

    def cell(self, label: int, predicted: int) -> np.ndarray:
        """The rows of one cell of the confusion matrix, the most confident first."""
        rows = np.flatnonzero((self.labels == label) & (self.predicted == predicted))
        return rows[np.argsort(-self.confidence[rows], kind="stable")]

    def code(self, corrections: Mapping[int, int | None]) -> str:
        """Python code that applies {row: correct class, or None to remove the row}.

        No file or array is changed here. Rows are numbered in reading order.
        """
        if self.files is None:
            corrections = {int(self.numbers[r]): k for r, k in corrections.items()}
        if self.label_column is not None:
            names = {self.label_column: self.class_names[1]}
            of_label = {(row, self.label_column): k for row, k in corrections.items()}
            return multi_label_code(of_label, names, files=self.files)
        return correction_code(
            corrections,
            files=self.files,
            folder=self.folder,
            class_names=self.class_names,
            label_form=self.label_form,
            num_classes=len(self.class_names),
        )

    def __repr__(self) -> str:
        wide = min(max(map(len, [*self.class_names, "class"])), 24)
        report, n = self.report, len(self)
        lines = [
            f"{n:,} rows: accuracy {self.accuracy:.3f}, {len(self.mistakes):,} mistakes"
            f", calibration error {self.calibration.ece:.3f}, "
            f"{len(self.suspects.rows):,} suspected labels",
            f"{'class':<{wide}}  precision  recall      F1  support",
        ]
        lines += [
            f"{name[:wide]:<{wide}}  {p:>9.3f}  {r:>6.3f}  {f:>6.3f}  {s:>7,}"
            for name, p, r, f, s in zip(
                self.class_names,
                report.precision,
                report.recall,
                report.f1,
                report.support,
                strict=True,
            )
        ]
        lines += [findings.in_words(finding) for finding in self.findings]
        return "\n".join([*lines, *self.notes])


@dataclass(frozen=True, kw_only=True)
class Residuals(RowsOfData):
    """Results of a regression on a data set.

    Attributes:
        targets, predictions: (n, outputs) float32.
    """

    targets: np.ndarray = field(repr=False)
    predictions: np.ndarray = field(repr=False)

    @functools.cached_property
    def residuals(self) -> np.ndarray:
        """(n, outputs): predictions minus targets."""
        return self.predictions - self.targets

    @property
    def mean_absolute_error(self) -> np.ndarray:
        """(outputs,) in the units of the targets."""
        return abs(self.residuals).mean(axis=0)

    @property
    def root_mean_squared_error(self) -> np.ndarray:
        """(outputs,) in the units of the targets."""
        return np.sqrt((self.residuals**2).mean(axis=0))

    @property
    def bias(self) -> np.ndarray:
        """(outputs,) mean residual; positive if predictions are too high."""
        return self.residuals.mean(axis=0)

    @property
    def r2(self) -> np.ndarray:
        """(outputs,) explained fraction of the variance; NaN for constant targets."""
        spread = ((self.targets - self.targets.mean(axis=0)) ** 2).sum(axis=0)
        errors = (self.residuals**2).sum(axis=0)
        missing = np.full(spread.shape, np.nan)
        return 1 - np.divide(errors, spread, out=missing, where=spread > 0)

    @functools.cached_property
    def worst(self) -> np.ndarray:
        """All rows, the largest residual first."""
        return np.argsort(-abs(self.residuals).max(axis=1), kind="stable")

    def __repr__(self) -> str:
        lines = [f"{len(self):,} rows, residuals are predictions less targets"]
        values: Sequence[Any] = list(
            zip(
                self.mean_absolute_error,
                self.root_mean_squared_error,
                self.bias,
                self.r2,
                strict=True,
            )
        )
        lines += [
            f"output {i}: mean absolute error {mae:.4g}, root mean squared error "
            f"{rmse:.4g}, bias {bias:+.4g}, R2 {r2:.3f}"
            for i, (mae, rmse, bias, r2) in enumerate(values)
        ]
        return "\n".join([*lines, *self.notes])
