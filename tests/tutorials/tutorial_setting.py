"""Where a tutorial script runs: a folder of its own with a few real digits in it."""

import re
from pathlib import Path
from types import CodeType

import numpy as np

SCRIPTS = Path(__file__).parent / "scripts"
RECORDED = Path(__file__).parent / "scores.json"
DIGITS = Path(__file__).parents[2] / "nbkeras" / "datasets" / "data" / "digits_5k.npz"
NUM_TRAIN, NUM_TEST = 1500, 500


def write_digits(folder: Path) -> None:
    """`mnist.npz` as Keras names its arrays, with 1,500 digits to train, 500 to test."""
    with np.load(DIGITS, allow_pickle=False) as data:
        images, labels = data["images"], data["labels"]
    order = np.random.default_rng(0).permutation(len(images))
    train, test = order[:NUM_TRAIN], order[NUM_TRAIN : NUM_TRAIN + NUM_TEST]
    np.savez(
        folder / "mnist.npz",
        x_train=images[train],
        y_train=labels[train],
        x_test=images[test],
        y_test=labels[test],
    )


def drawn(script: Path, draw: int) -> CodeType:
    """The code of a script with its seeds of weights moved by 100 a draw.

    Draw 0 is the script as it is written. Seeds of NumPy stay, as they make the data.
    """
    seed = re.compile(r"(set_random_seed|random\.set_seed)\((\d+)\)")
    code = seed.sub(
        lambda found: f"{found[1]}({int(found[2]) + 100 * draw})",
        script.read_text(encoding="utf-8"),
    )
    return compile(code, str(script), "exec")


def run(script: Path, draw: int = 0) -> float:
    """Run a script in the current folder and return its `score`."""
    names = {"__name__": script.stem, "__file__": str(script)}
    exec(drawn(script, draw), names)
    return float(names["score"])
