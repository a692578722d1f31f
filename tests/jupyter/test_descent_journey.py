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
    book.page.get_by_role("slider", name="Step", exact=True).focus()
    for _ in range(3):
        book.page.keyboard.press("ArrowRight")
    book.wait(0, ".nbk-where", "step 3 of 10")
    # Focused for each key: JupyterLab may take the focus back when a cell has ended.
    step = book.page.get_by_role("button", name="One step", exact=True)
    step.press("Enter")
    book.wait(0, ".nbk-where", "step 4 of 10")
    step.press("Space")
    book.wait(0, ".nbk-where", "step 5 of 10")
    book.page.get_by_role("button", name="Start at").focus()
    book.page.keyboard.press("ArrowUp")
    book.wait(0, "[data-phase=initialise] .nbk-lines", "y = ")
    assert book.errors == []
