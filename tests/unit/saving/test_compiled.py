"""How a model was compiled, and its optimizer's state, in files of both libraries."""

import keras
import numpy as np
import pytest

import nbkeras
from nbkeras.models.saving import rebuild
from nbkeras.models.saving.model_io import optimizer_arrays

OPTIMIZERS = {
    "adam by name": lambda k: "adam",
    "SGD": lambda k: k.optimizers.SGD(0.1),
    "nesterov": lambda k: k.optimizers.SGD(0.05, momentum=0.9, nesterov=True),
    "Adam": lambda k: k.optimizers.Adam(0.01, amsgrad=True, clipnorm=1.0),
    "AdamW": lambda k: k.optimizers.AdamW(),
    "RMSprop": lambda k: k.optimizers.RMSprop(0.01, centered=True, momentum=0.5),
    "Adagrad": lambda k: k.optimizers.Adagrad(),
    "Adadelta": lambda k: k.optimizers.Adadelta(),
    "Adamax": lambda k: k.optimizers.Adamax(),
    "Nadam": lambda k: k.optimizers.Nadam(),
    "Ftrl": lambda k: k.optimizers.Ftrl(),
    "Lion": lambda k: k.optimizers.Lion(),
    "Lamb": lambda k: k.optimizers.Lamb(),
    "Adafactor": lambda k: k.optimizers.Adafactor(),
    "schedule": lambda k: k.optimizers.Adam(
        k.optimizers.schedules.ExponentialDecay(0.01, 10, 0.5, staircase=True)
    ),
    "average": lambda k: k.optimizers.Adam(use_ema=True, ema_overwrite_frequency=2),
}


def small(k, optimizer, **more):
    model = k.Sequential(
        [
            k.Input(shape=(5,)),
            k.layers.Dense(4, activation="relu"),
            k.layers.BatchNormalization(),
            k.layers.Dense(3, activation="softmax"),
        ]
    )
    rng = np.random.default_rng(1)
    model.set_weights([rng.uniform(0.1, 1, w.shape) for w in model.weights])
    given = {"loss": "categorical_crossentropy", "metrics": ["accuracy"], **more}
    model.compile(optimizer=OPTIMIZERS[optimizer](k), **given)
    return model


def with_state(shapes):
    """Numbers in place of what training would have left."""
    rng = np.random.default_rng(2)
    return [
        np.array(7, "int32")
        if number == 0
        else rng.uniform(0.1, 1, s).astype("float32")
        for number, s in enumerate(shapes)
    ]


def same_state(found, wanted):
    assert len(found) == len(wanted)
    for number, (a, b) in enumerate(zip(found, wanted, strict=True)):
        if number < 2 or np.ndim(b):  # Adafactor fills places that it does not use
            np.testing.assert_allclose(a, b, rtol=1e-6)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_keras_takes_over_our_optimizer(keras, tmp_path, name):
    ours = small(nbkeras, name)
    rebuild.restore_optimizer(
        ours, lambda like: with_state([a.shape for a in like]), ""
    )
    ours.save(tmp_path / "m.keras")
    theirs = keras.saving.load_model(tmp_path / "m.keras")
    wanted, _ = optimizer_arrays(ours)
    found = [np.asarray(v) for v in theirs.optimizer.variables]
    same_state(found, wanted)
    config = theirs.optimizer.get_config()
    fresh = small(keras, name).optimizer.get_config()
    for each in (config, fresh):
        each.pop("name")
        if name != "schedule":  # a number that the state has replaced
            each.pop("learning_rate")
    assert config == fresh


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_we_take_over_the_optimizer_of_keras(keras, tmp_path, name):
    theirs = small(keras, name)
    theirs.optimizer.build(theirs.trainable_variables)
    variables = theirs.optimizer.variables
    wanted = with_state([tuple(v.shape) for v in variables])
    for variable, value in zip(variables, wanted, strict=True):
        variable.assign(value)
    theirs.save(tmp_path / "m.keras")
    ours = nbkeras.models.load_model(tmp_path / "m.keras")
    found, _ = optimizer_arrays(ours)
    same_state(found, wanted)


def test_training_goes_on_in_keras_as_in_ours(keras, tmp_path):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(8, 5)).astype("float32")
    y = np.eye(3, dtype="float32")[rng.integers(0, 3, 8)]
    ours = small(nbkeras, "Adam")
    for _ in range(3):
        ours.train_on_batch(x, y)
    ours.save(tmp_path / "m.keras")
    theirs = keras.saving.load_model(tmp_path / "m.keras")
    for _ in range(2):
        ours.train_on_batch(x, y)
        theirs.train_on_batch(x, y)
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_a_loaded_model_trains_on_as_if_it_had_never_been_saved(tmp_path, suffix):
    x, y = np.ones((4, 5), "float32"), np.eye(3, dtype="float32")[[0, 1, 2, 0]]
    model = small(nbkeras, "nesterov")
    model.train_on_batch(x, y)
    model.save(tmp_path / f"m{suffix}")
    again = nbkeras.models.load_model(tmp_path / f"m{suffix}")
    assert again.train_on_batch(x, y) == model.train_on_batch(x, y)
    for a, b in zip(again.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


LOSSES = {
    "by name": ("mse", ["mae", "RootMeanSquaredError"]),
    "with settings": (
        lambda k: k.losses.CategoricalCrossentropy(label_smoothing=0.1),
        lambda k: [k.metrics.TopKCategoricalAccuracy(2, name="top"), "acc"],
    ),
    "thresholds": (
        lambda k: k.losses.BinaryCrossentropy(label_smoothing=0.2),
        lambda k: [k.metrics.Precision(0.3, name="p"), k.metrics.AUC(50, name="auc")],
    ),
    "function": (
        lambda k: k.losses.huber,
        lambda k: [
            k.metrics.mean_absolute_error,
            k.metrics.F1Score("macro", name="f1"),
        ],
    ),
}


def made(given, k):
    return given(k) if callable(given) else given


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_loss_and_metrics_come_back_from_a_file_of_keras(keras, tmp_path, name, suffix):
    loss, metrics = LOSSES[name]
    given = {"loss": made(loss, keras), "metrics": made(metrics, keras)}
    small(keras, "SGD", **given).save(tmp_path / f"m{suffix}")
    loaded = nbkeras.models.load_model(tmp_path / f"m{suffix}")
    loss, metrics = made(loss, nbkeras), made(metrics, nbkeras)
    fresh = small(nbkeras, "SGD", loss=loss, metrics=metrics)
    x = np.random.default_rng(0).normal(size=(6, 5)).astype("float32")
    y = np.eye(3, dtype="float32")[[0, 1, 2, 0, 1, 2]]
    found = loaded.evaluate(x, y, verbose=0, return_dict=True)
    wanted = fresh.evaluate(x, y, verbose=0, return_dict=True)
    assert found == pytest.approx(wanted, rel=1e-6)


def test_compile_false_leaves_the_model_uncompiled(tmp_path):
    small(nbkeras, "Adam").save(tmp_path / "m.keras")
    assert not nbkeras.models.load_model(tmp_path / "m.keras", compile=False).compiled


def test_include_optimizer_false_leaves_out_how_it_was_compiled(tmp_path):
    small(nbkeras, "Adam").save(tmp_path / "m.keras", include_optimizer=False)
    assert not nbkeras.models.load_model(tmp_path / "m.keras").compiled


def test_an_unknown_loss_says_how_to_load_without_it(tmp_path):
    def my_loss(y_true, y_pred):
        return ((y_true - y_pred) ** 2).mean(axis=-1)

    model = small(nbkeras, "SGD", loss=my_loss)
    model.save(tmp_path / "m.keras")
    with pytest.raises(ValueError, match=r"compile=False") as caught:
        nbkeras.models.load_model(tmp_path / "m.keras")
    assert "custom_objects={'my_loss': my_loss}" in str(caught.value)
    again = nbkeras.models.load_model(
        tmp_path / "m.keras", custom_objects={"my_loss": my_loss}
    )
    x, y = np.ones((2, 5), "float32"), np.ones((2, 3), "float32")
    found, wanted = (m.evaluate(x, y, verbose=0)[0] for m in (again, model))
    assert found == pytest.approx(wanted)


@nbkeras.saving.register_keras_serializable(package="compiled")
class _HasOwnCompile(nbkeras.Sequential):
    """A model whose `compile` takes settings of its own, as in Keras's guide."""

    def compile(self, *, pull):
        super().compile("sgd", "mse")
        self.pull = pull

    def get_compile_config(self):
        return {"pull": self.pull}

    def compile_from_config(self, config):
        self.compile(**config)


def test_a_model_with_its_own_compile_is_compiled_again_when_it_is_loaded(tmp_path):
    model = _HasOwnCompile([nbkeras.Input((3,)), nbkeras.layers.Dense(1)])
    model.compile(pull=0.25)
    model.save(tmp_path / "model.keras")
    copy = nbkeras.saving.load_model(tmp_path / "model.keras")
    assert copy.compiled
    assert copy.pull == 0.25


@pytest.mark.parametrize("library", [nbkeras, keras], ids=["nbkeras", "keras"])
def test_a_compile_config_compiles_another_model_equally(library):
    model, other = (
        library.Sequential([library.Input((3,)), library.layers.Dense(1)])
        for _ in range(2)
    )
    assert model.get_compile_config() == {}
    model.compile(
        library.optimizers.SGD(0.25), "mse", metrics=["mae"], loss_weights=[2.0]
    )
    config = model.get_compile_config()
    assert config["loss"] == "mse"
    assert config["metrics"] == ["mae"]
    other.compile_from_config(config)
    assert float(other.optimizer.learning_rate) == 0.25
    assert other.get_compile_config()["loss_weights"] == [2.0]
