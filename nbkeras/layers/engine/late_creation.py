"""Late creation: refuse layers and weights that are not made in `__init__` or `build`.

A weight that is created in `call`, or added to a built layer, is missing from the list
of weights when a step is compiled: it would be used but never trained.
"""

from __future__ import annotations

from typing import Any

import jax
from jax.core import Tracer

from nbkeras.core import containers
from nbkeras.core.base_classes import BaseLayer, BaseMetric
from nbkeras.core.names.display_name import quoted
from nbkeras.core.variable import Variable
from nbkeras.layers.engine import functional_call


def refuse_late(layer: Any, name: str, value: Any) -> None:
    """Raise if `layer.name = value` adds state to a layer that is built or in `call`.

    Raises:
        ValueError: `value` is or holds a layer, a metric or a variable.
    """
    if name in layer.not_read_in_call:
        return
    attributes = vars(layer)
    in_call = attributes.get("_context") is not None
    is_complete = "_has_all_state" in attributes and "_is_building" not in attributes
    if not (in_call or is_complete) or not _holds_new_state(value):
        return
    cls = type(layer).__name__
    when = "in `call`" if in_call else f"and {quoted(layer.name)} is built already"
    raise ValueError(
        f"self.{name} = ... adds a layer, a metric or a variable to a {cls} {when}, "
        "where it would never be trained. Create it in `__init__` or `build` of "
        f"{cls}: def __init__(self, **kwargs): super().__init__(**kwargs); self.{name} "
        "= ..."
    )


def refuse_weight_in_call(layer: Any, name: str | None) -> None:
    """Raise because `layer.add_weight(name=name)` was called in `call`.

    Raises:
        ValueError: always.
    """
    cls, name = type(layer).__name__, name or "weight"
    raise ValueError(
        f"add_weight() in `call` of {cls}: the weight would be new at each call, and "
        f"never trained. Create it in `build`: def build(self, input_shape): self."
        f"{name} = self.add_weight(...), and use self.{name} in `call`."
    )


def refuse_created_in_call(layer: Any, args: Any) -> None:
    """Raise if a layer was created and built within `call` of another layer.

    Raises:
        ValueError: it has weights.
    """
    context = functional_call.current()
    if context is None or not layer.weights_by_path():
        return
    if any(isinstance(leaf, Tracer) for leaf in jax.tree.leaves(args)):
        cls = type(layer).__name__
        layer.built = False
        raise ValueError(
            f"The layer {quoted(layer.name)} ({cls}) was created in `call`: its "
            "weights would be new at each call, and never trained. Create it in "
            f"`__init__`, as self.{layer.name} = {cls}(...), and call "
            f"self.{layer.name}(x) in `call`."
        )


def _holds_new_state(value):
    if isinstance(value, Variable):
        return not (value.in_run or value.carried)
    if isinstance(value, BaseLayer):
        return vars(value).get("_context") is None
    if isinstance(value, containers.KINDS):
        return any(map(_holds_new_state, containers.entries(value)))
    return isinstance(value, BaseMetric)
