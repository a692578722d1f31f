"""All layers, under Keras's names."""

import functools
import importlib

from nbkeras.core import old_names
from nbkeras.core.configurable import as_dict
from nbkeras.layers.input import Input, InputLayer
from nbkeras.layers.layer import Layer
from nbkeras.layers.merge import FUNCTIONS as _MERGE
from nbkeras.layers.registry import registry
from nbkeras.layers.spec import InputSpec
from nbkeras.layers.stateless import gradients
from nbkeras.layers.symbolic import SymbolicTensor

for _name in (
    "activation adapting augment augment_light batch_norm conv conv_transpose dense "
    "dropout embedding margins merge norm pool scaling separable shape spectral "
    "wrappers"
).split():
    importlib.import_module(f"nbkeras.layers.{_name}")

_PUBLIC = {name: registry.lookup(name) for name in registry.names()}
_PUBLIC |= {alias: registry.lookup(alias) for alias in registry._aliases}
_PUBLIC |= _MERGE
KerasTensor = SymbolicTensor
globals().update(_PUBLIC)


def get(identifier, custom_objects=None):
    """A layer from a name, config, class or instance."""
    return registry.get(identifier, custom_objects)


def serialize(layer):
    """Plain data from which `deserialize` rebuilds the layer."""
    return as_dict(layer)


def deserialize(config, custom_objects=None):
    """The layer that `serialize` described."""
    return get(config, custom_objects)


__all__ = [*_PUBLIC, "Input", "InputLayer", "InputSpec", "Layer"]
__all__ += ["KerasTensor", "SymbolicTensor", "gradients"]
__all__ += ["deserialize", "get", "serialize"]

__getattr__ = functools.partial(old_names.attribute, __name__)
