"""Steps that the user's class writes: `train_step`, `compute_loss` and their like.

They come in two forms. In that of Keras with JAX a step is a function of state,
`train_step(self, state, data)`. In that of tf.keras it is `train_step(self, data)`, and
changes variables, optimizers and metrics as it goes: such a step is run within a
`StatelessScope`, which makes a function of state of it. Both end up as the compiled
step that the training loop takes for any model.
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

# What training and evaluation call, besides `train_step` and `test_step`.
SHARED = (
    "compute_loss",
    "compute_metrics",
    "compute_loss_and_updates",
    "get_metrics_result",
    "metrics",
)
STEPS = ("train_step", "test_step")
# How often a step may turn out to use variables that were not known.
MAX_TRACES = 8
# The entry of the values of a keyed step that holds its key; see `compiled_steps.KEY`.
KEY = "/"


def built_in(method: Callable[..., Any]) -> Callable[..., Any]:
    """Mark the library's own form of what a class may override."""
    getattr(method, "fget", method).__dict__["is_built_in"] = True
    return method


def overrides(model: Any, name: str) -> bool:
    """Whether the class of `model` writes the method or property `name` itself."""
    member = getattr(type(model), name)
    member = getattr(member, "fget", member)
    return not getattr(member, "is_built_in", False)


def owns_training(model: Any) -> bool:
    """Whether training and evaluation call methods that the class overrides."""
    return any(overrides(model, name) for name in (*STEPS, *SHARED))


def owns_prediction(model: Any) -> bool:
    """Whether prediction does."""
    return overrides(model, "predict_step")


def replaces(model: Any, step: str) -> bool:
    """Whether the class writes the whole of a step, so that data may be anything."""
    return overrides(model, step)


def packed(x: Any, y: Any, weight: Any) -> Any:
    """`data` as Keras hands it to a step: x, (x, y) or (x, y, sample_weight)."""
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
        model: compiled and, where its class has a `call`, built.

    `others` are variables and optimizers that the steps use besides the model's
    weights, its optimizer and its metrics; `settle` finds them.
    """

    def __init__(self, model: Any) -> None:
        self.model = model
        self.others: list[Any] = []
        self.names: tuple[str, ...] = ("loss",)
        self._variables: list[Any] | None = None

    # What the state of a run has of them.

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
        """The values of `others`, which steps may overwrite."""
        return jax.tree.map(jnp.array, [holder.own_value() for holder in self.others])

    def keep(self, sums: Any) -> None:
        """Leave the metrics as an evaluation ended with them."""
        for variable, value in zip(self.metric_variables, sums["metrics"], strict=True):
            variable.keep_value(value)
        for holder, value in zip(self.others, sums["others"], strict=True):
            holder.keep_value(value)

    # Finding out what the steps use.

    def settle(self, kind: str, arguments: Callable[[], tuple[Any, ...]]) -> None:
        """Trace a step until all that it uses is part of its state.

        Args:
            kind: "train", "eval" or "predict".
            arguments: () -> those of the step, arrays or shapes.
        """
        optimizer = self.model.optimizer
        if optimizer is not None:
            table = self.model.weights_by_path()
            paths = self.model.trainable_flags.trained_paths()
            optimizer.place({p: w for p, w in table.items() if p in paths})
        for _ in range(MAX_TRACES):
            missed: dict[Any, None] = {}
            run = {"train": self._train, "eval": self._eval, "predict": self._predict}
            key = {} if kind == "train" else {KEY: jnp.zeros(3, jnp.uint32)}

            def trace(values, *rest, run=run[kind], missed=missed, key=key):
                return run({**values, **key} if key else values, *rest, missed=missed)

            _, logs = jax.eval_shape(trace, *arguments())
            state_ids = {id(holder) for holder in self.others}
            new = [holder for holder in missed if id(holder) not in state_ids]
            before, self._variables = self._variables, None
            ids = [[id(v) for v in vs or ()] for vs in (before, self.metric_variables)]
            new = [holder for holder in new if id(holder) not in ids[1]]
            if not new and ids[0] == ids[1]:
                if kind != "predict":
                    self.names = tuple(name for name in logs if name != "learning_rate")
                return
            self.others.extend(new)
        raise RuntimeError(
            f"{type(self.model).__name__}.{_METHODS[kind]} makes new variables each "
            "time it runs. Make them once, in __init__ or build."
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
                # JAX has the paths in another order.
                paths = [p for p in model.weights_by_path() if p in ts.params]
                others = self._untrained(ts.params)
                state = (
                    [ts.params[path] for path in paths],
                    [ts.state[path] for path in others],
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
        values, key = _key_apart(values)
        scope = self._scope(values, sums["metrics"], sums["others"], key, keyless=True)
        data = packed(_floating(model, x), y, weight)
        with parallel.tracing(), scope:
            if _takes_state(model.test_step):
                trained = self._trained_paths()
                others = self._untrained(trained)
                state = (
                    [values[path] for path in trained],
                    [values[path] for path in others],
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
        sums_and_logs = _alike(after, sums), _logs(model, "test_step", logs)
        return self._with_carried(sums_and_logs, scope, carried)

    def _predict(self, values, x, carried=(), missed=None):
        model = self.model
        values, key = _key_apart(values)
        scope = self._scope(values, (), (), key, keyless=True)
        data = packed(_floating(model, x), None, None)
        with parallel.tracing(), scope:
            if _takes_state(model.predict_step):
                trained = self._trained_paths()
                others = self._untrained(trained)
                state = [values[p] for p in trained], [values[p] for p in others]
                y, rest = _pair(model, "predict_step", model.predict_step(state, data))
                self._write(scope, others, rest)
            else:
                y = model.predict_step(data)
        y = jax.tree.map(jnp.asarray, without_variables(y))
        return None, self._with_carried(y, scope, carried)

    # What goes into a step and comes out of it.

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
        return {name: _alike(part, getattr(ts, name)) for name, part in parts.items()}

    def _with_carried(self, found, scope, carried):
        if not carried:
            return found
        table = self.model.weights_by_path()
        return found, {path: scope.read(table[path]) for path in carried}

    def _note(self, scope, missed):
        if missed is not None:
            missed.update(scope.missed)

    def _write(self, scope, paths, values):
        table = self.model.weights_by_path()
        for path, value in zip(paths, values, strict=True):
            scope.write(table[path], jnp.asarray(without_variables(value)))

    def _write_sums(self, scope, sums):
        for variable, value in zip(self.metric_variables, sums, strict=True):
            scope.write(variable, jnp.asarray(without_variables(value)))

    def _trained_paths(self):
        paths = self.model.trainable_paths()
        return [path for path in self.model.weights_by_path() if path in paths]

    def _untrained(self, trained):
        table = self.model.weights_by_path().items()
        return [path for path, w in table if path not in trained and not w.carried]


_METHODS = {"train": "train_step", "eval": "test_step", "predict": "predict_step"}


def _takes_state(step):
    """Whether a step is written as in Keras with JAX, (self, state, data)."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    named = inspect.signature(step).parameters.values()
    return len([p for p in named if p.kind in kinds and p.default is p.empty]) > 1


def _key_apart(values):
    """(values, key) of a keyed step's values; without one the key is None."""
    if KEY not in values:
        return values, None
    values = dict(values)
    *words, number = values.pop(KEY)
    key = jax.random.wrap_key_data(jnp.stack(words))
    return values, jax.random.fold_in(key, number)


def _floating(model, x):
    return jax.tree.map(jnp.asarray, model.as_inputs(x))


def _alike(tree, like):
    """Arrays of the dtypes that the state had, so that a step compiles once."""
    return jax.tree.map(lambda a, b: jnp.asarray(a, b.dtype), tree, like)


def _pair(model, method, found):
    if isinstance(found, tuple) and len(found) == 2:
        return found
    what = "(outputs, non_trainable_variables)" if method[0] == "p" else "(logs, state)"
    raise TypeError(
        f"{type(model).__name__}.{method}(state, data) gave a {type(found).__name__}; "
        f"a step that takes the state gives it back. Write: return {what[1:-1]}."
    )


def _parts(model, method, state, count):
    names = "trainable_variables, non_trainable_variables, "
    names += "optimizer_variables, " if count == 4 else ""
    names += "metrics_variables"
    if isinstance(state, tuple | list) and len(state) == count:
        return state
    raise TypeError(
        f"{type(model).__name__}.{method} must give back a state of {count} parts. "
        f"Write: return logs, ({names})."
    )


def _logs(model, method, found):
    """{name: scalar} from what a step gave; dicts within become part of it."""
    if not isinstance(found, dict):
        raise TypeError(
            f"{type(model).__name__}.{method} gave a {type(found).__name__}; what fit "
            "shows is a dict of numbers. Write for example: return {'loss': loss}."
        )
    logs = {}
    for name, value in without_variables(found).items():
        if isinstance(value, dict):
            logs |= _logs(model, method, value)
        elif value is not None:
            logs[name] = jnp.asarray(value)
            if logs[name].size != 1:
                raise ValueError(
                    f"{type(model).__name__}.{method} gave {quoted(name)} of shape "
                    f"{logs[name].shape}; fit shows numbers. Write for example "
                    f"{{{name!r}: ops.mean({name})}}."
                )
            logs[name] = logs[name].reshape(())
    return logs


def has_call(model: Any) -> bool:
    """Whether the model itself can be called, besides the layers that it holds."""
    absent = (Layer.call, Functional.call)
    return graph_of(model) is not None or type(model).call not in absent
