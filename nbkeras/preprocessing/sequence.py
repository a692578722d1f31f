"""Sequences under the names of `keras.preprocessing.sequence`."""

from nbkeras.utils.pad_sequences import pad_sequences

__all__ = ["pad_sequences"]
