"""The Chinese README has the code, the links and the tools of the English one."""

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
    blocks.remove(choice)
    assert blocks == BLOCK.findall(ENGLISH)


def test_it_names_the_same_tools_and_pages():
    tools = [re.findall(r"^\| (?!---)", text, re.M) for text in (ENGLISH, CHINESE)]
    assert len(tools[0]) == len(tools[1]) > 10
    other = {"README.md", "README.zh.md"}
    pages = [{path for path, _ in LINK.findall(t)} - other for t in (ENGLISH, CHINESE)]
    assert pages[0] == pages[1]


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
