"""IMDB: 50,000 film reviews as sequences of word indices, with their sentiment."""

import json

import numpy as np

from nbkeras.datasets import word_sequences
from nbkeras.datasets.fetch import KERAS_FILES, ArraySplit, fetch

SHA256 = "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f"
WORDS_MD5 = "bfafd718b763782e994055a2d397834f"


def load_data(
    path: str = "imdb.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int = 3,
) -> ArraySplit:
    """Load (x_train, y_train), (x_test, y_test): lists of word indices, and 0 or 1.

    Args:
        path: name of the file in the cache, or path of an existing file.
        num_words: words with this index or a larger one become `oov_char`; None keeps
            all.
        skip_top: words with a smaller index, the most frequent ones, do too.
        maxlen: only reviews with fewer words are loaded; None loads all.
        seed: seed of the shuffling.
        start_char: index at the start of each review; None for none.
        oov_char: index in place of out-of-vocabulary words; None removes them.
        index_from: offset that is added to the indices of `get_word_index`.

    Raises:
        OSError: the file is not cached and cannot be downloaded; the message says where
            to put it.
        ValueError: no review is shorter than `maxlen`.
    """
    word_sequences.check_settings(num_words, skip_top, maxlen, index_from)
    arrays = word_sequences.read(fetch(path, f"{KERAS_FILES}imdb.npz", SHA256))
    generator = np.random.RandomState(seed)
    parts = []
    for part in ("train", "test"):
        rows, labels = word_sequences.shuffled(
            arrays[f"x_{part}"], arrays[f"y_{part}"], generator
        )
        rows = word_sequences.shifted(rows, start_char, index_from)
        parts.append(word_sequences.shorter_than(rows, labels, maxlen))
    (x_train, y_train), (x_test, y_test) = parts
    rows = word_sequences.limited(x_train + x_test, num_words, skip_top, oov_char)
    cut = len(x_train)
    return (
        (word_sequences.as_objects(rows[:cut]), y_train),
        (word_sequences.as_objects(rows[cut:]), y_test),
    )


def get_word_index(path: str = "imdb_word_index.json") -> dict[str, int]:
    """{word: index}; in the data, `index_from` (3) is added to each index."""
    file = fetch(path, f"{KERAS_FILES}imdb_word_index.json", WORDS_MD5)
    return json.loads(file.read_text("utf-8"))
