"""`tf.compat.v1`: the names of `tf`, plus switches of version 1 without effect."""

import importlib


def _ignored(*args, **kwargs):
    """Accept the switch without effect."""


def __getattr__(name):
    if name[:2] == "__":
        raise AttributeError(name)
    if name.startswith(("disable_", "enable_")):
        return _ignored
    return getattr(importlib.import_module("nbkeras.compat.tensorflow"), name)
