"""Window: a common description of layers with a sliding window."""

from dataclasses import dataclass

from nbkeras.layers.convolution.conv import BaseConv, PlainConv
from nbkeras.layers.convolution.conv_transpose import ConvTranspose
from nbkeras.layers.convolution.separable import DepthwiseConv, SeparableConv
from nbkeras.layers.pooling import BasePooling, GlobalPooling
from nbkeras.layers.reshaping.reshape import UpSampling1D, UpSampling2D, UpSampling3D

UPSAMPLING = (UpSampling1D, UpSampling2D, UpSampling3D)
AXES = {1: ("steps",), 2: ("height", "width"), 3: ("depth", "height", "width")}


@dataclass(frozen=True)
class Window:
    """The sliding window of a layer, with one entry per spatial axis.

    Args:
        size: size of the window.
        strides: its steps.
        dilation: spacing of its elements.
        padding: "valid", "same" or "causal".
    """

    size: tuple
    strides: tuple
    dilation: tuple
    padding: str

    @property
    def spans(self):
        """The extent of the dilated window along each axis."""
        pairs = zip(self.size, self.dilation, strict=True)
        return tuple((k - 1) * d + 1 for k, d in pairs)


def window(layer):
    """The Window of a convolution or pooling layer; None for other layers."""
    if isinstance(layer, BaseConv):
        return Window(
            layer.kernel_size, layer.strides, layer.dilation_rate, layer.padding
        )
    if isinstance(layer, BasePooling):
        ones = (1,) * layer.rank
        return Window(layer.pool_size, layer.strides, ones, layer.padding)
    return None


def upsampling(layer):
    """The factors of an UpSampling layer, one per axis."""
    return (layer.size,) if isinstance(layer.size, int) else tuple(layer.size)


def places(layer, shape):
    """The spatial sizes in `shape`, in the data format of the layer."""
    if getattr(layer, "data_format", None) == "channels_first":
        return tuple(shape[2:])
    return tuple(shape[1:-1])


def channels(layer, shape):
    """The number of channels in `shape`."""
    first = getattr(layer, "data_format", None) == "channels_first"
    return shape[1] if first else shape[-1]


__all__ = [
    "AXES",
    "UPSAMPLING",
    "BaseConv",
    "BasePooling",
    "ConvTranspose",
    "DepthwiseConv",
    "GlobalPooling",
    "PlainConv",
    "SeparableConv",
    "Window",
    "channels",
    "places",
    "upsampling",
    "window",
]
