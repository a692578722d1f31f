"""The pure, jitted steps of training, evaluation and prediction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from nbkeras.train.reused_arrays import ReusingStep

# Folded into the key of a step for the random order of tasks, and for noise.
_TASKS, _NOISE = 0x7A5C, 0x4015


def make_train_step(
    forward: Callable[..., Any],
    loss: Callable[..., Any],
    penalty: Callable[..., Any],
    metrics: Any,
    tx: Any,
    constrain: Callable[..., Any],
    rate: Any = None,
    options: Any = None,
    donate: bool = True,
    out: Any = None,
    scale: Any = None,
    weighting: Any = None,
    private: Any = None,
    reuse: bool = False,
) -> Any:
    """One training step as a jitted function `(ts, batch) -> (ts, logs)`.

    `logs` are the running results and, with `rate`, "learning_rate" of this step.

    Args:
        forward: (values, x, training, key, valid) -> applied, with the fields
            y, updates, losses and mask.
        loss: (y_true, applied, weight, valid) -> scalar, or (scalar, parts).
        penalty: (params) -> scalar, the penalties of the weights' regularizers.
        metrics: object with update(sums, loss, y, y_hat, weight, valid, mask) and
            results(sums) -> {name: scalar}; update gets `parts=` if the loss has parts.
        tx: optax transformation of {path: array}.
        constrain: (params) -> params, applies the weights' constraints.
        rate: (opt) -> the learning rate of the next step; None leaves it out of logs.
        options: compiler options of XLA.
        donate: whether to donate the buffers of the old state, which are invalid then.
        out: where the results are, see `jitted`.
        scale: (opt) -> loss scale of the gradients that `tx` gets; None for 1.
        weighting: combines several losses into one; None takes the total of `loss`.
            An object with total(losses, values), logs(values), and, if its attribute
            `by_gradients` is true, combine(gradients, losses, values, key). `loss` then
            returns (None, losses), and `values` are {path: array} of all weights.
        private: a `private_gradients.PrivateSum` of the examples' gradients; None for
            the gradient of the batch. Batches then have `valid`.
        reuse: keep the memory of large intermediate arrays between the steps: returns
            a `ReusingStep`, which ignores `donate` and `out`.

    Raises:
        ValueError: on tracing, if with `private` a layer changes its state.

    A batch is (x, y, weight, valid); `valid` is float (rows,), 0 for padding.
    """
    objective = _Objective(forward, loss, penalty, scale, weighting)
    if private is not None:
        gradient = partial(_private_gradient, private)
    elif weighting is None or not weighting.by_gradients:
        gradient = _gradient
    else:
        gradient = _task_gradient

    def step(ts, batch):
        _, y, weight, valid = batch
        key = jax.random.fold_in(jax.random.wrap_key_data(ts.seed), ts.step)
        (value, y_hat, updates, mask, parts), grads = gradient(
            objective, ts, batch, key
        )
        changes, opt = tx.update(grads, ts.opt, ts.params)
        params = {path: w + changes[path] for path, w in ts.params.items()}
        sums = metrics.update(ts.metrics, value, y, y_hat, weight, valid, mask, **parts)
        logs = dict(metrics.results(sums))
        if weighting is not None:
            logs |= weighting.logs({**ts.params, **ts.state})
        if rate is not None:
            logs["learning_rate"] = rate(ts.opt)
        is_first_bad = (ts.bad < 0) & ~jnp.isfinite(value)
        ts = replace(
            ts,
            params=constrain(params),
            state={**ts.state, **updates},
            opt=opt,
            metrics=sums,
            step=ts.step + 1,
            bad=jnp.where(is_first_bad, ts.step, ts.bad),
        )
        return ts, logs

    if reuse:
        return ReusingStep(step, options)
    donated = 0 if donate else ()
    return jitted(step, options, out, donate_argnums=donated)


@dataclass(frozen=True)
class _Objective:
    """What a training step minimises; the fields are those of `make_train_step`.

    A gradient is a function (objective, ts, batch, key) -> (aux, gradients), where
    aux is (value, y, changes of the state, mask, keywords for the metrics).
    """

    forward: Callable[..., Any]
    loss: Callable[..., Any]
    penalty: Callable[..., Any]
    scale: Any = None
    weighting: Any = None


def _gradient(objective, ts, batch, key):
    """The gradient of a batch: one forward and one backward pass."""
    x, y, weight, valid = batch

    def scaled_total(params):
        values = {**params, **ts.state}
        applied = objective.forward(values, x, True, key, valid)
        total, parts = _weighted(
            objective.loss(y, applied, weight, valid), objective.weighting, values
        )
        total = sum(applied.losses, start=total + objective.penalty(params))
        scale = objective.scale
        scaled = total if scale is None else total * scale(ts.opt)
        return scaled, (total, applied.y, applied.updates, applied.mask, parts)

    (_, aux), grads = jax.value_and_grad(scaled_total, has_aux=True)(ts.params)
    return aux, grads


def _task_gradient(objective, ts, batch, key):
    """The gradient that `weighting.combine` makes of those of the losses.

    One forward pass, and one backward pass for each loss and for what is added to the
    losses, the penalties.
    """
    x, y, weight, valid = batch
    weighting = objective.weighting

    def objectives(params):
        applied = objective.forward({**params, **ts.state}, x, True, key, valid)
        _, parts = _with_parts(objective.loss(y, applied, weight, valid))
        added = jnp.asarray(sum(applied.losses, start=objective.penalty(params)))
        losses = jnp.stack([jnp.asarray(part) for part in parts["parts"]])
        return (losses, added), (applied.y, applied.updates, applied.mask, parts)

    (losses, added), pull, aux = jax.vjp(objectives, ts.params, has_aux=True)
    y_hat, updates, mask, parts = aux
    # Scaled while they are computed, like the total of `_gradient`.
    scale = objective.scale
    size = jnp.asarray(1.0 if scale is None else scale(ts.opt), losses.dtype)
    unit, none = jnp.eye(len(losses), dtype=losses.dtype), jnp.zeros_like(added)
    gradients = [
        {path: g / size.astype(g.dtype) for path, g in pull((row, none))[0].items()}
        for row in unit * size
    ]
    (rest,) = pull((jnp.zeros_like(losses), size.astype(added.dtype)))
    values = {**ts.params, **ts.state}
    grads, moved = weighting.combine(
        gradients, parts["parts"], values, jax.random.fold_in(key, _TASKS)
    )
    grads = {path: g * size.astype(g.dtype) + rest[path] for path, g in grads.items()}
    value = weighting.total(parts["parts"], values) + added
    return (value, y_hat, {**updates, **moved}, mask, parts), grads


def _private_gradient(private, objective, ts, batch, key):
    """The noised sum of the examples' clipped gradients, by a `PrivateSum`."""
    *data, valid = batch
    alone = jnp.ones(1)

    def of_example(example, index):
        x, y, weight = jax.tree.map(lambda leaf: leaf[None], example)

        def total_of(params):
            values = {**params, **ts.state}
            own_key = jax.random.fold_in(key, index)
            applied = objective.forward(values, x, True, own_key, alone)
            _refuse_updates(applied.updates)
            total, parts = _weighted(
                objective.loss(y, applied, weight, alone), objective.weighting, values
            )
            total = sum(applied.losses, start=total)
            y_hat, mask = jax.tree.map(lambda a: a[0], (applied.y, applied.mask))
            return total, (total, y_hat, mask, parts)

        return jax.value_and_grad(total_of, has_aux=True)(ts.params)

    aux, grads = private.gradient(
        of_example, ts.params, tuple(data), valid, jax.random.fold_in(key, _NOISE)
    )
    totals, y_hat, mask, parts = aux

    def mean(values):
        return jnp.where(valid > 0, values, 0).sum() / jnp.maximum(valid.sum(), 1)

    # Penalties depend on the weights alone.
    added, changes = jax.value_and_grad(objective.penalty)(ts.params)
    for path, change in changes.items():
        grads[path] = grads[path] + change
    parts = jax.tree.map(mean, parts)
    return (mean(totals) + added, y_hat, {}, mask, parts), grads


def make_multi_step(step: Any, options: Any = None) -> Any:
    """Several steps in one dispatch: `(ts, (batches, count)) -> (ts, (logs, last))`.

    Args:
        step: a train step, not jitted.
        options: compiler options of XLA.

    `batches` are stacked batches of `step`, of which the first `count` are used; `logs`
    are the stacked results of all steps, and `last` those of the last. All values of
    `count` use one compiled program.
    """

    def multi_step(ts, stacked):
        batches, count = stacked

        def batch(index):
            return jax.tree.map(
                lambda a: jax.lax.dynamic_index_in_dim(a, index, keepdims=False),
                batches,
            )

        length = jax.tree.leaves(batches)[0].shape[0]
        _, shapes = jax.eval_shape(step, ts, batch(0))
        logs = {n: jnp.zeros((length, *s.shape), s.dtype) for n, s in shapes.items()}

        def one_step(index, carry):
            ts, logs = carry
            ts, new = step(ts, batch(index))
            return ts, {name: logs[name].at[index].set(new[name]) for name in logs}

        ts, logs = jax.lax.fori_loop(0, count, one_step, (ts, logs))
        return ts, (logs, {name: logs[name][count - 1] for name in logs})

    return jax.jit(multi_step, donate_argnums=0, compiler_options=options)


def make_eval_step(
    forward: Callable[..., Any],
    loss: Callable[..., Any],
    penalty: Callable[..., Any],
    metrics: Any,
    options: Any = None,
    out: Any = None,
    carried: Sequence[str] = (),
    weighting: Any = None,
) -> Any:
    """One evaluation step as a jitted function `(values, sums, batch) -> (sums, logs)`.

    Args:
        forward: as in `make_train_step`, as are loss, penalty, metrics, options, out
            and weighting.
        carried: paths of states that are passed from batch to batch; with any, the
            step returns ((sums, logs), {path: array}).
    """

    def step(values, sums, batch):
        x, y, weight, valid = batch
        applied = forward(values, x, False, None, valid)
        total, parts = _weighted(loss(y, applied, weight, valid), weighting, values)
        value = sum(applied.losses, start=total + penalty(values))
        mask = applied.mask
        sums = metrics.update(sums, value, y, applied.y, weight, valid, mask, **parts)
        result = sums, metrics.results(sums)
        return _with_carried(result, applied, values, carried)

    return jitted(step, options, out, donate_argnums=1)


def make_predict_step(
    forward: Callable[..., Any],
    options: Any = None,
    out: Any = None,
    carried: Sequence[str] = (),
) -> Any:
    """One prediction step as a jitted function `(values, x) -> y`.

    Args:
        forward: as in `make_train_step`, as are options and out.
        carried: as in `make_eval_step`.
    """

    def step(values, x):
        rows = jax.tree.leaves(x)[0].shape[0]
        valid = jnp.ones(rows, jnp.float32)
        applied = forward(values, x, False, None, valid)
        return _with_carried(applied.y, applied, values, carried)

    return jitted(step, options, out)


def _with_carried(result, applied, values, carried):
    if not carried:
        return result
    return result, {path: applied.updates.get(path, values[path]) for path in carried}


def jitted(step: Any, options: Any = None, out: Any = None, **jit_options: Any) -> Any:
    """`jax.jit(step)` with compiler options, and all results sharded as `out`.

    Args:
        step: the function to compile.
        options: compiler options of XLA.
        out: a `jax.sharding.Sharding` of all results, or a function that constrains
            the tree of results; None lets JAX choose.
        jit_options: further arguments of `jax.jit`.
    """
    if callable(out):
        return jax.jit(_placed(step, out), compiler_options=options, **jit_options)
    if out is not None:
        jit_options["out_shardings"] = out
    return jax.jit(step, compiler_options=options, **jit_options)


def _refuse_updates(updates):
    """Raise if layers changed their state, which would not be private."""
    if updates:
        raise ValueError(
            f"The state {sorted(updates)[0]!r} changes with each batch, outside of "
            "the noised gradients, so this training would not be private. Use a layer "
            "without such a state, or set trainable=False on it."
        )


def _with_parts(result):
    """(loss, keywords for the metrics) from the result of a loss function."""
    if not isinstance(result, tuple):
        return result, {}
    total, parts = result
    return total, {"parts": parts}


def _weighted(result, weighting, values):
    """As `_with_parts`, with several losses combined by `weighting` if there is one."""
    total, parts = _with_parts(result)
    if weighting is not None:
        total = weighting.total(parts["parts"], values)
    return total, parts


def _placed(step, place):
    """`step`, with `place` applied to the tree of its results."""

    def placed(*arguments):
        return place(step(*arguments))

    return placed
