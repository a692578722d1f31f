"""Apply gradients outside of fit, for custom training loops."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from numpy.typing import ArrayLike

from nbkeras.core import notices, object_contents, settings
from nbkeras.core.gradients import stateless_scope
from nbkeras.core.gradients.gradient_tape import GradientTape
from nbkeras.core.machine import processes
from nbkeras.core.names import lazy_exports
from nbkeras.core.names.display_name import quoted
from nbkeras.core.sparse_arrays import dense
from nbkeras.core.variable import as_array, without_variables


class ByHand:
    """`apply` and `apply_gradients`, for custom training loops."""

    _is_building = False
    # Values for the variables that `build` creates; see `set_weights_when_built`.
    _deferred_weights: list[Any] | None = None

    def build(self, weights: Sequence[Any]) -> None:
        """Create the state for a list of weights, with `value`, `assign` and `path`."""
        weights = list(weights)
        keys = [f"{i:04d}/{w.path}" for i, w in enumerate(weights)]
        if self._weights is None:
            self._weights = [reference() for reference in self._adopted.values()]
            self._keys = list(self._adopted)
        self._take_keys(keys, weights)
        self._adopted = {}
        self._is_building = True
        try:
            # The initial state holds concrete arrays, even while a step is traced.
            with stateless_scope.outside(), jax.ensure_compile_time_eval():
                values = [weight.value for weight in weights]
                params = dict(zip(keys, values, strict=True))
                self._state = self.init_missing(self._state, params)
        finally:
            self._is_building = False
        deferred, self._deferred_weights = self._deferred_weights, None
        if deferred is not None:
            with stateless_scope.outside():
                self.set_weights(deferred)
        scope = stateless_scope.current()
        if scope is not None and self in scope.values:
            scope.write(self, self.own_value())

    def set_weights_when_built(self, weights: Sequence[ArrayLike]) -> None:
        """`set_weights`, now or as soon as the optimizer is built."""
        if self.built:
            self.set_weights(weights)
        else:
            self._deferred_weights = list(weights)

    def apply(
        self,
        grads: Sequence[ArrayLike],
        trainable_variables: Sequence[Any] | None = None,
    ) -> None:
        """Update the weights by one step.

        Args:
            grads: one gradient per weight, in the same order, a dense or a sparse
                array (BCOO); a weight whose gradient is None is not updated.
            trainable_variables: the weights; required in the first call.

        Raises:
            ValueError: there are no weights yet, the number of gradients differs from
                that of the weights, or all gradients are None.
        """
        processes.refuse_after_fork(f"{type(self).__name__}.apply")
        grads = list(grads)
        if not grads:
            return
        weights = self._weights if trainable_variables is None else trainable_variables
        if weights is None:
            raise ValueError(
                "This optimizer has no weights yet. Write optimizer.apply(grads, "
                "weights), or optimizer.build(weights) once."
            )
        weights = list(weights)
        if not self._knows(weights):
            self._build_anew(weights)
        if len(grads) != len(weights):
            raise ValueError(
                f"apply got {len(grads)} gradients for {len(weights)} weights. Give "
                "one gradient for each weight."
            )
        moving = {
            self._keys[self._get_variable_index(w)]: (w, jnp.asarray(dense(g)))
            for w, g in zip(weights, map(without_variables, grads), strict=True)
            if g is not None
        }
        if not moving:
            raise ValueError(
                "No gradients provided for any variable: apply got None for each of "
                "them, as the loss does not depend on these weights. Compute the loss "
                "from them, or leave them out."
            )
        if len(moving) < len(weights):
            fixed = [w.path for w, g in zip(weights, grads, strict=True) if g is None]
            notices.once(
                ("no gradient", *fixed),
                f"Gradients do not exist for {', '.join(map(quoted, fixed))}: the loss "
                "does not depend on them, so they stay as they are.",
            )
        params = {key: w.value for key, (w, _) in moving.items()}
        gradients = {key: g for key, (_, g) in moving.items()}
        if self._is_twin:
            self.apply_to_twin(gradients, params)
            return
        before = self.state
        state = before
        if len(moving) < len(self._keys):
            state = {**before, "slots": _of_keys(before["slots"], moving)}
        if self.overridden:
            changes, after = self._update_by_methods(
                gradients, state, params, whole=False
            )
        else:
            changes, after = self._repeated_update(gradients, state, params)
        if state is not before:
            slots = {n: v | after["slots"][n] for n, v in before["slots"].items()}
            after = {**after, "slots": slots}
        if stateless_scope.current() is None:
            self.detach(after)
        else:
            stateless_scope.keep({self: after})
        for key, (weight, _) in moving.items():
            moved = params[key] + changes[key]
            constraint = getattr(weight, "constraint", None)
            weight.assign(constraint(moved) if constraint else moved)

    def _repeated_update(self, grads, state, params):
        """`self.update`, compiled if it repeats while the optimizer stays as it is."""
        compiled = vars(self).setdefault("_compiled_update", CompiledUpdate())
        leaves = jax.tree.leaves((grads, state, params))
        traced = any(isinstance(leaf, jax.core.Tracer) for leaf in leaves)
        update = None if traced else compiled.of(self)
        return (update or self.update)(grads, state, params)

    def _knows(self, weights):
        """Whether the optimizer was built for all of these weights."""
        return self._weights is not None and all(
            any(weight is own_weight for own_weight in self._weights)
            for weight in weights
        )

    def _build_anew(self, weights):
        if self._built_by_methods:
            raise ValueError(
                f"Unknown variable: this {type(self).__name__} was built for others. "
                "Make a new one for a new set of weights: "
                f"{type(self).__name__}.from_config(optimizer.get_config())."
            )
        self.build(weights)
        self._built_by_methods = bool(self.overridden)

    def apply_gradients(
        self, grads_and_vars: Iterable[tuple[ArrayLike | None, Any]]
    ) -> Any:
        """Update the weights by one step, from pairs (gradient, weight).

        Returns:
            `iterations`, as Keras does.
        """
        grads, weights = zip(*grads_and_vars, strict=True)
        self.apply(list(grads), list(weights))
        return self._iterations

    def minimize(
        self, loss: Any, var_list: Any = None, tape: Any = None, **more: Any
    ) -> Any:
        """Make one step down a loss, as in tf.keras; or, for a symbolic loss, describe
        the step.

        Args:
            loss: a function without arguments that computes the loss; or a recorded
                loss, with its `tape`; or, as in TensorFlow 1, a symbolic tensor.
            var_list: the variables to train, or a function that returns them; for a
                symbolic loss, None stands for all that it depends on.
            tape: the GradientTape that recorded the loss.
            **more: accepted as in TensorFlow, without effect.

        Returns:
            `iterations`; for a symbolic loss the operation that `Session.run` and the
            `updates` of `K.function` run.

        Raises:
            TypeError: the loss is a value without its tape.
            ValueError: `var_list` is missing.

        >>> import nbkeras
        >>> x = nbkeras.Variable(3.0)
        >>> optimizer = nbkeras.optimizers.SGD(0.1)
        >>> step = optimizer.minimize(lambda: x * x, [x])
        >>> round(float(x), 4), int(step)
        (2.4, 1)
        """
        if hasattr(loss, "node"):
            describe: Any = lazy_exports.find("nbkeras.optimizers", "minimize")
            return describe(self, loss, var_list)
        if not callable(loss) and tape is None:
            raise TypeError(
                f"minimize got a loss that is a {type(loss).__name__}. Write "
                "minimize(lambda: loss(model(x), y), model.trainable_variables), or "
                "give the GradientTape that recorded it as tape=tape."
            )
        if callable(loss):
            tape = tape or GradientTape()
            with tape:
                loss = loss()
        variables = var_list() if callable(var_list) else var_list
        if not variables:
            raise ValueError(
                "minimize needs the variables to train. Write for example "
                "minimize(loss, model.trainable_variables)."
            )
        variables = jax.tree.leaves(variables)
        return self.apply_gradients(
            zip(tape.gradient(loss, variables), variables, strict=True)
        )

    def get_updates(
        self, loss: Any = None, params: Any = None, *more: Any, **named: Any
    ) -> list[Any]:
        """The updates of Keras 1 and 2 for K.function: one step on a symbolic loss.

        Args:
            loss: a symbolic tensor.
            params: the weights to train.
            *more, **named: Keras 1 gives the weights, constraints and then the loss.
        """
        if isinstance(loss, list | tuple):
            loss, params = (more[0] if more else named.get("loss", params)), loss
        return [self.minimize(loss, params)]

    def finalize_variable_values(self, var_list: Iterable[Any]) -> None:
        """Set weights to their averages, if `use_ema`; `fit` does so at its end.

        Args:
            var_list: weights that this optimizer updates.

        Raises:
            ValueError: the optimizer keeps no average of one of them.
        """
        averages = self.averages()
        if not averages:
            return
        keys = {id(self._weight_at(key)): key for key in averages}
        weights = list(var_list)
        for weight in weights:
            if id(weight) not in keys:
                raise ValueError(
                    f"This optimizer keeps no average of {quoted(weight.path)}. Write "
                    "optimizer.finalize_variable_values(model.trainable_variables)."
                )
        for weight in weights:
            weight.assign(jnp.array(averages[keys[id(weight)]], copy=True))

    def averages(self) -> dict[str, Any]:
        """{key: average of the weight}; empty if the optimizer keeps none."""
        return (self.state or {}).get("slots", {}).get("average", {})

    def save_own_variables(self, store: MutableMapping[str, Any]) -> None:
        """Write the arrays of `variables` to `store`, {"0": array, "1": array, ...}."""
        for index, variable in enumerate(self.variables):
            store[str(index)] = variable.numpy()

    def load_own_variables(self, store: Mapping[str, Any]) -> None:
        """Read what `save_own_variables` wrote; as in Keras, warn if it is not ours."""
        if len(store) != len(self.variables):
            warnings.warn(
                f"{type(self).__name__} has {len(self.variables)} variables, and "
                f"{len(store)} were saved, so none is loaded. Write optimizer.build("
                "model.trainable_variables) first, for the model they were saved with.",
                stacklevel=2,
            )
            return
        for index, variable in enumerate(self.variables):
            variable.assign(store[str(index)])

    def stateless_apply(
        self,
        optimizer_variables: Sequence[jax.Array],
        grads: Sequence[jax.Array],
        trainable_variables: Sequence[jax.Array],
    ) -> tuple[list[jax.Array], list[jax.Array]]:
        """Compute one step as a pure function of lists of arrays; call `build` first.

        Args:
            optimizer_variables: as in `self.variables`.
            grads: one gradient per weight.
            trainable_variables: the values of the weights.

        Returns:
            (new values of the weights, new optimizer variables).

        Raises:
            ValueError: the optimizer is not built.
        """
        if self._weights is None:
            raise ValueError(
                "stateless_apply needs to know the weights. Write first "
                "optimizer.build(model.trainable_variables)."
            )
        keys = self._keys
        state = self.from_variables_list(optimizer_variables, keys, self.state)
        params = dict(zip(keys, trainable_variables, strict=True))
        gradients = dict(zip(keys, map(as_array, map(dense, grads)), strict=True))
        changes, state = self.update(gradients, state, params)
        new_values = []
        for key, weight in zip(keys, self._weights, strict=True):
            constraint = getattr(weight, "constraint", None)
            value = params[key] + changes[key]
            new_values.append(constraint(value) if constraint else value)
        return new_values, self.variables_list(state, keys)


class CompiledUpdate:
    """The compiled `update` of one optimizer, as long as its settings stay the same."""

    # Attributes that `update` does not read: it is given the state.
    _NOT_READ = frozenset(
        {
            "_adopted",
            "_arguments",
            "_built_by_methods",
            "_deferred_weights",
            "_compiled_update",
            "_is_building",
            "_live",
            "_made_at",
            "_own",
            "_owner",
            "_state",
            "_views",
        }
    )
    _MIN_CALLS = 8

    def __init__(self) -> None:
        self._inside: list[Any] = []
        self._calls = 0
        self._update: Callable[..., Any] | None = None

    def of(self, optimizer: Any) -> Callable[..., Any] | None:
        """The compiled `update`; None if it does not repeat or cannot be compared."""
        if not object_contents.of_library(type(optimizer)):
            return None
        inside: list[Any] = [settings.fingerprint()]
        try:
            object_contents.listed(optimizer, self._NOT_READ, inside.append)
        except object_contents.NotComparable:
            return None
        same = self._inside and inside[0] == self._inside[0]
        if not same or not object_contents.same(inside[1:], self._inside[1:]):
            self._inside, self._calls, self._update = inside, 0, None
        self._calls += 1
        if self._calls > self._MIN_CALLS and self._update is None:
            self._update = jax.jit(optimizer.update)
        return self._update

    def __reduce__(self) -> Any:
        return CompiledUpdate, ()


def _of_keys(slots, keys):
    """Restrict the slots to some weights."""
    return {
        name: {key: value for key, value in values.items() if key in keys}
        for name, values in slots.items()
    }
