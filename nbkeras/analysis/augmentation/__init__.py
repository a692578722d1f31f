"""Variants of a picture by a generator or random layers, and the code for them."""
