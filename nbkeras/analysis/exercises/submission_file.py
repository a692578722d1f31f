"""The file that a student hands in: answers, the notebook, and the recording of a run.

A zip archive with `submission.json`, a `.keras` file for each model, and optionally
`notebook.ipynb` and `recording.jsonl`. Reading one runs no code: models are loaded as
`nbkeras.models.load_model` does, and a function stays source text.
"""

from __future__ import annotations

import inspect
import json
import math
import numbers
import tempfile
import textwrap
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from nbkeras.analysis.exercises.exercise import NAME, Exercise
from nbkeras.core.annotations import PathLike
from nbkeras.core.names.display_name import display_path, quoted
from nbkeras.models import Model
from nbkeras.models.saving.model_io import load_model
from nbkeras.saving import files
from nbkeras.saving.safe_json import parse
from nbkeras.train.history import History

VERSION = 1
HEADER, NOTEBOOK, RECORDING = "submission.json", "notebook.ipynb", "recording.jsonl"
MOST_HEADER = 2 * 2**20
MOST_MODEL = 200 * 2**20
MOST_ATTACHED = 64 * 2**20
MOST_MEMBERS = 64
MOST_SOURCE = 100_000
LONGEST_STUDENT = 60
_DAMAGED = (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError)


class SubmissionError(ValueError):
    """A file that cannot be written or read as a submission."""


@dataclass(frozen=True)
class SubmissionFile:
    """What a file says about itself.

    Args:
        path: where it is.
        exercise: name of the exercise.
        student: as the student has written it.
        answers: {name: {kind: value}} of `submission.json`, not yet loaded.
    """

    path: Path
    exercise: str
    student: str
    answers: Mapping[str, Mapping[str, Any]] = field(repr=False)

    def load(self, make_function: Callable[[str, str], Any]) -> dict[str, Any]:
        """The answers as values; an exception in place of one that cannot be loaded.

        Args:
            make_function: from the name and the source of a function, what stands for
                it. Source is never run here.
        """
        return {
            name: self._answer(name, stored, make_function)
            for name, stored in self.answers.items()
        }

    def attachment(self, name: str) -> bytes | None:
        """The bytes of the notebook or the recording, None if there is none.

        Raises:
            SubmissionError: it is too large, or damaged.
        """
        with _opened(self.path) as archive:
            if name not in archive.namelist():
                return None
            return _member(archive, name, MOST_ATTACHED)

    def _answer(self, name, stored, make_function):
        try:
            ((kind, value),) = stored.items()
            if kind == "model":
                return self._model(value)
            if kind == "function":
                return make_function(name, _source_text(value))
            return _READERS[kind](value)
        except Exception as error:  # of a hostile file; judged as a wrong answer
            return error

    def _model(self, name):
        with (
            _opened(self.path) as archive,
            tempfile.TemporaryDirectory(prefix="nbkeras-") as folder,
        ):
            copy = Path(folder, "model.keras")
            copy.write_bytes(_member(archive, str(name), MOST_MODEL))
            return load_model(copy, compile=False)


def write(
    path: PathLike,
    exercise: Exercise,
    answers: Mapping[str, Any],
    student: str,
    *,
    notebook: PathLike | None = None,
    recording: PathLike | None = None,
) -> Path:
    """Write a submission, and read it back as the teacher's computer will.

    Args:
        path: of the new file.
        exercise: which one.
        answers: {name: value}; missing ones are left out.
        student: whose data the answers are for.
        notebook, recording: files to enclose.

    Returns:
        The path.

    Raises:
        SubmissionError: an answer cannot be stored, or cannot be loaded elsewhere.
        FileNotFoundError: there is no such notebook or recording.
    """
    path = Path(path)
    members: dict[str, bytes] = {}
    stored = {}
    for name in exercise.answers:
        if answers.get(name) is not None:
            stored[name] = _stored(name, answers[name], members)
    header = {
        "nbkeras_submission": VERSION,
        "exercise": exercise.name,
        "student": student,
        "answers": stored,
    }
    members[HEADER] = json.dumps(header, indent=1, allow_nan=False).encode()
    for name, source in ((NOTEBOOK, notebook), (RECORDING, recording)):
        if source is not None:
            members[name] = Path(source).read_bytes()
    with (
        files.written(path) as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for name, data in members.items():
            archive.writestr(name, data)
    _refuse_unreadable(path)
    return path


def read(path: PathLike) -> SubmissionFile:
    """Read what a file says about itself, without loading its answers.

    Raises:
        SubmissionError: it is no submission, is damaged, or is too large.
    """
    path = Path(path)
    with _opened(path) as archive:
        if HEADER not in archive.namelist():
            raise SubmissionError(
                f"{display_path(path)} has no {HEADER}. Hand in the file that "
                "nbkeras.exercise(...).submit(...) wrote."
            )
        text = _member(archive, HEADER, MOST_HEADER)
    try:
        header = parse(text, path)
    except ValueError as error:
        raise SubmissionError(str(error)) from None
    answers = header.get("answers") if isinstance(header, dict) else None
    if not isinstance(answers, dict) or header.get("nbkeras_submission") != VERSION:
        raise SubmissionError(
            f"{display_path(path)}: its {HEADER} is not of version {VERSION}. Hand it "
            "in again with this version of nbkeras."
        )
    exercise, student = header.get("exercise"), header.get("student")
    if not isinstance(exercise, str) or not NAME.fullmatch(exercise):
        raise SubmissionError(f"{display_path(path)} names no exercise.")
    if not isinstance(student, str) or not 0 < len(student) <= LONGEST_STUDENT:
        raise SubmissionError(f"{display_path(path)} names no student.")
    stored = {n: value for n, value in answers.items() if isinstance(value, dict)}
    return SubmissionFile(path, exercise, student, stored)


def _stored(name, value, members):
    """{kind: value} for `submission.json`; a model's file goes to `members`."""
    if isinstance(value, Model):
        member = f"answers/{name}.keras"
        with tempfile.TemporaryDirectory(prefix="nbkeras-") as folder:
            copy = Path(folder, "model.keras")
            value.save(copy, include_optimizer=False)
            members[member] = copy.read_bytes()
        return {"model": member}
    if isinstance(value, History):
        return {
            "history": {
                metric: [_number(entry) for entry in values]
                for metric, values in value.history.items()
            }
        }
    if callable(value):
        return {"function": _source(name, value)}
    try:
        if isinstance(value, str | bytes):
            raise TypeError(value)
        if np.ndim(value) == 0:
            return {"number": _number(float(value))}
        return {"rows": [_whole(row) for row in value]}
    except (TypeError, ValueError):
        raise SubmissionError(
            f"{name} is of the type {type(value).__name__}, which cannot be handed in. "
            "Give what the exercise asks for: a model, a number, row numbers, a "
            "History or a function."
        ) from None


def _source(name, function):
    try:
        source = textwrap.dedent(inspect.getsource(function))
    except (OSError, TypeError):
        source = ""
    if not source.lstrip().startswith("def "):
        raise SubmissionError(
            f"The source of {name} cannot be found. Define it with def {name}(...): in "
            "a cell or a file, with everything that it needs inside."
        )
    return source


def _source_text(value):
    if not isinstance(value, str) or len(value) > MOST_SOURCE:
        raise SubmissionError(
            f"the source of a function is a text of at most {MOST_SOURCE:,} characters"
        )
    return value


def _number(value):
    value = float(value)
    if not math.isfinite(value):
        return str(value)  # JSON has no NaN; `float` reads the text
    return value


def _whole(value):
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise TypeError(value)
    return int(value)


def _history(curves):
    history = History()
    for name, values in curves.items():
        history.history[str(name)] = [float(value) for value in values]
    return history


_READERS: dict[str, Callable[[Any], Any]] = {
    "number": float,
    "rows": list,
    "history": _history,
}


def _refuse_unreadable(path):
    """Raise for an answer that another computer cannot load."""
    answers = read(path).load(lambda name, source: source)
    for name, value in answers.items():
        if isinstance(value, Exception):
            path.unlink()
            raise SubmissionError(
                f"{name} cannot be loaded on another computer: {value} Use layers of "
                "nbkeras only."
            )


def _opened(path):
    try:
        archive = zipfile.ZipFile(path)
    except _DAMAGED as error:
        raise SubmissionError(
            f"{display_path(path)} is no submission: {error}. Hand in the file that "
            "nbkeras.exercise(...).submit(...) wrote."
        ) from None
    if len(archive.infolist()) > MOST_MEMBERS:
        archive.close()
        raise SubmissionError(
            f"{display_path(path)} has more than {MOST_MEMBERS} members, and a "
            "submission has a few."
        )
    return archive


def _member(archive, name, most):
    """The bytes of one member, at most `most` of them whatever the archive declares."""
    matching = [info for info in archive.infolist() if info.filename == name]
    if len(matching) != 1:
        raise SubmissionError(f"{quoted(name)} is in the archive {len(matching)} times")
    try:
        with archive.open(matching[0]) as file:
            data = file.read(most + 1)
    except _DAMAGED as error:
        raise SubmissionError(f"{quoted(name)} is damaged: {error}") from None
    if len(data) > most:
        raise SubmissionError(
            f"{quoted(name)} has more than {most / 2**20:.0f} MB unpacked"
        )
    return data
