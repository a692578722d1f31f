"""Back in time, the layers and the table of runs, by hand in JupyterLab."""

import pytest

pytestmark = pytest.mark.jupyter

SETUP = """
%load_ext nbkeras
import numpy as np
import nbkeras
from nbkeras.layers import Dense

def make():
    nbkeras.utils.set_random_seed(1)
    model = nbkeras.Sequential([nbkeras.Input((8,)), Dense(16, activation="relu"), Dense(3, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model

x = np.random.default_rng(0).normal(size=(320, 8)).astype("float32")
y = np.arange(320) % 3
model = make()
"""
SAME = """
other = make()
other.fit(x, y, epochs=2, validation_split=0.2, verbose=0)
print(all(np.array_equal(a, b) for a, b in zip(model.get_weights(), other.get_weights())), model.epochs_done)
"""


def fitted(lab):
    """A notebook with five kept epochs and the panel *Back in time* open."""
    book = lab.notebook(
        SETUP,
        "history = model.fit(x, y, epochs=5, validation_split=0.2, keep_epochs=True)",
        SAME,
    )
    book.run(0)
    book.run(1)
    book.wait(1, ".nbk-status", "Done")
    book.press("Back in time")
    return book


def test_a_hand_goes_back_to_an_epoch_and_the_model_is_as_of_then(lab):
    book = fitted(lab)
    slider = book.page.get_by_role("slider", name="As of")
    for _ in range(3):
        slider.press("ArrowLeft")
    book.wait(1, ".nbk-then-where", "epoch 2 of 5")
    # The kernel answers for one example as of that epoch.
    book.wait(1, ".nbk-answers", "%")
    book.press("Go back here")
    book.wait(1, ".nbk-then-note", "as it was after epoch 2")
    assert book.run(2).strip() == "True 2"


def test_a_page_that_is_loaded_again_goes_back_by_keys_alone(lab):
    book = fitted(lab)
    book.save()
    book.open()  # the kernel stays
    page, keys = book.page, book.page.keyboard
    book.wait(1, ".nbk-then-where", "epoch 5 of 5")
    page.get_by_role("slider", name="As of").focus()
    for _ in range(3):
        keys.press("ArrowLeft")
    book.wait(1, ".nbk-then-where", "epoch 2 of 5")
    book.wait(1, ".nbk-answers", "%")
    keys.press("Tab")
    keys.press("Enter")
    book.wait(1, ".nbk-then-note", "as it was after epoch 2")
    assert page.evaluate("() => document.activeElement.textContent") == "Go back here"
    assert book.run(2).strip() == "True 2"
    # Once more, to another epoch, after a second load.
    book.save()
    book.open()
    book.wait(1, ".nbk-then-note", "as it was after epoch 2")
    page.get_by_role("slider", name="As of").press("Home")
    book.wait(1, ".nbk-then-where", "the start")
    book.press("Go back here")
    book.wait(1, ".nbk-then-note", "start")
    assert book.errors == []


PICTURES = """
%load_ext nbkeras
import numpy as np
import nbkeras
from nbkeras.layers import Conv2D, Dense, Flatten

nbkeras.utils.set_random_seed(1)
model = nbkeras.Sequential([nbkeras.Input((12, 12, 1)), Conv2D(4, 3, activation="relu"), Flatten(), Dense(3, "softmax")])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
x = np.random.default_rng(0).random((300, 12, 12, 1)).astype("float32")
y = np.arange(300) % 3
"""
CONFUSION = """
predicted = history.model_at(2).predict(x[-60:], verbose=0).argmax(1)
print([int(((y[-60:] == i) & (predicted == j)).sum()) for i in range(3) for j in range(3)])
"""


def test_a_hand_sees_the_confusion_and_the_inside_of_an_epoch(lab):
    book = lab.notebook(
        PICTURES,
        "history = model.fit(x, y, epochs=4, validation_split=0.2, keep_epochs=True)",
        CONFUSION,
    )
    book.run(0)
    book.run(1)
    book.wait(1, ".nbk-status", "Done")
    book.press("Back in time")
    slider = book.page.get_by_role("slider", name="As of")
    for _ in range(2):
        slider.press("ArrowLeft")
    book.press("Confusion")
    book.wait(1, ".nbk-past-confusion .nbk-past-note", "as of epoch 2")
    cells = book.page.locator(".nbk-confusion tbody td").all_inner_texts()
    assert book.run(2).strip() == str([int(text or 0) for text in cells])
    book.press("Inside the network")
    book.wait(1, ".nbk-past-inside", "as of epoch 2")
    book.wait(1, ".nbk-past-inside .nbk-inside", "conv2d")
    book.press("Next example")
    book.wait(1, ".nbk-example-name", "example 2")


def test_layers_are_seen_while_a_cell_trains(lab):
    book = lab.notebook(
        SETUP, "history = model.fit(x, y, epochs=100_000)", "print(history.status)"
    )
    book.run(0)
    book.start(1)
    book.wait(1, ".nbk-status", "Training")
    book.press("Layers")
    book.wait(1, ".nbk-layers", "Dense · relu")
    book.wait(1, ".nbk-layer-note", "At step")
    book.press("Stop")
    book.ended(1)
    assert book.run(2).strip() == "stopped"


def test_recorded_runs_are_filtered_and_opened(lab):
    record = """
for rate in (0.001, 0.01):
    model = make()
    model.optimizer.learning_rate = rate
    model.fit(x, y, epochs=3, validation_split=0.2, verbose=0, record="runs/")
"""
    book = lab.notebook(SETUP, record, 'nbkeras.runs("runs/")')
    book.run(0)
    book.run(1)
    book.run(2)
    book.wait(2, ".nbk-count", "2 of 2")
    field = book.page.get_by_label("Filter", exact=True)
    field.press_sequentially("learning_rate:0.01")
    book.wait(2, ".nbk-count", "1 of 2")
    book.page.get_by_role("button", name="as a dashboard").click()
    book.wait(2, ".nbk-opened .nbk-status", "Done")
    book.press("Close")
    book.page.locator(".nbk-opened").wait_for(state="hidden")
