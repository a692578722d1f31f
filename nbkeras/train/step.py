"""The three pure, jitted steps: train, evaluate, predict."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp


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
) -> Any:
    """One optimisation step as a jitted function `(ts, batch) -> (ts, logs)`.

    `logs` are the running results and, with `rate`, "learning_rate" of this step.

    Args:
        forward: (values, x, training, key, valid) -> applied, with the fields
            y, updates and losses.
        loss: (y_true, applied, weight, valid) -> scalar, or (scalar, parts).
        penalty: (params) -> scalar, the regularisers of the weights.
        metrics: object with update(sums, loss, y, y_hat, weight, valid, mask) and
            results(sums) -> {name: scalar}; update gets `parts=` if the loss has some.
        tx: optax transformation over {path: array}.
        constrain: (params) -> params.
        rate: (opt) -> the learning rate of the next step; None leaves it out.
        options: compiler options of XLA.
        donate: give the old state's buffers to the new one.
        out: a `jax.sharding.Sharding` for all that comes out; None leaves it open.
        scale: (opt) -> factor of the loss whose gradients `tx` gets; None for 1.

    The batch is (x, y, weight, valid); `valid` is float (rows,), 0 for padding.
    With `donate` the old state's buffers are gone after the call.
    """

    def step(ts, batch):
        x, y, weight, valid = batch
        key = jax.random.fold_in(jax.random.wrap_key_data(ts.seed), ts.step)

        def objective(params):
            applied = forward({**params, **ts.state}, x, True, key, valid)
            total, parts = _with_parts(loss(y, applied, weight, valid))
            total = sum(applied.losses, start=total + penalty(params))
            scaled = total if scale is None else total * scale(ts.opt)
            return scaled, (total, applied.y, applied.updates, applied.mask, parts)

        gradient = jax.value_and_grad(objective, has_aux=True)
        (_, (value, y_hat, updates, mask, parts)), grads = gradient(ts.params)
        changes, opt = tx.update(grads, ts.opt, ts.params)
        moved = {path: w + changes[path] for path, w in ts.params.items()}
        sums = metrics.update(ts.metrics, value, y, y_hat, weight, valid, mask, **parts)
        logs = dict(metrics.results(sums))
        if rate is not None:
            logs["learning_rate"] = rate(ts.opt)
        first_bad = (ts.bad < 0) & ~jnp.isfinite(value)
        ts = replace(
            ts,
            params=constrain(moved),
            state={**ts.state, **updates},
            opt=opt,
            metrics=sums,
            step=ts.step + 1,
            bad=jnp.where(first_bad, ts.step, ts.bad),
        )
        return ts, logs

    donated = 0 if donate else ()
    return jitted(step, options, out, donate_argnums=donated)


def make_multi_step(step: Any, options: Any = None) -> Any:
    """Several steps in one dispatch: `(ts, (batches, count)) -> (ts, (logs, last))`.

    Args:
        step: a train step, not jitted.
        options: compiler options of XLA.

    `batches` are the batches of `step` behind one another on a new first axis, of which
    `count` are used; `logs` have the results of each on such an axis, `last` those of
    the last. However many they are, it is one compiled program.
    """

    def multi_step(ts, stacked):
        batches, count = stacked

        def batch(at):
            return jax.tree.map(
                lambda a: jax.lax.dynamic_index_in_dim(a, at, keepdims=False), batches
            )

        length = jax.tree.leaves(batches)[0].shape[0]
        _, shapes = jax.eval_shape(step, ts, batch(0))
        kept = {n: jnp.zeros((length, *s.shape), s.dtype) for n, s in shapes.items()}

        def one(at, carry):
            ts, kept = carry
            ts, logs = step(ts, batch(at))
            return ts, {name: kept[name].at[at].set(logs[name]) for name in kept}

        ts, kept = jax.lax.fori_loop(0, count, one, (ts, kept))
        return ts, (kept, {name: kept[name][count - 1] for name in kept})

    return jax.jit(multi_step, donate_argnums=0, compiler_options=options)


def make_eval_step(
    forward: Callable[..., Any],
    loss: Callable[..., Any],
    penalty: Callable[..., Any],
    metrics: Any,
    options: Any = None,
    out: Any = None,
    carried: Sequence[str] = (),
) -> Any:
    """One evaluation step, `(values, sums, batch) -> (sums, logs)`.

    With `carried`, paths of states that go from batch to batch, what it gives is
    ((sums, logs), {path: array}).
    """

    def step(values, sums, batch):
        x, y, weight, valid = batch
        applied = forward(values, x, False, None, valid)
        total, parts = _with_parts(loss(y, applied, weight, valid))
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
    """One prediction step, `(values, x) -> y`; `carried` as in `make_eval_step`."""

    def step(values, x):
        rows = jax.tree.leaves(x)[0].shape[0]
        valid = jnp.ones(rows, jnp.float32)
        applied = forward(values, x, False, None, valid)
        return _with_carried(applied.y, applied, values, carried)

    return jitted(step, options, out)


def _with_carried(found, applied, values, carried):
    if not carried:
        return found
    return found, {path: applied.updates.get(path, values[path]) for path in carried}


def jitted(step: Any, options: Any = None, out: Any = None, **given: Any) -> Any:
    """`jax.jit` with the compiler's options, and all results where `out` says."""
    if out is not None:
        given["out_shardings"] = out
    return jax.jit(step, compiler_options=options, **given)


def _with_parts(found):
    """(loss, keywords for the metrics) from what a loss function gave."""
    if not isinstance(found, tuple):
        return found, {}
    total, parts = found
    return total, {"parts": parts}
