"""Enter in every text field of the labs, in a real JupyterLab.

JupyterLab keeps Enter from submitting a form or from ending an entry in an output, so
only a notebook can tell whether a field takes the key itself.
"""

import pytest

pytestmark = pytest.mark.jupyter

DESCENT = """import nbkeras
nbkeras.descent("bowl", optimizers="momentum", start=(3.0, 4.0), steps=5)"""
LINE = """import nbkeras
nbkeras.descent(points=[(0, 1), (1, 3), (2, 5)], steps=5)"""
MODEL = """import numpy as np
import nbkeras
x = np.linspace(-1, 1, 8, dtype="float32").reshape(-1, 1)
layers = [nbkeras.layers.Dense(2), nbkeras.layers.Dense(1)]
model = nbkeras.Sequential([nbkeras.Input((1,)), *layers])
model.compile("sgd", "mse")
lab = nbkeras.descent(model, (x, x), plane="weights", resolution=5, steps=3)
lab"""
STUDIO = """import numpy as np
import nbkeras
from nbkeras.preprocessing.image import ImageDataGenerator
x = np.random.default_rng(0).integers(0, 255, (2, 20, 30, 3)).astype("uint8")
rules = ImageDataGenerator(rotation_range=20, brightness_range=(0.8, 1.2))
studio = nbkeras.preview(rules, (x, [0, 1]))
studio"""
HEARD = """import threading
heard = threading.Event()
studio.observe(lambda change: heard.set(), "seed")
print("listening", flush=True)
print("heard:", heard.wait(60), studio.seed)"""

# Fields that a person can see, by the name that a screen reader gives them.
FIELDS = """() => [...document.querySelectorAll(".nbk input")]
  .filter((e) => ["text", "number"].includes(e.type) && e.checkVisibility())
  .map((e) => e.ariaLabel ?? e.labels[0].textContent)"""


def fields(book):
    """The names of all visible fields, once the widget is there."""
    book.page.locator(".nbk input:visible").first.wait_for()
    book.wait(0, ".nbk-code code", "nbkeras")
    return book.page.evaluate(FIELDS)


def enter(book, name, text):
    """Type into the field of this name and press Enter."""
    field = book.page.get_by_label(name, exact=True).and_(book.page.locator("input"))
    field.fill(text)
    field.press("Enter")


def code_after(book, name, text, expected):
    """The lab's code, once it says what was entered; the focus stays in the field."""
    enter(book, name, text)
    book.wait(0, ".nbk-code code", expected)
    assert book.page.evaluate("document.activeElement.tagName") == "INPUT"


def test_enter_in_each_field_of_the_lab_of_a_function(lab):
    book = lab.notebook(DESCENT)
    book.run(0)
    entries = {
        "Start x": ("1.25", "1.25"),
        "Start y": ("2.75", "2.75"),
        "Gradient noise (123)": ("0.31", "noise=0.31"),
        "Learning rate of optimizer 1 (123)": ("0.017", "0.017"),
        "Momentum of optimizer 1 (123)": ("0.37", "0.37"),
        "Formula": ("x**2 + 3*y**2", "x**2 + 3*y**2"),
    }
    assert set(fields(book)) == set(entries)
    for name, (text, expected) in entries.items():
        code_after(book, name, text, expected)


def test_enter_in_each_field_of_the_lab_of_a_line(lab):
    book = lab.notebook(LINE)
    book.run(0)
    assert "Points in a batch (123)" in fields(book)
    code_after(book, "Points in a batch (123)", "2", "batch_size=2")


def test_enter_chooses_two_weights_of_a_model(lab):
    book = lab.notebook(MODEL)
    book.run(0)
    first, second = [n for n in fields(book) if "eight" in n]
    book.page.get_by_label(second, exact=True).fill("dense_1/kernel[1, 0]")
    code_after(book, first, "dense/kernel[0, 1]", "dense/kernel[0, 1]")


def test_enter_in_each_field_of_the_augmentation_studio(lab):
    book = lab.notebook(STUDIO, HEARD)
    book.run(0)
    book.start(1)
    book.wait(1, "pre", "listening")
    enter(book, "Seed", "4321")
    book.ended(1)
    assert "heard: True 4321" in book.text(1)
    others = [name for name in book.page.evaluate(FIELDS) if name != "Seed"]
    assert len(others) > 5
    for name in others:
        text = "0.07" if "(123)" in name else "5"
        before = book.says(0, ".nbk-code code")
        enter(book, name, text)
        book.page.wait_for_function(
            "(was) => document.querySelector('.nbk-code code').textContent !== was",
            arg=before,
        )
