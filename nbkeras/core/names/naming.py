"""Names of layers and functions, as Keras writes them."""

import functools
import re
from typing import Any


def snake_case(name: str) -> str:
    """`MaxPooling2D` to `max_pooling2d`."""
    name = re.sub(r"\W+", "", name)
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def function_name(function: Any) -> str:
    """The name of a function, of the function in a partial, or of an object's class.

    >>> function_name(len), function_name(lambda x: x)
    ('len', 'lambda')
    >>> function_name(functools.partial(len)), function_name(re.compile("a"))
    ('len', 'pattern')
    """
    if isinstance(function, functools.partial):
        return function_name(function.func)
    name = getattr(function, "name", None) or getattr(function, "__name__", None)
    if not isinstance(name, str):
        return snake_case(type(function).__name__)
    return "lambda" if name == "<lambda>" else name
