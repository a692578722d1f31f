"""Every file and folder that a page names is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = (
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "SECURITY.md",
    *(ROOT / "docs" / f"{name}.md" for name in ("architecture", "widgets")),
    *(ROOT / "docs" / f"{name}.md" for name in ("performance", "reliability")),
)
# `models/saving/` or `train/loop.py`, with one folder at least; no pattern.
PATH = re.compile(r"`(?:python |pytest )?([a-z_.][\w.-]*/[\w./-]*?)`")


def paths(page):
    text = page.read_text("utf-8").replace("<tool>", "descent")
    return [*dict.fromkeys(PATH.findall(text))]


def home(path):
    """The file or folder, in the repository or in the package; None if in neither."""
    here = [root / path for root in (ROOT, ROOT / "nbkeras", ROOT / "nbkeras/notebook")]
    return next((place for place in here if place.exists()), None)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_path_that_a_page_names_is_there(page):
    # `tests/unit/a/` stands for any folder; .venv is made by the reader.
    named = [p for p in paths(page) if "/a/" not in p and p[:6] != ".venv/"]
    assert [path for path in named if home(path) is None] == []


def test_paths_are_found():
    assert "train/loop.py" in paths(ROOT / "docs" / "architecture.md")
