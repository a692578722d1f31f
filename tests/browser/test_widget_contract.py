"""What every widget keeps: its files, its names, its manners on a page."""

import importlib.resources
import re
from pathlib import Path

import pytest
from harness import own_traits
from widget_cases import CASES

import nbkeras.notebook.widgets as package
from nbkeras.notebook.strings import rows
from nbkeras.notebook.widgets._base import text_of, trio

FOLDER = Path(package.__file__).parent
STEMS = sorted(
    {f.stem for f in FOLDER.iterdir() if f.is_file() and not f.stem.startswith("_")}
)


def script(stem, wire):
    return trio(type(CASES[stem]())).with_suffix(".js").read_text("utf-8")


def names_after(word, head):
    found = re.search(rf"{word}: ([^.]*)\.", head)
    listed = re.split(r"[,\s]+", found[1].replace("//", "")) if found else []
    return {name for name in listed if name not in ("", "nothing")}


def test_every_widget_has_three_files_and_a_case():
    for stem in STEMS:
        assert {f.suffix for f in FOLDER.glob(f"{stem}.*")} == {".py", ".js", ".css"}
    assert set(STEMS) <= set(CASES), "add the widget to tests/browser/widget_cases.py"


@pytest.mark.parametrize("stem", CASES)
def test_names_in_the_script_are_the_traits(stem, wire):
    text = script(stem, wire)
    head = "".join(re.findall(r"\A(?://[^\n]*\n)+", text))
    traits = set(own_traits(CASES[stem]()))
    reads, writes = names_after("Reads", head), names_after("Writes", head)
    assert reads == traits, "the first lines say which traits are read: all of them"
    assert writes <= traits
    used = re.findall(r"model\.get\(\"(\w+)\"\)", text)
    watched = re.findall(r"watch\(\s*model,\s*\[([^\]]*)\]", text)
    used += re.findall(r'"(\w+)"', " ".join(watched))
    assert set(used) <= traits
    whole = text_of(trio(type(CASES[stem]())).with_suffix(".js"))
    saved = set(re.findall(r"\b(?:save|model\.set)\(\"(\w+)\"", whole))
    assert saved == writes


@pytest.mark.parametrize("stem", CASES)
def test_every_word_that_the_script_says_is_in_the_table(stem, wire):
    said = set(re.findall(r"\bsay\(\"([\w.]+)\"", script(stem, wire)))
    assert said <= set(CASES[stem]().words)


@pytest.mark.parametrize("stem", CASES)
def test_styles_are_the_widgets_own(stem, wire):
    css = trio(type(CASES[stem]())).with_suffix(".css").read_text("utf-8")
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.S)
    selectors = re.findall(r"([^{}]+)\{", re.sub(r"@[^{;]+", "", css))
    for each in selectors:
        for one in re.split(r",(?![^(]*\))", each):
            if one.strip() and not re.fullmatch(r"(from|to|[\d.]+%)", one.strip()):
                assert ".nbk" in one, f"{one.strip()!r} would style the whole page"
    assert all(
        c.startswith("nbk") for c in re.findall(r"\.([a-z][\w-]*)", " ".join(selectors))
    )
    assert "#" not in " ".join(selectors), "no ids: two views may be on one page"


@pytest.mark.parametrize("stem", CASES)
def test_the_script_never_makes_markup_from_text(stem, wire):
    text = script(stem, wire)
    for word in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
    ):
        assert word not in text
    for word in ("https:", "http:"):
        assert word not in text.replace("http://www.w3.org/2000/svg", "")


@pytest.mark.browser
@pytest.mark.parametrize("stem", CASES)
def test_two_views_live_and_leave_together(stem, view_of):
    # The fixture checks at the end that no subscription and no error is left.
    view_of(CASES[stem]())
    page = view_of(CASES[stem]()).page
    ids = page.evaluate("() => [...document.querySelectorAll('[id]')].map((e) => e.id)")
    assert len(ids) == len(set(ids))
    classes = page.evaluate(
        "() => [...document.querySelectorAll('.nbk [class]')].flatMap((e) => [...e.classList])"
    )
    assert [c for c in classes if not c.startswith("nbk-")] == []


NAMELESS = """() => [...document.querySelectorAll(".nbk button, .nbk input, .nbk select, .nbk textarea, .nbk [role], .nbk [tabindex]")]
  .filter((e) => !["presentation", "none", "status", "group", "row", "cell", "list", "listitem"].includes(e.getAttribute("role")))
  .filter((e) => !(e.getAttribute("aria-label") || e.getAttribute("aria-labelledby") || e.labels?.length || e.textContent.trim()))
  .map((e) => e.outerHTML.slice(0, 120))"""


@pytest.mark.browser
@pytest.mark.parametrize("stem", CASES)
def test_every_control_has_a_name_for_a_screen_reader(stem, view_of):
    assert view_of(CASES[stem]()).page.evaluate(NAMELESS) == []


SCHEMES = [
    pytest.param(dark, marks=pytest.mark.page(dark=dark)) for dark in (False, True)
]
AXE = """async () => {
  const found = await axe.run(".nbk", { resultTypes: ["violations"] });
  return found.violations.filter((v) => ["serious", "critical"].includes(v.impact))
    .flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.html.slice(0, 120)}`)); }"""


@pytest.mark.browser
@pytest.mark.parametrize("dark", SCHEMES, ids=["light", "dark"])
@pytest.mark.parametrize("stem", CASES)
def test_axe_finds_nothing_serious(stem, dark, view_of):
    # Colours, roles, names and labels, as Deque's axe-core judges them.
    page = view_of(CASES[stem]()).page
    page.evaluate(
        "(dark) => { document.body.style.background = dark ? '#111' : '#fff'; }", dark
    )
    script = importlib.resources.files("axe_playwright_python") / "axe.min.js"
    page.add_script_tag(content=script.read_text("utf-8"))
    assert page.evaluate(AXE) == []


@pytest.mark.parametrize("stem", ["common", *STEMS])
def test_no_text_is_missing_in_a_language(stem):
    for key, row in rows(stem).items():
        assert len(row) == 2, key
        assert all(isinstance(text, str) and text.strip() for text in row), key
        braces = [sorted(re.findall(r"\{(\w+)\}", text)) for text in row]
        assert braces[0] == braces[1], f"{key}: the languages fill in different values"


def test_chinese_is_chosen_for_widgets_made_from_now_on(wire):
    import nbkeras

    try:
        nbkeras.set_language("zh")
        assert CASES["probe"]().words["close"] == "关闭"
    finally:
        nbkeras.set_language("en")
    assert CASES["probe"]().words["close"] == "Close"
    with pytest.raises(ValueError, match="one of 'en', 'zh'"):
        nbkeras.set_language("eng")
