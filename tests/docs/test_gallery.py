"""The gallery shows everything that a notebook shows."""

import re
from pathlib import Path

import pytest
from gallery import FIGURES, FOLDER, PAGES, WIDGETS
from PIL import Image

PAGE = (Path(__file__).parents[2] / "docs" / "gallery.md").read_text("utf-8")
WRITE = "Run: python tests/browser/gallery.py --write"


@pytest.mark.parametrize("name", [*WIDGETS, *PAGES])
def test_the_gallery_has_a_picture_with_words_for(name):
    words = re.search(rf"!\[([^\]]+)\]\(gallery/{name}\.png\)", PAGE)
    assert words, f"docs/gallery.md shows no gallery/{name}.png. {WRITE}"
    assert len(words[1]) > 20
    file = FOLDER / f"{name}.png"
    assert file.exists(), WRITE
    assert file.stat().st_size < 150_000
    with Image.open(file) as picture:
        assert picture.width >= 900
        shades = picture.convert("L").histogram()
    assert sum(count > 0 for count in shades) > 10, "an empty picture"


def test_every_picture_of_the_gallery_is_shown():
    on_page = set(re.findall(r"\(gallery/(\w+)\.png\)", PAGE))
    assert {file.stem for file in FOLDER.glob("*.png")} == on_page


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_of_a_page_is_there_and_not_empty(name):
    page = (FOLDER.parent / f"{name}.md").read_text("utf-8")
    assert f"]({name}.png)" in page
    with Image.open(FOLDER.parent / f"{name}.png") as picture:
        shades = picture.convert("L").histogram()
    assert sum(count > 0 for count in shades) > 10, WRITE
