"""Take the pictures of the dashboard: a real training in a real JupyterLab.

    python docs/live_picture.py     writes docs/live.png, live-dark.png, live-travel.png
                                    and the moving docs/live.gif

To be run again when the dashboard's looks have changed; needs a Chromium, as the tests
do. `live.png` is a run under way, `live-dark.png` the same after its end, in the dark,
`live-travel.png` a run that is looked back at.
"""

import contextlib
import re
import sys
import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent / "tests" / part) for part in ("browser", "jupyter")]

import lab  # noqa: E402
from harness import FLAGS, chromium  # noqa: E402

SETUP = """
%load_ext nbkeras
import numpy as np
import nbkeras
from nbkeras.datasets import digits
from nbkeras.layers import Conv2D, Dense, Flatten, MaxPooling2D

(x, y), (x_test, y_test) = digits.load()
x, x_test = (part[..., np.newaxis].astype("float32") / 255 for part in (x, x_test))
x, y, x_test, y_test = x[:800], y[:800], x_test[:200], y_test[:200]
nbkeras.utils.set_random_seed(1)
model = nbkeras.Sequential([
    nbkeras.Input((28, 28, 1)),
    Conv2D(16, 3, activation="relu"), MaxPooling2D(),
    Conv2D(32, 3, activation="relu"), MaxPooling2D(),
    Flatten(), Dense(10, activation="softmax"),
])
sgd = nbkeras.optimizers.SGD(0.05)
model.compile(sgd, "sparse_categorical_crossentropy", metrics=["accuracy"])
"""
HIDE = "() => jupyterapp.commands.execute('application:toggle-left-area')"
FIT = "history = model.fit(x, y, epochs=12, validation_data=(x_test, y_test))"
KEPT = FIT.replace("12", "8").replace("))", "), keep_epochs=True)")


@contextlib.contextmanager
def opened(browser, folder, training, theme="Light"):
    """A notebook with a model and a cell `training`, in a JupyterLab of its own."""
    lab.SETTINGS["apputils-extension/themes"] = {"theme": f"JupyterLab {theme}"}
    running = lab.Lab(folder, browser)
    try:
        book = running.notebook(SETUP, training)
        book.page.evaluate(HIDE)
        book.page.set_viewport_size({"width": 1000, "height": 900})
        book.run(0)
        yield book
    finally:
        running.close()


def shot_of(book):
    """A picture of the cell that trains."""
    shot = book.page.locator(".jp-Notebook .jp-CodeCell").nth(1).screenshot()
    return Image.open(BytesIO(shot)).convert("RGB")


def take(book, name):
    """Write a picture of the cell that trains; few colours keep the file small."""
    shot_of(book).quantize(128, dither=0).save(HERE / name, optimize=True)


def train(browser, folder, theme):
    """One training; its picture under way in the light, at the end in the dark."""
    with opened(browser, folder, FIT, theme) as book:
        book.start(1)
        book.wait(1, ".nbk-status", "Training")
        # Slowly from here on, so that what is waited for is not missed.
        speed = book.page.get_by_label("Speed", exact=True)
        speed.select_option("10 steps a second")
        book.wait(1, ".nbk-facts", "100 ms")
        book.page.get_by_role("slider", name="Learning rate").click(
            position={"x": 78, "y": 8}
        )
        book.page.mouse.move(0, 0)
        epoch = int(re.search(r"\d+", book.says(1, ".nbk-where"))[0])
        book.wait(1, ".nbk-where", f"epoch {epoch + 1} ")
        if theme == "Light":
            take(book, "live.png")
        speed.select_option("Full speed")
        book.ended(1)
        if theme == "Dark":
            book.wait(1, ".nbk-status", "Done")
            book.press("Your changes as code")
            book.wait(1, ".nbk-code code", "Steering")
            take(book, "live-dark.png")


def film(browser, folder):
    """A moving picture: a run is paused, stepped, given another rate and resumed."""
    frames = []
    with opened(browser, folder, FIT) as book:
        book.start(1)
        book.wait(1, ".nbk-status", "Training")

        def shoot(count):
            frames.extend(shot_of(book) for _ in range(count))

        speed = book.page.get_by_label("Speed", exact=True)
        speed.select_option("10 steps a second")
        shoot(10)
        book.press("Pause")
        book.wait(1, ".nbk-status", "Paused")
        shoot(2)
        for _ in range(2):
            book.press("Step")
            shoot(2)
        book.page.get_by_role("slider", name="Learning rate").click(
            position={"x": 86, "y": 8}
        )
        shoot(2)
        book.press("Resume")
        book.wait(1, ".nbk-status", "Training")
        shoot(6)
        speed.select_option("Full speed")
        shoot(4)
        book.ended(1)
        book.wait(1, ".nbk-status", "Done")
        shoot(4)
    write_film(frames, HERE / "live.gif")


def write_film(frames, path, width=760):
    """Write pictures as an animated GIF: one palette, four pictures a second."""
    height = max(frame.height for frame in frames)
    wide = frames[0].width
    sheets = []
    for frame in frames:
        sheet = Image.new("RGB", (wide, height), "white")
        sheet.paste(frame)
        sheets.append(sheet.resize((width, round(height * width / wide))))
    palette = sheets[-1].quantize(64, dither=0)
    few = [sheet.quantize(palette=palette, dither=0) for sheet in sheets]
    few[0].save(path, save_all=True, append_images=few[1:], duration=250, loop=0)


def look_back(browser, folder):
    """The answer for one example and the confusion matrix as of an early epoch."""
    with opened(browser, folder, KEPT) as book:
        # The whole cell is in sight: JupyterLab cuts off what is not.
        book.page.set_viewport_size({"width": 1000, "height": 1400})
        book.run(1)
        book.wait(1, ".nbk-status", "Done")
        book.press("Back in time")
        book.page.get_by_role("slider", name="As of").focus()
        for _ in range(5):
            book.page.keyboard.press("ArrowLeft")
        book.press("Confusion")
        book.wait(1, ".nbk-past-confusion .nbk-past-note", "as of epoch 3")
        book.page.mouse.move(0, 0)
        take(book, "live-travel.png")


def main():
    """All pictures."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=FLAGS)
        for theme in ("Light", "Dark"):
            with tempfile.TemporaryDirectory() as folder:
                train(browser, Path(folder), theme)
        for shoot in (look_back, film):
            with tempfile.TemporaryDirectory() as folder:
                shoot(browser, Path(folder))


if __name__ == "__main__":
    main()
