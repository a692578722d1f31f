"""`nbkeras grade` writes two tables and a page."""

import pytest
from made_up_submissions import with_rate

from nbkeras import cli
from nbkeras.course.grading.command import names_in


def test_the_command_grades_a_folder_and_prints_where_the_results_are(
    tmp_path, capsys, monkeypatch
):
    monkeypatch.setenv("NBKERAS_SECRET", "a word")
    with_rate(tmp_path / "class" / "a.zip", "ada")
    output = tmp_path / "results"
    arguments = ["grade", str(tmp_path / "class"), "--output", str(output)]
    assert cli.main(arguments) == 0
    text = capsys.readouterr()
    assert text.err == ""
    assert text.out.split() == [
        *("1", "ada", "fastest_rate", "2/2"),
        *(str(output / n) for n in ("grades.csv", "final_grades.csv", "report.html")),
    ]
    assert "fastest_rate" in (output / "report.html").read_text("utf-8")


def test_without_a_secret_the_command_warns_and_an_absent_folder_fails(
    tmp_path, capsys, monkeypatch
):
    monkeypatch.delenv("NBKERAS_SECRET", raising=False)
    assert cli.main(["grade", str(tmp_path / "absent")]) == 1
    error = capsys.readouterr().err
    assert "--secret WORD" in error
    assert "nbkeras grade: there is no folder" in error


@pytest.mark.parametrize("option", ["--seconds", "--memory", "--jobs"])
def test_a_limit_is_above_0(option, capsys):
    with pytest.raises(SystemExit, match="2"):
        cli.main(["grade", "class", option, "0"])
    assert "0 is not above 0" in capsys.readouterr().err


@pytest.mark.parametrize(
    "text",
    [
        "ada\nbo\n",
        "\ufeffada\r\n\r\nbo\r\n",
        "email,student_id\na@x,ada\nb@x,bo\n",
        "Name , Group\nada,1\nbo,2\n",
    ],
)
def test_a_list_of_students_is_a_name_a_line_or_a_column(tmp_path, text):
    path = tmp_path / "students.csv"
    path.write_text(text, "utf-8", newline="")
    assert names_in(path) == ["ada", "bo"]
