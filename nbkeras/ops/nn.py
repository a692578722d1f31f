"""Neural network functions, such as `nbkeras.ops.nn.softmax`."""

from nbkeras.ops.functions.namespaces import attributes

__getattr__, __dir__ = attributes("nn")
