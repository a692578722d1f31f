"""Image functions, such as `nbkeras.ops.image.resize`."""

from nbkeras.ops.functions.namespaces import attributes

__getattr__, __dir__ = attributes("image")
