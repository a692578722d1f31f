"""InputSpec: the rank and axis sizes that a layer accepts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nbkeras.core.annotations import DTypeLike, Shape
from nbkeras.layers.engine.errors import of_rank, of_several, of_size

if TYPE_CHECKING:
    from nbkeras.layers.engine.layer import Layer


class InputSpec:
    """The rank and the axis sizes of inputs that a layer accepts.

    Args:
        ndim: exact number of axes, including the batch; None for any.
        min_ndim: minimum number of axes.
        max_ndim: maximum number of axes.
        axes: {axis: size}; -1 is the last axis.
        shape: shape with the batch axis, in place of `ndim` and `axes`; None for any
            size.
        dtype: accepted as in Keras; it is not checked.
    """

    def __init__(
        self,
        ndim: int | None = None,
        min_ndim: int | None = None,
        max_ndim: int | None = None,
        axes: Mapping[int, int | None] | None = None,
        shape: Shape | None = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        if shape is not None:
            ndim = len(shape)
            axes = {i: n for i, n in enumerate(shape) if n is not None and i > 0}
        self.ndim = ndim
        self.min_ndim = min_ndim
        self.max_ndim = max_ndim
        self.axes = {int(k): v for k, v in (axes or {}).items()}
        self.dtype = dtype

    def error_for(self, layer: Layer, shape: Any) -> Any:
        """The error for an input of `shape` to `layer`, or None."""
        rank = len(shape)
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
