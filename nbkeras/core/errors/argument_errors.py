"""Errors for unknown and missing arguments of a call, with a corrected call."""

import difflib
import inspect
from collections.abc import Mapping
from typing import Any, cast

from nbkeras.core.base_classes import BaseLayer, BaseModel
from nbkeras.core.errors import structured_errors
from nbkeras.core.errors.structured_errors import CallMistake, NameMistake
from nbkeras.core.names.display_name import quoted
from nbkeras.core.serialization import signatures

Parameters = Mapping[str, inspect.Parameter]


def check_names(
    cls: type,
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    parameters: Parameters,
    open_end: bool,
) -> None:
    """Raise if an argument of `cls(...)` is unknown, or a required one is missing.

    Args:
        cls: the class.
        args: positional arguments of the call.
        kwargs: keyword arguments of the call.
        parameters: {name: parameter} of the class.
        open_end: whether the class takes arbitrary keywords as well.

    Raises:
        CallMistake: with the corrected call.
    """
    for name in () if open_end else kwargs:
        if name not in parameters:
            raise _unknown(cls, name, args, kwargs, parameters)
    if len(args) + len(kwargs) < len(signatures.required(cls)):
        raise _missing(cls, signatures.named(cls, args, kwargs))


def explain(
    error: Exception, cls: type, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> None:
    """Add the corrected call to an error of `cls(...)`, or raise a clearer error."""
    arguments = signatures.named(cls, args, kwargs)
    if isinstance(error, NameMistake):
        error.came_from(cls.__name__, _in_order(cls, arguments), _count(cls, arguments))
        return
    tensors = [
        value
        for name, value in arguments.items()
        if hasattr(value, "apply_function") and name != "input_tensor"
    ]
    if not tensors or not issubclass(cls, BaseLayer) or issubclass(cls, BaseModel):
        return
    name = cls.__name__
    # By `is`: a number == a symbolic tensor is a tensor.
    others = {
        argument: value
        for argument, value in arguments.items()
        if not any(value is tensor for tensor in tensors)
    }
    raise CallMistake(
        name,
        name,
        f"{name}({', '.join(['x'] * len(tensors))})",
        f"{name} got the tensor {quoted(tensors[0].name)} as an argument; create the "
        "layer first, then call it on the tensor",
        f"{_example(cls, others)}(x)",
    ) from None


def call_of(instance: Any, **changes: Any) -> str:
    """Code that creates an equal object with `changes`; defaults are left out.

    >>> from nbkeras.layers import Conv2D
    >>> call_of(Conv2D(8, 5), padding="same")
    "Conv2D(8, 5, padding='same')"
    """
    cls = cast("type[Any]", type(instance))
    parameters = signatures.parameters(cls)
    arguments = {**instance.__dict__.get("_arguments", {}), **changes}
    not_default = {
        name: value
        for name, value in arguments.items()
        if name not in parameters or not _is_default(value, parameters[name].default)
    }
    return _call(cls, not_default)


def example_of(cls: type) -> str:
    """Code that calls `cls` with an example for each required argument."""
    return _example(cls, {})


def _is_default(value: Any, default: Any) -> bool:
    simple = (str, bool, int, float, tuple, type(None))
    return value is default or (isinstance(value, simple) and value == default)


def unexpected(owner: str, name: str, names: list[str], write: str) -> CallMistake:
    """The error for a keyword `name` that the function `owner` does not have.

    Args:
        owner: name of the function.
        name: the keyword.
        names: the keywords that the function has.
        write: a correct call.
    """
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.7)
    return CallMistake(
        owner,
        owner,
        f"{owner}({name}=...)",
        f"{owner} has no argument {name!r}",
        write,
        _hint(near, names),
    )


def _unknown(
    cls: type,
    name: str,
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    parameters: Parameters,
) -> CallMistake:
    near = difflib.get_close_matches(name, list(parameters), n=3, cutoff=0.7)
    arguments = signatures.named(cls, args, kwargs)
    corrected = {near[0] if near and k == name else k: v for k, v in arguments.items()}
    if not near:
        corrected.pop(name)
    return CallMistake(
        cls.__name__,
        cls.__name__,
        _call(cls, arguments),
        f"{cls.__name__} has no argument {name!r}",
        _example(cls, corrected),
        _hint(near, list(parameters)),
    )


def _missing(cls: type, arguments: dict[str, Any]) -> CallMistake:
    missing = [name for name in signatures.required(cls) if name not in arguments]
    return CallMistake(
        cls.__name__,
        cls.__name__,
        _call(cls, arguments),
        f"{cls.__name__} needs {' and '.join(missing)}",
        _example(cls, arguments),
    )


def _hint(near: list[str], names: list[str]) -> str:
    if near:
        return f" Did you mean {' or '.join(map(repr, near))}?"
    return f" It takes: {', '.join(names)}."


def _example(cls: type, arguments: dict[str, Any]) -> str:
    """The call as code, with examples for missing arguments."""
    missing = [name for name in signatures.required(cls) if name not in arguments]
    if not missing:
        return _call(cls, arguments)
    examples = {
        n: structured_errors.Code(structured_errors.EXAMPLES.get(n, "..."))
        for n in missing
    }
    return _call(cls, {**arguments, **examples})


def _call(cls: type, arguments: dict[str, Any]) -> str:
    return structured_errors.call(
        cls.__name__, _in_order(cls, arguments), _count(cls, arguments)
    )


def _in_order(cls: type, arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments with the required ones first."""
    return {
        n: arguments[n] for n in signatures.required(cls) if n in arguments
    } | arguments


def _count(cls: type, arguments: dict[str, Any]) -> int:
    """The number of positional arguments: of the required ones, if none is missing."""
    required = signatures.required(cls)
    return len(required) if all(name in arguments for name in required) else 0
