"""Random masks of dropout, with few random bits."""

import math

import jax
import jax.numpy as jnp
from jax import lax
from jax.extend.random import threefry2x32_p

# Each element is decided by 16 bits: a probability is rounded to 1 / 65,536.
LEVELS = 1 << 16


def keep_mask(key, keep, shape):
    """A bool array of `shape`, in which each element is True with probability `keep`.

    `jax.random.bernoulli` hashes two words for each element, this two words for four of
    them. An element depends on the key and on its place alone, as it does there, so
    that more rows, or rows on several devices, change none.

    Args:
        key: a random key.
        keep: the probability, rounded to 1 / 65,536.
        shape: of the result.
    """
    level, count = round(keep * LEVELS), math.prod(shape)
    words = jax.random.key_data(key)
    if not 0 < level < LEVELS or not count or words.shape != (2,):
        return jax.random.bernoulli(key, keep, shape)
    blocks = lax.iota(jnp.uint32, -(-count // 4))
    pair = threefry2x32_p.bind(words[0], words[1], jnp.zeros_like(blocks), blocks)
    # Without the barrier each half of a word would hash it again.
    bits = jnp.stack(lax.optimization_barrier(pair), -1)
    halves = lax.bitcast_convert_type(bits, jnp.uint16)
    return halves.reshape(-1)[:count].reshape(shape) < jnp.uint16(level)
