"""mode="auto" goes by the metrics of the model; words of a name are the last resort."""

import keras
import numpy as np
import pytest

import nbkeras
from nbkeras import callbacks, layers, metrics
from nbkeras.callbacks.monitored_metric import Monitor

RNG = np.random.default_rng(0)
X = RNG.normal(size=(32, 2)).astype("float32")
Y = (X.sum(1) > 0).astype("float32")[:, None]


def compiled(**options):
    model = nbkeras.Sequential(
        [nbkeras.Input((2,)), layers.Dense(1, activation="sigmoid")]
    )
    model.compile("sgd", "binary_crossentropy", **options)
    return model


def mode_of(name, *watched, owner=callbacks.EarlyStopping):
    callback = owner(monitor=name)
    compiled(metrics=list(watched)).fit(
        X, Y, validation_data=(X, Y), verbose=0, callbacks=[callback]
    )
    return callback._watch.mode


class Agreement(metrics.MeanMetricWrapper):
    """A metric of a user, with Keras's word for its direction."""

    _direction = "up"


def own_loss_f1(y_true, y_pred):
    return (y_true - y_pred) ** 2


@pytest.mark.parametrize(
    ("name", "metric", "mode"),
    [
        ("val_good", metrics.AUC(name="good"), "max"),
        ("good", metrics.BinaryAccuracy(name="good"), "max"),
        ("val_precision_loss", metrics.MeanSquaredError(name="precision_loss"), "min"),
        ("val_accuracy_gap", metrics.MeanAbsoluteError(name="accuracy_gap"), "min"),
        ("val_agreement", Agreement(own_loss_f1, name="agreement"), "max"),
        ("val_mse", "mse", "min"),
        ("val_accuracy", "acc", "max"),
        ("val_own_loss_f1", own_loss_f1, "min"),
        ("val_accuracy", metrics.MeanAbsoluteError(name="accuracy"), "min"),
    ],
)
def test_the_metric_decides_not_its_name(name, metric, mode):
    assert mode_of(name, metric) == mode


@pytest.mark.parametrize(
    "owner",
    [
        callbacks.EarlyStopping,
        callbacks.ReduceLROnPlateau,
        lambda monitor: callbacks.ModelCheckpoint(
            "unused.keras", monitor, save_best_only=True, save_freq="9 epochs"
        ),
    ],
)
def test_all_that_monitor_ask_the_metrics(owner):
    assert mode_of("val_good", metrics.AUC(name="good"), owner=owner) == "max"


def test_losses_and_metrics_of_outputs_are_known_by_their_whole_name():
    a = nbkeras.Input((2,))
    heads = [layers.Dense(1, name=name)(a) for name in ("accuracy", "iou")]
    model = nbkeras.Model(a, heads)
    model.compile("sgd", ["mse", "mae"], metrics=[["mse"], [metrics.R2Score()]])
    model.fit(X, [Y, Y], verbose=0)
    assert model.metric_directions == {
        "loss": "down",
        "accuracy_loss": "down",
        "iou_loss": "down",
        "accuracy_mse": "down",
        "iou_r2_score": "up",
    }


def test_the_direction_of_every_metric_is_that_of_keras():
    options = {
        "IoU": {"num_classes": 2, "target_class_ids": [0]},
        "OneHotIoU": {"num_classes": 2, "target_class_ids": [0]},
        "MeanIoU": {"num_classes": 2},
        "OneHotMeanIoU": {"num_classes": 2},
        "MeanRelativeError": {"normalizer": [1.0]},
        "PrecisionAtRecall": {"recall": 0.5},
        "RecallAtPrecision": {"precision": 0.5},
        "SensitivityAtSpecificity": {"specificity": 0.5},
        "SpecificityAtSensitivity": {"sensitivity": 0.5},
    }
    compared = 0
    for name in metrics.__all__:
        cls = getattr(metrics, name)
        theirs = getattr(keras.metrics, name, None)
        if (
            not (isinstance(cls, type) and issubclass(cls, metrics.Metric))
            or not theirs
        ):
            continue
        if name in ("Metric", "MeanMetricWrapper"):
            continue
        more = options.get(name, {})
        wanted = getattr(theirs(**more), "_direction", None)
        if wanted is not None:
            assert cls(**more).direction == wanted, name
            compared += 1
    assert compared > 25


@pytest.mark.parametrize(
    "name",
    "val_iou_loss val_accident_loss val_precision_loss val_auc_error loss_f1 "
    "val_vaccine_loss val_recall_mae false_positives".split(),
)
def test_a_word_for_a_loss_counts_for_less(name):
    assert Monitor("EarlyStopping", name).mode == "min"


@pytest.mark.parametrize("name", "myacc val_dice_iou auc_2 top5_accuracy f1".split())
def test_a_word_for_a_score_counts_for_more(name):
    assert Monitor("EarlyStopping", name).mode == "max"


def test_parts_of_words_tell_nothing():
    with pytest.warns(UserWarning, match="Write mode='max'"):
        Monitor("EarlyStopping", "val_ratio_accident").begin(None)


def test_a_given_mode_is_never_changed():
    callback = callbacks.EarlyStopping(monitor="val_accuracy", mode="min")
    model = compiled(metrics=["accuracy"])
    model.fit(X, Y, validation_data=(X, Y), verbose=0, callbacks=[callback])
    assert callback._watch.mode == "min"


@pytest.mark.parametrize("library", [nbkeras, keras], ids=["nbkeras", "keras"])
@pytest.mark.parametrize(
    ("monitor", "name"), [("accuracy", "greater"), ("loss", "less")]
)
def test_monitor_op_tells_the_better_value(library, monitor, name):
    model = library.Sequential([library.layers.Dense(1, activation="sigmoid")])
    model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
    callback = library.callbacks.EarlyStopping(monitor=monitor)
    model.fit(X[:, :1], Y, verbose=0, callbacks=[callback])
    assert callback.monitor_op is getattr(library.ops, name)


WATCHERS = [
    callbacks.EarlyStopping,
    callbacks.ReduceLROnPlateau,
    lambda monitor: callbacks.ModelCheckpoint(
        "never.keras", monitor=monitor, save_best_only=True
    ),
]


@pytest.mark.filterwarnings("ignore:.*assumes that lower is better")
@pytest.mark.parametrize("watcher", WATCHERS)
def test_a_mistyped_entry_ends_the_first_epoch_with_the_nearest_name(watcher):
    with pytest.raises(ValueError, match=r"Did you mean 'val_loss'\?"):
        compiled().fit(
            X, Y, validation_data=(X, Y), verbose=0, callbacks=[watcher("val_los")]
        )


@pytest.mark.filterwarnings("ignore:.*assumes that lower is better")
def test_keras_refuses_an_entry_of_unknown_direction_too():
    def fit(package):
        model = package.Sequential([package.Input((2,)), package.layers.Dense(1)])
        model.compile("sgd", "mse")
        stop = package.callbacks.EarlyStopping(monitor="unknown")
        model.fit(X, Y, callbacks=[stop], verbose=0)

    for package in (nbkeras, keras):
        with pytest.raises(ValueError, match="unknown"):
            fit(package)
