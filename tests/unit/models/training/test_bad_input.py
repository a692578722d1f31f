"""Data and models that cannot work: one clear error each, and the model as it was."""

import itertools

import numpy as np
import pytest

from nbkeras import Input, Sequential
from nbkeras.core.notices import NbkerasNotice
from nbkeras.layers import (
    Conv2D,
    Dense,
    Embedding,
    Flatten,
    MaxPooling2D,
    Reshape,
)

RNG = np.random.default_rng(0)
X = RNG.normal(size=(24, 4)).astype("float32")
LABELS = (np.arange(24) % 3).astype("int32")
ONE_HOT = np.eye(3, dtype="float32")[LABELS]
LINE = X[:, :1] * 2


def with_value(array, at, value):
    changed = np.array(array)
    changed[at] = value
    return changed


SPARSE, ONES, BINARY, MSE = (
    "sparse_categorical_crossentropy",
    "categorical_crossentropy",
    "binary_crossentropy",
    "mse",
)


@pytest.fixture(scope="module")
def models():
    """(units, activation, loss) -> a compiled model, the same each time."""
    made = {}

    def get(units, activation, loss):
        key = units, activation, loss
        if key not in made:
            made[key] = Sequential([Input((4,)), Dense(units, activation)])
            made[key].compile("sgd", loss)
        return made[key]

    return get


THREE = (3, "softmax", SPARSE)
ONE = (1, None, MSE)
LONG = np.array([0, 2**40] * 12)


def generator(*batches, forever=False):
    def make():
        yield from itertools.cycle(batches) if forever else batches

    return make()


# name: (model, arguments of fit, what the message must say)
FIT = {
    "NaN in x": (THREE, (with_value(X, (5, 2), np.nan), LABELS), r"x has 1 value that is NaN.*x\[5, 2\].*nan_to_num"),
    "infinity in x": (THREE, (with_value(X, (3, 0), np.inf), LABELS), r"NaN or infinite.*x\[3, 0\]"),
    "NaN in y": (ONE, (X, with_value(LINE, 7, np.nan)), r"y has 1 value that is NaN.*y\[7, 0\]"),
    "huge x": (THREE, (X * 1e30, LABELS), r"overflow float32.*x = x /"),
    "label too large": (THREE, (X, with_value(LABELS, 4, 7)), r"labels run 0\.\.7 but the last layer has 3 units \(expects 0\.\.2\)"),
    "label -1": (THREE, (X, with_value(LABELS, 4, -1)), r"labels run -1\.\.2.*np\.unique"),
    "labels from 1": (THREE, (X, LABELS + 1), r"labels run 1\.\.3 but.*y = y - 1"),
    "labels with a fraction": (THREE, (X, LABELS * 0.7), r"fractional values.*loss='mse'"),
    "text labels": (THREE, (X, np.array(["cat", "dog", "cow"] * 8)), r"found: 'cat', 'cow', 'dog'.*np\.unique"),
    "labels as objects": (THREE, (X, np.array(["cat", "dog", "cow"] * 8, object)), r"found: 'cat', 'cow', 'dog'"),
    "text x": (THREE, (X.astype(str), LABELS), r"x holds text.*astype\('float32'\)"),
    "objects in x": (THREE, (np.full(X.shape, None), LABELS), r"holds None, first in row 0"),
    "ragged list": (THREE, ([[1, 2, 3, 4], [1, 2, 3]] * 12, LABELS), r"row 0 has the shape \(4,\), row 1 has \(3,\)"),
    "one-hot with the sparse loss": (THREE, (X, ONE_HOT), r"loss='categorical_crossentropy'"),
    "numbers with the one-hot loss": ((3, "softmax", ONES), (X, LABELS), r"loss='sparse_categorical_crossentropy'"),
    "numbers with three sigmoids": ((3, "sigmoid", BINARY), (X, LABELS), r"sparse_categorical_crossentropy"),
    "one unit softmax": ((1, "softmax", BINARY), (X, LABELS % 2), r"softmax over 1 unit.*sigmoid"),
    "one unit and sparse": ((1, "sigmoid", SPARSE), (X, LABELS % 2), r"loss='binary_crossentropy'"),
    "three columns for one unit": (ONE, (X, ONE_HOT), r"y has the shape \(24, 3\) and the output.*Dense\(3\)"),
    "one-hot of another width": ((3, "softmax", ONES), (X, np.eye(5)[LABELS]), r"5 columns and the last layer 3 units"),
    "binary labels 1 and 2": ((1, "sigmoid", BINARY), (X, LABELS % 2 + 1), r"labels run 1\.\.2.*y = y - 1"),
    "binary labels -1 and 1": ((1, "sigmoid", BINARY), (X, LABELS % 2 * 2 - 1), r"\(y \+ 1\) / 2"),
    "three classes for one sigmoid": ((1, "sigmoid", BINARY), (X, LABELS), r"labels run 0\.\.2.*softmax"),
    "fewer labels": (THREE, (X, LABELS[:20]), r"x has 24, y has 20.*x\[:20\]"),
    "fewer weights": (THREE, dict(x=X, y=LABELS, sample_weight=np.ones(20)), r"sample_weight has 20"),
    "weights of three columns": (THREE, dict(x=X, y=LABELS, sample_weight=np.ones((24, 3))), r"shape \(24, 3\).*one value for each row.*shape \(24,\) are needed.*sample_weight\[:, 0\].*class_weight="),
    "weights with an axis too many": (THREE, dict(x=X, y=LABELS, sample_weight=np.ones((24, 1, 1))), r"\(24, 1, 1\).*sample_weight\.reshape\(-1\)"),
    "validation weights of three columns": (THREE, dict(x=X, y=LABELS, validation_data=(X, LABELS, np.ones((24, 3)))), r"In validation_data: sample_weight has the shape \(24, 3\)"),
    "a class weight below 0": (THREE, dict(x=X, y=LABELS, class_weight={0: 1.0, 1: -1}), r"that of class 1 is -1\. Write for example fit\(class_weight=\{0: 1\.0, 1: 1\.0\}\)"),
    "an endless class weight": (THREE, dict(x=X, y=LABELS, class_weight={0: np.inf}), r"finite numbers of at least 0.*fit\(class_weight=\{0: 1\.0\}\)"),
    "class_weight on a regression": (ONE, dict(x=X, y=LINE + 0.25, class_weight={0: 1.0, 1: 2.0}), r"the loss is a regression loss: y holds quantities, not classes \(y\[0, 0\] is .*sample_weight=np\.where"),
    "class_weight on two quantities": ((2, None, MSE), dict(x=X, y=X[:, :2], class_weight={0: 2.0}), r"columns of y\[0\] do not add up to 1"),
    "wrong number of features": (THREE, (X[:, :3], LABELS), r"It has 3 features, 4 are needed"),
    "one column": (THREE, (X[:, 0], LABELS), r"the model takes \(None, 4\)"),
    "one column of another length": (THREE, (np.arange(24.0), LABELS), r"one-dimensional: 24 rows of one number each, and 4 numbers a row.*Input\(\(1,\)\)"),
    "no batch axis": (THREE, (X[0], LABELS[:4]), r"single example: write x\[None\]"),
    "no rows": (THREE, (X[:0], LABELS[:0]), r"has no rows"),
    "batch_size 0": (THREE, dict(x=X, y=LABELS, batch_size=0), r"batch_size=32"),
    "batch_size -1": (THREE, dict(x=X, y=LABELS, batch_size=-1), r"batch_size must be a positive integer"),
    "batch_size 2.5": (THREE, dict(x=X, y=LABELS, batch_size=2.5), r"batch_size must be a positive integer"),
    "batch_size text": (THREE, dict(x=X, y=LABELS, batch_size="32"), r"batch_size must be a positive integer"),
    "epochs -1": (THREE, dict(x=X, y=LABELS, epochs=-1), r"epochs must be an integer of at least 0"),
    "epochs 1.5": (THREE, dict(x=X, y=LABELS, epochs=1.5), r"epochs must be an integer"),
    "validation_split 1.0": (THREE, dict(x=X, y=LABELS, validation_split=1.0), r"validation_split=0\.2"),
    "validation_split 1.5": (THREE, dict(x=X, y=LABELS, validation_split=1.5), r"validation_split=0\.2"),
    "validation_split -0.2": (THREE, dict(x=X, y=LABELS, validation_split=-0.2), r"at least 0 and below 1"),
    "steps_per_epoch 0": (THREE, dict(x=X, y=LABELS, steps_per_epoch=0), r"steps_per_epoch=100"),
    "validation_data one array": (THREE, dict(x=X, y=LABELS, validation_data=X), r"validation_data=\(x_val, y_val\)"),
    "validation_data of four": (THREE, dict(x=X, y=LABELS, validation_data=(X,) * 4), r"has 4 parts"),
    "validation labels out of range": (THREE, dict(x=X, y=LABELS, validation_data=(X, LABELS + 5)), r"validation_data.*5\.\.7"),
    "validation of another shape": (THREE, dict(x=X, y=LABELS, validation_data=(X[:, :2], LABELS)), r"validation_data.*2 features"),
    "no y": (THREE, (X,), r"There is no y.*fit\(x, y\)"),
    "no x": (THREE, (None, LABELS), r"x is None"),
    "a number for x": (THREE, (3.0, LABELS), r"single value"),
    "a path for x": (THREE, ("data/train", LABELS), r"image_dataset_from_directory"),
    "y beside a generator": (THREE, (generator((X, LABELS)), LABELS), r"must provide y too"),
    "the function, not the generator": (THREE, (generator,), r"call it: generator\(\)"),
    "an empty generator": (THREE, (generator(),), r"yielded no batch"),
    "a batch of four parts": (THREE, (generator((X, LABELS, LABELS, LABELS)),), r"it has 4 parts"),
    "a generator of x alone": (THREE, (generator((X,)),), r"yield \(x, y\)"),
    "single samples from a generator": (THREE, (generator((X[0], LABELS[0])),), r"single samples"),
    "a cycle without steps": (THREE, (itertools.cycle([(X, LABELS)]),), r"it is endless.*steps_per_epoch=100"),
    "class_weight by names": (THREE, dict(x=X, y=LABELS, class_weight={"cat": 2}), r"keys must be class numbers"),
    "class_weight balanced": (THREE, dict(x=X, y=LABELS, class_weight="balanced"), r"np\.bincount"),
    "integers beyond 32 bits": (THREE, (LONG[:, None].repeat(4, 1), LABELS), r"32-bit"),
    "complex numbers": (THREE, (X * 1j, LABELS), r"x\.real"),
    "dates": (THREE, (np.full((24, 4), "2024-01-01", "M8[D]"), LABELS), r"timedelta64"),
    "an unknown argument": (THREE, dict(x=X, y=LABELS, epoch=3), r"Did you mean 'epochs'"),
    "verbose 3": (THREE, dict(x=X, y=LABELS, verbose=3), r"verbose must be one of"),
    "two inputs for one": (THREE, ([X, X], LABELS), r"x is a list of 2 arrays.*1 input"),
    "a set": (THREE, ({1, 2}, LABELS), r"is not data"),
}  # fmt: skip


def run(model, given):
    options = {} if isinstance(given, tuple) else dict(given)
    values = given if isinstance(given, tuple) else ()
    model.fit(*values, **{"verbose": 0, **options})


@pytest.mark.parametrize("name", FIT)
def test_fit_says_what_is_wrong_and_changes_nothing(models, name):
    kind, given, words = FIT[name]
    model = models(*kind)
    weights, steps, history = model.get_weights(), model._steps_done, model.history
    with pytest.raises((ValueError, TypeError), match=f"(?s){words}"):
        run(model, given)
    for a, b in zip(model.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(a, b)
    assert model._steps_done == steps
    assert model.history is history
    assert model._checkout is None


def test_the_models_of_the_table_still_train(models):
    model = models(*THREE)
    assert model.fit(X, LABELS, verbose=0).epoch == [0]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (dict(x=X, y=LABELS, class_weight={0: 2.0}), "no entry for the classes 1, 2"),
        (dict(x=X, y=LABELS, batch_size=24, steps_per_epoch=5), "has 1 batches"),
        (dict(x=X, y=LABELS, epochs=2, initial_epoch=2), "leaves no epoch to train"),
        (
            dict(x=X, y=np.sort(LABELS), validation_split=0.3),
            "classes that no training row has",
        ),
    ],
)
def test_what_is_only_odd_is_said_and_trains(models, given, words):
    model = models(*THREE)
    with pytest.warns(NbkerasNotice, match=words):
        run(model, given)


@pytest.mark.parametrize("call", ["evaluate", "predict", "predict_on_batch"])
def test_the_other_calls_check_shapes_too(models, call):
    model = models(*THREE)
    given = (X[:, :3], LABELS) if call == "evaluate" else (X[:, :3],)
    with pytest.raises(ValueError, match="It has 3 features, 4 are needed"):
        getattr(model, call)(*given)


@pytest.mark.parametrize("call", ["predict", "predict_on_batch"])
def test_predicting_on_nan_is_said_and_done(models, call):
    words = r"x\[2, 1\]\. The predictions of such rows are NaN"
    with pytest.warns(NbkerasNotice, match=words):
        y = getattr(models(*THREE), call)(with_value(X, (2, 1), np.nan))
    assert np.isnan(y[2]).all()
    assert np.isfinite(np.delete(y, 2, 0)).all()


@pytest.mark.parametrize("call", ["evaluate", "test_on_batch"])
def test_evaluating_on_nan_says_what_would_become_of_the_loss(models, call):
    with pytest.raises(ValueError, match=r"The loss and the metrics would be NaN\."):
        getattr(models(*THREE), call)(with_value(X, (2, 1), np.nan), LABELS)


def test_class_weight_goes_with_mse_on_classes(models):
    table = {0: 1.0, 1: 0.0, 2: 1.0}
    model = models(1, "sigmoid", MSE)
    model.fit(X, LABELS % 2, class_weight=table, verbose=0)
    model = models(3, "softmax", MSE)
    model.fit(X, ONE_HOT * 0.9 + 0.1 / 3, class_weight=table, verbose=0)


@pytest.mark.parametrize("shape", [(6,), (6, 1), (6, 5), (6, 1, 1)])
def test_weights_of_rows_or_steps_fit_an_output_of_steps(shape):
    model = Sequential([Input((5, 4)), Dense(3, "softmax")])
    model.compile("sgd", SPARSE)
    x, y = np.ones((6, 5, 4), "float32"), np.zeros((6, 5), "int32")
    if len(shape) < 3:
        weight = np.arange(1.0, 7)[:, None].repeat(5, 1)[:, : shape[-1]]
        weight = weight[:, 0] if len(shape) == 1 else weight
        mean = model.evaluate(x, y, verbose=0) * 3.5
        loss = model.evaluate(x, y, sample_weight=weight, verbose=0)
        np.testing.assert_allclose(loss, mean, rtol=1e-5)
    else:
        with pytest.raises(ValueError, match=r"shape \(6, 5\) are needed or \(6,\)"):
            model.evaluate(x, y, sample_weight=np.ones(shape), verbose=0)


# name: (what to do, what the message must say)
MODEL = {
    "unknown activation": (lambda: Dense(3, "rellu"), "Did you mean 'relu'"),
    "unknown optimizer": (lambda: compiled("adamm"), "Did you mean 'adam"),
    "unknown loss": (
        lambda: compiled("sgd", "sparse_categorical_crossentropi"),
        "Did you mean 'sparse_categorical_crossentropy'",
    ),
    "unknown metric": (
        lambda: compiled("sgd", "mse", ["acuracy"]),
        "Did you mean 'accuracy'",
    ),
    "unknown initializer": (
        lambda: Dense(3, kernel_initializer="glorot"),
        "Did you mean 'GlorotNormal'",
    ),
    "unknown keyword": (lambda: Dense(3, activaton="relu"), "activation"),
    "unknown padding": (lambda: Conv2D(3, 3, padding="sam"), "same"),
    "kernel larger than the input": (
        lambda: Sequential([Input((2, 2, 1)), Conv2D(3, 3)]),
        "conv2d|kernel",
    ),
    "convolution after Dense": (
        lambda: Sequential([Input((4,)), Dense(3), Conv2D(2, 2)]),
        "ndim|axes|4",
    ),
    "Reshape to another size": (
        lambda: Sequential([Input((4,)), Reshape((3, 2))]),
        "Reshape|reshape",
    ),
    "a class in place of a layer": (
        lambda: Sequential([Dense]),
        r"model\.add\(Dense\(32\)\)",
    ),
    "a word in place of a layer": (lambda: Sequential(["Dense"]), "needs a layer"),
    "the same layer twice": (lambda: twice(Dense(4)), "is already in this model"),
    "two equal names": (
        lambda: Sequential([Dense(4, name="a"), Dense(4, name="a")]),
        "'a_2'",
    ),
    "a second Input": (
        lambda: Sequential([Input((4,)), Dense(2), Input((2,))]),
        "must come first",
    ),
    "fit before compile": (
        lambda: Sequential([Dense(1)]).fit(X, LINE),
        r"model\.compile\(optimizer='adam'",
    ),
    "saving without an input shape": (
        lambda: Sequential([Dense(1)]).save("never.h5"),
        "Input\\(shape=",
    ),
    "pop of nothing": (lambda: Sequential().pop(), "Add one first"),
    "a layer that is not there": (
        lambda: Sequential([Dense(1, name="out")]).get_layer("ou"),
        "Did you mean 'out'",
    ),
}


def compiled(*given):
    model = Sequential([Input((4,)), Dense(1)])
    model.compile(*given)


def twice(layer):
    Sequential([layer, layer])


@pytest.mark.parametrize("name", MODEL)
def test_a_model_that_cannot_work_says_so_where_it_is_written(name):
    make, words = MODEL[name]
    with pytest.raises((ValueError, TypeError, RuntimeError), match=f"(?s){words}"):
        make()


def test_a_compile_that_fails_leaves_the_one_before():
    model = Sequential([Input((4,)), Dense(1)])
    model.compile("sgd", "mse")
    optimizer = model.optimizer
    with pytest.raises(ValueError, match="Did you mean"):
        model.compile("adam", "msee")
    assert model.optimizer is optimizer
    model.fit(X, LINE, verbose=0)


def test_a_shape_mistake_names_the_layer_and_the_line_that_made_it():
    with pytest.raises(ValueError, match=r"(?i)kernel|window|pool|shape") as caught:
        Sequential(
            [
                Input((6, 6, 1)),
                Conv2D(2, 3, name="first"),
                MaxPooling2D(2, name="second"),
                Conv2D(2, 3, name="too_large"),
            ]
        )
    text = str(caught.value) + "".join(getattr(caught.value, "__notes__", []))
    assert "too_large" in text
    assert "test_bad_input.py" in text
    assert 'Conv2D(2, 3, name="too_large")' in text


def test_a_first_fit_on_wrong_data_does_not_fix_the_models_shape():
    model = Sequential([Conv2D(2, 3), Flatten(), Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match=r"(?i)axes|ndim|shape|dim"):
        model.fit(X, LINE, verbose=0)
    pictures = RNG.normal(size=(8, 5, 5, 1)).astype("float32")
    model.fit(pictures, LINE[:8], verbose=0)
    assert model.layers[0].kernel.shape == (3, 3, 1, 2)


def test_wrong_targets_of_a_first_fit_leave_it_as_it_was():
    model = Sequential([Dense(2, "relu"), Dense(3, "softmax")])
    model.compile("sgd", SPARSE)
    with pytest.raises(ValueError, match="labels run"):
        model.fit(X, LABELS + 4, verbose=0)
    model.fit(X, LABELS, verbose=0)


def test_a_word_out_of_the_vocabulary_is_not_trained_on_silently():
    model = Sequential([Input((2,)), Embedding(5, 2), Flatten(), Dense(1)])
    model.compile("sgd", "mse")
    words = np.array([[1, 2], [3, 9]])
    with pytest.raises(
        ValueError, match=r"from 1 to 9.*5 entries, 0 to 4.*Embedding\(10, "
    ):
        model.fit(words, np.zeros((2, 1)), verbose=0)


def test_layers_that_change_after_a_fit_train_on_in_their_new_form():
    model = Sequential([Input((4,)), Dense(5, "relu"), Dense(1)])
    model.compile("adam", "mse")
    model.fit(X, LINE, verbose=0)
    kept = model.layers[0].get_weights()[0]
    model.pop()
    model.add(Dense(2))
    model.fit(X, np.zeros((24, 2)), verbose=0)
    assert model.predict(X, verbose=0).shape == (24, 2)
    assert not np.array_equal(model.layers[0].get_weights()[0], kept)
