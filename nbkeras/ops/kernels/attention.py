"""Attention as pure functions: masks, einsum equations, and dot products.

Names of sizes: B batch, T queries, S keys and values, N heads, H size of a head.
"""

import string

import jax
import jax.numpy as jnp

# What is added to, or stands for, a score that must not count; float16 ends at 65504.
FAR_BELOW = {"float16": -3e4}


def causal_mask(queries, keys):
    """(1, queries, keys) bool: True where the key is not later than the query."""
    return jnp.tril(jnp.ones((1, queries, keys), bool))


def window_mask(queries, keys, width):
    """(1, queries, keys) bool: True where key and query are less than `width` apart."""
    apart = jnp.arange(queries)[:, None] - jnp.arange(keys)[None, :]
    return (jnp.abs(apart) < width)[None]


def joined(masks):
    """All masks combined by "and", as bool; None counts as all True."""
    together = None
    for mask in masks:
        if mask is not None:
            mask = jnp.asarray(mask).astype(bool)
            together = mask if together is None else together & mask
    return together


def with_head_axis(mask, ndim, num_axes=1):
    """`mask` with axes of 1 in front of its query axes until it has `ndim` axes.

    Args:
        mask: (..., T, S), bool.
        ndim: of the scores, (batch axes, N, T, S).
        num_axes: how many axes attention goes over; T and S have as many each.
    """
    for _ in range(ndim - mask.ndim):
        mask = jnp.expand_dims(mask, -2 * num_axes - 1)
    return mask


def projection_equation(free, bound, output):
    """Einsum of a projection, as "abc,cde->abde", and the letters of its bias, "de".

    Args:
        free: axes that stay, the batch included. bound: axes summed over.
        output: axes that come.
    """
    letters = iter(string.ascii_lowercase)
    kept, summed, new = (
        "".join(next(letters) for _ in range(count)) for count in (free, bound, output)
    )
    return f"{kept}{summed},{summed}{new}->{kept}{new}", new


def attention_equations(rank, axes):
    """Einsums of the scores and of the weighted sum of the values.

    Args:
        rank: axes of the projected query, (batch axes, query axes, N, H) in any order
            of the first two.
        axes: those that attention goes over.

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
        return jax.nn.softmax(scores, axes)
    mask = with_head_axis(mask, scores.ndim, num_axes)
    low = jnp.asarray(FAR_BELOW.get(str(scores.dtype), -1e9), scores.dtype)
    weights = jax.nn.softmax(jnp.where(mask, scores, low), axes)
    return jnp.where(mask, weights, jnp.zeros((), scores.dtype))


def shifted_softmax(scores, mask=None):
    """Softmax over the last axis of scores that are 1e9 lower where `mask` is False.

    Where no key is left, the weights are nearly equal, and never 0 by decree.
    """
    if mask is not None:
        shift = 65504.0 if scores.dtype == jnp.float16 else 1e9
        scores = jnp.where(mask, scores, scores - jnp.asarray(shift, scores.dtype))
    return jax.nn.softmax(scores, -1)


def dot_product(query, key, value, mask=None, scale=1.0, causal=False, flash=False):
    """softmax(scale * query . key) . value for each head, without the scores.

    Args:
        query: (B, T, N, H).
        key: (B, S, K, H), where K divides N: heads of the query share one of the key.
        value: (B, S, K, V).
        mask: bool that broadcasts to (B, N, T, S).
        scale: of the products.
        causal: leave later keys out, besides `mask`.
        flash: use cuDNN's kernel where the device has it.

    Returns: (B, T, N, V). Where a mask leaves no key, the mean of all values.

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
    weights = jax.nn.softmax(scores, -1).astype(key.dtype)
    output = jnp.einsum("bkgts,bskv->btkgv", weights, value)
    return output.reshape(batch, queries, heads, value.shape[-1])
