"""Attention as pure functions: masks, einsum equations, and dot products.

Names of sizes: B batch, T queries, S keys and values, N heads, H size of a head.
"""

import string

import jax
import jax.numpy as jnp

# Value added to, or replacing, masked scores; the largest float16 is 65504.
FAR_BELOW = {"float16": -3e4}


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
        return jax.nn.softmax(scores, axes)
    mask = with_head_axis(mask, scores.ndim, num_axes)
    low = jnp.asarray(FAR_BELOW.get(str(scores.dtype), -1e9), scores.dtype)
    weights = jax.nn.softmax(jnp.where(mask, scores, low), axes)
    return jnp.where(mask, weights, jnp.zeros((), scores.dtype))


def shifted_softmax(scores, mask=None):
    """Softmax over the last axis, with 1e9 subtracted where `mask` is False.

    Where every key is masked, the weights are nearly uniform rather than 0.
    """
    if mask is not None:
        shift = 65504.0 if scores.dtype == jnp.float16 else 1e9
        scores = jnp.where(mask, scores, scores - jnp.asarray(shift, scores.dtype))
    return jax.nn.softmax(scores, -1)


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
    weights = jax.nn.softmax(scores, -1).astype(key.dtype)
    output = jnp.einsum("bkgts,bskv->btkgv", weights, value)
    return output.reshape(batch, queries, heads, value.shape[-1])
