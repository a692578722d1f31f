"""The state of metrics: variables anywhere in them, overrides, pure functions."""

import jax
import numpy as np
import pytest

import nbkeras as nk
from nbkeras import layers, metrics, ops
from nbkeras.utils import to_categorical

X = np.random.default_rng(0).normal(size=(32, 3)).astype("float32")
Y = (X.sum(1, keepdims=True) > 0).astype("float32")


class Share(metrics.Metric):
    """The mean output, by variables in a dict."""

    def __init__(self, name="share"):
        super().__init__(name=name)
        self.sums = {key: self.add_weight(name=key) for key in ("total", "count")}

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.sums["total"].assign_add(ops.sum(y_pred))
        self.sums["count"].assign_add(float(y_pred.shape[0]))

    def result(self):
        return self.sums["total"] / self.sums["count"]


class Inner(metrics.Metric):
    """The precision less the recall, by metrics in a list."""

    def __init__(self, name="inner"):
        super().__init__(name=name)
        self.parts = [metrics.Precision(), metrics.Recall()]

    def update_state(self, y_true, y_pred, sample_weight=None):
        for part in self.parts:
            part.update_state(y_true, y_pred)

    def result(self):
        return self.parts[0].result() - self.parts[1].result()


class Shifted(metrics.MeanSquaredError):
    """The error of outputs that are greater by 1, doubled."""

    def update_state(self, y_true, y_pred, sample_weight=None):
        super().update_state(y_true, y_pred + 1.0, sample_weight)

    def result(self):
        return 2.0 * super().result()


def wanted_of(metric, outputs):
    yes = outputs > 0.5
    hits = (yes & (Y == 1)).sum()
    return {
        "share": outputs.mean(),
        "inner": hits / max(yes.sum(), 1) - hits / (Y == 1).sum(),
        "shifted": 2.0 * ((outputs + 1.0 - Y) ** 2).mean(),
    }[metric.name]


@pytest.fixture(params=[Share, Inner, Shifted])
def metric(request):
    return request.param(name=request.param.__name__.lower())


def test_a_metric_of_ones_own_counts_alike_in_compiled_steps_and_eagerly(metric):
    model = nk.Sequential([nk.Input((3,)), layers.Dense(1, activation="sigmoid")])
    model.compile("sgd", "mse", metrics=[metric])
    model.fit(X, Y, batch_size=8, epochs=2, verbose=0)
    outputs = model.predict(X, verbose=0)
    compiled = model.evaluate(X, Y, batch_size=8, verbose=0, return_dict=True)
    metric.reset_state()
    for at in range(0, 32, 8):
        metric.update_state(Y[at : at + 8], outputs[at : at + 8])
    wanted = wanted_of(metric, outputs)
    np.testing.assert_allclose(compiled[metric.name], wanted, rtol=1e-5)
    np.testing.assert_allclose(metric.result(), wanted, rtol=1e-5)


def test_tracers_do_not_escape_into_metrics_inside(metric):
    model = nk.Sequential([nk.Input((3,)), layers.Dense(1, activation="sigmoid")])
    model.compile("sgd", "mse", metrics=[metric])
    model.fit(X, Y, verbose=0)
    assert not any(isinstance(v.value, jax.core.Tracer) for v in metric.variables)


@pytest.mark.parametrize(
    ("metric", "names"),
    [
        (metrics.Mean(), ["total", "count"]),
        (metrics.Precision(), ["true_positives", "false_positives"]),
        (metrics.MeanSquaredError(), ["total", "count"]),
        (Share(), ["total", "count"]),
    ],
)
def test_a_metric_has_its_variables_before_it_is_used(metric, names):
    assert [variable.name for variable in metric.variables] == names


def test_assigning_to_the_variables_of_a_metric_changes_its_result():
    mean = metrics.Mean()
    total, count = mean.variables
    total.assign(6.0)
    count.assign(4.0)
    assert float(mean.result()) == 1.5
    mean.reset_state()
    assert float(total) == float(count) == 0.0


def test_stateless_functions_leave_the_metric_alone():
    mean = metrics.Mean()
    state = jax.jit(mean.stateless_update_state)([1.0, 1.0], np.array([2.0, 3.0]))
    np.testing.assert_allclose(mean.stateless_result(state), 2.0)
    np.testing.assert_array_equal(mean.stateless_reset_state(), [0.0, 0.0])
    assert float(mean.result()) == 0.0


def test_stateless_functions_need_a_value_for_each_variable():
    with pytest.raises(
        ValueError, match=r"Give one value for each of \['total', 'count'\]"
    ):
        metrics.Mean().stateless_result([1.0])


def test_auc_of_several_labels_learns_their_number_from_the_first_outputs():
    y = np.array([[0, 1], [1, 0], [1, 1], [0, 0]], "float32")
    several = metrics.AUC(multi_label=True)
    several.update_state(y, y)
    np.testing.assert_allclose(several.result(), 1.0, atol=1e-6)


def test_a_metric_without_update_state_says_what_to_write():
    with pytest.raises(TypeError, match=r"def update_state\(self, y_true, y_pred"):
        metrics.Metric(name="empty").update_state(Y, Y)


@pytest.mark.parametrize(
    "metric",
    [
        "F1Score",
        "FBetaScore",
        "Precision",
        "Recall",
        "AUC",
        "TruePositives",
        "BinaryAccuracy",
        "CategoricalAccuracy",
        "TopKCategoricalAccuracy",
        "CosineSimilarity",
        "MeanSquaredError",
        "CategoricalHinge",
        "R2Score",
        "PearsonCorrelation",
    ],
)
def test_class_numbers_in_place_of_one_hot_targets_are_told_how_to_encode(metric):
    y = np.array([0, 2, 1, 2])
    scores = np.eye(3, dtype="float32")[y]
    with pytest.raises(ValueError, match=r"class numbers.*to_categorical\(y, 3\)"):
        getattr(metrics, metric)()(y, scores)
    value = getattr(metrics, metric)()(to_categorical(y, 3), scores)
    assert np.isfinite(value).all()


def test_a_metric_with_a_twin_for_class_numbers_names_it():
    y, scores = np.array([0, 2]), np.eye(3, dtype="float32")[:2]
    with pytest.raises(ValueError, match=r"'sparse_categorical_accuracy'") as caught:
        metrics.CategoricalAccuracy()(y, scores)
    assert "keep y" in str(caught.value)
    assert float(metrics.SparseCategoricalAccuracy()(y, scores)) == 0.5


def test_binary_accuracy_takes_a_threshold_for_logits():
    metric = metrics.BinaryAccuracy(threshold=0.0)
    metric.update_state([[1], [0], [1]], [[2.0], [-1.0], [-3.0]])
    assert float(metric.result()) == pytest.approx(2 / 3)
    with pytest.raises(ValueError, match="0 for logits"):
        metrics.BinaryAccuracy(threshold=None)


@pytest.mark.filterwarnings("ignore:Explicitly requested dtype int64")
def test_subclasses_read_and_assign_the_variables_of_a_metric_as_in_keras():
    import keras

    def results(library):
        class Doubled(library.metrics.Mean):
            def reset_state(self):
                super().reset_state()
                self.total.assign(1.0)

            def update_state(self, y_true, y_pred, sample_weight=None):
                self.total.assign_add(library.ops.sum(y_pred))
                self.count.assign_add(2.0)

        class Cells(library.metrics.MeanIoU):
            def result(self):
                return self.total_cm[0, 1]

        class Hits(library.metrics.TruePositives):
            def result(self):
                return 10 * self.accumulator[0]

        units = library.layers.Dense(1, activation="sigmoid")
        model = library.Sequential([library.Input((3,)), units])
        model.set_weights([np.float32([[1.0], [0.5], [-1.0]]), np.float32([0.5])])
        own = [Doubled(name="doubled"), Cells(2, name="cells"), Hits(name="hits")]
        model.compile("sgd", "mse", metrics=own)
        return model.evaluate(X, Y, batch_size=10, verbose=0)

    np.testing.assert_allclose(results(nk), results(keras), rtol=1e-6)


def test_a_metric_without_such_a_variable_says_so():
    with pytest.raises(AttributeError, match="'AUC' object has no attribute 'total'"):
        metrics.AUC().total  # noqa: B018
    assert metrics.AUC().true_positives.shape == (200,)
