"""Declare functions of `nbkeras.ops` for arrays and symbolic tensors.

`@operation` creates the public function and registers it in `TABLE`, where models and
saved files look it up by name.
"""

import functools
import inspect
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from nbkeras.core import sparse_arrays
from nbkeras.core.gradients import recording
from nbkeras.core.gradients.compiled_calls import CompiledCalls
from nbkeras.core.machine import processes
from nbkeras.ops.functions import sparse_functions


class Function:
    """A function of `nbkeras.ops` and how to call and save it.

    Args:
        name: public name.
        run: implementation on JAX arrays.
        module: the module of keras.src.ops that names it in files; None for a function
            that cannot be saved.
        arrays: names of the arguments that are arrays and may be symbolic; prefixed
            with a star for a list of arrays, with a question mark for an argument that
            is passed on unchanged (an index).
        signature: the arguments in order.
        rows: "each" if it is elementwise, "axis" if rows of a batch are independent
            unless the setting `axis` includes the batch axis, else None.
        class_name: its class name in Keras's files; derived from `name` if None.
        subjects: the modules of nbkeras.ops that have it besides nbkeras.ops itself.
        symbolic: returns the symbolic output where tracing cannot infer it, or None
            to trace all the same; None for a function that can always be traced.
    """

    def __init__(
        self,
        name: str,
        run: Callable[..., Any],
        module: str | None,
        arrays: str,
        signature: inspect.Signature,
        rows: str | None = None,
        class_name: str | None = None,
        subjects: tuple[str, ...] = (),
        symbolic: Callable[..., Any] | None = None,
    ):
        self.name = name
        self.run = run
        self.module = module
        self.lists = {n[1:] for n in arrays.split() if n.startswith("*")}
        self.raw = {n[1:] for n in arrays.split() if n.startswith("?")}
        self.arrays = tuple(n.lstrip("*?") for n in arrays.split())
        self.signature = signature
        self.rows = rows
        parts = (part[0].upper() + part[1:] for part in name.split("_"))
        self.class_name = class_name or "".join(parts)
        self.subjects = subjects
        self.symbolic = symbolic
        self.settings = {
            n: ... if p.default is p.empty else p.default
            for n, p in signature.parameters.items()
            if n not in self.arrays
        }
        self.public = _public(self)

    def bind(self, args: tuple, kwargs: dict) -> inspect.BoundArguments:
        """The arguments by name, with defaults filled in."""
        bound = self.signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return bound

    def compute(self, *args: Any, **kwargs: Any) -> Any:
        """The result of the function on arrays, numbers, lists and variables."""
        bound = self.bind(args, kwargs)
        arguments = bound.arguments
        for name in arguments:
            value = arguments[name]
            if name in self.lists:
                arguments[name] = type_of_list(value)(map(as_array, value))
            elif name in self.arrays and name not in self.raw | self.open_ended:
                arguments[name] = as_array(value)
            elif name == "dtype":
                arguments[name] = canonical(value)
            elif name == "axis" and isinstance(value, list):
                arguments[name] = tuple(value)
            else:
                arguments[name] = without_variables(value)
        return self.run(*bound.args, **bound.kwargs)

    @property
    def open_ended(self) -> set[str]:
        """The name of the variadic array argument `*xs`, if there is one."""
        kind = inspect.Parameter.VAR_POSITIONAL
        named = self.signature.parameters
        return {name for name in self.arrays if named[name].kind is kind}

    def apart(self, args: tuple, kwargs: dict) -> tuple[tuple, dict]:
        """Split the arguments of a call into (arrays, settings)."""
        settings = dict(self.bind(args, kwargs).arguments)
        arrays = tuple(settings.pop(name) for name in self.arrays)
        if self.open_ended:
            arrays = arrays[0]
        for name, p in self.signature.parameters.items():
            if p.kind is p.VAR_KEYWORD:
                settings.update(settings.pop(name))
        return arrays, settings

    def together(self, arrays: tuple, settings: dict) -> Any:
        """Call the function with the output of `apart`."""
        if self.open_ended:
            names = self.signature.parameters
            in_front = [n for n, p in names.items() if _in_front(p, settings)]
            rest = {n: v for n, v in settings.items() if n not in in_front}
            before = (settings[n] for n in in_front)
            return self.compute(*before, *arrays, **rest)
        return self.compute(**dict(zip(self.arrays, arrays, strict=True)), **settings)


def _in_front(parameter: inspect.Parameter, settings: dict) -> bool:
    plain = parameter.kind is parameter.POSITIONAL_OR_KEYWORD
    return plain and parameter.name in settings


TABLE: dict[str, Function] = {}


def operation(
    arrays: str = "x",
    module: str | None = "numpy",
    *,
    name: str | None = None,
    rows: str | None = None,
    class_name: str | None = None,
    subjects: str | None = None,
    symbolic: Callable[..., Any] | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorator that registers a function of arrays; arguments as in `Function`.

    Args:
        arrays: names of its array arguments.
        module: module that names it in saved Keras models.
        name: public name, where it would shadow a Python builtin.
        rows: how it treats the rows of a batch.
        class_name: its class in saved Keras models.
        subjects: "numpy", "nn", "image", "linalg", or several separated by spaces;
            that of `module` if None.
        symbolic: output of a symbolic call where the shape depends on values.
    """

    def declare(run: Callable[..., Any]) -> Callable[..., Any]:
        public_name = name or run.__name__
        places = (module or "") if subjects is None else subjects
        function = Function(
            public_name,
            run,
            module,
            arrays,
            inspect.signature(run),
            rows,
            class_name,
            tuple(places.split()),
            symbolic,
        )
        TABLE[public_name] = function
        return function.public

    return declare


def _public(function: Function) -> Callable[..., Any]:
    """The public function: computes on arrays, adds a node for symbolic tensors."""
    compiled = CompiledCalls()

    @functools.wraps(function.run)
    def call(*args: Any, **kwargs: Any) -> Any:
        if sparse_arrays.holds_sparse((args, kwargs)):
            return sparse_functions.compute(function, args, kwargs)
        leaves = jax.tree.leaves((args, kwargs))
        for leaf in leaves:
            if hasattr(leaf, "apply_function"):
                return leaf.apply_function(function.name, args, kwargs)
        if recording.needed(leaves):
            return recording.record(function.compute, args, kwargs, compiled)
        processes.refuse_after_fork(function.name)
        return function.compute(*args, **kwargs)

    call.__name__ = call.__qualname__ = function.name
    call.__signature__ = function.signature  # type: ignore[attr-defined]
    return call


def as_array(value: Any) -> Any:
    """A JAX array from an array, a number, a list or a variable; None stays None."""
    if value is None or isinstance(value, jax.Array):
        return value
    if isinstance(value, list | tuple):
        value = without_variables(value)
    if isinstance(value, jax.ShapeDtypeStruct):
        return value
    return jnp.asarray(value)


def without_variables(tree: Any) -> Any:
    """`tree` with variables replaced by their arrays."""
    if isinstance(tree, bool | int | float | str | None):
        return tree
    return jax.tree.map(
        lambda leaf: jnp.asarray(leaf) if hasattr(leaf, "__jax_array__") else leaf, tree
    )


def as_indices(value: Any) -> Any:
    """Indices and class numbers as integers; pandas and files often hold floats."""
    if isinstance(value, list | tuple):
        return type_of_list(value)(map(as_indices, value))
    array = jnp.asarray(value)
    is_whole = jnp.issubdtype(array.dtype, jnp.integer)
    return array if is_whole else array.astype("int32")


def type_of_list(value: Any) -> type:
    """`tuple` if `value` is a tuple, else `list`."""
    return tuple if isinstance(value, tuple) else list


def canonical(dtype: Any) -> Any:
    """The dtype that JAX uses: 64 bits become 32 unless x64 is enabled."""
    return None if dtype is None else jax.dtypes.canonicalize_dtype(dtype)


def floating(x: jax.Array) -> jax.Array:
    """`x` itself if it is floating-point, else in the default float dtype."""
    if jnp.issubdtype(x.dtype, jnp.inexact):
        return x
    return x.astype(default_float())


def default_float() -> Any:
    """The dtype of `nbkeras.config.floatx()`."""
    from nbkeras.core import settings

    return jnp.dtype(settings.floatx())
