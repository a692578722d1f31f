"""Variable: a mutable value of layers, metrics and user code."""

from __future__ import annotations

import contextlib
import contextvars
import functools
import inspect
import math
import types
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from nbkeras.core import scopes, settings
from nbkeras.core.annotations import DTypeLike
from nbkeras.core.base_classes import BaseRecorded
from nbkeras.core.gradients import stateless_scope
from nbkeras.core.gradients.open_tapes import open_tapes, recorder
from nbkeras.core.machine import processes
from nbkeras.core.names.display_name import display_name, quoted
from nbkeras.core.serialization import registry

_ARRAYS = jax.Array, np.ndarray
Method = TypeVar("Method", bound=Callable[..., Any])
_tracers_allowed = contextvars.ContextVar("tracers_allowed", default=False)


@contextlib.contextmanager
def tracers_allowed() -> Generator[None]:
    """A context in which variables may hold traced values; the caller restores them."""
    token = _tracers_allowed.set(True)
    try:
        yield
    finally:
        _tracers_allowed.reset(token)


class Variable:
    """A value that can be assigned; as an attribute of a layer it is a weight.

    In arithmetic, comparisons, NumPy and the functions of `nbkeras.ops` it stands for
    its value; `&`, `|` and `^` are logical, as in Keras. `value` is always current:
    outside of training the variable holds it; while a fit runs the training state does
    (see `attach`), so that callbacks and other models that share the layer read the
    newest step.

    Args:
        initializer: the initial value, or the name or function of an initializer.
        shape: required with an initializer; otherwise the shape of the value.
        dtype: None takes floatx for an initializer or a floating value, int32 for
            integers.
        trainable: whether an optimizer may change it. It can be set; freezing
            a layer sets it for its trainable variables.
        autocast: accepted as in Keras.
        aggregation: accepted as in Keras.
        synchronization: accepted as in Keras.
        name: shown in paths.
        regularizer: function of the value, added to the loss.
        constraint: function of the value, applied after each update.

    Raises:
        ValueError: an initializer without a shape.

    >>> counts = Variable([1.0, 2.0])
    >>> counts.assign_add([1.0, 1.0]).numpy()
    array([2., 3.], dtype=float32)
    >>> float(sum(counts))
    5.0
    """

    # Whether it was created as trainable; freezing a layer does not change it.
    declared_trainable = True
    # Whether it is a temporary copy of another variable; scopes do not apply to it.
    is_copy = False
    # Whether `call` of its layer reads the variable itself instead of its array.
    whole_in_call = False
    # Whether evaluation and prediction change it too, not only training.
    changes_in_inference = False
    # How replicas are combined in Keras; without effect here.
    aggregation, synchronization = "none", "auto"
    # Whether it replaces another variable during one call, and may hold a tracer.
    in_run = False

    def __init__(
        self,
        initializer: Any,
        shape: Sequence[int] | None = None,
        dtype: DTypeLike | None = None,
        trainable: bool = True,
        autocast: bool = True,
        aggregation: str = "none",
        synchronization: str = "auto",
        name: str | None = None,
        *,
        regularizer: Callable[..., Any] | None = None,
        constraint: Callable[..., Any] | None = None,
    ) -> None:
        name = name or "variable"
        value = None
        if callable(initializer) or isinstance(initializer, str):
            if shape is None:
                raise ValueError(
                    f"Variable({initializer!r}): an initializer needs a shape. Write "
                    "for example Variable('zeros', shape=(3,))."
                )
            initializer = registry.family("initializer").get(initializer)
            dtype = dtype or settings.floatx()
        else:
            value = np.asarray(without_variables(initializer))
            shape = value.shape
            dtype = dtype or _default_dtype(value.dtype)
            initializer = None
        self._declare(name, shape, dtype, initializer)
        self.trainable = self.declared_trainable = trainable
        self.regularizer = regularizer
        self.constraint = constraint
        self.aggregation, self.synchronization = aggregation, synchronization
        self.path = scopes.path_of(name)
        if value is None:
            self.initialise()
        else:
            self.initializer = _Constant(value)
            self.assign(value)

    @classmethod
    def declared(
        cls,
        name: str,
        shape: Sequence[int],
        dtype: DTypeLike = "float32",
        initializer: Callable[..., Any] | None = None,
        *,
        trainable: bool = True,
        regularizer: Callable[..., Any] | None = None,
        constraint: Callable[..., Any] | None = None,
        carried: bool = False,
    ) -> Self:
        """A variable that draws its initial value on first use.

        A `carried` variable only passes state from batch to batch, as in a stateful
        layer: it is not listed among the weights, and files do not hold it.
        """
        variable = cls.__new__(cls)
        variable._declare(name, shape, dtype, initializer)
        variable.trainable = variable.declared_trainable = trainable
        variable.regularizer = regularizer
        variable.constraint = constraint
        variable.carried = carried
        return variable

    def _declare(
        self, name: str, shape: Sequence[int], dtype: DTypeLike, initializer: Any
    ) -> None:
        self.name = name
        self.path: str = name
        self.shape = tuple(int(n) for n in shape)
        self.dtype = str(jnp.dtype(dtype))
        self.initializer: Any = initializer
        self.carried = False
        self._value: Any = None
        self._live: Any = None

    @property
    def _ignores_scopes(self) -> bool:
        """Whether stateless scopes do not hold its value."""
        return self.is_copy or self.in_run

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        """Size of the value in bytes."""
        return math.prod(self.shape) * jnp.dtype(self.dtype).itemsize

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def value(self) -> jax.Array:
        """The current value, a JAX array that stays valid while training goes on."""
        scope = stateless_scope.current()
        if scope is None or self._ignores_scopes:
            return self.own_value()
        return scope.read(self)

    def own_value(self) -> jax.Array:
        """The value outside of all stateless scopes."""
        if self._live is not None:
            home, path = self._live
            return home.read(path)
        if self._value is None:
            self.initialise()
        if not isinstance(self._value, jax.Array):
            # Unlike `jnp.asarray` this compiles nothing.
            with jax.ensure_compile_time_eval():
                self._value = cast("Any", jax).device_put(self._value)
        return self._value

    def initialise(self) -> None:
        """Draw a new value from the initializer.

        Raises:
            RuntimeError: this process was forked from one that has used JAX.
        """
        processes.refuse_after_fork("Initializing weights")
        with jax.ensure_compile_time_eval():
            initial = _initial(self.initializer, self.shape, self.dtype)
        self.assign(initial)

    def is_initialised(self) -> bool:
        """Whether a value exists already."""
        return self._value is not None or self._live is not None

    def assign(self, value: Any) -> Self:
        """Replace the value by one of the same shape, cast to the variable's dtype.

        Raises:
            ValueError: the shapes differ.
            RuntimeError: the value is traced by jax.jit or jax.grad, and the variable
                is not an attribute of the layer being called.
        """
        value = getattr(value, "value", value)
        shape = tuple(np.shape(value))
        if shape != self.shape:
            raise ValueError(
                f"The weight {quoted(self.path)} has shape {self.shape}, and the value "
                f"has shape {shape}. Give an array of shape {self.shape}."
            )
        scope = stateless_scope.current()
        traced = isinstance(value, Tracer) and not _tracers_allowed.get()
        if (
            scope is not None
            and not self._ignores_scopes
            and not _tracers_allowed.get()
        ):
            # A variable created within the scope holds its initial value itself.
            if traced or self.is_initialised():
                scope.write(self, as_array(value, self.dtype))
                return self
        if traced and not self._ignores_scopes:
            raise RuntimeError(
                f"The variable {quoted(self.path)} was assigned a traced value inside "
                "a compiled step, jax.jit or jax.grad, which it cannot hold. In a "
                f"layer, create it with self.{self.name} = "
                "self.add_weight(..., trainable=False), and write "
                f"self.{self.name}.assign(...) in `call`."
            )
        if self._live is not None:
            home, path = self._live
            home.write(path, as_array(value, self.dtype, copy=True))
        elif isinstance(value, jax.Array):
            self._value = value.astype(self.dtype)
        else:
            self._value = np.array(value, dtype=jnp.dtype(self.dtype))
        return self

    def keep_value(self, value: Any) -> None:
        """Assign the value outside of all stateless scopes."""
        with stateless_scope.outside():
            self.assign(value)

    def assign_add(self, value: Any) -> Self:
        """Add to the value."""
        return self.assign(self + as_array(value))

    def assign_sub(self, value: Any) -> Self:
        """Subtract from the value."""
        return self.assign(self - as_array(value))

    def holding(self, value: Any) -> Self:
        """A temporary copy of this variable that holds `value`."""
        duplicate = self.__class__.__new__(self.__class__)
        duplicate.__dict__.update(self.__dict__)
        duplicate._live, duplicate.is_copy = None, True
        return duplicate.assign(value)

    def numpy(self) -> np.ndarray[Any, Any]:
        """The value as a NumPy array."""
        return np.asarray(self.value)

    def attach(self, home: Any, path: str) -> None:
        """Release the value; from now on read `home.read(path)`, the running fit's."""
        self._live, self._value = (home, path), None

    def detach(self, value: Any) -> None:
        """Hold the value again: the final one of the fit."""
        self._live = None
        self._value = value

    @property
    def home(self) -> Any:
        """The Cell of the running fit that holds the value, or None."""
        return None if self._live is None else self._live[0]

    @property
    def in_training(self) -> bool:
        """Whether a running fit holds the value."""
        return self._live is not None

    # Equality is elementwise, as for arrays; sets and dicts use identity.
    __hash__ = object.__hash__
    # NumPy leaves `array + variable` to the variable.
    __array_priority__ = 100

    def __array__(
        self, dtype: Any = None, copy: bool | None = None
    ) -> np.ndarray[Any, Any]:
        return np.array(self.value, dtype=dtype, copy=copy)

    @property
    def __jax_array__(self) -> Callable[[], jax.Array]:
        if open_tapes():
            recorder.refuse_jax(self)
        return lambda: self.value

    def __len__(self) -> int:
        return len(self.value)

    def __iter__(self) -> Iterator[jax.Array]:
        return iter(self.value)

    def __bool__(self) -> bool:
        return bool(self.value)

    def __int__(self) -> int:
        return int(self.value)

    def __float__(self) -> float:
        return float(self.value)

    def __round__(self, digits: int = 0) -> jax.Array:
        return jnp.round(self.value, digits or 0)

    def __format__(self, style: str) -> str:
        return format(self.value if style else repr(self), style)

    if TYPE_CHECKING:  # defined by the loop below

        def __add__(self, other: Any) -> jax.Array: ...
        def __radd__(self, other: Any) -> jax.Array: ...
        def __sub__(self, other: Any) -> jax.Array: ...
        def __rsub__(self, other: Any) -> jax.Array: ...
        def __mul__(self, other: Any) -> jax.Array: ...
        def __rmul__(self, other: Any) -> jax.Array: ...
        def __truediv__(self, other: Any) -> jax.Array: ...
        def __rtruediv__(self, other: Any) -> jax.Array: ...
        def __pow__(self, other: Any) -> jax.Array: ...
        def __matmul__(self, other: Any) -> jax.Array: ...
        def __neg__(self) -> jax.Array: ...
        def __getitem__(self, index: Any) -> jax.Array: ...

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        duplicate = self.__class__.__new__(self.__class__)
        memo[id(self)] = duplicate
        duplicate.__dict__.update(self.__dict__)
        duplicate._live, duplicate._value = None, np.array(self.value)
        return duplicate

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_live": None, "_value": self.numpy()}

    def __repr__(self) -> str:
        return (
            f"<{type(self).__name__} {display_name(self.path)} shape={self.shape} "
            f"dtype={self.dtype}>"
        )


def without_variables(value: Any) -> Any:
    """`value` with variables replaced by their arrays, also in lists and dicts."""
    if isinstance(value, _ARRAYS):
        return cast("Any", value)
    if isinstance(value, Variable | BaseRecorded):
        return value.value
    return jax.tree.map(_without_variable, value)


def _without_variable(value: Any) -> Any:
    return value.value if isinstance(value, Variable | BaseRecorded) else value


def as_array(value: Any, dtype: DTypeLike | None = None, copy: bool = False) -> Any:
    """`value`, a variable or array-like, as a JAX array."""
    return cast("Any", jnp).array(without_variables(value), dtype, copy=copy)


def variables_too(method: Method) -> Method:
    """Make `method(self, x)` accept a variable for `x`; a decorator."""

    @functools.wraps(method)
    def call(self: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
        value: Any = x.value if isinstance(x, Variable) else x
        return method(self, value, *args, **kwargs)

    return cast("Method", call)


def contains(variables: Sequence[Variable], variable: Any) -> bool:
    """Whether `variables` holds this object; the operator `in` would compare values."""
    return any(candidate is variable for candidate in variables)


class _Constant:
    """The initializer of a variable that was created from a value: returns it."""

    def __init__(self, value: np.ndarray[Any, Any]) -> None:
        self.value = value

    def __call__(self, shape: Sequence[int], dtype: DTypeLike) -> Any:
        return as_array(self.value, dtype)


def _default_dtype(dtype: np.dtype) -> str:
    """The dtype of a variable that is created from a value of `dtype`."""
    if dtype.kind == "f" or dtype.name == "bfloat16":
        return settings.floatx()
    return "bool" if dtype.kind == "b" else "int32"


def _operator(name: str) -> Callable[..., Any]:
    def apply(self: Variable, *others: Any) -> Any:
        if open_tapes() or any(isinstance(other, BaseRecorded) for other in others):
            return recorder.run(_on_values, self, *others)
        return _on_array(self.value, *others)

    def _on_values(value: Any, *others: Any) -> Any:
        return _on_array(as_array(value), *others)

    def _on_array(array: Any, *others: Any) -> Any:
        values = map(without_variables, others)
        if name in _LOGICAL:
            return _LOGICAL[name](array, *values)
        return getattr(array, name)(*values)

    apply.__name__ = name
    return apply


# As in Keras, also on numbers; 0 is False.
_LOGICAL = {
    f"__{prefix}{name}__": function
    for name, function in (
        ("and", jnp.logical_and),
        ("or", jnp.logical_or),
        ("xor", jnp.logical_xor),
    )
    for prefix in ("", "r")
}
_BINARY = "add sub mul truediv floordiv mod pow matmul and or xor".split()
_OTHER = "neg pos abs invert getitem lt le gt ge eq ne".split()
for _name in (*_BINARY, *(f"r{name}" for name in _BINARY), *_OTHER):
    setattr(Variable, f"__{_name}__", _operator(f"__{_name}__"))


def _initial(
    initializer: Callable[..., Any], shape: tuple[int, ...], dtype: Any
) -> Any:
    """The initial value; a Keras 1 initializer, `f(shape, name)`, has no dtype."""
    if isinstance(initializer, types.FunctionType):
        parameters = inspect.signature(initializer).parameters
        open_end = any(
            parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()
        )
        if "dtype" not in parameters and not open_end and "name" in parameters:
            return initializer(shape, name=None)
    return initializer(shape, dtype=dtype)
