"""The inside of a network in a real JupyterLab, by mouse and keys, while it trains."""

import pytest

pytestmark = pytest.mark.jupyter

VIEW = """%load_ext nbkeras
import nbkeras
from nbkeras import layers
(x, y), _ = nbkeras.datasets.digits.load()
x = x[..., None].astype("float32") / 255
nbkeras.utils.set_random_seed(0)
model = nbkeras.Sequential([nbkeras.Input((28, 28, 1)),
    layers.Conv2D(6, 5, activation="relu", name="conv"),
    layers.MaxPooling2D(name="pool"), layers.Flatten(name="flatten"),
    layers.Dense(10, activation="softmax", name="digit")], name="digits")
model.compile("adam", "sparse_categorical_crossentropy")
view = nbkeras.inside(model, (x, y))
view"""
FIT = """seen = []
view.observe(lambda change: seen.append(change.new.get("step")), "live")
class UntilLooked(nbkeras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        print("training", flush=True)
    def on_epoch_end(self, epoch, logs=None):
        looked = view.chosen == [1, 4] and view.off and len(seen) > 1
        self.model.stop_training = bool(looked)
history = model.fit(x, y, epochs=10_000, verbose=2, callbacks=[UntilLooked()])
answer = model.predict(x[:1], verbose=0)[0]
print("looks:", len(seen) > 1, "end:", seen[-1], "same:", abs(
    view._session.base.answer - answer).max() < 1e-5)"""


def test_a_network_is_looked_into_while_it_trains_and_leaves_its_picture(lab):
    book = lab.notebook(VIEW, FIT)
    book.run(0)
    book.wait(0, ".nbk-check", "equal to model.predict")
    page, keys = book.page, book.page.keyboard
    book.start(1)
    book.wait(1, "pre", "training")
    book.wait(0, ".nbk-live", "Training: epoch")
    # By mouse: a tile, then a pixel of its map.
    page.get_by_role("button", name="conv, channel 4", exact=True).click()
    book.wait(0, ".nbk-chosen strong", "conv, channel 4")
    face = page.locator(".nbk-map")
    face.scroll_into_view_if_needed()
    box = face.bounding_box()
    share = 6.5 / 24
    page.mouse.move(box["x"] + share * box["width"], box["y"] + share * box["height"])
    book.wait(0, ".nbk-place", "row 6, column 6")
    book.wait(0, ".nbk-verdict", "agrees with the network")
    # By keys: to the next row, which is opened by Enter, and a channel is switched off.
    page.get_by_role("button", name="conv, channel 4", exact=True).press("ArrowDown")
    keys.press("Enter")
    book.wait(0, ".nbk-chosen strong", "pool, channel 4")
    page.get_by_role("button", name="Switch off", exact=True).press("Enter")
    book.wait(0, '[data-row="1"] .nbk-some-off', "channels off: 1")
    book.ended(1)
    assert "looks: True end: None same: True" in book.text(1)
    page.wait_for_function(
        "() => document.querySelector('.nbk-live').textContent === ''"
    )
    # A digit drawn with the mouse is what the network sees.
    page.get_by_role("button", name="Switch all on", exact=True).click()
    page.get_by_role("button", name="Draw", exact=True).click()
    pad = page.get_by_role("application", name="Drawing area: draw with the mouse")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    x = box["x"] + box["width"] / 2
    page.mouse.move(x, box["y"] + 0.15 * box["height"])
    page.mouse.down()
    page.mouse.move(x, box["y"] + 0.85 * box["height"], steps=8)
    page.mouse.up()
    book.wait(0, ".nbk-label", "your picture")
    outputs = book.save()["cells"][0]["outputs"]
    kept = ["".join(e["data"].get("text/html", "")) for e in outputs if "data" in e]
    assert any("data:image/svg+xml" in html for html in kept)
    assert book.errors == []
