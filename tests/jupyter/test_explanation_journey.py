"""The view that explains answers, in a real JupyterLab."""

import pytest

pytestmark = pytest.mark.jupyter

VIEW = """import numpy as np
import nbkeras
from nbkeras import layers
nbkeras.utils.set_random_seed(1)
model = nbkeras.Sequential([nbkeras.Input((16, 16, 1)),
    layers.Conv2D(4, 3, activation="relu"), layers.GlobalAveragePooling2D(),
    layers.Dense(3, activation="softmax")])
x = np.random.default_rng(0).random((3, 16, 16, 1))
view = nbkeras.explain(model, x, class_names=["cat", "dog", "fish"], samples=8, steps=8)
view"""
ASK = """view.wait()
print(view.at, view.classes[view.label], len(view.item.maps), view.busy)"""


def test_a_class_by_mouse_and_a_picture_by_key_are_explained(lab):
    book = lab.notebook(VIEW, ASK)
    book.run(0)
    book.wait(0, ".nbk-card:last-child .nbk-badge", "")
    book.page.wait_for_function(
        "() => document.querySelectorAll('.nbk-badge[data-verdict]').length === 5"
    )
    bar = book.page.locator(".nbk-bar", has_text="fish")
    bar.click()
    book.wait(0, ".nbk-why", "Why fish?")
    book.page.get_by_role("button", name="Picture of 3").press("Enter")
    book.page.wait_for_function(
        "() => document.querySelectorAll('.nbk-badge[data-verdict]').length === 5"
    )
    book.run(1)
    assert "2 " in book.text(1)
    assert " 5 {}" in book.text(1)
    outputs = book.save()["cells"][0]["outputs"]
    kept = ["".join(e["data"].get("text/html", "")) for e in outputs if "data" in e]
    assert any("data:image/svg+xml" in html for html in kept)
    assert book.errors == []
