"""The Chinese README has the code of the English one, and links that lead somewhere."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ENGLISH, CHINESE = (
    (ROOT / name).read_text("utf-8") for name in ("README.md", "README.zh.md")
)
BLOCK = re.compile(r"^```\w+\n.*?^```$", re.S | re.M)
LINK = re.compile(r"\]\(([^)#]+)(?:#([\w-]+))?\)")


def test_its_code_is_that_of_the_english_page():
    blocks = BLOCK.findall(CHINESE)
    choice = '```python\nimport nbkeras\n\nnbkeras.set_language("zh")\n```'
    assert blocks.count(choice) == 1
    assert {block for block in blocks if block not in ENGLISH} == {choice}


def test_the_two_pages_link_to_each_other():
    assert "](README.zh.md)" in ENGLISH
    assert "](README.md)" in CHINESE


def test_every_link_leads_to_a_file_and_a_heading():
    for path, heading in LINK.findall(CHINESE):
        target = ROOT / path
        assert target.exists(), path
        if heading:
            headings = re.findall(r"^#+ (.*)$", target.read_text("utf-8"), re.M)
            names = {
                re.sub(r"[^\w -]", "", h.lower()).replace(" ", "-") for h in headings
            }
            assert heading in names, (path, heading)
