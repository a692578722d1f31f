"""Loops that run eagerly, compiled once for all calls that do the same.

JAX compiles an eager `lax.scan` whose body is a new closure again in each call, which
costs a recurrent layer in a loop by hand a tenth of a second. Here the loop is traced,
and two traces of the same text share one compiled function; the arrays that the body
closes over become its arguments.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import jax
from jax.core import Tracer
from jax.extend import core

from nbkeras.core.machine import processes

_MAX_LOOPS = 64
# {text of the traced loop: the compiled function of (constants, arguments)}
_compiled: OrderedDict[str, Callable[..., Any]] = OrderedDict()


def run(loop: Callable[..., Any], *args: Any) -> Any:
    """`loop(*args)`; compiled if it runs eagerly.

    Args:
        loop: pure function of trees of arrays; it may close over other arrays.
        args: its arguments.

    >>> import jax.numpy as jnp
    >>> add = lambda total, x: (total + x, total)
    >>> total, _ = run(lambda xs: jax.lax.scan(add, 0.0, xs), jnp.arange(4.0))
    >>> float(total)
    6.0
    """
    processes.refuse_after_fork("Running a loop")
    leaves = jax.tree.leaves(args)
    if any(isinstance(leaf, Tracer) for leaf in leaves):
        return loop(*args)
    traced, specs = jax.make_jaxpr(loop, return_shape=True)(*args)
    structure = jax.tree.structure(specs)
    text = _text_of(traced)
    if text is None:
        return loop(*args)
    function = _compiled.get(text)
    if function is None:
        function = _compiled[text] = _compile(traced.jaxpr)
        if len(_compiled) > _MAX_LOOPS:
            _compiled.popitem(last=False)
    _compiled.move_to_end(text)
    return structure.unflatten(function(traced.consts, leaves))


def _compile(jaxpr: Any) -> Callable[..., Any]:
    def evaluate(constants: Any, arguments: Any) -> Any:
        return core.jaxpr_as_fun(core.ClosedJaxpr(jaxpr, constants))(*arguments)

    return jax.jit(evaluate)


def _text_of(traced: Any) -> str | None:
    """The text of a traced function; None if it does not say everything."""
    if traced.effects or any(map(_holds_arrays, traced.jaxpr.eqns)):
        return None
    text = str(traced.jaxpr)
    return None if "callback" in text else text


def _holds_arrays(equation: Any) -> bool:
    """Whether a function within an equation has arrays that its text leaves out."""
    for value in jax.tree.leaves(
        list(equation.params.values()),
        is_leaf=lambda leaf: isinstance(leaf, core.ClosedJaxpr | core.Jaxpr),
    ):
        if isinstance(value, core.ClosedJaxpr):
            if value.consts:
                return True
            value = value.jaxpr
        if isinstance(value, core.Jaxpr) and any(map(_holds_arrays, value.eqns)):
            return True
    return False
