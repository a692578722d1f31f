"""The command line: help, lab, doctor."""

import json
import os
import re
import signal
import sys
import urllib.request
from pathlib import Path

import nbformat
import pytest

import nbkeras
from nbkeras import cli
from nbkeras.course import doctor, lab, lessons

COURSE = Path(__file__).parents[3] / "notebooks"
LESSONS = {f"{p.parent.name}/{p.name}" for p in COURSE.glob("*/*.ipynb")}
STUDENTS = {*LESSONS, "en/exercises.ipynb", "zh/exercises.ipynb"}


def test_help_names_every_command(capsys):
    with pytest.raises(SystemExit, match="0"):
        cli.main(["--help"])
    text = capsys.readouterr().out
    assert all(
        f"    {name}" in text
        for name in ("run", "tutorial", "lab", "grade", "export", "doctor")
    )


def test_the_version_is_that_of_the_package(capsys):
    with pytest.raises(SystemExit, match="0"):
        cli.main(["--version"])
    assert capsys.readouterr().out == f"nbkeras {nbkeras.__version__}\n"


def test_a_misspelt_command_gets_the_list(capsys):
    with pytest.raises(SystemExit, match="2"):
        cli.main(["tutorail"])
    assert "tutorial" in capsys.readouterr().err


def test_an_interrupt_ends_with_one_line(monkeypatch, capsys):
    def pressed():
        raise KeyboardInterrupt

    monkeypatch.setattr(doctor, "report", pressed)
    assert cli.main(["doctor"]) == 130
    assert capsys.readouterr().err == "\nStopped.\n"


def test_the_doctor_tells_versions_devices_and_controls(capsys):
    assert cli.main(["doctor"]) == 0
    lines = dict(
        line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()
    )
    assert lines["Python"].startswith(sys.version.split()[0])
    assert lines["devices"].startswith("cpu:0")
    assert lines["memory"].endswith("MB free")
    assert {*doctor.PACKAGES, "cores", "cache", "live"} <= set(lines)


def test_the_doctor_fills_in_a_bug_report(tmp_path, capsys):
    page = tmp_path / "report.md"
    assert cli.main(["doctor", "--report", str(page)]) == 0
    assert "paste it into a new issue" in capsys.readouterr().out
    text = page.read_text("utf-8")
    assert f"nbkeras     {nbkeras.__version__}" in text
    assert "devices     cpu:0" in text
    assert doctor.PLACE not in text
    assert str(Path.home()) not in text
    assert cli.main(["doctor", "--report", str(page)]) == 1  # never overwritten
    assert "Name another file" in capsys.readouterr().err


def test_the_template_of_an_issue_is_the_page_that_the_doctor_fills():
    root = Path(__file__).parents[3]
    template = (root / ".github/ISSUE_TEMPLATE/bug_report.md").read_text("utf-8")
    page = Path(doctor.__file__).with_name("bug_report.md").read_text("utf-8")
    assert template.endswith(page)
    assert page.count(doctor.PLACE) == 1
    for file in (root / ".github/ISSUE_TEMPLATE").iterdir():
        head = file.read_text("utf-8").split("---\n")[1]
        assert {line.split(":")[0] for line in head.splitlines()} == {
            "name",
            "about",
            "labels",
        }


@pytest.mark.parametrize(
    ("kernel", "server", "works"),
    [
        ("7.0.1", "4.4.0", True),
        ("6.29.5", "4.4.0", False),
        ("7.4.0", "4.3.9", False),
        ("not installed", "4.4.0", False),
    ],
)
def test_live_controls_need_ipykernel_7_and_jupyterlab_4_4(
    monkeypatch, kernel, server, works
):
    found = {"ipykernel": kernel, "jupyterlab": server}
    monkeypatch.setattr(doctor, "version", found.get)
    assert doctor.live_controls().startswith("yes" if works else "no")


def test_a_copy_of_the_course_keeps_what_the_reader_changed(tmp_path):
    _, new = lab.copy_course(tmp_path)
    assert new == len(STUDENTS)
    assert {str(p.relative_to(tmp_path)) for p in tmp_path.glob("*/*")} == STUDENTS
    mine = tmp_path / "en" / "01_first_light.ipynb"
    json.loads(mine.read_text("utf-8"))
    mine.write_text("changed")
    (tmp_path / "zh" / "01_first_light.ipynb").unlink()
    assert lab.copy_course(tmp_path)[1] == 1
    assert mine.read_text() == "changed"


def test_lab_serves_the_copy_and_begins_with_lesson_1(tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    show = "import sys; print(sys.argv[1:])"
    real = lab._command
    monkeypatch.setattr(
        lab, "_command", lambda *a: [sys.executable, "-c", show, *real(*a)[1:]]
    )
    assert cli.main(["lab", str(tmp_path / "mine"), "--no-browser"]) == 0
    page = capfd.readouterr().out
    assert (
        f"The course is in {tmp_path / 'mine'} ({len(STUDENTS)} new notebooks)." in page
    )
    assert f"--ServerApp.root_dir={tmp_path / 'mine'}" in page
    assert "--LabApp.default_url=/lab/tree/zh/01_first_light.ipynb" in page
    assert "--no-browser" in page
    assert ("--allow-root" in page) == (os.geteuid() == 0)


def test_lab_saves_widgets_and_asks_nothing_about_news(monkeypatch):
    from jupyter_server.services.config.manager import ConfigManager

    name = "JUPYTER_CONFIG_PATH"
    monkeypatch.setenv(name, lab.environment()[name])
    manager = ConfigManager(config_dir_name="labconfig")
    settings = manager.get("default_setting_overrides")
    assert settings["@jupyter-widgets/jupyterlab-manager:plugin"]["saveState"] is True
    news = settings["@jupyterlab/apputils-extension:notification"]["fetchNews"]
    assert news == "false"


SERVER = """
import http.server, json, os, pathlib
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
told = {"url": f"http://127.0.0.1:{server.server_port}/", "token": "abc"}
folder = pathlib.Path(os.environ["JUPYTER_RUNTIME_DIR"])
print("[I] Jupyter Server is running at:", flush=True)
(folder / f"jpserver-{os.getpid()}.json").write_text(json.dumps(told))
server.handle_request()
server.handle_request()
"""


@pytest.mark.parametrize("course", ["en", "zh"])
def test_a_students_course_is_the_source_in_one_language(course, tmp_path):
    lab.copy_course(tmp_path, course)
    written = {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*.ipynb")}
    assert written == {name for name in STUDENTS if name.startswith(course)}
    for name in written & LESSONS:
        text = (COURSE / name).read_text("utf-8")
        assert (tmp_path / name).read_text("utf-8") == text


def test_a_teachers_course_is_the_students_with_notes_and_solutions(tmp_path):
    lab.copy_course(tmp_path)
    lab.copy_course(tmp_path, "teacher")
    assert len([*tmp_path.glob("teacher/*/*.ipynb")]) == len(STUDENTS)
    for name in STUDENTS:
        student, teacher = (
            nbformat.read(path, as_version=4)
            for path in (tmp_path / name, tmp_path / "teacher" / name)
        )
        nbformat.validate(teacher)
        added = [c for c in teacher.cells if "teacher" in c.metadata.get("tags", ())]
        kept = [cell for cell in teacher.cells if cell not in added]
        for cell, own in zip(kept, student.cells, strict=True):
            assert cell.source.replace("<details open>", "<details>") == own.source
        asked = [c.source.split()[1] for c in kept if c.source.startswith("%%exerc")]
        solved = [c.source.split()[1] for c in added if c.source.startswith("%%exerc")]
        assert solved == asked
        assert len(added) == (1 + 2 * len(asked) if asked else 0)


def test_a_student_gets_no_solution_and_a_teacher_all_goals_and_hints():
    from nbkeras.analysis.exercises.course import EXERCISES

    for column, language in enumerate(lab.LANGUAGES):
        student = lessons.text_of(lessons.exercise_book(language))
        teacher = lessons.exercise_book(language, is_teacher=True)
        sources = "\n".join("".join(cell["source"]) for cell in teacher["cells"])
        for exercise in EXERCISES:
            assert f"%%exercise {exercise.name}" in student
            hints = [hint[column] for hint in exercise.hints]
            goals = [check.goal[column] for check in exercise.checks]
            assert all(text in sources for text in (*hints, *goals))
            assert not any(text in student for text in hints)
        assert "def network(" in sources
        assert "def network(" not in student


def test_lab_begins_with_the_teachers_lesson_1(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(lab, "_serve", lambda command: print(command) or 0)
    monkeypatch.setenv("LC_ALL", "C")
    options = ["--course", "teacher", "--no-browser"]
    assert cli.main(["lab", str(tmp_path / "mine"), *options]) == 0
    assert "/lab/tree/teacher/en/01_first_light.ipynb" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="2"):
        cli.main(["lab", "--course", "fr"])


def test_lab_says_its_address_last(tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    command = [sys.executable, "-c", SERVER]
    monkeypatch.setattr(lab, "_command", lambda *a: command)
    monkeypatch.setattr(lab, "POLL_S", 0.05)
    said = []

    def end_server(*arguments, **options):
        print(*arguments, **options)
        if "is at" in arguments[0]:
            said.append(arguments[0].split()[-1])
            urllib.request.urlopen(said[0].split("lab?")[0]).close()

    monkeypatch.setattr(lab, "print", end_server, raising=False)
    assert cli.main(["lab", str(tmp_path / "mine"), "--no-browser"]) == 0
    lines = capfd.readouterr().out.strip().splitlines()
    assert re.fullmatch(r"http://127.0.0.1:\d+/lab\?token=abc", said[0])
    assert lines[-1] == f"JupyterLab is at {said[0]}"


def test_lab_names_a_folder_that_cannot_be_written(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert cli.main(["lab", str(tmp_path / "file")]) == 1
    assert "Write for example: nbkeras lab ~/nbkeras-course" in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_the_server_too(number, tmp_path, monkeypatch):
    class Server:
        told, pid = None, -1

        def __init__(self, command, env):
            pass

        def poll(self):
            return 0  # it is gone before it had an address to print

        def wait(self, timeout=None):
            if self.told is None:
                signal.raise_signal(number)

        def terminate(self):
            Server.told = "terminate"

    monkeypatch.setattr(lab.subprocess, "Popen", Server)
    handler = signal.getsignal(signal.SIGTERM)
    assert lab.open_lab(tmp_path) == 0
    assert Server.told == "terminate"
    assert signal.getsignal(signal.SIGTERM) is handler
