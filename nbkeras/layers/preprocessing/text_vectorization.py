"""TextVectorization: strings to rows of word indices."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Sequence
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike

from nbkeras.core import check, structured_errors
from nbkeras.core.annotations import Config
from nbkeras.core.registry import custom
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
# Only ASCII, as in Keras: other letters keep their case, other spaces do not split.
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_WORD = re.compile(r"[^ \t\n\r\v\f]+")
_STANDARDIZE = ("lower_and_strip_punctuation", "lower", "strip_punctuation")
_SPLIT = ("whitespace", "character")


@register("TextVectorization")
class TextVectorization(HostLayer):
    """Vectorize text: standardize, split into words, form n-grams, look up indices.

    Called on texts it gives their numbers at once. In a model it needs a fixed number
    of words, `output_sequence_length`, and then `fit` and `predict` take texts.

    Args:
        max_tokens: the most numbers that there may be, padding and unknown included.
        standardize: "lower_and_strip_punctuation", "lower", "strip_punctuation", None,
            or a function of an array of texts.
        split: "whitespace", "character", None, or a function of an array of texts that
            gives lists of words.
        ngrams: also neighbours joined: up to so many words, or exactly the numbers in a
            tuple.
        output_mode: "int", "multi_hot", "count" or "tf_idf".
        output_sequence_length: words a row, filled up with 0 or cut; None for those of
            the longest text.
        pad_to_max_tokens: rows of `max_tokens`, however many words there are.
        vocabulary: the words, or the path of a file with one a line.
        idf_weights: one for each word of `vocabulary`, with output_mode="tf_idf".
        sparse: only False.
        ragged: only False.
        encoding: of bytes and files.
        **base: arguments of `Layer`.

    Shapes: (batch,) or (batch, 1) texts -> (batch, words) integers for "int", else
        (batch, size of the vocabulary).

    Raises:
        ValueError: arguments that do not go together.

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
        """Learn the vocabulary of `data`: the most frequent first, then from z to a.

        Args:
            data: list or array of texts, or an iterable of batches of them; a batch may
                be (texts, labels).
            batch_size: not used.
            steps: batches to read of an iterable; None for all.
        """
        self.reset_state()
        for batch in batches_of_text(data, steps):
            self.update_state(batch)
        self.finalize_state()

    def update_state(self, data: Any) -> None:
        """Count the words of one batch; a text is a document."""
        rows, _ = self._words(self.read(data))
        self._lookup_layer.count(rows)

    def finalize_state(self) -> None:
        """Make the vocabulary out of the counts."""
        self._lookup_layer.finalize_state()

    def reset_state(self) -> None:
        """Forget what was counted."""
        self._lookup_layer.reset_state()

    def get_vocabulary(self, include_special_tokens: bool = True) -> list[str]:
        """The words by their number; without padding and unknown words if asked so."""
        return self._lookup_layer.get_vocabulary(include_special_tokens)

    def vocabulary_size(self) -> int:
        """How many numbers there are, those of padding and unknown words included."""
        return self._lookup_layer.vocabulary_size()

    def set_vocabulary(
        self, vocabulary: Any, idf_weights: ArrayLike | None = None
    ) -> None:
        """Take a vocabulary as it is; see `StringLookup.set_vocabulary`."""
        self._lookup_layer.set_vocabulary(vocabulary, idf_weights)

    def read(self, value: Any) -> np.ndarray:
        """The texts as objects."""
        value = getattr(value, "to_numpy", lambda: value)()
        return text_ids.as_texts(value, self.encoding)

    def compute(self, *values: np.ndarray) -> np.ndarray:
        """The numbers of the words, encoded as `output_mode` says."""
        rows, outer = self._words(values[0])
        look_up = self._lookup_layer
        flat = look_up.numbers([word for row in rows for word in row])
        ends = np.cumsum([len(row) for row in rows])[:-1]
        numbers = np.split(flat, ends)
        width = self.output_sequence_length
        if width is None:
            width = max(map(len, numbers), default=0)
        # Word 0 is padding for "int"; elsewhere what fills rows up is left out.
        fill = 0 if self.output_mode == "int" else -1
        padded = np.full((len(rows), width), fill, np.int64)
        for target, row in zip(padded, numbers, strict=True):
            target[: len(row)] = row[:width]
        if self.output_mode != "int":
            padded = look_up.encoded(padded)
        return padded.reshape(*outer, *padded.shape[1:])

    def _words(self, texts):
        """(rows of words, shape of the axes in front of the words)."""
        texts = self._standardized(texts)
        if self.split is None:
            outer = texts.shape[:-1] if texts.ndim else ()
            rows = texts.reshape(-1, texts.shape[-1] if texts.ndim else 1).tolist()
        else:
            if texts.ndim > 1:
                texts = self._without_last_axis(texts)
            outer = texts.shape
            rows = self._split_up(texts)
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
        how = self.standardize
        if callable(how):
            result = how(np.asarray(texts, dtype=str))
            return text_ids.as_texts(result, self.encoding)
        if how is None:
            return texts
        plain_texts = np.empty(texts.shape, dtype=object)
        plain_texts.reshape(-1)[:] = [_plain(text, how) for text in texts.ravel()]
        return plain_texts

    def _split_up(self, texts):
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
        """{name: array} of the arrays saved beside the weights."""
        return self._lookup_layer.file_arrays()

    def take_file_arrays(self, arrays: dict[str, np.ndarray]) -> None:
        """Load the arrays of `file_arrays`."""
        self._lookup_layer.take_file_arrays(arrays)

    def assets(self) -> dict[str, str]:
        """The vocabulary as a file, unless the config holds it."""
        return self._lookup_layer.assets()

    def take_assets(self, files: dict[str, str]) -> None:
        """Load the vocabulary."""
        self._lookup_layer.take_assets(files)

    def get_config(self) -> Config:
        """The arguments that Keras's layer of this name takes."""
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
            config[name] = _revived(config.get(name), choices)
        if isinstance(config.get("ngrams"), list):
            config["ngrams"] = tuple(config["ngrams"])
        layer = cls(**config)
        layer._lookup_layer._table.size = size
        return layer


def _plain(text, how):
    if how != "strip_punctuation":
        text = text.translate(_LOWER)
    return text if how == "lower" else _PUNCTUATION.sub("", text)


def _ngrams(words, widths):
    return [
        " ".join(words[start : start + width])
        for width in widths
        for start in range(len(words) - width + 1)
    ]


def _checked(owner, name, value, known):
    if value is None or callable(value):
        return value
    return check.choice(owner, name, value, known)


def _checked_ngrams(ngrams):
    """(as given, widths or None)."""
    if ngrams is None:
        return None, None
    if check.is_int(ngrams) and ngrams > 0:
        return ngrams, tuple(range(1, ngrams + 1))
    if isinstance(ngrams, tuple) and all(map(check.is_int, ngrams)):
        return ngrams, ngrams
    raise structured_errors.argument(
        "TextVectorization", "ngrams", ngrams, "None, an integer or a tuple", "2"
    )


def _revived(value, known):
    """A saved function: custom ones are found by name."""
    if isinstance(value, dict):
        value = value.get("registered_name") or value.get("config")
    if not isinstance(value, str) or value in known:
        return value
    function = custom(value)
    if function is None:
        raise ValueError(
            f"Unknown {value!r}: TextVectorization was saved with this custom "
            f"function. Pass it: custom_objects={{{value!r}: {value}}}."
        )
    return function
