"""The cells on the pages, magics and all, run in a notebook's shell."""

import re
from pathlib import Path

import pytest
from shells import new_shell

from nbkeras.notebook.model_magic import magics

ROOT = Path(__file__).parents[2]
CELL = re.compile(r"^```text\n(%%model.*?)^```$", re.S | re.M)
CELLS = [
    (page.name, cell)
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
    for cell in CELL.findall(page.read_text("utf-8"))
]


@pytest.fixture
def shell():
    shell = new_shell()
    magics.load(shell)
    yield shell
    magics.unload(shell)


@pytest.mark.parametrize(("page", "cell"), CELLS)
def test_a_cell_on_a_page_makes_its_model(page, cell, shell, monkeypatch):
    monkeypatch.setattr("nbkeras.Model.compile_ahead", lambda self: None)
    shell.run_cell(cell).raise_error()
    name = cell.split()[1]
    assert shell.user_ns[name].count_params() > 0


def test_the_mistake_on_the_page_is_the_one_that_is_told(shell, capsys):
    page = (ROOT / "docs" / "model.md").read_text("utf-8")
    told = re.search(r"^```text\n(Line 4:.*?)^```$", page, re.S | re.M)[1]
    cell = "%%model net --input 28,28,1\nConv2D(8, 3)\nMaxPooling2D()\nConv2D(8, 30)"
    assert not shell.run_cell(cell).success
    assert " ".join(told.split()) in " ".join(capsys.readouterr().out.split())
