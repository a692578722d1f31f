"""`%%exercise` through a real IPython shell."""

import numpy as np
import pytest
from shells import new_shell

import nbkeras
from nbkeras.analysis.exercises import submission_file
from nbkeras.core import settings
from nbkeras.notebook.exercises import magics
from nbkeras.notebook.exercises.views import ExerciseList, ReportView
from nbkeras.notebook.model_magic import magics as model_magics


@pytest.fixture
def shell(monkeypatch):
    """A shell that has loaded the magics, for a student called Ada."""
    monkeypatch.setenv("NBKERAS_STUDENT", "Ada")
    shell = new_shell()
    magics.load(shell)
    yield shell
    magics.unload(shell)


def run(shell, text):
    """The value of a cell that must succeed."""
    result = shell.run_cell(text)
    result.raise_error()
    return result.result


def fails(shell, text):
    """The message of a cell that must fail, as IPython prints it."""
    result = shell.run_cell(text)
    assert not result.success
    (message,) = result.error_in_exec._render_traceback_()
    return message


RATE = (
    "%%exercise fastest_rate\n"
    "def rate(x, y):\n"
    "    return 0.97 * 2 / np.linalg.eigvalsh(2 * x.T @ x / len(x)).max()"
)
WRONG = "%%exercise fastest_rate\ndef rate(x, y): return 1e-4"


def test_a_cell_gets_the_data_and_its_answer_is_judged(shell, capsys):
    run(shell, "import numpy as np")
    report = run(shell, RATE)
    assert isinstance(report, ReportView)
    assert report.passed
    assert "Solved: every goal is reached." in capsys.readouterr().out


def test_the_data_hold_in_the_cell_only_and_what_it_sets_stays(shell):
    run(shell, "import numpy as np\nx = 'mine'")
    run(shell, f"{RATE}\nlargest = x.max()")
    assert shell.user_ns["x"] == "mine"
    assert "y" not in shell.user_ns
    task = nbkeras.exercise("fastest_rate", "Ada")
    assert shell.user_ns["largest"] == task.data["x"].max()


def test_the_data_are_put_back_when_the_cell_fails(shell):
    run(shell, "x = 'mine'")
    result = shell.run_cell("%%exercise fastest_rate\nx, y\n1 / 0")
    assert isinstance(result.error_in_exec, ZeroDivisionError)
    assert shell.user_ns["x"] == "mine"
    assert "y" not in shell.user_ns


def test_the_cell_begins_with_the_students_seed(shell):
    cell = "%%exercise rare_class\nthreshold = float(nbkeras.random.uniform(()))"
    run(shell, "import nbkeras")
    run(shell, cell)
    threshold = shell.user_ns["threshold"]
    nbkeras.utils.set_random_seed(nbkeras.exercise("rare_class", "Ada").seed)
    assert threshold == float(nbkeras.random.uniform(()))


def test_the_last_value_of_the_cell_is_displayed_before_the_report(shell, capsys):
    run(shell, f"{WRONG}\nx.shape")
    printed = capsys.readouterr().out
    assert printed.index("(60, 3)") < printed.index("goals reached")


def test_an_answer_from_an_earlier_cell_is_judged(shell):
    run(shell, "def rate(x, y): return 1e-5")
    report = run(shell, "%%exercise fastest_rate\npass")
    assert "10 times as large" in report.lines[1][2]


def test_each_attempt_of_a_student_reveals_another_hint(shell):
    assert [len(run(shell, WRONG).hints) for _ in range(4)] == [1, 2, 3, 3]
    run(shell, "%exercise --student bo")
    assert len(run(shell, WRONG).hints) == 1


def test_the_list_says_what_is_solved_and_tried(shell):
    run(shell, "import numpy as np")
    run(shell, RATE)
    run(shell, "%%exercise rare_class\npass")
    listed = run(shell, "%exercise")
    assert isinstance(listed, ExerciseList)
    rows = {line.split()[0]: line for line in repr(listed).splitlines()}
    assert rows["fastest_rate"].endswith("(solved)")
    assert rows["rare_class"].endswith("(attempts: 1)")
    assert rows["first_network"].endswith("A network that bends its line")


def test_a_line_with_a_name_shows_the_task(shell):
    task = run(shell, "%exercise first_network")
    text = repr(task)
    assert "The cell gets: x (300, 2), y (300,)" in text
    assert text.endswith("The cell sets: model")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("", "Write for example %%exercise first_network"),
        ("first_netwrok", "Did you mean 'first_network'?"),
        ("first_network rare_class", "%%exercise needs the name of one exercise"),
        ("first_network --studnet ada", "It takes --student NAME"),
        ("../../secrets", "There is no exercise '../../secrets'"),
        ("__import__('os')", "There is no exercise"),
    ],
)
def test_a_line_that_cannot_be_understood_is_answered_without_a_traceback(
    shell, line, says
):
    assert says in fails(shell, f"%%exercise {line}\npass")


def test_a_misspelt_name_is_answered_in_chinese(shell, monkeypatch):
    monkeypatch.setitem(settings._values, "language", "zh")
    message = fails(shell, "%%exercise first_netwrok\npass")
    assert message.startswith("没有名为 'first_netwrok' 的练习。")
    assert message.endswith("在笔记本里写 %exercise 可列出所有练习。")


def test_a_model_cell_and_an_exercise_go_together(shell):
    model_magics.load(shell)
    run(shell, "%%model net --input 2\nDense(1, 'sigmoid')")
    report = run(shell, "%%exercise first_network\nmodel = net")
    assert not report.lines[0][2].startswith("model")
    assert report.lines[1][1] == "model: at most 60 weights"
    assert np.isfinite(float(report.lines[0][2].split(" %")[0]))
    model_magics.unload(shell)


def test_unload_removes_both_magics(shell):
    magics.unload(shell)
    for kind in ("line", "cell"):
        assert "exercise" not in shell.magics_manager.magics[kind]


def test_what_was_last_judged_is_handed_in(shell, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    run(shell, WRONG)
    run(shell, "rate = 'another'")
    run(shell, "%exercise fastest_rate --submit")
    assert "fastest_rate-Ada.zip" in capsys.readouterr().out
    file = submission_file.read(tmp_path / "fastest_rate-Ada.zip")
    assert file.student == "Ada"
    source = "def rate(x, y): return 1e-4\n"
    assert file.answers == {"rate": {"function": source}}


def test_handing_in_needs_a_name_and_an_answer(shell, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "%exercise first_network --submit" in fails(shell, "%exercise --submit")
    message = fails(shell, "%exercise fastest_rate --submit")
    assert "Write submit(rate=...), or check the answers first." in message
    assert not list(tmp_path.iterdir())


def test_the_notebook_of_the_kernel_is_enclosed(tmp_path, monkeypatch):
    notebook = tmp_path / "lesson.ipynb"
    notebook.write_text('{"cells": []}')
    monkeypatch.setenv("JPY_SESSION_NAME", str(notebook))
    task = nbkeras.exercise("rare_class", "Ada")
    path = task.submit(tmp_path / "a.zip", threshold=0.5)
    content = submission_file.read(path).attachment(submission_file.NOTEBOOK)
    assert content == b'{"cells": []}'


def test_an_answer_that_is_not_asked_for_cannot_be_handed_in(tmp_path):
    with pytest.raises(TypeError, match=r"Write submit\(rate=\.\.\.\)"):
        nbkeras.exercise("fastest_rate", "Ada").submit(tmp_path / "a.zip", rat=0.5)
