"""Dispatch functions of arrays to variables and symbolic tensors."""

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar, cast

from nbkeras.core.gradients import recording
from nbkeras.core.variable import Variable, without_variables

Function = TypeVar("Function", bound=Callable[..., Any])


def symbolic_too(function: Function) -> Function:
    """Make `function` delegate to the symbolic tensor among its arguments, if any.

    Of variables it takes the values. A class is given back as it is.
    """
    if inspect.isclass(function):
        return cast("Function", function)

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        for value in (*args, *kwargs.values()):
            if hasattr(value, "symbolic_apply"):
                return value.symbolic_apply(function, args, kwargs)
        if recording.needed(args, kwargs):
            return recording.run(function, *args, **kwargs)
        if any(isinstance(value, Variable) for value in args):
            args = tuple(map(without_variables, args))
        return function(*args, **kwargs)

    return cast("Function", call)
