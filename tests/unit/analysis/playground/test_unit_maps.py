"""Unit maps, losses and accuracies, against NumPy by hand."""

import numpy as np
import pytest

from nbkeras.analysis.playground.experiment import Experiment
from nbkeras.analysis.playground.features import FEATURES, features_of
from nbkeras.analysis.playground.settings import ACTIVATIONS, Settings
from nbkeras.analysis.playground.unit_maps import (
    OUTPUT_SIDE,
    SIDE,
    feature_maps,
    grid,
)

FUNCTIONS = {
    "tanh": np.tanh,
    "relu": lambda x: np.maximum(x, 0),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "linear": lambda x: x,
}


def by_hand(experiment, points):
    """(outputs of each hidden layer, of the output layer), in float64."""
    x = features_of(points, experiment.settings.features).astype(float)
    weights = [w.astype(float) for w in experiment.weights()]
    hidden = []
    for kernel, bias in zip(weights[:-2:2], weights[1:-2:2], strict=True):
        x = FUNCTIONS[experiment.settings.activation](x @ kernel + bias)
        hidden.append(x)
    z = x @ weights[-2] + weights[-1]
    if experiment.kind == "binary":
        z = 1 / (1 + np.exp(-z))
    elif experiment.kind == "classes":
        z = np.exp(z - z.max(axis=1, keepdims=True))
        z /= z.sum(axis=1, keepdims=True)
    return hidden, z


def with_weights(**values):
    """An experiment with large random weights, as after long training."""
    experiment = Experiment(Settings.of(**values))
    rng = np.random.default_rng(1)
    weights = [rng.normal(size=w.shape).astype("float32") for w in experiment.weights()]
    experiment.model.set_weights(weights)
    return experiment


def values_of(maps, top):
    return (maps.astype(float) - 128) / 127 * top


@pytest.mark.parametrize("activation", FUNCTIONS)
def test_each_map_is_the_output_of_its_unit(activation):
    experiment = with_weights(
        data="spiral", layers=[5, 3], activation=activation, features=["x2", "sin_x1"]
    )
    maps = experiment.look()
    hidden, output = by_hand(experiment, grid(SIDE))
    expected = np.concatenate([*hidden, 2 * output - 1], axis=1).T
    sizes = [*np.abs(expected[:-1]).max(axis=1), 1.0]
    np.testing.assert_allclose(maps.tops, sizes, rtol=1e-5)
    for shown, top, values in zip(maps.units, maps.tops, expected, strict=True):
        steps = np.abs(values_of(shown, top).ravel() - values) / (top or 1) * 127
        assert steps.max() <= 0.51


def test_the_output_is_what_the_model_predicts_on_a_finer_grid():
    experiment = with_weights(data="circle", layers=[4])
    maps = experiment.look()
    x = features_of(grid(OUTPUT_SIDE), experiment.settings.features)
    expected = 2 * experiment.model.predict(x, verbose=0)[:, 0] - 1
    shown = values_of(maps.output[0], 1.0).ravel()
    assert np.abs(shown - expected).max() <= 0.51 / 127


def test_of_more_classes_the_output_is_the_winner_and_its_probability():
    points = [(a, b, (a > 0) + 2 * (b > 0)) for a in (-3, -1, 2) for b in (-2, 1, 3)]
    experiment = with_weights(data="drawn", points=points, layers=[6])
    maps = experiment.look()
    _, expected = by_hand(experiment, grid(OUTPUT_SIDE))
    winner, probability = (part.ravel() for part in maps.output)
    best = np.sort(expected, axis=1)
    is_clear = best[:, -1] - best[:, -2] > 1e-5
    np.testing.assert_array_equal(winner[is_clear], expected.argmax(axis=1)[is_clear])
    assert np.abs(probability / 255 - expected.max(axis=1)).max() <= 0.51 / 255
    assert maps.units.shape == (6 + 4, SIDE, SIDE)


def losses_by_hand(experiment, rows):
    _, output = by_hand(experiment, experiment.data.points[rows])
    y = experiment.data.targets[rows]
    if experiment.kind == "regression":
        return np.mean((output[:, 0] - y) ** 2), np.nan
    if experiment.kind == "binary":
        p = np.where(y == 1, output[:, 0], 1 - output[:, 0])
        return np.mean(-np.log(p)), np.mean((output[:, 0] > 0.5) == y)
    p = output[np.arange(len(y)), y]
    return np.mean(-np.log(p)), np.mean(output.argmax(axis=1) == y)


@pytest.mark.parametrize(
    "values",
    [
        {"data": "gaussians", "noise": 0.3},
        {"problem": "regression", "data": "gaussians", "train_ratio": 0.7},
        {
            "data": "drawn",
            "points": [(a, b, a % 3) for a in range(5) for b in (-2, 0.5, 3)],
        },
    ],
)
def test_losses_and_accuracies_are_means_over_each_part(values):
    experiment = with_weights(**values)
    losses = experiment.look().losses
    for name, rows in (
        ("train", experiment.train_rows),
        ("test", experiment.test_rows),
    ):
        loss, accuracy = losses_by_hand(experiment, rows)
        assert losses[f"{name}_loss"] == pytest.approx(loss, rel=1e-4)
        assert losses[f"{name}_accuracy"] == pytest.approx(accuracy, nan_ok=True)


def test_losses_are_those_of_evaluate():
    experiment = with_weights(data="xor", layers=[3])
    x = features_of(experiment.data.points, experiment.settings.features)
    rows = experiment.test_rows
    expected = experiment.model.evaluate(
        x[rows], experiment.data.targets[rows], verbose=0
    )
    assert experiment.look().losses["test_loss"] == pytest.approx(expected, rel=1e-4)


def test_without_test_rows_the_test_loss_is_not_a_number():
    losses = Experiment(Settings.of(data="drawn", points=[(1, 1, 0)])).look().losses
    assert np.isnan(losses["test_loss"])
    assert np.isfinite(losses["train_loss"])


def test_rows_of_a_map_run_from_high_to_low_x2():
    points = grid(3)
    assert points[0].tolist() == [-4, 4]
    assert points[2].tolist() == [4, 4]
    assert points[-1].tolist() == [4, -4]


def test_feature_maps_are_scaled_to_their_largest_value():
    maps = feature_maps()
    values = features_of(grid(SIDE), FEATURES).T.reshape(-1, SIDE, SIDE)
    for shown, expected in zip(maps, values, strict=True):
        scaled = expected / np.abs(expected).max()
        assert np.abs((shown.astype(float) - 128) / 127 - scaled).max() <= 0.51 / 127


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_on_the_menu_acts_on_each_unit_alone(activation):
    experiment = Experiment(Settings.of(layers=[3, 2], activation=activation))
    x = features_of(grid(OUTPUT_SIDE), experiment.settings.features)
    expected = 2 * experiment.model.predict(x, verbose=0)[:, 0] - 1
    shown = values_of(experiment.look().output[0], 1.0).ravel()
    assert np.abs(shown - expected).max() <= 0.51 / 127


def test_another_network_compiles_nothing(empty_dispatch_cache):
    from nbkeras.analysis.playground.unit_maps import _compute

    Experiment(Settings.of(layers=[4])).look()
    count = _compute._cache_size()
    for layers in ([], [1], [10] * 6, [3, 7]):
        Experiment(Settings.of(layers=layers, features=["x1_x2"])).look()
    assert _compute._cache_size() == count
