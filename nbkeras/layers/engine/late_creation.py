"""Layers and weights are made in `__init__` and `build`: refuse those that come later.

What is made in `call`, or added to a layer that is built, is in no list of weights when
a step is compiled, so it would be used and never trained.
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
    """Raise if `layer.name = value` brings state to a layer that has all of its own.

    Raises:
        ValueError: `value` is or holds a layer, a metric or a variable.
    """
    within = vars(layer)
    in_call = within.get("_context") is not None
    built = "_has_all_state" in within and "_is_building" not in within
    if not (in_call or built) or not _holds_new_state(value):
        return
    cls = type(layer).__name__
    when = "in `call`" if in_call else f"and {quoted(layer.name)} is built already"
    raise ValueError(
        f"self.{name} = ... adds a layer, a metric or a variable to a {cls} {when}, "
        f"where it would never be trained. Make it in `__init__` or `build` of {cls}: "
        f"def __init__(self, **kwargs): super().__init__(**kwargs); self.{name} = ..."
    )


def refuse_made_in_call(layer: Any, args: Any) -> None:
    """Raise if a layer that was just built is called within `call` of another one.

    Raises:
        ValueError: it has weights; without any, nothing is lost.
    """
    context = functional_call.current()
    if context is None or not layer.weights_by_path():
        return
    if any(isinstance(leaf, Tracer) for leaf in jax.tree.leaves(args)):
        cls = type(layer).__name__
        layer.built = False
        raise ValueError(
            f"The layer {quoted(layer.name)} ({cls}) was made in `call`: its weights "
            "would be new at each call, and never trained. Make it in `__init__`, as "
            f"self.{layer.name} = {cls}(...), and call self.{layer.name}(x) in `call`."
        )


def _holds_new_state(value):
    if isinstance(value, Variable):
        return not (value.in_run or value.carried)
    if isinstance(value, BaseLayer):
        return vars(value).get("_context") is None
    if isinstance(value, containers.KINDS):
        return any(map(_holds_new_state, containers.entries(value)))
    return isinstance(value, BaseMetric)
