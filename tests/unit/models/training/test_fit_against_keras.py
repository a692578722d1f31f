"""fit, evaluate and predict beside Keras's: the same histories and the same weights."""

import keras
import keras_twin
import numpy as np
import pytest

import nbkeras

# Every case has batches of 16 and a last one of 2 rows, so that little is compiled.
X, Y = keras_twin.data("dense", 50)
XV, YV = keras_twin.data("dense", 18, seed=1)
W = np.random.default_rng(2).uniform(0, 2, 50).astype("float32")
PACKAGES = (nbkeras, keras)
FIT = {"batch_size": 16, "epochs": 2, "shuffle": False, "verbose": 0}


@pytest.fixture(scope="module")
def twins():
    ours, theirs = keras_twin.twins(
        "dense",
        lambda package: package.optimizers.SGD(0.1),
        metrics=["accuracy"],
        weighted_metrics=["sparse_categorical_crossentropy"],
    )
    return ours, theirs, ours.get_weights()


@pytest.fixture
def both(twins):
    """both(call) on twins with equal weights: [ours, theirs] results."""
    for model in twins[:2]:
        model.set_weights(twins[2])
    twins[0]._epochs_begun = 0  # a first fit, which begins with the first rows

    def run(call, *, weights=True):
        found = [call(model) for model in twins[:2]]
        if weights:
            keras_twin.assert_weights_equal(*twins[:2])
        return found

    return run


HOW = {
    "plain": {},
    "default batch size": {"batch_size": None},
    "validation_split": {"validation_split": 0.32},
    "validation_data": {"validation_data": (XV, YV)},
    "weighted validation": {"validation_data": (XV, YV, W[:18])},
    "validation in other batches": {
        "validation_data": (XV, YV),
        "validation_batch_size": 2,
    },
    "validation_steps": {
        "validation_data": (XV, YV),
        "validation_batch_size": 2,
        "validation_steps": 3,
    },
    "validation_freq": {"validation_data": (XV, YV), "validation_freq": 2, "epochs": 5},
    "validation at epochs": {
        "validation_data": (XV, YV),
        "validation_freq": [1, 4],
        "epochs": 4,
    },
    "class_weight": {"class_weight": {0: 1.0, 1: 5.0, 2: 0.5}},
    "sample_weight": {"sample_weight": W},
    "sample_weight and split": {"sample_weight": W, "validation_split": 0.32},
    "initial_epoch": {"initial_epoch": 3, "epochs": 5},
    "steps_per_epoch": {"steps_per_epoch": 2, "epochs": 1},
}


@pytest.mark.parametrize("name", HOW)
def test_fit_gives_the_history_and_the_weights_of_keras(both, name):
    ours, theirs = both(lambda m: m.fit(X, Y, **{**FIT, **HOW[name]}))
    keras_twin.assert_histories_equal(ours, theirs)


def batches(x, y, size, *more):
    for low in range(0, len(x), size):
        yield tuple(each[low : low + size] for each in (x, y, *more))


def sequence(package):
    class Batches(package.utils.PyDataset):
        def __len__(self):
            return 4

        def __getitem__(self, k):
            return X[16 * k : 16 * k + 16], Y[16 * k : 16 * k + 16]

    return Batches()


SOURCES = {
    "generator": lambda package: batches(X, Y, 16),
    "weighted generator": lambda package: batches(X, Y, 16, W),
    "PyDataset": sequence,
}


@pytest.mark.filterwarnings("ignore:Your input ran out of data")
@pytest.mark.parametrize("name", SOURCES)
def test_fit_on_batches_gives_what_keras_gives(both, name):
    def call(model):
        package = nbkeras if isinstance(model, nbkeras.Model) else keras
        source = SOURCES[name](package)
        return model.fit(source, epochs=1, shuffle=False, verbose=0)

    keras_twin.assert_histories_equal(*both(call))


@pytest.mark.filterwarnings("ignore:Your input ran out of data")
@pytest.mark.parametrize("name", SOURCES)
def test_evaluate_on_batches_gives_what_keras_gives(both, name):
    def call(model):
        package = nbkeras if isinstance(model, nbkeras.Model) else keras
        return model.evaluate(SOURCES[name](package), verbose=0)

    np.testing.assert_allclose(*both(call), rtol=1e-5)


@pytest.mark.parametrize(
    "how",
    [
        {"batch_size": 16},
        {"batch_size": 16, "sample_weight": W},
        {"batch_size": 2, "steps": 7},
        {"batch_size": 16, "return_dict": True},
    ],
)
def test_evaluate_returns_what_keras_returns(both, how):
    ours, theirs = both(lambda m: m.evaluate(X, Y, verbose=0, **how))
    if how.get("return_dict"):
        assert list(ours) == list(theirs)
        ours, theirs = list(ours.values()), list(theirs.values())
    np.testing.assert_allclose(ours, theirs, rtol=1e-5)


def test_metrics_names_are_those_of_keras_in_the_order_of_evaluate(both):
    ours = both(
        lambda m: m.evaluate(XV, YV, batch_size=16, verbose=0, return_dict=True)
    )[0]
    listed = both(lambda m: m.evaluate(XV, YV, batch_size=16, verbose=0))[0]
    model_names = both(lambda m: list(m.metrics_names))[0]
    assert [ours[name] for name in model_names] == listed


@pytest.mark.parametrize("how", [{}, {"batch_size": 16}, {"batch_size": 2, "steps": 3}])
def test_predict_returns_what_keras_returns(both, how):
    ours, theirs = both(lambda m: m.predict(X, verbose=0, **how))
    assert ours.dtype == theirs.dtype
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-7)


def test_train_on_batch_moves_as_in_keras_and_tells_the_batch_itself(both):
    def call(model):
        model.reset_metrics()
        return model.train_on_batch(X, Y, return_dict=True)

    ours, theirs = both(call)
    assert ours.keys() == theirs.keys()
    for name in ours:
        np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-5)


def test_test_and_predict_on_batch_are_those_of_keras(both):
    def call(model):
        model.reset_metrics()
        return model.test_on_batch(X, Y, sample_weight=W)

    np.testing.assert_allclose(*both(call), rtol=1e-5)
    np.testing.assert_allclose(
        *both(lambda m: np.asarray(m.predict_on_batch(X))), rtol=1e-5, atol=1e-7
    )


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_ten_steps_of_a_cnn_take_the_path_of_keras(optimizer):
    x, y = keras_twin.data("cnn", 50)
    ours, theirs = keras_twin.twins("cnn", optimizer)
    losses = [], []
    for model, found in zip((ours, theirs), losses, strict=True):
        package = nbkeras if model is ours else keras
        note = package.callbacks.LambdaCallback(
            on_train_batch_end=lambda b, logs, found=found: found.append(logs["loss"])
        )
        model.fit(
            x, y, batch_size=10, epochs=2, shuffle=False, verbose=0, callbacks=[note]
        )
    assert len(losses[0]) == 10
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-5)
    keras_twin.assert_weights_equal(ours, theirs, rtol=2e-5)
    x, y = keras_twin.data("cnn", 23, seed=5)
    np.testing.assert_allclose(
        ours.evaluate(x, y, verbose=0), theirs.evaluate(x, y, verbose=0), rtol=1e-5
    )


def test_regression_with_one_unit_and_flat_targets_is_that_of_keras():
    ours, theirs = keras_twin.twins("line", "sgd", "mse", metrics=["mae"])
    y = X @ np.arange(4, dtype="float32")
    for targets in (y, y[:, None]):
        found = [m.fit(X, targets, **FIT) for m in (ours, theirs)]
        keras_twin.assert_histories_equal(*found)


def test_lists_dicts_frames_and_other_dtypes_train_as_arrays_do(both, twins):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=list("abcd"))
    whole = (X * 10).round()
    forms = [
        (X, Y),
        (X.tolist(), Y.tolist()),
        (X.astype("float64"), Y.astype("int64")),
        (np.asfortranarray(X), Y[:, None]),
        (frame, pandas.Series(Y)),
        (frame.astype("Float32"), pandas.Series(Y).astype("Int64")),
        ([X], [Y]),
        (X, Y.astype("uint8")),
        (X, Y.astype("float32")),
    ]
    results = []
    for x, y in forms:
        both(lambda m: m.set_weights(twins[2]))
        results.append(twins[0].fit(x, y, **FIT).history["loss"])
    for result in results:
        np.testing.assert_allclose(result, results[0], rtol=1e-5)
    both(lambda m: m.set_weights(twins[2]))
    ints = twins[0].fit(whole.astype("int8"), Y, **FIT).history["loss"]
    both(lambda m: m.set_weights(twins[2]))
    floats = twins[0].fit(whole, Y, **FIT).history["loss"]
    np.testing.assert_allclose(ints, floats, rtol=1e-6)


def test_a_generator_that_runs_dry_is_said_and_keeps_what_was_done(twins):
    ours, before = twins[0], twins[0]._steps_done
    with pytest.warns(UserWarning, match=r"ran out of data after 4 batches.*2 x 3 = 6"):
        history = ours.fit(batches(X, Y, 16), steps_per_epoch=3, epochs=2, verbose=0)
    assert history.epoch == [0, 1]
    assert ours._steps_done == before + 4


def test_data_that_ends_before_the_steps_is_started_again_and_says_so(twins):
    ours, before = twins[0], twins[0]._steps_done
    with pytest.warns(UserWarning, match="restarted within each epoch") as said:
        history = ours.fit(X, Y, batch_size=16, steps_per_epoch=5, epochs=2, verbose=0)
    assert len(said) == 1
    assert history.epoch == [0, 1]
    assert ours._steps_done == before + 10
