"""Constructor arguments of classes, including those that go on to parent classes."""

import inspect
import weakref
from collections.abc import Mapping
from typing import Any

# Weak keys, because a notebook redefines the same class repeatedly.
# {class: (its keyword arguments, whether it takes any others)}
_signatures: weakref.WeakKeyDictionary[
    type, tuple[dict[str, inspect.Parameter], bool]
] = weakref.WeakKeyDictionary()
# {class: the arguments that can be given by position}
_positional: weakref.WeakKeyDictionary[type, tuple[str, ...]] = (
    weakref.WeakKeyDictionary()
)
# {class: the arguments without a default}
_required: weakref.WeakKeyDictionary[type, tuple[str, ...]] = (
    weakref.WeakKeyDictionary()
)


def parameters(cls: type) -> dict[str, inspect.Parameter]:
    """All keyword arguments of `cls(...)`, including those passed on to parents."""
    return _signature(cls)[0]


def is_open(cls: type) -> bool:
    """Whether `cls(...)` accepts arbitrary keywords."""
    return _signature(cls)[1]


def accepts(cls: type, name: str) -> bool:
    """Whether `cls(...)` takes the keyword `name`."""
    return name in parameters(cls) or is_open(cls)


def required(cls: type) -> tuple[str, ...]:
    """The required arguments of `cls(...)`."""
    if cls not in _required:
        _required[cls] = tuple(
            p.name
            for p in list(inspect.signature(cls.__init__).parameters.values())[1:]
            if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)
            and p.default is p.empty
        )
    return _required[cls]


def named(
    cls: type, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> dict[str, Any]:
    """{name: value} of all arguments of a call of `cls`."""
    if cls not in _positional:
        own = list(inspect.signature(cls.__init__).parameters.values())[1:]
        _positional[cls] = tuple(
            p.name for p in own if p.kind is p.POSITIONAL_OR_KEYWORD
        )
    return {**dict(zip(_positional[cls], args, strict=False)), **kwargs}


def _signature(cls: type) -> tuple[dict[str, inspect.Parameter], bool]:
    if cls not in _signatures:
        keywords: dict[str, inspect.Parameter] = {}
        open_end = False
        for parent in cls.__mro__:
            if "__init__" not in parent.__dict__ or parent is object:
                continue
            open_end = False
            own = list(inspect.signature(parent.__init__).parameters.values())[1:]
            for p in own:
                if p.kind is p.VAR_KEYWORD:
                    open_end = True
                elif p.kind is not p.VAR_POSITIONAL:
                    keywords.setdefault(p.name, p)
            if not open_end:
                break
        _signatures[cls] = keywords, open_end
    return _signatures[cls]
