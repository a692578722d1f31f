"""How soon a click acts on a fit whose cell runs, in a real front end.

    python tests/benchmarks/click_latency.py [--clicks 20] [--app jupyterlab|notebook]

A mouse presses Pause and Resume in turn while a blocking fit of short steps runs. The
page notes when it got each click and when it shows what came of it, the run when it
takes the request up at a step edge; both read the same clock of the machine.
"""

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path

HOME = Path(__file__).parents[2]
sys.path[:0] = [str(HOME / "tests" / part) for part in ("browser", "jupyter")]

from harness import FLAGS, chromium  # noqa: E402
from lab import APPS, Lab  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402

SETUP = """
%load_ext nbkeras
import json, time
import numpy as np
import nbkeras
from nbkeras.layers import Dense

class Taken:
    takes_events = True
    moves = []
    def __call__(self, event):
        if type(event).__name__ == "Steered":
            self.moves.append(1000 * time.time())

x = np.random.default_rng(0).normal(size=(640, 8)).astype("float32")
model = nbkeras.Sequential([nbkeras.Input((8,)), Dense(16, "relu"), Dense(1)])
model.compile("sgd", "mse")
"""
FIT = "model.fit(x, x[:, :1], epochs=10**6, batch_size=32, callbacks=[Taken()]);"
WATCH = """() => {
  const now = () => performance.timeOrigin + performance.now();
  window.clicked = []; window.seen = [];
  document.addEventListener("click", (e) => e.target.closest(".nbk-pause") && clicked.push(now()), true);
  const status = document.querySelector(".nbk-status");
  new MutationObserver(() => seen.push(now())).observe(status, { childList: true, characterData: true, subtree: true });
}"""


def measure(app, clicks):
    """(ms from click to step edge, ms from click to what is shown), a list each."""
    with sync_playwright() as play, tempfile.TemporaryDirectory() as folder:
        browser = play.chromium.launch(executable_path=chromium(), args=FLAGS)
        lab = Lab(Path(folder), browser, app)
        try:
            book = lab.notebook(SETUP, FIT, "print(json.dumps(Taken.moves))")
            book.run(0)
            book.start(1)
            book.wait(1, ".nbk-status", "Training")
            book.page.evaluate(WATCH)
            for i in range(clicks):
                press, shown = (("Pause", "Paused"), ("Resume", "Training"))[i % 2]
                book.press(press)
                book.wait(1, ".nbk-status", shown)
            clicked, seen = book.page.evaluate("() => [clicked, seen]")
            book.press("Stop")
            book.ended(1)
            taken = json.loads(book.run(2))
        finally:
            lab.close()
    return [
        [end - start for start, end in zip(clicked, ends, strict=True)]
        for ends in (taken, seen)
    ]


def main():
    """Print two lines."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clicks", type=int, default=20)
    parser.add_argument("--app", choices=APPS, default="jupyterlab")
    given = parser.parse_args()
    for name, times in zip(
        ("takes effect", "is shown"), measure(given.app, given.clicks), strict=True
    ):
        print(
            f"{given.app}: a click {name} after {statistics.median(times):.0f} ms "
            f"(median of {len(times)}), {max(times):.0f} ms at worst; wanted below 300"
        )


if __name__ == "__main__":
    main()
