"""Planes, losses and paths of models beside NumPy, `evaluate` and real Keras."""

import jax
import keras
import numpy as np
import pytest
from tolerances import assert_close_sums

import nbkeras
from nbkeras import layers, optimizers
from nbkeras.analysis.descent.keep_weights import KeepWeights
from nbkeras.analysis.descent.loss_grid import coarse_first
from nbkeras.analysis.descent.loss_surface import LossSurface
from nbkeras.analysis.descent.optimizer_runs import OptimizerRun
from nbkeras.analysis.descent.planes import (
    Plane,
    path_plane,
    random_plane,
    weight_plane,
)
from nbkeras.core import notices
from nbkeras.train.control import Control

pytestmark = pytest.mark.usefixtures("empty_dispatch_cache")

RNG = np.random.default_rng(4)
X = RNG.normal(size=(64, 5)).astype("float32")
Y = RNG.integers(0, 3, 64)


@pytest.fixture(scope="module")
def model():
    nbkeras.utils.set_random_seed(2)
    made = nbkeras.Sequential(
        [
            layers.Dense(6, activation="tanh", kernel_regularizer="l2"),
            layers.BatchNormalization(),
            layers.Dense(3, activation="softmax"),
        ]
    )
    made.compile(optimizers.SGD(0.1, momentum=0.9), "sparse_categorical_crossentropy")
    made.fit(X, Y, epochs=2, batch_size=16, verbose=0)
    return made


@pytest.fixture(scope="module")
def loss_surface(model):
    return LossSurface(model, (X, Y), batch_size=16, rows=64)


def flat(weights):
    return np.concatenate([np.ravel(weights[p]) for p in sorted(weights)]).astype(float)


def evaluated(model, weights):
    """What `evaluate` says with other weights; the old ones are put back."""
    table = model.weights_by_path()
    kept = {path: table[path].numpy() for path in weights}
    for path, value in weights.items():
        table[path].assign(value)
    loss = model.evaluate(X, Y, verbose=0)
    for path, value in kept.items():
        table[path].assign(value)
    return loss


def test_the_loss_over_a_plane_is_what_evaluate_says_there(model, loss_surface):
    plane = loss_surface.random_plane(seed=3)
    grid = loss_surface.grid(plane, ((-1, 1), (-0.5, 1.5)), count=5)
    shares = list(grid.compute())
    assert shares[-1] == 1.0
    assert shares == sorted(shares)
    for row, column in ((0, 0), (1, 2), (4, 3)):
        a, b = grid.axes[0][column], grid.axes[1][row]
        expected = evaluated(model, plane.at((a, b)))
        assert grid.losses[row, column] == pytest.approx(expected, rel=2e-6)
    assert grid.losses[1, 2] == pytest.approx(model.evaluate(X, Y, verbose=0), rel=2e-6)


def test_filters_of_random_directions_are_as_long_as_those_of_the_weights():
    weights = {
        "conv/kernel": RNG.normal(size=(3, 3, 2, 4)).astype("float32"),
        "dense/kernel": RNG.normal(size=(5, 3)).astype("float32"),
        "dense/bias": np.ones(3, "float32"),
    }
    plane = random_plane(weights, seed=1)
    for d in plane.directions:
        for k in range(4):
            own = np.linalg.norm(weights["conv/kernel"][..., k])
            assert np.linalg.norm(d["conv/kernel"][..., k]) == pytest.approx(
                own, rel=1e-5
            )
        np.testing.assert_allclose(
            np.linalg.norm(d["dense/kernel"], axis=0),
            np.linalg.norm(weights["dense/kernel"], axis=0),
            rtol=1e-5,
        )
        assert (d["dense/bias"] == 0).all()
    one, other = (flat(d) for d in plane.directions)
    assert abs(one @ other) < 0.7 * np.linalg.norm(one) * np.linalg.norm(other)
    again = random_plane(weights, seed=1).directions[0]
    np.testing.assert_array_equal(
        again["conv/kernel"], plane.directions[0]["conv/kernel"]
    )


def test_the_plane_of_a_path_is_that_of_numpys_svd():
    snapshots = [
        {
            "a": RNG.normal(size=(4, 3)).astype("float32"),
            "b": RNG.normal(size=2).astype("float32"),
        }
        for _ in range(6)
    ]
    plane = path_plane(snapshots[0], snapshots)
    rows = np.stack([flat(each) for each in snapshots])
    _, sizes, axes = np.linalg.svd(rows - rows[-1], full_matrices=False)
    for i in range(2):
        ours = flat(plane.directions[i])
        assert abs(ours @ axes[i]) == pytest.approx(1.0, abs=1e-6)
    np.testing.assert_allclose(
        plane.explained, (sizes**2 / (sizes**2).sum())[:2], rtol=1e-5
    )
    with pytest.raises(ValueError, match="Train for more steps"):
        path_plane(snapshots[0], [snapshots[0]] * 5)


def test_a_place_on_a_plane_is_found_again():
    weights = {"k": RNG.normal(size=(4, 3)).astype("float32")}
    # Directions that are neither of length one nor at right angles.
    first, second = (RNG.normal(size=(4, 3)).astype("float32") for _ in range(2))
    plane = Plane(weights, ({"k": first}, {"k": second + first}), "random")
    np.testing.assert_allclose(
        plane.project(plane.at((0.3, -2.0))), [0.3, -2], atol=1e-6
    )
    off = plane.at((1.0, 1.0))["k"] + 0.1
    design = np.stack([first.ravel(), (second + first).ravel()], 1)
    expected = np.linalg.lstsq(design, (off - weights["k"]).ravel(), rcond=None)[0]
    assert_close_sums(plane.project({"k": off}), expected, rtol=1e-5)


def test_a_plane_of_two_weights_changes_those_two_only():
    weights = {
        "d/kernel": np.zeros((2, 3), "float32"),
        "d/bias": np.zeros(3, "float32"),
    }
    plane = weight_plane(weights, "d/kernel[1, 2]", "d/bias[0]")
    moved = plane.at((5.0, 7.0))
    assert moved["d/kernel"].tolist() == [[0, 0, 0], [0, 0, 5]]
    assert moved["d/bias"].tolist() == [7, 0, 0]
    for text, advice in (
        ("d/kernal[0, 0]", "Did you mean 'd/kernel'"),
        ("d/kernel[0]", r"Write for example 'd/kernel\[0, 0\]'"),
        ("d/kernel[2, 0]", "needs 2 numbers within it"),
        ("d/bias[0]", "two different ones"),
    ):
        with pytest.raises(ValueError, match=advice):
            weight_plane(weights, text, "d/bias[0]")


def test_a_path_is_the_training_of_real_keras():
    x, y = X, RNG.normal(size=(64, 1)).astype("float32")
    ours = nbkeras.Sequential([layers.Dense(4, activation="tanh"), layers.Dense(1)])
    ours.compile("sgd", "mse")
    ours.build((None, 5))
    theirs = keras.Sequential(
        [keras.layers.Dense(4, activation="tanh"), keras.layers.Dense(1)]
    )
    theirs.build((None, 5))
    theirs.set_weights(ours.get_weights())
    theirs.compile(keras.optimizers.Adam(0.02), "mse")
    loss_surface = LossSurface(ours, x, y, batch_size=64)
    plane = loss_surface.random_plane()
    path = loss_surface.recorder.walk(
        plane, OptimizerRun("adam", 0.02, 0.9), (0, 0), 12
    )
    paths = sorted(ours.weights_by_path(), key=list(ours.weights_by_path()).index)
    for step in range(12):
        now = dict(zip(paths, theirs.get_weights(), strict=True))
        np.testing.assert_allclose(path.positions[step], plane.project(now), atol=2e-6)
        assert path.losses[step] == pytest.approx(
            theirs.evaluate(x, y, verbose=0), rel=1e-5
        )
        assert path.batch_losses[step] == pytest.approx(path.losses[step], rel=1e-5)
        size = np.sqrt(sum(np.sum(np.float64(w) ** 2) for w in now.values()))
        assert path.weight_norms[step] == pytest.approx(size, rel=1e-6)
        away = flat(now) - flat(plane.at(plane.project(now)))
        assert path.away[step] == pytest.approx(
            np.linalg.norm(away), rel=1e-3, abs=2e-4
        )
        theirs.train_on_batch(x, y)
        moved = dict(zip(paths, theirs.get_weights(), strict=True))
        step_size = np.linalg.norm(flat(moved) - flat(now))
        assert path.step_norms[step] == pytest.approx(step_size, rel=1e-4)


def test_the_gradient_in_the_plane_is_that_of_finite_differences(model, loss_surface):
    plane = loss_surface.weight_plane("dense/kernel[1, 2]", "dense_1/bias[0]")
    loss_surface = LossSurface(model, X, Y, batch_size=64, rows=64)
    # In training BatchNorm uses the batch's own statistics; evaluate cannot be asked.
    path = loss_surface.recorder.walk(plane, OptimizerRun("sgd", 1e-3), (0.0, 0.0), 1)

    def training_loss(place):
        values = {**plane.at(np.float32(place)), **loss_surface.state}
        forward, loss = model.compiled_steps.forward, model._objective.loss
        applied = forward(values, X, True, jax.random.key(0), None)
        penalty = model.compiled_steps.penalty()(values)
        return float(loss(Y, applied, None, None)[0] + penalty)

    h = 1e-2
    for i, step in enumerate(((h, 0), (0, h))):
        slope = (training_loss(step) - training_loss(-np.array(step))) / (2 * h)
        assert path.gradients[0, i] == pytest.approx(slope, rel=5e-3, abs=1e-4)


def test_a_path_from_a_dropped_point_begins_there_and_leaves_the_model_alone(
    model, loss_surface
):
    before = [np.asarray(w).tobytes() for w in model.get_weights()]
    state = [np.asarray(a).tobytes() for a in jax.tree.leaves(model.optimizer.state)]
    plane = loss_surface.random_plane()
    path = loss_surface.recorder.walk(plane, OptimizerRun("sgd", 0.01), (0.5, -0.25), 3)
    np.testing.assert_allclose(path.positions[0], [0.5, -0.25], atol=1e-6)
    assert path.losses[0] == pytest.approx(
        evaluated(model, plane.at((0.5, -0.25))), rel=1e-5
    )
    assert [np.asarray(w).tobytes() for w in model.get_weights()] == before
    now = [np.asarray(a).tobytes() for a in jax.tree.leaves(model.optimizer.state)]
    assert now == state


def test_a_new_rate_place_or_plane_compiles_nothing_new(loss_surface):
    recorder = loss_surface.recorder
    for seed, rate in ((1, 0.01), (2, 0.02)):
        plane = loss_surface.random_plane(seed)
        recorder.walk(plane, OptimizerRun("nesterov", rate, 0.9), (0.1 * seed, 0), 2)
    key = next(key for key in recorder._steps if "nesterov" in key)
    assert recorder._steps[key]._cache_size() == 1


def test_a_path_can_be_watched_and_stopped(loss_surface):
    control, seen = Control(), []

    def watch(share):
        seen.append(share)
        if share >= 0.3:
            control.stop()

    run = OptimizerRun("sgd", 0.01)
    path = loss_surface.recorder.walk(
        loss_surface.random_plane(), run, (0, 0), 10, control=control, watch=watch
    )
    assert seen == [0.1, 0.2, 0.3]
    assert len(path) == 3


def test_a_recorded_fit_lies_on_the_plane_of_its_path(model):
    keep = KeepWeights(every=2)
    model.fit(X, Y, epochs=2, batch_size=16, verbose=0, callbacks=[keep])
    assert len(keep.snapshots) == 5
    loss_surface = LossSurface(model, X, Y)
    plane = loss_surface.path_plane(keep.snapshots)
    places = np.array([plane.project(each) for each in keep.snapshots])
    # The plane goes through the weights as they are, where the run has ended.
    np.testing.assert_allclose(places[-1], [0, 0], atol=1e-6)
    (low_a, high_a), (low_b, high_b) = loss_surface.limits(plane, places)
    assert low_a < places[:, 0].min() < places[:, 0].max() < high_a
    assert low_b < places[:, 1].min() < places[:, 1].max() < high_b
    assert 0.5 < sum(plane.explained) <= 1.0 + 1e-6


def test_snapshots_that_become_many_come_half_as_often(model):
    import nbkeras.analysis.descent.keep_weights as module

    keep = KeepWeights(every=1)
    kept, module.MOST_SNAPSHOTS = module.MOST_SNAPSHOTS, 8
    try:
        model.fit(X, Y, epochs=6, batch_size=16, verbose=0, callbacks=[keep])
    finally:
        module.MOST_SNAPSHOTS = kept
    assert 4 <= len(keep.snapshots) <= 8
    assert keep._stride == 4


def test_every_place_of_a_map_is_computed_once_coarse_ones_first():
    order = coarse_first(9)
    assert len(order) == len(set(order)) == 81
    assert order[:9] == [(r, c) for r in (0, 4, 8) for c in (0, 4, 8)]


def test_a_map_in_the_making_shows_its_nearest_coarser_places(loss_surface):
    grid = loss_surface.grid(loss_surface.random_plane(), ((-1, 1), (-1, 1)), count=9)
    running = grid.compute()
    next(running)
    next(running)
    seen = grid.preview()
    assert np.isfinite(seen).all()
    assert seen[3, 3] == grid.losses[0, 0]
    assert np.isnan(grid.losses[3, 3])


def test_a_generator_is_read_once_and_trained_on_again():
    def batches():
        for i in range(0, 64, 16):
            yield X[i : i + 16], Y[i : i + 16]

    model = nbkeras.Sequential([layers.Dense(3, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    loss_surface = LossSurface(model, batches(), rows=32)
    assert loss_surface.sample.rows == 32
    one, other = (
        loss_surface.recorder.walk(
            loss_surface.random_plane(), OptimizerRun("sgd", 0.1), (0, 0), 6
        )
        for _ in range(2)
    )
    np.testing.assert_array_equal(one.positions, other.positions)


@pytest.mark.parametrize(
    ("change", "error", "advice"),
    [
        ({"rows": 0}, ValueError, "rows must be a positive integer"),
        ({"y": Y[:5]}, ValueError, "rows"),
    ],
)
def test_bad_data_is_refused_before_work(model, change, error, advice):
    with pytest.raises(error, match=advice):
        LossSurface(model, **({"x": X, "y": Y} | change))


def test_a_frozen_model_has_no_loss_surface():
    model = nbkeras.Sequential([layers.Dense(3, activation="softmax", trainable=False)])
    model.compile("sgd", "sparse_categorical_crossentropy")
    with pytest.raises(ValueError, match=r"layer.trainable = True"):
        LossSurface(model, X, Y)


def test_the_old_names_of_the_loss_surface_work_and_say_the_new_ones(loss_surface):
    notices.forget()
    with pytest.warns(
        notices.NbkerasNotice, match=r"analysis.Terrain is now analysis.LossSurface"
    ):
        assert nbkeras.analysis.Terrain is LossSurface
    plane, limits = loss_surface.random_plane(), ((-1, 1), (-1, 1))
    with pytest.warns(
        notices.NbkerasNotice, match=r"surface\(...\) is now grid\(...\)"
    ):
        old = loss_surface.surface(plane, limits, count=5)
    np.testing.assert_array_equal(old.axes, loss_surface.grid(plane, limits, 5).axes)


def line_model(**options):
    """y = w x + b, with one weight and one bias."""
    made = nbkeras.Sequential([nbkeras.Input((1,)), layers.Dense(1, **options)])
    made.compile("sgd", "mse")
    return made


def test_a_line_has_its_weight_and_its_bias_to_begin_with():
    x = np.ones((4, 1), "float32")
    usual = LossSurface(line_model(), (x, x)).usual_weights()
    assert [text.split("/")[1] for text in usual] == ["kernel[0, 0]", "bias[0]"]


def test_a_single_weight_makes_no_plane():
    x = np.ones((4, 1), "float32")
    surface = LossSurface(line_model(use_bias=False), (x, x))
    with pytest.raises(ValueError, match="Give the layer a bias"):
        surface.usual_weights()
