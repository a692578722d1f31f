"""Tasks and reports as text and HTML, in both languages, with nothing unescaped."""

import html.parser

import pytest

import nbkeras
from nbkeras.analysis.exercises import (
    Data,
    Exercise,
    NumberAnswer,
    Outcome,
    Text,
    judge,
)
from nbkeras.core import settings
from nbkeras.notebook.exercises.views import ExerciseList, ReportView, marked

EVIL = "<img src=x onerror=alert(1)>"


class Tags(html.parser.HTMLParser):
    """Collects tags that are open, and the attributes of all."""

    def __init__(self, text):
        super().__init__()
        self.open, self.names, self.attributes = [], set(), set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture
def chinese(monkeypatch):
    """The chosen language is Chinese."""
    monkeypatch.setitem(settings._values, "language", "zh")


def report(outcome, student="ada", attempt=1):
    """A report with one goal."""
    exercise = Exercise(
        "one",
        Text("One & all", "一"),
        Text("Set `n`.", "写出 `n`。"),
        lambda rng, held_out_rng: Data({"x": rng.normal(size=3)}),
        {"n": NumberAnswer()},
        (lambda submission: outcome,),
        (Text("Look at `x`.", "看看 `x`。"), Text("Again.", "再看。")),
    )
    return ReportView(judge(exercise, {"n": 1}, student, attempt))


FAILED = Outcome(False, Text("the goal", "目标"), Text("no", "没有"))
PASSED = Outcome(True, Text("the goal", "目标"), Text("yes", "有"))


def test_a_report_as_text():
    assert repr(report(FAILED)) == "\n".join(
        [
            "Exercise one: One & all",
            "✗ the goal: no",
            "0 of 1 goals reached.",
            "Hint 1: Look at `x`.",
            "Another attempt reveals another hint (1 left).",
            "Attempt 1 · data of ada",
        ]
    )


def test_a_report_in_chinese(chinese):
    assert repr(report(PASSED, attempt=2)) == "\n".join(
        [
            "练习 one：一",
            "✓ 目标：有",
            "做对了：所有目标都达到了。",
            "第 2 次尝试 · ada 的数据",
        ]
    )


def test_the_last_hint_announces_no_other():
    assert "Another attempt" not in repr(report(FAILED, attempt=2))


@pytest.mark.parametrize("outcome", [FAILED, PASSED])
def test_the_html_is_well_formed_and_needs_no_script_or_style_sheet(outcome):
    view = report(outcome)
    tags = Tags(view._repr_html_())
    assert tags.open == []
    assert tags.names <= {"div", "span", "strong", "br", "ul", "li", "p", "code"}
    assert tags.attributes <= {"style", "title"}
    for _, goal, measured in view.lines:
        assert goal in view._repr_html_()
        assert measured in view._repr_html_()


def test_the_html_says_done_in_words_too():
    assert 'title="done">✓' in report(PASSED)._repr_html_()
    assert 'title="not yet">✗' in report(FAILED)._repr_html_()


def test_names_and_errors_never_become_markup():
    outcome = Outcome(False, Text(EVIL, EVIL), Text(EVIL, EVIL), error=EVIL)
    text = report(outcome, student=EVIL)._repr_html_()
    assert "<img" not in text
    assert text.count("&lt;img") == 4


def test_backticks_become_code_after_escaping():
    assert marked("`a<b` & c") == "<code>a&lt;b</code> &amp; c"


def test_an_error_of_the_engine_is_in_the_chosen_language(chinese):
    task = nbkeras.exercise("first_network", "ada")
    model = nbkeras.Sequential([nbkeras.Input((5,)), nbkeras.layers.Dense(1)])
    ((_, goal, measured),) = task.check(model=model).lines
    assert goal == "model"
    assert measured.startswith("model 不能用于这道练习的数据 (")


def test_a_report_on_an_answer_that_is_missing_is_not_judged_yet():
    task = nbkeras.exercise("first_network", "ada")
    text = repr(task.check())
    assert "✗ model: model is not set. Set it in the cell: model = nbkeras.Seq" in text
    assert "Not judged yet." in text


def test_an_answer_that_is_not_asked_for_is_refused():
    task = nbkeras.exercise("first_network", "ada")
    with pytest.raises(
        TypeError, match=r"Did you mean 'model'\? Write check\(model=.*"
    ):
        task.check(mdoel=1)
    assert task.attempts == 0


def test_a_task_as_html_shows_what_the_cell_gets_and_sets():
    text = nbkeras.exercise("frozen_base", "ada")._repr_html_()
    assert Tags(text).open == []
    assert "<code>%%exercise frozen_base</code>" in text
    assert "<code>base</code> (Sequential)" in text


def test_the_list_as_html_is_a_table_with_headings():
    exercise = report(PASSED).report.exercise
    text = ExerciseList([(exercise, 2, False)])._repr_html_()
    assert Tags(text).open == []
    assert text.count('scope="col"') == 4
    assert "One &amp; all" in text
    assert "attempts: 2" in text


def test_the_student_is_whoever_the_environment_names(monkeypatch):
    monkeypatch.delenv("NBKERAS_STUDENT", raising=False)
    monkeypatch.setenv("JUPYTERHUB_USER", "grace")
    assert nbkeras.exercise("rare_class").student == "grace"
    monkeypatch.setenv("NBKERAS_STUDENT", "ada")
    assert nbkeras.exercise("rare_class").student == "ada"
    assert nbkeras.exercise("rare_class", " bo ").student == "bo"
