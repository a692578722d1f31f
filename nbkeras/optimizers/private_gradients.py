"""Private gradients: of each example, clipped, summed and noised (DP-SGD)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

# Examples whose gradients are in memory at the same time.
ROWS_AT_ONCE = 32


class PrivateGradients(dict):
    """{path: array} of gradients that are clipped and noised."""


@dataclass(frozen=True)
class PrivateSum:
    """How the gradients of examples become one private gradient.

    Args:
        noise: standard deviation of the noise, as a multiple of `clip`.
        clip: largest norm of one example's gradient, over all weights together.
        batch_size: expected number of examples of a batch.
    """

    noise: float
    clip: float
    batch_size: float

    def gradient(
        self,
        of_example: Callable[..., Any],
        params: Mapping[str, jax.Array],
        examples: Any,
        valid: jax.Array,
        key: jax.Array,
    ) -> tuple[Any, PrivateGradients]:
        """The private gradient of a batch, and what its examples returned beside it.

        Each example's gradient is scaled to a norm of at most `clip`; to the sum is
        added Gaussian noise of standard deviation `noise * clip`, and the result is
        divided by the expected batch size, which does not depend on the data.

        Args:
            of_example: (example, index) -> ((value, aux), {path: gradient}).
            params: {path: array}.
            examples: a tree of arrays (rows, ...).
            valid: (rows,) 1, or 0 for padding, which counts for nothing.
            key: random key of the noise.

        Returns:
            (aux of every example, {path: gradient}).

        Source: Abadi et al., "Deep Learning with Differential Privacy" (2016).
        """

        def add(sums, chunk):
            part, is_valid, index = chunk
            (_, aux), gradients = jax.vmap(of_example)(part, index)
            factors = self._factors(gradients, is_valid)
            clipped = {
                path: sums[path] + _weighted_sum(g, factors)
                for path, g in gradients.items()
            }
            return clipped, aux

        rows = valid.shape[0]
        zeros = {path: jnp.zeros(w.shape, jnp.float32) for path, w in params.items()}
        chunks = examples, valid, jnp.arange(rows)
        sums, aux = _scan_in_chunks(add, zeros, chunks, min(ROWS_AT_ONCE, rows))
        private = PrivateGradients()
        for number, (path, total) in enumerate(sums.items()):
            draw = jax.random.normal(jax.random.fold_in(key, number), total.shape)
            noised = total + self.noise * self.clip * draw
            private[path] = (noised / self.batch_size).astype(params[path].dtype)
        return aux, private

    def _factors(self, gradients, valid):
        """(rows,) the factor that clips each example's gradient; 0 for padding."""
        squares = [
            jnp.square(g.astype(jnp.float32)).reshape(len(g), -1).sum(axis=1)
            for g in gradients.values()
        ]
        norms = jnp.sqrt(sum(squares, start=jnp.zeros(())))
        scale = self.clip / jnp.maximum(norms, self.clip)
        return jnp.where(valid > 0, scale, 0)


def _weighted_sum(gradients, factors):
    """Sum over examples; what the factor 0 excludes may be NaN."""
    gradients = gradients.astype(jnp.float32)
    shape = (-1,) + (1,) * (gradients.ndim - 1)
    gradients = jnp.where((factors > 0).reshape(shape), gradients, 0)
    return jnp.tensordot(factors, gradients, axes=1)


def _scan_in_chunks(function, carry, rows, size):
    """As `jax.lax.scan(function, carry, chunks)` for chunks of `size` rows."""
    count = len(jax.tree.leaves(rows)[-1])
    whole = count // size * size

    def chunked(leaf):
        return leaf[:whole].reshape(-1, size, *leaf.shape[1:])

    carry, results = jax.lax.scan(function, carry, jax.tree.map(chunked, rows))
    results = jax.tree.map(lambda a: a.reshape(-1, *a.shape[2:]), results)
    if whole < count:
        carry, rest = function(carry, jax.tree.map(lambda leaf: leaf[whole:], rows))
        results = jax.tree.map(lambda *a: jnp.concatenate(a), results, rest)
    return carry, results
