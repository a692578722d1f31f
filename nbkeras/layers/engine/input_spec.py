"""InputSpec: the rank and axis sizes that a layer accepts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nbkeras.core.annotations import Config, DTypeLike, Shape
from nbkeras.layers.engine.errors import of_rank, of_several, of_size

if TYPE_CHECKING:
    from nbkeras.layers.engine.layer import Layer


class InputSpec:
    """The rank and the axis sizes of inputs that a layer accepts.

    Args:
        dtype: accepted as in Keras; it is not checked.
        shape: shape with the batch axis, in place of `ndim` and `axes`; None for any
            size.
        ndim: exact number of axes, including the batch; None for any.
        max_ndim: maximum number of axes.
        min_ndim: minimum number of axes.
        axes: {axis: size}; -1 is the last axis.
        allow_last_axis_squeeze: whether a last axis of size 1 may be missing in, or be
            added to, the input.
        name: accepted as in Keras.
        optional: accepted as in Keras.
    """

    def __init__(
        self,
        dtype: DTypeLike | None = None,
        shape: Shape | None = None,
        ndim: int | None = None,
        max_ndim: int | None = None,
        min_ndim: int | None = None,
        axes: Mapping[int, int | None] | None = None,
        allow_last_axis_squeeze: bool = False,
        name: str | None = None,
        optional: bool = False,
    ) -> None:
        self.shape = None if shape is None else tuple(shape)
        self.allow_last_axis_squeeze = bool(allow_last_axis_squeeze)
        self.name, self.optional = name, bool(optional)
        if shape is not None:
            ndim = len(shape)
            axes = {i: n for i, n in enumerate(shape) if n is not None and i > 0}
        self.ndim = ndim
        self.min_ndim = min_ndim
        self.max_ndim = max_ndim
        self.axes = {int(k): v for k, v in (axes or {}).items()}
        self.dtype = dtype

    def get_config(self) -> Config:
        """The arguments by name."""
        return {
            "dtype": self.dtype,
            "shape": self.shape,
            "ndim": self.ndim,
            "max_ndim": self.max_ndim,
            "min_ndim": self.min_ndim,
            "axes": self.axes,
            "optional": self.optional,
        }

    @classmethod
    def from_config(cls, config: Config) -> InputSpec:
        """An equal specification."""
        return cls(**config)

    def error_for(self, layer: Layer, shape: Any) -> Any:
        """The error for an input of `shape` to `layer`, or None."""
        rank = len(shape)
        if self.allow_last_axis_squeeze and self._fits_squeezed(shape):
            return None
        if self.ndim is not None and rank != self.ndim:
            return of_rank(layer, shape, self.ndim, f"{self.ndim} axes")
        if self.min_ndim is not None and rank < self.min_ndim:
            requirement = f"at least {self.min_ndim} axes"
            return of_rank(layer, shape, self.min_ndim, requirement)
        if self.max_ndim is not None and rank > self.max_ndim:
            requirement = f"at most {self.max_ndim} axes"
            return of_rank(layer, shape, self.max_ndim, requirement)
        for axis, size in self.axes.items():
            inside = -rank <= axis < rank
            if inside and size is not None and shape[axis] not in (None, size):
                return of_size(layer, shape, axis, size)
        return None

    def _fits_squeezed(self, shape):
        """Whether the shapes fit, both without a last axis of size 1."""
        if self.shape is None:
            return False
        sizes, needed = (
            list(s)[:-1] if s and s[-1] == 1 else list(s) for s in (shape, self.shape)
        )
        if len(sizes) != len(needed):
            return False
        pairs = list(zip(sizes, needed, strict=True))[1:]
        return all(None in pair or pair[0] == pair[1] for pair in pairs)


def check(layer: Layer, shapes: Any) -> None:
    """Raise if one of `shapes` does not fit `layer.input_spec`.

    Raises:
        LayerMistake: the number of axes or a size differs, or several inputs are passed
            instead of one.
    """
    specs = layer.input_spec
    if specs is None:
        return
    if isinstance(specs, InputSpec):
        if len(shapes) > 1 and not isinstance(shapes, dict):
            raise of_several(layer, shapes)
        specs = [specs] * len(shapes)
    for spec, shape in zip(specs, shapes, strict=False):
        error = spec.error_for(layer, shape)
        if error:
            raise error
