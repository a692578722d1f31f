"""Names and habits of Keras 1 and 2 that tutorials still use."""

import numpy as np
import pytest

import nbkeras
from nbkeras import backend, callbacks, layers
from nbkeras.train.logs_dict import LogsDict

pytestmark = pytest.mark.filterwarnings("ignore::nbkeras.core.notices.NbkerasNotice")
X = np.random.default_rng(0).normal(size=(20, 4)).astype("float32")
Y = X.sum(1, keepdims=True)
LABELS = (Y[:, 0] > 0).astype("int32")


def regression(metrics=()):
    nbkeras.utils.set_random_seed(0)
    model = nbkeras.Sequential([nbkeras.Input((4,)), layers.Dense(1)])
    model.compile("sgd", "mse", metrics=list(metrics))
    return model


def classifier(metrics):
    model = nbkeras.Sequential(
        [nbkeras.Input((4,)), layers.Dense(2, activation="softmax")]
    )
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=metrics)
    return model


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("mae", "mean_absolute_error"),
        ("mean_absolute_error", "mae"),
        ("mse", "mean_squared_error"),
        ("mean_absolute_percentage_error", "mape"),
    ],
)
def test_history_answers_to_the_short_and_the_long_name(written, asked):
    history = regression([written]).fit(X, Y, validation_split=0.2, verbose=0).history
    assert asked in history
    assert history[asked] == history[written]
    assert history.get(f"val_{asked}") == history[f"val_{written}"]
    assert asked not in list(history)
    with pytest.raises(KeyError, match="was not recorded"):
        history["auc"]


@pytest.mark.parametrize(
    ("written", "asked"), [("accuracy", "acc"), ("acc", "accuracy")]
)
def test_callbacks_find_accuracy_under_both_names(written, asked):
    seen = []

    class Look(callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            seen.append(logs.get(asked))

        def on_epoch_end(self, epoch, logs=None):
            seen.append((logs[asked], asked in logs, logs.get(f"val_{asked}")))
            logs["own"] = 7.0

    history = classifier([written]).fit(
        X, LABELS, validation_split=0.2, callbacks=[Look()], verbose=0
    )
    assert seen[0] is not None
    assert seen[-1] == (
        history.history[written][-1],
        True,
        history.history[f"val_{written}"][-1],
    )
    assert history.history["own"] == [7.0]


def test_a_name_that_was_recorded_comes_before_another_name_for_it():
    logs = LogsDict({"acc": 1.0, "accuracy": 2.0})
    assert (logs["acc"], logs["accuracy"]) == (1.0, 2.0)
    assert dict(logs) == {"acc": 1.0, "accuracy": 2.0}


def test_callbacks_monitor_a_metric_under_its_other_name(tmp_path):
    stop = callbacks.EarlyStopping(monitor="val_mean_absolute_error", patience=1)
    save = callbacks.ModelCheckpoint(
        str(tmp_path / "w-{epoch}-{val_mean_absolute_error:.1f}.weights.h5"),
        monitor="val_mean_absolute_error",
        save_weights_only=True,
    )
    regression(["mae"]).fit(
        X, Y, validation_split=0.2, callbacks=[stop, save], verbose=0
    )
    assert stop.best is not None
    assert len(list(tmp_path.glob("w-1-*.weights.h5"))) == 1


def test_convolution2d_of_keras_1_takes_the_sides_of_its_kernel():
    layer = layers.Convolution2D(8, 3, 5, border_mode="same", subsample=(2, 1))
    assert (layer.kernel_size, layer.strides) == ((3, 5), (2, 1))
    assert type(layer) is layers.Conv2D
    assert isinstance(layers.Conv2D(8, 3), layers.Convolution2D)
    named = layers.Convolution2D(nb_filter=8, nb_row=3, nb_col=5)
    assert named.kernel_size == (3, 5)
    assert layers.Convolution2D(8, (3, 3), strides=2).strides == (2, 2)
    # Keras 3 reads Conv2D(8, 3, 2) as kernel 3, strides 2.
    assert layers.Conv2D(8, 3, 2).strides == (2, 2)


@pytest.mark.parametrize(
    "ones",
    [lambda shape, name: np.ones(shape), lambda shape, name=None: np.ones(shape)],
    ids=["name", "name=None"],
)
def test_own_initializer_of_keras_1_is_called_with_the_shape(ones):
    layer = layers.Dense(3, kernel_initializer=ones)
    layer(X)
    np.testing.assert_array_equal(layer.kernel, np.ones((4, 3)))


def test_dim_ordering_can_be_set():
    try:
        backend.set_image_dim_ordering("th")
        assert backend.image_data_format() == "channels_first"
    finally:
        backend.set_image_dim_ordering("tf")
    with pytest.raises(ValueError, match="dim_ordering"):
        backend.set_image_dim_ordering("channels_last")


def test_k_gradients_of_an_inner_layer_equals_finite_differences():
    model = nbkeras.Sequential(
        [
            nbkeras.Input((4,)),
            layers.Dense(3, activation="tanh", name="inner"),
            layers.Dense(2),
        ]
    )
    inner = model.get_layer("inner").output
    gradient = backend.gradients(model.output[:, 1], inner)[0]
    run = backend.function([model.input], [gradient, inner])
    found, hidden = run([X[:2]])
    kernel = np.asarray(model.layers[-1].kernel)
    np.testing.assert_allclose(found, np.tile(kernel[:, 1], (2, 1)), rtol=1e-6)
    assert hidden.shape == (2, 3)
    loss = backend.mean(backend.square(model.output))
    by_input = backend.function([model.input], backend.gradients(loss, model.input))
    slope = by_input([X[:2]])[0]
    shifted = X[:2].copy()
    shifted[1, 2] += 1e-2
    value = [np.mean(model.predict(x, verbose=0) ** 2) for x in (X[:2], shifted)]
    assert slope[1, 2] == pytest.approx((value[1] - value[0]) / 1e-2, abs=2e-2)


@pytest.mark.parametrize("name", ["x.tf", "plain", "cp-0001.ckpt", "new/folder/w"])
def test_weights_are_saved_under_names_of_tensorflow(tmp_path, name):
    model, other = regression(), regression()
    model.fit(X, Y, verbose=0)
    model.save_weights(str(tmp_path / name))
    other.load_weights(str(tmp_path / name))
    for mine, theirs in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert len(list(tmp_path.rglob("*.weights.h5"))) == 1


@pytest.mark.parametrize(
    ("method", "advice"), [("to_yaml", "to_json"), ("export", r"model\.save")]
)
def test_methods_that_left_say_what_to_write(method, advice):
    with pytest.raises(RuntimeError, match=advice):
        getattr(regression(), method)()


def test_arrays_of_python_numbers_are_numbers():
    mixed = X.astype(object)
    mixed[:, 1] = [True, False] * 10
    numbers = mixed.astype("float32")
    model = regression()
    np.testing.assert_array_equal(model.predict(mixed), model.predict(numbers))
    model.fit(mixed, Y.astype(object), verbose=0)
    mixed[3, 0] = None
    with pytest.raises(ValueError, match="holds None, first in row 3"):
        model.predict(mixed)


@pytest.mark.parametrize(
    ("name", "arguments", "l1", "l2"),
    [
        ("activity_l1", (0.1,), 0.1, 0),
        ("activity_l2", (), 0, 0.01),
        ("activity_l1l2", (), 0.01, 0.01),
        ("l1l2", (0.1, 0.2), 0.1, 0.2),
        ("WeightRegularizer", (0.1,), 0.1, 0),
        ("ActivityRegularizer", (0.1, 0.2), 0.1, 0.2),
    ],
)
def test_regularizers_of_keras_1_are_sums_over_the_weights(name, arguments, l1, l2):
    penalty = getattr(nbkeras.regularizers, name)(*arguments)(X[:2])
    expected = l1 * np.abs(X[:2]).sum() + l2 * np.square(X[:2]).sum()
    np.testing.assert_allclose(penalty, expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("name", "value"),
    [("class_mode", "binary"), ("sample_weight_mode", "temporal")],
)
def test_old_arguments_of_compile_are_dropped(name, value):
    model = regression()
    model.compile("sgd", "mse", **{name: value})
    assert len(model.fit(X, Y, verbose=0).history["loss"]) == 1
