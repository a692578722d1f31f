"""Control flow: cond, switch, loops, scan and map."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from nbkeras.core.dispatch import symbolic_too
from nbkeras.ops.functions.operation_table import (
    as_indices,
    operation,
    without_variables,
)
from nbkeras.ops.kernels import eager_loops

_control = functools.partial(operation, "", None, subjects="")


@_control()
def cond(pred: Any, true_fn: Callable[[], Any], false_fn: Callable[[], Any]) -> Any:
    """The result of `true_fn` if `pred` is true, else of `false_fn`."""
    return jax.lax.cond(jnp.asarray(pred), true_fn, false_fn)


@_control()
def switch(index: Any, branches: Sequence[Callable[..., Any]], *operands: Any) -> Any:
    """The result of `branches[index](*operands)`."""
    return jax.lax.switch(as_indices(index), branches, *operands)


@_control()
def while_loop(
    cond: Callable[..., Any],
    body: Callable[..., Any],
    loop_vars: Any,
    maximum_iterations: int | None = None,
) -> Any:
    """Run `body` on the variables while `cond` is true.

    Args:
        cond: function of the variables that returns a boolean.
        body: function of the variables that returns their new values.
        loop_vars: initial values, a list or tuple, or a single one.
        maximum_iterations: maximum number of iterations; None for no limit.
    """
    single = not isinstance(loop_vars, list | tuple)
    first = (loop_vars,) if single else tuple(loop_vars)

    def goes_on(state):
        left = True if maximum_iterations is None else state[0] < maximum_iterations
        return jnp.logical_and(cond(*state[1]), left)

    def step(state):
        values = body(*state[1])
        values = values if isinstance(values, list | tuple) else (values,)
        return state[0] + 1, tuple(values)

    def loop(*values):
        return jax.lax.while_loop(goes_on, step, (0, values))[1]

    values = eager_loops.run(loop, *first)
    return values[0] if single else values


@_control()
def fori_loop(
    lower: Any, upper: Any, body_fun: Callable[[Any, Any], Any], init_val: Any
) -> Any:
    """`value = body_fun(i, value)` for i from `lower` to `upper`, exclusive."""

    def loop(value):
        return jax.lax.fori_loop(lower, upper, body_fun, value)

    return eager_loops.run(loop, init_val)


@_control()
def map(f: Callable[[Any], Any], xs: Any) -> Any:
    """Apply `f` to each row of `xs`, sequentially."""
    arrays = jax.tree.map(jnp.asarray, xs)
    return eager_loops.run(lambda rows: jax.lax.map(f, rows), arrays)


@_control()
def vectorized_map(function: Callable[[Any], Any], elements: Any) -> Any:
    """Apply `function` to each row of `elements`, vectorized."""
    return jax.vmap(function)(jax.tree.map(jnp.asarray, elements))


@_control()
def scan(
    f: Callable[[Any, Any], tuple[Any, Any]],
    init: Any,
    xs: Any = None,
    length: int | None = None,
    reverse: bool = False,
    unroll: int | bool = 1,
) -> tuple[Any, Any]:
    """`carry, y = f(carry, x)` along the rows of `xs`; returns (carry, stacked y).

    Raises:
        ValueError: `unroll` is neither a positive integer nor a boolean.
    """
    if not isinstance(unroll, int) or (unroll < 1 and unroll is not False):
        raise ValueError(
            f"ops.scan(unroll={unroll!r}): unroll must be a positive integer or a "
            "truth value. Write for example unroll=1."
        )

    def loop(carry, rows):
        return jax.lax.scan(f, carry, rows, length, reverse, unroll)

    return eager_loops.run(loop, init, xs)


@_control()
def associative_scan(
    f: Callable[[Any, Any], Any], elems: Any, reverse: bool = False, axis: int = 0
) -> Any:
    """All partial results of `f(f(f(a, b), c), d)` along an axis, computed in parallel.

    Args:
        f: an associative function of two arrays (or trees of arrays).
        elems: an array, or a tree of arrays, of equal size along `axis`.
        reverse: scan from the end.
        axis: axis to scan along.

    Source: Blelloch, "Prefix sums and their applications" (1990).
    """
    arrays = jax.tree.map(jnp.asarray, elems)
    return jax.lax.associative_scan(f, arrays, reverse, axis)


@_control()
def custom_gradient(f: Callable[..., Any]) -> Callable[..., Any]:
    """A function with a custom gradient: `f` returns (value, gradient function)."""
    own = jax.custom_gradient(f)

    @functools.wraps(f)
    def call(*args: Any, **kwargs: Any) -> Any:
        return own(*without_variables(args), **without_variables(kwargs))

    return symbolic_too(call)
