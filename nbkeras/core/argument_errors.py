"""Errors about unknown and missing arguments of a call, with the call to write."""

import difflib
import inspect
from collections.abc import Mapping
from typing import Any, cast

from nbkeras.core import signatures, structured_errors
from nbkeras.core.base_classes import BaseLayer, BaseModel
from nbkeras.core.names.display_name import quoted
from nbkeras.core.structured_errors import CallMistake, NameMistake

Parameters = Mapping[str, inspect.Parameter]


def check_names(
    cls: type,
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    known: Parameters,
    open_end: bool,
) -> None:
    """Raise if an argument of `cls(...)` is unknown, or a required one is missing.

    Args:
        cls: what is called.
        args: its positional arguments.
        kwargs: its keyword arguments.
        known: the arguments that it takes.
        open_end: whether it takes any others as well.
    """
    for name in () if open_end else kwargs:
        if name not in known:
            raise _unknown(cls, name, args, kwargs, known)
    if len(args) + len(kwargs) < len(signatures.required(cls)):
        raise _missing(cls, signatures.named(cls, args, kwargs))


def explain(
    error: Exception, cls: type, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> None:
    """Explain an error of `cls(...)` from its call; may raise a clearer one."""
    arguments = signatures.named(cls, args, kwargs)
    if isinstance(error, NameMistake):
        error.came_from(cls.__name__, _in_order(cls, arguments), _count(cls, arguments))
        return
    tensors = [
        value
        for name, value in arguments.items()
        if hasattr(value, "symbolic_call") and name != "input_tensor"
    ]
    if not tensors or not issubclass(cls, BaseLayer) or issubclass(cls, BaseModel):
        return
    name = cls.__name__
    raise CallMistake(
        name,
        name,
        f"{name}({', '.join(['x'] * len(tensors))})",
        f"{name} got the tensor {quoted(tensors[0].name)} as an argument; create the "
        "layer first, then call it on the tensor",
        f"{_example(cls, {k: v for k, v in arguments.items() if v not in tensors})}(x)",
    ) from None


def call_of(instance: Any, **changes: Any) -> str:
    """The call that creates an equal object with `changes`; defaults are left out.

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
        if name not in parameters or not _usual(value, parameters[name].default)
    }
    return _call(cls, not_default)


def example_of(cls: type) -> str:
    """A call of `cls` with an example for each required argument."""
    return _example(cls, {})


def _usual(value: Any, default: Any) -> bool:
    simple = (str, bool, int, float, tuple, type(None))
    return value is default or (isinstance(value, simple) and value == default)


def unexpected(owner: str, name: str, known: list[str], write: str) -> CallMistake:
    """The error for a keyword that the function `owner` does not have."""
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.7)
    return CallMistake(
        owner,
        owner,
        f"{owner}({name}=...)",
        f"{owner} has no argument {name!r}",
        write,
        _hint(near, known),
    )


def _unknown(
    cls: type,
    name: str,
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    known: Parameters,
) -> CallMistake:
    near = difflib.get_close_matches(name, list(known), n=3, cutoff=0.7)
    arguments = signatures.named(cls, args, kwargs)
    right = {near[0] if near and k == name else k: v for k, v in arguments.items()}
    if not near:
        right.pop(name)
    return CallMistake(
        cls.__name__,
        cls.__name__,
        _call(cls, arguments),
        f"{cls.__name__} has no argument {name!r}",
        _example(cls, right),
        _hint(near, list(known)),
    )


def _missing(cls: type, given: dict[str, Any]) -> CallMistake:
    missing = [name for name in signatures.required(cls) if name not in given]
    return CallMistake(
        cls.__name__,
        cls.__name__,
        _call(cls, given),
        f"{cls.__name__} needs {' and '.join(missing)}",
        _example(cls, given),
    )


def _hint(near: list[str], known: list[str]) -> str:
    if near:
        return f" Did you mean {' or '.join(map(repr, near))}?"
    return f" It takes: {', '.join(known)}."


def _example(cls: type, given: dict[str, Any]) -> str:
    """The call with missing arguments filled in by examples."""
    missing = [name for name in signatures.required(cls) if name not in given]
    if not missing:
        return _call(cls, given)
    filled = {
        n: structured_errors.Code(structured_errors.EXAMPLES.get(n, "..."))
        for n in missing
    }
    return _call(cls, {**given, **filled})


def _call(cls: type, given: dict[str, Any]) -> str:
    return structured_errors.call(
        cls.__name__, _in_order(cls, given), _count(cls, given)
    )


def _in_order(cls: type, given: dict[str, Any]) -> dict[str, Any]:
    """The required arguments first, then the others."""
    return {n: given[n] for n in signatures.required(cls) if n in given} | given


def _count(cls: type, given: dict[str, Any]) -> int:
    """How many arguments can be positional: the required ones, if all are given."""
    needed = signatures.required(cls)
    return len(needed) if all(name in given for name in needed) else 0
