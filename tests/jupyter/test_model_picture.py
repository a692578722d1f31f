"""The picture of a model in a real JupyterLab: pointed at, opened, looked into."""

import pytest

pytestmark = pytest.mark.jupyter

BUILD = """%load_ext nbkeras
import numpy as np, nbkeras
from nbkeras import layers
from nbkeras.notebook.model_plot.show import show_model
model = nbkeras.Sequential([nbkeras.Input((8, 8, 1)), layers.Conv2D(4, 3), layers.Flatten()])
for _ in range(20):
    model.add(layers.Dense(16, activation="relu"))
model.add(layers.Dense(1, name="last"))
model.compile("sgd", "mse")
model.summary()"""
SHOW = "model"
TRAIN = """import threading
view, heard = show_model(model), threading.Event()
view.observe(lambda change: heard.set(), "detail")
class UntilLookedAt(nbkeras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        self.model.stop_training = heard.is_set()
x = np.zeros((64, 8, 8, 1), "float32")
model.fit(x, x[:, 0, 0], epochs=1_000_000, verbose=0, callbacks=[UntilLookedAt()])
print("looked into", view.detail["name"], view.detail["weights"][0]["shape"])"""


def test_a_model_is_its_picture_and_can_be_looked_into_while_it_trains(lab):
    book = lab.notebook(BUILD, SHOW, TRAIN)
    book.run(0)
    assert "19 × Dense" in book.text(0)
    book.run(1)
    picture = book.page.locator(".nbk-model-view")
    picture.locator(".nbk-block", has_text="Conv2D").hover()
    book.wait(1, ".nbk-peek", "(8 - 3)/1 + 1 = 6")
    picture.locator(".nbk-block", has_text="19 ×").click()
    book.wait(1, ".nbk-folder", "19 ×")
    assert picture.locator(".nbk-block").count() == 24
    picture.locator(".nbk-block", has_text="Conv2D").click()
    book.wait(1, ".nbk-code", "Conv2D(4, 3)")
    book.start(2)
    book.wait(2, ".nbk-block", "Input")
    last = book.page.locator(".nbk-model-view").last.locator(".nbk-block").last
    last.scroll_into_view_if_needed()
    last.click()
    book.ended(2)
    assert "looked into last 16 × 1" in book.text(2)
    html = [
        "".join(output["data"].get("text/html", ""))
        for output in book.save()["cells"][1]["outputs"]
    ]
    assert any("data:image/svg+xml" in each and "23 layers" in each for each in html)
    assert book.errors == []
