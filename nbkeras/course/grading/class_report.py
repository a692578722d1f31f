"""One HTML page about a class: how each goal went, and a row for each submission.

The page is a single file without scripts, and opens from a disk.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from html import escape

from nbkeras.analysis.exercises import State, Text
from nbkeras.analysis.exercises.catalogue import exercises
from nbkeras.core import settings
from nbkeras.course.grading.grade import Grade, Status

STYLE = """
:root { color-scheme: light dark; --line: #8885; --good: #2a8f66; --bad: #cf6a10; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 24px auto; max-width: 72em;
  padding: 0 16px; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid var(--line); padding: 6px 10px; text-align: left;
  vertical-align: top; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
meter { width: 9em; }
.good { color: var(--good); } .bad { color: var(--bad); }
.soft { opacity: .75; font-size: 90%; }
ul { list-style: none; margin: 6px 0; padding: 0; }
summary { cursor: pointer; }
"""
TITLE = Text("Results of the class", "全班成绩")
SUMMARY = Text(
    "{files} files of {students} students: {passed} reach every goal, {failed} do not, "
    "{unjudged} could not be judged, {absent} students handed in nothing.",
    "{students} 名学生的 {files} 份文件：{passed} 份达到所有目标，{failed} 份没有，"
    "{unjudged} 份无法检查，{absent} 名学生没有提交。",
)
PUBLIC = Text(
    "Not judged on secret data, since everything follows from the student's name: "
    "{names}.",
    "没有用保密数据检查（一切都由学生的名字决定）：{names}。",
)
SELF_REPORTED = Text(
    "as the student's history says; no points", "只是学生的训练记录所说，不计分"
)
STATUS = {
    Status.JUDGED: Text("judged", "已检查"),
    Status.UNREADABLE: Text("cannot be judged", "无法检查"),
    Status.TOO_LONG: Text("took too long", "超时"),
    Status.ENDED: Text("ended without a result", "没有结果就结束了"),
    Status.ABSENT: Text("handed in nothing", "没有提交"),
}
GOALS = Text("Goals", "目标")
EVERYONE = Text("Everyone", "每个人")
HEADS = {
    "exercise": Text("Exercise", "练习"),
    "goal": Text("Goal", "目标"),
    "reached": Text("Reached", "达到"),
    "student": Text("Student", "学生"),
    "score": Text("Points", "得分"),
    "details": Text("Details", "详情"),
    "notes": Text("To look at", "请留意"),
}


def class_report(grades: Sequence[Grade]) -> str:
    """The page, in the chosen language."""
    title = escape(_chosen(TITLE))
    public = sorted({g.exercise for g in grades if g.rows and not g.is_secret})
    note = _paragraph(PUBLIC.filled(names=", ".join(public))) if public else ""
    language = {"zh": "zh-CN"}.get(settings.language(), settings.language())
    return (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{title}</title>\n<style>{STYLE}</style></head>\n<body>\n"
        f"<h1>{title}</h1>\n{_paragraph(_summary(grades))}\n{note}"
        f"<h2>{escape(_chosen(GOALS))}</h2>\n{_goals(grades)}\n"
        f"<h2>{escape(_chosen(EVERYONE))}</h2>\n{_students(grades)}\n</body>\n</html>\n"
    )


def _summary(grades):
    files = [grade for grade in grades if grade.path is not None]
    return SUMMARY.filled(
        files=len(files),
        students=len({grade.student for grade in grades}),
        passed=sum(grade.passed for grade in files),
        failed=sum(g.status is Status.JUDGED and not g.passed for g in files),
        unjudged=sum(grade.status is not Status.JUDGED for grade in files),
        absent=len(grades) - len(files),
    )


def _goals(grades):
    """A table of the goals: how many of the judged files reach each."""
    counts: dict[tuple[str, Text], list[int]] = defaultdict(lambda: [0, 0])
    for grade in grades:
        for row in grade.rows:
            count = counts[grade.exercise, row.goal]
            count[0] += row.state is State.PASSED
            count[1] += 1
    order = list(exercises())
    lines = []
    for (exercise, goal), (reached, judged) in sorted(
        counts.items(), key=lambda item: _place(item[0][0], order)
    ):
        lines.append(
            f"<tr><td><code>{escape(exercise)}</code></td>"
            f"<td>{escape(_chosen(goal))}</td>"
            f'<td><meter min="0" max="{judged}" value="{reached}"></meter> '
            f"{reached} / {judged}</td></tr>"
        )
    return _table(("exercise", "goal", "reached"), lines)


def _place(exercise, order):
    return order.index(exercise) if exercise in order else len(order)


def _students(grades):
    lines = []
    for grade in grades:
        notes = "<br>".join(escape(_chosen(note)) for note in grade.notes)
        lines.append(
            f"<tr><td>{escape(grade.student)}</td>"
            f"<td><code>{escape(grade.exercise)}</code></td>"
            f'<td class="number {"good" if grade.passed else "bad"}">'
            f"{grade.score} / {grade.max_score}</td>"
            f"<td>{_details(grade)}</td><td>{notes}</td></tr>"
        )
    return _table(("student", "exercise", "score", "details", "notes"), lines)


def _details(grade):
    """What was measured, to unfold."""
    signs = "".join(
        f'<span class="{_colour(row)}">{_sign(row)}</span>' for row in grade.rows
    )
    items = "".join(f"<li>{_measured(row)}</li>" for row in grade.rows)
    if any(grade.problem):
        items += f"<li>{escape(_chosen(grade.problem))}</li>"
    file = "" if grade.path is None else grade.path.as_posix()
    soft = " · ".join(filter(None, (file, *map(_chosen, grade.enclosed))))
    head = signs or escape(_chosen(STATUS[grade.status]))
    return (
        f"<details><summary>{head}</summary><ul>{items}</ul>"
        f'<span class="soft">{escape(soft)}</span></details>'
    )


def _measured(row):
    parts = [_chosen(row.measured), row.error]
    if row.self_reported:
        parts.append(_chosen(SELF_REPORTED))
    measured = escape(" · ".join(filter(None, parts)))
    return (
        f'<span class="{_colour(row)}">{_sign(row)}</span> '
        f'{escape(_chosen(row.goal))}<br><span class="soft">{measured}</span>'
    )


def _sign(row):
    return "✓" if row.state is State.PASSED else "✗"


def _colour(row):
    return "good" if row.state is State.PASSED else "bad"


def _table(columns, lines):
    head = "".join(
        f'<th scope="col"{_class(name)}>{escape(_chosen(HEADS[name]))}</th>'
        for name in columns
    )
    body = "\n".join(lines)
    return (
        f'<div class="wide"><table><thead><tr>{head}</tr></thead>\n'
        f"<tbody>{body}</tbody></table></div>"
    )


def _class(name):
    return ' class="number"' if name == "score" else ""


def _paragraph(text):
    return f"<p>{escape(_chosen(text))}</p>\n"


def _chosen(text: Text) -> str:
    return text[settings.LANGUAGES.index(settings.language())]
