"""Functions of arrays that also take the symbolic tensors of a model."""

import functools
import inspect


def symbolic_too(function):
    """`function`, which hands over to the tensor if one of its arguments is symbolic.

    A class is given back as it is.
    """
    if inspect.isclass(function):
        return function

    @functools.wraps(function)
    def call(*args, **kwargs):
        for value in (*args, *kwargs.values()):
            if hasattr(value, "symbolic_apply"):
                return value.symbolic_apply(function, args, kwargs)
        return function(*args, **kwargs)

    return call
