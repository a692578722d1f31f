"""Models as estimators of scikit-learn."""

import numpy as np
import pytest
from sklearn.base import clone, is_classifier
from sklearn.model_selection import GridSearchCV, cross_val_score

import nbkeras
from nbkeras.wrappers import KerasClassifier, KerasRegressor

RNG = np.random.default_rng(0)
X = np.concatenate([RNG.normal(-2, 1, (30, 2)), RNG.normal(2, 1, (30, 2))])
NAMES = np.array(["cat"] * 30 + ["dog"] * 30)
SETTINGS = {"epochs": 15, "batch_size": 10, "verbose": 0}


def classifier(units=4, loss="sparse_categorical_crossentropy"):
    layers = nbkeras.layers
    last = (
        layers.Dense(1, activation="sigmoid")
        if loss == "binary_crossentropy"
        else layers.Dense(2, activation="softmax")
    )
    model = nbkeras.Sequential(
        [nbkeras.Input((2,)), layers.Dense(units, activation="relu"), last]
    )
    model.compile(nbkeras.optimizers.Adam(0.05), loss, metrics=["accuracy"])
    return model


@pytest.mark.parametrize(
    "loss",
    [
        "sparse_categorical_crossentropy",
        "categorical_crossentropy",
        "binary_crossentropy",
    ],
)
def test_classes_of_any_kind_are_learnt_and_given_back(loss):
    made = KerasClassifier(build_fn=classifier, loss=loss, **SETTINGS).fit(X, NAMES)
    assert made.classes_.tolist() == ["cat", "dog"]
    p = made.predict_proba(X)
    assert p.shape == (60, 2)
    np.testing.assert_allclose(p.sum(axis=1), 1, atol=1e-5)
    assert set(made.predict(X)) <= {"cat", "dog"}
    assert made.score(X, NAMES) == np.mean(made.predict(X) == NAMES) > 0.9


def test_cross_validation_and_grid_search_take_it():
    made = KerasClassifier(build_fn=classifier, **SETTINGS)
    assert is_classifier(made)
    assert cross_val_score(made, X, NAMES, cv=2).min() > 0.8
    search = GridSearchCV(made, {"units": [2, 6]}, cv=2).fit(X, NAMES)
    assert search.best_params_["units"] in (2, 6)


def test_one_hot_labels_are_scored_as_the_classes_they_mark():
    one_hot = np.eye(2)[(NAMES == "dog").astype(int)]
    made = KerasClassifier(
        build_fn=classifier, loss="categorical_crossentropy", **SETTINGS
    ).fit(X, one_hot)
    assert made.score(X, one_hot) == np.mean(made.predict(X) == one_hot.argmax(1)) > 0.9
    assert cross_val_score(made, X[::-1], one_hot[::-1], cv=2).shape == (2,)
    assert made.model is made.model_


def test_a_clone_has_equal_settings_and_no_model():
    made = KerasClassifier(classifier, units=3, **SETTINGS)
    again = clone(made)
    assert again.get_params() == {"build_fn": classifier, "units": 3, **SETTINGS}
    assert not hasattr(again, "model_")


def test_the_old_name_of_epochs_is_understood():
    assert KerasClassifier(classifier, nb_epoch=3).get_params()["epochs"] == 3


def test_a_setting_that_nobody_takes_is_refused():
    with pytest.raises(ValueError, match=r"build_fn takes: units, loss"):
        KerasClassifier(build_fn=classifier, unitz=3).fit(X, NAMES)


def test_a_missing_build_fn_says_what_to_write():
    with pytest.raises(ValueError, match=r"KerasClassifier\(build_fn=make_model"):
        KerasClassifier().fit(X, NAMES)


def test_a_regressor_gives_one_value_for_each_row():
    def regressor():
        model = nbkeras.Sequential([nbkeras.Input((2,)), nbkeras.layers.Dense(1)])
        model.compile(nbkeras.optimizers.Adam(0.1), "mse")
        return model

    y = X @ [1.0, -2.0] + 3
    made = KerasRegressor(regressor, epochs=40, verbose=0).fit(X, y)
    assert made.predict(X).shape == (60,)
    assert made.score(X, y) > 0.9
