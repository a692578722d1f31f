"""Sequences under the names of `keras.preprocessing.sequence`."""

from nbkeras.utils.sequences import pad_sequences

__all__ = ["pad_sequences"]
