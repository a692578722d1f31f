"""The student's and the teacher's version of the course, from one source.

The source is a lesson's notebook, the exercises and their solutions. Both versions have
the same cells; the teacher's has more: after each exercise its goals, its hints and a
solution that can be run, and answers to questions are unfolded.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from typing import Any

from nbkeras.analysis.exercises.course import EXERCISES
from nbkeras.analysis.exercises.exercise import Exercise
from nbkeras.core import settings
from nbkeras.course.solutions import SETUP, SOLUTIONS

EXERCISE = re.compile(r"%%exercise (\w+)")
# All exercises in one notebook, next to the lessons.
BOOK = "exercises.ipynb"
TAG = "teacher"
WORDS = {
    "title": ("# All exercises", "# 所有练习"),
    "intro": (
        "Each cell has the data of its exercise. Run `%load_ext nbkeras` first.",
        "每个单元一开始就有这道练习的数据。请先运行 `%load_ext nbkeras`。",
    ),
    "turn": ("# your turn", "# 轮到你了"),
    "note": ("**For the teacher**", "**给教师**"),
    "goals": ("Goals", "目标"),
    "hints": ("Hints, one more after each attempt", "提示，每试一次多出现一条"),
    "setup": (
        "For the teacher: what the solutions use.",
        "给教师：解答里要用到的函数。",
    ),
}
Cell = dict[str, Any]


def teacher_version(notebook: dict[str, Any], language: str) -> dict[str, Any]:
    """A lesson with a note and a solution after each of its exercises.

    Args:
        notebook: the lesson, as JSON.
        language: "en" or "zh".

    Returns:
        A new notebook; the cells that are not the student's have the tag "teacher".
    """
    cells = list(_with_solutions(notebook["cells"], language))
    return {**copy.deepcopy(notebook), "cells": cells}


def exercise_book(language: str, is_teacher: bool = False) -> dict[str, Any]:
    """A notebook of all exercises of the course: the task, and a cell to begin with.

    Args:
        language: "en" or "zh".
        is_teacher: with notes and solutions.
    """
    cells = [
        _markdown("title", f"{_word('title', language)}\n\n{_word('intro', language)}"),
        _code("load", "import nbkeras\n\n%load_ext nbkeras"),
    ]
    for exercise in EXERCISES:
        name, column = exercise.name, _column(language)
        head = f"## {exercise.title[column]}\n\n{exercise.task[column]}"
        cells.append(_markdown(f"{name}-task", head))
        turn = f"%%exercise {name}\n{_word('turn', language)}"
        cells.append(_code(name, turn))
    if is_teacher:
        cells = list(_with_solutions(cells, language))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def text_of(notebook: dict[str, Any]) -> str:
    """A notebook as the text of its file."""
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def _with_solutions(cells: list[Cell], language: str) -> Iterator[Cell]:
    has_setup = False
    for cell in cells:
        cell = copy.deepcopy(cell)
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            opened = source.replace("<details>", "<details open>")
            cell["source"] = opened.splitlines(keepends=True)
        yield cell
        found = EXERCISE.match(source) if cell["cell_type"] == "code" else None
        if found and (exercise := _of_the_course(found[1])):
            if not has_setup:
                comment = f"# {_word('setup', language)}\n"
                yield _teachers(_code("teacher-setup", comment + SETUP.strip()))
                has_setup = True
            note = _note(exercise, language)
            yield _teachers(_markdown(f"teacher-{exercise.name}-note", note))
            solution = SOLUTIONS[exercise.name].strip()
            text = f"%%exercise {exercise.name}\n{solution}"
            yield _teachers(_code(f"teacher-{exercise.name}", text))


def _of_the_course(name):
    return next((exercise for exercise in EXERCISES if exercise.name == name), None)


def _note(exercise: Exercise, language: str) -> str:
    column = _column(language)
    goals = [check.goal[column] for check in exercise.checks if hasattr(check, "goal")]
    hints = [hint[column] for hint in exercise.hints]
    lines = [_word("note", language), "", f"{_word('goals', language)}:", ""]
    lines += [f"- {goal}" for goal in goals]
    lines += ["", f"{_word('hints', language)}:", ""]
    lines += [f"{number}. {hint}" for number, hint in enumerate(hints, 1)]
    return "\n".join(lines)


def _column(language):
    return settings.LANGUAGES.index(language)


def _word(name, language):
    return WORDS[name][_column(language)]


def _markdown(name: str, text: str) -> Cell:
    source = text.splitlines(keepends=True)
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": source}


def _code(name: str, text: str) -> Cell:
    cell = {**_markdown(name, text), "cell_type": "code"}
    return {**cell, "execution_count": None, "outputs": []}


def _teachers(cell: Cell) -> Cell:
    return {**cell, "metadata": {"tags": [TAG]}}
