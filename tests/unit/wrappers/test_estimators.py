"""The estimators of Keras 3: their arguments, and scikit-learn's rules for them."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

import nbkeras
from nbkeras.wrappers import SKLearnClassifier, SKLearnRegressor, SKLearnTransformer

RNG = np.random.default_rng(0)
X = np.concatenate([RNG.normal(-2, 1, (30, 2)), RNG.normal(2, 1, (30, 2))])
NAMES = np.array(["cat"] * 30 + ["dog"] * 30)
FIT = {"epochs": 15, "verbose": 0}


def network(X, y, loss="categorical_crossentropy", units=4):
    last = "softmax" if loss == "categorical_crossentropy" else None
    model = nbkeras.Sequential(
        [
            nbkeras.Input((X.shape[1],)),
            nbkeras.layers.Dense(units, activation="relu"),
            nbkeras.layers.Dense(y.shape[1], activation=last),
        ]
    )
    model.compile(nbkeras.optimizers.Adam(0.05), loss)
    return model


def test_classifier_learns_names_and_gives_them_back():
    nbkeras.utils.set_random_seed(0)
    classifier = SKLearnClassifier(network, fit_kwargs=FIT).fit(X, NAMES)
    assert classifier.classes_.tolist() == ["cat", "dog"]
    assert classifier.score(X, NAMES) > 0.9
    outputs = classifier.decision_function(X)
    assert outputs.shape == (60, 2)
    np.testing.assert_array_equal(
        classifier.classes_[outputs.argmax(1)], classifier.predict(X)
    )


def test_regressor_gives_flat_values_for_flat_targets():
    y = X @ [1.0, -2.0]
    regressor = SKLearnRegressor(network, model_kwargs={"loss": "mse"}, fit_kwargs=FIT)
    assert regressor.fit(X, y, epochs=40).predict(X).shape == (60,)
    assert len(regressor.history_.epoch) == 40
    assert regressor.score(X, y) > 0.8


def test_transformer_feeds_the_next_step_of_a_pipeline():
    step = SKLearnTransformer(network, model_kwargs={"loss": "mse"}, fit_kwargs=FIT)
    assert step.fit(X).transform(X).shape == (60, 2)
    pipe = make_pipeline(step, LogisticRegression())
    assert pipe.fit(X, NAMES == "dog").score(X, NAMES == "dog") > 0.9


def test_model_itself_is_cloned_for_each_fit():
    model = network(X, np.zeros((1, 2)))
    before = model.get_weights()
    classifier = SKLearnClassifier(model, fit_kwargs=FIT).fit(X, NAMES)
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    assert classifier.model_ is not model
    warm = SKLearnClassifier(model, warm_start=True, fit_kwargs=FIT).fit(X, NAMES)
    assert warm.model_ is warm.fit(X, NAMES).model_ is model


def test_grid_search_tries_arguments_of_the_function():
    classifier = SKLearnClassifier(network, fit_kwargs=FIT)
    grid = {"model_kwargs": [{"units": 2}, {"units": 6}]}
    assert GridSearchCV(classifier, grid, cv=2).fit(X, NAMES).best_score_ > 0.8
    assert clone(classifier).get_params() == classifier.get_params()


@pytest.mark.parametrize(
    ("act", "error", "words"),
    [
        (lambda: SKLearnClassifier(network).predict(X), NotFittedError, "not fitted"),
        (
            lambda: SKLearnClassifier(network).fit(X, np.zeros(60)),
            ValueError,
            "only one class",
        ),
        (
            lambda: SKLearnClassifier(network).fit(X, X[:, 0]),
            ValueError,
            "SKLearnRegressor for quantities",
        ),
        (
            lambda: SKLearnRegressor(network).fit(np.full((4, 2), np.nan), np.ones(4)),
            ValueError,
            "NaN",
        ),
        (
            lambda: SKLearnRegressor(
                nbkeras.Sequential([nbkeras.Input((2,)), nbkeras.layers.Dense(1)])
            ).fit(X, X[:, 0]),
            RuntimeError,
            "not compiled",
        ),
    ],
)
def test_mistakes_are_refused_in_words(act, error, words):
    with pytest.raises(error, match=words):
        act()
