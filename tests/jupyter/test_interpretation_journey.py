"""The view of a model's mistakes, in a real JupyterLab."""

import pytest

pytestmark = pytest.mark.jupyter

VIEW = """import numpy as np
import nbkeras
from nbkeras import layers
nbkeras.utils.set_random_seed(1)
model = nbkeras.Sequential([nbkeras.Input((8, 8, 1)), layers.Flatten(name="flat"),
    layers.Dense(3, activation="softmax")])
rng = np.random.default_rng(0)
x, y = rng.random((60, 8, 8, 1)), rng.integers(0, 3, 60)
view = nbkeras.interpret(model, x, y, class_names=["cat", "dog", "fish"])
view"""
ASK = """print(view.view["source"], view.view["label"], view.view["predicted"])
print(view.code)"""


def test_a_cell_by_key_and_a_correction_by_mouse_become_code(lab):
    book = lab.notebook(VIEW, ASK)
    book.run(0)
    book.wait(0, ".nbk-matrix", "cat")
    book.page.locator(".nbk-matrix td button").first.press("ArrowRight")
    book.page.keyboard.press("Enter")
    book.wait(0, ".nbk-gallery option:checked", "cat predicted as dog")
    book.page.get_by_label("Show", exact=True).select_option("unsure")
    book.page.wait_for_function(
        "() => document.querySelectorAll('.nbk-card').length === 24"
    )
    book.page.locator(".nbk-card").first.click()
    book.page.get_by_label("Right class", exact=True).select_option("fish")
    book.wait(0, ".nbk-code code", "] = [2]")
    book.page.get_by_role("tab", name="Feature map").click()
    book.page.wait_for_function(
        "() => document.querySelectorAll('.nbk-point').length === 60"
    )
    book.run(1)
    assert "unsure 0 1" in book.text(1)
    assert "y = y.copy()" in book.text(1)
    outputs = book.save()["cells"][0]["outputs"]
    kept = ["".join(e["data"].get("text/html", "")) for e in outputs if "data" in e]
    assert any("data:image/svg+xml" in html for html in kept)
    assert book.errors == []
