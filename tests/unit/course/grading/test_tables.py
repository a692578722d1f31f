"""Results as nbgrader and otter write them, and as a page."""

import csv
import io
from pathlib import Path

import pytest

from nbkeras.analysis.exercises import Row, State, Text
from nbkeras.core import settings
from nbkeras.course.grading.class_report import class_report
from nbkeras.course.grading.grade import Grade, Status
from nbkeras.course.grading.tables import nbgrader_csv, otter_csv

GOAL, MEASURED = Text("read digits", "认数字"), Text("91.0 %", "91.0 %")
SAID = Row(State.PASSED, Text("stopped", "停了"), MEASURED, self_reported=True)
HOSTILE = "<script>alert(1)</script>"


def rows(*states):
    """A row for each state."""
    return tuple(Row(state, GOAL, MEASURED) for state in states)


@pytest.fixture
def grades(tmp_path):
    """A grade that passed, one that failed, one of a hostile file, one absent."""
    for name in ("a.zip", "b.zip", "c.zip"):
        (tmp_path / name).write_bytes(b"")
    return tmp_path, [
        Grade(
            Path("a.zip"),
            "ada",
            "under_budget",
            rows=(*rows(State.PASSED, State.PASSED), SAID),
            max_score=2,
            is_secret=True,
        ),
        Grade(
            Path("b.zip"),
            "bo",
            "fastest_rate",
            rows=rows(State.PASSED, State.FAILED),
            max_score=2,
            notes=(Text("like a.zip", "与 a.zip 相同"),),
        ),
        Grade(
            Path("c.zip"),
            "=1+1",
            status=Status.UNREADABLE,
            problem=Text(HOSTILE, HOSTILE),
        ),
        Grade(None, HOSTILE, status=Status.ABSENT),
    ]


def table(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_the_columns_of_nbgrader_come_first(grades):
    folder, graded = grades
    text = nbgrader_csv(graded, folder)
    assert text.startswith(
        "assignment,duedate,timestamp,student_id,last_name,first_name,email,raw_score,"
        "late_submission_penalty,score,max_score,"
    )
    first, second, third, absent = table(text)
    assert (first["assignment"], first["student_id"]) == ("under_budget", "ada")
    assert (first["score"], first["raw_score"], first["max_score"]) == ("2.0",) * 3
    assert (second["score"], second["notes"]) == ("1.0", "like a.zip")
    assert (third["status"], third["score"]) == ("unreadable", "0.0")
    assert absent["timestamp"] == absent["file"] == ""


def test_a_name_that_a_spreadsheet_would_run_is_quoted(grades):
    folder, graded = grades
    assert table(nbgrader_csv(graded, folder))[2]["student_id"] == "'=1+1"


def test_otters_table_has_a_column_for_each_exercise(grades):
    possible, first, second, third, _ = table(otter_csv(grades[1]))
    assert list(first) == [
        *("file", "fastest_rate", "under_budget"),
        *("total_points_earned", "percent_correct", "grading_status"),
    ]
    assert [*possible.values()] == [
        *("points-per-question", "2.0", "2.0"),
        *("4.0", "1.0", "--"),
    ]
    assert [*first.values()] == ["a.zip", "", "2.0", "2.0", "1.0", "Completed"]
    assert [*second.values()] == ["b.zip", "1.0", "", "1.0", "0.5", "Completed"]
    assert third["percent_correct"] == "0.0"
    assert third["grading_status"] != "Completed"


def test_what_a_student_says_gives_no_point(grades):
    passed, failed, *_ = grades[1]
    assert (passed.score, passed.passed) == (2, True)
    assert (failed.score, failed.passed) == (1, False)
    assert not Grade(None, "nobody").passed


def test_the_page_sums_up_and_shows_every_row(grades):
    page = class_report(grades[1])
    assert (
        "3 files of 4 students: 1 reach every goal, 1 do not, 1 could not be judged, 1 "
        "students handed in nothing." in page
    )
    assert page.count("<tr><td>") == 4 + 3  # of each grade; of each goal
    assert "2 / 2" in page
    assert "as the student&#x27;s history says; no points" in page
    assert "from the student&#x27;s name: fastest_rate." in page


def test_nothing_of_a_student_becomes_markup(grades):
    page = class_report(grades[1])
    assert "<script" not in page
    assert page.count("&lt;script&gt;") == 2
    assert "default-src 'none'" in page


def test_the_page_is_in_the_chosen_language(grades, monkeypatch):
    monkeypatch.setattr(settings, "language", lambda: "zh")
    page = class_report(grades[1])
    assert '<html lang="zh-CN">' in page
    assert "4 名学生的 3 份文件" in page
    assert "与 a.zip 相同" in page
