"""CategoryCrossing: combine the strings of several features into one."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any, Unpack

import jax
import numpy as np

from nbkeras.core import check
from nbkeras.layers.engine.layer import LayerArguments
from nbkeras.layers.engine.registry import register
from nbkeras.layers.preprocessing.host_layer import HostLayer


@register("CategoryCrossing")
class CategoryCrossing(HostLayer):
    """Cross features: one string for each combination of their values.

    Follow it with `Hashing` or `StringLookup`, which turn the strings into integers.
    Keras 3 has `HashedCrossing` for both steps; this layer is that of tf.keras 2.3 to
    2.7.

    Args:
        depth: how many features are combined: None for all of them; n for every
            combination of 1 to n features; a tuple of sizes for exactly those.
        separator: text between the values; None for "_X_".
        **base: arguments of `Layer`.

    Shapes: a list of (batch,) or (batch, n), strings or integers -> (batch, m), where m
        counts the combinations of columns.

    Raises:
        ValueError: the inputs are not a list, are fewer than `depth`, or have other
            than one or two axes.

    >>> CategoryCrossing()([["a", "b"], ["x", "y"]])
    array([['a_X_x'],
           ['b_X_y']], dtype=object)
    >>> CategoryCrossing(depth=2, separator="-")([["a"], [7]])
    array([['a', '7', 'a-7']], dtype=object)
    """

    takes_integers = True

    def __init__(
        self,
        depth: int | Sequence[int] | None = None,
        separator: str | None = None,
        **base: Unpack[LayerArguments],
    ) -> None:
        super().__init__(**base)
        if isinstance(depth, list | tuple):
            self.depth = [_checked(size) for size in depth]
        else:
            self.depth = None if depth is None else _checked(depth)
        self.separator = "_X_" if separator is None else separator

    def _on_values(self, x: Any, **_unused: Any) -> Any:
        self._require_list(x)
        return self.as_output(self.compute(*map(self.read, x)))

    def call(self, x: Any) -> jax.Array:
        """The result inside a compiled step."""
        self._require_list(x)
        return self.host_callback(*x)

    def compute(self, *values: np.ndarray) -> np.ndarray:
        """The crossed strings."""
        combinations = self._combinations([value.shape for value in values])
        features = [_as_columns(value) for value in values]
        rows = [
            [
                self.separator.join(parts)
                for places in combinations
                for parts in itertools.product(*(row[place] for place in places))
            ]
            for row in zip(*features, strict=True)
        ]
        columns = self.output_form(*(value.shape for value in values))[0][1]
        return np.array(rows, object).reshape(len(rows), columns)

    def output_form(self, *shapes: tuple[int, ...]) -> tuple[tuple[int, ...], str]:
        """(shape, dtype) of the result."""
        widths = [shape[1] if len(shape) > 1 else 1 for shape in shapes]
        columns = sum(
            math.prod(widths[place] for place in places)
            for places in self._combinations(shapes)
        )
        return (shapes[0][0], columns), "string"

    def _combinations(self, shapes):
        """The places of the inputs that are crossed, for each part of the output."""
        if any(len(shape) not in (1, 2) for shape in shapes):
            raise ValueError(
                f"{self._called()} needs inputs of shape (batch,) or (batch, n), and "
                f"got {', '.join(str(tuple(shape)) for shape in shapes)}. Give one "
                "column for each feature: x[:, :1]."
            )
        if self.depth is None:
            sizes = [len(shapes)]
        elif isinstance(self.depth, int):
            sizes = range(1, self.depth + 1)
        else:
            sizes = self.depth
        if len(shapes) < max(sizes):
            raise ValueError(
                f"{self._called()} crosses {max(sizes)} features, and got "
                f"{len(shapes)}. Write CategoryCrossing(depth={len(shapes)})."
            )
        return [
            places
            for size in sizes
            for places in itertools.combinations(range(len(shapes)), size)
        ]

    def _require_list(self, x):
        if not isinstance(x, list | tuple) or isinstance(next(iter(x), ""), str):
            raise ValueError(
                f"{self._called()} takes a list of features, and got one. Write "
                "CategoryCrossing()([feature_1, feature_2])."
            )

    def _called(self):
        return f"CategoryCrossing(depth={self.depth!r})"


def _checked(depth):
    return check.positive_int("CategoryCrossing", "depth", depth, 2)


def _as_columns(values):
    """Rows of strings, one for each column."""
    if values.dtype.kind == "f":
        values = values.astype("int64")
    return [list(map(str, row)) for row in values.reshape(len(values), -1).tolist()]
