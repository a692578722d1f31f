"""ZeroPadding and Cropping in 1 to 3 dimensions."""

from __future__ import annotations

from typing import Any, Unpack

import jax
import jax.numpy as jnp

from nbkeras.core import check, settings
from nbkeras.core.annotations import Config, DataFormat, SizePairs, Sizes
from nbkeras.layers.engine.errors import mistake
from nbkeras.layers.engine.input_spec import InputSpec
from nbkeras.layers.engine.layer import Layer, LayerArguments
from nbkeras.layers.engine.registry import register

EXAMPLES = {1: "(1, 2)", 2: "((1, 2), (0, 0))", 3: "((1, 2), (0, 0), (1, 1))"}


class _SpatialPairs(Layer):
    rows_independent = row_by_row = True
    axes = 1

    def __init__(
        self, data_format: DataFormat | None = None, **base: Unpack[LayerArguments]
    ) -> None:
        super().__init__(**base)
        self.data_format = settings.data_format(type(self).__name__, data_format)
        self.input_spec = InputSpec(ndim=self.axes + 2)

    def spatial(self, pairs: Any) -> list[tuple[int, Any]]:
        """[(axis, (before, after)), ...] for the spatial axes."""
        first_axis = 2 if self.data_format == "channels_first" else 1
        return list(enumerate([pairs] if self.axes == 1 else pairs, start=first_axis))


class _ZeroPadding(_SpatialPairs):
    def __init__(
        self,
        padding: Any,
        data_format: DataFormat | None = None,
        **base: Unpack[LayerArguments],
    ) -> None:
        super().__init__(data_format, **base)
        self.padding = _checked_pairs(
            type(self).__name__, "padding", padding, self.axes
        )

    def call(self, x: jax.Array) -> jax.Array:
        """`x` padded with zeros."""
        widths = [(0, 0)] * x.ndim
        for axis, pair in self.spatial(self.padding):
            widths[axis] = pair
        return jnp.pad(x, widths)


class _Cropping(_SpatialPairs):
    def __init__(
        self,
        cropping: Any,
        data_format: DataFormat | None = None,
        **base: Unpack[LayerArguments],
    ) -> None:
        super().__init__(data_format, **base)
        self.cropping = _checked_pairs(
            type(self).__name__, "cropping", cropping, self.axes
        )

    def call(self, x: jax.Array) -> jax.Array:
        """`x` cropped."""
        slices = [slice(None)] * x.ndim
        for axis, (before, after) in self.spatial(self.cropping):
            if before + after >= x.shape[axis]:
                raise mistake(
                    self,
                    x.shape,
                    f"more than {before + after} on axis {axis} for {self.cropping}",
                    f"{type(self).__name__}({(x.shape[axis] - 1) // 2})",
                    "give larger input",
                )
            slices[axis] = slice(before, x.shape[axis] - after)
        return x[tuple(slices)]


@register("ZeroPadding1D")
class ZeroPadding1D(_ZeroPadding):
    """Pad sequences (batch, steps, channels) with zeros.

    Args:
        padding: number of steps on both sides, or (before, after).
        data_format: "channels_last" or "channels_first".
        **base: arguments of `Layer`.

    Raises:
        ValueError: `padding` has another form.
    """

    def __init__(
        self,
        padding: Sizes = 1,
        data_format: DataFormat | None = None,
        **base: Unpack[LayerArguments],
    ) -> None:
        super().__init__(padding, data_format, **base)


@register("ZeroPadding2D")
class ZeroPadding2D(_ZeroPadding):
    """Pad images with zeros.

    Args:
        padding: a number for all sides, (height, width), or
            ((top, bottom), (left, right)).
        data_format: "channels_last" or "channels_first".
        **base: arguments of `Layer`.

    Raises:
        ValueError: `padding` has another form.
    """

    axes = 2

    def __init__(
        self,
        padding: SizePairs = (1, 1),
        data_format: DataFormat | None = None,
        **base: Unpack[LayerArguments],
    ) -> None:
        super().__init__(padding, data_format, **base)


@register("ZeroPadding3D")
class ZeroPadding3D(_ZeroPadding):
    """Pad volumes with zeros.

    Args:
        padding: a number for all sides, three numbers, or three pairs.
        data_format: "channels_last" or "channels_first".
        **base: arguments of `Layer`.

    Raises:
        ValueError: `padding` has another form.
    """

    axes = 3

    def __init__(
        self,
        padding: SizePairs = ((1, 1), (1, 1), (1, 1)),
        data_format: DataFormat | None = None,
        **base: Unpack[LayerArguments],
    ) -> None:
        super().__init__(padding, data_format, **base)


@register("Cropping1D")
class Cropping1D(_Cropping):
    """Crop steps of sequences (batch, steps, channels).

    Args:
        cropping: number of steps on both sides, or (before, after).
        **base: arguments of `Layer`.

    Raises:
        ValueError: `cropping` has another form, or is as large as the input.
    """

    def __init__(
        self, cropping: Sizes = (1, 1), **base: Unpack[LayerArguments]
    ) -> None:
        super().__init__(cropping, "channels_last", **base)

    def get_config(self) -> Config:
        """The arguments of Keras's layer of this name."""
        config = super().get_config()
        config.pop("data_format", None)
        return config


@register("Cropping2D")
class Cropping2D(_Cropping):
    """Crop the edges of images.

    Args:
        cropping: a number for all sides, (height, width), or
            ((top, bottom), (left, right)).
        data_format: "channels_last" or "channels_first".
        **base: arguments of `Layer`.

    Raises:
        ValueError: `cropping` has another form, or is as large as the input.
    """

    axes = 2

    def __init__(
        self,
        cropping: SizePairs = ((0, 0), (0, 0)),
        data_format: DataFormat | None = None,
        **base: Unpack[LayerArguments],
    ) -> None:
        super().__init__(cropping, data_format, **base)


@register("Cropping3D")
class Cropping3D(_Cropping):
    """Crop the edges of volumes.

    Args:
        cropping: a number for all sides, three numbers, or three pairs.
        data_format: "channels_last" or "channels_first".
        **base: arguments of `Layer`.

    Raises:
        ValueError: `cropping` has another form, or is as large as the input.
    """

    axes = 3

    def __init__(
        self,
        cropping: SizePairs = ((1, 1), (1, 1), (1, 1)),
        data_format: DataFormat | None = None,
        **base: Unpack[LayerArguments],
    ) -> None:
        super().__init__(cropping, data_format, **base)


def _checked_pairs(owner, name, value, count):
    """(before, after) for one axis, or one such pair per axis."""
    if count == 1:
        pairs = _pair(value)
    elif check.is_int(value):
        pairs = (_pair(value),) * count
    else:
        pairs = (
            tuple(_pair(v) for v in value) if isinstance(value, list | tuple) else ()
        )
        pairs = pairs if len(pairs) == count and None not in pairs else None
    if pairs is None or None in pairs:
        raise ValueError(
            f"{owner}({name}={value!r}): {name} must be an integer of at least 0, or "
            f"{count if count > 1 else 'two'} of them"
            f"{', or as many pairs' if count > 1 else ''}. Write for example "
            f"{owner}({name}={EXAMPLES[count]})."
        )
    return pairs


def _pair(value):
    pair = (value, value) if check.is_int(value) else value
    if not isinstance(pair, list | tuple) or len(pair) != 2:
        return None
    if not all(check.is_int(n) and n >= 0 for n in pair):
        return None
    return tuple(int(n) for n in pair)
