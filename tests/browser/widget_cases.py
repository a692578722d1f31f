"""One made-up state for every widget; a widget without a case fails the contract."""

import functools
import os
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import optuna
from picture_models import tutorial_cnn
from probe import Probe
from runs import run

import nbkeras
from nbkeras import analysis, layers
from nbkeras.analysis import RateCurve
from nbkeras.analysis.tune.search import SECONDS, trials_of
from nbkeras.analysis.tune.search_control import SearchControl
from nbkeras.notebook.augmentation.preview import preview
from nbkeras.notebook.dashboard.run_state import RunState
from nbkeras.notebook.dashboard.widget import Dashboard
from nbkeras.notebook.descent.show import descent
from nbkeras.notebook.inside.show import inside
from nbkeras.notebook.linter.widget import AdviceWidget
from nbkeras.notebook.lr_finder.widget import LRFinder
from nbkeras.notebook.model_plot.widget import ModelView
from nbkeras.notebook.tune.show import ShownTuning
from nbkeras.notebook.tune.widget import TuneWidget
from nbkeras.notebook.widget.static_picture import png_data_url
from nbkeras.preprocessing.image import ImageDataGenerator
from nbkeras.train import Recorder, events


def lr_finder():
    """A finder whose search has ended."""
    rates = np.geomspace(1e-5, 10, 60)
    smooth = 2 - 1.5 / (1 + (0.02 / rates) ** 1.5) + rates**2
    finder = LRFinder(None)
    finder.finish(RateCurve(rates, smooth, smooth, 0.02, 0.2, "blown up"))
    return finder


def photo(height=96, width=128, channels=3):
    """A made-up picture in 0-255: a gradient, a disc and stripes."""
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    disc = (x - 0.35) ** 2 + (y - 0.45) ** 2 < 0.05
    stripes = np.sin(40 * (x + y)) > 0.3
    planes = [200 * x + 40, 180 * y + 50 * stripes, 220 * disc + 30, 255 - 0 * x]
    return np.stack(planes[:channels], -1).round().astype("uint8")


def studio(given=None, images=None, **options):
    """A studio on two made-up pictures."""
    if images is None:
        images = (np.stack([photo(), photo()[::-1]]), np.array([0, 1]))
        options.setdefault("class_names", ["disc", "<b>upside</b> down"])
    if given is None:
        given = ImageDataGenerator(
            rotation_range=30, zoom_range=0.2, horizontal_flip=True, rescale=1 / 255
        )
    return preview(given, images, **options)


def dashboard(upto=None, view=None, traits=None, **options):
    """A dashboard after the first `upto` events of a made-up run, None for all."""
    state = RunState()
    for i, event in enumerate(run(**options)):
        if i == upto:
            break
        state(event)
    made = Dashboard(**state.traits() | {"reached": True} | (traits or {}))
    made.view = view or {}
    return made


def private_run():
    """A dashboard of private training, at step 8 of 40."""
    state = RunState()
    privacy = {"parts": [[0.1, 1.1, 0]], "delta": 1e-4}
    state(events.FitStarted(epochs=2, steps=20, privacy=privacy))
    state(events.StepEnded(2.0, 0, 7, 7, 8, {"loss": 0.5}))
    return Dashboard(**state.traits() | {"reached": True})


def kept(epochs):
    """Traits of so many kept epochs, with an example's answers as of each."""
    numbers = list(range(epochs + 1))
    rise = [(0.11 + 0.17 * n, n) for n in numbers]
    answers = [
        [n, [round((1 - p) / 2, 3), round(p, 3), round((1 - p) / 2, 3)]]
        for p, n in rise
    ]
    return {
        "kept": {"epochs": numbers, "best": epochs, "at": None, "rows": 24, "message": "", "failed": False},
        "then": {
            "row": 0,
            "picture": png_data_url(photo(28, 28)),
            "truth": 1.0,
            "labels": [0, 1, 2],
            "answers": answers,
        },
    }  # fmt: skip


def model_view():
    """The picture of a tutorial's network, one layer looked into, one that fails."""
    mistake = {"line": 3, "layer": "Conv2D", "message": "It does not fit."}
    view = ModelView(tutorial_cnn(), mistake, status="ready", note="All is kept.")
    view.chosen = "conv2d"
    return view


@functools.cache
def digits_model():
    """A small network that has learnt some digits a little, and those digits."""
    nbkeras.utils.set_random_seed(3)
    (x, y), _ = nbkeras.datasets.digits.load()
    x = x[:, ..., None].astype("float32") / 255
    model = nbkeras.Sequential(
        [
            nbkeras.Input((28, 28, 1)),
            layers.Conv2D(8, 5, activation="relu", name="conv1"),
            layers.MaxPooling2D(name="pool1"),
            layers.Conv2D(20, 3, name="conv2"),
            layers.BatchNormalization(momentum=0.8, name="norm"),
            layers.ReLU(name="relu"),
            layers.MaxPooling2D(name="pool2"),
            layers.Flatten(name="flatten"),
            layers.Dropout(0.3, name="dropout"),
            layers.Dense(10, activation="softmax", name="digit"),
        ],
        name="digits",
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(x[:2000], y[:2000], epochs=2, verbose=0)
    return model, x[-12:], y[-12:]


def inside_view(**settings):
    """A digit in a small network, one pixel of a convolution looked at."""
    model, x, y = digits_model()
    view = inside(model, (x, y))
    for name, value in settings.items():
        setattr(view, name, value)
    return view


def advice():
    """Two lines of advice."""
    return AdviceWidget(
        [
            analysis.Advice("softmax-of-one", "a softmax over 1 unit is 1.", "Dense(1)", "Dense 'a'"),
            analysis.Advice("inputs-not-scaled", "x has values up to 255.", "x = x / 255", "x"),
        ]
    )  # fmt: skip


def recordings(folder, count=6):
    """Recordings of made-up runs in a folder, two of them broken off."""
    folder.mkdir(parents=True, exist_ok=True)
    optimizers, rates = ["Adam", "SGD", "RMSprop"], [0.001, 0.01, 0.1]
    for n in range(count):
        recorder = Recorder(folder / f"2026-03-0{n % 9 + 1}_10-00-{n:02d}_digits.jsonl")
        recorder.settings = {
            "model": "digits",
            "optimizer": optimizers[n % 3],
            "learning_rate": rates[n // 2 % 3],
            "batch_size": 32,
            "architecture": "Conv2D 16 3×3 relu, MaxPooling2D, Flatten, Dense 10 softmax",
            "seed": 7 + n,
        }
        cut = 90 if n % 4 == 3 else None
        for event in run(
            epochs=8, steps=20, cut=cut, status="stopped" if cut else "completed"
        ):
            logs = {
                k: v * (1 + 0.12 * n) if "loss" in k else v * (1 - 0.03 * n)
                for k, v in getattr(event, "logs", {}).items()
            }
            recorder(replace(event, logs=logs) if logs else event)
            if n == 4 and isinstance(event, events.EpochEnded) and event.epoch == 4:
                break
        recorder.close()
        os.utime(recorder.path, (n, n))
    return folder  # fmt: skip


def runs_table(count=6):
    """The table of made-up runs, the first opened, one file that is no recording."""
    with tempfile.TemporaryDirectory() as folder:
        folder = recordings(Path(folder) / "runs", count)
        (folder / "notes.jsonl").write_text("<b>hello</b>\n", "utf-8")
        table = nbkeras.runs(folder)
        table.open_run(table.recorded[0].name)
        table.folder = "runs"
    return table


def xray():
    """A step of a network with planted faults."""
    nbkeras.utils.set_random_seed(3)
    (x, y), _ = nbkeras.datasets.digits.load()
    normal = nbkeras.initializers.RandomNormal
    model = nbkeras.Sequential([nbkeras.Input((28, 28, 1))])
    model.add(layers.Conv2D(8, 3, activation="relu"))
    model.add(layers.MaxPooling2D())
    model.add(layers.Flatten())
    model.add(layers.Dense(64, "relu", bias_initializer=normal(-900.0, 900.0)))
    model.add(layers.Dense(32, "tanh", trainable=False))
    model.add(layers.Dense(10, "softmax"))
    model.compile("adam", "sparse_categorical_crossentropy")
    return nbkeras.xray(model, x[:64, ..., None].astype("float32"), y[:64])


def tune(count=14, objective="val_accuracy", names=("units", "activation", "rate")):
    """A hyperparameter search that has ended, with made-up trials."""
    units, activation, rate = names
    ranges = {
        units: optuna.distributions.IntDistribution(4, 64, log=True),
        activation: optuna.distributions.CategoricalDistribution(["relu", "tanh"]),
        rate: optuna.distributions.FloatDistribution(1e-4, 1e-1, log=True),
    }
    study = optuna.create_study(direction="maximize")
    rng = np.random.default_rng(0)
    for number in range(count):
        params = {
            units: int(np.exp(rng.uniform(np.log(4), np.log(64)))),
            activation: ["relu", "tanh"][number % 2],
            rate: float(10 ** rng.uniform(-4, -1)),
        }
        final = 0.95 - 0.1 * abs(np.log10(params[rate]) + 2) - params[units] / 1000
        is_pruned = number in (6, 9)
        trial = optuna.trial.create_trial(
            state=optuna.trial.TrialState["PRUNED" if is_pruned else "COMPLETE"],
            value=None if is_pruned else final,
            params=params,
            distributions=ranges,
            intermediate_values={0: final - 0.1, 1: final},
            user_attrs={SECONDS: 1.5 + number / 10},
        )
        study.add_trial(trial)
    tuning = ShownTuning(
        objective, "max", "build-1", tune, Path("none.keras"), study=study
    )
    tuning.trials = trials_of(tuning)
    tuning.status, tuning.seconds = "trials", 21.0
    view = TuneWidget(SearchControl(None), None, count)
    view.finish(tuning)
    return view


def explanation(count=2, **options):
    """Why a network of random weights gives its answers, all computed."""
    nbkeras.utils.set_random_seed(3)
    model = nbkeras.Sequential(
        [
            nbkeras.Input((24, 32, 3)),
            layers.Rescaling(1 / 255),
            layers.Conv2D(4, 3, activation="relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(3, activation="softmax"),
        ]
    )
    images = np.stack([photo(24, 32), photo(24, 32)[::-1]])[:count]
    options.setdefault("class_names", ["disc", "<b>upside</b> down", "none"])
    view = nbkeras.explain(model, images, samples=8, steps=8, **options)
    view.wait()
    return view


def interpretation(count=60, names=None):
    """A network of random weights on made-up pictures: full of mistakes."""
    nbkeras.utils.set_random_seed(3)
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 4, count)
    noise = rng.integers(0, 60, (count, 12, 16, 3))
    images = noise + 45 * labels[:, None, None, None]
    model = nbkeras.Sequential(
        [
            nbkeras.Input((12, 16, 3)),
            layers.Rescaling(1 / 255),
            layers.Conv2D(4, 3, activation="relu"),
            layers.GlobalAveragePooling2D(name="pooled"),
            layers.Dense(4, activation="softmax"),
        ]
    )
    names = names or ["cat", "<b>dog</b>", "fish", "a class of a very long name"]
    view = nbkeras.interpret(model, images.astype("uint8"), labels, class_names=names)
    view.wait()
    return view


def looked_at():
    """The same, with a picture looked at and two corrections."""
    view = interpretation()
    rows = [card["row"] for card in view.cards]
    view.corrections = {str(rows[0]): 2, str(rows[1]): -1}
    view.view = view.view | {"row": rows[0]}
    return view


def multi_label():
    """A network of random weights on rows that have several labels."""
    nbkeras.utils.set_random_seed(3)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(80, 6, 8, 1)).astype("float32")
    y = rng.integers(0, 2, (80, 3))
    model = nbkeras.Sequential(
        [
            nbkeras.Input((6, 8, 1)),
            layers.Flatten(name="flat"),
            layers.Dense(3, activation="sigmoid"),
        ]
    )
    names = ["warm", "<i>round</i>", "a label of a very long name"]
    return nbkeras.interpret(model, x, y, class_names=names)


def residuals():
    """A regression on numbers."""
    nbkeras.utils.set_random_seed(3)
    x = np.random.default_rng(0).normal(size=(80, 3))
    model = nbkeras.Sequential([nbkeras.Input((3,)), layers.Dense(1)])
    view = nbkeras.interpret(model, x, x.sum(axis=1))
    view.wait()
    return view


def playground(steps=60, **options):
    """A playground whose network has learned a little."""
    options = {"data": "spiral", "layers": [4, 3]} | options
    return nbkeras.playground(steps=steps, **options)


# tool -> () -> a widget that shows something
CASES = {
    "probe": lambda: Probe(count=3),
    "dashboard": lambda: dashboard(
        upto=40,
        view={"table": True, "code": True, "travel": True},
        traits={"code": "fit()", **kept(1)},
    ),
    "privacy": private_run,
    "lr_finder": lr_finder,
    "model_plot": model_view,
    "augmentation": studio,
    "linter": advice,
    "runs": runs_table,
    "xray": xray,
    "tune": tune,
    "explanation": explanation,
    "interpretation": looked_at,
    "playground": playground,
    "inside": lambda: inside_view(chosen=[2, 3], point=[4, 5], off={"0": [1]}),
    "descent": lambda: descent("waves", optimizers=["sgd", "adam"], steps=20),
}
