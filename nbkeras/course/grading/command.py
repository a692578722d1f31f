"""`nbkeras grade`: the command, from a folder of submissions to tables and a page."""

from __future__ import annotations

import csv
import os
import sys
from pathlib import Path

from nbkeras.core.annotations import PathLike
from nbkeras.course.grading.batch import FolderError, grade_folder
from nbkeras.course.grading.class_report import class_report
from nbkeras.course.grading.grade import Grade, Status
from nbkeras.course.grading.limits import Limits
from nbkeras.course.grading.tables import nbgrader_csv, otter_csv
from nbkeras.saving import files

SECRET = "NBKERAS_SECRET"
# Columns of a list of students in which the names are, in the order of preference.
NAMES = ("student_id", "student", "id", "username", "name")


def run(
    folder: PathLike,
    *,
    output: PathLike,
    secret: str | None,
    limits: Limits,
    num_jobs: int | None,
    students: PathLike | None,
) -> int:
    """Grade a folder, and write grades.csv, final_grades.csv and report.html.

    Args:
        folder: with the submissions.
        output: folder of the results.
        secret: of the teacher; None for the environment variable NBKERAS_SECRET.
        limits: of each submission.
        num_jobs: how many at a time; None for the number of cores.
        students: file with the names of all students.

    Returns:
        The exit code: 0 if every file has its row, 130 after Ctrl-C.
    """
    secret = os.environ.get(SECRET, "") if secret is None else secret
    if not secret:
        print(
            "Without a secret the held-out data can be computed by anybody who has "
            f"nbkeras. Write for example: nbkeras grade {folder} --secret WORD",
            file=sys.stderr,
        )
    num_done = 0

    def show(grade: Grade):
        nonlocal num_done
        num_done += 1
        print(f"{num_done:4}  {_line(grade)}", flush=True)

    try:
        names = names_in(students) if students is not None else []
        grades = grade_folder(
            folder,
            secret=secret,
            limits=limits,
            num_jobs=num_jobs,
            students=names,
            on_grade=show,
        )
    except KeyboardInterrupt:
        print(
            f"nbkeras grade: interrupted, {num_done} judged; nothing was written.",
            file=sys.stderr,
        )
        return 130
    except (FolderError, OSError, ValueError) as error:
        print(f"nbkeras grade: {error}", file=sys.stderr)
        return 1
    for path in write_results(grades, Path(folder), Path(output)):
        print(path)
    return 0


def write_results(grades: list[Grade], folder: Path, output: Path) -> list[Path]:
    """Write the two tables and the page; returns their paths."""
    output.mkdir(parents=True, exist_ok=True)
    texts = {
        "grades.csv": nbgrader_csv(grades, folder),
        "final_grades.csv": otter_csv(grades),
        "report.html": class_report(grades),
    }
    paths = []
    for name, text in texts.items():
        paths.append(output / name)
        with files.written(paths[-1]) as file:
            file.write(text.encode("utf-8"))
    return paths


def names_in(path: PathLike) -> list[str]:
    """The names in a list of students: one a line, or a CSV file with a column of them.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is not UTF-8 text.
    """
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.reader(file) if any(row)]
    heads = [head.strip().lower() for head in rows[0]] if rows else []
    column = next((heads.index(name) for name in NAMES if name in heads), None)
    if column is None:
        return [row[0].strip() for row in rows]
    return [row[column].strip() for row in rows[1:] if len(row) > column]


def _line(grade):
    points = f"{grade.score}/{grade.max_score}"
    state = "" if grade.status is Status.JUDGED else grade.status.value
    return f"{grade.student:24}  {grade.exercise:20}  {points:>5}  {state}".rstrip()
