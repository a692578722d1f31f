"""The tutorial in the terminal: real pictures, a CNN, held-out accuracy."""

import time

import numpy as np

EPOCHS, STEPS = 3, 70


def run(full=False, root="data"):
    """Build, compile, fit and evaluate the tutorial's CNN; prints as it goes.

    Args:
        full: the tutorial's own 10 epochs of 100 steps, with its augmentation. The
            default takes fewer steps and leaves the mirror images out: a mirrored
            digit is another picture, but not a digit.
        root: folder of the pictures; made from the digits in the package if absent.

    Returns:
        The accuracy on the held-out pictures.
    """
    from nbkeras import __version__
    from nbkeras.datasets import digit_folders
    from nbkeras.preprocessing.image import ImageDataGenerator
    from nbkeras.utils import set_random_seed

    begun = time.monotonic()
    print(f"nbkeras {__version__}: a CNN from real pictures to accuracy\n")
    print("1. The pictures")
    train, test = digit_folders(root, size=(150, 150))
    augmented = ImageDataGenerator(
        rescale=1.0 / 255, shear_range=0.2, zoom_range=0.2, horizontal_flip=full
    )
    plain = ImageDataGenerator(rescale=1.0 / 255)
    options = dict(target_size=(150, 150), batch_size=32, class_mode="categorical")
    training = augmented.flow_from_directory(train, **options, seed=1)
    held_out = plain.flow_from_directory(test, **options, shuffle=False)
    x, y = training[0]
    print(f"   one batch: pictures {x.shape}, labels {y.shape}\n")

    print("2. The model")
    set_random_seed(1)
    model = _model()
    model.summary(print_fn=lambda text: print(_indented(text)))
    model.compile(
        optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"]
    )

    epochs, steps = (10, 100) if full else (EPOCHS, STEPS)
    print(f"\n3. Training: {epochs} epochs of {steps} steps, 32 pictures a step")
    validation = dict(validation_data=held_out, validation_steps=50 if full else 8)
    model.fit(training, steps_per_epoch=steps, epochs=epochs, verbose=1, **validation)

    print("\n4. The pictures that it has never seen")
    predicted = np.argmax(model.predict(held_out, verbose=0), axis=1)
    accuracy = float(np.mean(predicted == held_out.classes))
    print(_indented(confusion(held_out.classes, predicted, held_out.class_indices)))
    print(f"\n   test accuracy: {accuracy:.4f}  ({len(predicted)} pictures)")
    print(f"   {time.monotonic() - begun:.0f} s in all")
    print("\nGo on in a notebook, where all of this can be seen:  nbkeras lab")
    return accuracy


def confusion(truth, predicted, class_indices):
    """The confusion table as text: a row for each true class."""
    names = sorted(class_indices, key=class_indices.get)
    table = np.zeros((len(names), len(names)), int)
    np.add.at(table, (truth, predicted), 1)
    width = max(4, *(len(name) + 1 for name in names))
    lines = ["true \\ predicted".ljust(18) + "".join(n.rjust(width) for n in names)]
    for name, row in zip(names, table, strict=True):
        cells = "".join((str(n) if n else "·").rjust(width) for n in row)
        lines.append(name.rjust(16) + "  " + cells)
    return "\n".join(lines)


def _model():
    from nbkeras.layers import Conv2D, Dense, Flatten, MaxPooling2D
    from nbkeras.models import Sequential

    model = Sequential()
    model.add(Conv2D(32, (3, 3), activation="relu", input_shape=(150, 150, 3)))
    model.add(MaxPooling2D((2, 2)))
    model.add(Conv2D(64, (3, 3), activation="relu"))
    model.add(MaxPooling2D((2, 2)))
    model.add(Flatten())
    model.add(Dense(64, activation="relu"))
    model.add(Dense(10, activation="softmax"))
    return model


def _indented(text):
    return "\n".join("   " + line for line in text.splitlines())
