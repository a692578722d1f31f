"""Judge one submission: what runs in a process of its own.

The process sends JSON: first what the file says about itself, then the rows. No code of
a student runs in it: models are loaded safely, and functions are called elsewhere.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from nbkeras.analysis.exercises import judge
from nbkeras.analysis.exercises.catalogue import find
from nbkeras.analysis.exercises.exercise import Exercise
from nbkeras.analysis.exercises.judging import is_self_reported
from nbkeras.analysis.exercises.submission_file import (
    NOTEBOOK,
    RECORDING,
    SubmissionFile,
    read,
)
from nbkeras.analysis.runs.recorded_run import read_run
from nbkeras.course.grading.limits import Limits, limit_this_process
from nbkeras.course.grading.student_function import StudentFunction
from nbkeras.models import Model

LONGEST_ERROR = 500


def judge_file(path: Path, sender: Connection, limits: Limits, secret: str) -> None:
    """Judge a file and send the messages; for the first line of a new process."""
    _stand_alone(limits)
    try:
        for message in messages(path, limits, secret):
            sender.send_bytes(json.dumps(message).encode())
    except Exception as error:  # whatever a hostile file does, there is an answer
        text = f"{type(error).__name__}: {error}"[:LONGEST_ERROR]
        sender.send_bytes(json.dumps({"unreadable": text}).encode())
    finally:
        sender.close()


def messages(path: Path, limits: Limits, secret: str):
    """Yield what the file says about itself, and then how it is judged."""
    begun = time.monotonic()
    file = read(path)
    exercise = find(file.exercise)
    points = [check for check in exercise.checks if not is_self_reported(check)]
    yield {
        "student": file.student,
        "exercise": file.exercise,
        "max_score": len(points),
    }
    functions: list[StudentFunction] = []

    def make_function(name, source):
        functions.append(StudentFunction(name, source, limits))
        return functions[-1]

    try:
        answers = file.load(make_function)
        report = judge(exercise, answers, file.student, secret=secret)
    finally:
        for function in functions:
            function.close()
    yield {
        "rows": [
            {
                "state": row.state.value,
                "goal": list(row.goal),
                "measured": list(row.measured),
                "error": row.error[:LONGEST_ERROR],
                "self_reported": row.self_reported,
            }
            for row in report.rows
        ],
        "fingerprint": fingerprint(answers),
        "is_secret": is_secret(exercise, file.student, secret),
        "num_code_cells": _num_code_cells(file),
        "recording": _recording(file),
        "seconds": time.monotonic() - begun,
    }


def fingerprint(answers: dict[str, Any]) -> str:
    """A hash of the models and functions among the answers, "" if there are none."""
    digest, has_any = hashlib.sha256(), False
    for name, value in sorted(answers.items()):
        if isinstance(value, Model):
            has_any = True
            for weight in value.get_weights():
                digest.update(f"{name} {weight.shape}".encode())
                digest.update(np.ascontiguousarray(weight).tobytes())
        elif isinstance(value, StudentFunction):
            has_any = True
            digest.update(value.source.encode())
    return digest.hexdigest() if has_any else ""


def is_secret(exercise: Exercise, student: str, secret: str) -> bool:
    """Whether what the answers are judged on depends on the teacher's secret."""
    if not secret:
        return False
    public = exercise.data_of(student).held_out
    held_out = exercise.data_of(student, secret).held_out
    return any(not np.array_equal(held_out[name], public[name]) for name in public)


def _stand_alone(limits):
    """A process group of its own, to be ended as one; limited, and silent."""
    if hasattr(os, "setsid"):
        with contextlib.suppress(OSError):
            os.setsid()
    limit_this_process(limits.memory_mb)
    quiet = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(quiet, descriptor)


def _num_code_cells(file: SubmissionFile) -> int | None:
    """How many code cells the enclosed notebook has, None if there is none."""
    try:
        content = file.attachment(NOTEBOOK)
        if content is None:
            return None
        cells = json.loads(content)["cells"]
        return sum(cell["cell_type"] == "code" for cell in cells)
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _recording(file: SubmissionFile) -> dict[str, Any] | None:
    """The epochs and seconds that the enclosed recording tells of."""
    try:
        content = file.attachment(RECORDING)
        if content is None:
            return None
        with tempfile.TemporaryDirectory(prefix="nbkeras-") as folder:
            copy = Path(folder, RECORDING)
            copy.write_bytes(content)
            run = read_run(copy)
        return {"epochs": len(run.epochs), "seconds": float(run.seconds)}
    except ValueError:
        return None
