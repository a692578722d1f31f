"""What a layer can be given: rank, sizes of axes; and the words when it is not."""


class InputSpec:
    """Rank and axis sizes that a layer needs. Axes count from 0, or -1 for the last.

    Args:
        ndim: exact number of axes, the batch included; None for any.
        min_ndim: least number of axes.
        max_ndim: greatest number of axes.
        axes: `{axis: size}`.
    """

    def __init__(
        self, ndim=None, min_ndim=None, max_ndim=None, axes=None, shape=None, dtype=None
    ):
        if shape is not None:
            ndim = len(shape)
            axes = {i: n for i, n in enumerate(shape) if n is not None and i > 0}
        self.ndim = ndim
        self.min_ndim = min_ndim
        self.max_ndim = max_ndim
        self.axes = {int(k): v for k, v in (axes or {}).items()}
        self.dtype = dtype

    def problem(self, shape):
        """What is wrong with `shape` in words, or None."""
        rank = len(shape)
        if self.ndim is not None and rank != self.ndim:
            return f"needs {self.ndim} axes, {_axes(self.ndim)}, but got {rank}"
        if self.min_ndim is not None and rank < self.min_ndim:
            return f"needs at least {self.min_ndim} axes, but got {rank}"
        if self.max_ndim is not None and rank > self.max_ndim:
            return f"needs at most {self.max_ndim} axes, but got {rank}"
        for axis, size in self.axes.items():
            inside = -rank <= axis < rank
            if inside and size is not None and shape[axis] not in (None, size):
                place = "the last axis" if axis == -1 else f"axis {axis}"
                return f"was built for {size} on {place}, but got {shape[axis]}"
        return None


def check(layer, shapes):
    """Raise if one of `shapes` does not suit `layer.input_spec`."""
    specs = layer.input_spec
    if specs is None:
        return
    specs = specs if isinstance(specs, list | tuple) else [specs] * len(shapes)
    for spec, shape in zip(specs, shapes, strict=False):
        problem = spec.problem(shape)
        if problem:
            raise ValueError(
                f"Layer {layer.name!r} ({type(layer).__name__}) {problem}: "
                f"input shape {tuple(shape)}.{_advice(spec, shape)}"
            )


def _axes(ndim):
    names = {
        2: "(batch, features)",
        3: "(batch, steps, channels)",
        4: "(batch, height, width, channels)",
        5: "(batch, depth, height, width, channels)",
    }
    return names.get(ndim, "the batch axis included")


def _advice(spec, shape):
    wanted = spec.ndim or spec.min_ndim or 0
    rank = len(shape)
    if spec.axes and rank == (spec.ndim or rank):
        return (
            " Give data of the size that the model was built with, or build a new "
            "model for this size."
        )
    if rank == wanted - 1 and rank >= 2:
        return (
            " If the channel axis is missing, write x[..., None]; if the batch axis "
            "is missing, write x[None]."
        )
    if rank > wanted:
        return " Put a Flatten() or GlobalAveragePooling2D() before it."
    return " Put a Reshape(...) before it, or give the input its missing axes."
