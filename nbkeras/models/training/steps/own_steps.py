"""Own steps: `train_step`, `compute_loss` and so on, overridden by a model's class.

A step has one of two forms. With Keras on JAX it is a pure function of state,
`train_step(self, state, data)`. In tf.keras it is `train_step(self, data)`, which
changes variables, optimizers and metrics in place; it is run within a `StatelessScope`,
which turns it into a pure function. Both become the compiled step that the training
loop calls for any model.
"""

import inspect
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp

from nbkeras.core.gradients.stateless_scope import StatelessScope
from nbkeras.core.names.display_name import quoted
from nbkeras.core.variable import without_variables
from nbkeras.distribution import parallel
from nbkeras.layers.engine.layer import Layer
from nbkeras.models.functional import Functional
from nbkeras.models.graph import graph_of
from nbkeras.models.training.compiled_metrics import fresh_values
from nbkeras.train.step import jitted

# The methods that training and evaluation call, besides `train_step` and `test_step`.
SHARED = (
    "compute_loss",
    "compute_metrics",
    "compute_loss_and_updates",
    "get_metrics_result",
    "metrics",
)
STEPS = ("train_step", "test_step")
# How often tracing a step may find further variables before it is an error.
MAX_TRACES = 8
# The entry of the values of a keyed step that holds its random key.
KEY = "/"


def built_in(method: Callable[..., Any]) -> Callable[..., Any]:
    """Mark the default implementation of a method that a model may override."""
    getattr(method, "fget", method).__dict__["is_built_in"] = True
    return method


def overrides(model: Any, name: str) -> bool:
    """Whether the class of `model` overrides the method or property `name`."""
    member = getattr(type(model), name)
    member = getattr(member, "fget", member)
    return not getattr(member, "is_built_in", False)


def owns_training(model: Any) -> bool:
    """Whether the class overrides a method that training and evaluation call."""
    return any(overrides(model, name) for name in (*STEPS, *SHARED))


def owns_prediction(model: Any) -> bool:
    """Whether the class overrides `predict_step`."""
    return overrides(model, "predict_step")


def replaces(model: Any, step: str) -> bool:
    """Whether the class overrides the whole step, so that data may have any form."""
    return overrides(model, step)


def packed(x: Any, y: Any, weight: Any) -> Any:
    """`data` as Keras passes it to a step: x, (x, y) or (x, y, sample_weight)."""
    if weight is not None:
        return x, y, weight
    if y is not None:
        return x, y
    return (x,) if isinstance(x, list | tuple) else x


def unpacked(data: Any) -> tuple[Any, Any, Any]:
    """(x, y, sample_weight) of `data`."""
    if not isinstance(data, tuple):
        return data, None, None
    if not 1 <= len(data) <= 3:
        raise ValueError(
            f"data is a tuple of {len(data)} entries. A step takes x, (x, y) or "
            "(x, y, sample_weight)."
        )
    x, y, weight = (*data, None, None)[:3]
    return x, y, weight


class OwnSteps:
    """The compiled steps of a model whose class overrides parts of them.

    Args:
        model: compiled; also built if its class has a `call`.

    `others` are the variables and optimizers that the steps use besides the model's
    weights, its optimizer and its metrics; `settle` finds them.
    """

    def __init__(self, model: Any) -> None:
        self.model = model
        self.others: list[Any] = []
        self.names: tuple[str, ...] = ("loss",)
        self._variables: list[Any] | None = None

    # Parts of the training state.

    @property
    def metric_variables(self) -> list[Any]:
        """The variables of `model.metrics`, in order."""
        if self._variables is None:
            metrics = self.model.metrics
            self._variables = [v for metric in metrics for v in metric.variables]
        return self._variables

    def fresh_sums(self) -> list[Any]:
        """The metrics' variables at the beginning of an epoch."""
        return fresh_values(self.model, self.metric_variables)

    def first_others(self) -> list[Any]:
        """Copies of the values of `others`, whose buffers steps may overwrite."""
        return jax.tree.map(jnp.array, [holder.own_value() for holder in self.others])

    def keep(self, sums: Any) -> None:
        """Store the metrics and other variables as an evaluation left them."""
        for variable, value in zip(self.metric_variables, sums["metrics"], strict=True):
            variable.keep_value(value)
        for holder, value in zip(self.others, sums["others"], strict=True):
            holder.keep_value(value)

    # Discovery of the variables that the steps use.

    def settle(self, kind: str, arguments: Callable[[], tuple[Any, ...]]) -> None:
        """Trace a step until every variable that it uses is part of its state.

        Args:
            kind: "train", "eval" or "predict".
            arguments: function () -> the arguments of the step, arrays or shapes.
        """
        optimizer = self.model.optimizer
        if optimizer is not None:
            table = self.model.weights_by_path()
            paths = self.model.trainable_flags.trained_paths()
            optimizer.place({p: w for p, w in table.items() if p in paths})
        for _ in range(MAX_TRACES):
            missed_variables: dict[Any, None] = {}
            run = {"train": self._train, "eval": self._eval, "predict": self._predict}
            key = {} if kind == "train" else {KEY: jnp.zeros(3, jnp.uint32)}

            def trace(
                values, *rest, run=run[kind], missed_variables=missed_variables, key=key
            ):
                return run(
                    {**values, **key} if key else values, *rest, missed=missed_variables
                )

            _, logs = jax.eval_shape(trace, *arguments())
            state_ids = {id(holder) for holder in self.others}
            new = [holder for holder in missed_variables if id(holder) not in state_ids]
            before, self._variables = self._variables, None
            ids = [[id(v) for v in vs or ()] for vs in (before, self.metric_variables)]
            new = [holder for holder in new if id(holder) not in ids[1]]
            if not new and ids[0] == ids[1]:
                if kind != "predict":
                    self.names = tuple(name for name in logs if name != "learning_rate")
                return
            self.others.extend(new)
        raise RuntimeError(
            f"{type(self.model).__name__}.{_METHODS[kind]} creates new variables each "
            "time it runs. Create them once, in __init__ or build."
        )

    # The steps.

    def train_step(self, options: Any, out: Any, donate: bool) -> Any:
        """The compiled step `(ts, batch) -> (ts, logs)`."""

        def step(ts, batch):
            return self._train(ts, batch)

        argnums = 0 if donate else ()
        return jitted(step, options, out, donate_argnums=argnums)

    def eval_step(self, options: Any, out: Any, carried: tuple[str, ...]) -> Any:
        """The compiled step `(values, sums, batch) -> (sums, logs)`."""

        def step(values, sums, batch):
            return self._eval(values, sums, batch, carried=carried)

        return jitted(step, options, out, donate_argnums=1)

    def predict_step(self, options: Any, out: Any, carried: tuple[str, ...]) -> Any:
        """The compiled step `(values, x) -> outputs`."""

        def step(values, x):
            return self._predict(values, x, carried=carried)[1]

        return jitted(step, options, out)

    def _train(self, ts, batch, missed=None):
        model, optimizer = self.model, self.model.optimizer
        x, y, weight, _ = batch
        key = jax.random.fold_in(jax.random.wrap_key_data(ts.seed), ts.step)
        scope = self._scope({**ts.params, **ts.state}, ts.metrics, ts.others, key)
        scope.initialize(optimizer, ts.opt)
        data = packed(_floating(model, x), y, weight)
        with parallel.tracing(), scope:
            if _takes_state(model.train_step):
                # JAX sorts the paths; the state lists have the model's order.
                paths = [p for p in model.weights_by_path() if p in ts.params]
                others = self._untrained(ts.params)
                state = (
                    [ts.params[path] for path in paths],
                    self._values(others, ts.state),
                    optimizer.variables_list(ts.opt, paths),
                    [*ts.metrics],
                )
                logs, state = _pair(model, "train_step", model.train_step(state, data))
                trained, rest, opt, sums = _parts(model, "train_step", state, 4)
                self._write(scope, [*paths, *others], [*trained, *rest])
                opt = optimizer.from_variables_list(opt, paths, ts.opt)
                scope.write(optimizer, opt)
                self._write_sums(scope, sums)
            else:
                logs = model.train_step(data)
        self._note(scope, missed)
        logs = _logs(model, "train_step", logs)
        after = self._after(scope, ts)
        loss = next(iter(logs.values())) if logs else jnp.zeros(())
        loss = logs.get("loss", loss)
        first_bad = (ts.bad < 0) & ~jnp.isfinite(loss)
        logs["learning_rate"] = optimizer.rate_of(ts.opt)
        bad = jnp.where(first_bad, ts.step, ts.bad)
        return replace(ts, **after, step=ts.step + 1, bad=bad), logs

    def _eval(self, values, sums, batch, carried=(), missed=None):
        model = self.model
        x, y, weight, _ = batch
        values, key = _split_key(values)
        scope = self._scope(values, sums["metrics"], sums["others"], key, keyless=True)
        data = packed(_floating(model, x), y, weight)
        with parallel.tracing(), scope:
            if _takes_state(model.test_step):
                trained = self._trained_paths()
                others = self._untrained(trained)
                state = (
                    [values[path] for path in trained],
                    self._values(others, values),
                    [*sums["metrics"]],
                )
                logs, state = _pair(model, "test_step", model.test_step(state, data))
                _, rest, metrics = _parts(model, "test_step", state, 3)
                self._write(scope, others, rest)
                self._write_sums(scope, metrics)
            else:
                logs = model.test_step(data)
        self._note(scope, missed)
        after = {
            "metrics": [scope.read(v) for v in self.metric_variables],
            "others": [scope.read(holder) for holder in self.others],
        }
        sums_and_logs = _cast_like(after, sums), _logs(model, "test_step", logs)
        return self._with_carried(sums_and_logs, scope, carried)

    def _predict(self, values, x, carried=(), missed=None):
        model = self.model
        values, key = _split_key(values)
        scope = self._scope(values, (), (), key, keyless=True)
        data = packed(_floating(model, x), None, None)
        with parallel.tracing(), scope:
            if _takes_state(model.predict_step):
                trained = self._trained_paths()
                others = self._untrained(trained)
                state = [values[p] for p in trained], self._values(others, values)
                y, rest = _pair(model, "predict_step", model.predict_step(state, data))
                self._write(scope, others, rest)
            else:
                y = model.predict_step(data)
        y = jax.tree.map(jnp.asarray, without_variables(y))
        return None, self._with_carried(y, scope, carried)

    # Inputs and results of a step.

    def _scope(self, values, sums, others, key, keyless=False):
        table = self.model.weights_by_path()
        value_of = {table[path]: value for path, value in values.items()}
        value_of |= dict(zip(self.metric_variables, sums, strict=False))
        value_of |= dict(zip(self.others, others, strict=True))
        return StatelessScope(value_of, key, keyless=keyless)

    def _after(self, scope, ts):
        """The changed parts of the training state."""
        table = self.model.weights_by_path()
        parts = {
            "params": {path: scope.read(table[path]) for path in ts.params},
            "state": {path: scope.read(table[path]) for path in ts.state},
            "opt": scope.read(self.model.optimizer),
            "metrics": [scope.read(v) for v in self.metric_variables],
            "others": [scope.read(holder) for holder in self.others],
        }
        return {
            name: _cast_like(part, getattr(ts, name)) for name, part in parts.items()
        }

    def _with_carried(self, result, scope, carried):
        if not carried:
            return result
        table = self.model.weights_by_path()
        return result, {path: scope.read(table[path]) for path in carried}

    def _note(self, scope, missed):
        if missed is not None:
            missed.update(scope.missed)

    def _values(self, paths, values):
        """The values of `paths`, in order.

        The states of seed generators are in the list for their places only: random
        numbers come from the step's key.
        """
        table = self.model.variables_by_path()
        return [
            values[path] if path in values else table[path].own_value()
            for path in paths
        ]

    def _write(self, scope, paths, values):
        table = self.model.weights_by_path()
        for path, value in zip(paths, values, strict=True):
            if path in table:
                scope.write(table[path], jnp.asarray(without_variables(value)))

    def _write_sums(self, scope, sums):
        for variable, value in zip(self.metric_variables, sums, strict=True):
            scope.write(variable, jnp.asarray(without_variables(value)))

    def _trained_paths(self):
        paths = self.model.trainable_paths()
        return [path for path in self.model.weights_by_path() if path in paths]

    def _untrained(self, trained):
        """Paths of `non_trainable_variables`."""
        table = self.model.variables_by_path().items()
        return [path for path, w in table if path not in trained and not w.carried]


_METHODS = {"train": "train_step", "eval": "test_step", "predict": "predict_step"}


def _takes_state(step):
    """Whether a step has the form of Keras on JAX, (self, state, data)."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = [
        p for p in inspect.signature(step).parameters.values() if p.kind in kinds
    ]
    if parameters and parameters[0].name == "state":
        return True
    return len([p for p in parameters if p.default is p.empty]) > 1


def _split_key(values):
    """(values, key) of the values of a keyed step; the key is None without one."""
    if KEY not in values:
        return values, None
    values = dict(values)
    *words, number = values.pop(KEY)
    key = jax.random.wrap_key_data(jnp.stack(words))
    return values, jax.random.fold_in(key, number)


def _floating(model, x):
    return jax.tree.map(jnp.asarray, model.as_inputs(x))


def _cast_like(tree, like):
    """Cast arrays to the dtypes of the previous state, so that a step compiles once."""
    return jax.tree.map(lambda a, b: jnp.asarray(a, b.dtype), tree, like)


def _pair(model, method, result):
    if isinstance(result, tuple) and len(result) == 2:
        return result
    expected = (
        "(outputs, non_trainable_variables)" if method[0] == "p" else "(logs, state)"
    )
    raise TypeError(
        f"{type(model).__name__}.{method}(state, data) returned a "
        f"{type(result).__name__}; a step that takes the state must return it. Write: "
        f"return {expected[1:-1]}."
    )


def _parts(model, method, state, count):
    names = "trainable_variables, non_trainable_variables, "
    names += "optimizer_variables, " if count == 4 else ""
    names += "metrics_variables"
    if isinstance(state, tuple | list) and len(state) == count:
        return state
    raise TypeError(
        f"{type(model).__name__}.{method} must return a state of {count} parts. Write: "
        f"return logs, ({names})."
    )


def _logs(model, method, result):
    """{name: scalar} from the result of a step; nested dicts are flattened."""
    if not isinstance(result, dict):
        raise TypeError(
            f"{type(model).__name__}.{method} returned a {type(result).__name__}; fit "
            "needs a dict of numbers. Write for example: return {'loss': loss}."
        )
    logs = {}
    for name, value in without_variables(result).items():
        if isinstance(value, dict):
            logs |= _logs(model, method, value)
        elif value is not None:
            logs[name] = jnp.asarray(value)
            if logs[name].size != 1:
                raise ValueError(
                    f"{type(model).__name__}.{method} returned {quoted(name)} of shape "
                    f"{logs[name].shape}; fit needs scalars. Write for example "
                    f"{{{name!r}: ops.mean({name})}}."
                )
            logs[name] = logs[name].reshape(())
    return logs


def has_call(model: Any) -> bool:
    """Whether the model itself can be called, not only the layers that it holds."""
    absent = (Layer.call, Functional.call)
    return graph_of(model) is not None or type(model).call not in absent
