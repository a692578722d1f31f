"""Results as CSV, in the columns of nbgrader's export and of otter-grader."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from nbkeras.course.grading.grade import Grade, Status

# Those of `nbgrader export`, in its order, and then our own.
NBGRADER = (
    *("assignment", "duedate", "timestamp", "student_id", "last_name", "first_name"),
    *("email", "raw_score", "late_submission_penalty", "score", "max_score"),
)
OWN = ("status", "file", "problem", "notes")
TOTAL, NO_STATUS = "total_points_earned", "--"  # of otter-grader
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
    """One row for each file, with the columns of otter-grader 7's `final_grades.csv`.

    The first row holds the possible points of each exercise. In the others, a column
    for each exercise holds the points that the file has reached, and `percent_correct`
    their share of those of the file's exercise, from 0 to 1.
    """
    possible: dict[str, float] = {}
    rows = []
    for grade in grades:
        row = {
            "file": grade.student if grade.path is None else grade.path.as_posix(),
            TOTAL: float(grade.score),
            "percent_correct": grade.score / max(grade.max_score, 1),
            "grading_status": _otter_status(grade),
        }
        if grade.exercise:
            row[grade.exercise] = float(grade.score)
            most = max(possible.get(grade.exercise, 0.0), float(grade.max_score))
            possible[grade.exercise] = most
        rows.append(row)
    first = {"file": "points-per-question", **possible, TOTAL: sum(possible.values())}
    first |= {"percent_correct": 1.0, "grading_status": NO_STATUS}
    columns = ("file", *sorted(possible), TOTAL, "percent_correct", "grading_status")
    return _csv(columns, [first, *rows])


def _otter_status(grade):
    if grade.status is Status.JUDGED:
        return "Completed"
    return grade.problem.en or grade.status.value


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
    is_formula = is_formula and value != NO_STATUS
    return f"'{value}" if is_formula else value
