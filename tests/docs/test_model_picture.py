"""The picture on the page about pictures is the one that its code draws."""

import re
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def test_the_picture_on_the_page_is_what_its_code_draws(tmp_path, monkeypatch):
    page = (DOCS / "model-picture.md").read_text("utf-8")
    monkeypatch.chdir(tmp_path)
    names = {}
    for code in re.findall(r"^```python\n(.*?)^```$", page, re.S | re.M):
        exec(code, names)
    drawn = (tmp_path / "model-picture.svg").read_text("utf-8")
    kept = (DOCS / "model-picture.svg").read_text("utf-8")
    assert drawn == kept, "copy the picture that the page's code draws into docs/"
    assert "digraph" in names["text"]
