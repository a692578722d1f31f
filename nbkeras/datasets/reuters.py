"""Reuters: 11,228 news texts as sequences of word indices, in 46 topics."""

import json

import numpy as np

from nbkeras.core import check
from nbkeras.datasets import word_sequences
from nbkeras.datasets.fetch import KERAS_FILES, ArraySplit, fetch

SHA256 = "d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916"
WORDS_MD5 = "4d44cc38712099c9e383dc6e5f11a921"
TOPICS = (
    "cocoa grain veg-oil earn acq wheat copper housing money-supply coffee sugar trade "
    "reserves ship cotton carcass crude nat-gas cpi money-fx interest gnp meal-feed "
    "alum oilseed gold tin strategic-metal livestock retail ipi iron-steel rubber heat "
    "jobs lei bop zinc orange pet-chem dlr gas silver wpi hog lead"
)


def load_data(
    path: str = "reuters.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    test_split: float = 0.2,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int = 3,
) -> ArraySplit:
    """Load (x_train, y_train), (x_test, y_test): lists of word indices, and 0 to 45.

    Args:
        path: as in `imdb.load_data`, as are all other arguments but `test_split`.
        test_split: fraction of the texts for testing.

    Raises:
        OSError: the file is not cached and cannot be downloaded; the message says where
            to put it.
        ValueError: no text is shorter than `maxlen`.
    """
    check.number("load_data", "test_split", test_split, 0, 1, example=0.2)
    word_sequences.check_settings(num_words, skip_top, maxlen, index_from)
    arrays = word_sequences.read(fetch(path, f"{KERAS_FILES}reuters.npz", SHA256))
    generator = np.random.RandomState(seed)
    rows, labels = word_sequences.shuffled(arrays["x"], arrays["y"], generator)
    # As in Keras, `index_from` is added even without a `start_char`.
    rows = word_sequences.shifted(rows, start_char, index_from)
    rows, labels = word_sequences.shorter_than(rows, labels, maxlen)
    rows = word_sequences.limited(rows, num_words, skip_top, oov_char)
    cut = int(len(rows) * (1 - test_split))
    return (
        (word_sequences.as_objects(rows[:cut]), labels[:cut]),
        (word_sequences.as_objects(rows[cut:]), labels[cut:]),
    )


def get_word_index(path: str = "reuters_word_index.json") -> dict[str, int]:
    """{word: index}; in the data, `index_from` (3) is added to each index."""
    file = fetch(path, f"{KERAS_FILES}reuters_word_index.json", WORDS_MD5)
    return json.loads(file.read_text("utf-8"))


def get_label_names() -> tuple[str, ...]:
    """The names of the topics, in the order of the labels."""
    return tuple(TOPICS.split())
