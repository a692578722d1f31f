"""The playground in a real JupyterLab: trained, changed, drawn on, saved, reloaded."""

import json

import pytest

pytestmark = pytest.mark.jupyter

OPEN = """import numpy as np
import nbkeras
lab = nbkeras.playground(layers=[3], seed=2)
lab"""
SAME = """lab.pause()
again = eval(lab.code)
same = [np.array_equal(a, b) for a, b in zip(lab.maps.weights, again.maps.weights)]
print("same:", all(same), again.step == lab.step, "drawn" in lab.settings["data"])
again.close()"""
PARTS = """weight = float(lab.model.get_layer("hidden_1").kernel[0, 0])
print(lab.settings["layers"], lab.settings["features"], weight)"""


def step_of(book, i):
    """The number of steps that the page says."""
    text = book.says(i, ".nbk-counted") or "Step 0,"
    return int("".join(c for c in text.split(", epoch")[0] if c.isdigit()))


def wait_for_step(book, i, least):
    """Wait until the page counts at least so many steps."""
    book.page.wait_for_function(
        """([i, least]) => {
          const w = window.jupyterapp.shell.currentWidget.content.widgets[i];
          const text = w.outputArea.node.querySelector(".nbk-counted")?.textContent ?? "";
          return Number(text.split(", epoch")[0].replace(/\\D/g, "")) >= least; }""",
        arg=[i, least],
    )


def saved_as_shown(book, i):
    """(saved notebook, count on its page): the last steps may follow on "Paused"."""
    for _ in range(20):
        counted, step = book.says(i, ".nbk-counted"), step_of(book, i)
        saved = book.save()
        widgets = saved["metadata"]["widgets"].values()
        states = [w["state"] for each in widgets for w in each["state"].values()]
        if f"Step {step:,}," in counted and step in [s.get("step") for s in states]:
            return saved, counted
    raise AssertionError("the page counts other steps than it saves")


def test_a_network_is_trained_changed_and_brought_back_by_its_line(lab):
    book = lab.notebook(OPEN, PARTS, SAME)
    page = book.page
    book.run(0)
    book.wait(0, ".nbk-counted", "Step 0, epoch 0")
    book.press("Play")
    wait_for_step(book, 0, 30)
    assert book.says(0, ".nbk-status") == "Training"
    book.press("Pause")
    book.wait(0, ".nbk-status", "Paused")
    # The network is edited by mouse: a unit, a layer, a feature; it starts again.
    book.press("Add a unit to layer 1")
    book.press("Add a layer")
    book.press("Use the feature x₁x₂")
    book.wait(0, '[data-code="code"] code', "layers=[4, 4]")
    book.wait(0, '[data-code="code"] code', "x1_x2")
    book.wait(0, ".nbk-counted", "Step 0, epoch 0")
    # A single weight, by its unit and the keyboard.
    page.locator('.nbk-tile[data-key="1:0"]').click()
    field = page.get_by_label("from x₁", exact=True)
    field.fill("0.75")
    field.press("Enter")
    book.press("One step")
    book.wait(0, ".nbk-counted", "Step 1, epoch 0")
    book.press("One epoch")
    book.wait(0, ".nbk-counted", "Step 25, epoch 1")
    page.get_by_label("Learning rate").select_option("0.3")
    book.press("One epoch")
    book.wait(0, ".nbk-counted", "Step 50, epoch 2")
    assert "[4, 4] ['x1', 'x2', 'x1_x2']" in book.run(1)
    assert "same: True True False" in book.run(2)
    page.get_by_text("This network for Keras 3").click()
    book.wait(0, '[data-code="keras_code"] code', "The weights after 50 steps")
    page.get_by_text("This playground in one line").click()
    book.wait(0, '[data-code="code"] code', "'hidden_1/kernel[0, 0]', 0.75")
    assert book.errors == []


def test_drawn_data_is_trained_on_while_another_cell_is_busy(lab):
    busy = """import threading
heard = threading.Event()
lab.observe(lambda change: change.new > 20 and heard.set(), "step")
print("busy", flush=True)
print("heard:", heard.wait(60))"""
    book = lab.notebook(OPEN, busy, SAME)
    page = book.page
    book.run(0)
    book.wait(0, ".nbk-counted", "Step 0")
    book.press("Draw")
    book.wait(0, ".nbk-first", "Draw points here")
    face = page.locator(".nbk-map")
    face.scroll_into_view_if_needed()

    def stroke(left, top, down):
        box = face.bounding_box()
        x = box["x"] + left * box["width"]
        page.mouse.move(x, box["y"] + top * box["height"])
        page.mouse.down()
        page.mouse.move(x, box["y"] + (top + down) * box["height"], steps=15)
        page.mouse.up()

    book.press("Class 0")
    stroke(0.25, 0.2, 0.6)
    book.press("Class 1")
    stroke(0.75, 0.2, 0.6)
    book.wait(0, ".nbk-data > .nbk-hint", "to train on")
    book.start(1)
    book.wait(1, "pre", "busy")
    book.press("Play")
    book.ended(1)
    assert "heard: True" in book.text(1)
    wait_for_step(book, 0, 200)
    book.press("Pause")
    book.wait(0, ".nbk-status", "Paused")
    assert "same: True True True" in book.run(2)
    assert book.errors == []


def test_it_goes_on_over_a_reload_and_leaves_its_picture(lab):
    book = lab.notebook(OPEN, "lab.pause(); print(lab.step > 0)")
    book.run(0)
    book.wait(0, ".nbk-counted", "Step 0")
    book.press("Play")
    wait_for_step(book, 0, 50)
    book.save()
    before = step_of(book, 0)
    book.open()  # the kernel stays, and trains on
    book.wait(0, ".nbk-counted", "Step")
    wait_for_step(book, 0, before + 1)
    assert book.says(0, ".nbk-status") == "Training"
    book.press("Pause")
    book.wait(0, ".nbk-status", "Paused")
    book.page.wait_for_function(
        """() => { const cells = window.jupyterapp.shell.currentWidget.content.model.cells;
          const { outputs } = cells.get(0);
          for (let i = 0; i < outputs.length; i += 1) {
            const html = [outputs.get(i).data["text/html"] ?? ""].flat().join("");
            if (html.includes("data:image/svg+xml") && !html.includes("after 0 steps")) return true;
          } return false; }"""
    )
    saved, counted = saved_as_shown(book, 0)
    kept = [
        "".join(e["data"].get("text/html", "")) for e in saved["cells"][0]["outputs"]
    ]
    assert any("Playground: data Circle" in html for html in kept)
    # Without its kernel the saved notebook shows what was last on the page.
    other = lab.open(json.dumps(saved))
    other.wait(0, ".nbk-late", "its kernel has ended")
    other.wait(0, ".nbk-counted", counted)
    assert other.page.get_by_role("button", name="One step").is_disabled()


def test_after_a_restart_the_page_says_that_its_kernel_is_gone(lab):
    book = lab.notebook(OPEN)
    book.run(0)
    book.press("Play")
    wait_for_step(book, 0, 20)
    book.restart()
    book.wait(0, ".nbk-late", "its kernel has ended")
    assert book.page.get_by_role("button", name="One step").is_disabled()
    book.run(0)
    book.wait(0, ".nbk-counted", "Step 0, epoch 0")
    book.press("One step")
    book.wait(0, ".nbk-counted", "Step 1, epoch 0")
