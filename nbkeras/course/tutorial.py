"""The tutorial in the terminal: train a CNN on image files, and test it."""

import shutil
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nbkeras.core.annotations import PathLike

if TYPE_CHECKING:
    from nbkeras.callbacks import LambdaCallback
    from nbkeras.image.pipeline.file_iterator import DirectoryIterator
    from nbkeras.models import Sequential

SIZE = (150, 150)
BATCH = 32
# (epochs, steps): each image at most four times; and the full tutorial.
SHORT, FULL = (4, 125), (10, 100)
# The short tutorial ends after the first epoch with this accuracy on the test images.
PROMISED_ACCURACY = 0.95


class FolderError(ValueError):
    """The image folder cannot be used."""


def run(full: bool = False, root: PathLike = "data") -> float:
    """Build, compile, fit and evaluate the tutorial's CNN, and print each step.

    Args:
        full: whether to run the full tutorial: 10 epochs of 100 steps, flipped images,
            a constant learning rate. The default takes at most half the
            steps, decays the learning rate, ends after the first epoch that reaches
            PROMISED_ACCURACY on the test images, and does not flip images: a flipped
            digit is not a digit.
        root: folder of the images; written from the digits in the package if missing.

    Returns:
        The accuracy on the test images.

    Raises:
        FolderError: `root` cannot be written to, or contains other images.
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

    limit = "" if full else "at most "
    heading(f"3. Training: {limit}{epochs} epochs of {steps} batches of {BATCH}")
    model.fit(
        training,
        steps_per_epoch=steps,
        epochs=epochs,
        validation_data=held_out,
        callbacks=[] if full else [stop_at(PROMISED_ACCURACY, model)],
    )

    heading("4. What it is worth: pictures that it never learned from")
    predicted = np.argmax(model.predict(held_out, verbose=0), axis=1)
    accuracy = float(np.mean(predicted == held_out.classes))
    print(confusion(held_out.classes, predicted, held_out.class_indices))
    print(f"\ntest accuracy: {accuracy:.4f}  ({len(predicted)} pictures)")
    print(f"{time.monotonic() - begun:.0f} s in all")
    print(f"\nGo on in a notebook, where all of this can be seen: {command('lab')}")
    return accuracy


def pictures(root: PathLike) -> tuple[str, str]:
    """Folders of the training and test images in `root`, written if missing.

    Raises:
        FolderError: `root` cannot be written to, or contains other images.
    """
    from nbkeras.datasets import digit_folders

    root_path = Path(root)
    digits = {str(digit) for digit in range(10)}
    for part in (root_path / "train", root_path / "test"):
        folder_names = (
            {p.name for p in part.iterdir() if p.is_dir()} if part.is_dir() else set()
        )
        if other_names := sorted(folder_names - digits):
            raise FolderError(
                f"{part} contains other images ({', '.join(other_names[:3])}); the "
                "tutorial's ten digits need a separate folder. Write for example: "
                f"{command('tutorial --data digits')}"
            )
    try:
        return digit_folders(root, size=SIZE)
    except OSError as error:
        raise FolderError(
            f"cannot write the images to {root_path} ({error.strerror or error}). "
            f"Write for example: {command('tutorial --data digits')}"
        ) from error


def flows(
    train: PathLike, test: PathLike, mirror: bool
) -> "tuple[DirectoryIterator, DirectoryIterator]":
    """Batches of augmented training images, and of the test images in order."""
    from nbkeras.preprocessing.image import ImageDataGenerator

    augmented = ImageDataGenerator(
        rescale=1.0 / 255, shear_range=0.2, zoom_range=0.2, horizontal_flip=mirror
    )
    plain = ImageDataGenerator(rescale=1.0 / 255)
    options = dict(target_size=SIZE, batch_size=BATCH, class_mode="categorical")
    training = augmented.flow_from_directory(train, **options, seed=1)
    held_out = plain.flow_from_directory(test, **options, shuffle=False)
    return training, held_out


def network() -> "Sequential":
    """The tutorial's CNN."""
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


def stop_at(accuracy: float, model: "Sequential") -> "LambdaCallback":
    """A callback that ends training after an epoch with this validation accuracy."""
    from nbkeras.callbacks import LambdaCallback

    def stop_if_reached(epoch, logs):
        if logs["val_accuracy"] >= accuracy:
            print(f"{accuracy} on the test pictures is reached: training ends.")
            model.stop_training = True

    return LambdaCallback(on_epoch_end=stop_if_reached)


def confusion(
    truth: np.ndarray, predicted: np.ndarray, class_indices: Mapping[str, int]
) -> str:
    """The confusion matrix as text, with a row for each true class."""
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
    """Print an underlined heading after an empty line."""
    print(f"\n{text}\n{'─' * len(text)}", flush=True)


def command(rest: str) -> str:
    """The command line of `nbkeras ...`, with its path if it is not on PATH."""
    program = Path(sys.argv[0])
    executable = shutil.which("nbkeras")
    if program.name != "nbkeras" or (executable and Path(executable).samefile(program)):
        return f"nbkeras {rest}"
    return f"{sys.argv[0]} {rest}"
