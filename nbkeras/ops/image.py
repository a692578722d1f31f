"""Functions of images, such as `nbkeras.ops.image.resize`."""

from nbkeras.ops.subject import attributes

__getattr__, __dir__ = attributes("image")
