"""The exported code, run by real Keras."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from nbkeras.analysis.playground import datasets
from nbkeras.analysis.playground.experiment import Experiment
from nbkeras.analysis.playground.features import features_of
from nbkeras.analysis.playground.settings import Settings

pytest.importorskip("keras")

RUN = """
import json, sys
import numpy as np
codes = json.load(sys.stdin)
results = []
for code, x, y in codes:
    names = {}
    if x is not None:
        names = {"x": np.array(x), "y": np.array(y)}
    exec(code, names)
    features, targets = names["features"], names["targets"]
    num_train, model = names["num_train"], names["model"]
    results.append({
        "predictions": model.predict(features, verbose=0).tolist(),
        "points": names["points"].tolist(),
        "loss": [float(v) for v in np.ravel(model.evaluate(
            features[num_train:], targets[num_train:], verbose=0))],
        "optimizer": type(model.optimizer).__name__,
        "rate": float(model.optimizer.learning_rate),
        "penalties": float(sum(model.losses)) if model.losses else 0.0,
        "weights": [w.tolist() for w in model.get_weights()],
    })
print("RESULTS", json.dumps(results))
"""
X = np.array([[0, 10], [3, 12], [5, 40], [9, 33], [4, 20], [7, 18.5]])
KINDS = np.array(["b", "a", "c", "a", "b", "c"])
CASES = {
    "spiral": ({"data": "spiral", "noise": 0.2, "layers": [4, 3], "seed": 3}, None),
    "no hidden layer": ({"layers": [], "features": ["x1_x2", "sin_x2"]}, None),
    "regression": ({"problem": "regression", "data": "gaussians", "layers": [3]}, None),
    "penalty": ({"regularization": "l2", "regularization_rate": 0.03}, None),
    "drawn": (
        {"data": "drawn", "points": [(1.5, 2, 0), (-1, 0.25, 1), (3, -3, 2)] * 4},
        None,
    ),
    "own classes": ({"data": "own", "layers": [4], "train_ratio": 0.5}, KINDS),
    "own numbers": ({"data": "own", "problem": "regression"}, X[:, 0] / 3),
    "adam": ({"optimizer": "adam", "learning_rate": 0.02, "activation": "gelu"}, None),
}


@pytest.fixture(scope="module")
def results():
    """{name: (experiment, what Keras made of its code)}."""
    experiments, codes = [], []
    for values, y in CASES.values():
        own = None if y is None else datasets.own(X, y, values.get("problem"))
        experiment = Experiment(Settings.of(**values), own)
        experiment.train(20)
        experiment.close()
        arrays = [None, None] if y is None else [X.tolist(), y.tolist()]
        experiments.append(experiment)
        codes.append([experiment.keras_code(), *arrays])
    process = subprocess.run(
        [sys.executable, "-c", RUN],
        input=json.dumps(codes),
        env=os.environ | {"KERAS_BACKEND": "jax"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr[-2000:]
    line = process.stdout.split("RESULTS", 1)[1]
    return dict(
        zip(CASES, zip(experiments, json.loads(line), strict=True), strict=True)
    )


@pytest.mark.parametrize("name", CASES)
def test_keras_has_the_same_points_weights_and_answers(name, results):
    experiment, keras = results[name]
    order = np.concatenate([experiment.train_rows, experiment.test_rows])
    points = experiment.data.points[order]
    np.testing.assert_allclose(keras["points"], points, rtol=1e-12, atol=1e-12)
    for ours, theirs in zip(experiment.weights(), keras["weights"], strict=True):
        np.testing.assert_array_equal(ours, np.array(theirs, "float32"))
    x = features_of(points, experiment.settings.features)
    expected = experiment.model.predict(x, verbose=0)
    np.testing.assert_allclose(keras["predictions"], expected, atol=2e-6)


@pytest.mark.parametrize("name", CASES)
def test_keras_has_the_same_test_loss_and_penalty(name, results):
    experiment, keras = results[name]
    losses = experiment.look().losses
    expected = losses["test_loss"] + keras["penalties"]
    assert keras["loss"][0] == pytest.approx(expected, rel=1e-4)
    if experiment.kind != "regression":
        assert keras["loss"][1] == pytest.approx(losses["test_accuracy"])
    assert (keras["penalties"] > 0) == (name == "penalty")


@pytest.mark.parametrize("name", CASES)
def test_keras_has_the_same_optimizer(name, results):
    experiment, keras = results[name]
    assert keras["optimizer"] == experiment.settings.optimizer
    assert keras["rate"] == pytest.approx(experiment.settings.learning_rate)
