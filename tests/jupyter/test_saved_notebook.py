"""What a fit leaves in a saved notebook, for those who open it without a kernel."""

import copy
import json

import nbformat
import pytest
from lab import APPS
from nbclient import NotebookClient

pytestmark = pytest.mark.jupyter

SETUP = """
%load_ext nbkeras
import numpy as np
import nbkeras
nbkeras.utils.set_random_seed(1)
x = np.linspace(-1, 1, 64, dtype="float32").reshape(-1, 1)
model = nbkeras.Sequential([nbkeras.Input((1,)), nbkeras.layers.Dense(1)])
model.compile("sgd", "mse", metrics=["mae"])
"""
FIT = "history = model.fit(x, 3 * x, epochs=3, validation_split=0.25{})"
WIDGET = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"


@pytest.fixture(scope="module")
def executed():
    """A notebook run as `jupyter execute`, nbconvert and papermill run it."""
    texts = [SETUP, FIT.format(""), *(FIT.format(f", verbose={v}") for v in (1, 2, 0))]
    texts += [FIT.format(", background=True"), "print(history.wait(60).status)"]
    book = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(text) for text in texts],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    NotebookClient(book, timeout=120, kernel_name="python3").execute()
    return book


def test_a_notebook_run_without_a_browser_keeps_picture_and_words(executed):
    widget, picture = executed.cells[1].outputs
    assert WIDGET in widget.data
    html = picture.data["text/html"]
    assert "data:image/svg+xml;base64," in html
    assert "Done: 3 of 3 epochs" in html
    assert "script" not in html
    nbformat.validate(executed)


def test_a_run_in_the_background_leaves_its_picture_in_its_own_cell(executed):
    assert executed.cells[6].outputs[0].text == "completed\n"
    widget, picture = executed.cells[5].outputs
    assert "Done: 3 of 3 epochs" in picture.data["text/html"]
    models = executed.metadata.widgets[STATE]["state"]
    state = models[widget.data[WIDGET]["model_id"]]["state"]
    assert (state["status"], state["progress"]["epochs_ended"]) == ("completed", 3)


def test_verbose_gives_the_text_of_keras_also_here(executed):
    bar, line, silent = (cell.outputs for cell in executed.cells[2:5])
    assert {o.output_type for o in (*bar, *line)} == {"stream"}
    assert "Epoch 3/3" in "".join(o.text for o in bar)
    assert "".join(o.text for o in line).count("val_mae") == 3
    assert silent == []


def test_an_exported_page_shows_the_picture(executed):
    from nbconvert import HTMLExporter

    page, _ = HTMLExporter(embed_images=True).from_notebook_node(executed)
    assert "<figure data-nbk=" in page
    assert page.count("Done: 3 of 3 epochs") >= 2


def test_a_fit_stores_less_than_thirty_kilobytes_with_the_state_of_its_widget(executed):
    models = executed.metadata.widgets[STATE]["state"].values()
    own = [len(json.dumps(m)) for m in models if m["model_name"] != "WidgetModel"]
    outputs = len(json.dumps(executed.cells[1].outputs))
    assert sum(own) + outputs < 30_000


# An untrusted notebook has lost every attribute that is not harmless, and its widgets.
FIGURE = """() => { const f = document.querySelector("figure img");
  return !!f && f.naturalWidth > 300 && f.getBoundingClientRect().height > 50; }"""


def test_reopened_without_widget_state_the_picture_is_seen(executed, lab):
    book = copy.deepcopy(executed)
    del book.metadata["widgets"]
    shown = lab.open(nbformat.writes(book))
    shown.page.wait_for_function(FIGURE)
    assert "Done: 3 of 3 epochs" in shown.text(1)
    shown.trust()
    shown.page.wait_for_function(FIGURE)


def test_reopened_with_widget_state_the_live_view_is_seen(executed, lab):
    shown = lab.open(nbformat.writes(executed))
    shown.trust()
    shown.wait(1, ".nbk-status", "Done")
    shown.page.get_by_role("button", name="Epoch table").first.click()
    shown.wait(1, ".nbk-table", "val_mae")
    assert not shown.page.evaluate(FIGURE)


# Enough rows and steps to look at a run that goes on.
ENDLESS = "run = model.fit(x, 3 * x, epochs=10**6, batch_size=1{})"


def pictures(saved, i):
    """The HTML of the static pictures under a cell of a saved notebook."""
    found = [each["data"].get("text/html") for each in saved["cells"][i]["outputs"]]
    return ["".join(html) for html in found if html]


# What ipywidgets draws above each widget that has no kernel: a red broken link.
MARKS = """() => [...document.querySelectorAll(".jupyter-widgets-disconnected")].map(
  (view) => getComputedStyle(view, "::before").content)"""
CELL = """%%model net --input 1 --loss mse --optimizer sgd
Dense(4, 'relu')
Dense(1)"""


@pytest.mark.parametrize("lab", APPS, indirect=True)
def test_what_was_saved_is_seen_again_in_a_new_kernel_without_an_error(lab):
    book = lab.notebook(SETUP, FIT.format(""), CELL)
    book.run(0)
    book.run(1)
    book.wait(1, ".nbk-status", "Done")
    book.run(2)
    book.wait(2, ".nbk-face", "Dense")
    saved = book.save()
    assert STATE in saved["metadata"]["widgets"]
    nbformat.validate(nbformat.from_dict(saved))
    again = lab.open(json.dumps(saved))
    again.wait(1, ".nbk-status", "Done")
    again.wait(2, ".nbk-face", "Dense")
    for cell in (1, 2):
        assert "Error displaying widget" not in again.text(cell)
    assert not again.page.evaluate(FIGURE)  # no second picture below
    assert set(again.page.evaluate(MARKS)) == {"none"}  # nor a broken link above
    again.press("Epoch table")
    again.wait(1, ".nbk-table", "val_mae")
    assert again.errors == []


def test_a_run_whose_kernel_was_restarted_says_so_and_has_no_buttons(lab):
    book = lab.notebook(SETUP, ENDLESS.format(", background=True"))
    book.run(0)
    book.run(1)
    book.wait(1, ".nbk-status", "Training")
    stop = book.page.get_by_role("button", name="Stop", exact=True)
    assert stop.is_visible()
    book.restart()
    book.wait(1, ".nbk-status", "Kernel gone")
    book.wait(1, ".nbk-message", "run the cells from the top")
    assert not stop.is_visible()
    assert book.errors == []


STUDIO = """import numpy as np
import nbkeras
x = np.random.default_rng(0).integers(0, 255, (2, 40, 60, 3)).astype("uint8")
nbkeras.preview(nbkeras.layers.RandomRotation(0.1), (x, [0, 1]))"""


@pytest.mark.parametrize("lab", APPS, indirect=True)
def test_a_control_without_its_kernel_says_so_within_two_seconds(lab):
    book = lab.notebook(STUDIO)
    book.run(0)
    book.wait(0, ".nbk-code code", "RandomRotation")
    saved = book.save()
    nbformat.validate(nbformat.from_dict(saved))
    book.restart()
    for shown in (book, lab.open(json.dumps(saved))):
        late = shown.page.locator(".nbk-late").filter(has_text="kernel")
        late.wait_for()  # when the front end knows
        shown.page.locator(".nbk-dice").click()
        dice = shown.page.locator(".nbk-dice:disabled")
        dice.wait_for(timeout=2000)
        assert "kernel" in dice.get_attribute("title")
        assert shown.errors == []


def test_a_page_loaded_again_while_a_fit_blocks_says_how_to_stop_it(lab):
    book = lab.notebook(SETUP, ENDLESS.format(""))
    book.run(0)
    book.start(1)
    book.wait(1, ".nbk-status", "Training")
    book.save()
    book.open()
    book.wait(1, "figcaption", "interrupt the kernel (the ■ in the toolbar)")
    book.interrupt()
    book.wait(1, ".nbk-status", "Interrupted")


def test_the_picture_is_renewed_also_in_a_page_that_was_loaded_again(lab):
    book = lab.notebook(SETUP, ENDLESS.format(", background=True"), "run.stop()")
    book.run(0)
    book.run(1)
    book.wait(1, ".nbk-status", "Training")
    book.save()
    book.open()
    book.wait(1, ".nbk-status", "Training")
    book.run(2)
    book.wait(1, ".nbk-status", "Stopped")
    book.page.wait_for_function(
        "document.querySelector('figure[data-nbk]')?.textContent.includes('Stopped')"
    )
    (picture,) = pictures(book.save(), 1)
    assert "Stopped" in picture
