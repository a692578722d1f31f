"""Declare a function of `nbkeras.ops` for arrays and symbolic tensors.

`@operation` makes the public function and enters it into `TABLE`, from which models
and files find it again by name.
"""

import functools
import inspect
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from nbkeras.core.gradients import recording


class Function:
    """One function.

    Args:
        name: under which users find it.
        run: what computes it on JAX arrays.
        module: the module of keras.src.ops that names it in files; None for a function
            that files cannot keep.
        arrays: names of the arguments that are arrays and may be symbolic; a star in
            front of one that is a list of arrays, a question mark in front of one that
            is used as it is (an index).
        signature: the arguments in order.
        rows: "each" if it works value by value, "axis" if rows stay alone unless the
            setting `axis` takes in the batch axis, else None.
        class_name: the name of its class in Keras's files; made from `name` if None.
        subjects: the modules of nbkeras.ops that have it besides nbkeras.ops itself.
        symbolic: gives the symbolic output where an abstract run cannot, or None for
            arguments of which it can; None for a function that never needs it.
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
        """The arguments by name, defaults filled in."""
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
        """The argument that takes any number of arrays, `*xs`, if there is one."""
        kind = inspect.Parameter.VAR_POSITIONAL
        named = self.signature.parameters
        return {name for name in self.arrays if named[name].kind is kind}

    def apart(self, args: tuple, kwargs: dict) -> tuple[tuple, dict]:
        """(arrays, settings) of a call."""
        settings = dict(self.bind(args, kwargs).arguments)
        arrays = tuple(settings.pop(name) for name in self.arrays)
        if self.open_ended:
            arrays = arrays[0]
        for name, p in self.signature.parameters.items():
            if p.kind is p.VAR_KEYWORD:
                settings.update(settings.pop(name))
        return arrays, settings

    def together(self, arrays: tuple, settings: dict) -> Any:
        """The result of the function for the output of `apart`."""
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
    """Register a function of arrays; a decorator; arguments as in `Function`.

    Args:
        arrays: names of its array arguments.
        module: where files of Keras name it.
        name: its public name, when Python's own meaning of that name is needed.
        rows: how it treats the rows of a batch.
        class_name: its class in files of Keras.
        subjects: "numpy", "nn", "image", "linalg", several separated by blanks; that of
            `module` if None.
        symbolic: what a symbolic call gives where values decide the shape.
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

    @functools.wraps(function.run)
    def call(*args: Any, **kwargs: Any) -> Any:
        leaves = jax.tree.leaves((args, kwargs))
        for leaf in leaves:
            if hasattr(leaf, "symbolic_call"):
                return leaf.symbolic_call(function.name, args, kwargs)
        if recording.needed(leaves):
            return recording.run(function.compute, *args, **kwargs)
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
    """The same with the arrays of variables in their place."""
    if isinstance(tree, bool | int | float | str | None):
        return tree
    return jax.tree.map(
        lambda leaf: jnp.asarray(leaf) if hasattr(leaf, "__jax_array__") else leaf, tree
    )


def as_indices(value: Any) -> Any:
    """Places and class numbers as whole numbers; pandas and files often hold floats."""
    if isinstance(value, list | tuple):
        return type_of_list(value)(map(as_indices, value))
    array = jnp.asarray(value)
    is_whole = jnp.issubdtype(array.dtype, jnp.integer)
    return array if is_whole else array.astype("int32")


def type_of_list(value: Any) -> type:
    """`list` or `tuple`, as `value` is."""
    return tuple if isinstance(value, tuple) else list


def canonical(dtype: Any) -> Any:
    """A dtype as JAX has it here: 64 bits become 32 unless they are switched on."""
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
