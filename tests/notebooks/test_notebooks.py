"""Every notebook of the course runs from top to bottom, here with fewer steps."""

import ast
import shutil
from pathlib import Path

import nbformat
import pytest
from harness import chromium
from IPython.core.inputtransformer2 import TransformerManager

from nbkeras.course.lab import versions
from nbkeras.notebook.export.notebook_cells import STATE, VIEW
from nbkeras.notebook.export.page import write_notebook

COURSE = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(COURSE.glob("*/*.ipynb"))
NAMES = sorted({path.name for path in NOTEBOOKS})
MOST_BYTES = 3_000_000  # of a page
MOST_MEMORY = 2**30  # of a kernel
MOST_S = 60  # of a processor, in quick mode
# Runs behind a notebook: what its kernel has used, [bytes of memory, seconds].
USED = """
import pathlib, time
status = pathlib.Path("/proc/self/status")
if status.exists():  # the most since this program began
    peak = next(row.split() for row in status.read_text().splitlines() if "VmHWM" in row)
    print([1024 * int(peak[1]), time.process_time()])
else:
    print([0, time.process_time()])
"""
# Runs before a notebook: every fit is linted with its data, whatever it shows.
LINTED = """
import nbkeras
fit = nbkeras.Model.fit
def linted(self, x=None, y=None, *args, **how):
    found = nbkeras.lint(self, x, y, how.get("validation_data"))
    with open("advice.txt", "a") as file:
        print(f"{self.name}: {found!r}", file=file)
    return fit(self, x, y, *args, **how)
nbkeras.Model.fit = linted
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """One folder for all, so that the pictures are written once."""
    return tmp_path_factory.mktemp("course")


@pytest.mark.jupyter
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_a_notebook_runs_from_top_to_bottom(
    path, folder, home_of_kernels, monkeypatch, request
):
    from nbclient import NotebookClient

    for name, value in {"NBKERAS_QUICK": "1", **home_of_kernels}.items():
        monkeypatch.setenv(name, value)
    shutil.copy(path, folder)
    notebook = nbformat.read(path, as_version=4)
    num_guesses = sum(map(has_a_guess, notebook.cells))
    if path.parent.name == "en":  # with guesses, and the Chinese lesson without
        for cell in filter(has_a_guess, notebook.cells):
            cell.source = with_a_guess(cell.source)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(LINTED))
    notebook.cells.append(nbformat.v4.new_code_cell(USED))
    advice = folder / "advice.txt"
    advice.unlink(missing_ok=True)
    NotebookClient(
        notebook,
        timeout=300,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
    ).execute()
    memory, seconds = ast.literal_eval(notebook.cells.pop().outputs[0].text)
    assert memory < MOST_MEMORY
    assert seconds < MOST_S
    outputs = [each for cell in notebook.cells for each in cell.get("outputs", [])]
    loud = [o.text for o in outputs if o.get("name") == "stderr"]
    assert [text for text in loud if "NbkerasNotice" not in text] == []
    shown = [o.data.get("text/plain", "") for o in displayed(notebook)]
    if path.parent.name == "en":
        compared = [text for text in shown if "\nyour guess: " in text]
        assert not any("no guess yet" in text for text in compared)
        assert not any("result: nan" in text for text in compared)
    else:
        compared = [text for text in shown if "\n你的猜测：还没有猜" in text]
    assert len(compared) == num_guesses
    failed = [o.ename for o in outputs if o.output_type == "error"]
    assert set(failed) <= {"CellMistake"}  # made on purpose, in the lesson on models
    ran = [c for c in notebook.cells if c.cell_type == "code"]
    assert all(cell.execution_count for cell in ran)
    assert any("image/png" in each.get("data", {}) for each in outputs)
    said = advice.read_text().splitlines() if "fit(" in sources(ran) else []
    assert [line for line in said if not line.endswith(": nothing to say")] == []
    assert not any(f"{w}</figcaption>" in str(outputs) for w in ("Advice", "建议"))
    page = is_valid_and_becomes_a_small_page(notebook, folder)
    if chromium():
        is_drawn_without_a_network(page, request.getfixturevalue("browser"))


@pytest.mark.jupyter
def test_the_solutions_in_the_teachers_exercises_reach_every_goal(folder):
    from nbclient import NotebookClient

    text = versions("teacher")["teacher/zh/exercises.ipynb"]
    notebook = nbformat.reads(text, as_version=4)
    place = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=300, resources=place).execute()
    nbformat.validate(notebook)
    solved = [c for c in notebook.cells if c.source.startswith("%%exercise")]
    solved = [c for c in solved if "teacher" in c.metadata.get("tags", ())]
    assert len(solved) == 36
    for cell in solved:
        said = "".join(o.data["text/plain"] for o in displayed_in(cell))
        assert "✓" in said, cell.id
        assert "✗" not in said, said


def has_a_guess(cell):
    return cell.cell_type == "code" and "nbkeras.guess(" in cell.source


def with_a_guess(source):
    """The cell of a learner who guesses the first answer, or the lowest number."""
    (statement,) = (
        node
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign) and "nbkeras.guess(" in ast.unparse(node)
    )
    given = {word.arg: ast.unparse(word.value) for word in statement.value.keywords}
    guess = f"({given['options']})[0]" if "options" in given else given["low"]
    lines = source.splitlines()
    lines.insert(statement.lineno - 1, f"my_guess = {guess}")
    return "\n".join(lines)


def is_valid_and_becomes_a_small_page(notebook, folder):
    """A notebook that was run: by nbformat's rules, and as a page without a kernel."""
    nbformat.validate(notebook)
    states = notebook.metadata.get("widgets", {}).get(STATE, {"state": {}})["state"]
    shown = [o.data[VIEW].model_id for o in displayed(notebook) if VIEW in o.data]
    assert set(shown) <= set(states)
    saved = folder / "saved.ipynb"
    nbformat.write(notebook, saved)
    page = write_notebook(saved)
    assert page.stat().st_size < MOST_BYTES
    ours = [
        i for i in shown if "nbkeras" in states[i]["state"].get("_anywidget_id", "")
    ]
    assert page.read_text("utf-8").count('class="page-widget"') == len(ours)
    return page


def is_drawn_without_a_network(path, browser):
    """Every widget of a page, from the disk, on a phone; nothing is asked of a network."""
    context = browser.new_context(offline=True, viewport={"width": 390, "height": 800})
    page, met = context.new_page(), []
    page.on("pageerror", lambda error: met.append(str(error)))
    page.on(
        "request",
        lambda r: r.url.startswith(("file:", "blob:", "data:")) or met.append(r.url),
    )
    page.goto(path.resolve().as_uri())
    page.wait_for_function(
        """() => [...document.querySelectorAll(".page-widget")]
          .every((place) => place.querySelector(".nbk, .page-note"))"""
    )
    assert page.locator(".page-widget .page-note").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()
    assert met == []


def displayed(notebook):
    return [each for cell in notebook.cells for each in displayed_in(cell)]


def displayed_in(cell):
    return [each for each in cell.get("outputs", []) if "data" in each]


def sources(cells):
    return "".join(cell.source for cell in cells[1:])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_a_notebook_is_kept_clean(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


@pytest.mark.parametrize("name", NAMES)
def test_both_languages_have_the_same_code(name):
    english, chinese = (
        nbformat.read(COURSE / language / name, as_version=4).cells
        for language in ("en", "zh")
    )
    assert [c.id for c in english] == [c.id for c in chinese]
    for one, other in zip(english, chinese, strict=True):
        assert one.cell_type == other.cell_type
        if one.cell_type == "code":
            assert shape_of(one.source) == shape_of(other.source), one.id


def shape_of(source):
    """The code without comments and with every text left out; magics as calls."""
    tree = ast.parse(TransformerManager().transform_cell(source))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.dump(tree)
