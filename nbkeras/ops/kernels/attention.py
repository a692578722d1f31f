"""Attention as pure functions: masks, einsum equations, and dot products.

Names of sizes: B batch, T queries, S keys and values, N heads, H size of a head.
"""

import functools
import string

import jax
import jax.numpy as jnp
from jax import lax
from jax.core import Tracer

from nbkeras.ops.kernels import lowering
from nbkeras.ops.kernels.channels import row_sums

# Value added to, or replacing, masked scores; the largest float16 is 65504.
FAR_BELOW = {"float16": -3e4}

# Numbers of float32 that a vector unit takes at a time.
LANES = 8


def causal_mask(queries, keys):
    """(1, queries, keys) bool: True where the key is not later than the query."""
    return jnp.tril(jnp.ones((1, queries, keys), bool))


def window_mask(queries, keys, width):
    """(1, queries, keys) bool: True where key and query are closer than `width`."""
    apart = jnp.arange(queries)[:, None] - jnp.arange(keys)[None, :]
    return (jnp.abs(apart) < width)[None]


def joined(masks):
    """All masks combined by logical and, as bool; None counts as all True."""
    together = None
    for mask in masks:
        if mask is not None:
            mask = jnp.asarray(mask).astype(bool)
            together = mask if together is None else together & mask
    return together


def with_head_axis(mask, ndim, num_axes=1):
    """`mask` with axes of size 1 inserted before its query axes, up to `ndim` axes.

    Args:
        mask: (..., T, S), bool.
        ndim: number of axes of the scores, (batch axes, N, T, S).
        num_axes: number of attention axes; T and S have that many each.
    """
    for _ in range(ndim - mask.ndim):
        mask = jnp.expand_dims(mask, -2 * num_axes - 1)
    return mask


def projection_equation(free, bound, output):
    """Einsum of a projection, such as "abc,cde->abde", and its bias axes "de".

    Args:
        free: number of axes that remain, including the batch.
        bound: number of axes summed over.
        output: number of new axes.
    """
    letters = iter(string.ascii_lowercase)
    free_axes, summed, new = (
        "".join(next(letters) for _ in range(count)) for count in (free, bound, output)
    )
    return f"{free_axes}{summed},{summed}{new}->{free_axes}{new}", new


def attention_equations(rank, axes):
    """Einsums of the scores and of the weighted sum of the values.

    Args:
        rank: number of axes of the projected query: batch and query axes in any order,
            then N and H.
        axes: the attention axes.

    Returns:
        (keys, queries -> scores), (scores, values -> output).

    >>> attention_equations(4, (1,))
    ('aecd,abcd->acbe', 'acbe,aecd->abcd')
    """
    query = string.ascii_lowercase[:rank]
    fresh = iter(string.ascii_lowercase[rank:])
    key = "".join(
        next(fresh) if place in axes else letter for place, letter in enumerate(query)
    )
    batch = [place for place in range(rank - 1) if place not in axes]
    scores = "".join(
        [query[place] for place in batch]
        + [query[place] for place in axes]
        + [key[place] for place in axes]
    )
    return f"{key},{query}->{scores}", f"{scores},{key}->{query}"


def masked_softmax(scores, mask=None, num_axes=1):
    """Softmax over the last `num_axes` axes; 0 where `mask` is False."""
    axes = tuple(range(-num_axes, 0))
    if mask is None:
        return _softmax(scores, axes)
    mask = with_head_axis(mask, scores.ndim, num_axes)
    low = jnp.asarray(FAR_BELOW.get(str(scores.dtype), -1e9), scores.dtype)
    weights = _softmax(jnp.where(mask, scores, low), axes)
    return jnp.where(mask, weights, jnp.zeros((), scores.dtype))


def _softmax(scores, axes=(-1,)):
    """Softmax over `axes`, by the faster implementation here."""
    size, is_one = scores.shape[-1], len(axes) == 1
    is_traced = isinstance(scores, Tracer) and scores.dtype == jnp.float32
    is_fast = is_one and is_traced and size > LANES and size % LANES == 0
    if is_fast and lowering.rewrites():
        return _row_softmax(scores)
    return jax.nn.softmax(scores, axes)


@jax.custom_jvp
def _row_softmax(scores):
    """Softmax over the last axis, a multiple of `LANES`.

    XLA's CPU compiler takes the maximum and the sum of a row number by number. Here
    halves of rows are compared, which it does `LANES` at a time, and the sum is a
    product with a vector of ones.
    """
    highest, size = scores, scores.shape[-1]
    while size % 2 == 0 and size > LANES:
        size //= 2
        highest = jnp.maximum(highest[..., :size], highest[..., size:])
    highest = lax.optimization_barrier(highest).max(-1, keepdims=True)
    powers = jnp.exp(scores - highest)
    return powers / row_sums(powers)


@_row_softmax.defjvp
def _row_softmax_tangent(primals, tangents):
    """As that of `jax.nn.softmax`."""
    weights, (change,) = _row_softmax(*primals), tangents
    return weights, weights * (change - (weights * change).sum(-1, keepdims=True))


def shifted_softmax(scores, mask=None):
    """Softmax over the last axis, with 1e9 subtracted where `mask` is False.

    Where every key is masked, the weights are nearly uniform rather than 0.
    """
    if mask is not None:
        shift = 65504.0 if scores.dtype == jnp.float16 else 1e9
        scores = jnp.where(mask, scores, scores - jnp.asarray(shift, scores.dtype))
    return _softmax(scores)


@functools.partial(jax.custom_vjp, nondiff_argnums=(5,))
def attended(query, key, value, mask, is_kept, rate):
    """Attention with dropout and with gradients that read the weights three times.

    JAX's gradients write and read ten arrays as large as the weights. Here the sums of
    the softmax's gradient come from the output.

    Args:
        query: (B, T, N, H), scaled.
        key: (B, S, N, H).
        value: (B, S, N, V).
        mask: bool that broadcasts to (B, T, S) or (B, N, T, S); or None.
        is_kept: (B, N, T, S) bool, False for weights that dropout sets to zero; None
            without dropout.
        rate: fraction of the weights set to zero.

    Returns: (B, T, N, V).

    Forward-mode derivatives (`jax.jvp`) do not apply.

    Source: Dao et al., "FlashAttention: fast and memory-efficient exact attention with
    IO-awareness", NeurIPS (2022), appendix B, for the sums.
    """
    return _attended_forward(query, key, value, mask, is_kept, rate)[0]


def _attended_forward(query, key, value, mask, is_kept, rate):
    query, key, value = (jnp.swapaxes(a, 1, 2) for a in (query, key, value))
    weights = masked_softmax(query @ jnp.swapaxes(key, 2, 3), mask)
    used = weights
    if is_kept is not None:
        used = jnp.where(is_kept, weights / (1 - rate), 0)
    output = used @ value
    saved = query, key, value, weights, used, output
    return jnp.swapaxes(output, 1, 2), saved


def _attended_backward(rate, saved, g):
    query, key, value, weights, used, output = saved
    g = jnp.swapaxes(g, 1, 2)
    of_used = g @ jnp.swapaxes(value, 2, 3)
    # Where the mask is False, both weights are 0.
    of_scores = used * of_used - weights * (g * output).sum(-1, keepdims=True)
    # As products whose large factor is not transposed.
    of_key = jnp.swapaxes(query, 2, 3) @ of_scores
    of_value = jnp.swapaxes(g, 2, 3) @ used
    of_query = jnp.swapaxes(of_scores @ key, 1, 2)
    of_key, of_value = (a.transpose(0, 3, 1, 2) for a in (of_key, of_value))
    return of_query, of_key, of_value, None, None


attended.defvjp(_attended_forward, _attended_backward)


def dot_product(query, key, value, mask=None, scale=1.0, causal=False, flash=False):
    """softmax(scale * query . key) . value for each head; scores are not returned.

    Args:
        query: (B, T, N, H).
        key: (B, S, K, H), where K divides N: query heads share key heads.
        value: (B, S, K, V).
        mask: bool that broadcasts to (B, N, T, S).
        scale: factor of the dot products.
        causal: also mask later keys.
        flash: use cuDNN's fused kernel where available.

    Returns: (B, T, N, V); the mean of all values where every key is masked.

    Source: Vaswani et al., "Attention is all you need", NeurIPS (2017).
    """
    mask = None if mask is None else with_head_axis(mask, 4)
    if flash and jax.default_backend() == "gpu":
        return jax.nn.dot_product_attention(
            query,
            key,
            value,
            mask=mask,
            scale=scale,
            is_causal=causal,
            implementation="cudnn",
        )
    (batch, queries, heads, _), (keys, groups) = query.shape, key.shape[1:3]
    if causal:
        mask = joined([mask, causal_mask(queries, keys)[:, None]])
    grouped = query.reshape(batch, queries, groups, heads // groups, -1)
    wide = jnp.promote_types(query.dtype, jnp.float32)
    scores = jnp.einsum("btkgh,bskh->bkgts", grouped, key, preferred_element_type=wide)
    scores *= scale
    if mask is not None:
        mask = jnp.broadcast_to(mask, (mask.shape[0], heads, *mask.shape[2:]))
        mask = mask.reshape(-1, groups, heads // groups, *mask.shape[2:])
        scores = jnp.where(mask, scores, -0.7 * jnp.finfo(wide).max)
    weights = _softmax(scores).astype(key.dtype)
    output = jnp.einsum("bkgts,bskv->btkgv", weights, value)
    return output.reshape(batch, queries, heads, value.shape[-1])
