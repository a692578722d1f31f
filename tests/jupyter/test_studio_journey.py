"""The augmentation studio in a real JupyterLab, while a model trains."""

import re

import pytest

pytestmark = pytest.mark.jupyter

STUDIO = """import numpy as np
import nbkeras
from nbkeras.preprocessing.image import ImageDataGenerator
x = np.random.default_rng(0).integers(0, 255, (2, 40, 60, 3)).astype("uint8")
studio = nbkeras.preview(ImageDataGenerator(horizontal_flip=True), (x, [0, 1]))
studio"""
FIT = """model = nbkeras.Sequential([nbkeras.Input((4,)), nbkeras.layers.Dense(1)])
model.compile("sgd", "mse")
answers = []
studio.observe(lambda change: answers.append(change.new), "code")
class UntilHeard(nbkeras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        print("training", flush=True)
    def on_epoch_end(self, epoch, logs=None):
        self.model.stop_training = len(answers) >= 2
a = np.ones((64, 4), "float32")
history = model.fit(a, a[:, 0], epochs=200_000, verbose=0, callbacks=[UntilHeard()])
print("answers while it trained:", len(answers), studio.datagen.rotation_range > 0)"""


def test_the_studio_answers_while_a_model_trains_and_leaves_its_picture(lab):
    book = lab.notebook(STUDIO, FIT)
    book.run(0)
    book.wait(0, ".nbk-code code", "ImageDataGenerator(horizontal_flip=True)")
    book.start(1)
    book.wait(1, "pre", "training")
    slider = book.page.get_by_role("slider", name="rotation_range", exact=True)
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    book.page.mouse.click(box["x"] + box["width"] * 0.5, box["y"] + box["height"] / 2)
    book.wait(0, ".nbk-code code", "rotation_range=")
    for _ in range(3):
        slider.press("ArrowRight")
    book.ended(1)
    # Values that come while one is computed are answered together.
    assert re.search(r"answers while it trained: [2-9] True", book.text(1))
    book.press("Picture of 2: 1")
    book.wait(0, ".nbk-label", "1")
    # The picture under the live view is renewed after a while of quiet.
    outputs = book.save()["cells"][0]["outputs"]
    kept = ["".join(e["data"].get("text/html", "")) for e in outputs if "data" in e]
    assert any("data:image/svg+xml" in html for html in kept)
    assert book.errors == []
