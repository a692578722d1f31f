"""Checks for layers with a sliding window: padding, channel axis, window size."""

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


def checked_padding(owner: str, padding: Any, known: Any) -> str:
    """`padding` in lower case, which must be one of `known`."""
    low = padding.lower() if isinstance(padding, str) else padding
    if low == "causal" and "causal" not in known:
        raise ValueError(
            f"{owner}(padding='causal'): causal padding needs a time axis, so only "
            "Conv1D supports it. Write padding='same' or padding='valid'."
        )
    return check.choice(owner, "padding", low, known)


def check_fit(layer: Layer, shape: Any, argument: Any, reach: Any) -> Any:
    """Raise if a window of `reach` does not fit into an input of `shape`.

    Sizes that are not known (None, or stand-ins while a model is built) are left for
    the call with real data.
    """
    if layer._context is not None and layer._context.building:
        return
    axes = convolution.spatial_axes(len(shape), layer.data_format)
    sizes = [shape[axis] for axis in axes]
    pairs = zip(sizes, reach, strict=True)
    if layer.padding != "valid" or all(n is None or n >= r for n, r in pairs):
        return
    window = getattr(layer, argument)
    spread = "" if tuple(reach) == window else " with its dilation_rate"
    unit = UNITS[len(sizes)]
    write = call_of(layer, padding="same")
    hint = f"a smaller {argument}, or remove a pooling layer before it"
    if looks_channels_first(layer, shape, reach):
        write, hint = moved_last(shape), "data_format='channels_first' in each layer"
    raise mistake(
        layer,
        shape,
        f"at least {_times(reach)} {unit} for {argument}={window}{spread}",
        write,
        hint,
    )


def _times(sizes):
    return " x ".join("?" if n is None else str(n) for n in sizes)
