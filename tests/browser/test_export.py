"""Exported pages, opened from a disk with the network off."""

import json
import re

import nbformat
import numpy as np
import pytest
from harness import to_wire
from widget_cases import CASES, dashboard, recordings

import nbkeras
from nbkeras import cli
from nbkeras.analysis import read_runs
from nbkeras.notebook.export.notebook_cells import STATE, VIEW
from nbkeras.notebook.export.page import write_notebook
from nbkeras.notebook.export.saved_models import kind_of

pytestmark = pytest.mark.browser
MOST_BYTES = 3_000_000


@pytest.fixture
def open_page(browser):
    """open_page(path, width=, dark=) -> a page of a file, without a network."""
    contexts, errors = [], []

    def opened(path, width=900, dark=False):
        context = browser.new_context(
            offline=True,
            viewport={"width": width, "height": 800},
            color_scheme="dark" if dark else "light",
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("request", lambda r: _is_local(r.url) or errors.append(r.url))
        page.goto(path.resolve().as_uri())
        page.wait_for_function(
            """() => [...document.querySelectorAll(".page-widget")]
              .every((e) => e.querySelector(".nbk, .page-note"))"""
        )
        return page

    yield opened
    for context in contexts:
        context.close()
    assert errors == []


def _is_local(url):
    return url.startswith(("file:", "blob:", "data:"))


def saved(widget):
    """The state of a widget as JupyterLab saves it in a notebook."""
    cls = next(c for c in type(widget).__mro__ if "_esm" not in vars(c))
    state = {"_anywidget_id": kind_of(cls), "_esm": "export default 1"}
    buffers = []
    for name in widget.keys:
        value = to_wire(getattr(widget, name)) if not name.startswith("_") else None
        if isinstance(value, dict) and "__bytes__" in value:
            data = value["__bytes__"]
            buffers.append({"path": [name], "encoding": "base64", "data": data})
        elif value is not None:
            state[name] = value
    return {"model_name": "AnyModel", "state": state, "buffers": buffers}


def notebook(path, *outputs, text="# A lesson", models=None):
    """A notebook with some outputs, written to `path`."""
    cell = nbformat.v4.new_code_cell("1 + 1  # <b>")
    cell.outputs = [nbformat.v4.new_output("display_data", data=d) for d in outputs]
    cells = [nbformat.v4.new_markdown_cell(text), cell]
    book = nbformat.v4.new_notebook(cells=cells)
    if models is not None:
        book.metadata["widgets"] = {STATE: {"state": models}}
    nbformat.write(book, path)
    return path


@pytest.mark.parametrize("tool", [tool for tool in CASES if tool != "probe"])
def test_every_widget_is_drawn_in_a_small_page_of_its_own(
    tool, open_page, tmp_path, wire
):
    path = CASES[tool]().to_html(tmp_path / "page.html")
    assert path.stat().st_size < MOST_BYTES
    page = open_page(path, width=390, dark=True)
    assert page.locator(".page-note").count() == 0
    assert page.locator("main .nbk").first.bounding_box()["height"] > 30
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for figure in page.locator("figure[data-nbk]").all():
        assert not figure.is_visible()


def test_a_run_answers_the_mouse_in_its_page(open_page, tmp_path, wire):
    page = open_page(dashboard().to_html(tmp_path / "run.html"))
    page.get_by_role("button", name="Log", exact=True).first.click()
    page.get_by_role("button", name="Epoch table").first.click()
    assert "val_loss" in page.locator(".nbk-table").inner_text()
    assert page.get_by_role("button", name="Stop", exact=True).count() == 0


def test_a_run_is_scrubbed_read_and_zoomed_in_its_page(open_page, tmp_path):
    path = sorted(recordings(tmp_path / "runs", 1).iterdir())[0]
    page = open_page(nbkeras.replay(path).to_html(tmp_path / "run.html"), width=390)
    where, key = page.locator(".nbk-then-where"), page.locator(".nbk-key b").first
    newest = float(key.inner_text())
    assert where.inner_text() == "epoch 8 of 8 · best"
    page.get_by_role("slider", name="As of").press("Home")
    assert where.inner_text() == "epoch 1 of 8"
    assert float(key.inner_text()) > newest
    for dead in (".nbk-go-back", ".nbk-then-code", ".nbk-then-note"):
        assert page.locator(dead).inner_text() == "" or page.locator(dead).is_hidden()
    face = page.locator(".nbk-charts .nbk-face").first
    face.scroll_into_view_if_needed()
    box = face.bounding_box()
    page.mouse.move(box["x"] + 46 + (box["width"] - 58) * 0.4, box["y"] + 60)
    page.locator(".nbk-flag").filter(has_text="epoch 4, step ").first.wait_for()
    page.mouse.down()
    page.mouse.move(box["x"] + 46 + (box["width"] - 58) * 0.7, box["y"] + 60, steps=4)
    page.mouse.up()
    page.get_by_role("button", name="Reset zoom").click()
    page.locator("button:disabled", has_text="Reset zoom").wait_for()


def test_a_layer_is_pointed_at_and_opened_in_its_page(open_page, tmp_path, wire):
    page = open_page(CASES["model_plot"]().to_html(tmp_path / "model.html"))
    block = page.locator('.nbk-block[data-key="conv2d"]')
    block.hover()
    page.locator(".nbk-peek", has_text="3*3*3*32 + 32 = 896").wait_for()
    page.locator('.nbk-block[data-key="flatten"]').hover()
    page.locator(".nbk-peek", has_text="7 * 7 * 128 = 6,272").wait_for()


def test_a_variant_is_pointed_at_and_enlarged_in_its_page(open_page, tmp_path, wire):
    page = open_page(CASES["augmentation"]().to_html(tmp_path / "studio.html"))
    strong = page.locator(".nbk-outlines .nbk-strong")
    assert strong.count() == 0
    page.locator(".nbk-card").nth(1).hover()
    strong.wait_for(state="attached")
    page.mouse.move(0, 0)
    strong.wait_for(state="detached")
    page.locator(".nbk-card").nth(2).click()
    page.mouse.move(0, 0)
    strong.wait_for(state="attached")  # a variant that was chosen stays


def test_the_steps_of_a_descent_are_walked_through_in_its_page(
    open_page, tmp_path, wire
):
    page = open_page(CASES["descent"]().to_html(tmp_path / "descent.html"))
    where = page.locator(".nbk-where")
    page.get_by_role("button", name="One step", exact=True).click()
    where.filter(has_text="step 1 of 20").wait_for()
    page.get_by_role("slider", name="Step", exact=True).press("End")
    where.filter(has_text="step 20 of 20").wait_for()
    page.locator(".nbk-surface-3d-panel summary").click()
    page.locator(".nbk-turn[data-turned='35 38']").press("ArrowLeft")
    page.locator(".nbk-turn:not([data-turned^='35 '])").wait_for()


def test_a_unit_of_the_playground_is_pointed_at_in_its_page(open_page, tmp_path, wire):
    page = open_page(CASES["playground"]().to_html(tmp_path / "play.html"), width=1200)
    title = page.locator(".nbk-map-title")
    assert title.inner_text() == "Output"
    page.locator('.nbk-tile[data-key="1:0"]').hover()
    title.filter(has_text="Layer 1, unit 1").wait_for()
    page.locator(".nbk-map").hover()
    page.locator(".nbk-readout", has_text=re.compile(r"\d")).wait_for()


def test_a_recording_a_run_and_a_history_have_the_same_page(open_page, tmp_path):
    path = sorted(recordings(tmp_path / "runs", 1).iterdir())[0]
    pages = [
        nbkeras.replay(path).to_html(tmp_path / "replay.html"),
        read_runs(tmp_path / "runs")[0].to_html(tmp_path / "run.html"),
    ]
    for written in pages:
        assert "Done" in open_page(written).locator(".nbk-status").inner_text()


def test_a_history_has_its_epochs_in_a_page(open_page, tmp_path):
    model = nbkeras.Sequential([nbkeras.Input((1,)), nbkeras.layers.Dense(1)])
    model.compile("sgd", "mse")
    x = np.ones((8, 1), "float32")
    history = model.fit(x, x, epochs=3, validation_split=0.5, verbose=0)
    page = open_page(history.to_html(tmp_path / "run.html"))
    page.get_by_role("button", name="Epoch table").first.click()
    rows = page.locator(".nbk-table tbody tr").all()
    assert len(rows) == 3
    shown = [
        float(n)
        for n in re.findall(r"\d+\.\d+", " ".join(r.inner_text() for r in rows))
    ]
    wanted = [*history.history["loss"], *history.history["val_loss"]]
    assert all(any(abs(n - w) < 0.01 * w for n in shown) for w in wanted)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_page_says_that_it_has_no_kernel(language, open_page, tmp_path, wire):
    text = {"en": "needs a running kernel", "zh": "本页没有内核"}[language]
    nbkeras.set_language(language)
    try:
        path = CASES["augmentation"]().to_html(tmp_path / "page.html")
    finally:
        nbkeras.set_language("en")
    page = open_page(path)
    page.locator(".nbk-late").filter(has_text=text).wait_for(timeout=2000)
    assert page.locator("html").get_attribute("lang") == language


def test_a_control_that_needs_a_kernel_is_switched_off_when_used(
    open_page, tmp_path, wire
):
    page = open_page(CASES["augmentation"]().to_html(tmp_path / "page.html"))
    dice = page.locator(".nbk-dice")
    dice.click()
    page.wait_for_function(
        "() => document.querySelector('.nbk-dice').disabled", timeout=2000
    )
    assert "needs a running kernel" in dice.get_attribute("title")
    tick = page.get_by_role("checkbox").first  # what the page can do goes on
    before = tick.is_checked()
    tick.click()
    assert tick.is_checked() != before
    assert tick.is_enabled()


# Counts what a page draws anew: its elements, and its canvases.
COUNT_CHANGES = """() => {
  window.changes = 0;
  const note = () => { window.changes += 1; };
  new MutationObserver(note).observe(document.body,
    { attributes: true, characterData: true, childList: true, subtree: true });
  for (const name of ["putImageData", "clearRect", "fillRect", "drawImage"]) {
    const draw = CanvasRenderingContext2D.prototype[name];
    CanvasRenderingContext2D.prototype[name] = function (...given) {
      note();
      return draw.apply(this, given);
    };
  }
}"""
CONTROLS = """.page-widget :is(button, input, select, textarea, summary, [role=button],
  [role=slider])"""
# Whether the page has changed, or the control is switched off, within two seconds.
ANSWERS = """(control) => new Promise((done) => {
  const until = performance.now() + 2000;
  const look = () => {
    const has = window.changes > 0 || !control.isConnected || control.disabled;
    if (has || performance.now() > until) done(has);
    else requestAnimationFrame(look);
  };
  look();
})"""


def use(page, control):
    """Use a control by its kind, as a reader would; False if it offers nothing."""
    kind = control.evaluate("(e) => e.type || e.getAttribute('role') || ''")
    if kind in ("range", "slider"):
        for key in ("ArrowLeft", "ArrowLeft", "ArrowUp", "ArrowRight"):
            control.press(key)
    elif kind == "select-one":
        others = control.evaluate(
            "(e) => [...e.options].map((o) => o.value).filter((v) => v && v !== e.value)"
        )
        if not others:
            return False
        control.select_option(others[-1])
    elif kind in ("number", "text", "search", "textarea"):
        now = control.input_value()
        control.fill("3" if now != "3" else "4")
        page.keyboard.press("Enter")
        control.evaluate("(e) => e.blur()")
    else:
        control.click()
        if kind == "button" and control.evaluate("(e) => e.matches('[role=button]')"):
            control.press("ArrowUp")  # a point on a map
    return True


@pytest.mark.parametrize("tool", [tool for tool in CASES if tool != "probe"])
def test_every_control_of_a_page_does_something_or_says_that_it_cannot(
    tool, open_page, tmp_path, wire
):
    page = open_page(CASES[tool]().to_html(tmp_path / "page.html"), width=1200)
    page.set_default_timeout(5000)
    page.evaluate(
        "() => document.querySelectorAll('details').forEach((d) => d.open = true)"
    )
    page.evaluate(COUNT_CHANGES)
    silent = []
    for control in page.query_selector_all(CONTROLS):
        if not (control.is_visible() and control.is_enabled()):
            continue
        name = control.evaluate(
            "(e) => e.getAttribute('aria-label') || e.labels?.[0]?.textContent || e.textContent"
        )
        control.scroll_into_view_if_needed()
        control.hover()
        page.evaluate(
            "() => new Promise((done) => requestAnimationFrame(() => done()))"
        )
        page.evaluate("() => { window.changes = 0; }")
        if not use(page, control):
            continue
        if not page.evaluate(ANSWERS, control):
            silent.append(name)
    assert silent == []


def test_a_saved_notebook_becomes_a_page(open_page, tmp_path, wire, capsys):
    board = dashboard()
    view = {VIEW: {"model_id": "b1", "version_major": 2, "version_minor": 0}}
    html = {"text/html": board.static_html()}
    models = {"b1": saved(board)}
    path = notebook(tmp_path / "lesson.ipynb", view, html, models=models)
    assert cli.main(["export", str(path)]) == 0
    assert "lesson.html" in capsys.readouterr().out
    page = open_page(tmp_path / "lesson.html")
    assert page.locator("h1").inner_text() == "A lesson"
    assert "1 + 1  # <b>" in page.locator(".page-source").inner_text()
    assert "Done" in page.locator(".nbk-status").inner_text()
    assert not page.locator("figure[data-nbk]").is_visible()


EVIL = "<script>window.ran = 1</script><img src=x onerror='window.ran = 1'>"


def test_a_strangers_notebook_runs_and_loads_nothing(open_page, tmp_path, wire):
    board = saved(dashboard())
    board["state"] |= {
        "_esm": "window.ran = 1",
        "metrics": [EVIL, "</script><script>window.ran = 1</script>"],
        "static_copy": "x</style>" + EVIL,
        "words": {"title": EVIL, "lang": "'><script>window.ran = 1</script>"},
        "then": {"picture": "https://example.org/seen.png"},
    }
    foreign = {"state": {"_anywidget_id": "evil.Widget", "_esm": "window.ran = 1"}}
    path = notebook(
        tmp_path / "evil.ipynb",
        {VIEW: {"model_id": "b1"}},
        {VIEW: {"model_id": "x1"}, "text/plain": "Slider()"},
        {"text/html": EVIL},
        {"application/javascript": "window.ran = 1"},
        {"image/svg+xml": f"<svg xmlns='http://www.w3.org/2000/svg'>{EVIL}</svg>"},
        text=f"{EVIL} [go](javascript:window.ran=1) ![x](https://example.org/x.png)",
        models={"b1": board, "x1": foreign},
    )
    page = open_page(write_notebook(path))
    assert page.evaluate("window.ran") is None
    assert page.locator("a[href^=javascript]").count() == 0
    assert "another package" in page.locator(".page-code").inner_text()


def test_what_is_no_notebook_is_named_and_nothing_is_written(tmp_path, capsys):
    path = tmp_path / "notes.ipynb"
    for text in ("hello", "[1]", json.dumps({"cells": 3, "nbformat": 4}), "[" * 9999):
        path.write_text(text)
        assert cli.main(["export", str(path)]) == 1
        assert "notes.ipynb is not a Jupyter notebook" in capsys.readouterr().err
    assert cli.main(["export", str(tmp_path / "none.ipynb")]) == 1
    assert not (tmp_path / "notes.html").exists()
