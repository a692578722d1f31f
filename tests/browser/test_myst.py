"""Widgets as modules on pages of MyST, drawn as its book theme draws `{anywidget}`."""

import json
import re

import nbformat
import pytest
from test_export import MOST_BYTES, notebook, saved
from widget_cases import CASES, dashboard

from nbkeras import cli
from nbkeras.notebook.export.notebook_cells import VIEW

pytestmark = pytest.mark.browser
SITE = "http://site.test/"
# What @myst-theme/anywidget 1.4.1 gives to a module: a shadow root, and a model that
# knows its JSON and can do nothing else.
MYST = """async ({ url, state }) => {
  class Model extends EventTarget {
    get(name) { return state[name]; }
    set(name, value) { state[name] = value; }
    on(name, handler) { this.addEventListener(name, handler); }
    off() { throw new Error("not implemented"); }
    save_changes() { throw new Error("not implemented"); }
    send() { throw new Error("not implemented"); }
    get widget_manager() { throw new Error("does not exist"); }
  }
  const { default: widget } = await import(url);
  const host = document.createElement("div");
  document.body.append(host);
  const el = document.createElement("div");
  host.attachShadow({ mode: "open" }).append(el);
  const model = new Model();
  await widget.initialize?.({ model });
  window.leave = await widget.render({ model, el });
}"""


@pytest.fixture
def myst(browser):
    """myst(module, state, width=) -> a page whose root has the class of the theme."""
    pages, errors = [], []

    def opened(path, state=None, width=900):
        page = browser.new_page(viewport={"width": width, "height": 800})
        pages.append(page)
        page.on("pageerror", lambda error: errors.append(str(error)))
        script = path.read_text("utf-8")
        page.route(
            f"{SITE}**",
            lambda route: route.fulfill(
                body=script if route.request.url.endswith("mjs") else "<!doctype html>",
                content_type="text/javascript"
                if route.request.url.endswith("mjs")
                else "text/html",
            ),
        )
        page.goto(SITE)
        url = f"{SITE}{path.name}"
        page.evaluate(MYST, {"url": url, "state": state or {}})
        return page

    yield opened
    for page in pages:
        page.evaluate("() => window.leave()")
        page.close()
    assert errors == []


@pytest.mark.parametrize("tool", [tool for tool in CASES if tool != "probe"])
def test_every_widget_is_drawn_by_a_small_module(tool, myst, tmp_path, wire):
    path = CASES[tool]().to_html(tmp_path / f"{tool}.mjs")
    assert path.stat().st_size < MOST_BYTES
    page = myst(path, width=390)
    assert page.locator(".nbk").first.bounding_box()["height"] > 30
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator(".page-note").count() == 0


def test_a_run_answers_the_mouse_and_follows_the_theme_of_the_page(
    myst, tmp_path, wire
):
    page = myst(dashboard().to_html(tmp_path / "run.mjs"))
    page.get_by_role("button", name="Epoch table").first.click()
    assert "val_loss" in page.locator(".nbk-table").inner_text()
    paper = "e => getComputedStyle(e).colorScheme"
    assert page.locator(".nbk").first.evaluate(paper) == "light"
    page.evaluate("() => document.documentElement.classList.add('dark')")
    page.locator("[data-jp-theme-light=false] .nbk").first.wait_for()
    assert page.locator(".nbk").first.evaluate(paper) == "dark"


def test_a_control_that_needs_a_kernel_is_switched_off_within_two_seconds(
    myst, tmp_path, wire
):
    page = myst(CASES["augmentation"]().to_html(tmp_path / "studio.mjs"))
    text = "needs a running kernel"
    page.locator(".nbk-late").filter(has_text=text).wait_for(timeout=2000)
    page.locator(".nbk-dice").click()
    page.locator(".nbk-dice:disabled").wait_for(timeout=2000)
    assert text in page.locator(".nbk-dice").get_attribute("title")


def test_a_table_that_is_sorted_keeps_the_focus_also_in_a_shadow_root(
    myst, tmp_path, wire
):
    page = myst(CASES["runs"]().to_html(tmp_path / "runs.mjs"))
    header = page.locator("[data-sort]").last
    name = header.get_attribute("data-sort")
    header.click()
    page.locator(f"th[aria-sort$=ending] [data-sort='{name}']").wait_for()
    header.locator(":scope:focus").wait_for(timeout=2000)


def test_a_notebook_for_a_site_has_directives_in_place_of_its_widgets(
    myst, tmp_path, wire, capsys
):
    board = dashboard()
    view = {VIEW: {"model_id": "b1", "version_major": 2, "version_minor": 0}}
    html = {"text/html": board.static_html()}
    kept = {"text/plain": "3"}
    models = {"b1": saved(board)}
    source = notebook(tmp_path / "lesson.ipynb", view, html, kept, models=models)
    target = tmp_path / "site" / "lesson.ipynb"
    target.parent.mkdir()
    assert cli.main(["export", str(source), "--output", str(target)]) == 0
    assert "lesson.mjs" in capsys.readouterr().out
    book = nbformat.read(target, as_version=4)
    nbformat.validate(book)
    assert "widgets" not in book.metadata
    assert [output.data for output in book.cells[1].outputs] == [kept]
    (name, body) = re.fullmatch(
        r":::\{anywidget\} \./(\S+)\n(.*)\n:::", book.cells[2].source
    ).groups()
    page = myst(target.parent / name, json.loads(body))
    assert "Done" in page.locator(".nbk-status").inner_text()


def test_a_notebook_is_not_replaced_by_its_copy_for_a_site(tmp_path, capsys):
    path = notebook(tmp_path / "lesson.ipynb")
    before = path.read_text()
    assert cli.main(["export", str(path), "--output", str(path)]) == 1
    assert "is the notebook itself" in capsys.readouterr().err
    assert path.read_text() == before
