"""Merge of branches, and layers of Keras 1 that are others today."""

import numpy as np
import pytest

import nbkeras
from nbkeras import Input, Model, Sequential, layers
from nbkeras.core.notices import NbkerasNotice
from nbkeras.models import clone_model, load_model

pytestmark = pytest.mark.filterwarnings(
    f"ignore::{NbkerasNotice.__module__}.NbkerasNotice"
)
RNG = np.random.default_rng(0)
A, B = (RNG.normal(size=(6, 4)).astype("float32") for _ in range(2))


def branches(width=3):
    return [
        Sequential([layers.Dense(width, activation=f, input_dim=4)])
        for f in ("tanh", "sigmoid")
    ]


def cosine(a, b):
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return ((a * b).sum(1) / lengths)[:, None]


EXPECTED = {
    "sum": np.add,
    "mul": np.multiply,
    "ave": lambda a, b: (a + b) / 2,
    "max": np.maximum,
    "concat": lambda a, b: np.concatenate([a, b], 1),
    "dot": lambda a, b: (a * b).sum(1, keepdims=True),
    "cos": cosine,
}


@pytest.mark.parametrize("mode", EXPECTED)
def test_merge_joins_the_outputs_of_two_models(mode):
    left, right = branches()
    model = Sequential()
    model.add(layers.Merge([left, right], mode=mode, dot_axes=1))
    expected = EXPECTED[mode](left.predict(A), right.predict(B))
    np.testing.assert_allclose(model.predict([A, B]), expected, rtol=1e-5, atol=1e-6)


def test_merge_takes_a_function_of_the_list_of_outputs():
    left, right = branches()
    merged = layers.Merge(
        [left, right],
        mode=lambda xs, factor: factor * (xs[0] - xs[1]),
        output_shape=lambda shapes: shapes[0],
        arguments={"factor": 2.0},
    )
    expected = 2 * (left.predict(A) - right.predict(B))
    np.testing.assert_allclose(merged.predict([A, B]), expected, rtol=1e-5, atol=1e-6)


def test_merge_and_merge_function_take_tensors():
    a, b = Input((4,)), Input((4,))
    y = layers.Merge(mode="concat")([a, b])
    z = layers.merge([a, b], mode=lambda xs: xs[0] * xs[1], output_shape=(4,))
    y, z = Model([a, b], [y, z]).predict([A, B])
    np.testing.assert_array_equal(y, np.concatenate([A, B], 1))
    np.testing.assert_allclose(z, A * B, rtol=1e-6)


def test_a_sequential_of_a_merge_knows_its_shapes_before_data():
    model = Sequential([layers.Merge(branches(), mode="concat")])
    model.add(layers.Dense(2, activation="softmax"))
    assert model.input_shape == [(None, 4), (None, 4)]
    assert model.output_shape == (None, 2)
    assert model.count_params() == 2 * 15 + 14
    assert len(model.inputs) == 2


def test_a_merge_of_merges_trains_and_comes_back_from_a_file(tmp_path):
    inner = Sequential([layers.Merge(branches(), mode="sum"), layers.Dense(3)])
    third = Sequential([layers.Dense(3, input_dim=4)])
    model = Sequential([layers.Merge([inner, third], mode="concat")])
    model.add(layers.Dense(1, activation="sigmoid"))
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    x, y = [A, B, A - B], (A[:, 0] > 0).astype("float32")
    history = model.fit(x, y, epochs=30, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]
    model.save(tmp_path / "merge.keras")
    loaded = load_model(tmp_path / "merge.keras")
    assert loaded.input_shape == model.input_shape
    np.testing.assert_array_equal(loaded.predict(x), model.predict(x))
    assert clone_model(model).output_shape == (None, 1)


def test_branches_of_one_input_share_it():
    shared = Input((4,))
    sides = [Model(shared, layers.Dense(2)(shared)) for _ in range(2)]
    assert layers.Merge(sides, mode="max").input_shape == (None, 4)


@pytest.mark.parametrize(
    ("given", "advice"),
    [
        (lambda: [Input((3,)), Input((3,))], r"concatenate\(\[a, b\]\)"),
        (lambda: [Sequential([layers.Dense(2)])], r"Write input_shape=\(\.\.\.\)"),
        (lambda: [3, 4], r"Merge\(\[left, right\], mode='concat'\)"),
    ],
)
def test_what_merge_cannot_join_says_what_to_write(given, advice):
    with pytest.raises((TypeError, ValueError), match=advice):
        layers.Merge(given())


def test_an_unknown_mode_lists_the_modes():
    with pytest.raises(ValueError, match="'concat'"):
        layers.Merge(branches(), mode="join")


def test_convolutions_of_keras_1_are_those_of_today():
    old = nbkeras.layers.Deconvolution2D(
        3, 5, 5, (None, 14, 14, 3), subsample=(2, 2), border_mode="same"
    )
    assert isinstance(old, layers.Conv2DTranspose)
    assert (old.kernel_size, old.strides, old.padding) == ((5, 5), (2, 2), "same")
    dilated = layers.AtrousConvolution2D(4, 3, 3, atrous_rate=(2, 2))
    assert (dilated.kernel_size, dilated.dilation_rate) == ((3, 3), (2, 2))
    assert layers.AtrousConvolution1D(4, 3, atrous_rate=2).dilation_rate == (2,)


def test_a_branch_of_merge_takes_the_length_of_its_embedding():
    left = Sequential([layers.Embedding(5, 3, input_length=4)])
    right = Sequential([layers.Embedding(5, 3, input_length=6)])
    merged = Sequential([layers.Merge([left, right], mode="dot", dot_axes=[2, 2])])
    assert merged.output_shape == (None, 4, 6)


def test_slice_x_takes_rows_of_each_array():
    from nbkeras.models import slice_X

    one, two = np.arange(4), np.arange(8).reshape(4, 2)
    rows = slice_X([one, two], 1, 3)
    assert [part.tolist() for part in rows] == [[1, 2], [[2, 3], [4, 5]]]
    assert slice_X(one, [3, 0]).tolist() == [3, 0]


def test_batch_normalization_of_mode_0_is_the_one_of_today():
    assert layers.BatchNormalization(mode=0, axis=1).axis == 1
    with pytest.raises(ValueError, match=r"Write LayerNormalization\(\)"):
        layers.BatchNormalization(mode=1)


def test_locally_connected_reads_rows_and_columns_with_words_of_keras_1():
    layer = layers.LocallyConnected2D(4, 2, 3, border_mode="valid")
    assert layer.kernel_size == (2, 3)
    assert layers.LocallyConnected2D(4, nb_row=2, nb_col=3).kernel_size == (2, 3)
    layer = layers.LocallyConnected2D(4, 2, 3)
    assert (layer.kernel_size, layer.strides) == ((2, 2), (3, 3))
