"""Segment reductions, top-k, and special functions."""

import functools
from typing import Any

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from nbkeras.ops.functions.operation_table import as_indices, operation

_math = functools.partial(operation, module="math", subjects="")


def _segment(kind: str, words: str) -> None:
    def call(data, segment_ids, num_segments=None, sorted=False):
        if segment_ids.ndim != 1 or segment_ids.shape[0] != data.shape[0]:
            raise ValueError(
                f"ops.segment_{kind}: segment_ids must have one number for each row of "
                f"data; their shapes are {segment_ids.shape} and {data.shape}. Write "
                f"for example ops.segment_{kind}(ops.reshape(data, (-1,)), "
                "ops.reshape(segment_ids, (-1,)), num_segments)."
            )
        run = getattr(jax.ops, f"segment_{kind}")
        places = as_indices(segment_ids)
        return run(data, places, num_segments, indices_are_sorted=sorted)

    call.__doc__ = f"""{words} of the rows that have one number in `segment_ids`.

    Args:
        data: (rows, ...).
        segment_ids: (rows,), whole numbers.
        num_segments: length of the result; None counts, which no compiled code can.
        sorted: the numbers ascend, which is faster on some devices.
    """
    operation("data segment_ids", "math", name=f"segment_{kind}", subjects="")(call)


_segment("sum", "Sums")
_segment("prod", "Products")
_segment("max", "The greatest")
_segment("min", "The least")


@_math()
def top_k(x: ArrayLike, k: int, sorted: bool = True) -> list[jax.Array]:
    """[values, indices] of the `k` largest values along the last axis, descending."""
    return list(jax.lax.top_k(x, k))


@_math("targets predictions")
def in_top_k(targets: ArrayLike, predictions: ArrayLike, k: int) -> jax.Array:
    """Whether each target is among the `k` largest predictions of its row."""
    own = jnp.take_along_axis(predictions, as_indices(targets)[..., None], axis=-1)
    own = jnp.where(jnp.isnan(own), -jnp.inf, own)
    return jnp.sum(predictions > own, axis=-1) < k


@_math(rows="axis")
def logsumexp(x: ArrayLike, axis: Any = None, keepdims: bool = False) -> jax.Array:
    """`log(sum(exp(x)))` over `axis`, without overflow."""
    return jax.scipy.special.logsumexp(x, axis=axis, keepdims=keepdims)


@_math(rows="each")
def erf(x: ArrayLike) -> jax.Array:
    """The error function."""
    return jax.lax.erf(x)


@_math(rows="each")
def erfc(x: ArrayLike) -> jax.Array:
    """`1 - erf(x)`, exact for large `x` too."""
    return jax.lax.erfc(x)


@_math(rows="each")
def erfinv(x: ArrayLike) -> jax.Array:
    """The inverse of the error function."""
    return jax.lax.erf_inv(x)


@_math(rows="each")
def rsqrt(x: ArrayLike) -> jax.Array:
    """`1 / sqrt(x)`."""
    return jax.lax.rsqrt(x)
