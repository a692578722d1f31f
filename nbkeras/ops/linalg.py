"""Linear algebra functions, such as `nbkeras.ops.linalg.svd`."""

from nbkeras.ops.functions.namespaces import attributes

__getattr__, __dir__ = attributes("linalg")
