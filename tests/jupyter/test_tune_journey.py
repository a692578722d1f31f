"""A hyperparameter search in a real JupyterLab: paused, stopped, and kept."""

import pytest

pytestmark = pytest.mark.jupyter

SEARCH = """%load_ext nbkeras
import numpy as np
import nbkeras
from nbkeras import layers
x = np.linspace(-1, 1, 64, dtype="float32")[:, None]
def build(trial):
    model = nbkeras.Sequential([nbkeras.Input((1,)), layers.Dense(1)])
    rate = trial.suggest_float("rate", 1e-3, 0.5, log=True)
    model.compile(nbkeras.optimizers.SGD(rate), "mse")
    return model
tuning = nbkeras.tune(build, (x, 2 * x), seconds=600, epochs=3)"""
RESULT = "print(tuning.status, len(tuning.trials) > 0, tuning.best_value > 0)"


def test_a_search_is_paused_stopped_and_leaves_its_picture(lab):
    book = lab.notebook(SEARCH, RESULT)
    book.start(0)
    book.wait(0, ".nbk-result", "Best val_loss")
    book.press("Pause")
    book.wait(0, ".nbk-word", "Paused")
    book.press("Resume")
    book.wait(0, ".nbk-word", "Searching")
    book.press("Stop")
    book.wait(0, ".nbk-word", "Stopped")
    book.ended(0)
    book.run(1)
    assert "stopped True True" in book.text(1)
    outputs = book.save()["cells"][0]["outputs"]
    kept = ["".join(e["data"].get("text/html", "")) for e in outputs if "data" in e]
    assert any("Hyperparameter search" in html and "<img" in html for html in kept)
    assert book.errors == []
