"""StringLookup and IntegerLookup: map words or integers to indices of a vocabulary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import Any, Literal, Self, Unpack, cast

import numpy as np
from numpy.typing import ArrayLike

from nbkeras.core import check, settings
from nbkeras.core.annotations import Config
from nbkeras.core.errors import structured_errors
from nbkeras.core.names.display_name import display_path
from nbkeras.layers.engine import text_ids
from nbkeras.layers.engine.layer import LayerArguments
from nbkeras.layers.engine.registry import register
from nbkeras.layers.preprocessing.hashing import (
    checked_salt,
    in_buckets,
    refuse_sparse,
)
from nbkeras.layers.preprocessing.host_layer import HostLayer, encode, encoded_form

OutputMode = Literal["int", "one_hot", "multi_hot", "count", "tf_idf"]
MODES = ("int", "one_hot", "multi_hot", "count", "tf_idf")
VOCABULARY_FILE = "vocabulary.txt"
# The index of ignored entries, which is beyond any vocabulary.
_IGNORED = np.iinfo(np.int64).max


class Table:
    """A vocabulary and the counts of `adapt`."""

    def __init__(self) -> None:
        self.tokens: list[Any] = []
        self.index: dict[Any, int] = {}
        self.idf: np.ndarray | None = None
        # The vocabulary size in a saved config, while the vocabulary is not loaded.
        self.size: int | None = None
        self.reset()

    def reset(self) -> None:
        """Reset the counts."""
        self.counts: Counter[Any] = Counter()
        self.document_counts: Counter[Any] = Counter()
        self.num_documents = 0

    def set_tokens(self, tokens: Iterable[Any], start: int) -> None:
        """Set the vocabulary to `tokens`, with indices from `start`."""
        self.tokens = list(tokens)
        self.index = {token: n for n, token in enumerate(self.tokens, start)}

    def indices_of(self, words: Sequence[Any]) -> np.ndarray:
        """The index of each word, int64; -1 for unknown words."""
        get = self.index.get
        return np.fromiter((get(w, -1) for w in words), np.int64, len(words))


class IndexLookup(HostLayer):
    """Base class of StringLookup and IntegerLookup, which document the arguments."""

    tokens_are_strings = True

    def __init__(
        self,
        max_tokens: int | None,
        num_oov_indices: int,
        mask_token: Any,
        oov_token: Any,
        vocabulary: Any,
        idf_weights: ArrayLike | None,
        invert: bool,
        output_mode: OutputMode,
        pad_to_max_tokens: bool,
        sparse: bool,
        oov_method: str,
        salt: Any,
        **base: Unpack[LayerArguments],
    ) -> None:
        super().__init__(**base)
        owner = type(self).__name__
        mode = {"binary": "multi_hot", "tf-idf": "tf_idf"}.get(output_mode, output_mode)
        self.output_mode = check.choice(owner, "output_mode", mode, MODES)
        if max_tokens is not None and (not check.is_int(max_tokens) or max_tokens < 2):
            raise structured_errors.argument(
                owner, "max_tokens", max_tokens, "None or an integer above 1", "10_000"
            )
        if pad_to_max_tokens and max_tokens is None:
            raise ValueError(
                f"{owner}(pad_to_max_tokens=True) needs max_tokens. Write for example "
                f"{owner}(max_tokens=10_000, pad_to_max_tokens=True)."
            )
        if invert and self.output_mode != "int":
            raise ValueError(
                f"{owner}(invert=True) maps indices to words, so output_mode must be "
                f"'int', not {output_mode!r}. Leave output_mode out."
            )
        if idf_weights is not None and self.output_mode != "tf_idf":
            raise ValueError(
                f"{owner}(idf_weights=...) requires output_mode='tf_idf'; this layer "
                f"has output_mode={output_mode!r}."
            )
        self.max_tokens = max_tokens
        self.num_oov_indices = check.whole(owner, "num_oov_indices", num_oov_indices, 1)
        self.mask_token, self.oov_token = mask_token, oov_token
        self.invert = bool(invert)
        self.pad_to_max_tokens = bool(pad_to_max_tokens)
        self.sparse = refuse_sparse(owner, sparse)
        self.oov_method = check.choice(
            owner, "oov_method", oov_method, ("floormod", "farmhash")
        )
        if (
            salt is not None
            and not self.tokens_are_strings
            and oov_method != "farmhash"
        ):
            raise ValueError(
                f"{owner}(salt={salt!r}) requires oov_method='farmhash'. Write "
                f"{owner}(oov_method='farmhash', salt={salt!r})."
            )
        self.salt = checked_salt(owner, salt)
        self._table = Table()
        from_file = isinstance(vocabulary, str | PathLike)
        self.vocabulary = None if from_file or vocabulary is None else list(vocabulary)
        self.idf_weights = (
            None if idf_weights is None else list(np.asarray(idf_weights))
        )
        self._has_fixed_vocabulary = vocabulary is not None
        if vocabulary is not None:
            if self.output_mode == "tf_idf" and idf_weights is None:
                raise ValueError(
                    f"{owner}(vocabulary=..., output_mode='tf_idf') needs idf_weights, "
                    "one per word; or leave vocabulary out and call adapt(data)."
                )
            self.set_vocabulary(vocabulary, idf_weights)

    @property
    def _oov_start(self):
        return int(self.mask_token is not None and self.output_mode == "int")

    @property
    def _token_start(self):
        return self._oov_start + self.num_oov_indices

    def get_vocabulary(self, include_special_tokens: bool = True) -> list[Any]:
        """The words in the order of their index, optionally without special tokens."""
        tokens = list(self._table.tokens)
        if not include_special_tokens:
            return tokens
        return [
            *[self.mask_token] * self._oov_start,
            *[self.oov_token] * self.num_oov_indices,
            *tokens,
        ]

    def vocabulary_size(self) -> int:
        """The size of the vocabulary, including the special tokens."""
        return len(self._table.tokens) + self._token_start

    def set_vocabulary(
        self, vocabulary: Any, idf_weights: ArrayLike | None = None
    ) -> None:
        """Set the vocabulary, instead of calling `adapt`.

        Args:
            vocabulary: words in order, with or without the mask token and the unknown
                token at the start; or the path of a file with one word per line.
            idf_weights: one weight per word, for output_mode="tf_idf".

        Raises:
            ValueError: the vocabulary is empty or too large, or has a duplicate or a
                reserved word.
            FileNotFoundError: the file does not exist.
        """
        owner = type(self).__name__
        tf_idf = self.output_mode == "tf_idf"
        if tf_idf != (idf_weights is not None):
            needed = "needs" if tf_idf else "takes no"
            raise ValueError(
                f"{owner}(output_mode={self.output_mode!r}) {needed} idf_weights in "
                "set_vocabulary(vocabulary, idf_weights)."
            )
        if isinstance(vocabulary, str | PathLike):
            tokens = self._from_file(vocabulary)
            self._table.set_tokens(tokens, self._token_start)
            return
        words = [self._token(word) for word in _as_list(vocabulary)]
        if not words:
            raise ValueError(
                f"{owner}.set_vocabulary: the vocabulary is empty. Give at least one "
                "word, or call adapt(data)."
            )
        special = self.get_vocabulary()[: self._token_start]
        has_special = words[: len(special)] == special
        tokens = words[len(special) :] if has_special else words
        self._check_tokens(tokens, special)
        self._table.set_tokens(tokens, self._token_start)
        if idf_weights is not None:
            self._table.idf = self._padded_idf(idf_weights, len(words), has_special)

    def _padded_idf(self, idf_weights, count, has_special):
        weights = np.asarray(idf_weights, settings.floatx())
        if weights.shape != (count,):
            raise ValueError(
                f"idf_weights has the shape {weights.shape} and the vocabulary has "
                f"{count} words: one weight per word is needed."
            )
        if not has_special:
            special_weights = np.full(
                self._token_start, np.average(weights), weights.dtype
            )
            weights = np.concatenate([special_weights, weights])
        return self._filled_idf(weights)

    def _filled_idf(self, weights):
        if not self.pad_to_max_tokens:
            return weights
        return np.pad(weights, (0, self._depth() - len(weights)))

    def _from_file(self, path):
        if self.output_mode == "tf_idf":
            raise ValueError(
                "output_mode='tf_idf' accepts no vocabulary file, which holds no "
                "weights. Read it first: set_vocabulary(words, idf_weights)."
            )
        path = Path(fspath(path))
        if not path.is_file():
            raise FileNotFoundError(
                f"There is no vocabulary file {display_path(path)}."
            )
        lines = path.read_text(getattr(self, "encoding", "utf-8")).splitlines()
        return [self._token(line) for line in lines]

    def _check_tokens(self, tokens, special):
        owner = type(self).__name__
        duplicates = [token for token, count in Counter(tokens).items() if count > 1]
        if duplicates:
            raise ValueError(
                f"{owner}.set_vocabulary: {duplicates[:5]} occur in the vocabulary "
                "more than once. Write list(dict.fromkeys(vocabulary))."
            )
        reserved = [self.mask_token] if self.mask_token is not None else []
        if self.invert and self.oov_token is not None:
            reserved.append(self.oov_token)
        for token in reserved:
            if token in tokens:
                raise ValueError(
                    f"{owner}.set_vocabulary: {token!r} is reserved and stands at "
                    f"index {tokens.index(token)}. Leave {special} out, or put exactly "
                    "these first."
                )
        size = len(special) + len(tokens)
        if self.max_tokens is not None and size > self.max_tokens:
            raise ValueError(
                f"{owner}.set_vocabulary: {size} words, with those for the mask and "
                f"unknown words, are more than max_tokens={self.max_tokens}. Write "
                f"max_tokens={size}, or vocabulary[:{self.max_tokens - len(special)}]."
            )

    def adapt(
        self, data: Any, batch_size: int | None = None, steps: int | None = None
    ) -> None:
        """Build the vocabulary of `data`: most frequent words first, ties from z to a.

        Args:
            data: array or list, or an iterable of batches; a batch may be (x, y).
            batch_size: accepted as in Keras; it has no effect.
            steps: number of batches to read from an iterable; None for all.
        """
        self.reset_state()
        for batch in batches_of_text(data, steps):
            self.update_state(batch)
        self.finalize_state()

    @property
    def is_given_vocabulary(self) -> bool:
        """Whether the vocabulary was an argument, so that there is nothing to adapt."""
        return self._has_fixed_vocabulary

    def update_state(self, data: Any) -> None:
        """Count the words of one batch; each row is a document."""
        values = self.read(data)
        if values.ndim < 2:
            values = values.reshape(1, -1)
        self.count([row.ravel().tolist() for row in values])

    def count(self, rows: Iterable[Sequence[Any]]) -> None:
        """Count the words of rows of any length."""
        if self._has_fixed_vocabulary:
            raise ValueError(
                f"{type(self).__name__} {self.name!r} was created with a vocabulary, "
                "which adapt() would replace. Leave vocabulary out to adapt."
            )
        table = self._table
        for row in rows:
            table.counts.update(row)
            if self.output_mode == "tf_idf":
                table.document_counts.update(set(row))
            table.num_documents += 1

    def finalize_state(self) -> None:
        """Build the vocabulary from the counts."""
        table = self._table
        if self._has_fixed_vocabulary or not table.counts:
            return
        for special in (self.mask_token, self.oov_token):
            table.counts.pop(special, None)
        order = sorted(table.counts, reverse=True)
        order.sort(key=lambda token: -table.counts[token])
        if self.max_tokens is not None:
            order = order[: self.max_tokens - self._token_start]
        table.set_tokens(order, self._token_start)
        if self.output_mode == "tf_idf":
            document_counts = np.array(
                [table.document_counts[t] for t in order], "float64"
            )
            weights = np.log(1 + table.num_documents / (1 + document_counts)).astype(
                settings.floatx()
            )
            special_weights = np.full(self._token_start, weights.mean(), weights.dtype)
            table.idf = self._filled_idf(np.concatenate([special_weights, weights]))
        table.reset()

    def reset_state(self) -> None:
        """Reset the counts."""
        self._table.reset()

    def compute(self, *values: np.ndarray) -> np.ndarray:
        """The indices of words, encoded as `output_mode`; with `invert`, the words."""
        (x,) = values
        if self.invert:
            return self._words(x)
        indices = self.indices_of(x.ravel().tolist()).reshape(x.shape)
        return indices if self.output_mode == "int" else self.encoded(indices)

    def indices_of(self, words: Sequence[Any]) -> np.ndarray:
        """The index of each word, int64.

        Raises:
            ValueError: a word is unknown and `num_oov_indices` is 0.
        """
        indices = self._table.indices_of(words)
        unknown = indices < 0
        if self.mask_token is not None:
            masked = np.fromiter(
                (w == self.mask_token for w in words), bool, len(words)
            )
            indices[masked] = 0 if self.output_mode == "int" else _IGNORED
            unknown &= ~masked
        if not unknown.any():
            return indices
        unknown_positions = np.flatnonzero(unknown)
        if self.num_oov_indices == 0:
            unknown_words = [words[int(i)] for i in unknown_positions[:5]]
            raise ValueError(
                f"{type(self).__name__} {self.name!r} does not know {unknown_words} "
                "and has num_oov_indices=0. Write num_oov_indices=1 to map "
                "unknown words to an index."
            )
        if self.num_oov_indices == 1:
            indices[unknown_positions] = self._oov_start
        else:
            unknown_tokens = np.array(
                [words[int(i)] for i in unknown_positions],
                object if self.tokens_are_strings else None,
            )
            if self.tokens_are_strings or self.oov_method == "farmhash":
                buckets = in_buckets(unknown_tokens, self.num_oov_indices, self.salt)
            else:
                buckets = unknown_tokens % self.num_oov_indices
            indices[unknown_positions] = buckets + self._oov_start
        return indices

    def encoded(self, indices: np.ndarray) -> np.ndarray:
        """Encode indices (..., n) as rows as long as the vocabulary."""
        if self.output_mode != "tf_idf":
            return encode(indices, self.output_mode, self._depth(), "int64")
        counts = encode(indices, "count", self._depth(), settings.floatx())
        return counts * self._table.idf

    def _words(self, x):
        tokens = self.get_vocabulary()
        count = len(tokens)
        words = [tokens[n] if 0 <= n < count else self.oov_token for n in x.ravel()]
        word_array = np.empty(
            len(words), object if self.tokens_are_strings else np.int64
        )
        word_array[:] = words
        return word_array.reshape(x.shape)

    def _depth(self):
        if self.pad_to_max_tokens:
            return cast(int, self.max_tokens)
        if self._table.size is not None and not self._table.tokens:
            return self._table.size
        if not self._table.tokens:
            raise ValueError(
                f"{type(self).__name__} {self.name!r} has no vocabulary yet, and "
                f"output_mode={self.output_mode!r} needs its size. Call adapt(data), "
                "or give vocabulary=[...]."
            )
        return self.vocabulary_size()

    def output_form(self, *shapes: tuple[int, ...]) -> tuple[tuple[int, ...], str]:
        """(shape, dtype) of the result."""
        if self.invert and self.tokens_are_strings:
            return shapes[0], "string"
        if self.output_mode == "int":
            return shapes[0], "int64"
        return encoded_form(shapes[0], self.output_mode, self._depth())

    @property
    def keeps_file_arrays(self) -> bool:
        """Whether a file holds tf_idf weights."""
        return self.output_mode == "tf_idf"

    def file_array_shapes(self) -> dict[str, tuple[int, ...]]:
        """{name: shape} of the result of `file_arrays`."""
        return {"idf_weights": (self._depth(),)}

    def file_arrays(self) -> dict[str, np.ndarray]:
        """{name: array} to save in addition to the weights."""
        idf = self._table.idf
        return {} if idf is None else {"idf_weights": idf}

    def assets(self) -> dict[str, str]:
        """{file name: vocabulary as text}; empty if the config holds the vocabulary."""
        if self.vocabulary is not None:
            return {}
        return {VOCABULARY_FILE: "\n".join(map(str, self.get_vocabulary()))}

    def take_assets(self, files: dict[str, str]) -> None:
        """Load the vocabulary from `assets`."""
        if self.vocabulary is not None or VOCABULARY_FILE not in files:
            return
        lines = files[VOCABULARY_FILE].splitlines()
        while lines and lines[-1] == "":
            lines.pop()
        words = [self._token(line) for line in lines]
        if words[: self._token_start] == self.get_vocabulary()[: self._token_start]:
            words = words[self._token_start :]
        self._table.set_tokens(words, self._token_start)

    def take_file_arrays(self, arrays: dict[str, np.ndarray]) -> None:
        """Load the arrays of `file_arrays`."""
        if self.output_mode == "tf_idf" and "idf_weights" in arrays:
            self._table.idf = np.asarray(arrays["idf_weights"], settings.floatx())

    def _token(self, value: Any) -> Any:
        return value.decode() if isinstance(value, bytes) else str(value)

    def get_config(self) -> Config:
        """The arguments of Keras's layer of this name."""
        config = super().get_config()
        size = self.vocabulary_size() if self._table.tokens else None
        return {**config, "vocabulary_size": size}

    @classmethod
    def from_config(cls, config: Config) -> Self:
        """Create an equal layer; a config never opens a vocabulary file."""
        config = dict(config)
        refuse_vocabulary_path(cls.__name__, config.get("vocabulary"))
        config.pop("has_input_vocabulary", None)
        size = config.pop("vocabulary_size", None)
        layer = cls(**config)
        layer._table.size = size
        return layer


@register("StringLookup")
class StringLookup(IndexLookup):
    """Map words to indices in a vocabulary, or with `invert` indices to words.

    Args:
        max_tokens: maximum size of the vocabulary, including special tokens; None for
            no limit.
        num_oov_indices: number of indices for unknown words; 0 raises for unknown
            words.
        mask_token: word with index 0 ("int"), or that is ignored (other modes); or
            None.
        oov_token: token that stands for unknown words.
        vocabulary: the words, or the path of a file with one word per line.
        idf_weights: one weight per word of `vocabulary`, for output_mode="tf_idf".
        invert: whether to map indices to words, an array of `str`.
        output_mode: "int", "one_hot", "multi_hot", "count" or "tf_idf".
        pad_to_max_tokens: whether encoded rows have `max_tokens` entries even if there
            are fewer words.
        sparse: must be False.
        encoding: encoding of bytes and files.
        salt: salt of the hash that distributes unknown words over several indices.
        **base: arguments of `Layer`.

    Shapes: (batch, ...) -> the same for "int"; (batch, n) -> (batch, words).

    Raises:
        ValueError: arguments contradict each other, or the vocabulary is invalid.

    >>> layer = StringLookup(vocabulary=["cat", "dog"])
    >>> layer([["dog", "cow"]])
    Array([[2, 0]], dtype=int32)
    """

    def __init__(
        self,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        mask_token: str | None = None,
        oov_token: str = "[UNK]",
        vocabulary: Any = None,
        idf_weights: ArrayLike | None = None,
        invert: bool = False,
        output_mode: OutputMode = "int",
        pad_to_max_tokens: bool = False,
        sparse: Literal[False] = False,
        encoding: str = "utf-8",
        name: str | None = None,
        salt: int | Sequence[int] | None = None,
        oov_method: Literal["floormod", "farmhash"] = "floormod",
        **base: Any,
    ) -> None:
        self.encoding = encoding
        super().__init__(
            max_tokens,
            num_oov_indices,
            mask_token,
            oov_token,
            vocabulary,
            idf_weights,
            invert,
            output_mode,
            pad_to_max_tokens,
            sparse,
            oov_method,
            salt,
            name=name,
            **base,
        )

    def read(self, value: Any) -> np.ndarray:
        """The words, or the indices with `invert`."""
        values = super().read(value)
        return values if self.invert else text_ids.as_texts(values, self.encoding)


@register("IntegerLookup")
class IntegerLookup(IndexLookup):
    """Map integers to indices in a vocabulary of integers.

    The other arguments are those of `StringLookup`.

    Args:
        vocabulary_dtype: must be "int64".
        oov_method: how unknown integers are distributed over several indices:
            "floormod" by the remainder, "farmhash" by a hash.

    >>> IntegerLookup(vocabulary=[12, 36, 1138])([[36, 7]])
    Array([[2, 0]], dtype=int32)
    """

    tokens_are_strings = False
    reads_text = False
    takes_integers = True

    def __init__(
        self,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        mask_token: int | None = None,
        oov_token: int = -1,
        vocabulary: Any = None,
        vocabulary_dtype: Literal["int64"] = "int64",
        idf_weights: ArrayLike | None = None,
        invert: bool = False,
        output_mode: OutputMode = "int",
        sparse: Literal[False] = False,
        pad_to_max_tokens: bool = False,
        oov_method: Literal["floormod", "farmhash"] = "floormod",
        salt: int | Sequence[int] | None = None,
        name: str | None = None,
        **base: Any,
    ) -> None:
        owner = "IntegerLookup"
        self.vocabulary_dtype = check.choice(
            owner, "vocabulary_dtype", vocabulary_dtype, ("int64",)
        )
        super().__init__(
            max_tokens,
            num_oov_indices,
            mask_token,
            oov_token,
            vocabulary,
            idf_weights,
            invert,
            output_mode,
            pad_to_max_tokens,
            sparse,
            oov_method,
            salt,
            name=name,
            **base,
        )

    def read(self, value: Any) -> np.ndarray:
        """The integers."""
        values = super().read(value)
        if values.dtype.kind not in "iub":
            raise ValueError(
                f"IntegerLookup {self.name!r} got {values.dtype}, not integers. Write "
                "StringLookup for words, or x.astype('int64')."
            )
        return values.astype(np.int64)

    def _token(self, value):
        return int(value)


def batches_of_text(data: Any, steps: int | None = None) -> Iterator[Any]:
    """The batches of `data`; a list or an array is one batch, as a column."""
    is_array = isinstance(data, list | tuple | str) or hasattr(data, "dtype")
    if is_array or hasattr(data, "to_numpy"):
        values = getattr(data, "to_numpy", lambda: data)()
        try:
            array = np.asarray(values)
        except ValueError:
            raise ValueError(
                "adapt() got rows of unequal length. Give one string per row, or an "
                "iterable of batches."
            ) from None
        yield array[:, None] if array.ndim == 1 else array
        return
    for number, batch in enumerate(data):
        if steps is not None and number >= steps:
            return
        yield batch[0] if isinstance(batch, tuple) else batch


def refuse_vocabulary_path(owner: str, vocabulary: Any) -> None:
    """Raise if a config names a vocabulary file, which could be an untrusted path."""
    if isinstance(vocabulary, str):
        raise ValueError(
            f"{owner}: the config names the vocabulary file {vocabulary!r}, which is "
            "not opened. Load it explicitly: layer.set_vocabulary(path)."
        )


def _as_list(vocabulary):
    values = getattr(vocabulary, "to_numpy", lambda: vocabulary)()
    return values.tolist() if hasattr(values, "tolist") else list(values)
