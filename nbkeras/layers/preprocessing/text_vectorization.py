"""TextVectorization: map strings to rows of word indices."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Sequence
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike

from nbkeras.core import check
from nbkeras.core.annotations import Config
from nbkeras.core.errors import structured_errors
from nbkeras.core.serialization.registry import custom
from nbkeras.layers.engine import text_ids
from nbkeras.layers.engine.registry import register
from nbkeras.layers.preprocessing.hashing import refuse_sparse
from nbkeras.layers.preprocessing.host_layer import HostLayer
from nbkeras.layers.preprocessing.lookup import (
    OutputMode,
    StringLookup,
    batches_of_text,
    refuse_vocabulary_path,
)

_PUNCTUATION = re.compile(r'[!"#$%&()*+,\-./:;<=>?@\[\\\]^_`{|}~\']')
# ASCII only, as in Keras: other letters keep their case, other spaces do not split.
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_WORD = re.compile(r"[^ \t\n\r\v\f]+")
_STANDARDIZE = ("lower_and_strip_punctuation", "lower", "strip_punctuation")
_SPLIT = ("whitespace", "character")


@register("TextVectorization")
class TextVectorization(HostLayer):
    """Vectorize text: standardize, split into words, form n-grams, look up indices.

    When called on strings it returns their indices directly. Within a model it needs a
    fixed number of words, `output_sequence_length`; `fit` and `predict` then take
    strings.

    Args:
        max_tokens: maximum size of the vocabulary, including padding and unknown words.
        standardize: "lower_and_strip_punctuation", "lower", "strip_punctuation", None,
            or a function of an array of strings.
        split: "whitespace", "character", None, or a function from an array of strings
            to lists of words.
        ngrams: an integer n to add n-grams of up to n words, or a tuple of the exact
            sizes.
        output_mode: "int", "multi_hot", "count" or "tf_idf".
        output_sequence_length: words per row, padded with 0 or truncated; None for the
            length of the longest text.
        pad_to_max_tokens: whether encoded rows have `max_tokens` entries even if there
            are fewer words.
        vocabulary: the words, or the path of a file with one word per line.
        idf_weights: one weight per word of `vocabulary`, for output_mode="tf_idf".
        sparse: must be False.
        ragged: must be False.
        encoding: encoding of bytes and files.
        **base: arguments of `Layer`.

    Shapes: (batch,) or (batch, 1) strings -> (batch, words) integers for "int", else
        (batch, size of the vocabulary).

    Raises:
        ValueError: arguments contradict each other.

    >>> layer = TextVectorization()
    >>> layer.adapt(["to be or not to be"])
    >>> layer.get_vocabulary()
    ['', '[UNK]', 'to', 'be', 'or', 'not']
    >>> layer(["To be, or what?"])
    Array([[2, 3, 4, 1]], dtype=int32)
    """

    def __init__(
        self,
        max_tokens: int | None = None,
        standardize: str | Callable[[Any], Any] | None = "lower_and_strip_punctuation",
        split: str | Callable[[Any], Any] | None = "whitespace",
        ngrams: int | Sequence[int] | None = None,
        output_mode: OutputMode = "int",
        output_sequence_length: int | None = None,
        pad_to_max_tokens: bool = False,
        vocabulary: Any = None,
        idf_weights: ArrayLike | None = None,
        sparse: Literal[False] = False,
        ragged: Literal[False] = False,
        encoding: str = "utf-8",
        name: str | None = None,
        **base: Any,
    ) -> None:
        super().__init__(name=name, **base)
        owner = "TextVectorization"
        self.standardize = _checked(owner, "standardize", standardize, _STANDARDIZE)
        self.split = _checked(owner, "split", split, _SPLIT)
        self.ngrams, self._widths = _checked_ngrams(ngrams)
        self.sparse = refuse_sparse(owner, sparse)
        if ragged:
            raise ValueError(
                "TextVectorization(ragged=True): rows have equal length, as in Keras "
                "on JAX. Leave ragged out: short rows are padded with 0, which "
                "Embedding(mask_zero=True) masks."
            )
        self.ragged = False
        self.encoding = encoding
        if output_sequence_length is not None:
            check.positive_int(owner, "output_sequence_length", output_sequence_length)
            if output_mode != "int":
                raise ValueError(
                    "TextVectorization(output_sequence_length=...) belongs to "
                    f"output_mode='int', and this one has {output_mode!r}. Leave one "
                    "of them out."
                )
        self.output_sequence_length = output_sequence_length
        self._lookup_layer = StringLookup(
            max_tokens=max_tokens,
            mask_token="",
            vocabulary=vocabulary,
            idf_weights=idf_weights,
            output_mode=output_mode,
            pad_to_max_tokens=pad_to_max_tokens,
            encoding=encoding,
        )
        self.output_mode = self._lookup_layer.output_mode
        self.vocabulary = self._lookup_layer.vocabulary
        self.idf_weights = self._lookup_layer.idf_weights

    @property
    def is_given_vocabulary(self) -> bool:
        """Whether the vocabulary was an argument, so that there is nothing to adapt."""
        return self._lookup_layer.is_given_vocabulary

    def adapt(
        self, data: Any, batch_size: int | None = None, steps: int | None = None
    ) -> None:
        """Build the vocabulary of `data`: most frequent words first, ties from z to a.

        Args:
            data: list or array of strings, or an iterable of batches; a batch may be
                (strings, labels).
            batch_size: accepted as in Keras; it has no effect.
            steps: number of batches to read from an iterable; None for all.
        """
        self.reset_state()
        for batch in batches_of_text(data, steps):
            self.update_state(batch)
        self.finalize_state()

    def update_state(self, data: Any) -> None:
        """Count the words of one batch; each string is a document."""
        rows, _ = self._words(self.read(data))
        self._lookup_layer.count(rows)

    def finalize_state(self) -> None:
        """Build the vocabulary from the counts."""
        self._lookup_layer.finalize_state()

    def reset_state(self) -> None:
        """Reset the counts."""
        self._lookup_layer.reset_state()

    def get_vocabulary(self, include_special_tokens: bool = True) -> list[str]:
        """The words in the order of their index, optionally without special tokens."""
        return self._lookup_layer.get_vocabulary(include_special_tokens)

    def vocabulary_size(self) -> int:
        """The size of the vocabulary, including padding and unknown words."""
        return self._lookup_layer.vocabulary_size()

    def set_vocabulary(
        self, vocabulary: Any, idf_weights: ArrayLike | None = None
    ) -> None:
        """Set the vocabulary, instead of calling `adapt`; see `StringLookup`."""
        self._lookup_layer.set_vocabulary(vocabulary, idf_weights)

    def read(self, value: Any) -> np.ndarray:
        """The strings as an object array."""
        value = getattr(value, "to_numpy", lambda: value)()
        return text_ids.as_texts(value, self.encoding)

    def compute(self, *values: np.ndarray) -> np.ndarray:
        """The indices of the words, encoded as `output_mode`."""
        rows, outer = self._words(values[0])
        lookup_layer = self._lookup_layer
        flat_indices = lookup_layer.indices_of([word for row in rows for word in row])
        ends = np.cumsum([len(row) for row in rows])[:-1]
        indices = np.split(flat_indices, ends)
        width = self.output_sequence_length
        if width is None:
            width = max(map(len, indices), default=0)
        # Index 0 is padding for "int"; the other modes ignore the index -1.
        fill = 0 if self.output_mode == "int" else -1
        padded = np.full((len(rows), width), fill, np.int64)
        for target, row in zip(padded, indices, strict=True):
            target[: len(row)] = row[:width]
        if self.output_mode != "int":
            padded = lookup_layer.encoded(padded)
        return padded.reshape(*outer, *padded.shape[1:])

    def _words(self, texts):
        """(rows of words, shape of the axes before the words)."""
        texts = self._standardized(texts)
        if self.split is None:
            outer = texts.shape[:-1] if texts.ndim else ()
            rows = texts.reshape(-1, texts.shape[-1] if texts.ndim else 1).tolist()
        else:
            if texts.ndim > 1:
                texts = self._without_last_axis(texts)
            outer = texts.shape
            rows = self._split_words(texts)
        if self._widths is not None:
            rows = [_ngrams(row, self._widths) for row in rows]
        return rows, outer

    def _without_last_axis(self, texts):
        if texts.shape[-1] == 1:
            return texts[..., 0]
        raise ValueError(
            f"TextVectorization {self.name!r} splits strings of shape (batch,) or "
            f"(batch, 1), and got {texts.shape}. Give one string per row, or write "
            "TextVectorization(split=None) for strings that are already split."
        )

    def _standardized(self, texts):
        standardize = self.standardize
        if callable(standardize):
            result = standardize(np.asarray(texts, dtype=str))
            return text_ids.as_texts(result, self.encoding)
        if standardize is None:
            return texts
        plain_texts = np.empty(texts.shape, dtype=object)
        plain_texts.reshape(-1)[:] = [
            _plain(text, standardize) for text in texts.ravel()
        ]
        return plain_texts

    def _split_words(self, texts):
        if callable(self.split):
            result = self.split(np.asarray(texts, dtype=str))
            result: Any = getattr(result, "to_list", lambda: result)()
            return [[str(word) for word in row] for row in result]
        if self.split == "character":
            return [list(text) for text in texts.ravel()]
        return [_WORD.findall(text) for text in texts.ravel()]

    def output_form(self, *shapes: tuple[int, ...]) -> tuple[tuple[int, ...], str]:
        """(shape, dtype) of the result."""
        shape = shapes[0]
        if self.split is not None and len(shape) > 1:
            shape = shape[:-1]
        elif self.split is None:
            shape = shape[:-1]
        if self.output_mode == "int":
            if self.output_sequence_length is None:
                raise structured_errors.LayerMistake(
                    "TextVectorization",
                    self.name,
                    "texts in a model",
                    "a fixed number of words per row",
                    "TextVectorization(output_sequence_length=200)",
                    "call it on the texts first and give the model its numbers: "
                    "model.fit(layer(texts), y)",
                )
            return (*shape, self.output_sequence_length), "int64"
        return self._lookup_layer.output_form((*shape, 2))

    @property
    def keeps_file_arrays(self) -> bool:
        """Whether a file holds tf_idf weights."""
        return self._lookup_layer.keeps_file_arrays

    def file_array_shapes(self) -> dict[str, tuple[int, ...]]:
        """{name: shape} of the result of `file_arrays`."""
        return self._lookup_layer.file_array_shapes()

    def file_arrays(self) -> dict[str, np.ndarray]:
        """{name: array} to save in addition to the weights."""
        return self._lookup_layer.file_arrays()

    def take_file_arrays(self, arrays: dict[str, np.ndarray]) -> None:
        """Load the arrays of `file_arrays`."""
        self._lookup_layer.take_file_arrays(arrays)

    def assets(self) -> dict[str, str]:
        """{file name: vocabulary as text}; empty if the config holds the vocabulary."""
        return self._lookup_layer.assets()

    def take_assets(self, files: dict[str, str]) -> None:
        """Load the vocabulary from `assets`."""
        self._lookup_layer.take_assets(files)

    def get_config(self) -> Config:
        """The arguments of Keras's layer of this name."""
        config = super().get_config()
        return {**config, "vocabulary_size": self.vocabulary_size()}

    @classmethod
    def from_config(cls, config: Config) -> Self:
        """Create an equal layer; a config never opens a vocabulary file."""
        config = dict(config)
        refuse_vocabulary_path("TextVectorization", config.get("vocabulary"))
        size = config.pop("vocabulary_size", None)
        config.pop("has_input_vocabulary", None)
        for name, choices in (("standardize", _STANDARDIZE), ("split", _SPLIT)):
            config[name] = _deserialized_function(config.get(name), choices)
        if isinstance(config.get("ngrams"), list):
            config["ngrams"] = tuple(config["ngrams"])
        layer = cls(**config)
        layer._lookup_layer._table.size = size
        return layer


def _plain(text, standardize):
    if standardize != "strip_punctuation":
        text = text.translate(_LOWER)
    return text if standardize == "lower" else _PUNCTUATION.sub("", text)


def _ngrams(words, widths):
    return [
        " ".join(words[start : start + width])
        for width in widths
        for start in range(len(words) - width + 1)
    ]


def _checked(owner, name, value, choices):
    if value is None or callable(value):
        return value
    return check.choice(owner, name, value, choices)


def _checked_ngrams(ngrams):
    """(the validated argument, sizes of the n-grams or None)."""
    if ngrams is None:
        return None, None
    if check.is_int(ngrams) and ngrams > 0:
        return ngrams, tuple(range(1, ngrams + 1))
    if isinstance(ngrams, tuple) and all(map(check.is_int, ngrams)):
        return ngrams, ngrams
    raise structured_errors.argument(
        "TextVectorization", "ngrams", ngrams, "None, an integer or a tuple", "2"
    )


def _deserialized_function(value, choices):
    """A saved setting: a choice, or a custom function looked up by name."""
    if isinstance(value, dict):
        value = value.get("registered_name") or value.get("config")
    if not isinstance(value, str) or value in choices:
        return value
    function = custom(value)
    if function is None:
        raise ValueError(
            f"Unknown {value!r}: TextVectorization was saved with this custom "
            f"function. Pass it: custom_objects={{{value!r}: {value}}}."
        )
    return function
