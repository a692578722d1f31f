"""Tokenizer, windows and pairs of words, against Keras's own old module."""

import json

import numpy as np
import pytest
from keras.src.legacy.preprocessing import sequence as their_sequence
from keras.src.legacy.preprocessing import text as their_text

from nbkeras.preprocessing import sequence, text

TEXTS = ["The cat, the DOG; and the cow!", "a cat\tand A\ncat", "", "it's 3.5 o'clock"]
NEW = ["the cat saw a unicorn", "and and THE", ""]
SETTINGS = [
    {},
    {"num_words": 4},
    {"oov_token": "<unk>"},
    {"num_words": 4, "oov_token": "<unk>"},
    {"lower": False},
    {"char_level": True},
    {"filters": "", "split": "t"},
    {"analyzer": str.split},
]


def both(settings):
    """Our Tokenizer and Keras's, fitted on the same texts."""
    pair = text.Tokenizer(**settings), their_text.Tokenizer(**settings)
    for tokenizer in pair:
        tokenizer.fit_on_texts(TEXTS)
        tokenizer.fit_on_texts([["The", "list", "cat"]])
    return pair


@pytest.mark.parametrize("settings", SETTINGS)
def test_the_tokenizer_numbers_words_as_keras_does(settings):
    ours, theirs = both(settings)
    assert ours.word_index == theirs.word_index
    assert ours.texts_to_sequences(NEW) == theirs.texts_to_sequences(NEW)
    rows = [[1, 2, 3, 99], [4, 5]]
    assert ours.sequences_to_texts(rows) == theirs.sequences_to_texts(rows)


@pytest.mark.parametrize("mode", ["binary", "count", "freq", "tfidf"])
@pytest.mark.parametrize("settings", SETTINGS)
def test_matrices_of_texts_equal_keras(settings, mode):
    ours, theirs = both(settings)
    expected = theirs.texts_to_matrix(NEW, mode)
    np.testing.assert_allclose(ours.texts_to_matrix(NEW, mode), expected)


def test_a_tokenizer_travels_as_json_both_ways():
    ours, theirs = both({"oov_token": "<unk>"})
    assert _plain(ours) == _plain(theirs)
    opened = text.tokenizer_from_json(theirs.to_json())
    assert opened.texts_to_sequences(NEW) == theirs.texts_to_sequences(NEW)
    their_opened = their_text.tokenizer_from_json(ours.to_json())
    assert their_opened.texts_to_matrix(NEW).tolist() == (
        ours.texts_to_matrix(NEW).tolist()
    )


def _plain(tokenizer):
    """The saved form with its inner JSON texts read."""
    config = json.loads(tokenizer.to_json())["config"]
    return {
        name: json.loads(value) if str(value)[:1] == "{" else value
        for name, value in config.items()
    }


def test_one_text_in_place_of_a_list_is_refused():
    with pytest.raises(ValueError, match=r"fit_on_texts\(\[text\]\)"):
        text.Tokenizer().fit_on_texts("one text")


@pytest.mark.parametrize("how", ["md5", None, len])
def test_hashed_words_equal_keras(how):
    expected = their_text.hashing_trick(TEXTS[0], 50, how)
    assert text.hashing_trick(TEXTS[0], 50, how) == expected


def test_words_of_a_text_equal_keras():
    for one in TEXTS:
        assert text.text_to_word_sequence(one) == their_text.text_to_word_sequence(one)
        assert text.one_hot(one, 20) == their_text.one_hot(one, 20)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"sampling_rate": 2},
        {"stride": 3, "batch_size": 4},
        {"reverse": True, "start_index": 5, "end_index": 30},
    ],
)
def test_windows_over_a_series_equal_keras(settings):
    data, targets = np.arange(80).reshape(40, 2), np.arange(40) * 10
    ours = sequence.TimeseriesGenerator(data, targets, length=6, **settings)
    theirs = their_sequence.TimeseriesGenerator(data, targets, length=6, **settings)
    assert len(ours) == len(theirs)
    for k in range(len(theirs)):
        for a, b in zip(ours[k], theirs[k], strict=True):
            np.testing.assert_array_equal(a, b)


def test_the_sampling_table_equals_keras():
    expected = their_sequence.make_sampling_table(50, 1e-3)
    np.testing.assert_allclose(sequence.make_sampling_table(50, 1e-3), expected)


def test_neighbours_are_those_of_keras_and_drawn_words_as_many():
    words = [3, 0, 5, 2, 4]
    settings = {"window_size": 2, "negative_samples": 0, "shuffle": False}
    expected = their_sequence.skipgrams(words, 9, **settings)
    assert tuple(sequence.skipgrams(words, 9, **settings)) == tuple(expected)
    pairs, labels = sequence.skipgrams(words, 9, negative_samples=2.0, seed=1)
    assert labels.count(0) == 2 * labels.count(1)
    assert all(0 < word < 9 for pair in pairs for word in pair)
    assert sequence.skipgrams(words, 9, seed=1) == sequence.skipgrams(words, 9, seed=1)
