"""The tutorial in the terminal: real images, a CNN, test accuracy."""

import shutil
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nbkeras.core.annotations import PathLike

if TYPE_CHECKING:
    from nbkeras.image.pipeline.file_iterator import DirectoryIterator
    from nbkeras.models import Sequential

SIZE = (150, 150)
BATCH = 32
# (epochs, steps): every picture four times, which takes two cores a minute or two;
# and what the recipe itself says.
SHORT, FULL = (4, 125), (10, 100)


class FolderError(ValueError):
    """The image folder cannot be used."""


def run(full: bool = False, root: PathLike = "data") -> float:
    """Build, compile, fit and evaluate the tutorial's CNN, and print each step.

    Args:
        full: the recipe as it is written: 10 epochs of 100 steps, mirrored pictures
            too, one learning rate. The default takes half the steps, lets the rate
            fall, and leaves the mirror images out: a mirrored digit is no digit.
        root: folder of the pictures; made from the digits in the package if absent.

    Returns:
        The accuracy on the held-out pictures.

    Raises:
        FolderError: `root` cannot be written, or holds pictures of something else.
    """
    from nbkeras import __version__
    from nbkeras.optimizers import Adam
    from nbkeras.optimizers.schedules import CosineDecay
    from nbkeras.utils import set_random_seed

    begun = time.monotonic()
    print(f"nbkeras {__version__}: a network learns to read, from pictures in folders")
    heading("1. The pictures")
    train, test = pictures(root)
    training, held_out = flows(train, test, mirror=full)
    x, y = held_out[0]
    print(f"One batch: pictures {x.shape}, labels {y.shape}.")

    heading("2. The model")
    set_random_seed(1)
    model = network()
    model.summary()
    epochs, steps = FULL if full else SHORT
    model.compile(
        optimizer="adam" if full else Adam(CosineDecay(1e-3, epochs * steps)),
        loss="categorical_crossentropy",
        metrics=["accuracy"],
    )

    heading(f"3. Training: {epochs} epochs of {steps} steps, {BATCH} pictures a step")
    model.fit(training, steps_per_epoch=steps, epochs=epochs, validation_data=held_out)

    heading("4. What it is worth: pictures that it never learned from")
    predicted = np.argmax(model.predict(held_out, verbose=0), axis=1)
    accuracy = float(np.mean(predicted == held_out.classes))
    print(confusion(held_out.classes, predicted, held_out.class_indices))
    print(f"\ntest accuracy: {accuracy:.4f}  ({len(predicted)} pictures)")
    print(f"{time.monotonic() - begun:.0f} s in all")
    print(f"\nGo on in a notebook, where all of this can be seen: {command('lab')}")
    return accuracy


def pictures(root: PathLike) -> tuple[str, str]:
    """Folders of the training and test pictures under `root`, written if absent."""
    from nbkeras.datasets import digit_folders

    here = Path(root)
    digits = {str(digit) for digit in range(10)}
    for part in (here / "train", here / "test"):
        folder_names = (
            {p.name for p in part.iterdir() if p.is_dir()} if part.is_dir() else set()
        )
        if strange := sorted(folder_names - digits):
            raise FolderError(
                f"{part} contains other images ({', '.join(strange[:3])}); the "
                "tutorial's ten digits need a separate folder. Write for example: "
                f"{command('tutorial --data digits')}"
            )
    try:
        return digit_folders(root, size=SIZE)
    except OSError as error:
        raise FolderError(
            f"cannot write the images to {here} ({error.strerror or error}). Write for "
            f"example: {command('tutorial --data digits')}"
        ) from error


def flows(
    train: PathLike, test: PathLike, mirror: bool
) -> "tuple[DirectoryIterator, DirectoryIterator]":
    """The pictures in batches: varied ones to learn from, held-out ones in order."""
    from nbkeras.preprocessing.image import ImageDataGenerator

    varied = ImageDataGenerator(
        rescale=1.0 / 255, shear_range=0.2, zoom_range=0.2, horizontal_flip=mirror
    )
    plain = ImageDataGenerator(rescale=1.0 / 255)
    options = dict(target_size=SIZE, batch_size=BATCH, class_mode="categorical")
    training = varied.flow_from_directory(train, **options, seed=1)
    held_out = plain.flow_from_directory(test, **options, shuffle=False)
    return training, held_out


def network() -> "Sequential":
    """The tutorial's CNN, line for line."""
    from nbkeras.layers import Conv2D, Dense, Flatten, MaxPooling2D
    from nbkeras.models import Sequential

    model = Sequential()
    model.add(Conv2D(32, (3, 3), activation="relu", input_shape=(*SIZE, 3)))
    model.add(MaxPooling2D((2, 2)))
    model.add(Conv2D(64, (3, 3), activation="relu"))
    model.add(MaxPooling2D((2, 2)))
    model.add(Flatten())
    model.add(Dense(64, activation="relu"))
    model.add(Dense(10, activation="softmax"))
    return model


def confusion(
    truth: np.ndarray, predicted: np.ndarray, class_indices: Mapping[str, int]
) -> str:
    """The confusion table as text: a row for each true class."""
    names = sorted(class_indices, key=class_indices.get)
    table = np.zeros((len(names), len(names)), int)
    np.add.at(table, (truth, predicted), 1)
    width = max(5, *(len(name) + 1 for name in names))
    corner = "true \\ predicted"
    lines = [corner + "".join(name.rjust(width) for name in names)]
    for name, row in zip(names, table, strict=True):
        cells = "".join((str(n) if n else "·").rjust(width) for n in row)
        lines.append(name.rjust(len(corner)) + cells)
    return "\n".join(lines)


def heading(text: str) -> None:
    """Print a line that divides, with room above it."""
    print(f"\n{text}\n{'─' * len(text)}", flush=True)


def command(rest: str) -> str:
    """How to write `nbkeras ...` here: with its path where the shell would need it."""
    called = Path(sys.argv[0])
    executable = shutil.which("nbkeras")
    if called.name != "nbkeras" or (executable and Path(executable).samefile(called)):
        return f"nbkeras {rest}"
    return f"{sys.argv[0]} {rest}"
