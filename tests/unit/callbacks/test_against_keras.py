"""Callbacks beside Keras's own: the same hooks, stops, rates and files."""

import csv
import random

import keras
import keras_twin
import numpy as np
import pytest

import nbkeras
from nbkeras.callbacks.monitored_metric import Monitor

X, Y = keras_twin.data("dense", 20)
FIT = {"batch_size": 8, "shuffle": False, "verbose": 0}
PACKAGES = (nbkeras, keras)


@pytest.fixture(scope="module")
def twins():
    """One pair for all: what a fit leaves behind is set back before each."""
    ours, theirs = keras_twin.twins("dense", metrics=["accuracy"])
    return ours, theirs, ours.get_weights()


@pytest.fixture
def fits(twins):
    """fit(callbacks of the package, ...) on both; returns the two results."""

    def fit(callbacks, **how):
        results = []
        for package, model in zip(PACKAGES, twins[:2], strict=True):
            model.set_weights(twins[2])
            model.optimizer.learning_rate = 0.05
            given = callbacks(package)
            history = model.fit(X, Y, callbacks=given, **{**FIT, **how})
            results.append((given, history, model))
        return results

    return fit


def spy(package, log):
    """A callback that notes every call of every hook."""

    class Spy(package.callbacks.Callback):
        pass

    def noted(name):
        def hook(self, *given, logs=None):
            log.append(
                (name, *[g for g in given if isinstance(g, int)], keys(given, logs))
            )

        return hook

    def keys(given, logs):
        found = (
            logs
            if logs is not None
            else next((g for g in given if isinstance(g, dict)), None)
        )
        return sorted(found or {})

    for name in dir(package.callbacks.Callback):
        if name.startswith("on_"):
            setattr(Spy, name, noted(name))
    return Spy()


@pytest.mark.parametrize(
    "how",
    [
        {"epochs": 2},
        {"epochs": 3, "validation_split": 0.4, "validation_freq": 2},
        {"epochs": 3, "initial_epoch": 1, "validation_data": (X, Y)},
        {"epochs": 1, "steps_per_epoch": 2},
    ],
)
def test_the_hooks_of_a_fit_come_in_the_order_of_keras(fits, how):
    logs = [], []
    make = dict(zip(PACKAGES, logs, strict=True))
    fits(lambda package: [spy(package, make[package])], **how)
    assert logs[0] == logs[1]
    assert len(logs[0]) >= 8


@pytest.mark.parametrize("call", ["evaluate", "predict"])
def test_the_hooks_of_a_pass_come_in_the_order_of_keras(twins, call):
    logs = [], []
    for package, model, log in zip(PACKAGES, twins[:2], logs, strict=True):
        data = (X, Y) if call == "evaluate" else (X,)
        callbacks = [spy(package, log)]
        getattr(model, call)(*data, batch_size=8, verbose=0, callbacks=callbacks)
    assert logs[0] == logs[1]
    assert len(logs[0]) == 2 + 2 * 3


def scripted(package, values):
    """Puts one of `values` into the logs of each epoch, as "score"."""

    class Scripted(package.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            logs["score"] = values[epoch]

    return Scripted()


def walk(seed, epochs=14):
    draw = random.Random(seed)
    return [round(draw.gauss(0, 1) + 0.1 * k, 1) for k in range(epochs)]


EARLY = [
    {"patience": 0, "mode": "min"},
    {"patience": 2, "mode": "max"},
    {"patience": 2, "mode": "max", "restore_best_weights": True},
    {"patience": 3, "mode": "min", "min_delta": 0.5, "restore_best_weights": True},
    {"patience": 1, "mode": "max", "baseline": 0.8},
    {"patience": 2, "mode": "min", "start_from_epoch": 4},
    {"patience": 2, "mode": "max", "min_delta": -0.3, "baseline": -1.0},
]


@pytest.mark.parametrize("options", EARLY)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_early_stopping_stops_where_keras_stops(fits, options, seed):
    values = walk(seed)

    def callbacks(package):
        early = package.callbacks.EarlyStopping("score", **options)
        return [scripted(package, values), early]

    (mine, ours, model), (their, theirs, other) = fits(callbacks, epochs=14)
    assert ours.epoch == theirs.epoch
    for name in ("stopped_epoch", "best_epoch", "wait"):
        assert getattr(mine[1], name) == getattr(their[1], name), name
    assert mine[1].best == their[1].best
    keras_twin.assert_weights_equal(model, other)


PLATEAU = [
    {"patience": 1, "mode": "min"},
    {"patience": 2, "mode": "max", "factor": 0.5, "cooldown": 2},
    {"patience": 1, "mode": "min", "factor": 0.2, "min_lr": 0.001},
    {"patience": 3, "mode": "max", "min_delta": 0.5, "factor": 0.9},
]


@pytest.mark.parametrize("options", PLATEAU)
@pytest.mark.parametrize("seed", [1, 2])
def test_reduce_lr_on_plateau_takes_the_rates_of_keras(fits, options, seed):
    def callbacks(package):
        reduce = package.callbacks.ReduceLROnPlateau("score", **options)
        return [scripted(package, walk(seed)), reduce]

    (_, ours, model), (_, theirs, other) = fits(callbacks, epochs=14)
    rates = ours.history["learning_rate"]
    np.testing.assert_allclose(rates, theirs.history["learning_rate"], rtol=1e-6)
    assert len(set(rates)) > 1
    keras_twin.assert_histories_equal(ours, theirs)
    keras_twin.assert_weights_equal(model, other)


def test_a_scheduler_sets_the_rates_of_keras(fits):
    def callbacks(package):
        def schedule(epoch, lr):
            return float(lr * 0.7 if epoch % 2 else lr + 0.01)

        return [package.callbacks.LearningRateScheduler(schedule)]

    (_, ours, model), (_, theirs, other) = fits(callbacks, epochs=6)
    assert "learning_rate" in ours.history
    keras_twin.assert_histories_equal(ours, theirs)
    keras_twin.assert_weights_equal(model, other)


def test_a_scheduler_of_the_epoch_alone_is_the_old_form(fits):
    def callbacks(package):
        return [
            package.callbacks.LearningRateScheduler(lambda epoch: 0.1 / (epoch + 1))
        ]

    (_, ours, _), (_, theirs, _) = fits(callbacks, epochs=3)
    keras_twin.assert_histories_equal(ours, theirs)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_best_checkpoints_are_those_of_keras(fits, tmp_path, seed):
    def callbacks(package):
        save = package.callbacks.ModelCheckpoint(
            str(tmp_path / package.__name__ / "{epoch:02d}-{score:.2f}.keras"),
            "score",
            save_best_only=True,
            mode="max",
            initial_value_threshold=-0.5,
        )
        return [scripted(package, walk(seed)), save]

    (mine, *_), (their, *_) = fits(callbacks, epochs=8)
    names = [
        sorted(file.name for file in (tmp_path / package.__name__).iterdir())
        for package in PACKAGES
    ]
    assert names[0] == names[1]
    assert mine[1].best == their[1].best


def test_checkpoints_of_every_few_batches_are_those_of_keras(fits, tmp_path):
    def callbacks(package):
        save = package.callbacks.ModelCheckpoint(
            str(tmp_path / package.__name__ / "{epoch}-{batch}.weights.h5"),
            save_weights_only=True,
            save_freq=2,
        )
        return [save]

    fits(callbacks, epochs=3)
    names = [
        sorted(file.name for file in (tmp_path / package.__name__).iterdir())
        for package in PACKAGES
    ]
    assert names[0] == names[1]
    assert names[0] == [
        "1-2.weights.h5",
        "2-1.weights.h5",
        "2-3.weights.h5",
        "3-2.weights.h5",
    ]


def test_the_csv_file_holds_what_keras_writes(fits, tmp_path):
    def callbacks(package):
        return [package.callbacks.CSVLogger(str(tmp_path / package.__name__))]

    fits(callbacks, epochs=3, validation_data=(X, Y))
    rows = []
    for package in PACKAGES:
        with (tmp_path / package.__name__).open(newline="") as file:
            rows.append(list(csv.DictReader(file)))
    assert [list(row) for row in rows[0]] == [list(row) for row in rows[1]]
    for mine, their in zip(*rows, strict=True):
        for name in mine:
            assert float(mine[name]) == pytest.approx(float(their[name]), rel=1e-5)


UP = (
    "auc accuracy binary_accuracy binary_io_u categorical_accuracy "
    "concordance_correlation cosine_similarity f1_score fbeta_score io_u mean_io_u "
    "one_hot_io_u pearson_correlation precision precision_at_recall r2_score recall "
    "recall_at_precision sensitivity_at_specificity sparse_categorical_accuracy "
    "specificity_at_sensitivity top_k_categorical_accuracy"
).split()
DOWN = (
    "loss binary_crossentropy categorical_crossentropy categorical_hinge hinge "
    "kl_divergence logcosh mean_absolute_error mean_absolute_percentage_error mae mse "
    "mean_squared_error mean_squared_logarithmic_error poisson root_mean_squared_error "
    "sparse_categorical_crossentropy squared_hinge"
).split()


@pytest.mark.parametrize("name", UP + DOWN)
def test_auto_takes_the_direction_that_keras_gives_the_metric(name):
    mode = "max" if name in UP else "min"
    assert Monitor("EarlyStopping", name).mode == mode
    assert Monitor("EarlyStopping", f"val_{name}").mode == mode


def test_a_name_that_does_not_tell_is_asked_about():
    monitor = Monitor("EarlyStopping", "val_dice")
    with pytest.warns(UserWarning, match="Write mode='max'"):
        monitor.begin(model=None)
    assert monitor.mode == "min"


@pytest.mark.parametrize(
    "make",
    [
        lambda c: c.LearningRateScheduler(lambda epoch, lr: lr * 0.5),
        lambda c: c.ReduceLROnPlateau("loss", factor=0.5, patience=1, min_delta=1e9),
    ],
)
def test_each_part_of_a_multi_optimizer_gets_its_own_rate(make):
    def rates(package):
        o = package.optimizers
        first, second = o.SGD(0.1, name="sgd"), o.Adam(0.01, name="adam")
        model = package.Sequential(
            [
                package.Input((2,)),
                package.layers.Dense(2, name="one"),
                package.layers.Dense(1, name="two"),
            ]
        )
        optimizer = o.MultiOptimizer(o.OptimizerMap(second, {".*one/.*": first}))
        model.compile(optimizer, "mse")
        x = np.ones((8, 2), "float32")
        history = model.fit(
            x, x[:, :1], epochs=3, verbose=0, callbacks=[make(package.callbacks)]
        ).history
        names = ("learning_rate_sgd", "learning_rate_adam")
        final = [float(first.learning_rate), float(second.learning_rate)]
        return [*(history[name] for name in names), final]

    for ours, theirs in zip(*(rates(package) for package in PACKAGES), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5)


def test_early_stopping_calls_an_overridden_get_monitor_value(twins):
    def num_epochs(library, model):
        class Rising(library.callbacks.EarlyStopping):
            def get_monitor_value(self, logs):
                return -logs["loss"]

        callback = Rising("loss", patience=1)
        return len(model.fit(X, Y, epochs=6, callbacks=[callback], **FIT).epoch)

    ours, theirs, _ = twins
    assert num_epochs(nbkeras, ours) == num_epochs(keras, theirs) == 2
