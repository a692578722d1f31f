"""Every metric beside real Keras: uneven batches, weights, configs, names."""

import re

import jax
import keras
import numpy as np
import pytest
from metric_cases import CASES, batch

import nbkeras
from nbkeras import losses, metrics
from nbkeras.core.names.naming import snake_case

NAMES = [f"{name}-{kind}-{number}" for number, (name, _, kind) in enumerate(CASES)]
# Keras asks for int64, which JAX then says that it has not.
pytestmark = pytest.mark.filterwarnings("ignore:Explicitly requested dtype int64")
every = pytest.mark.parametrize(("name", "settings", "kind"), CASES, ids=NAMES)
WEIGHTS = np.array([0.5, 0.0, 2.0, 1.0, 3.0], "float32")
# Keras counts in whole numbers here, and cuts weights such as 0.5 down to 0.
WHOLE = {"IoU", "MeanIoU", "BinaryIoU", "OneHotIoU", "OneHotMeanIoU"}


def pair(name, settings):
    return getattr(metrics, name)(**settings), getattr(keras.metrics, name)(**settings)


def weights_for(name, y, rows):
    weights = np.ceil(WEIGHTS[:rows]).astype(int) if name in WHOLE else WEIGHTS[:rows]
    if name == "R2Score":
        # Keras counts rows of weight 0 among the samples of the adjusted score.
        weights = weights + 1.0
    if name in WHOLE and np.ndim(y) > 1:
        # Keras wants one for each place.
        inner = y.shape[1:] if y.shape[-1] != 5 else y.shape[1:-1]
        weights = np.broadcast_to(
            weights.reshape(-1, *[1] * len(inner)), (rows, *inner)
        )
    return weights


def told(metric, y, p, weights=None):
    said = {} if weights is None else {"sample_weight": weights}
    metric.update_state(*((y,) if p is None else (y, p)), **said)


def close(ours, theirs, rtol=2e-5):
    np.testing.assert_allclose(np.asarray(ours), np.asarray(theirs), rtol, 2e-6)


@every
def test_uneven_batches_give_what_keras_gives(name, settings, kind):
    ours, theirs = pair(name, settings)
    assert ours.name == re.sub(r"_\d+$", "", theirs.name)
    for rows in (5, 2, 5):
        y, p = batch(kind, rows)
        told(ours, y, p)
        told(theirs, y, p)
        close(ours.result(), theirs.result())
    ours.reset_state()
    theirs.reset_state()
    for rows in (2, 5):
        y, p = batch(kind, rows, seed=1)
        weights = weights_for(name, y, rows)
        told(ours, y, p, weights)
        told(theirs, y, p, weights)
    close(ours.result(), theirs.result())


@every
def test_rows_of_weight_zero_are_as_if_absent(name, settings, kind):
    y, p = batch(kind, 5)
    if p is None or not np.issubdtype(p.dtype, np.floating):
        pytest.skip("nothing that could be NaN")
    metric = getattr(metrics, name)(**settings)
    metric.build(y.shape, p.shape)
    dirty = p.copy()
    dirty[3:] = np.nan
    padded = jax.jit(metric.update)(
        metric.init(), y, dirty, np.float32([1, 1, 1, 0, 0])
    )
    short = metric.update(metric.init(), y[:3], p[:3])
    close(metric.result_of(padded), metric.result_of(short))


@every
def test_a_config_travels_to_keras_and_back(name, settings, kind):
    if "label_weights" in settings:
        pytest.skip("Keras 3.15 cannot read its own config of it")
    ours, theirs = pair(name, settings)
    read = keras.metrics.deserialize(metrics.serialize(ours))
    assert plain(read.get_config()) == plain(theirs.get_config())
    back = metrics.deserialize(keras.metrics.serialize(theirs))
    told_to_keras = keras.metrics.deserialize(keras.metrics.serialize(theirs))
    kept = {k: v for k, v in settings.items() if k in told_to_keras.get_config()}
    expected = getattr(metrics, name)(**kept).get_config()
    assert plain(back.get_config()) == plain(expected)


def plain(config):
    """Lists for tuples, without the name, which Keras numbers, and the dtype."""
    left = {k: v for k, v in config.items() if k not in ("name", "dtype")}
    return {k: list(v) if isinstance(v, tuple) else v for k, v in left.items()}


FUNCTIONS = [n for n in dir(keras.metrics) if n.islower() and n[0] != "_"]
FUNCTIONS = sorted({*FUNCTIONS} - {"get", "serialize", "deserialize"})
KINDS = {
    "sparse": "classes",
    "categorical": "one_hot",
    "top": "one_hot",
    "binary": "bits",
    "kl": "chances",
    "poisson": "positive",
    "mean": "positive",
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_gives_one_value_an_example_as_keras_does(name):
    y, p = batch(KINDS.get(name.split("_")[0], "numbers"), 5)
    close(getattr(metrics, name)(y, p), getattr(keras.metrics, name)(y, p))
    assert metrics.get(name) is getattr(metrics, name)


def test_every_string_of_keras_finds_a_metric_of_the_same_name():
    from keras.src.metrics import ALL_OBJECTS_DICT

    for name, member in ALL_OBJECTS_DICT.items():
        if not name.islower() or name in ("metric", "mean_metric_wrapper"):
            continue
        found = metrics.registry.lookup(name)
        expected = getattr(member, "__name__", name)
        assert snake_case(found.__name__) in (snake_case(expected), name), name


@pytest.mark.parametrize("name", ["auc", "precision", "true_positives", "accuracy"])
def test_a_class_is_found_by_its_name_in_small_letters(name):
    assert metrics.get(name).name == name


def test_a_mean_of_means_counts_every_example_alike():
    ours, theirs = metrics.Mean(), keras.metrics.Mean()
    for shape in ((2, 3), (4, 1), (1, 2, 5)):
        values = np.random.default_rng(3).normal(size=shape).astype("float32")
        told(ours, values, None)
        told(theirs, values, None)
    close(ours.result(), theirs.result())


def test_an_ignored_class_is_left_out_as_keras_does_where_there_are_weights():
    ours, theirs = pair("SparseCategoricalCrossentropy", {"ignore_class": 2})
    for rows in (5, 2):
        y, p = batch("words", rows)
        told(theirs, y, p, np.ones(y.shape, "float32"))
        told(ours, y, p)
    close(ours.result(), theirs.result())
    assert (batch("words", 5)[0] == 2).any()


@pytest.mark.parametrize("name", ["MeanSquaredError", "BinaryAccuracy", "Precision"])
def test_weights_of_single_steps_count_as_in_keras(name):
    ours, theirs = pair(name, {})
    y, p = batch("bits", 5)
    weights = np.random.default_rng(4).random((5, 5)).astype("float32")
    if name == "MeanSquaredError":
        y, p = np.stack([y, y], -1), np.stack([p, p * 0.5], -1)
    told(ours, y, p, weights)
    told(theirs, y, p, weights)
    close(ours.result(), theirs.result())


def test_a_function_of_two_arguments_becomes_a_mean():
    def gap(y_true, y_pred):
        return abs(y_true - y_pred).max(-1)

    ours = metrics.MeanMetricWrapper(gap, name="gap")
    theirs = keras.metrics.MeanMetricWrapper(gap, name="gap")
    for rows in (5, 2):
        y, p = batch("numbers", rows)
        told(ours, y, p, WEIGHTS[:rows])
        told(theirs, y, p, WEIGHTS[:rows])
    close(ours.result(), theirs.result())
    assert metrics.resolve(gap, (5, 5), "float32", (5, 5)).name == "gap"
    assert metrics.resolve(lambda y, p: y, (5,), "float32", (5,)).name == "lambda"


def test_mean_relative_error_leaves_out_what_has_no_scale():
    metric = metrics.MeanRelativeError(normalizer=[1.0, 2.0, 0.0, 4.0])
    metric.update_state(np.float32([[1, 3, 2, 3]]), np.float32([[2, 4, 6, 8]]))
    close(metric.result(), (1 / 1 + 1 / 2 + 0 + 5 / 4) / 4)


def test_the_names_of_losses_are_names_of_metrics_too():
    for name in ("mse", "MAE", "kld", "huber", "logcosh", "bce", "cosine_similarity"):
        assert metrics.registry.lookup(name) in (
            losses.registry.lookup(name),
            metrics.CosineSimilarity,
        )


def test_a_metric_along_the_rows_says_that_padding_would_change_it():
    for name in ("CosineSimilarity", "PearsonCorrelation", "CategoricalCrossentropy"):
        assert getattr(metrics, name)().rows_independent
        assert not getattr(metrics, name)(axis=0).rows_independent
    assert metrics.MeanMetricWrapper(losses.mean_squared_error).rows_independent
    assert not metrics.MeanMetricWrapper(lambda y, p: p - y).rows_independent


def test_accuracy_of_outputs_without_an_axis_of_classes_is_that_of_two_classes():
    x = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
    y = (x.sum(1) > 0).astype("int32")
    inputs = nbkeras.Input((4,))
    output = nbkeras.layers.Dense(1, activation="sigmoid")(inputs)
    model = nbkeras.Model(inputs, nbkeras.ops.squeeze(output, -1))
    model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
    share = ((model.predict(x, verbose=0) > 0.5) == y).mean()
    assert model.evaluate(x, y, verbose=0)[1] == pytest.approx(share)
