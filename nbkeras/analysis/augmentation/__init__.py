"""Variants of an image by a generator or random layers, and the code for them."""
