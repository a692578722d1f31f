"""A task, a report and the list of exercises, as text and as HTML.

The HTML has no script and no style sheet: it is the same in a live notebook, in a saved
one, and on a page that shows notebooks.
"""

import re
from typing import Any

import numpy as np

from nbkeras.analysis.exercises.bilingual import Text
from nbkeras.analysis.exercises.exercise import Exercise
from nbkeras.analysis.exercises.judging import Report, State
from nbkeras.core import settings
from nbkeras.models import Model
from nbkeras.notebook.error_messages.translate import translate
from nbkeras.notebook.widget import translations
from nbkeras.notebook.widget.static_picture import text as escaped

SIGNS = {State.PASSED: "✓", State.FAILED: "✗"}
# Legible on white and on black, at 3:1 or more.
COLOURS = {State.PASSED: "#2a8f66", State.FAILED: "#cf6a10"}
CARD = (
    "border:1px solid rgba(128,128,128,.4);border-radius:6px;padding:10px 14px;"
    "margin:4px 0;max-width:44em;line-height:1.5"
)
SOFT = "opacity:.75;font-size:90%"


def chosen(text: Text) -> str:
    """A text in the chosen language."""
    return text[settings.LANGUAGES.index(settings.language())]


def words() -> dict[str, str]:
    """The texts of this tool in the chosen language."""
    return translations.table("widget", "exercises")


class ReportView:
    """How a student's answers stand: print it in a script, show it in a notebook.

    Args:
        report: of `nbkeras.analysis.exercises.judge`.
    """

    def __init__(self, report: Report):
        self.report = report

    @property
    def passed(self) -> bool:
        """Whether all goals are reached."""
        return self.report.passed

    @property
    def lines(self) -> list[tuple[State, str, str]]:
        """(state, goal, what was measured) of each goal, in the chosen language."""
        return [
            (row.state, chosen(row.goal), _measured(row)) for row in self.report.rows
        ]

    @property
    def hints(self) -> list[str]:
        """The hints so far, in the chosen language."""
        return [chosen(hint) for hint in self.report.hints]

    def __repr__(self) -> str:
        table, exercise = words(), self.report.exercise
        head = table["exercise"].format(name=exercise.name)
        lines = [table["labelled"].format(label=head, text=chosen(exercise.title))]
        for state, goal, measured in self.lines:
            line = table["labelled"].format(label=goal, text=measured)
            lines.append(f"{SIGNS[state]} {line}")
        lines.append(self._summary(table))
        for number, hint in enumerate(self.hints, 1):
            label = table["hint"].format(n=number)
            lines.append(table["labelled"].format(label=label, text=hint))
        if more := self._more(table):
            lines.append(more)
        lines.append(self._footer(table))
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        table, exercise = words(), self.report.exercise
        head = table["exercise"].format(name=exercise.name)
        rows = "".join(
            f'<li style="margin:3px 0"><strong style="color:{COLOURS[state]}" '
            f'title="{escaped(table[state.value])}">{SIGNS[state]}</strong> '
            f"{marked(goal)}<br><span style='{SOFT}'>{marked(measured)}</span></li>"
            for state, goal, measured in self.lines
        )
        hints = "".join(
            f'<p style="margin:6px 0 0"><strong>'
            f"{escaped(table['hint'].format(n=number))}</strong>{table['gap'] or ' '}"
            f"{marked(hint)}</p>"
            for number, hint in enumerate(self.hints, 1)
        )
        colour = COLOURS[State.PASSED if self.passed else State.FAILED]
        notes = "".join(
            f'<p style="{SOFT};margin:6px 0 0">{escaped(note)}</p>'
            for note in (self._more(table), self._footer(table))
            if note
        )
        return (
            f'<div style="{CARD}"><div><span style="{SOFT}">{escaped(head)}</span><br>'
            f"<strong>{escaped(chosen(exercise.title))}</strong></div>"
            f'<ul style="list-style:none;margin:8px 0;padding:0">{rows}</ul>'
            f'<div style="color:{colour};font-weight:600">'
            f"{escaped(self._summary(table))}</div>{hints}{notes}"
            "</div>"
        )

    def _summary(self, table):
        if self.passed:
            return table["solved"]
        rows = self.report.rows
        if len(rows) < len(self.report.exercise.checks) and not any(
            row.state is State.PASSED for row in rows
        ):
            return table["unusable"]
        done = sum(row.state is State.PASSED for row in rows)
        return table["open"].format(done=done, all=len(rows))

    def _more(self, table):
        left = len(self.report.exercise.hints) - len(self.report.hints)
        return table["more_hints"].format(n=left) if left and not self.passed else ""

    def _footer(self, table):
        return table["footer"].format(
            n=self.report.attempt, student=self.report.student
        )


def _measured(row):
    measured = chosen(row.measured)
    if not row.error:
        return measured
    kind, _, message = row.error.partition(": ")
    return f"{measured} ({kind}: {translate(message)})"


def marked(text: str) -> str:
    """A text as HTML, with `code` between backticks."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escaped(text))


def task_text(exercise: Exercise, variables: dict[str, Any]) -> str:
    """A task as text: title, what to do, and what the cell gets and sets."""
    table = words()
    head = table["exercise"].format(name=exercise.name)
    gets = ", ".join(f"{name} {_described(value)}" for name, value in variables.items())
    return "\n".join(
        [
            table["labelled"].format(label=head, text=chosen(exercise.title)),
            chosen(exercise.task),
            table["labelled"].format(label=table["cell_gets"], text=gets),
            table["labelled"].format(
                label=table["cell_sets"], text=", ".join(exercise.answers)
            ),
        ]
    )


def task_html(exercise: Exercise, variables: dict[str, Any]) -> str:
    """A task as HTML: title, what to do, and what the cell gets and sets."""
    table = words()
    gets = ", ".join(
        f"<code>{escaped(name)}</code> {escaped(_described(value))}"
        for name, value in variables.items()
    )
    sets = ", ".join(f"<code>{escaped(name)}</code>" for name in exercise.answers)
    head = escaped(table["exercise"].format(name=exercise.name))
    rows = [
        (table["begin"], f"<code>%%exercise {escaped(exercise.name)}</code>"),
        (table["cell_gets"], gets),
        (table["cell_sets"], sets),
    ]
    listed = "".join(
        f"<li>{table['labelled'].format(label=escaped(label), text=html)}</li>"
        for label, html in rows
    )
    return (
        f'<div style="{CARD}"><div><span style="{SOFT}">{head}</span><br>'
        f"<strong>{escaped(chosen(exercise.title))}</strong></div>"
        f'<p style="margin:8px 0">{marked(chosen(exercise.task))}</p>'
        f'<ul style="{SOFT};list-style:none;margin:0;padding:0">{listed}</ul></div>'
    )


def _described(value):
    """The shape of an array, the name of a model."""
    if isinstance(value, Model):
        return f"({type(value).__name__})"
    return str(np.shape(value))


class ExerciseList:
    """All exercises with how they stand, as text and as an HTML table.

    Args:
        rows: list of (exercise, attempts, whether it is solved).
    """

    def __init__(self, rows: list[tuple[Exercise, int, bool]]):
        self.rows = rows

    def __repr__(self) -> str:
        return "\n".join(
            f"{name:20}  {title}" + (f"  ({state})" if state else "")
            for _, name, title, state in self._cells()
        )

    def _repr_html_(self) -> str:
        table = words()
        head = "".join(
            f'<th scope="col" style="text-align:left">{escaped(table[key])}</th>'
            for key in ("topic", "name", "title", "state")
        )
        body = "".join(
            "<tr>"
            + "".join(
                f'<td style="text-align:left">{cell}</td>'
                for cell in (
                    escaped(topic),
                    f"<code>{escaped(name)}</code>",
                    escaped(title),
                    escaped(state),
                )
            )
            + "</tr>"
            for topic, name, title, state in self._cells()
        )
        return (
            f'<table aria-label="{escaped(table["list"])}"><thead><tr>{head}</tr>'
            f"</thead><tbody>{body}</tbody></table>"
        )

    def _cells(self):
        table = words()
        for exercise, attempts, is_solved in self.rows:
            state = table["is_tried"].format(n=attempts) if attempts else ""
            yield (
                chosen(exercise.topic),
                exercise.name,
                chosen(exercise.title),
                table["is_solved"] if is_solved else state,
            )
