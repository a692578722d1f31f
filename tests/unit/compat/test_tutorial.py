"""The tutorial that this project began with, letter for letter, in a fresh Python.

Its data is small here: 64 rows for the first model, two pictures a class for the
second. Its last block asks for 1,000 steps of 32 pictures of 150 x 150, which take
minutes, so it is stopped by an interrupt after three steps have been shown; the whole
of it is `nbkeras tutorial --full`.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

BLOCKS = Path(__file__).parents[2] / "golden" / "tutorial_blocks.md"

RUNNER = """
import json, signal, sys, warnings
import numpy as np
import nbkeras
from nbkeras.train import sinks
from nbkeras.train.events import StepEnded

nbkeras.compat.install()
rng = np.random.default_rng(0)
labels = np.arange(64) % 10
centres = rng.normal(size=(10, 100))
x = (centres[labels] + 0.1 * rng.normal(size=(64, 100))).astype("float32")
y = np.eye(10, dtype="float32")[labels]
names = dict(x_train=x, y_train=y, x_test=x, y_test=y)
said = []
warnings.simplefilter("always")
warnings.showwarning = lambda message, *rest: said.append(str(message))

class Stopper:
    shown = 0
    def __call__(self, event):
        self.shown += isinstance(event, StepEnded)
        if self.shown == 3:
            signal.raise_signal(signal.SIGINT)

report = {}
for number, block in enumerate(json.load(sys.stdin), 1):
    if number == 10:
        nbkeras.utils.set_random_seed(1)
        before = names["model"].get_weights()
        sinks.defaults.append(lambda *given: Stopper())
    try:
        exec(compile(block, f"block {number}", "exec"), names)
    except KeyboardInterrupt:
        report["interrupted in"] = number
    if number == 1:
        report["keras is nbkeras"] = names["keras"] is nbkeras
    if number == 5:
        report["losses"] = names["model"].history.history["loss"]
    if number == 6:
        report["evaluated"] = [names["loss"], names["accuracy"]]
model = names["model"]
report["classes"] = names["train_generator"].class_indices
report["moved"] = sum(
    float(np.abs(a - b).sum()) for a, b in zip(model.get_weights(), before)
)
report["steps"] = model._steps_done
report["after"] = model.evaluate(names["test_generator"], verbose=0)
report["real keras"] = "keras.src" in sys.modules
report["said"] = said
print("REPORT" + json.dumps(report))
"""


def picture_folders(root):
    rng = np.random.default_rng(1)
    for part, count in (("train", 2), ("test", 1)):
        for label in range(10):
            folder = root / "data" / part / str(label)
            folder.mkdir(parents=True)
            for number in range(count):
                pixels = rng.integers(0, 255, (150, 150, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(folder / f"{number}.png")


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    here = tmp_path_factory.mktemp("tutorial")
    picture_folders(here)
    blocks = re.findall(r"```python\n(.*?)```", BLOCKS.read_text("utf-8"), re.S)
    assert len(blocks) == 10
    done = subprocess.run(
        [sys.executable, "-c", RUNNER],
        input=json.dumps(blocks),
        capture_output=True,
        text=True,
        cwd=here,
        timeout=300,
        check=False,
    )
    assert "REPORT" in done.stdout, done.stderr
    return json.loads(done.stdout.split("REPORT")[1])


def test_import_keras_means_nbkeras(report):
    assert report["keras is nbkeras"]
    assert not report["real keras"]


def test_the_dense_model_learns_and_is_evaluated(report):
    losses = report["losses"]
    assert len(losses) == 10
    assert losses[-1] < losses[0] / 2
    loss, accuracy = report["evaluated"]
    assert loss < losses[-1]
    assert accuracy > 0.9


def test_the_generators_find_the_ten_class_folders(report):
    assert report["classes"] == {str(n): n for n in range(10)}


def test_fit_generator_trains_until_it_is_interrupted(report):
    assert report["interrupted in"] == 10
    assert report["steps"] >= 3
    assert report["moved"] > 0


def test_the_interrupted_model_goes_on_to_evaluate(report):
    loss, accuracy = report["after"]
    assert np.isfinite(loss)
    assert 0 <= accuracy <= 1


def test_fit_generator_says_once_what_the_new_spelling_is(report):
    said = [text for text in report["said"] if "fit_generator" in text]
    assert len(said) == 1
    assert "write fit(generator, ...)" in said[0]
