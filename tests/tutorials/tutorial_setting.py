"""Where a tutorial script runs: a folder of its own with a few real digits in it."""

from pathlib import Path

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
