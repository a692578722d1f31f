"""What every widget keeps: its files, its names, its manners on a page."""

import importlib.resources
import re
from pathlib import Path

import ipywidgets
import pytest
from harness import own_traits
from widget_cases import CASES

import nbkeras
import nbkeras.notebook as package
from nbkeras.notebook.widget.base import text_of, widget_files
from nbkeras.notebook.widget.translations import rows

FOLDER = Path(package.__file__).parent
TOOLS = sorted(file.parent.name for file in FOLDER.glob("*/widget.py"))


def script(tool, wire):
    return widget_files(type(CASES[tool]())).with_suffix(".js").read_text("utf-8")


def names_after(word, head):
    found = re.search(rf"{word}: ([^.]*)\.", head)
    listed = re.split(r"[,\s]+", found[1].replace("//", "")) if found else []
    return {name for name in listed if name not in ("", "nothing")}


def test_every_widget_has_three_files_and_a_case():
    for tool in TOOLS:
        suffixes = {file.suffix for file in FOLDER.glob(f"{tool}/widget.*")}
        assert suffixes == {".py", ".js", ".css"}
    assert set(TOOLS) <= set(CASES), "add the widget to tests/browser/widget_cases.py"


@pytest.mark.parametrize("tool", CASES)
def test_names_in_the_script_are_the_traits(tool, wire):
    text = script(tool, wire)
    head = "".join(re.findall(r"\A(?://[^\n]*\n)+", text))
    traits = set(own_traits(CASES[tool]()))
    reads, writes = names_after("Reads", head), names_after("Writes", head)
    assert reads == traits, "the first lines say which traits are read: all of them"
    assert writes <= traits
    used = re.findall(r"model\.get\(\"(\w+)\"\)", text)
    watched = re.findall(r"watch\(\s*model,\s*\[([^\]]*)\]", text)
    used += re.findall(r'"(\w+)"', " ".join(watched))
    assert set(used) <= traits
    whole = text_of(widget_files(type(CASES[tool]())).with_suffix(".js"))
    saved = set(re.findall(r"\b(?:save|model\.set)\(\"(\w+)\"", whole))
    assert saved == writes


@pytest.mark.parametrize("tool", CASES)
def test_every_word_that_the_script_says_is_in_the_table(tool, wire):
    said = set(re.findall(r"\bsay\(\"([\w.]+)\"", script(tool, wire)))
    assert said <= set(CASES[tool]().words)


@pytest.mark.parametrize("tool", CASES)
def test_styles_are_the_widgets_own(tool, wire):
    css = widget_files(type(CASES[tool]())).with_suffix(".css").read_text("utf-8")
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


@pytest.mark.parametrize("tool", CASES)
def test_the_script_never_makes_markup_from_text(tool, wire):
    text = script(tool, wire)
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
@pytest.mark.parametrize("tool", CASES)
def test_two_views_live_and_leave_together(tool, view_of):
    # The fixture checks at the end that no subscription and no error is left.
    view_of(CASES[tool]())
    page = view_of(CASES[tool]()).page
    ids = page.evaluate("() => [...document.querySelectorAll('[id]')].map((e) => e.id)")
    assert len(ids) == len(set(ids))
    classes = page.evaluate(
        "() => [...document.querySelectorAll('.nbk [class]')].flatMap((e) => [...e.classList])"
    )
    own = [c for c in classes if c != "nbk"]  # a widget within a widget
    assert [c for c in own if not c.startswith("nbk-")] == []


@pytest.mark.parametrize("tool", CASES)
def test_closing_leaves_no_comm_and_showing_opens_all_again(tool, wire, monkeypatch):
    monkeypatch.setattr("nbkeras.notebook.widget.base.display", lambda *a, **k: None)
    widget = CASES[tool]()
    assert widget.comm is not None

    def parts(of):
        inner = [part for part in of._trait_values.values() if part is not of._source]
        inner = [part for part in inner if isinstance(part, ipywidgets.Widget)]
        return [of, *inner, *(p.layout for p in inner if hasattr(p, "layout"))]

    all_parts = parts(widget)
    assert len(all_parts) >= 2
    widget.close()
    assert [part for part in all_parts if part.comm is not None] == []
    widget.show()
    assert [part for part in all_parts if part.comm is None] == []
    widget.close()


NAMELESS = """() => [...document.querySelectorAll(".nbk button, .nbk input, .nbk select, .nbk textarea, .nbk [role], .nbk [tabindex]")]
  .filter((e) => !["presentation", "none", "status", "group", "row", "cell", "list", "listitem"].includes(e.getAttribute("role")))
  .filter((e) => !(e.getAttribute("aria-label") || e.getAttribute("aria-labelledby") || e.labels?.length || e.textContent.trim()))
  .map((e) => e.outerHTML.slice(0, 120))"""


# Lists that are narrower than their longest choice, but for long names of the user's.
CUT = """() => [...document.querySelectorAll(".nbk select")].filter((e) => e.checkVisibility()).filter((e) => {
  if ([...e.options].some((option) => option.label.length > 36)) return false;
  const [width, style] = [e.getBoundingClientRect().width, e.style.cssText];
  e.style.cssText = "flex: none; max-width: none; width: max-content";
  const whole = e.getBoundingClientRect().width;
  e.style.cssText = style;
  return whole > width + 0.5; }).map((e) => e.outerHTML.slice(0, 120))"""


@pytest.mark.browser
@pytest.mark.parametrize("tool", CASES)
def test_every_control_has_a_name_and_every_choice_is_read_whole(tool, view_of):
    page = view_of(CASES[tool]()).page
    assert page.evaluate(NAMELESS) == []
    page.set_viewport_size({"width": 1000, "height": 900})
    page.wait_for_function(f"() => innerWidth === 1000 && ({CUT})().length === 0")


SCHEMES = [
    pytest.param(dark, marks=pytest.mark.page(dark=dark)) for dark in (False, True)
]
AXE = """async () => {
  const found = await axe.run(".nbk", { resultTypes: ["violations"] });
  return found.violations.filter((v) => ["serious", "critical"].includes(v.impact))
    .flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.html.slice(0, 120)}`)); }"""


@pytest.fixture(params=["en", "zh"])
def language(request):
    """Each language of the package in turn."""
    nbkeras.set_language(request.param)
    yield request.param
    nbkeras.set_language("en")


@pytest.mark.browser
@pytest.mark.parametrize("dark", SCHEMES, ids=["light", "dark"])
@pytest.mark.parametrize("tool", CASES)
def test_axe_finds_nothing_serious(tool, dark, language, view_of):
    # Colours, roles, names and labels, as Deque's axe-core judges them.
    page = view_of(CASES[tool]()).page
    page.evaluate(
        "(dark) => { document.body.style.background = dark ? '#111' : '#fff'; }", dark
    )
    script = importlib.resources.files("axe_playwright_python") / "axe.min.js"
    page.add_script_tag(content=script.read_text("utf-8"))
    assert page.evaluate(AXE) == []


# What sticks out of the page, but for what scrolls or is cut within a box of its own.
STICKS_OUT = """() => [...document.querySelectorAll(".nbk, .nbk *")].filter((e) => {
  if (!e.checkVisibility() || e.getBoundingClientRect().right <= innerWidth + 0.5) return false;
  for (let box = e.parentElement; box; box = box.parentElement)
    if (getComputedStyle(box).overflowX !== "visible" && box.getBoundingClientRect().right <= innerWidth + 0.5)
      return box === document.body || box === document.documentElement;
  return true; }).map((e) => e.outerHTML.slice(0, 120))"""


@pytest.mark.browser
@pytest.mark.parametrize("tool", CASES)
def test_a_page_as_narrow_as_a_telephone_holds_everything(tool, language, view_of):
    page = view_of(CASES[tool]()).page
    page.set_viewport_size({"width": 390, "height": 900})
    page.wait_for_function("() => innerWidth === 390")
    page.evaluate(
        "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )
    assert page.evaluate(STICKS_OUT) == []
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("tool", ["widget", *TOOLS, "model_magic", "data_report"])
def test_no_text_is_missing_in_a_language(tool):
    for key, row in rows(tool).items():
        assert len(row) == 2, key
        # What joins two sentences is a space in English and nothing in Chinese.
        assert all(isinstance(text, str) for text in row), key
        assert key == "gap" or all(text.strip() for text in row), key
        braces = [sorted(re.findall(r"\{(\w+)\}", text)) for text in row]
        assert braces[0] == braces[1], f"{key}: the languages fill in different values"


def test_chinese_is_chosen_for_widgets_made_from_now_on(wire):
    try:
        nbkeras.set_language("zh")
        assert CASES["probe"]().words["close"] == "关闭"
    finally:
        nbkeras.set_language("en")
    assert CASES["probe"]().words["close"] == "Close"
    with pytest.raises(ValueError, match="one of 'en', 'zh'"):
        nbkeras.set_language("eng")


def test_punctuation_between_two_texts_comes_from_the_table():
    # Chinese has signs of its own: `say("labelled", { label, text })`.
    for file in sorted(FOLDER.rglob("*.js")):
        joined = re.findall(r"\}[:;.] \$\{", file.read_text("utf-8"))
        assert not joined, f"{file.relative_to(FOLDER)}: {joined}"
