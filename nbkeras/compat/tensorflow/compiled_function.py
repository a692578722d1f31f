"""`tf.function`: a Python function as one compiled program.

What the function reads and assigns (variables, optimizers, metrics) goes in and comes
out as values, so that the training step of a tutorial runs under `jax.jit` as written.
Where it looks at the values of arrays it runs as plain Python, after one notice.
"""

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from nbkeras.core import notices, rng
from nbkeras.core.gradients import stateless_scope
from nbkeras.core.gradients.open_tapes import open_tapes
from nbkeras.core.gradients.recording import RecordedArray, plain_value
from nbkeras.core.gradients.stateless_scope import StatelessScope
from nbkeras.core.variable import without_variables

# How often a call may turn out to use variables that were not known.
MAX_TRACES = 8
# What JAX raises where Python asks for the value of an array that is being traced.
_LOOKS_AT_VALUES = (
    jax.errors.ConcretizationTypeError,
    jax.errors.TracerArrayConversionError,
    jax.errors.TracerIntegerConversionError,
    jax.errors.NonConcreteBooleanIndexError,
)
_ARRAY = object()


def function(func: Callable[..., Any] | None = None, **options: Any) -> Any:
    """Decorate a function: it is compiled once for each kind of arguments.

    Args:
        func: of arrays, numbers, or anything else; numbers and the like are fixed, and
            another number compiles anew.
        options: of TensorFlow (`jit_compile`, `input_signature`, ...), without effect.
    """
    if func is None:
        return lambda func: CompiledFunction(func)
    return CompiledFunction(func)


class CompiledFunction:
    """A function that is compiled; `python_function` is the function itself."""

    def __init__(self, func: Callable[..., Any]) -> None:
        functools.update_wrapper(self, func)
        self.python_function = func
        self._programs: dict[Any, _Program] = {}  # {kind of arguments: its program}
        self._is_eager = False

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        """A method, compiled for each object by itself."""
        if instance is None:
            return self
        name = f"_compiled_{self.python_function.__name__}"
        if name not in vars(instance):
            bound = CompiledFunction(functools.partial(self.python_function, instance))
            object.__setattr__(instance, name, bound)
        return vars(instance)[name]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the program, or the function itself where it cannot be compiled."""
        inside = stateless_scope.current() is not None or open_tapes()
        if self._is_eager or inside:
            return self.python_function(*args, **kwargs)
        leaves, form = jax.tree.flatten((args, kwargs))
        plain_leaves = [plain_value(x) if _varies(x) else x for x in leaves]
        places = [place for place, leaf in enumerate(leaves) if _varies(leaf)]
        kind = form, tuple(_ARRAY if _varies(x) else _Fixed(x) for x in leaves)
        if kind not in self._programs:
            program = _Program(self.python_function, form, plain_leaves, places)
            self._programs[kind] = program
        try:
            return self._programs[kind]([plain_leaves[place] for place in places])
        except _LOOKS_AT_VALUES as error:
            self._is_eager = True
            name = getattr(self.python_function, "__name__", "The function")
            notices.once(
                ("tf.function", name),
                f"{name} looks at the values of arrays ({type(error).__name__}), so it "
                "is not compiled and runs as plain Python. To have it compiled, write "
                "nbkeras.ops.where or ops.cond in place of `if`.",
            )
            return self.python_function(*args, **kwargs)


class _Program:
    """The compiled form for one kind of arguments."""

    def __init__(self, func, form, given, places):
        self._func, self._form, self._places = func, form, places
        self._fixed = [
            None if place in places else leaf for place, leaf in enumerate(given)
        ]
        self._holders: list[Any] = []
        self._missed: list[Any] = []
        self._results: dict[int, Any] = {}
        self._jitted = jax.jit(self._run)

    def __call__(self, arrays):
        for _ in range(MAX_TRACES):
            values = [holder.own_value() for holder in self._holders]
            key = jax.random.key(rng.next_seed())
            try:
                results, changes = self._jitted(values, arrays, key)
            except _Missed:
                self._holders.extend(self._missed)
                continue
            for holder, value in zip(self._holders, changes, strict=True):
                if value is not None:
                    holder.keep_value(value)
            tree, fixed = self._results[len(results)]
            rest = map(RecordedArray, results)
            return tree.unflatten([next(rest) if x is _ARRAY else x for x in fixed])
        raise RuntimeError(
            "The function under tf.function makes new variables each time it runs. "
            "Make them once, outside of it."
        )

    def _run(self, values, arrays, key):
        holder_values = dict(zip(self._holders, values, strict=True))
        filled = list(self._fixed)
        for place, array in zip(self._places, arrays, strict=True):
            filled[place] = RecordedArray(array)
        args, kwargs = self._form.unflatten(filled)
        with StatelessScope(holder_values, key) as scope:
            output = self._func(*args, **kwargs)
        holder_ids = {id(holder) for holder in self._holders}
        self._missed = [h for h in scope.missed if id(h) not in holder_ids]
        if self._missed:
            raise _Missed
        leaves, tree = jax.tree.flatten(without_variables(output))
        results = [jnp.asarray(leaf) for leaf in leaves if _is_array(leaf)]
        fixed = [_ARRAY if _is_array(leaf) else leaf for leaf in leaves]
        self._results[len(results)] = tree, fixed
        changes = scope.changes()
        return results, [changes.get(holder) for holder in self._holders]


class _Missed(Exception):
    """The trace used variables that are not yet among its arguments."""


class _Fixed:
    """An argument that is part of the program; equal if type and value are."""

    def __init__(self, value):
        self.value = value

    def __hash__(self):
        try:
            return hash((type(self.value), self.value))
        except TypeError:
            return id(self.value)

    def __eq__(self, other):
        if not isinstance(other, _Fixed) or type(self.value) is not type(other.value):
            return False
        if self.value is other.value:
            return True
        return isinstance(self.value, int | float | str | bytes) and (
            self.value == other.value
        )


def _is_array(leaf):
    return isinstance(leaf, jax.Array | np.ndarray | np.generic)


def _varies(leaf):
    """Whether an argument is an array, whose values differ from call to call."""
    return isinstance(leaf, RecordedArray) or _is_array(leaf)
