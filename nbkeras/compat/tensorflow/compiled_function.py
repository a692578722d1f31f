"""`tf.function`: a Python function as one compiled program.

State that the function reads or assigns (variables, optimizers, metrics) is passed in
and returned as values, so a training step from a tutorial runs under `jax.jit` as
written. A function whose Python code depends on array values runs uncompiled, after
one notice.
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

# Limit of retraces per call: each retrace adds the variables that were just found.
MAX_TRACES = 8
# Errors of JAX when Python code needs the concrete value of a traced array.
_LOOKS_AT_VALUES = (
    jax.errors.ConcretizationTypeError,
    jax.errors.TracerArrayConversionError,
    jax.errors.TracerIntegerConversionError,
    jax.errors.NonConcreteBooleanIndexError,
)
_ARRAY = object()


def function(func: Callable[..., Any] | None = None, **options: Any) -> Any:
    """Compile a function once for each argument signature.

    Args:
        func: a function of arrays and other values; values that are not arrays are
            static, so another number compiles again.
        options: options of TensorFlow (`jit_compile`, `input_signature`, ...), accepted
            without effect.
    """
    if func is None:
        return lambda func: CompiledFunction(func)
    return CompiledFunction(func)


class CompiledFunction:
    """A compiled function; `python_function` is the original."""

    def __init__(self, func: Callable[..., Any]) -> None:
        functools.update_wrapper(self, func)
        self.python_function = func
        self._programs: dict[Any, _Program] = {}  # {argument signature: program}
        self._is_eager = False

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        """The bound method, compiled separately for each instance."""
        if instance is None:
            return self
        name = f"_compiled_{self.python_function.__name__}"
        if name not in vars(instance):
            bound = CompiledFunction(functools.partial(self.python_function, instance))
            object.__setattr__(instance, name, bound)
        return vars(instance)[name]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the program, or the original function if it cannot be compiled."""
        inside = stateless_scope.current() is not None or open_tapes()
        if self._is_eager or inside:
            return self.python_function(*args, **kwargs)
        leaves, structure = jax.tree.flatten((args, kwargs))
        if any(isinstance(x, np.ndarray) and x.dtype.kind in "OUS" for x in leaves):
            return self.python_function(*args, **kwargs)  # JAX has no strings
        plain_leaves = [plain_value(x) if _varies(x) else x for x in leaves]
        positions = [index for index, leaf in enumerate(leaves) if _varies(leaf)]
        static = tuple(_ARRAY if _varies(leaf) else _Static(leaf) for leaf in leaves)
        signature = structure, static
        if signature not in self._programs:
            self._programs[signature] = _Program(
                self.python_function, structure, plain_leaves, positions
            )
        try:
            return self._programs[signature]([plain_leaves[i] for i in positions])
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
    """The compiled function for one argument signature."""

    def __init__(self, func, structure, leaves, positions):
        self._func, self._structure, self._positions = func, structure, positions
        self._static_leaves = [
            None if index in positions else leaf for index, leaf in enumerate(leaves)
        ]
        self._holders: list[Any] = []
        self._missed: list[Any] = []
        self._outputs: dict[int, Any] = {}
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
            tree, leaves = self._outputs[len(results)]
            arrays = map(RecordedArray, results)
            return tree.unflatten([next(arrays) if x is _ARRAY else x for x in leaves])
        raise RuntimeError(
            "The function under tf.function makes new variables each time it runs. "
            "Make them once, outside of it."
        )

    def _run(self, values, arrays, key):
        holder_values = dict(zip(self._holders, values, strict=True))
        leaves = list(self._static_leaves)
        for index, array in zip(self._positions, arrays, strict=True):
            leaves[index] = RecordedArray(array)
        args, kwargs = self._structure.unflatten(leaves)
        with StatelessScope(holder_values, key) as scope:
            output = self._func(*args, **kwargs)
        holder_ids = {id(holder) for holder in self._holders}
        self._missed = [h for h in scope.missed if id(h) not in holder_ids]
        if self._missed:
            raise _Missed
        leaves, tree = jax.tree.flatten(without_variables(output))
        results = [jnp.asarray(leaf) for leaf in leaves if _is_array(leaf)]
        static = [_ARRAY if _is_array(leaf) else leaf for leaf in leaves]
        self._outputs[len(results)] = tree, static
        changes = scope.changes()
        return results, [changes.get(holder) for holder in self._holders]


class _Missed(Exception):
    """Raised when a trace used variables that are not among its arguments yet."""


class _Static:
    """A static argument; equal to another of the same type and value."""

    def __init__(self, value):
        self.value = value

    def __hash__(self):
        try:
            return hash((type(self.value), self.value))
        except TypeError:
            return id(self.value)

    def __eq__(self, other):
        if not isinstance(other, _Static) or type(self.value) is not type(other.value):
            return False
        if self.value is other.value:
            return True
        return isinstance(self.value, int | float | str | bytes) and (
            self.value == other.value
        )


def _is_array(leaf):
    return isinstance(leaf, jax.Array | np.ndarray | np.generic)


def _varies(leaf):
    """Whether an argument is an array, whose values may change between calls."""
    return isinstance(leaf, RecordedArray) or _is_array(leaf)
