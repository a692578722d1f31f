"""KernelWindow: which inputs meet which weights where a window slides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from nbkeras.analysis.model_plot import sliding_windows
from nbkeras.layers.convolution.conv_transpose import ConvTranspose
from nbkeras.ops.kernels import convolution


@dataclass(frozen=True)
class KernelWindow:
    """The window of one output place.

    Attributes:
        rows, columns: places in the input that its cells lie on; -1 for padding.
        kernel_rows, kernel_columns: which part of the kernel each cell meets.
    """

    rows: np.ndarray
    columns: np.ndarray
    kernel_rows: np.ndarray
    kernel_columns: np.ndarray

    @property
    def inside(self) -> np.ndarray:
        """(height, width) bool: whether a cell lies on the input, not on padding."""
        return (self.rows >= 0)[:, None] & (self.columns >= 0)[None, :]

    def window(self, x: np.ndarray) -> np.ndarray:
        """(height, width, channels): the inputs in the cells, 0 for padding."""
        cells = x[np.ix_(self.rows, self.columns)]
        return np.where(self.inside[..., None], cells, 0)


def kernel_window(layer: Any, shape: Any, place: Any) -> KernelWindow:
    """The window of a convolution or pooling layer with two spatial axes.

    Args:
        layer: the layer.
        shape: (height, width, channels) of its input.
        place: (row, column) in its output.
    """
    window = sliding_windows.window(layer)
    assert window is not None
    rows, columns = (
        _along_axis(layer, window, shape[axis], axis, place[axis]) for axis in (0, 1)
    )
    return KernelWindow(rows[0], columns[0], rows[1], columns[1])


def _along_axis(layer, window, size, axis, at):
    """(input places with -1 for padding, kernel places) along one axis."""
    taps = np.arange(window.size[axis])
    stride, dilation = window.strides[axis], window.dilation[axis]
    if isinstance(layer, ConvTranspose):
        extra = layer.output_padding[axis] if layer.output_padding else None
        before = convolution.transpose_pads(
            window.spans[axis], stride, window.padding, extra
        )[0]
        # The kernel lies turned around over inputs that are `stride` apart.
        spread = at + taps * dilation - before
        meets = (spread % stride == 0) & (spread >= 0) & (spread // stride < size)
        return (spread // stride)[meets], window.size[axis] - 1 - taps[meets]
    before = convolution.paddings(
        [size], [window.spans[axis]], [stride], window.padding
    )[0][0]
    places = at * stride + taps * dilation - before
    return np.where((places >= 0) & (places < size), places, -1), taps
