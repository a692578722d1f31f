"""CategoryCrossing; expected values are those of TensorFlow's crosses of features."""

import numpy as np
import pytest

import nbkeras
from nbkeras import layers

A = np.array([["a", "b"], ["c", "d"]], object)
B = np.array([[1, 2], [3, 4]])
C = np.array([["x"], ["y"]], object)


@pytest.mark.parametrize(
    ("settings", "features", "expected"),
    [
        ({}, [["a", "c"], ["x", "y"]], [["a_X_x"], ["c_X_y"]]),
        (
            {},
            [A, B],
            [
                ["a_X_1", "a_X_2", "b_X_1", "b_X_2"],
                ["c_X_3", "c_X_4", "d_X_3", "d_X_4"],
            ],
        ),
        (
            {"separator": "-"},
            [A, B, C],
            [
                ["a-1-x", "a-2-x", "b-1-x", "b-2-x"],
                ["c-3-y", "c-4-y", "d-3-y", "d-4-y"],
            ],
        ),
        ({"depth": 1}, [[[1], [4]], [[2], [5]]], [["1", "2"], ["4", "5"]]),
        (
            {"depth": 2},
            [[[1], [4]], [[2], [5]], [[3], [6]]],
            [
                ["1", "2", "3", "1_X_2", "1_X_3", "2_X_3"],
                ["4", "5", "6", "4_X_5", "4_X_6", "5_X_6"],
            ],
        ),
        ({"depth": (1, 3)}, [["a"], ["b"], ["c"]], [["a", "b", "c", "a_X_b_X_c"]]),
    ],
)
def test_a_cross_joins_each_combination_of_values(settings, features, expected):
    features = [np.asarray(feature) for feature in features]
    crossed = layers.CategoryCrossing(**settings)(features)
    assert crossed.tolist() == expected


def crossing():
    """(inputs, crossed strings, their bins) of a model with two features."""
    inputs = [
        nbkeras.Input((2,), dtype="string"),
        nbkeras.Input((2,), dtype="int64"),
    ]
    crossed = layers.CategoryCrossing()(inputs)
    return inputs, crossed, layers.Hashing(64)(crossed)


def test_a_model_hashes_crossed_features_as_the_layers_do_outside_of_it():
    inputs, _, bins = crossing()
    model = nbkeras.Model(inputs, bins)
    outside = layers.Hashing(64)(layers.CategoryCrossing()([A, B]))
    np.testing.assert_array_equal(model.predict([A, B], verbose=0), outside)


def test_a_model_trains_on_crossed_features_and_is_loaded(tmp_path):
    inputs, _, bins = crossing()
    encoded = layers.CategoryEncoding(64, output_mode="multi_hot")(bins)
    model = nbkeras.Model(inputs, layers.Dense(1)(encoded))
    model.compile("sgd", "mse")
    model.fit([A, B], np.array([0.0, 1.0]), verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = nbkeras.models.load_model(tmp_path / "model.keras")
    expected = model.predict([A, B], verbose=0)
    np.testing.assert_allclose(loaded.predict([A, B], verbose=0), expected)


def test_strings_are_outputs_of_a_model():
    inputs, crossed, _ = crossing()
    model = nbkeras.Model(inputs, crossed)
    expected = layers.CategoryCrossing()([A, B]).tolist()
    assert model.predict([A, B], verbose=0).tolist() == expected
    assert model.predict_on_batch([A, B]).tolist() == expected
    assert model([A, B]).tolist() == expected


def test_a_model_names_its_classes_by_an_inverted_lookup():
    inputs = nbkeras.Input((1,), dtype="int64")
    lookup = layers.StringLookup(vocabulary=["cat", "dog"], invert=True)
    model = nbkeras.Model(inputs, lookup(inputs))
    names = model.predict(np.array([[2], [1], [0]]), verbose=0)
    assert names.tolist() == [["dog"], ["cat"], ["[UNK]"]]


@pytest.mark.parametrize(
    ("depth", "features", "advice"),
    [
        (None, ["a", "b"], r"CategoryCrossing\(\)\(\[feature_1, feature_2\]\)"),
        (3, [["a"], ["b"]], r"Write CategoryCrossing\(depth=2\)"),
        (None, [np.ones((1, 2, 3)), np.ones((1, 2, 3))], r"x\[:, :1\]"),
    ],
)
def test_features_that_cannot_be_crossed_say_what_to_write(depth, features, advice):
    with pytest.raises(ValueError, match=advice):
        layers.CategoryCrossing(depth)(features)
