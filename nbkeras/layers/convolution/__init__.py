"""Convolution layers: plain, transposed, depthwise and separable."""

from nbkeras.layers.convolution.conv import Conv1D as Conv1D
from nbkeras.layers.convolution.conv import Conv2D as Conv2D
from nbkeras.layers.convolution.conv import Conv3D as Conv3D
from nbkeras.layers.convolution.conv_transpose import Conv1DTranspose as Conv1DTranspose
from nbkeras.layers.convolution.conv_transpose import Conv2DTranspose as Conv2DTranspose
from nbkeras.layers.convolution.conv_transpose import Conv3DTranspose as Conv3DTranspose
from nbkeras.layers.convolution.separable import DepthwiseConv1D as DepthwiseConv1D
from nbkeras.layers.convolution.separable import DepthwiseConv2D as DepthwiseConv2D
from nbkeras.layers.convolution.separable import SeparableConv1D as SeparableConv1D
from nbkeras.layers.convolution.separable import SeparableConv2D as SeparableConv2D
