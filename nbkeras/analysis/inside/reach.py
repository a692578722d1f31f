"""Reach: the part of the picture that one number of a layer depends on, with its place.

`model_plot.receptive_field` says how large it is; this follows one number back through
the windows, layer by layer, and so knows where it lies and what the edges cut off.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nbkeras import layers
from nbkeras.analysis.model_plot import receptive_field, sliding_windows
from nbkeras.layers.convolution.conv_transpose import ConvTranspose
from nbkeras.layers.engine.nodes.function_nodes import Operation
from nbkeras.ops.kernels import convolution

# Without an axis of channels, these mix the columns.
MIXES_THE_LAST_AXIS = (layers.Dense, layers.Softmax, layers.LayerNormalization)


@dataclass(frozen=True)
class Box:
    """A rectangle of pixels; the last row and column belong to it.

    >>> Box(0, 0, 2, 2) | Box(1, 3, 1, 4)
    Box(top=0, left=0, bottom=2, right=4)
    """

    top: int
    left: int
    bottom: int
    right: int

    def __or__(self, other: Box) -> Box:
        return Box(
            min(self.top, other.top),
            min(self.left, other.left),
            max(self.bottom, other.bottom),
            max(self.right, other.right),
        )

    @property
    def is_empty(self) -> bool:
        """Whether no pixel is in it: it lies on padding alone."""
        return self.bottom < self.top or self.right < self.left

    def within(self, height: int, width: int) -> Box:
        """The part of it on a picture of this size."""
        return Box(
            max(self.top, 0),
            max(self.left, 0),
            min(self.bottom, height - 1),
            min(self.right, width - 1),
        )


def whole(height: int, width: int) -> Box:
    """All of a picture."""
    return Box(0, 0, height - 1, width - 1)


def before(layer: Any, box: Box | None, shape: tuple[int, ...]) -> Box | None:
    """What a part of a layer's output depends on in one of its inputs.

    Args:
        layer: the layer.
        box: of the output; None for all of it.
        shape: of the input, channels last, without batch axis.

    Returns:
        The box in the input, None for all of it.
    """
    if box is None or len(shape) not in (2, 3):
        return None
    if len(shape) == 2 and isinstance(layer, MIXES_THE_LAST_AXIS):
        return None
    height, width = shape[:2]
    ends = _ends(layer, box, (height, width))
    if ends is None:
        return None
    (top, bottom), (left, right) = ends
    return Box(top, left, bottom, right).within(height, width)


def _ends(layer, box, sizes):
    """((first, last) row, (first, last) column) in the input; None for all of it."""
    spans = (box.top, box.bottom), (box.left, box.right)
    window = sliding_windows.window(layer)
    if window is not None and len(window.size) == 2:
        along = _spread if isinstance(layer, ConvTranspose) else _slid
        return [along(layer, window, i, sizes[i], *spans[i]) for i in (0, 1)]
    if isinstance(layer, layers.ZeroPadding2D):
        return [_moved(spans[axis], -layer.padding[axis][0]) for axis in (0, 1)]
    if isinstance(layer, layers.Cropping2D):
        return [_moved(spans[axis], layer.cropping[axis][0]) for axis in (0, 1)]
    if isinstance(layer, layers.UpSampling2D):
        factors = sliding_windows.upsampling(layer)
        more = 0 if layer.interpolation == "nearest" else 1
        pairs = zip(spans, factors, strict=True)
        return [(a // n - more, b // n + more) for (a, b), n in pairs]
    return list(spans) if _keeps_places(layer) else None


def _slid(layer, window, axis, size, first, last):
    span, stride = window.spans[axis], window.strides[axis]
    start = convolution.paddings([size], [span], [stride], window.padding)[0][0]
    return first * stride - start, last * stride - start + span - 1


def _spread(layer, window, axis, size, first, last):
    span, stride = window.spans[axis], window.strides[axis]
    extra = layer.output_padding[axis] if layer.output_padding else None
    start = convolution.transpose_pads(span, stride, window.padding, extra)[0]
    return -(-(first - start) // stride), (last - start + span - 1) // stride


def _moved(span, distance):
    return span[0] + distance, span[1] + distance


def _keeps_places(layer):
    """Whether each place of the output depends on the same place of the input alone."""
    one = (receptive_field.ReceptiveField(1, 1),) * 2
    if isinstance(layer, layers.SpatialDropout2D | layers.Identity):
        return True
    if isinstance(layer, Operation) and layer.function == "concatenate":
        return layer.settings.get("axis", -1) == -1
    return receptive_field.of_output(layer, [one], [(None, 1, 1, 1)]) == one
