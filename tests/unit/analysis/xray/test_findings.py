"""Planted faults are found and named; healthy networks are left in peace."""

import functools

import numpy as np
import pytest

from nbkeras import (
    Input,
    Sequential,
    initializers,
    layers,
    optimizers,
    regularizers,
    utils,
)
from nbkeras.analysis.xray.findings import Finding, Kind, diagnose
from nbkeras.analysis.xray.look import xray
from nbkeras.core import settings
from nbkeras.notebook.xray.sentences import percent, sentence

X = np.random.default_rng(0).normal(size=(64, 6)).astype("float32")
Y = (X.sum(1) > 0).astype("int32")


def findings(
    *stack,
    rows=slice(None),
    trained=0,
    x=X,
    y=Y,
    optimizer="adam",
    frozen=(),
    shape=(6,),
):
    utils.set_random_seed(1)
    model = Sequential([Input(shape), *stack, layers.Dense(2, "softmax", name="out")])
    for number in frozen:
        model.layers[number].trainable = False
    model.compile(optimizer, "sparse_categorical_crossentropy")
    if trained:
        model.fit(x, y, epochs=trained, verbose=0)
    return diagnose(xray(model, x[rows], y[rows]))


def dense(name="a", units=16, activation="relu", **options):
    return layers.Dense(units, activation, name=name, **options)


def augmented(*stack):
    """Findings of a network on four bars in different places, behind augmentation."""
    labels = np.arange(64) % 4
    x = np.random.default_rng(1).random((64, 12, 12, 1), dtype="float32") / 5
    for row, label in enumerate(labels):
        x[row, 3 * label : 3 * label + 3] += 0.8
    utils.set_random_seed(1)
    model = Sequential(
        [Input((12, 12, 1)), *stack, layers.Flatten(), layers.Dense(4, "softmax")]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    return diagnose(xray(model, x, labels))


def spoilt(rate):
    """Findings of a perfect classifier of ten unit vectors, behind dropout."""
    utils.set_random_seed(1)
    labels = np.arange(60) % 10
    stack = [layers.Dropout(rate, name="a"), layers.Dense(10, "softmax")]
    model = Sequential([Input((10,)), *stack])
    model.compile("adam", "sparse_categorical_crossentropy")
    model.set_weights([5 * np.eye(10), np.zeros(10)])
    return diagnose(xray(model, np.eye(10, dtype="float32")[labels], labels))


CONSTANT = initializers.Constant
PLANTED = {
    Kind.UNSCALED: lambda: findings(dense(), x=X * 300),
    Kind.TINY_INPUTS: lambda: findings(dense(), x=X / 1000),
    Kind.ALIKE: lambda: findings(dense(kernel_initializer=CONSTANT(0.1))),
    Kind.EXPLODING: lambda: findings(
        dense(), layers.Rescaling(1e7), dense("b")
    ),
    Kind.DEAD: lambda: findings(dense(bias_initializer=CONSTANT(-30.0))),
    Kind.SATURATED: lambda: findings(
        layers.Rescaling(15.0), dense(activation="tanh")
    ),
    Kind.NO_GRADIENT: lambda: findings(dense(), layers.Lambda(lambda x: x * 0.0)),
    Kind.VANISHING: lambda: findings(*(dense(str(i), activation="sigmoid") for i in range(8))),
    Kind.STEP_LARGE: lambda: findings(dense(), optimizer=optimizers.SGD(100.0)),
    Kind.STEP_SMALL: lambda: findings(dense(), optimizer=optimizers.SGD(1e-8)),
    Kind.CLIPPED: lambda: findings(dense(), optimizer=optimizers.SGD(0.05, clipnorm=1e-6)),
    Kind.FROZEN: lambda: findings(dense(), dense("b"), frozen=[0]),
    Kind.LARGE_WEIGHTS: lambda: findings(
        dense(activation="relu", kernel_initializer=initializers.RandomNormal(stddev=9.0))
    ),
    Kind.ONE_CLASS: lambda: findings(dense(), rows=np.flatnonzero(Y == 1)),
    Kind.PENALTY: lambda: findings(dense(kernel_regularizer=regularizers.L2(1.0))),
    Kind.DECAY: lambda: findings(dense(), optimizer=optimizers.AdamW(0.01, weight_decay=10.0)),
    Kind.RANDOM: lambda: spoilt(0.8),
    Kind.AUGMENTATION: lambda: augmented(
        layers.RandomTranslation(0.9, 0.9), layers.RandomRotation(0.5)
    ),
    Kind.NOT_FINITE: lambda: findings(dense(kernel_initializer=CONSTANT(np.inf))),
}  # fmt: skip


@functools.cache
def planted(kind):
    """The findings of a network with this fault: computed once for all tests."""
    return PLANTED[kind]()


@pytest.mark.parametrize("kind", PLANTED)
def test_a_planted_fault_is_the_first_that_is_named(kind):
    found = planted(kind)
    assert found[0].kind is kind
    if kind in (Kind.DEAD, Kind.ALIKE, Kind.SATURATED, Kind.UNSCALED, Kind.FROZEN):
        assert found[0].layers[0] == "a"


def test_what_a_dead_layer_explains_is_not_named_besides():
    first = dense("first")
    found = findings(
        first, dense(bias_initializer=CONSTANT(-30.0)), optimizer=optimizers.SGD(1e-9)
    )
    assert [(finding.kind, finding.layers) for finding in found] == [
        (Kind.DEAD, ("a",))
    ]


def test_layers_that_differ_are_named_with_the_least_and_the_largest_share():
    found = findings(
        layers.Rescaling(15.0),
        dense("b", activation="tanh"),
        layers.Rescaling(60.0),
        dense("c", activation="tanh"),
    )
    finding = next(f for f in found if f.kind is Kind.SATURATED)
    assert finding.layers == ("b", "c")
    least, largest = finding.values["least"], finding.values["share"]
    assert percent(least) != percent(largest)
    text = sentence(finding)
    assert text.startswith(f"{percent(least)} – {percent(largest)} of the values of b")
    alone = Finding(Kind.SATURATED, ("b",), {"share": 0.5, "least": 0.5})
    assert sentence(alone).startswith("50 % of the values of b are")


def test_the_learning_rate_that_is_advised_for_a_large_step_is_sound():
    rate = 20.0
    found = findings(dense(), optimizer=optimizers.SGD(rate))
    assert [finding.kind for finding in found] == [Kind.STEP_LARGE]
    times = found[0].values["times"]
    assert f"a learning rate {times} times smaller" in sentence(found[0])
    assert findings(dense(), optimizer=optimizers.SGD(rate / times)) == []


def test_the_learning_rate_that_is_advised_for_a_small_step_is_sound():
    found = findings(dense(), optimizer=optimizers.SGD(1e-6))
    assert [finding.kind for finding in found] == [Kind.STEP_SMALL]
    assert "a thousand times as large" in sentence(found[0])
    assert findings(dense(), optimizer=optimizers.SGD(1e-3)) == []


HEALTHY = {
    "relu": lambda: findings(dense(), dense("b")),
    "tanh": lambda: findings(dense(activation="tanh"), dense("b", activation="tanh")),
    "batch normalization": lambda: findings(dense(), layers.BatchNormalization(), dense("b")),
    "dropout": lambda: findings(dense(), layers.Dropout(0.5), dense("b")),
    "strong dropout that is learned": lambda: findings(dense(), layers.Dropout(0.5), dense("b"), trained=30),
    "weak augmentation": lambda: findings(
        layers.RandomTranslation(0.1, 0.1), layers.Flatten(), dense(activation="tanh"), trained=20,
        x=np.where(Y[:, None, None, None] > 0, 1.0, 0.0) * np.ones((64, 8, 8, 1), "float32"),
        shape=(8, 8, 1),
    ),
    "usual weight decay": lambda: findings(
        dense(kernel_regularizer="l2"), optimizer=optimizers.AdamW(), trained=5
    ),
    "small shifts": lambda: augmented(layers.RandomTranslation(0.05, 0.2)),
    "flips that keep the class": lambda: augmented(layers.RandomFlip("horizontal")),
    "a fifth dropped": lambda: spoilt(0.2),
    "sgd": lambda: findings(dense(), optimizer=optimizers.SGD(0.05)),
    "rescaled": lambda: findings(layers.Rescaling(1 / 255), dense(), x=np.abs(X) * 255),
    "cnn": lambda: findings(
        layers.Conv2D(8, 3, activation="relu"), layers.MaxPooling2D(), layers.Flatten(),
        x=np.random.default_rng(2).random((64, 12, 12, 1), dtype="float32"), shape=(12, 12, 1),
    ),
    "lstm": lambda: findings(
        layers.LSTM(8), x=np.random.default_rng(3).normal(size=(64, 7, 3)), shape=(7, 3)
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", HEALTHY)
def test_nothing_is_said_of_a_healthy_network(kind):
    assert HEALTHY[kind]() == []


def test_few_rows_say_nothing_of_dead_units():
    found = findings(dense(bias_initializer=CONSTANT(-30.0)), x=X[:4], y=Y[:4])
    assert Kind.DEAD not in [f.kind for f in found]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", PLANTED)
def test_every_finding_is_a_sentence_without_open_places(kind, language, monkeypatch):
    monkeypatch.setitem(settings._values, "language", language)
    text = sentence(planted(kind)[0])
    assert len(text) > 20
    assert not {"{", "}"} & set(text)


def test_a_layer_that_gets_only_zeros_is_not_called_dead():
    found = findings(dense(kernel_initializer="zeros"), dense("b"))
    assert [finding.kind for finding in found] == [Kind.ALIKE]


def test_a_strong_penalty_on_outputs_is_named_too():
    found = findings(dense(activity_regularizer=regularizers.L2(30.0)))
    assert Kind.PENALTY in [finding.kind for finding in found]
