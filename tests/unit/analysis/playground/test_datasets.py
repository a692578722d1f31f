"""Points of a plane: made, drawn, and the learner's own."""

import numpy as np
import pytest

from nbkeras.analysis.playground import datasets


def test_without_noise_circle_is_a_disc_in_a_ring():
    data = datasets.made("classification", "circle", 0.0, seed=3)
    radius = np.linalg.norm(data.points, axis=1)
    np.testing.assert_array_equal(data.targets == 1, radius < 2.5)
    assert not ((radius > 2.5) & (radius < 3.5)).any()
    assert data.targets.sum() == 250


def test_exclusive_or_is_the_sign_of_the_product_away_from_the_axes():
    data = datasets.made("classification", "xor", 0.0, seed=3)
    np.testing.assert_array_equal(data.targets, data.points.prod(axis=1) > 0)
    assert np.abs(data.points).min() >= 0.3


def test_gaussians_widen_with_noise():
    def spread(noise):
        data = datasets.made("classification", "gaussians", noise, seed=3)
        return np.std(data.points[data.targets == 1] - 2)

    assert spread(0.0) == pytest.approx(np.sqrt(0.5), rel=0.1)
    assert spread(0.5) == pytest.approx(2.0, rel=0.1)


def test_the_arms_of_the_spiral_are_each_other_turned_by_half_a_turn():
    data = datasets.made("classification", "spiral", 0.0, seed=3)
    arms = [data.points[data.targets == c] for c in (0, 1)]
    np.testing.assert_allclose(arms[0], -arms[1], atol=1e-9)


def test_the_plane_of_a_regression_is_a_tenth_of_the_sum():
    data = datasets.made("regression", "plane", 0.0, seed=3)
    expected = np.clip(data.points.sum(axis=1) / 10, -1, 1)
    np.testing.assert_allclose(data.targets, expected)
    assert data.is_regression


def test_the_bumps_of_a_regression_fall_linearly_to_zero_two_from_their_centre():
    points, targets = datasets.bumps(np.random.default_rng(0), 4000, 0.0)
    distance = np.linalg.norm(points - [4, 2.5], axis=1)
    near = distance < 1.5  # no other hill reaches there
    np.testing.assert_allclose(targets[near], 1 - distance[near] / 2, atol=1e-9)
    assert targets.min() >= -1


@pytest.mark.parametrize("problem", datasets.DATASETS)
def test_a_seed_gives_the_same_points_and_another_seed_others(problem):
    for name in datasets.DATASETS[problem]:
        first, again, other = (
            datasets.made(problem, name, 0.2, seed) for seed in (1, 1, 2)
        )
        np.testing.assert_array_equal(first.points, again.points)
        assert (first.points != other.points).any()
        assert first.points.shape == (500, 2)


def test_every_row_is_in_one_part():
    data = datasets.made("classification", "xor", 0.0, seed=0)
    train, test = data.split(0.3, seed=5)
    assert len(train) == 150
    assert sorted([*train, *test]) == list(range(500))


def test_a_single_point_is_trained_on():
    data = datasets.drawn("classification", [(1, 2, 0)])
    assert [len(rows) for rows in data.split(0.1, seed=0)] == [1, 0]
    none = datasets.drawn("classification", [])
    assert [len(rows) for rows in none.split(0.5, seed=0)] == [0, 0]
    assert none.names == ("0", "1")


def test_own_columns_are_scaled_and_keep_their_units():
    x = np.array([[100.0, 3], [200, 3], [150, 3]])
    data = datasets.own(x, ["b", "a", "b"])
    np.testing.assert_allclose(data.points, [[-5, 0], [5, 0], [0, 0]])
    np.testing.assert_allclose(data.points * data.scale + data.offset, x)
    assert data.names == ("a", "b")
    assert data.targets.tolist() == [1, 0, 1]


def test_own_fractions_are_a_regression_and_whole_floats_are_classes():
    x = np.arange(8.0).reshape(4, 2)
    assert datasets.own(x, [0.5, 1, 2, 3]).is_regression
    assert datasets.own(x, [0.0, 1, 2, 1]).names == ("0", "1", "2")
    assert datasets.own(x, [0, 1, 2, 1], "regression").targets.tolist() == [0, 1, 2, 1]


def test_a_data_frame_names_the_axes():
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame({"height": [1.0, 2], "weight": [3.0, 5]})
    assert datasets.own(table, [0, 1]).axes == ("height", "weight")


@pytest.mark.parametrize(
    ("x", "y", "advice"),
    [
        (np.ones((4, 3)), [0, 1, 0, 1], r"playground\(x\[:, \[0, 1\]\], y\)"),
        (np.ones((4, 2)), [0, 1], r"y of shape \(4,\)"),
        (np.ones((2, 2)), np.eye(2), r"y\.argmax\(axis=1\)"),
        ([["a", "b"]], [0], "x must hold numbers in two columns"),
        ([[np.nan, 1], [1, 2]], [0, 1], r"keep = np\.isfinite\(x\)"),
        ([[0, 1], [1, 2]], [0.5, np.nan], r"keep = np\.isfinite\(y\)"),
        ([[0, 1], [1, 2]], [1, 1], "y has 1 classes"),
        (np.zeros((2001, 2)), np.zeros(2001), r"playground\(x\[:2000\], y\[:2000\]\)"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_to_write(x, y, advice):
    with pytest.raises(ValueError, match=advice):
        datasets.own(x, y)


def test_words_are_no_targets_of_a_regression():
    with pytest.raises(ValueError, match="write problem='classification'"):
        datasets.own([[0, 1], [1, 2]], ["a", "b"], "regression")


@pytest.mark.parametrize("points", [[(1, 2)], [(1, np.nan, 0)], "here"])
def test_points_are_rows_of_three_numbers(points):
    with pytest.raises(ValueError, match=r"points=\[\(1, 2, 0\), \(-3, 1, 1\)\]"):
        datasets.check_points(points)
