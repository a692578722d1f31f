"""`keras.utils.np_utils` of Keras 1 and 2."""

from nbkeras.utils.labels import normalize, to_categorical

__all__ = ["normalize", "to_categorical"]
