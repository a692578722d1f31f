"""Convolution, pooling and the like as the device computes them, and their choice."""
