"""What decides what a user's function computes, to see whether it has changed.

A function is understood if it only computes: it reads its arguments, numbers, modules
and functions that are known, and other functions of this kind. One that prints, draws
from NumPy, sets an attribute or a global, or reads a variable from outside is not.
"""

# pyright: standard
# It reads the code of any function, which a strict check rejects.

from __future__ import annotations

import builtins
import dis
import functools
import types
from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from nbkeras.core.object_contents import NotComparable

# Modules whose functions depend on their arguments, and on keys that a run passes on.
_MODULES = ("nbkeras.", "jax.", "numpy.", "math.", "string.", "functools.")
# Functions of Python without an effect besides their result.
_BUILTINS = frozenset(
    "abs all any bool dict divmod enumerate filter float frozenset int "
    "isinstance len list map max min pow range repr reversed round set slice sorted "
    "str sum super tuple type zip ValueError TypeError AssertionError "
    "NotImplementedError None True False".split()
)
# Names after which a function is not understood, also as attributes.
_EFFECTS = frozenset("print input open exec eval setattr delattr set_seed".split())
_STORES = frozenset("STORE_GLOBAL DELETE_GLOBAL STORE_ATTR DELETE_ATTR".split())
_NUMBERS = str | bytes | int | float | complex | None


class _Code:
    """The names that a code object and those within it use.

    Args:
        code: the code object.
    """

    def __init__(self, code: types.CodeType) -> None:
        names, self.is_known = set(code.co_names), True
        for instruction in dis.get_instructions(code):
            if instruction.opname in _STORES:
                self.is_known = False
        for constant in code.co_consts:
            if isinstance(constant, types.CodeType):
                inner = _names_of(constant)
                names.update(inner.names)
                self.is_known = self.is_known and inner.is_known
        self.names = tuple(sorted(names))
        self.is_known = self.is_known and not names & _EFFECTS


@functools.lru_cache(maxsize=1024)
def _names_of(code: types.CodeType) -> _Code:
    return _Code(code)


def listed(function: Any, cls: type | None, add: Callable[[Any], None]) -> set[str]:
    """Pass to `add` what a user's function computes with, apart from its arguments.

    Args:
        function: a function or method of the user's.
        cls: the class whose methods it may call; None for a plain function.
        add: called with each object; the function computes the same as long as they are
            the same.

    Returns:
        The names that it and the functions that it calls use.

    Raises:
        NotComparable: it may depend on more, or have an effect.
    """
    seen: set[Any] = set()
    _list(function, cls, add, seen)
    return {name for part in seen for name in _names_of(part.__code__).names}


def _list(function, cls, add, seen):
    if not isinstance(function, types.FunctionType):
        raise NotComparable
    if function in seen:
        return
    seen.add(function)
    code = _names_of(function.__code__)
    if not code.is_known:
        raise NotComparable
    add(function)
    for default in (*(function.__defaults__ or ()), *(function.__kwdefaults__ or ())):
        _value(default, cls, add, seen, code.names)
    for cell in function.__closure__ or ():
        try:
            _value(cell.cell_contents, cls, add, seen, code.names)
        except ValueError:  # the cell is not filled yet
            raise NotComparable from None
    for name in code.names:
        if name in function.__globals__:
            _value(function.__globals__[name], cls, add, seen, code.names)
        elif hasattr(builtins, name) and name not in _BUILTINS:
            raise NotComparable
        _method(name, cls, add, seen)


def _method(name, cls, add, seen):
    """The method or property of the user's that `name` may stand for."""
    owner = next((c for c in (cls.__mro__ if cls else ()) if name in vars(c)), None)
    if owner is None or f"{owner.__module__}.".startswith(_MODULES):
        return
    member = vars(owner)[name]
    if isinstance(member, property):
        member = member.fget
    elif isinstance(member, staticmethod | classmethod):
        member = member.__func__
    if isinstance(member, types.FunctionType):
        _list(member, cls, add, seen)
    elif isinstance(member, _NUMBERS):
        add(member)
    else:
        raise NotComparable


def _value(value, cls, add, seen, names):
    """A value that a function finds outside of its arguments."""
    add(value)
    if isinstance(value, _NUMBERS | np.generic | jax.Array | np.dtype):
        return
    if isinstance(value, tuple):
        for item in value:
            _value(item, cls, add, seen, names)
    elif isinstance(value, types.ModuleType):
        draws = value.__name__ == "numpy" and "random" in names
        if draws or not f"{value.__name__}.".startswith(_MODULES):
            raise NotComparable
    elif isinstance(value, type):
        is_own = cls is not None and value in cls.__mro__  # for super()
        if not is_own and not f"{value.__module__}.".startswith(_MODULES):
            raise NotComparable
    elif f"{getattr(value, '__module__', None)}.".startswith(_MODULES) and isinstance(
        value,
        types.FunctionType | types.BuiltinFunctionType | jax.stages.Wrapped | np.ufunc,
    ):
        if value.__module__.startswith("numpy.random"):
            raise NotComparable
    else:
        _list(value, cls, add, seen)
