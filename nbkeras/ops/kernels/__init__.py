"""Kernels of convolution, pooling and attention, and the choice between them."""
