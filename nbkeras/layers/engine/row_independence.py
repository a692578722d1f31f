"""Whether layers treat the rows of a batch independently; by default unknown.

`rows_independent`: no row of the output depends on another row of the input, once the
rows that `row_weights` marks as padding are left aside. A batch may be filled up.

`row_by_row`: also no random key, state or row weights are used, so that a batch may
come in parts.
`row_by_row_at_rest`: the same outside of training.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbkeras.layers.engine.layer import Layer


def alone(layer: Layer, promise: str) -> bool:
    """Whether `layer` keeps `promise`.

    Told by a class of the library, or by a user's class that wrote `call`: what other
    classes and functions compute is not known.
    """
    if layer.activity_regularizer is not None or not _ours(layer):
        return False
    if promise in layer.__dict__:
        return layer.__dict__[promise]
    for cls in type(layer).__mro__:
        if promise in cls.__dict__:
            return cls.__dict__[promise]
        if "call" in cls.__dict__ and not cls.__module__.startswith("nbkeras."):
            return False
    return False


def _ours(layer):
    """Whether the activation, if any, is built in."""
    activation = layer.__dict__.get("activation")
    module = getattr(activation, "__module__", None) or ""
    return activation is None or module.startswith("nbkeras.")
