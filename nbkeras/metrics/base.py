"""Metric: pure init, update and result_of, and the stateful methods of Keras."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from nbkeras.core import containers
from nbkeras.core.annotations import DTypeLike, Shape
from nbkeras.core.base_classes import BaseMetric
from nbkeras.core.machine import processes
from nbkeras.core.names.display_name import display_name
from nbkeras.core.names.naming import snake_case
from nbkeras.core.serialization.configurable import Configurable
from nbkeras.core.variable import Variable, tracers_allowed, without_variables
from nbkeras.losses.alignment import aligned
from nbkeras.ops import initializers

# Attributes that are not searched for state.
_ASIDE = ("_sums", "_arguments")


class Metric(Configurable, BaseMetric):
    """Base class of metrics.

    Built-in metrics implement three pure functions, `init`, `update` and `result_of`.
    A custom metric may be written as in Keras instead: it creates variables with
    `add_weight` in `__init__`, assigns to them in `update_state`, and returns its value
    from `result`; the pure functions are then derived. Variables may be in lists and
    dicts, and attributes may be other metrics. Subclasses of built-in metrics may also
    override `update_state`, `result` and `reset_state`.

    Args:
        name: name in the logs; by default the class name in snake case.
        dtype: dtype of the computation, float32 by default.
    """

    keras_module = "keras.metrics"
    rows_independent = False
    # As in Keras; a custom metric may set it for callbacks with mode="auto".
    _direction: Literal["up", "down"] | None = None
    # Names of the arrays in the state, in order.
    state_names: tuple[str, ...] = ()
    # Keras's attributes for these variables; by default `state_names`.
    state_attributes: tuple[str, ...] = ()
    _sums: Any = None

    def __init_subclass__(cls, **settings: Any) -> None:
        super().__init_subclass__(**settings)
        # A custom `update_state` may mix the rows of a batch.
        if "update_state" in vars(cls) and "rows_independent" not in vars(cls):
            cls.rows_independent = False

    def __init__(self, name: str | None = None, dtype: DTypeLike | None = None) -> None:
        self.name = name or snake_case(type(self).__name__)
        self.dtype = dtype if isinstance(dtype, str) else "float32"
        self._sums = None

    @property
    def direction(self) -> Literal["up", "down"] | None:
        """Whether higher ("up") or lower ("down") is better; None if unknown."""
        return self._direction

    def add_weight(
        self,
        shape: Any = (),
        initializer: Any = None,
        dtype: DTypeLike | None = None,
        name: str | None = None,
        **_unused: Any,
    ) -> Variable:
        """Declare a variable; `reset_state` restores its initial value."""
        if isinstance(shape, str):
            shape, name = (), shape
        return Variable(
            initializers.get(initializer or "zeros"),
            shape,
            dtype or self.dtype,
            trainable=False,
            name=name or "variable",
        )

    add_variable = add_weight

    # The pure functions.

    def build(self, y_shape: Shape, pred_shape: Shape) -> None:
        """Called before `init` with the shapes of targets and outputs, if known.

        A state that has its final shape from the start is compiled only once.
        """

    def init(self) -> Any:
        """The initial state."""
        with tracers_allowed():
            twin = self._twin(self._values())
            twin.reset_state()
            # A step may overwrite its state in place, so it gets its own copy.
            return jax.tree.map(lambda v: jnp.array(v, copy=True), twin._values())

    def update(
        self,
        state: Any,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        sample_weight: ArrayLike | None = None,
    ) -> Any:
        """The state after a batch; a pure function."""
        named = {}
        if sample_weight is not None and _takes_weights(self.update_state):
            named["sample_weight"] = sample_weight
        with tracers_allowed():
            twin = self._twin(state)
            twin.update_state(y_true, y_pred, **named)
            return twin._values()

    def result_of(self, state: Any) -> Any:
        """The value of the metric for a state, or a dict of values; a pure function."""
        with tracers_allowed():
            result = without_variables(self._twin(state).result())
            return jax.tree.map(jnp.asarray, result)

    def pure_functions(self) -> tuple[Callable[..., Any], ...]:
        """(init, update, result_of) for a compiled step.

        If a subclass overrides `update_state`, `result` or `reset_state`, the functions
        call those on a copy, so that compiled and eager calls agree.
        """
        functions = self.init, self.update, self.result_of
        if not _overrides_stateful(type(self)):
            return functions
        base = Metric.init, Metric.update, Metric.result_of
        return tuple(functools.partial(function, self) for function in base)

    # The state: sums of the pure functions, custom variables, and inner metrics.

    def _holders(self) -> list[Metric | Variable]:
        """Objects that hold state: this metric, its variables and inner metrics."""
        holders: dict[int, Metric | Variable] = {}

        def visit(metric: Metric) -> None:
            holders[id(metric)] = metric
            inner: list[Metric] = []
            entries = [v for k, v in vars(metric).items() if k not in _ASIDE]
            seen = set()
            while entries:
                entry = entries.pop(0)
                if isinstance(entry, Variable):
                    holders[id(entry)] = entry
                elif isinstance(entry, Metric):
                    inner.append(entry)
                elif isinstance(entry, containers.KINDS) and id(entry) not in seen:
                    seen.add(id(entry))
                    entries = [*containers.entries(entry), *entries]
            for metric in inner:
                if id(metric) not in holders:
                    visit(metric)

        visit(self)
        return list(holders.values())

    def _values(self) -> list[Any]:
        """The state, one entry for each of `_holders`."""
        return [
            holder.value if isinstance(holder, Variable) else holder._sums_now()
            for holder in self._holders()
        ]

    def _twin(self, state: Sequence[Any]) -> Metric:
        """A copy with this state, so that tracers never reach the original object."""
        holders = self._holders()
        twins: dict[int, Any] = {}
        for holder, value in zip(holders, state, strict=True):
            if isinstance(holder, Variable):
                twins[id(holder)] = holder.holding(value)
            else:
                twin = twins[id(holder)] = object.__new__(type(holder))
                vars(twin).update(vars(holder))
                twin._sums = None if value is None else twin._copies_of(value)
        copies: dict[int, Any] = {}

        def swap(value: Any) -> Any:
            if isinstance(value, containers.KINDS):
                return containers.replaced(value, swap, copies)
            return twins.get(id(value), value)

        for holder in holders:
            if isinstance(holder, Metric):
                for name, value in vars(holder).items():
                    if name not in _ASIDE:
                        vars(twins[id(holder)])[name] = swap(value)
        return twins[id(self)]

    def for_one_run(self) -> Metric:
        """A copy whose variables may hold traced values, for one run of a layer."""
        with tracers_allowed():
            twin = self._twin(self._values())
        for variable in twin.variables:
            variable.in_run = True
        return twin

    def _has_sums(self) -> bool:
        return type(self).init is not Metric.init

    def __getattr__(self, name: str) -> Any:
        # Subclasses of built-in metrics read `self.total`, `self.count` and so on.
        names = type(self).state_attributes or type(self).state_names
        if name not in names or "_sums" not in vars(self) or not self._has_sums():
            raise AttributeError(
                f"{type(self).__name__!r} object has no attribute {name!r}"
            )
        if self._sums is None:
            self._begin()
        return jax.tree.leaves(self._sums)[names.index(name)]

    def _sums_now(self) -> Any:
        """The state of the pure functions; None if only variables hold state."""
        if not self._has_sums():
            return None
        return self.init() if self._sums is None else without_variables(self._sums)

    def _as_variables(self, sums: Any) -> Any:
        leaves, structure = jax.tree.flatten(sums)
        names = (*self.state_names, *("state" for _ in leaves))
        variables = [
            Variable.declared(
                name, np.shape(leaf), leaf.dtype, initializers.get("zeros")
            ).assign(leaf)
            for name, leaf in zip(names, leaves, strict=False)
        ]
        return jax.tree.unflatten(structure, variables)

    def _begin(self) -> None:
        """Create the variables of the sums, even while a step is being traced."""
        with jax.ensure_compile_time_eval():
            self._sums = self._as_variables(self.init())

    def _copies_of(self, sums: Any) -> Any:
        variables = self._as_variables(sums)
        for variable in jax.tree.leaves(variables):
            variable.is_copy = True
        return variables

    def _keep(self, sums: Any) -> None:
        variables, leaves = jax.tree.leaves(self._sums), jax.tree.leaves(sums)
        shapes = [variable.shape for variable in variables]
        if self._sums is None or shapes != [np.shape(leaf) for leaf in leaves]:
            self._sums = self._as_variables(sums)
            return
        for variable, leaf in zip(variables, leaves, strict=True):
            variable.assign(leaf)

    def hold(self, state: Any) -> None:
        """Adopt the final state of a compiled step; see `pure_functions`."""
        if type(self).init is not Metric.init and not _overrides_stateful(type(self)):
            self._hold(state)
            return
        for holder, value in zip(self._holders(), state, strict=True):
            if isinstance(holder, Variable):
                holder.keep_value(value)
            elif value is not None:
                holder._hold(value)

    def _hold(self, sums: Any) -> None:
        variables, leaves = jax.tree.leaves(self._sums), jax.tree.leaves(sums)
        if [v.shape for v in variables] != [leaf.shape for leaf in leaves]:
            self._sums = self._as_variables(sums)
            return
        for variable, leaf in zip(variables, leaves, strict=True):
            variable.detach(leaf)

    def _take_in(self, *data: Any) -> None:
        if not self._has_sums():
            raise TypeError(
                f"{type(self).__name__} has no `update_state`. Write for example def "
                "update_state(self, y_true, y_pred, sample_weight=None): ..."
            )
        processes.refuse_after_fork(f"Updating {type(self).__name__}")
        if self._sums is None:
            self.build(np.shape(data[0]), np.shape(data[1]))
            self._begin()
        self._keep(self.update(self._sums_now(), *data))

    # The stateful methods.

    def update_state(
        self,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        sample_weight: ArrayLike | None = None,
    ) -> None:
        """Update the state with a batch."""
        self._take_in(*map(without_variables, (y_true, y_pred, sample_weight)))

    def result(self) -> jax.Array:
        """The current value."""
        if not self._has_sums():
            raise TypeError(
                f"{type(self).__name__} has no `result`. Write for example def "
                "result(self): return self.total / self.count."
            )
        return self.result_of(self._sums_now())

    def reset_state(self) -> None:
        """Reset the state to its initial values."""
        for holder in self._holders():
            if isinstance(holder, Variable):
                holder.initialise()
            elif holder._sums is not None:
                holder._keep(holder.init())

    reset_states = reset_state

    @property
    def variables(self) -> list[Variable]:
        """The variables that hold the state, including those of inner metrics."""
        variables: list[Variable] = []
        for holder in self._holders():
            if isinstance(holder, Variable):
                variables.append(holder)
            elif holder._has_sums():
                if holder._sums is None:
                    holder._begin()
                variables.extend(jax.tree.leaves(holder._sums))
        return variables

    weights = variables

    def stateless_update_state(
        self, metric_variables: Sequence[Any], *args: Any, **kwargs: Any
    ) -> list[Any]:
        """New values of `variables` after a batch; a pure function."""
        with tracers_allowed():
            twin = self._twin(self._state_from(metric_variables))
            twin.update_state(*args, **kwargs)
            return [variable.value for variable in twin.variables]

    def stateless_result(self, metric_variables: Sequence[Any]) -> Any:
        """The value of the metric for values of `variables`; a pure function."""
        with tracers_allowed():
            result = self._twin(self._state_from(metric_variables)).result()
            return without_variables(result)

    def stateless_reset_state(self) -> list[Any]:
        """The initial values of `variables`."""
        twin = self._twin(self._values())
        twin.reset_state()
        return [variable.value for variable in twin.variables]

    def _state_from(self, values: Sequence[Any]) -> list[Any]:
        """The state in which `variables` have these values."""
        variables = self.variables
        if len(values) != len(variables):
            raise ValueError(
                f"{type(self).__name__} {self.name!r} has {len(variables)} variables, "
                f"and {len(values)} values were given. Give one value for each of "
                f"{[variable.name for variable in variables]}."
            )
        arrays = [jnp.asarray(without_variables(value)) for value in values]
        return jax.tree.unflatten(jax.tree.structure(self._values()), arrays)

    def __call__(self, *args: Any, **kwargs: Any) -> jax.Array:
        """Update the state with a batch and return the current value."""
        self.update_state(*args, **kwargs)
        return self.result()

    def __repr__(self):
        return f"<{type(self).__name__} name={display_name(self.name)}>"


def _takes_weights(update_state: Callable[..., Any]) -> bool:
    accepted = inspect.signature(update_state).parameters
    kinds = {parameter.kind for parameter in accepted.values()}
    return "sample_weight" in accepted or inspect.Parameter.VAR_KEYWORD in kinds


@functools.cache
def _overrides_stateful(cls: type) -> bool:
    """Whether a subclass overrides a stateful method later than its pure function."""

    def depth(name: str) -> int:
        return next(i for i, base in enumerate(cls.__mro__) if name in vars(base))

    pairs = {"update_state": "update", "result": "result_of", "reset_state": "init"}
    return any(depth(stateful) < depth(pure) for stateful, pure in pairs.items())


def by_example(
    values: ArrayLike,
    sample_weight: ArrayLike | None,
    merge: Callable[..., Any] = jnp.mean,
) -> tuple[jax.Array, jax.Array]:
    """(weighted values, weights) of each example, reduced as in Keras.

    Args:
        values: (batch, ...), or a scalar for the whole batch.
        sample_weight: (batch,) or with more axes; values are reduced over the axes that
            it lacks. None counts every example once.
        merge: mean or sum, applied over all axes but the first.
    """
    values = jnp.asarray(values, float)
    if sample_weight is None:
        values = _merged(values, 1, merge)
        return values, jnp.ones_like(values)
    weight = jnp.asarray(sample_weight, float)
    values, weight = aligned(values, weight)
    values = _merged(values, weight.ndim, merge)
    weight = jnp.broadcast_to(weight, values.shape)
    # Positions of weight 0 may be padding, which can hold NaN.
    values = jnp.where(weight == 0, 0.0, values * weight)
    return _merged(values, 1, merge), _merged(weight, 1, merge)


def _merged(array, num_axes, merge):
    axes = tuple(range(num_axes, array.ndim))
    return merge(array, axis=axes) if axes else array


def weighted_sums(
    values: ArrayLike, sample_weight: ArrayLike | None
) -> tuple[jax.Array, jax.Array]:
    """(sum of weight * value, sum of weights) over examples."""
    values, weight = by_example(values, sample_weight)
    return jnp.sum(values), jnp.sum(weight)


def ratio(total: Any, count: Any) -> jax.Array:
    """Total / count, 0 where count is 0."""
    return jnp.where(count == 0, 0.0, total / jnp.where(count == 0, 1.0, count))
