"""Features of points."""

import numpy as np

from nbkeras.analysis.playground.features import FEATURES, features_of


def test_every_feature_is_its_expression():
    points = np.random.default_rng(0).uniform(-6, 6, (20, 2))
    x1, x2 = points.T
    values = features_of(points, FEATURES)
    for column, expression in zip(values.T, FEATURES.values(), strict=True):
        expected = eval(expression, {"np": np, "x1": x1, "x2": x2})
        np.testing.assert_array_equal(column, expected.astype("float32"))


def test_columns_are_in_the_order_of_the_names():
    values = features_of([[2.0, 3.0]], ["x2", "x1"])
    assert values.tolist() == [[3.0, 2.0]]
    assert values.dtype == np.float32
