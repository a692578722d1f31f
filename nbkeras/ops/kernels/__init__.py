"""Implementations of convolution, pooling and attention, and which one is used."""
