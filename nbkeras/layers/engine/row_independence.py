"""Whether layers treat the rows of a batch independently; by default unknown.

`rows_independent`: no row of the output depends on another row of the input, except
rows that `row_weights` marks as padding. A batch may be padded.

`row_by_row`: in addition the layer uses no random key, state or row weights, so that a
batch may be processed in parts.
`row_by_row_at_rest`: the same, outside of training.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbkeras.layers.engine.layer import Layer


def alone(layer: Layer, promise: str) -> bool:
    """Whether `layer` has the property `promise`, one of those named above.

    The class that defines `call` must declare it: what custom classes and functions
    compute is not known.
    """
    if layer.activity_regularizer is not None or not _has_known_activation(layer):
        return False
    if promise in layer.__dict__:
        return layer.__dict__[promise]
    for cls in type(layer).__mro__:
        if promise in cls.__dict__:
            return cls.__dict__[promise]
        if "call" in cls.__dict__ and not cls.__module__.startswith("nbkeras."):
            return False
    return False


def _has_known_activation(layer):
    """Whether the layer has no activation, or a built-in one."""
    activation = layer.__dict__.get("activation")
    module = getattr(activation, "__module__", None) or ""
    return activation is None or module.startswith("nbkeras.")
