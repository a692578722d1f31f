"""Losses in the structure of nested outputs, against real Keras."""

import keras
import numpy as np
import pytest

import nbkeras

DRAW = np.random.default_rng(0)
X = DRAW.normal(size=(8, 3)).astype("float32")
Y = [DRAW.normal(size=(8, 1)).astype("float32") for _ in range(4)]


def model_of(library):
    """{"a": (y1, y2), "b": {"b1": y3, "b2": y4}} with equal weights in both."""
    x = library.Input((3,))
    y1, y2, y3, y4 = (
        library.layers.Dense(
            1, name=f"y{number}", kernel_initializer=_fixed(library, number)
        )(x)
        for number in range(1, 5)
    )
    return library.Model(x, {"a": (y1, y2), "b": {"b1": y3, "b2": y4}})


def _fixed(library, number):
    return library.initializers.Constant(number / 10)


def targets():
    return {"a": (Y[0], Y[1]), "b": {"b1": Y[2], "b2": Y[3]}}


def of_pair(y_true, y_pred):
    """A loss on both outputs of "a" at once."""
    return abs(y_true[0] - y_pred[0]) + 2 * (y_true[1] - y_pred[1]) ** 2


def of_keys(y_true, y_pred):
    return abs(y_true["b1"] - y_pred["b1"]) * abs(y_true["b2"] - y_pred["b2"])


CASES = {
    "one for all": ("mse", None),
    "in the structure": (
        {"a": ("mse", "mae"), "b": {"b1": "mse", "b2": "mae"}},
        {"a": (0.5, 2.0), "b": {"b1": 3.0, "b2": 0.1}},
    ),
    "some left out": ({"a": (None, "mae"), "b": {"b1": "mse"}}, None),
    "on several at once": (
        {"a": [of_pair, (None, "mae")], "b": [of_keys, {"b1": "mse"}]},
        None,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_nested_losses_are_those_of_keras_by_name_and_value(case):
    histories = []
    for library in (nbkeras, keras):
        model = model_of(library)
        loss, loss_weights = CASES[case]
        model.compile("sgd", loss=loss, loss_weights=loss_weights)
        fit = model.fit(X, targets(), batch_size=4, epochs=2, shuffle=False, verbose=0)
        histories.append(fit.history)
    ours, theirs = histories
    assert set(ours) == set(theirs)
    for name, values in theirs.items():
        np.testing.assert_allclose(ours[name], values, rtol=1e-4, err_msg=name)


def test_a_loss_in_a_list_of_its_own_counts_as_that_loss():
    x = nbkeras.Input((3,))
    model = nbkeras.Model(x, [nbkeras.layers.Dense(1)(x), nbkeras.layers.Dense(1)(x)])
    values = []
    for loss in (["mse", ["mae"]], ["mse", "mae"]):
        model.compile("sgd", loss=loss, loss_weights=[0.1, 2])
        values.append(model.evaluate(X, Y[:2], verbose=0))
    assert values[0] == values[1]


@pytest.mark.parametrize(
    ("loss", "advice"),
    [
        ({"a": "mse", "b": {"b1": "mse"}}, "Give one for each in their structure"),
        ({"a": ("mse", "mae"), "c": "mse"}, r"loss\['c'\] is for no output"),
        ({"a": ("mse", "mae"), "b": {"b3": "mse"}}, "it has the keys 'b1', 'b2'"),
    ],
)
def test_a_nested_loss_for_no_output_is_refused(loss, advice):
    with pytest.raises(ValueError, match=advice):
        model_of(nbkeras).compile("sgd", loss=loss)


def test_a_loss_for_no_output_is_a_key_error_too():
    with pytest.raises(KeyError, match="is for no output of the model"):
        model_of(nbkeras).compile("sgd", loss={"y11": "mse"})


@pytest.mark.parametrize("name", ["crossentropy", "ce"])
@pytest.mark.parametrize(
    ("units", "y", "form"),
    [
        (1, np.ones((8, 1)), "binary_crossentropy"),
        (3, np.arange(8) % 3, "sparse_categorical_crossentropy"),
        (3, np.eye(3)[np.arange(8) % 3], "categorical_crossentropy"),
    ],
)
def test_crossentropy_finds_its_form_from_the_shapes(name, units, y, form):
    activation = "sigmoid" if units == 1 else "softmax"
    model = nbkeras.Sequential(
        [nbkeras.Input((3,)), nbkeras.layers.Dense(units, activation)]
    )
    values = []
    for loss in (name, form):
        model.compile("sgd", loss)
        values.append(model.evaluate(X, y.astype("float32"), verbose=0))
    assert values[0] == values[1]
