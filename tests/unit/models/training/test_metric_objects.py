"""Metric objects hold what a run ended with, as in Keras: the given ones and trackers."""

import keras
import numpy as np
import pytest

import nbkeras

X = np.random.default_rng(0).normal(size=(8, 3)).astype("float32")
Y = X[:, :2]
BOTH = pytest.mark.parametrize("library", [nbkeras, keras], ids=["nbkeras", "keras"])


def compiled(library):
    """A model, the library's metric and one of the user's own, which counts batches."""

    class Batches(library.metrics.Metric):
        def __init__(self):
            super().__init__(name="batches")
            self.seen = self.add_weight(name="seen", initializer="zeros")

        def update_state(self, y_true, y_pred, sample_weight=None):
            self.seen.assign(self.seen + 1.0)

        def result(self):
            return self.seen.value

    error, batches = library.metrics.MeanAbsoluteError(name="error"), Batches()
    model = library.Sequential([library.Input((3,)), library.layers.Dense(2)])
    model.compile("sgd", "mse", metrics=[error, batches])
    return model, error, batches


@BOTH
def test_metrics_hold_the_values_of_the_last_run(library):
    model, error, batches = compiled(library)
    logs = model.fit(X, Y, batch_size=4, verbose=0).history
    assert float(error.result()) == pytest.approx(logs["error"][-1])
    assert float(model.metrics[0].result()) == pytest.approx(logs["loss"][-1])
    assert float(batches.result()) == float(batches.seen.value) == 2
    logs = model.evaluate(X, Y, batch_size=2, verbose=0, return_dict=True)
    assert float(error.result()) == pytest.approx(logs["error"])
    assert float(model.metrics[0].result()) == pytest.approx(logs["loss"])
    assert float(batches.result()) == 4


@BOTH
def test_callbacks_find_the_values_of_the_epoch_in_the_metrics(library):
    model, error, _ = compiled(library)
    pairs = []

    class Compares(library.callbacks.Callback):
        def on_epoch_end(self, epoch, logs):
            pairs.append((float(error.result()), logs["error"]))
            pairs.append((float(self.model.metrics[0].result()), logs["loss"]))

    model.fit(X, Y, batch_size=4, epochs=2, verbose=0, callbacks=[Compares()])
    assert len(pairs) == 4
    np.testing.assert_allclose(*zip(*pairs, strict=True), rtol=1e-6)


@BOTH
def test_single_batches_and_a_reset_reach_the_metrics(library):
    model, error, batches = compiled(library)
    logs = model.train_on_batch(X, Y, return_dict=True)
    assert float(error.result()) == pytest.approx(float(logs["error"]))
    model.reset_metrics()
    assert [float(m.result()) for m in (error, batches, model.metrics[0])] == [0, 0, 0]
    logs = model.test_on_batch(X, Y, return_dict=True)
    assert float(error.result()) == pytest.approx(float(logs["error"]))


@BOTH
def test_the_losses_of_outputs_have_trackers_with_values(library):
    x = library.Input((3,))
    ends = [library.layers.Dense(2, name=name)(x) for name in "ab"]
    model = library.Model(x, ends)
    model.compile("sgd", "mse", metrics=["mae", "mse"])
    logs = model.fit(X, [Y, Y], verbose=0).history
    names = [metric.name for metric in model.metrics]
    assert names == ["loss", "compile_metrics", "a_loss", "b_loss"]
    for metric in model.metrics[2:]:
        assert float(metric.result()) == pytest.approx(logs[metric.name][0])
    assert sorted(model.metrics[1].result()) == ["a_mae", "b_mse"]


def test_the_state_tree_names_the_variables_of_each_metric():
    model, _, _ = compiled(nbkeras)
    model.fit(X, Y, batch_size=4, verbose=0)
    tree = model.get_state_tree("numpy_array")["metrics_variables"]
    form = {name: list(variables) for name, variables in tree.items()}
    assert form == {
        "loss": ["total", "count"],
        "error": ["total", "count"],
        "batches": ["seen"],
    }
    assert float(tree["loss"]["count"]) == 8


@pytest.mark.parametrize(
    ("structure", "loss", "metrics"),
    [
        ("dict", {"x": "mse", "y": {"p": "mae", "q": "mse"}},
         {"x": ["mae"], "y": {"p": ["mse", "mae"], "q": "mae"}}),
        ("list", ["mse", ["mse", "mse"]], ["mae", ["mse", "mae"]]),
        ("list", ["mse", ["mse", "mse"]], [["mae"], [["mse"], ["mae"]]]),
    ],
)  # fmt: skip
def test_metrics_in_the_structure_of_nested_outputs_have_kerass_names(
    structure, loss, metrics
):
    def names(library):
        x = library.Input((3,))
        a, b, c = (
            library.layers.Dense(units, name=name)(x)
            for name, units in zip("abc", (2, 2, 1), strict=True)
        )
        first, second, third = Y, Y, Y[:, :1]
        if structure == "dict":
            outputs = {"x": a, "y": {"p": b, "q": c}}
            targets = {"x": first, "y": {"p": second, "q": third}}
        else:
            outputs, targets = [a, [b, c]], [first, [second, third]]
        model = library.Model(x, outputs)
        model.compile("sgd", loss, metrics=metrics)
        return sorted(model.fit(X, targets, verbose=0).history)

    assert names(nbkeras) == names(keras)


def test_a_wrong_key_in_nested_metrics_is_refused():
    x = nbkeras.Input((3,))
    a, b = (nbkeras.layers.Dense(2)(x) for _ in range(2))
    model = nbkeras.Model(x, {"x": a, "y": {"first": b, "q": a}})
    with pytest.raises(ValueError, match=r"entry for 'fist'.*'first', 'q'"):
        model.compile("sgd", "mse", metrics={"y": {"fist": "mae"}})


@BOTH
def test_a_metric_whose_result_is_a_dict_logs_each_of_its_entries(library):
    class Extent(library.metrics.Metric):
        def __init__(self):
            super().__init__(name="extent")
            self.high = self.add_weight(name="high", initializer="zeros")

        def update_state(self, y_true, y_pred, sample_weight=None):
            self.high.assign(library.ops.maximum(self.high, library.ops.max(y_true)))

        def result(self):
            return {"twice": 2 * self.high, "once": self.high.value}

    model = library.Sequential([library.Input((3,)), library.layers.Dense(2)])
    model.compile("sgd", "mse", metrics=[Extent(), "mae"])
    data = {"validation_data": (X, Y), "batch_size": 4, "verbose": 0}
    stop = library.callbacks.EarlyStopping(monitor="val_once", mode="max")
    history = model.fit(X, Y, epochs=2, callbacks=[stop], **data).history
    names = {"loss", "mae", "once", "twice"}
    assert set(history) == names | {f"val_{name}" for name in names}
    high = Y.max()
    np.testing.assert_allclose(history["once"], high)
    np.testing.assert_allclose(history["val_twice"], 2 * high)
    logs = model.evaluate(X, Y, verbose=0, return_dict=True)
    values = model.evaluate(X, Y, verbose=0)
    np.testing.assert_allclose(
        values, [logs["loss"], logs["mae"], logs["once"], logs["twice"]]
    )
    assert set(model.train_on_batch(X, Y, return_dict=True)) == names
