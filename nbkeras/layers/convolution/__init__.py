"""Convolution layers: plain, transposed, depthwise and separable."""
