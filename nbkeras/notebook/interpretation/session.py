"""InterpretationSession: an interpretation as plain data for its view."""

from dataclasses import replace
from typing import Any

import numpy as np

from nbkeras.analysis.interpretation import feature_map
from nbkeras.analysis.interpretation.findings import in_words
from nbkeras.analysis.interpretation.interpretation import Interpretation, Residuals
from nbkeras.analysis.interpretation.multi_label import MultiLabel
from nbkeras.notebook.widget import translations

PAGE = 24  # images per page
MOST_CELLS = 40  # most classes in the matrix; those with most mistakes
BEST = 5  # most confident classes shown for an image
BARS = 30  # bars of the histogram of residuals
MOST_DOTS = 2000
SOURCES = ("mistakes", "suspects", "unsure", "sure", "cell", "class", "worst")


class InterpretationSession:
    """The view's data, from the result of `nbkeras.analysis.interpret`.

    Args:
        analysis: what `nbkeras.analysis.interpret` returned.

    Attributes:
        result: what is shown: `analysis`, or one of the labels of a MultiLabel.
        label: number of that label; 0 for others.
    """

    def __init__(self, analysis: Interpretation | MultiLabel | Residuals) -> None:
        self.analysis, self.label = analysis, 0
        self.is_classifier = not isinstance(analysis, Residuals)
        self._corrections: dict[int, dict[str, int]] = {}
        self._points: dict[str, np.ndarray] = {}
        self.result: Interpretation | Residuals
        if isinstance(analysis, MultiLabel):
            self.result = self._one_label(analysis, 0)
        else:
            self.result = analysis

    def _one_label(self, analysis, label):
        words = translations.table("interpretation")
        name = analysis.label_names[label]
        names = [words["not_label"].format(name=name), name]
        return replace(analysis.of(label), class_names=names)

    def choose(self, label: int) -> None:
        """Show another label of a MultiLabel; numbers out of range are clipped."""
        if isinstance(self.analysis, MultiLabel):
            self.label = min(max(label, 0), self.analysis.count - 1)
            self.result = self._one_label(self.analysis, self.label)

    def label_traits(self) -> dict[str, Any]:
        """Traits of all labels of a MultiLabel, {} for other results."""
        analysis = self.analysis
        if not isinstance(analysis, MultiLabel):
            return {}
        return {
            "label_names": list(analysis.label_names),
            "label_report": _report_rows(analysis.report),
        }

    def result_traits(self) -> dict[str, Any]:
        """Traits of the result that is shown: tables and diagrams."""
        result = self.result
        traits: dict[str, Any] = {
            "kind": "classes" if self.is_classifier else "numbers",
            "total": len(result),
            "has_pictures": result.pictures is not None,
            "layer": result.layer or "",
            "can_tsne": feature_map.can_tsne(),
            "label_shown": self.label,
        }
        if isinstance(result, Interpretation):
            return traits | self._of_classes(result)
        return traits | self._of_numbers(result)

    def _of_classes(self, result):
        confusion, report = result.confusion, result.report
        words = translations.table("interpretation")
        wrong = confusion.sum(axis=0) + confusion.sum(axis=1) - 2 * np.diag(confusion)
        worst = np.argsort(-wrong, kind="stable")[:MOST_CELLS]
        shown = np.sort(worst)
        diagram = result.calibration
        summary = {
            "accuracy": result.accuracy,
            "mistakes": len(result.mistakes),
            "suspects": len(result.suspects.rows),
            "ece": diagram.ece,
        }
        if isinstance(self.analysis, MultiLabel):
            summary["exact_match"] = self.analysis.exact_match
        return {
            "summary": summary,
            "findings": [
                in_words(finding, words[f"finding_{finding.kind}"])
                for finding in result.findings
            ],
            "class_names": list(result.class_names),
            "matrix_classes": shown.tolist(),
            "matrix": confusion[np.ix_(shown, shown)].astype("<i4").tobytes(),
            "report": _report_rows(report),
            "bins": [
                {"count": int(count), "confidence": _number(c), "accuracy": _number(a)}
                for count, c, a in zip(
                    diagram.count, diagram.confidence, diagram.accuracy, strict=True
                )
            ],
        }

    def _of_numbers(self, result):
        residuals = result.residuals[:, 0]
        counts, edges = np.histogram(residuals, min(BARS, max(5, len(result) // 5)))
        rows = np.linspace(0, len(result) - 1, min(len(result), MOST_DOTS)).astype(int)
        dots = np.stack([result.targets[rows, 0], result.predictions[rows, 0]], axis=1)
        return {
            "summary": {
                "mae": _number(result.mean_absolute_error[0]),
                "rmse": _number(result.root_mean_squared_error[0]),
                "bias": _number(result.bias[0]),
                "r2": _number(result.r2[0]),
            },
            "histogram": {
                "counts": counts.tolist(),
                "edges": [_number(edge) for edge in edges],
            },
            "dots": dots.astype("<f4").tobytes(),
            "dot_rows": rows.astype("<i4").tobytes(),
        }

    def rows_of(self, source: str, label: int, predicted: int) -> np.ndarray:
        """The rows of a selection, in its order."""
        result = self.result
        if isinstance(result, Residuals):
            return result.worst
        if source == "suspects":
            return result.suspects.rows
        if source == "unsure":
            return result.by_confidence
        if source == "sure":
            return result.by_confidence[::-1]
        if source == "cell":
            return result.cell(label, predicted)
        if source == "class":
            rows = np.flatnonzero(result.labels == label)
            return rows[np.argsort(result.confidence[rows], kind="stable")]
        return result.mistakes

    def gallery_traits(self, view: dict[str, Any]) -> dict[str, Any]:
        """Traits of one page of a selection: its images with their predictions.

        Args:
            view: "source", "label", "predicted", "page" and "row" (-1 for none) as set
                by the page; values out of range are clipped.
        """
        rows = self.rows_of(view["source"], view["label"], view["predicted"])
        last = max(0, -(-len(rows) // PAGE) - 1)
        page = min(max(int(view["page"]), 0), last)
        shown = rows[page * PAGE : (page + 1) * PAGE]
        row = int(view["row"])
        if 0 <= row < len(self.result) and row not in shown:
            shown = np.concatenate([[row], shown[: PAGE - 1]])
        pictures = self._pictures(shown)
        return {
            "cards": [self._card(int(r)) for r in shown],
            "sizes": [list(picture.shape) for picture in pictures],
            "pictures": b"".join(picture.tobytes() for picture in pictures),
            "count": len(rows),
            "page": page,
            "pages": last + 1,
        }

    def _pictures(self, rows):
        if self.result.pictures is None:
            return []
        return self.result.pictures.get([int(row) for row in rows])

    def _card(self, row):
        result = self.result
        card: dict[str, Any] = {"row": row, "name": result.name_of_row(row)}
        if isinstance(result, Residuals):
            return card | {
                "target": _number(result.targets[row, 0]),
                "prediction": _number(result.predictions[row, 0]),
            }
        probabilities = result.probabilities[row]
        best = np.argsort(-probabilities, kind="stable")[:BEST]
        suspects = result.suspects
        place = np.flatnonzero(suspects.rows == row)
        return card | {
            "label": int(result.labels[row]),
            "predicted": int(result.predicted[row]),
            "confidence": _number(result.confidence[row]),
            "suggested": int(suspects.suggested[place[0]]) if len(place) else -1,
            "best": [[int(k), _number(probabilities[k])] for k in best],
        }

    def map_traits(self, projection: str) -> dict[str, Any]:
        """Traits of the feature map: one point per row, with its label and prediction.

        Raises:
            ValueError, ModuleNotFoundError: the projection cannot be computed.
        """
        result = self.result
        if result.features is None or result.feature_rows is None:
            return {"points": b"", "point_rows": b"", "point_classes": b""}
        if projection not in self._points:
            if projection == "tsne":
                self._points["tsne"] = result.tsne()
            else:
                self._points["pca"], self.shares = result.pca()
        rows = result.feature_rows
        classes = np.zeros((len(rows), 2))
        if isinstance(result, Interpretation):
            pairs = result.labels[rows], result.predicted[rows]
            classes = np.stack(pairs, axis=1)
        return {
            "points": self._points[projection].astype("<f4").tobytes(),
            "point_rows": rows.astype("<i4").tobytes(),
            "point_classes": classes.astype("<i2").tobytes(),
            "shares": [_number(s) for s in self.shares] if projection == "pca" else [],
        }

    def corrections(self) -> dict[str, int]:
        """The corrections of the label that is shown."""
        return dict(self._corrections.get(self.label, {}))

    def code(self, corrections: dict[str, int]) -> str:
        """Python code that applies {row: class number, or -1 to remove the row}.

        With several labels a row, it applies those of the other labels as well.
        """
        result, analysis = self.result, self.analysis
        self._corrections[self.label] = dict(corrections)
        if isinstance(analysis, MultiLabel):
            return analysis.code(
                {
                    (int(row), label): None if k < 0 else int(k)
                    for label, of_label in self._corrections.items()
                    for row, k in of_label.items()
                }
            )
        if not isinstance(result, Interpretation):
            return ""
        return result.code(
            {int(row): None if k < 0 else int(k) for row, k in corrections.items()}
        )


def _report_rows(report):
    """[precision, recall, F1, support] of each class."""
    columns = report.precision, report.recall, report.f1, report.support
    rows = zip(*columns, strict=True)
    return [[round(float(value), 6) for value in row] for row in rows]


def _number(value):
    """A number for JSON; None if it is missing or not finite."""
    if value is None or not np.isfinite(value):
        return None
    return float(f"{float(value):.6g}")
