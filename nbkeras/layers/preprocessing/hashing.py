"""Hashing and HashedCrossing: map strings and integers to bins by a hash."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Unpack

import jax
import jax.numpy as jnp
import numpy as np

from nbkeras.core import check, settings
from nbkeras.core.annotations import Config, DTypeLike
from nbkeras.core.errors import structured_errors
from nbkeras.layers.engine.layer import LayerArguments
from nbkeras.layers.engine.naming import dtype_name
from nbkeras.layers.engine.registry import register
from nbkeras.layers.preprocessing import fingerprints
from nbkeras.layers.preprocessing.host_layer import HostLayer, encode, encoded_form

# The initial fingerprint of a feature cross, as in TensorFlow.
_CROSS_KEY = 0xDECAFCAFFE


@register("Hashing")
class Hashing(HostLayer):
    """Hash strings or integers into bins, without a vocabulary.

    Args:
        num_bins: number of bins, including the one for `mask_value`.
        mask_value: value that is mapped to bin 0, which then has no other values; or
            None.
        salt: None for FarmHash; one or two integers, the key, for SipHash.
        output_mode: "int", "one_hot", "multi_hot" or "count".
        sparse: must be False.
        **base: arguments of `Layer`.

    Shapes: (batch, ...) -> the same for "int", else (batch, num_bins).

    Raises:
        ValueError: `num_bins` is not positive, or `output_mode` is unknown.

    >>> Hashing(num_bins=3)([["A"], ["B"], ["C"]])
    Array([[1],
           [0],
           [1]], dtype=int32)
    """

    takes_integers = True

    def __init__(
        self,
        num_bins: int,
        mask_value: str | int | None = None,
        salt: int | Sequence[int] | None = None,
        output_mode: Literal["int", "one_hot", "multi_hot", "count"] = "int",
        sparse: Literal[False] = False,
        **base: Unpack[LayerArguments],
    ) -> None:
        modes = ("int", "one_hot", "multi_hot", "count")
        self.output_mode = check.choice("Hashing", "output_mode", output_mode, modes)
        default = "int64" if output_mode == "int" else settings.floatx()
        dtype = base.get("dtype") or default
        if output_mode == "int" and not jnp.issubdtype(dtype_name(dtype), jnp.integer):
            raise structured_errors.argument(
                "Hashing", "dtype", dtype, "an integer dtype, as bins are", "'int32'"
            )
        base["dtype"] = dtype
        super().__init__(**base)
        self.num_bins = check.positive_int("Hashing", "num_bins", num_bins, 100)
        self.mask_value = mask_value
        self.salt = checked_salt("Hashing", salt)
        self.sparse = refuse_sparse("Hashing", sparse)
        self._saved_dtype = str(dtype)

    def compute(self, *values: np.ndarray) -> np.ndarray:
        """The bins, encoded according to `output_mode`."""
        (x,) = values
        bins = self._bins(x)
        if self.output_mode == "int":
            return bins
        return encode(bins, self.output_mode, self.num_bins, self.compute_dtype)

    def _bins(self, x):
        count, mask = self.num_bins, None
        if self.mask_value is not None and count > 1:
            count, mask = count - 1, x == self.mask_value
        bins = in_buckets(x, count, self.salt)
        return bins if mask is None else np.where(mask, 0, bins + 1)

    def output_form(self, *shapes: tuple[int, ...]) -> tuple[tuple[int, ...], str]:
        """(shape, dtype) of the result."""
        return encoded_form(
            shapes[0], self.output_mode, self.num_bins, self.compute_dtype
        )

    def get_config(self) -> Config:
        """The arguments of Keras's layer of this name."""
        return {**super().get_config(), "dtype": self._saved_dtype}


@register("HashedCrossing")
class HashedCrossing(HostLayer):
    """Cross two or more features and hash the combination into bins.

    Args:
        num_bins: number of bins.
        output_mode: "int" or "one_hot".
        sparse: must be False.
        **base: arguments of `Layer`.

    Shapes: a list of (batch,) or (batch, 1) -> the same for "int", else
        (batch, num_bins).

    Raises:
        ValueError: there are fewer than two inputs, or their shapes differ or do not
            fit.

    >>> HashedCrossing(num_bins=5)((["A", "B", "A"], [101, 101, 102]))
    Array([1, 4, 3], dtype=int32)
    """

    takes_integers = True

    def __init__(
        self,
        num_bins: int,
        output_mode: Literal["int", "one_hot"] = "int",
        sparse: Literal[False] = False,
        name: str | None = None,
        dtype: DTypeLike | None = None,
        **base: Any,
    ) -> None:
        owner = "HashedCrossing"
        self.output_mode = check.choice(
            owner, "output_mode", output_mode, ("int", "one_hot")
        )
        if dtype is None:
            dtype = "int64" if output_mode == "int" else settings.floatx()
        super().__init__(name=name, dtype=dtype, **base)
        self.num_bins = check.positive_int(owner, "num_bins", num_bins, 100)
        self.sparse = refuse_sparse(owner, sparse)
        self._saved_dtype = str(dtype)

    def _on_values(self, x: Any, **_unused: Any) -> Any:
        self._check_several(x)
        return self.as_output(self.compute(*map(self.read, x)))

    def call(self, x: Any) -> jax.Array:
        """The result inside a compiled step."""
        self._check_several(x)
        return self.host_callback(*x)

    def compute(self, *values: np.ndarray) -> np.ndarray:
        """The bins, encoded according to `output_mode`."""
        self._check([value.shape for value in values])
        columns = [map(_feature, value.ravel()) for value in values]
        bins = []
        for row in zip(*columns, strict=True):
            crossed = _CROSS_KEY
            for feature in row:
                crossed = fingerprints.combined(crossed, feature)
            bins.append(crossed % self.num_bins)
        indices = np.array(bins, np.int64).reshape(values[0].shape)
        if self.output_mode == "int":
            return indices
        return encode(indices, "one_hot", self.num_bins, self.compute_dtype)

    def output_form(self, *shapes: tuple[int, ...]) -> tuple[tuple[int, ...], str]:
        """(shape, dtype) of the result."""
        self._check(shapes)
        return encoded_form(
            shapes[0], self.output_mode, self.num_bins, self.compute_dtype
        )

    def get_config(self) -> Config:
        """The arguments of Keras's layer of this name."""
        config = super().get_config()
        names = ("num_bins", "output_mode", "sparse", "name")
        return {**{name: config[name] for name in names}, "dtype": self._saved_dtype}

    def _check_several(self, x):
        if not isinstance(x, list | tuple) or len(x) < 2:
            raise ValueError(
                "HashedCrossing crosses two or more features, and got one. Write "
                f"HashedCrossing(num_bins={self.num_bins})([feature_1, feature_2])."
            )

    def _check(self, shapes):
        first = tuple(shapes[0])
        if any(tuple(shape) != first for shape in shapes):
            raise ValueError(
                "HashedCrossing needs inputs of equal shape, and got "
                f"{', '.join(str(tuple(shape)) for shape in shapes)}."
            )
        if len(first) > 2 or (len(first) == 2 and first[1] != 1):
            raise ValueError(
                "HashedCrossing needs inputs of shape (batch,) or (batch, 1), and got "
                f"{first}. Cross one column at a time: x[:, :1]."
            )


def in_buckets(
    values: np.ndarray, count: int, salt: Sequence[int] | None = None
) -> np.ndarray:
    """The bin (0 to count - 1) of each string or number, int64 of the same shape.

    Floats are truncated; numbers are hashed as their decimal digits.
    """
    if values.dtype.kind == "f":
        values = values.astype("int64")
    bucket_of: dict[Any, int] = {}
    buckets = []
    for value in values.ravel().tolist():
        if value not in bucket_of:
            data = str(value).encode("utf-8")
            if salt is None:
                number = fingerprints.farmhash(data)
            else:
                number = fingerprints.siphash(data, (salt[0], salt[1]))
            bucket_of[value] = number % count
        buckets.append(bucket_of[value])
    return np.array(buckets, np.int64).reshape(values.shape)


def checked_salt(owner: str, salt: Any) -> list[int] | None:
    """`salt` as a list of two integers, or None.

    Raises:
        ValueError: it is not one or two integers.
    """
    if salt is None:
        return None
    if check.is_int(salt):
        return [int(salt), int(salt)]
    if (
        isinstance(salt, list | tuple)
        and len(salt) == 2
        and all(map(check.is_int, salt))
    ):
        return [int(part) for part in salt]
    raise ValueError(
        f"{owner}(salt={salt!r}): salt must be an integer or a pair of integers. Write "
        f"for example {owner}(..., salt=[133, 137])."
    )


def refuse_sparse(owner: str, sparse: Any) -> bool:
    """Raise unless `sparse` is False."""
    if sparse:
        raise ValueError(
            f"{owner}(sparse=True): outputs are dense, as in Keras on JAX. Leave "
            "sparse out."
        )
    return False


def _feature(value):
    """The value to cross: the fingerprint of a string, or the integer itself."""
    if isinstance(value, str):
        return fingerprints.farmhash(value.encode("utf-8"))
    if isinstance(value, int | np.integer) and not isinstance(value, bool):
        return int(value) % 2**64
    raise ValueError(
        "HashedCrossing crosses strings and integers, and got a "
        f"{type(value).__name__}. Discretize other numbers first: "
        "Discretization(bin_boundaries=[0.0, 1.0])(x)."
    )
