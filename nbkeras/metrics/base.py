"""Metric: a pure triple init / update / result, and Keras's stateful shell over it."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Sequence
from typing import Any, Literal, Self

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from nbkeras.core.annotations import DTypeLike, Shape
from nbkeras.core.configurable import Configurable
from nbkeras.core.naming import snake_case
from nbkeras.losses.alignment import aligned


class Variable:
    """A number or array that a metric keeps; `assign` and arithmetic work on it."""

    def __init__(
        self,
        name: str,
        shape: Sequence[int] = (),
        dtype: DTypeLike | None = "float32",
        initializer: Any = "zeros",
    ) -> None:
        self.name, self.shape = name, tuple(shape)
        self.dtype = dtype
        self.start = _start(initializer, self.shape, dtype)
        self.value = self.start

    def assign(self, value: Any) -> Self:
        """Replace the value."""
        self.value = jnp.asarray(getattr(value, "value", value), self.dtype)
        return self

    def assign_add(self, value: Any) -> Self:
        """Add to the value."""
        return self.assign(self.value + jnp.asarray(getattr(value, "value", value)))

    def assign_sub(self, value: Any) -> Self:
        """Subtract from the value."""
        return self.assign(self.value - jnp.asarray(getattr(value, "value", value)))

    def numpy(self) -> Any:
        """The value as NumPy."""
        return np.asarray(self.value)

    def __jax_array__(self):
        return self.value

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.value, dtype=dtype)


def _operator(name):
    def apply(self, *others):
        return getattr(self.value, name)(*(getattr(o, "value", o) for o in others))

    return apply


for _name in (
    "__add__ __radd__ __sub__ __rsub__ __mul__ __rmul__ __truediv__ __rtruediv__ "
    "__pow__ __neg__ __getitem__ __lt__ __le__ __gt__ __ge__"
).split():
    setattr(Variable, _name, _operator(_name))


def _start(initializer, shape, dtype):
    if initializer in ("zeros", None):
        return jnp.zeros(shape, dtype)
    if initializer == "ones":
        return jnp.ones(shape, dtype)
    return jnp.asarray(initializer(shape, dtype=dtype))


class Metric(Configurable):
    """Base of all metrics.

    Ours write the triple `init`, `update`, `result_of`. A class of your own may be
    written as in Keras: variables from `add_weight` in `__init__`, `update_state` that
    assigns to them, and `result`; the triple then comes by itself.

    Args:
        name: in logs.
        dtype: of the computation, float32.
    """

    keras_module = "keras.metrics"
    rows_independent = False
    # As in Keras; a class of your own may set it, for callbacks with mode="auto".
    _direction: Literal["up", "down"] | None = None

    def __init__(self, name: str | None = None, dtype: DTypeLike | None = None) -> None:
        self.name = name or snake_case(type(self).__name__)
        self.dtype = dtype if isinstance(dtype, str) else "float32"
        self._sums = None

    @property
    def direction(self) -> Literal["up", "down"] | None:
        """Whether more of it is better ("up") or less ("down"); None if unknown."""
        return self._direction

    def add_weight(
        self,
        shape: Any = (),
        initializer: Any = None,
        dtype: DTypeLike | None = None,
        name: str | None = None,
        **_unused: Any,
    ) -> Variable:
        """Declare a variable; its first value is what `reset_state` goes back to."""
        if isinstance(shape, str):
            shape, name = (), shape
        return Variable(name or "variable", shape, dtype or "float32", initializer)

    add_variable = add_weight

    def _variables(self):
        return [v for v in self.__dict__.values() if isinstance(v, Variable)]

    # The triple.

    def build(self, y_shape: Shape, pred_shape: Shape) -> None:
        """Told the shapes of targets and outputs before `init`, where fit knows them.

        A state that begins in its final shape lets a step be compiled once.
        """

    def init(self) -> Any:
        """The state before any data."""
        return [variable.start for variable in self._variables()]

    def update(
        self,
        state: Any,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        sample_weight: ArrayLike | None = None,
    ) -> Any:
        """The state after some data; pure."""
        twin = self._twin(state)
        accepted = inspect.signature(self.update_state).parameters
        if "sample_weight" in accepted and sample_weight is not None:
            twin.update_state(y_true, y_pred, sample_weight=sample_weight)
        else:
            twin.update_state(y_true, y_pred)
        return [variable.value for variable in twin._variables()]

    def result_of(self, state: Any) -> jax.Array:
        """The metric's value from a state; pure."""
        return jnp.asarray(self._twin(state).result())

    def _twin(self, state):
        """A copy with these values, so that tracers never reach the user's object."""
        twin = copy.copy(self)
        names = [k for k, v in self.__dict__.items() if isinstance(v, Variable)]
        for name, value in zip(names, state, strict=True):
            twin.__dict__[name] = copy.copy(self.__dict__[name])
            twin.__dict__[name].value = value
        return twin

    # The shell.

    def update_state(
        self,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        sample_weight: ArrayLike | None = None,
    ) -> None:
        """Take in some data."""
        state = self.init() if self._sums is None else self._sums
        self._sums = self.update(state, y_true, y_pred, sample_weight)

    def result(self) -> jax.Array:
        """The value so far."""
        return self.result_of(self.init() if self._sums is None else self._sums)

    def reset_state(self) -> None:
        """Begin anew."""
        self._sums = None
        for variable in self._variables():
            variable.value = variable.start

    reset_states = reset_state

    @property
    def variables(self) -> list[Any]:
        """The variables of a metric written as in Keras."""
        return self._variables()

    def __call__(self, *args: Any, **kwargs: Any) -> jax.Array:
        """Take in some data and give the value so far."""
        self.update_state(*args, **kwargs)
        return self.result()

    def __repr__(self):
        return f"<{type(self).__name__} name={self.name}>"


def by_example(
    values: ArrayLike,
    sample_weight: ArrayLike | None,
    merge: Callable[..., Any] = jnp.mean,
) -> tuple[jax.Array, jax.Array]:
    """(weighted values, weights), one of each for an example, as Keras merges them.

    Args:
        values: (batch, ...), or one number for the whole batch.
        sample_weight: (batch,) or with more axes; values are merged over the axes that
            it lacks. None counts every example once.
        merge: mean or sum, over all axes but the first.
    """
    values = jnp.asarray(values, float)
    if sample_weight is None:
        values = _merged(values, 1, merge)
        return values, jnp.ones_like(values)
    weight = jnp.asarray(sample_weight, float)
    values, weight = aligned(values, weight)
    values = _merged(values, weight.ndim, merge)
    weight = jnp.broadcast_to(weight, values.shape)
    # A place of weight 0 may be padding and hold anything, also NaN.
    values = jnp.where(weight == 0, 0.0, values * weight)
    return _merged(values, 1, merge), _merged(weight, 1, merge)


def _merged(array, keep, merge):
    axes = tuple(range(keep, array.ndim))
    return merge(array, axis=axes) if axes else array


def weighted_sums(
    values: ArrayLike, sample_weight: ArrayLike | None
) -> tuple[jax.Array, jax.Array]:
    """(sum of weight * value, sum of weights), each example counting alike."""
    values, weight = by_example(values, sample_weight)
    return jnp.sum(values), jnp.sum(weight)


def ratio(total: Any, count: Any) -> jax.Array:
    """Total / count, 0 where nothing was counted."""
    return jnp.where(count == 0, 0.0, total / jnp.where(count == 0, 1.0, count))
