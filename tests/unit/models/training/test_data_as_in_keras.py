"""What Keras takes: missing targets, epochs of a Sequence in steps, arrays in configs."""

import jax.numpy as jnp
import numpy as np
import pytest

import nbkeras
from nbkeras import layers, metrics

RNG = np.random.default_rng(0)
X = RNG.normal(size=(32, 4)).astype("float32")
Y = X.sum(1, keepdims=True)


def known(y_true, y_pred):
    """The squared error where there is a target."""
    there = jnp.isfinite(y_true)
    return jnp.where(there, (jnp.where(there, y_true, 0) - y_pred) ** 2, 0)


def test_missing_targets_are_left_to_a_loss_of_ones_own():
    y = Y.copy()
    y[::3] = np.nan
    model = nbkeras.Sequential([nbkeras.Input((4,)), layers.Dense(1)])
    model.compile(nbkeras.optimizers.SGD(0.0), known)
    out = model.predict(X, verbose=0)
    wanted = np.where(np.isnan(y), 0, (y - out) ** 2).mean()
    logs = model.fit(X, y, validation_data=(X, y), verbose=0).history
    np.testing.assert_allclose(logs["loss"][0], wanted, rtol=1e-5)
    np.testing.assert_allclose(logs["val_loss"][0], wanted, rtol=1e-5)
    np.testing.assert_allclose(model.evaluate(X, y, verbose=0), wanted, rtol=1e-5)
    model.fit(X, y, validation_split=0.25, verbose=0)
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="y has 11 values that are NaN"):
        model.fit(X, y, verbose=0)


class Counted(nbkeras.utils.PyDataset):
    """Ten batches; counts the ends of epochs."""

    ends = 0

    def __len__(self):
        return 10

    def __getitem__(self, index):
        return np.ones((4, 1)), np.zeros((4, 1))

    def on_epoch_end(self):
        self.ends += 1


@pytest.mark.parametrize("steps", [None, 3, 10, 5])
def test_a_sequence_is_told_of_each_end_of_an_epoch(steps):
    model = nbkeras.Sequential([nbkeras.Input((1,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    source = Counted()
    model.fit(source, steps_per_epoch=steps, epochs=2, verbose=0)
    assert source.ends == 2


class Scaled(layers.Layer):
    """Has an array and a NumPy number in its settings."""

    def __init__(self, table, power=1, **base):
        super().__init__(**base)
        self.table, self.power = np.asarray(table, "float32"), power

    def call(self, x):
        return x * self.table**self.power

    def get_config(self):
        power = np.int64(self.power)
        return {**super().get_config(), "table": self.table, "power": power}


def test_arrays_in_the_settings_of_a_layer_are_saved(tmp_path):
    model = nbkeras.Sequential([nbkeras.Input((2,)), Scaled([1.0, 2.5], 2)])
    model.save(tmp_path / "m.keras")
    loaded = nbkeras.models.load_model(tmp_path / "m.keras", {"Scaled": Scaled})
    x = np.ones((1, 2), "float32")
    np.testing.assert_array_equal(loaded(x), [[1.0, 6.25]])


@pytest.mark.parametrize(
    ("make", "advice"),
    [
        (lambda: nbkeras.Input((2,), batch_shape=(3, 5)), "already determines shape"),
        (
            lambda: nbkeras.Input(batch_size=2, batch_shape=(3, 5)),
            "already determines batch_size",
        ),
        (lambda: metrics.AUC(num_thresholds=1), r"AUC\(num_thresholds=200\)"),
        (lambda: metrics.FBetaScore(beta=0.0), r"FBetaScore\(beta=1.0\)"),
        (lambda: metrics.FBetaScore(threshold=1.1), r"FBetaScore\(threshold=0.5\)"),
        (lambda: metrics.F1Score(threshold=0.0), r"F1Score\(threshold=0.5\)"),
        (
            lambda: nbkeras.random.uniform((2,), 0, 9, "int32"),
            r"random\.randint\(\(2,\), 0, 9, dtype='int32'\)",
        ),
    ],
)
def test_values_that_cannot_work_are_refused_with_what_to_write(make, advice):
    with pytest.raises(ValueError, match=advice):
        make()
