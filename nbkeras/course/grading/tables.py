"""Results as CSV, in the columns of nbgrader's export and of otter-grader."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from nbkeras.course.grading.grade import Grade

# Those of `nbgrader export`, in its order, and then our own.
NBGRADER = (
    *("assignment", "duedate", "timestamp", "student_id", "last_name", "first_name"),
    *("email", "raw_score", "late_submission_penalty", "score", "max_score"),
)
OWN = ("status", "file", "problem", "notes")
# A spreadsheet runs a cell that begins with one of these as a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def nbgrader_csv(grades: Sequence[Grade], folder: Path) -> str:
    """One row for each file, as `nbgrader export` writes them, with four more columns.

    Args:
        grades: of `grade_folder`.
        folder: that they are of; the time of a file is when it was last changed.
    """
    rows = []
    for grade in grades:
        rows.append(
            {
                "assignment": grade.exercise,
                "timestamp": _timestamp(grade, folder),
                "student_id": grade.student,
                "raw_score": float(grade.score),
                "late_submission_penalty": 0.0,
                "score": float(grade.score),
                "max_score": float(grade.max_score),
                "status": grade.status.value,
                "file": "" if grade.path is None else grade.path.as_posix(),
                "problem": grade.problem.en,
                "notes": "; ".join(note.en for note in grade.notes),
            }
        )
    return _csv((*NBGRADER, *OWN), rows)


def otter_csv(grades: Sequence[Grade]) -> str:
    """One row for each file, as otter's `final_grades.csv`.

    A column for each exercise holds the points, and `percent_correct` the share of
    the points of the file's exercise, from 0 to 1.
    """
    exercises = sorted({grade.exercise for grade in grades if grade.exercise})
    rows = []
    for grade in grades:
        row = {
            "file": grade.student if grade.path is None else grade.path.as_posix(),
            "percent_correct": grade.score / max(grade.max_score, 1),
        }
        if grade.exercise:
            row[grade.exercise] = float(grade.score)
        rows.append(row)
    return _csv(("file", *exercises, "percent_correct"), rows)


def _timestamp(grade, folder):
    if grade.path is None:
        return ""
    changed = datetime.fromtimestamp((folder / grade.path).stat().st_mtime, UTC)
    return changed.strftime("%Y-%m-%d %H:%M:%S")


def _csv(columns, rows):
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _cell(value) for name, value in row.items()})
    return text.getvalue()


def _cell(value):
    """A value that no spreadsheet takes for a formula."""
    is_formula = isinstance(value, str) and value.startswith(FORMULA)
    return f"'{value}" if is_formula else value
