"""Twenty trainings with one planted fault each, and every sentence that the tools say.

    python tests/benchmarks/planted_faults.py [--only 3,7] [--key] [--draw key.txt]

For each training: lint and xray before the fit, the advice of the dashboard, then xray
and the findings of interpret for training and validation rows. The faults themselves
are printed only with `--key`, so that a reader can name them from the sentences first.
The order is fixed, and says nothing about the fault.

With `--draw` the trial is blind also for a reader of this file: faults, their strength,
data and sound trainings among them are drawn by a seed that nobody has seen, and are
written to a file that is opened when all causes have been named.
"""

import argparse
import contextlib
import io
import secrets
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

import nbkeras
from nbkeras import layers
from nbkeras.notebook.dashboard.run_state import RunState
from nbkeras.train import sinks

SPARSE = "sparse_categorical_crossentropy"
CLASSES, FEATURES = 4, 12
# Of the trainings of a draw, how many have no fault.
SOUND_SHARE = 0.15


class Chance:
    """What a draw decides; without one the first of the choices.

    Args:
        seed: None for no draw.
    """

    def __init__(self, seed: int | None = None):
        self._rng = None if seed is None else np.random.default_rng(seed)
        self.notes: list[str] = []

    def pick(self, *choices: Any) -> Any:
        """One of the choices, noted."""
        if self._rng is None:
            return choices[0]
        choice = choices[int(self._rng.integers(len(choices)))]
        self.notes.append(str(choice))
        return choice

    def happens(self, share: float) -> bool:
        """Whether an event of this probability happens."""
        return self._rng is not None and bool(self._rng.random() < share)


chance = Chance()


@dataclass
class Training:
    """A compiled model, its data, and further arguments of `fit`."""

    model: nbkeras.Model
    x: np.ndarray
    y: np.ndarray
    x_val: np.ndarray
    y_val: np.ndarray
    options: dict[str, Any] = field(default_factory=dict)


class Advice:
    """The state of a dashboard that nobody sees."""

    takes_every_step = True

    def __init__(self):
        self.state = RunState()

    def __call__(self, event):
        self.state(event.host() if hasattr(event, "host") else event)

    def close(self):
        """Nothing is open."""


def digits(rows=1500):
    """(x, y, x_val, y_val) with pixels from 0 to 255."""
    (x, y), (x_val, y_val) = nbkeras.datasets.digits.load()
    x, x_val = (a[..., None].astype("float32") for a in (x[:rows], x_val[:500]))
    return x, y[:rows].astype("int64"), x_val, y_val[:500].astype("int64")


def scaled_digits(rows=None):
    x, y, x_val, y_val = digits(rows or chance.pick(1500, 1200, 2000))
    return x / 255, y, x_val / 255, y_val


def table():
    """(x, y, x_val, y_val): four classes, twelve features of unit variance."""
    rng = np.random.default_rng(chance.pick(*range(20)))
    centres = rng.normal(size=(CLASSES, FEATURES)) * 1.2
    y = rng.integers(0, CLASSES, 1200)
    x = (centres[y] + rng.normal(size=(1200, FEATURES))).astype("float32")
    x = (x - x.mean(0)) / x.std(0)
    return x[:900], y[:900], x[900:], y[900:]


def numbers():
    """(x, y, x_val, y_val): targets from about -10 to 10."""
    x, _, x_val, _ = table()
    plane = np.random.default_rng(1).normal(size=(FEATURES, 1)).astype("float32")
    return x, x @ plane, x_val, x_val @ plane


def compiled(model, optimizer=None, loss=SPARSE, metrics=("accuracy",)):
    optimizer = optimizer or nbkeras.optimizers.Adam(1e-3)
    model.compile(optimizer, loss, metrics=list(metrics))
    return model


def convolutional(head=None, **options):
    model = nbkeras.Sequential([nbkeras.Input((28, 28, 1))])
    model.add(layers.Conv2D(8, 3, activation="relu"))
    model.add(layers.MaxPooling2D())
    model.add(layers.Conv2D(16, 3, activation="relu", **options))
    model.add(layers.MaxPooling2D())
    model.add(layers.Flatten())
    model.add(head or layers.Dense(10, "softmax"))
    return model


def dense(head, *, inputs=FEATURES, activation="relu", units=(32, 32), **options):
    model = nbkeras.Sequential([nbkeras.Input((inputs,))])
    for width in units:
        model.add(layers.Dense(width, activation, **options))
    model.add(head)
    return model


def softmax(classes=CLASSES):
    return layers.Dense(classes, "softmax")


# The faults, one function each.


def dead_units():
    bias = nbkeras.initializers.Constant(chance.pick(-5.0, -3.0, -10.0))
    return Training(compiled(convolutional(bias_initializer=bias)), *scaled_digits())


def saturated_inputs():
    x, y, x_val, y_val = table()
    model = compiled(dense(softmax(), activation=chance.pick("sigmoid", "tanh")))
    size, shift = chance.pick((3000, 9000), (500, 0), (10_000, -20_000))
    return Training(model, size * x + shift, y, size * x_val + shift, y_val)


def shuffled_labels():
    x, y, x_val, y_val = table()
    y = np.random.default_rng(3).permutation(y)
    return Training(compiled(dense(softmax())), x, y, x_val, y_val)


def leaked_rows():
    x, y, x_val, y_val = table()
    rows = chance.pick(400, 200, 700)
    x_val = np.concatenate([x[:rows], x_val[:100]])
    y_val = np.concatenate([y[:rows], y_val[:100]])
    return Training(compiled(dense(softmax())), x, y, x_val, y_val)


def wrong_loss():
    model = compiled(dense(layers.Dense(1)), loss="mse")
    return Training(model, *table())


def rate_too_high():
    model = compiled(
        dense(softmax()), nbkeras.optimizers.SGD(chance.pick(20.0, 5.0, 100.0))
    )
    return Training(model, *table())


def rate_too_low():
    model = compiled(
        dense(softmax()), nbkeras.optimizers.Adam(chance.pick(1e-7, 1e-8, 1e-6))
    )
    return Training(model, *table())


def frozen_base():
    base = nbkeras.Sequential([nbkeras.Input((28, 28, 1))], name="base")
    base.add(layers.Conv2D(8, 3, activation="relu", strides=2))
    base.add(layers.Conv2D(16, 3, activation="relu", strides=2))
    base.trainable = False
    pool = layers.GlobalAveragePooling2D()
    model = nbkeras.Sequential([nbkeras.Input((28, 28, 1)), base, pool, softmax(10)])
    return Training(compiled(model), *scaled_digits())


def unscaled_pixels():
    return Training(compiled(convolutional()), *digits())


def sigmoid_output():
    head = layers.Dense(1, "sigmoid")
    return Training(compiled(dense(head), loss="mse", metrics=["mae"]), *numbers())


def softmax_of_one():
    x, y, x_val, y_val = table()
    model = compiled(dense(layers.Dense(1, "softmax")), loss="binary_crossentropy")
    return Training(model, x, (y > 1) * 1, x_val, (y_val > 1) * 1)


def sigmoid_as_logits():
    x, y, x_val, y_val = table()
    loss = nbkeras.losses.BinaryCrossentropy(from_logits=True)
    model = compiled(dense(layers.Dense(1, "sigmoid")), loss=loss)
    return Training(model, x, (y > 1) * 1, x_val, (y_val > 1) * 1)


def missing_values():
    x, y, x_val, y_val = table()
    x[chance.pick(100, 0, 899), 3] = chance.pick(np.nan, np.inf)
    return Training(compiled(dense(softmax())), x, y, x_val, y_val)


def equal_units():
    model = dense(softmax(), kernel_initializer="zeros")
    return Training(compiled(model), *table())


def wrong_labels():
    x, y, x_val, y_val = scaled_digits()
    count = chance.pick(60, 30, 120)
    rows = np.random.default_rng(4).permutation(len(y_val))[:count]
    y_val = y_val.copy()
    y_val[rows] = (y_val[rows] + 1 + rows % 8) % 10
    return Training(compiled(convolutional()), x, y, x_val, y_val)


def validation_unscaled():
    x, y, _, _ = scaled_digits()
    _, _, x_val, y_val = digits()
    return Training(compiled(convolutional()), x, y, x_val, y_val)


def gradient_clipped_away():
    optimizer = nbkeras.optimizers.SGD(0.05, clipnorm=chance.pick(1e-6, 1e-5))
    return Training(compiled(dense(softmax()), optimizer), *table())


def strong_decay():
    optimizer = nbkeras.optimizers.AdamW(1e-2, weight_decay=chance.pick(20.0, 50.0))
    return Training(compiled(dense(softmax()), optimizer), *table())


def scaled_twice():
    x, y, x_val, y_val = scaled_digits()
    return Training(compiled(convolutional()), x / 255, y, x_val / 255, y_val)


def too_few_rows():
    x, y, x_val, y_val = scaled_digits(chance.pick(60, 40, 100))
    model = nbkeras.Sequential([nbkeras.Input((28, 28, 1)), layers.Flatten()])
    model.add(layers.Dense(256, "relu"))
    model.add(layers.Dense(256, "relu"))
    model.add(softmax(10))
    model = compiled(model)
    return Training(model, x, y, x_val, y_val, {"epochs": 40})


def sound():
    if chance.pick("table", "digits") == "table":
        return Training(compiled(dense(softmax())), *table())
    return Training(compiled(convolutional()), *scaled_digits())


FAULTS = {
    "validation pixels not scaled, training pixels scaled": validation_unscaled,
    "kernels start at zero, all units equal": equal_units,
    "gradient clipped to a norm of 1e-6": gradient_clipped_away,
    "softmax over one unit": softmax_of_one,
    "training labels shuffled": shuffled_labels,
    "60 rows for 270,000 weights (overfitting)": too_few_rows,
    "dead units (biases of a relu layer start at -5)": dead_units,
    "class numbers learned with mse": wrong_loss,
    "frozen base that was never trained": frozen_base,
    "NaN in one row of the data": missing_values,
    "pixels divided by 255 twice": scaled_twice,
    "learning rate too high (SGD 20)": rate_too_high,
    "validation rows are training rows (leak)": leaked_rows,
    "sigmoid output for targets from -10 to 10": sigmoid_output,
    "learning rate too low (Adam 1e-7)": rate_too_low,
    "saturated sigmoids (features in the thousands)": saturated_inputs,
    "60 of 500 validation labels wrong": wrong_labels,
    "weight decay 20": strong_decay,
    "pixels from 0 to 255": unscaled_pixels,
    "sigmoid output and from_logits=True": sigmoid_as_logits,
}


def show(plant):
    """Print every sentence about one training."""
    training = plant()
    model = training.model
    rows, validation = (training.x, training.y), (training.x_val, training.y_val)
    say("lint", lambda: nbkeras.lint(model, *rows, validation_data=validation))
    say("xray before fit", lambda: xray_sentences(model, *rows))
    say("fit", lambda: fitted(model, rows, validation, training.options))
    say("xray after fit", lambda: xray_sentences(model, *rows))
    say("interpret, training rows", lambda: findings(model, *rows))
    say("interpret, validation rows", lambda: findings(model, *validation))


def say(tool, sentences):
    """Print what a tool says, or its error."""
    try:
        text = str(sentences())
    except Exception as error:
        text = f"{type(error).__name__}: {error}"
    print(f"[{tool}]\n{text or 'nothing'}")


def xray_sentences(model, x, y):
    text = str(nbkeras.xray(model, (x[:64], y[:64])))
    return "\n".join(line for line in text.splitlines() if line.endswith("."))


def fitted(model, rows, validation, options):
    """The last losses, and the advice of the dashboard."""
    advice = Advice()
    sinks.defaults.append(lambda plan, *_: advice if plan.task == "fit" else None)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            options = {"epochs": 10, "batch_size": 64} | options
            history = model.fit(*rows, validation_data=validation, **options).history
    finally:
        sinks.defaults.pop()
    first, last = ({k: round(v[i], 4) for k, v in history.items()} for i in (0, -1))
    return (
        f"first epoch {first}\nlast epoch {last}\n{advice.state.progress()['advice']}"
    )


def findings(model, x, y):
    """The first line of the report, and its findings."""
    lines = str(nbkeras.interpret(model, x, y).result).splitlines()
    return "\n".join([lines[0], *(line for line in lines[1:] if line.endswith("."))])


def drawn(key, only):
    """Print twenty drawn trainings; their faults go to the file `key`.

    The file is made in the first call, and read in later ones for further trainings.
    """
    global chance
    if not key.exists():
        key.write_text(f"seed {secrets.randbits(32)}\n")
    seed = int(key.read_text().split()[1])
    names = list(FAULTS)
    for number in range(1, 21):
        chance = Chance(seed + number)
        is_sound = chance.happens(SOUND_SHARE)
        fault = "sound" if is_sound else chance.pick(*names)
        if only and number not in only:
            continue
        print(f"\n===== {number}", flush=True)
        nbkeras.utils.set_random_seed(seed % 1000 + number)
        show(sound if is_sound else FAULTS[fault])
        with key.open("a") as file:
            file.write(f"{number}: {fault} {chance.notes}\n")


def main():
    """Print all trainings."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="")
    parser.add_argument("--key", action="store_true")
    parser.add_argument("--draw", type=Path)
    asked = parser.parse_args()
    only = {int(number) for number in asked.only.split(",") if number}
    warnings.simplefilter("ignore")
    if asked.draw:
        drawn(asked.draw, only)
        return
    for number, (fault, plant) in enumerate(FAULTS.items(), 1):
        if only and number not in only:
            continue
        print(f"\n===== {number}{': ' + fault if asked.key else ''}", flush=True)
        nbkeras.utils.set_random_seed(number)
        show(plant)


if __name__ == "__main__":
    main()
