"""FeatureSpace encodes the columns of a table."""

import numpy as np
import pytest

import nbkeras
from nbkeras.data.tf_data import Dataset
from nbkeras.utils import FeatureSpace

COUNT = 10
NUMBERS = [number / 10 for number in range(COUNT)]
TABLE = {
    "plain": NUMBERS,
    "scaled": NUMBERS,
    "normal": NUMBERS,
    "binned": NUMBERS,
    "place": list(range(COUNT)),
    "hashed": list(range(COUNT)),
    "word": [str(number % 4) for number in range(COUNT)],
    "hashed_word": [str(number) for number in range(COUNT)],
}


def space_of(output_mode="concat", encoding="one_hot"):
    kinds = FeatureSpace
    edges = [0.25, 0.55]
    return kinds(
        {
            "plain": "float",
            "scaled": kinds.float_rescaled(2.0, 1.0),
            "normal": "float_normalized",
            "binned": kinds.float_discretized(
                None, bin_boundaries=edges, output_mode="int"
            )
            if encoding == "int"
            else "float_discretized",
            "place": kinds.integer_categorical(
                max_tokens=5, num_oov_indices=2, output_mode=encoding
            ),
            "hashed": kinds.integer_hashed(8, output_mode=encoding),
            "word": kinds.string_categorical(output_mode=encoding),
            "hashed_word": kinds.string_hashed(8, output_mode=encoding),
        },
        output_mode,
        crosses=[
            kinds.cross(("place", "hashed"), 16, output_mode=encoding),
            kinds.cross(("hashed_word", "word"), 16, output_mode=encoding),
        ],
    )


def test_columns_stand_in_alphabetical_order_with_crosses_behind():
    space = space_of("dict")
    space.adapt(TABLE)
    encoded = space(TABLE)
    crosses = ["hashed_word_X_word", "place_X_hashed"]
    assert list(encoded) == sorted(TABLE) + crosses
    widths = [array.shape for array in encoded.values()]
    wide = (32, 8, 8, 1, 5, 1, 1, 5, 16, 16)
    assert widths == [(COUNT, width) for width in wide]
    together = space_of()
    together.adapt(TABLE)
    np.testing.assert_array_equal(
        together(TABLE), np.concatenate(list(encoded.values()), axis=1)
    )


def test_numbers_are_scaled_normalized_and_binned_as_by_hand():
    space = space_of("dict", "int")
    space.adapt(TABLE)
    encoded, x = space(TABLE), np.array(NUMBERS)[:, None]
    np.testing.assert_allclose(encoded["plain"], x)
    np.testing.assert_allclose(encoded["scaled"], 2 * x + 1, rtol=1e-6)
    np.testing.assert_allclose(encoded["normal"], (x - 0.45) / x.std(), atol=1e-5)
    np.testing.assert_array_equal(encoded["binned"], np.digitize(x, [0.25, 0.55]))


def test_words_and_crosses_are_those_of_the_layers():
    space = space_of("dict", "int")
    space.adapt(TABLE)
    encoded, layers = space(TABLE), nbkeras.layers
    words = np.array(TABLE["word"], object)[:, None]
    lookup = layers.StringLookup()
    lookup.adapt(words)
    np.testing.assert_array_equal(encoded["word"], lookup(words))
    hashed = layers.Hashing(8)(np.array(TABLE["hashed_word"], object)[:, None])
    np.testing.assert_array_equal(encoded["hashed_word"], hashed)
    np.testing.assert_array_equal(
        encoded["hashed_word_X_word"],
        layers.HashedCrossing(16)([hashed, lookup(words)]),
    )


def test_the_widths_are_those_that_keras_documents():
    """Keras needs TensorFlow to run one; its own test says 195 for this space."""
    numbers, words = NUMBERS, [str(number) for number in range(COUNT)]
    table = {
        **{f"float_{i}": numbers for i in (1, 2, 3)},
        **{f"int_{i}": list(range(COUNT)) for i in (1, 2, 3)},
        **{f"string_{i}": words for i in (1, 2)},
    }
    space = FeatureSpace(
        {
            "float_1": "float",
            "float_2": "float_normalized",
            "float_3": "float_discretized",
            "string_1": "string_categorical",
            "string_2": "string_hashed",
            "int_1": "integer_categorical",
            "int_2": "integer_hashed",
            "int_3": "integer_categorical",
        },
        crosses=[("float_3", "string_1"), ("string_2", "int_2")],
    )
    space.adapt(table)
    row = {name: column[0] for name, column in table.items()}
    assert (space(table).shape, space(row).shape) == ((COUNT, 195), (195,))


def test_adapting_to_rows_and_to_batches_is_adapting_to_the_table():
    whole, rows, batches = (space_of() for _ in range(3))
    whole.adapt(TABLE)
    rows.adapt([{k: v[i] for k, v in TABLE.items()} for i in range(COUNT)])
    dataset = Dataset.from_tensor_slices(TABLE).batch(4)
    batches.adapt(dataset)
    for space in (rows, batches):
        np.testing.assert_allclose(space(TABLE), whole(TABLE), atol=1e-6)


@pytest.mark.parametrize("mode", ["concat", "dict"])
def test_a_space_comes_back_from_its_file(tmp_path, mode):
    space = space_of(mode)
    space.adapt(TABLE)
    space.save(tmp_path / "space.keras")
    loaded = nbkeras.models.load_model(tmp_path / "space.keras")
    loaded.save(tmp_path / "again.keras")
    again = nbkeras.models.load_model(tmp_path / "again.keras")
    wanted = space(TABLE)
    for copy in (loaded, again):
        nbkeras.tree.map_structure(np.testing.assert_array_equal, copy(TABLE), wanted)


def test_a_model_reads_raw_columns_through_the_space():
    space = space_of()
    space.adapt(TABLE)
    outputs = nbkeras.layers.Dense(1)(space.get_encoded_features())
    model = nbkeras.Model(space.get_inputs(), outputs)
    model.compile("sgd", "mse")
    table = {name: np.array(column)[:, None] for name, column in TABLE.items()}
    losses = model.fit(table, np.array(NUMBERS), epochs=3, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    dense = model.layers[-1]
    np.testing.assert_allclose(
        model.predict(table, verbose=0), dense(space(TABLE)), atol=1e-5
    )


def test_layers_of_ones_own_choice_need_no_adapting_when_they_are_given_all():
    words = nbkeras.layers.TextVectorization(
        vocabulary=["this", "is"], output_sequence_length=3
    )
    scale = nbkeras.layers.Normalization(mean=12.0, variance=4.0)
    space = FeatureSpace(
        {
            "text": FeatureSpace.feature("string", words, "int"),
            "size": FeatureSpace.feature("float32", scale, "float"),
        },
        output_mode="dict",
    )
    encoded = space({"text": ["this is", "it"], "size": [12.0, 16.0]})
    assert encoded["text"].tolist() == [[2, 3, 0], [1, 0, 0]]
    assert encoded["size"].tolist() == [[0.0], [2.0]]


TWO = {"a": "integer_categorical", "b": "integer_categorical"}


@pytest.mark.parametrize(
    ("make", "advice"),
    [
        (lambda: FeatureSpace({}), "cannot be None or empty"),
        (lambda: FeatureSpace({"a": "float_normal"}), "Did you mean 'float_normalized"),
        (lambda: FeatureSpace(TWO, "lists"), r"Write output_mode=\"concat\""),
        (lambda: FeatureSpace(TWO, crosses=[("a", "c")]), "'c' is not"),
        (
            lambda: FeatureSpace(TWO, crosses=[("a", "b")], crossing_dim=None),
            "Write for example crossing_dim=32",
        ),
        (lambda: FeatureSpace(TWO)({"a": [0], "b": [0]}), r"call `.adapt\(dataset\)`"),
        (lambda: FeatureSpace(TWO).get_encoded_features(), "a, b must be seen"),
        (lambda: FeatureSpace({"a": "float"})([1.0]), r"Write space\({'age'"),
        (lambda: FeatureSpace({"a": "float"})({"A": [1.0]}), "no column 'a'"),
        (lambda: FeatureSpace(TWO).adapt({"a": [1]}), "needs the column 'b'"),
        (
            lambda: FeatureSpace({"a": FeatureSpace.integer_hashed(3, "int")})(
                {"a": [1]}
            ),
            "Write FeatureSpace\\(..., output_mode='dict'\\)",
        ),
    ],
)
def test_mistakes_are_told_in_words(make, advice):
    with pytest.raises(ValueError, match=advice):
        make()
