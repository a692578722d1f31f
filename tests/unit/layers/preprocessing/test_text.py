"""Layers for texts, against what real Keras answered (tests/golden/text_layers.json)."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from nbkeras import Input, Model, Sequential, layers
from nbkeras.models import load_model

GOLDEN = Path(__file__).parents[3] / "golden"
sys.path.insert(0, str(GOLDEN))
from text_cases import CASES, TEXTS, WORDS  # noqa: E402

ANSWERS = json.loads((GOLDEN / "text_layers.json").read_text())
ASKED = list(zip(CASES, ANSWERS, strict=True))


def made(name, settings, data):
    """The layer of a case, adapted."""
    layer = getattr(layers, name)(name="layer", **settings)
    if data is not None:
        layer.adapt(np.array(data))
    return layer


@pytest.mark.parametrize(("case", "answer"), ASKED)
def test_output_and_vocabulary_are_those_of_keras(case, answer):
    name, settings, data, x = case
    layer = made(name, settings, data)
    y = layer(x)
    assert str(y.dtype) == answer["dtype"]
    np.testing.assert_allclose(y, answer["output"], rtol=1e-6)
    if answer["vocabulary"] is not None:
        assert layer.get_vocabulary() == answer["vocabulary"]


@pytest.mark.parametrize(("case", "answer"), ASKED)
def test_config_is_that_of_keras(case, answer):
    config = made(*case[:3]).get_config()
    config.pop("dtype")
    assert json.loads(json.dumps(config)) == answer["config"]


FILM_TEXTS = ["good film", "bad film", "very good", "very bad"] * 8
FILM_LABELS = np.array([1, 0, 1, 0] * 8)


def film_model(layer):
    """A small classifier of texts that begins with `layer`."""
    model = Sequential(
        [
            Input((1,), dtype="string"),
            layer,
            layers.Embedding(20, 8),
            layers.GlobalAveragePooling1D(),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model


def vectorizer():
    """A layer that is adapted to the films."""
    layer = layers.TextVectorization(max_tokens=20, output_sequence_length=4)
    layer.adapt(FILM_TEXTS)
    return layer


def test_a_model_that_begins_with_texts_learns_and_predicts_from_texts():
    model = film_model(vectorizer())
    history = model.fit(FILM_TEXTS, FILM_LABELS, epochs=60, verbose=0)
    assert history.history["accuracy"][-1] == 1.0
    good, bad = model.predict(["good", "very very bad"], verbose=0)[:, 0]
    assert good > 0.5 > bad


def test_texts_in_a_model_give_what_their_numbers_give_without_the_layer():
    layer = vectorizer()
    model = film_model(layer)
    behind = Sequential(model.layers[1:])
    texts = np.array(["bad good", "an unknown one"], dtype=object)[:, None]
    expected = behind.predict(np.asarray(layer(texts)), verbose=0)
    np.testing.assert_allclose(model.predict(texts, verbose=0), expected, rtol=1e-6)
    np.testing.assert_allclose(model(texts), expected, rtol=1e-6)


def test_batches_of_texts_from_a_generator_train_a_model():
    def batches():
        for _ in range(3):
            yield np.array(FILM_TEXTS[:8]), FILM_LABELS[:8]

    history = film_model(vectorizer()).fit(batches(), epochs=1, verbose=0)
    assert np.isfinite(history.history["loss"]).all()


def test_text_and_numbers_are_two_inputs_of_one_model():
    text, number = Input((1,), dtype="string"), Input((1,))
    place = layers.Flatten()(layers.Embedding(10, 2)(layers.Hashing(10)(text)))
    model = Model(
        [text, number], layers.Dense(1)(layers.Concatenate()([place, number]))
    )
    x = [np.array(["A", "B"]), np.array([1.0, 2.0])]
    numbers = layers.Hashing(10)(["A", "B"])
    table, (kernel, bias) = model.get_weights()[0], model.get_weights()[1:]
    expected = np.concatenate([table[np.asarray(numbers)], x[1][:, None]], 1)
    np.testing.assert_allclose(
        model.predict(x, verbose=0), expected @ kernel + bias, rtol=1e-5
    )


def test_a_model_needs_a_fixed_number_of_words():
    with pytest.raises(ValueError, match=r"output_sequence_length=200"):
        film_model(layers.TextVectorization(vocabulary=["good"]))


def test_a_model_of_numbers_still_refuses_texts_in_words():
    model = Sequential([Input((1,)), layers.Dense(1)])
    with pytest.raises(ValueError, match="x holds text"):
        model.predict(np.array(["good", "bad"]), verbose=0)


@pytest.mark.parametrize("name", ["keras3_text", "keras3_tf_idf"])
def test_a_file_of_keras_opens_with_its_vocabulary_and_is_written_back(name, tmp_path):
    model = load_model(GOLDEN / "text_files" / f"{name}.keras")
    words = model.layers[0].get_vocabulary()
    assert {"the", "cat", "and"} < set(words)
    texts = np.array([["the cat saw"], ["and"]])
    before = model.predict(texts, verbose=0)
    model.save(tmp_path / "again.keras")
    again = load_model(tmp_path / "again.keras")
    assert again.layers[0].get_vocabulary() == words
    np.testing.assert_array_equal(again.predict(texts, verbose=0), before)


def test_a_format_without_room_for_the_vocabulary_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"model\.save\('film\.keras'\)"):
        film_model(vectorizer()).save(tmp_path / "film.h5")


def test_a_config_opens_no_file_of_words(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("cat\ndog\n")
    config = {**layers.StringLookup().get_config(), "vocabulary": str(path)}
    with pytest.raises(ValueError, match=r"layer\.set_vocabulary\(path\)"):
        layers.StringLookup.from_config(config)
    layer = layers.StringLookup()
    layer.set_vocabulary(path)
    assert layer.get_vocabulary() == ["[UNK]", "cat", "dog"]


def test_inverted_lookup_gives_the_words_back():
    there = layers.StringLookup(vocabulary=["cat", "dog"])
    back = layers.StringLookup(vocabulary=there.get_vocabulary(), invert=True)
    assert back(there([["dog", "cow"]])).tolist() == [["dog", "[UNK]"]]


def test_own_functions_standardize_and_split():
    layer = layers.TextVectorization(
        standardize=lambda texts: np.char.replace(texts, "x", " "),
        split=lambda texts: [text.split("-") for text in texts],
        vocabulary=["a b", "c"],
    )
    np.testing.assert_array_equal(layer(["axb-c", "c"]), [[2, 3], [3, 0]])


def test_adapting_to_batches_equals_adapting_to_all():
    whole, parts = layers.TextVectorization(), layers.TextVectorization()
    whole.adapt(TEXTS)
    parts.adapt((np.array(TEXTS[i : i + 2]), np.zeros(2)) for i in range(0, 5, 2))
    assert parts.get_vocabulary() == whole.get_vocabulary()


@pytest.mark.parametrize(
    ("make", "advice"),
    [
        (lambda: layers.TextVectorization(ragged=True), "Leave ragged out"),
        (lambda: layers.StringLookup(vocabulary=["a", "a"]), "dict.fromkeys"),
        (lambda: layers.StringLookup(max_tokens=1), "max_tokens=10_000"),
        (lambda: layers.StringLookup(sparse=True), "Leave sparse out"),
        (
            lambda: layers.StringLookup(vocabulary=["a"], num_oov_indices=0)(["b"]),
            "num_oov_indices=1",
        ),
        (lambda: layers.StringLookup(output_mode="count")([["a"]]), "Call adapt"),
        (lambda: layers.IntegerLookup()([0.5]), "astype"),
        (lambda: layers.HashedCrossing(5)([[1, 2]]), "feature_2"),
        (
            lambda: layers.StringLookup(vocabulary=["a"]).adapt(WORDS),
            "Leave vocabulary",
        ),
    ],
)
def test_mistakes_say_what_to_write(make, advice):
    with pytest.raises(ValueError, match=advice):
        make()
