"""The code in README.md and on the pages of the site runs as it stands."""

import re
import sys
from pathlib import Path

import pytest

from nbkeras.analysis.exercises import catalogue

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").glob("*.md")),
]
# A comment above a block says that it `raises`, or is a `sketch` and does not run.
BLOCK = re.compile(r"^(?:<!-- (\w+) -->\n)?```python\n(.*?)^```$", re.S | re.M)
# A search of a minute is one trial here.
SHORTER = ("seconds=60", "trials=1")
PAGES = [page for page in PAGES if BLOCK.search(page.read_text("utf-8"))]


@pytest.fixture
def no_traces(monkeypatch):
    """Undo what a page leaves: the meaning of `import keras`, its own exercises."""
    monkeypatch.setattr(catalogue, "_registered", dict(catalogue._registered))
    for name in list(sys.modules):
        if name.split(".")[0] == "keras":
            monkeypatch.delitem(sys.modules, name)
    yield
    from nbkeras import compat

    compat.uninstall()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
@pytest.mark.filterwarnings("default::nbkeras.core.notices.NbkerasNotice")
def test_the_code_of_a_page_runs(page, tmp_path, monkeypatch, no_traces):
    monkeypatch.chdir(tmp_path)
    names = {}
    for mark, code in BLOCK.findall(page.read_text("utf-8")):
        assert mark in ("", "raises", "sketch")
        if mark == "sketch":
            continue
        code = code.replace(*SHORTER)
        block = compile(code, f"{page.name}:\n{code}", "exec")
        if mark == "raises":
            with pytest.raises((TypeError, ValueError)):
                exec(block, names)
        else:
            exec(block, names)


def test_the_error_on_the_first_page_is_the_one_that_is_raised():
    from nbkeras import layers

    page = (ROOT / "docs" / "index.md").read_text("utf-8")
    shown = re.search(r"```text\nTypeError: (.*?)\n```", page, re.S)[1]
    with pytest.raises(TypeError, match=re.escape(" ".join(shown.split()))):
        layers.Dense(unit=10)
