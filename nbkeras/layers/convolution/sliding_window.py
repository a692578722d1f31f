"""Checks of layers with a sliding window: padding, channel axis, window size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbkeras.core import check
from nbkeras.layers.engine.errors import (
    call_of,
    looks_channels_first,
    mistake,
    moved_last,
)
from nbkeras.ops.kernels import convolution

if TYPE_CHECKING:
    from nbkeras.layers.engine.layer import Layer

UNITS = {1: "steps", 2: "pixels", 3: "voxels"}


def channel_axis(data_format: str) -> int:
    """The index of the channel axis."""
    return -1 if data_format == "channels_last" else 1


def checked_padding(owner: str, padding: Any, known_paddings: Any) -> str:
    """The validated `padding` in lower case.

    Raises:
        ValueError: it is not one of `known_paddings`.
    """
    lower_case = padding.lower() if isinstance(padding, str) else padding
    if lower_case == "causal" and "causal" not in known_paddings:
        raise ValueError(
            f"{owner}(padding='causal'): causal padding needs a time axis, so only "
            "Conv1D supports it. Write padding='same' or padding='valid'."
        )
    return check.choice(owner, "padding", lower_case, known_paddings)


def check_fit(layer: Layer, shape: Any, argument: Any, reach: Any) -> Any:
    """Raise if a window of the size `reach` does not fit into an input of `shape`.

    Unknown sizes (None, or placeholders while a model is built) are checked later, when
    the layer is called on data.
    """
    if layer._context is not None and layer._context.building:
        return
    axes = convolution.spatial_axes(len(shape), layer.data_format)
    sizes = [shape[axis] for axis in axes]
    pairs = zip(sizes, reach, strict=True)
    if layer.padding != "valid" or all(n is None or n >= r for n, r in pairs):
        return
    window = getattr(layer, argument)
    dilation = "" if tuple(reach) == window else " with its dilation_rate"
    unit = UNITS[len(sizes)]
    suggestion = call_of(layer, padding="same")
    hint = f"a smaller {argument}, or remove a pooling layer before it"
    if looks_channels_first(layer, shape, reach):
        suggestion, hint = (
            moved_last(shape),
            "data_format='channels_first' in each layer",
        )
    raise mistake(
        layer,
        shape,
        f"at least {_times(reach)} {unit} for {argument}={window}{dilation}",
        suggestion,
        hint,
    )


def _times(sizes):
    return " x ".join("?" if n is None else str(n) for n in sizes)
