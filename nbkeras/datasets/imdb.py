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
    """(x_train, y_train), (x_test, y_test): lists of word numbers, and 0 or 1.

    Args:
        path: name in the cache, or of a file that is here.
        num_words: words of greater numbers become `oov_char`; None keeps all.
        skip_top: so do the most frequent ones.
        maxlen: only reviews of fewer words; None keeps all.
        seed: of the order.
        start_char: what each review begins with; None for nothing.
        oov_char: what stands for words left out; None for nothing.
        index_from: what is added to the numbers of `get_word_index`.

    Raises:
        OSError: not here and not to be downloaded; says where to put the file.
        ValueError: `maxlen` leaves no review.
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
        parts.append(word_sequences.not_longer(rows, labels, maxlen))
    (x_train, y_train), (x_test, y_test) = parts
    rows = word_sequences.limited(x_train + x_test, num_words, skip_top, oov_char)
    cut = len(x_train)
    return (
        (word_sequences.as_objects(rows[:cut]), y_train),
        (word_sequences.as_objects(rows[cut:]), y_test),
    )


def get_word_index(path: str = "imdb_word_index.json") -> dict[str, int]:
    """{word: number}; in the data each number is greater by `index_from`, 3."""
    file = fetch(path, f"{KERAS_FILES}imdb_word_index.json", WORDS_MD5)
    return json.loads(file.read_text("utf-8"))
