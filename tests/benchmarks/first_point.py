"""From Shift-Enter on a `fit` cell in a fresh kernel to the first point of its curve.

    pip install -e .[bench]
    python tests/benchmarks/first_point.py [--times 10] [--no-cache]

A real JupyterLab in a headless Chromium; every measurement has a kernel of its own. The
cell imports the library, builds the tutorial's small CNN for digits, and fits it: nbkeras
with its dashboard, Keras on JAX with livelossplot, which draws after each epoch. Both take
turns; the page's clock runs from the key to the first frame with a point. The first round
fills the compile caches and is not counted; `--no-cache` turns both caches off.
"""

import argparse
import os
import statistics
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "browser"), str(HERE.parent / "jupyter")]

from harness import FLAGS, chromium  # noqa: E402
from lab import Lab  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402

MODEL = """model = Sequential([
    Input((28, 28, 1)),
    Conv2D(32, 3, activation="relu"), MaxPooling2D(),
    Conv2D(64, 3, activation="relu"), MaxPooling2D(),
    Flatten(), Dense(10, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
"""
LAYERS = "import Conv2D, Dense, Flatten, Input, MaxPooling2D\n"
DATA = """import numpy as np
pixels = np.load("digits.npz")
x, y = pixels["x"], pixels["y"]
"""
CELLS = {
    "nbkeras": "%load_ext nbkeras\n"
    + DATA
    + "from nbkeras import Sequential\nfrom nbkeras.layers "
    + LAYERS
    + MODEL
    + "history = model.fit(x, y, epochs=3, validation_split=0.1)",
    "keras-jax": DATA
    + "from keras import Sequential\nfrom keras.layers "
    + LAYERS
    + "from livelossplot import PlotLossesKeras\n"
    + MODEL
    + "history = model.fit(x, y, epochs=3, validation_split=0.1, verbose=0, "
    "callbacks=[PlotLossesKeras()])",
}
# A path with a point, or the picture that livelossplot shows.
POINT = {
    "nbkeras": ".nbk-now[d^=M], .nbk-train-dots[d^=M], .nbk-raw[d^=M]",
    "keras-jax": ".jp-OutputArea-output img",
}
# The time in ms from the next key to the first frame with a match of `point`.
CLOCK = """(point) => {
  window.took = null;
  const begin = (event) => {
    if (event.key !== "Enter") return;
    document.removeEventListener("keydown", begin, true);
    const look = (now) => {
      if (document.querySelector(point)) window.took = now - event.timeStamp;
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  };
  document.addEventListener("keydown", begin, true);
}"""


def measured_s(lab, library):
    """Seconds to the first point in a new kernel."""
    book = lab.notebook(CELLS[library])
    page = book.page
    page.locator(".jp-CodeCell .cm-content").first.click()
    page.evaluate(CLOCK, POINT[library])
    page.keyboard.press("Shift+Enter")
    page.wait_for_function("() => window.took !== null")
    seconds = page.evaluate("() => window.took") / 1000
    book.close()
    return seconds


def main():
    """Measure and print."""
    import numpy as np

    import nbkeras

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--no-cache", action="store_true")
    asked = parser.parse_args()
    (x, y), _ = nbkeras.datasets.digits.load()
    took = {library: [] for library in CELLS}
    with sync_playwright() as play, tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        os.environ["KERAS_BACKEND"] = "jax"
        if asked.no_cache:
            os.environ["NBKERAS_COMPILE_CACHE"] = "0"
        else:  # Keras has none of its own; JAX's serves it as well
            os.environ["JAX_COMPILATION_CACHE_DIR"] = str(place / "cache")
            os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
        browser = play.chromium.launch(executable_path=chromium(), args=FLAGS)
        lab = Lab(place, browser)
        np.savez(lab.root / "digits.npz", x=x[..., None].astype("float32") / 255, y=y)
        try:
            for turn in range(asked.times + 1):
                for library, seconds in took.items():
                    one = measured_s(lab, library)
                    if turn:
                        seconds.append(one)
                    print(library, turn or "(not counted)", f"{one:.2f}", flush=True)
        finally:
            lab.close()
            browser.close()
    ours = statistics.median(took["nbkeras"])
    print("| library | median s | 95 % below, s | ratio |\n| --- | --- | --- | --- |")
    for library, seconds in took.items():
        most = statistics.quantiles(seconds, n=20, method="inclusive")[-1]
        median = statistics.median(seconds)
        print(f"| {library} | {median:.2f} | {most:.2f} | {ours / median:.2f} |")


if __name__ == "__main__":
    main()
