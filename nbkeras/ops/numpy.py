"""Functions that NumPy has too, such as `nbkeras.ops.numpy.mean`."""

from nbkeras.ops.functions.namespaces import attributes

__getattr__, __dir__ = attributes("numpy")
