"""Make functions of arrays accept variables and symbolic tensors."""

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar, cast

from nbkeras.core.gradients import recording
from nbkeras.core.machine import processes
from nbkeras.core.variable import Variable, without_variables

Function = TypeVar("Function", bound=Callable[..., Any])


def symbolic_too(function: Function) -> Function:
    """Make `function` also accept symbolic tensors and variables; a decorator.

    A symbolic tensor among the arguments takes over the call; variables are replaced
    by their values. A class is returned unchanged.
    """
    if inspect.isclass(function):
        return cast("Function", function)

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        processes.refuse_after_fork(function.__name__)
        for value in (*args, *kwargs.values()):
            if hasattr(value, "symbolic_apply"):
                return value.symbolic_apply(function, args, kwargs)
        if recording.needed(args, kwargs):
            return recording.run(function, *args, **kwargs)
        if any(isinstance(value, Variable) for value in args):
            args = tuple(map(without_variables, args))
        return function(*args, **kwargs)

    return cast("Function", call)
