"""The gradient-descent lab in a real JupyterLab."""

import pytest

pytestmark = pytest.mark.jupyter

LAB = """import nbkeras
lab = nbkeras.descent("bowl", start=(3.0, 4.0), steps=10)
lab"""
BUSY = """import threading
heard = threading.Event()
lab.observe(lambda change: heard.set(), "at")
print("training", flush=True)
model_is_training = heard.wait(60)
print("heard while busy:", model_is_training, lab.lesson["update"])"""


def test_the_lab_answers_while_another_cell_is_busy_and_leaves_its_picture(lab):
    book = lab.notebook(LAB, BUSY)
    book.run(0)
    book.wait(0, ".nbk-where", "step 0 of 10")
    book.start(1)
    book.wait(1, "pre", "training")
    book.press("One step")
    book.wait(0, "[data-phase=update] .nbk-lines", "x ← 3 − 0.1 · 6 = 2.4")
    book.press("One step")
    book.ended(1)
    assert "heard while busy: True ['x ← 2.4 − 0.1 · 4.8 = 1.92'" in book.text(1)
    book.wait(0, "[data-phase=update] .nbk-lines", "1.92")
    outputs = book.save()["cells"][0]["outputs"]
    kept = [
        each["data"]["text/html"] for each in outputs if each["data"].get("text/html")
    ]
    assert any("data:image/svg+xml" in "".join(html) for html in kept)
    assert book.errors == []


def test_keys_belong_to_the_control_that_has_the_focus(lab):
    book = lab.notebook(LAB)
    book.run(0)
    # Focused for each key: JupyterLab may take the focus back when a cell has ended.
    slider = book.page.get_by_role("slider", name="Step", exact=True)
    for step in (1, 2, 3):
        slider.press("ArrowRight")
        book.wait(0, ".nbk-where", f"step {step} of 10")
    button = book.page.get_by_role("button", name="One step", exact=True)
    button.press("Enter")
    book.wait(0, ".nbk-where", "step 4 of 10")
    button.press("Space")
    book.wait(0, ".nbk-where", "step 5 of 10")
    book.page.get_by_role("button", name="Start at").press("ArrowUp")
    book.wait(0, "[data-phase=initialise] .nbk-lines", "y = ")
    assert book.errors == []


MODEL = """import numpy as np
import nbkeras
x = np.linspace(-1, 1, 64, dtype="float32").reshape(-1, 1)
model = nbkeras.Sequential([nbkeras.Input((1,)), nbkeras.layers.Dense(2)])
model.compile("sgd", "mse")
lab = nbkeras.descent(model, (x, np.concatenate([x, -x], 1)), steps=4, resolution=9)
lab"""
LONGER = "lab.steps = 6\nlab.wait()"
KEPT = "() => document.querySelector('figure[data-nbk]')?.textContent ?? ''"


def kept_pictures(book, i):
    """The stored pictures of a cell's output, as HTML."""
    outputs = book.save()["cells"][i]["outputs"]
    html = ["".join(each.get("data", {}).get("text/html", "")) for each in outputs]
    return [text for text in html if "data:image/svg+xml" in text]


def test_the_lab_of_a_model_leaves_a_picture_that_is_renewed_after_a_reload(lab):
    book = lab.notebook(MODEL, LONGER)
    book.run(0)
    book.wait(0, ".nbk-where", "step 0 of 4")
    # The page shows 4 steps before the picture is drawn, so the picture is waited for.
    book.page.wait_for_function(f"({KEPT})().includes('in 4 steps')")
    (picture,) = kept_pictures(book, 0)
    assert "Gradient descent: sequential. SGD: loss" in picture
    book.open()
    book.wait(0, ".nbk-where", "step 0 of 4")
    book.run(1)
    book.wait(0, ".nbk-where", "step 0 of 6")
    book.page.wait_for_function(f"({KEPT})().includes('in 6 steps')")
    (picture,) = kept_pictures(book, 0)
    assert "in 6 steps" in picture
    assert "in 4 steps" not in picture
    assert book.errors == []


THREE = """import nbkeras
nbkeras.descent("banana", optimizers=["sgd", "momentum", "adam"], steps=20)"""
# Where a slider of an optimizer and the five steps end, below the top of their cell.
BELOW = """() => { const top = document.querySelector('.jp-Cell').getBoundingClientRect().top;
  const end = (s) => Math.max(...[...document.querySelectorAll(s)].map((e) => e.getBoundingClientRect().bottom));
  return ['.nbk-run-list .nbk-slider', '.nbk-lesson'].map((s) => end(s) - top); }"""


def test_map_sliders_and_lesson_are_seen_without_scrolling(lab):
    book = lab.notebook(THREE)
    book.page.set_viewport_size({"width": 1200, "height": 900})
    book.page.evaluate(
        "() => window.jupyterapp.commands.execute('application:toggle-left-area')"
    )
    book.run(0)
    book.wait(0, ".nbk-where", "step 0 of 20")
    book.page.wait_for_function(
        "() => document.querySelector('.nbk-descent').clientWidth > 950"
    )
    # 900 pixels less the bars of JupyterLab leave 780 to a cell.
    book.page.wait_for_function(
        f"(most) => ({BELOW})().every((end, i) => end < most[i])", arg=[480, 780]
    )
    book.page.locator(".nbk-turn").wait_for(state="hidden")
    book.page.get_by_text("3-D surface", exact=True).click()
    book.page.locator(".nbk-turn[data-turned]").wait_for()
    book.page.locator(".nbk-run").nth(2).hover()
    marks = book.page.locator(".nbk-loss-map .nbk-mark")
    assert marks.last.get_attribute("data-run") == "2"
    assert book.errors == []
