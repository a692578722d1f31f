"""One training step, looked into layer by layer in JupyterLab."""

import pytest

pytestmark = pytest.mark.jupyter

SETUP = """
%load_ext nbkeras
import numpy as np
import nbkeras
from nbkeras.layers import Dense

x = np.random.default_rng(0).normal(size=(320, 8)).astype("float32")
y = np.arange(320) % 3
"""
XRAY = """
deep = nbkeras.Sequential([nbkeras.Input((8,)),
    *[Dense(16, "sigmoid", name=f"hidden_{i}") for i in range(8)],
    Dense(3, "softmax", name="answer")])
deep.compile("adam", "sparse_categorical_crossentropy")
before = deep.get_weights()
look = nbkeras.xray(deep, (x, y))
look
"""
UNCHANGED = """
same = all(np.array_equal(a, b) for a, b in zip(before, deep.get_weights()))
loss = deep.evaluate(x[:256], y[:256], verbose=0)
print(look.findings[0].kind, abs(look.loss - loss) < 1e-5, same)
"""


def test_one_step_is_looked_into_and_leaves_its_picture(lab):
    book = lab.notebook(SETUP, XRAY, UNCHANGED)
    book.run(0)
    book.run(1)
    book.wait(1, ".nbk-findings", "gradient")
    page = book.page
    rows = page.locator(".nbk-layers tbody tr")
    names = rows.locator(".nbk-layer").all_inner_texts()
    assert names == [*(f"hidden_{i}" for i in range(8)), "answer"]
    # Keys scroll the table where it is not seen whole.
    region = page.get_by_role("region", name="Layers of the step")
    assert region.get_attribute("tabindex") == "0"
    assert page.get_by_role("img", name="activations from").count() == 9
    assert book.run(2).strip() == "vanishing True True"
    outputs = book.save()["cells"][1]["outputs"]
    kept = ["".join(e["data"].get("text/html", "")) for e in outputs if "data" in e]
    assert any("data:image/svg+xml" in html for html in kept)
