"""Text functions of `keras.preprocessing.text`: Tokenizer, hashing, splitting."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Literal

import numpy as np

from nbkeras.core import check, notices

FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'
MatrixMode = Literal["binary", "count", "freq", "tfidf"]
_MODES = ("binary", "count", "freq", "tfidf")


def text_to_word_sequence(
    input_text: str, filters: str = FILTERS, lower: bool = True, split: str = " "
) -> list[str]:
    """Split a text into words.

    Args:
        input_text: the text.
        filters: characters to treat as separators, besides `split`.
        lower: whether to convert the text to lowercase.
        split: word separator.

    >>> text_to_word_sequence("To be, or not!")
    ['to', 'be', 'or', 'not']
    """
    text = input_text.lower() if lower else input_text
    text = text.translate({ord(character): split for character in filters})
    return [word for word in text.split(split) if word]


def one_hot(
    input_text: str,
    n: int,
    filters: str = FILTERS,
    lower: bool = True,
    split: str = " ",
    analyzer: Callable[[str], Iterable[str]] | None = None,
) -> list[int]:
    """Encode words as integers from 1 to n - 1, by Python's `hash`.

    As in Keras, the result is not a vector, and it differs between processes unless
    PYTHONHASHSEED is set. `hashing_trick(text, n, "md5")` is reproducible.
    """
    return hashing_trick(input_text, n, hash, filters, lower, split, analyzer)


def hashing_trick(
    text: str,
    n: int,
    hash_function: Callable[[str], int] | Literal["md5"] | None = None,
    filters: str = FILTERS,
    lower: bool = True,
    split: str = " ",
    analyzer: Callable[[str], Iterable[str]] | None = None,
) -> list[int]:
    """Encode words as integers from 1 to n - 1, by a hash; words may collide.

    Args:
        text: the text.
        n: size of the index space, including 0, which no word gets.
        hash_function: hash function of a word; "md5" is the same in every process, and
            None is `hash`.
        filters, lower, split: as in `text_to_word_sequence`.
        analyzer: function that splits the text into words instead.

    Raises:
        ValueError: `n` is below 2.

    >>> hashing_trick("To be, or not to be", 100, "md5")
    [5, 66, 50, 12, 5, 66]
    """
    n = check.whole("hashing_trick", "n", n, 100)
    if n < 2:
        raise ValueError(
            f"hashing_trick(n={n}): words get numbers from 1 to n - 1, so n is at "
            "least 2. Write for example hashing_trick(text, 1000)."
        )
    word_hash = _md5 if hash_function == "md5" else hash_function or hash
    if analyzer is not None:
        words = analyzer(text)
    else:
        words = text_to_word_sequence(text, filters, lower, split)
    return [word_hash(word) % (n - 1) + 1 for word in words]


def _md5(word):
    return int(hashlib.md5(word.encode(), usedforsecurity=False).hexdigest(), 16)


class Tokenizer:
    """Index words by frequency, and encode texts as sequences of word indices.

    The most frequent word has index 1; 0 is reserved for padding.

    Args:
        num_words: use only the num_words - 1 most frequent words; None for all.
        filters, lower, split: as in `text_to_word_sequence`.
        char_level: index characters instead of words.
        oov_token: token with index 1 that replaces out-of-vocabulary words; None drops
            them.
        analyzer: function that splits a text into words instead.

    >>> tokenizer = Tokenizer()
    >>> tokenizer.fit_on_texts(["to be or not to be"])
    >>> tokenizer.texts_to_sequences(["not to be seen"])
    [[4, 1, 2]]
    """

    def __init__(
        self,
        num_words: int | None = None,
        filters: str = FILTERS,
        lower: bool = True,
        split: str = " ",
        char_level: bool = False,
        oov_token: str | None = None,
        analyzer: Callable[[str], Iterable[str]] | None = None,
        *,
        document_count: int = 0,
        nb_words: int | None = None,
    ) -> None:
        if nb_words is not None:
            notices.once("nb_words", "Tokenizer(nb_words=...) is num_words=... today.")
            num_words = nb_words
        self.num_words = num_words
        self.filters, self.lower, self.split = filters, lower, split
        self.char_level, self.oov_token = char_level, oov_token
        self.analyzer = analyzer
        self.document_count = document_count
        self.word_counts: dict[str, int] = {}
        self.word_docs: dict[str, int] = {}
        self.index_docs: dict[int, int] = {}
        self.word_index: dict[str, int] = {}
        self.index_word: dict[int, str] = {}

    def fit_on_texts(self, texts: Iterable[str | list[str]]) -> None:
        """Count the words of `texts` and update the index; calls are cumulative."""
        _refuse_one_text("fit_on_texts", texts)
        for text in texts:
            words = list(self._words(text))
            self.document_count += 1
            for word in words:
                self.word_counts[word] = self.word_counts.get(word, 0) + 1
            for word in dict.fromkeys(words):
                self.word_docs[word] = self.word_docs.get(word, 0) + 1
        ordered = sorted(self.word_counts, key=lambda word: -self.word_counts[word])
        if self.oov_token is not None:
            ordered.insert(0, self.oov_token)
        self.word_index = {word: number for number, word in enumerate(ordered, 1)}
        self.index_word = {number: word for word, number in self.word_index.items()}
        for word, count in self.word_docs.items():
            self.index_docs[self.word_index[word]] = count

    def fit_on_sequences(self, sequences: Sequence[Iterable[int]]) -> None:
        """Count the sequences in which each index occurs, for "tfidf"."""
        self.document_count += len(sequences)
        for sequence in sequences:
            for number in set(sequence):
                self.index_docs[number] = self.index_docs.get(number, 0) + 1

    def texts_to_sequences(self, texts: Iterable[str | list[str]]) -> list[list[int]]:
        """Encode each text as a list of word indices."""
        return list(self.texts_to_sequences_generator(texts))

    def texts_to_sequences_generator(
        self, texts: Iterable[str | list[str]]
    ) -> Iterator[list[int]]:
        """Encode texts as `texts_to_sequences` does, one at a time."""
        _refuse_one_text("texts_to_sequences", texts)
        unknown = self._unknown()
        for text in texts:
            numbers = (self.word_index.get(word) for word in self._words(text))
            indices = (unknown if self._is_rare(n) else n for n in numbers)
            yield [index for index in indices if index is not None]

    def sequences_to_texts(self, sequences: Iterable[Iterable[int]]) -> list[str]:
        """Decode sequences of word indices to texts, with words joined by spaces."""
        return list(self.sequences_to_texts_generator(sequences))

    def sequences_to_texts_generator(
        self, sequences: Iterable[Iterable[int]]
    ) -> Iterator[str]:
        """Decode sequences as `sequences_to_texts` does, one at a time."""
        unknown = self._unknown()
        for sequence in sequences:
            numbers = [int(number) for number in sequence]
            indices = [
                unknown if n not in self.index_word or self._is_rare(n) else n
                for n in numbers
            ]
            yield " ".join(self.index_word[n] for n in indices if n is not None)

    def texts_to_matrix(
        self, texts: Iterable[str | list[str]], mode: MatrixMode = "binary"
    ) -> np.ndarray:
        """Encode texts as rows of a matrix; see `sequences_to_matrix`."""
        return self.sequences_to_matrix(self.texts_to_sequences(texts), mode)

    def sequences_to_matrix(
        self, sequences: Sequence[Sequence[int]], mode: MatrixMode = "binary"
    ) -> np.ndarray:
        """Encode sequences as a matrix, (sequences, words) float64.

        Args:
            sequences: lists of word indices.
            mode: entry for each word: "binary" is 1 if it occurs, "count" its number of
                occurrences, "freq" its relative frequency, and "tfidf" is
                (1 + log count) * log(1 + texts / (1 + texts with the word)).

        Raises:
            ValueError: neither `num_words` nor a word index, or "tfidf" before any
                text was counted.
        """
        check.choice("sequences_to_matrix", "mode", mode, _MODES)
        size = self.num_words or (len(self.word_index) + 1 if self.word_index else 0)
        if not size:
            raise ValueError(
                "The Tokenizer knows no words yet. Call fit_on_texts(texts) first, or "
                "write Tokenizer(num_words=1000)."
            )
        if mode == "tfidf" and not self.document_count:
            raise ValueError(
                'mode="tfidf" needs texts counted. Call fit_on_texts(texts) first.'
            )
        matrix = np.zeros((len(sequences), size))
        for row, sequence in zip(matrix, sequences, strict=True):
            for number, count in Counter(sequence).items():
                if number < size:
                    row[number] = self._entry(mode, number, count, len(sequence))
        return matrix

    def _entry(self, mode, number, count, length):
        if mode == "binary":
            return 1.0
        if mode == "count":
            return count
        if mode == "freq":
            return count / length
        documents = self.index_docs.get(number, 0)
        idf = np.log(1 + self.document_count / (1 + documents))
        return (1 + np.log(count)) * idf

    def _words(self, text):
        """The words of a text, or of a list that is already split."""
        if isinstance(text, list):
            return [word.lower() for word in text] if self.lower else text
        if self.char_level:
            return text.lower() if self.lower else text
        if self.analyzer is not None:
            return self.analyzer(text)
        return text_to_word_sequence(text, self.filters, self.lower, self.split)

    def _unknown(self):
        if self.oov_token is None:
            return None
        return self.word_index.get(self.oov_token)

    def _is_rare(self, number):
        return number is None or bool(self.num_words and number >= self.num_words)

    def get_config(self) -> dict[str, Any]:
        """Settings and counts; tables are JSON strings, as in Keras."""
        tables = ("word_counts", "word_docs", "index_docs", "index_word", "word_index")
        return {
            "num_words": self.num_words,
            "filters": self.filters,
            "lower": self.lower,
            "split": self.split,
            "char_level": self.char_level,
            "oov_token": self.oov_token,
            "document_count": self.document_count,
            **{name: json.dumps(getattr(self, name)) for name in tables},
        }

    def to_json(self, **options: Any) -> str:
        """Serialize to JSON, for `tokenizer_from_json`."""
        config = {"class_name": "Tokenizer", "config": self.get_config()}
        return json.dumps(config, **options)


def tokenizer_from_json(json_string: str) -> Tokenizer:
    """Create a Tokenizer from the JSON of `to_json`, of nbkeras or Keras."""
    config = dict(json.loads(json_string)["config"])
    words = ("word_counts", "word_docs", "word_index")
    tables = {name: json.loads(config.pop(name)) for name in words}
    for name in ("index_docs", "index_word"):
        table = json.loads(config.pop(name))
        tables[name] = {int(number): value for number, value in table.items()}
    tokenizer = Tokenizer(**config)
    for name, table in tables.items():
        setattr(tokenizer, name, table)
    return tokenizer


def _refuse_one_text(method, texts):
    if isinstance(texts, str):
        raise ValueError(
            f"Tokenizer.{method} takes a list of texts, and got one text, whose "
            f"letters would each count as a text. Write {method}([text])."
        )


__all__ = [
    "Tokenizer",
    "hashing_trick",
    "one_hot",
    "text_to_word_sequence",
    "tokenizer_from_json",
]
