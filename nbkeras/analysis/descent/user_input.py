"""Convert user input to a Problem: a name, a formula, a function or points."""

import copy
import functools
import inspect
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from nbkeras.analysis.descent import landscapes
from nbkeras.analysis.descent.expression import Expression
from nbkeras.analysis.descent.problems import FunctionProblem, LineProblem, Problem
from nbkeras.core import check

USUAL_LIMITS = (-5.0, 5.0)


def as_problem(
    objective: str | Callable[..., Any] | Problem | None = None,
    *,
    points: ArrayLike | None = None,
    start: ArrayLike | None = None,
    limits: ArrayLike | None = None,
) -> Problem:
    """The Problem for a user's input.

    Args:
        objective: name of a built-in function, a formula, or a Python function of one
            or two numbers written with jax.numpy.
        points: pairs (x, y), for linear regression.
        start: initial value of each parameter.
        limits: (low, high) of each parameter, or one pair for all.

    Raises:
        ValueError, TypeError: the input is not a problem that can be minimised.
    """
    if points is not None:
        if objective is not None:
            raise ValueError(
                "descent accepts a function or points, not both. Write "
                "descent(points=[(1, 2), (2, 3.9)])."
            )
        x, y = split_points(points)
        start = _numbers("start", start, 2) or (0.0, 0.0)
        return LineProblem(x, y, start, _limits(limits, 2))
    objective = "bowl" if objective is None else objective
    if isinstance(objective, Problem):
        return objective
    if isinstance(objective, str):
        problem = _formula(landscapes.find(objective) or objective)
    elif callable(objective):
        text = getattr(objective, "__name__", type(objective).__name__)
        problem = _function(objective, _arguments(objective), text)
        _try(problem)
    else:
        raise TypeError(
            f"descent({type(objective).__name__}): give a formula, a function or a "
            "compiled model. Write for example descent('x**2 + 10*sin(y)')."
        )
    return _placed(problem, start, limits)


@functools.lru_cache(maxsize=32)
def _formula(text):
    """The problem of a built-in name or a formula, cached with its compiled steps."""
    landscape = landscapes.LANDSCAPES.get(text)
    if landscape is None:
        function = _typed(text)
        return _function(function, function.names, function.text)
    function = Expression(landscape.formula)
    return FunctionProblem(
        function,
        function.names,
        text,
        landscape.limits,
        landscape.start,
        landscape.lr,
        landscape.lowest,
    )


def _function(function, names, text):
    limits, start = (USUAL_LIMITS,) * len(names), (4.0, 3.0)[: len(names)]
    return FunctionProblem(function, names, text, limits, start)


def _placed(problem, start, limits):
    """The same problem and compiled steps, with another start and limits."""
    count, placed = len(problem.names), copy.copy(problem)
    placed.limits = _limits(limits, count) or problem.limits
    placed.start = _numbers("start", start, count) or problem.start
    return placed


def _typed(text):
    try:
        return Expression(text)
    except ValueError as error:
        near = landscapes.near(text)
        if near and text.replace(" ", "").isalpha():
            raise ValueError(f"No function is called {text!r}.{near}") from error
        raise


def _arguments(function):
    """Names of the one or two required arguments of a function."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        parameters = ()
    needed = [
        p.name
        for p in parameters
        if p.default is p.empty
        and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    if not 1 <= len(needed) <= 2:
        raise TypeError(
            f"{getattr(function, '__name__', function)!r} takes {len(needed)} "
            "arguments; the lab minimises functions of one or two numbers. Write for "
            "example descent(lambda x, y: x**2 + y**2)."
        )
    return tuple(needed)


def _try(problem):
    """Check a user's function: trace it, and run it once at its start."""
    try:
        shape = jax.eval_shape(
            problem.value, jax.ShapeDtypeStruct((len(problem.names),), jnp.float32)
        )
    except jax.errors.TracerArrayConversionError as error:
        raise TypeError(
            f"{problem.text} uses NumPy, which JAX cannot differentiate. Write "
            "jnp.sin instead of np.sin, after import jax.numpy as jnp."
        ) from error
    except jax.errors.ConcretizationTypeError as error:
        raise TypeError(
            f"{problem.text} needs the concrete value of its argument (an if, a "
            "float(), math.sin). Write jnp.where instead of if, and jnp.sin instead "
            "of math.sin."
        ) from error
    shape = getattr(shape, "shape", None)
    if shape != ():
        raise ValueError(
            f"{problem.text} must give one number, and gives an array of shape "
            f"{shape}. Write for example lambda x, y: x**2 + y**2."
        )


def split_points(points):
    """The x and y of pairs (n, 2), or of a pair of arrays (x, y)."""
    if isinstance(points, tuple) and len(points) == 2 and np.ndim(points[0]) == 1:
        if len(points[0]) != 2 or len(points[1]) != 2:
            return points
    array = np.asarray(points, np.float32)
    if array.ndim == 2 and array.shape[1] == 2:
        return array[:, 0], array[:, 1]
    raise ValueError(
        f"points has shape {array.shape}; it must be pairs. Write for example "
        "points=[(1, 2), (2, 3.9)]."
    )


def _limits(limits, count):
    if limits is None:
        return None
    array = np.asarray(limits, np.float64)
    if array.shape == (2,):
        array = np.stack([array] * count)
    if array.shape != (count, 2) or not (array[:, 0] < array[:, 1]).all():
        raise ValueError(
            f"descent(limits={limits!r}): limits must be (low, high) for each of "
            f"{count} parameters. Write for example limits=(-5, 5)."
        )
    return tuple(map(tuple, array.tolist()))


def _numbers(name, values, count):
    if values is None:
        return None
    values = np.ravel(values).tolist()
    if len(values) != count:
        raise ValueError(
            f"descent({name}={values}): {name} needs {count} numbers. Write for "
            f"example {name}={(4.0, 3.0)[:count]}."
        )
    return tuple(check.number("descent", name, value, example=1.0) for value in values)
