"""Random numbers as in keras.random, inside and outside of layers.

Inside `call` they depend on the seed of the run and on the step, so that each step
draws new numbers and a run is reproducible. Outside they depend on the global seed,
which `utils.set_random_seed` sets.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from numpy.typing import ArrayLike

from nbkeras.core import check, rng, settings
from nbkeras.core.annotations import Config, DTypeLike
from nbkeras.core.base_classes import BaseSeedGenerator
from nbkeras.core.gradients.recording import recorded
from nbkeras.core.machine import processes
from nbkeras.core.variable import Variable
from nbkeras.layers.engine import functional_call
from nbkeras.ops.kernels.random_bits import key_from


class SeedGenerator(BaseSeedGenerator):
    """A generator of seeds, each of which is used once.

    Its `state` is (seed, number of seeds drawn), as in Keras. The state of a generator
    that is an attribute of a layer is one of the layer's `non_trainable_variables`, and
    `stateless_call` draws from it. In `fit` the seeds depend on the run and the step
    instead, so that each step draws new numbers.

    Args:
        seed: an integer of at least 0; None to derive one from the global seed when it
            is needed.
        name: the first part of the state's path.

    Raises:
        ValueError: `seed` is not an integer.

    >>> generator = SeedGenerator(7)
    >>> generator.next().tolist(), generator.next().tolist()
    ([7, 0], [7, 1])
    """

    def __init__(
        self, seed: int | None = None, name: str | None = None, **_unused: Any
    ) -> None:
        if seed is not None and not check.is_int(seed):
            raise ValueError(
                f"SeedGenerator(seed={seed!r}): Argument `seed` must be an integer. "
                "Write for example SeedGenerator(1337)."
            )
        self.seed = (
            None if seed is None else check.whole("SeedGenerator", "seed", seed, 1337)
        )
        self.name = name or "seed_generator"
        self.state = Variable.declared(
            "seed_generator_state", (2,), "uint32", self._first_state, trainable=False
        )
        self.state.path = f"{self.name}/{self.state.name}"

    def _first_state(self, shape: Any, dtype: Any) -> np.ndarray:
        seed = rng.next_seed() if self.seed is None else self.seed
        return np.array([seed & 0xFFFFFFFF, 0], np.uint32)

    @classmethod
    def of(cls, seed: int | BaseSeedGenerator | None) -> Any:
        """`seed` itself if it is a generator, else a new generator with this seed."""
        return seed if isinstance(seed, BaseSeedGenerator) else cls(seed)

    def next(self, ordered: bool = True) -> jax.Array:
        """The next seed, uint32 (2,).

        Args:
            ordered: accepted as in Keras.
        """
        context = functional_call.current()
        if context is not None:
            return context.next_seed(self)
        key = functional_call.key_of_run()
        if key is None:
            return self.draw()
        if self.seed is not None:
            key = jax.random.fold_in(key, self.seed & 0x7FFFFFFF)
        return jax.random.key_data(key)

    def draw(self) -> jax.Array:
        """The seed in the state, which is advanced by one."""
        seed = self.state.value
        # NumPy's sum is no part of a function that JAX is tracing.
        state = seed if isinstance(seed, Tracer) else np.asarray(seed)
        self.state.assign(state + np.array([0, 1], np.uint32))
        return seed

    def get_config(self) -> Config:
        """The seed."""
        return {"seed": self.seed}

    @classmethod
    def from_config(cls, config: Config) -> SeedGenerator:
        """A generator with the seed in `config`."""
        return cls(**config)


def key_of_integer(seed: int) -> jax.Array:
    """The key of an integer seed as in Keras, where it is the first of two words.

    `jax.random.key(seed)` would make it the second.
    """
    return key_from(jnp.asarray([seed & 0xFFFFFFFF, 0], "uint32"))


def _key(seed):
    processes.refuse_after_fork("Drawing random numbers")
    if isinstance(seed, SeedGenerator):
        return key_from(seed.next())
    if isinstance(seed, jax.Array) and jnp.issubdtype(seed.dtype, jax.dtypes.prng_key):
        return seed
    if isinstance(seed, jax.Array) and seed.shape == (2,) and seed.dtype == "uint32":
        return key_from(seed)
    if seed is not None:
        return key_of_integer(check.whole("random", "seed", seed, 1337))
    key = functional_call.key_of_run()
    return jax.random.key(rng.next_seed()) if key is None else key


def normal(
    shape: Sequence[int],
    mean: float = 0.0,
    stddev: float = 1.0,
    dtype: DTypeLike | None = None,
    seed: int | SeedGenerator | None = None,
) -> jax.Array:
    """Draw from a normal distribution.

    Args:
        shape: shape of the array.
        mean: mean of the distribution.
        stddev: its standard deviation.
        dtype: a floating-point dtype; None for floatx.
        seed: an integer draws the same numbers each time; a SeedGenerator or None draws
            new ones.
    """
    drawn = jax.random.normal(_key(seed), shape, dtype or settings.floatx())
    return drawn * stddev + mean


def truncated_normal(
    shape: Sequence[int],
    mean: float = 0.0,
    stddev: float = 1.0,
    dtype: DTypeLike | None = None,
    seed: int | SeedGenerator | None = None,
) -> jax.Array:
    """Draw from a normal distribution truncated at two standard deviations."""
    drawn = jax.random.truncated_normal(
        _key(seed), -2, 2, shape, dtype or settings.floatx()
    )
    return drawn * stddev + mean


def uniform(
    shape: Sequence[int],
    minval: float = 0.0,
    maxval: float = 1.0,
    dtype: DTypeLike | None = None,
    seed: int | SeedGenerator | None = None,
) -> jax.Array:
    """Draw from a uniform distribution over [minval, maxval).

    Raises:
        ValueError: `dtype` is not floating-point.
    """
    if not jnp.issubdtype(jnp.dtype(dtype or settings.floatx()), jnp.floating):
        raise ValueError(
            f"random.uniform(dtype={str(dtype)!r}): uniform numbers have fractions. "
            f"Write random.randint({tuple(shape)}, {int(minval)}, {int(maxval)}, "
            f"dtype={str(dtype)!r})."
        )
    return jax.random.uniform(
        _key(seed), shape, dtype or settings.floatx(), minval, maxval
    )


def randint(
    shape: Sequence[int],
    minval: float,
    maxval: float,
    dtype: DTypeLike | None = "int32",
    seed: int | SeedGenerator | None = None,
) -> jax.Array:
    """Draw integers from minval up to maxval, exclusive."""
    return jax.random.randint(_key(seed), shape, minval, maxval, dtype)


@recorded
def categorical(
    logits: ArrayLike,
    num_samples: int,
    dtype: DTypeLike | None = "int32",
    seed: int | SeedGenerator | None = None,
) -> jax.Array:
    """Draw class numbers (rows, num_samples) with probabilities softmax(logits)."""
    logits = jnp.asarray(logits)
    shape = (*logits.shape[:-1], num_samples)
    # The axes in this order give the numbers of Keras.
    drawn = jax.random.categorical(_key(seed), logits[..., None], axis=-2, shape=shape)
    return drawn.astype(dtype)


def gamma(
    shape: Sequence[int],
    alpha: ArrayLike,
    dtype: DTypeLike = None,
    seed: int | SeedGenerator | None = None,
) -> jax.Array:
    """Draw from a gamma distribution of scale 1.

    Args:
        shape: shape of the array.
        alpha: shape parameter of the distribution, above 0; broadcast to `shape`.
        dtype: a floating-point dtype; None for floatx.
        seed: as in `normal`.
    """
    dtype = dtype or settings.floatx()
    return jax.random.gamma(_key(seed), jnp.asarray(alpha, dtype), shape, dtype)


def beta(
    shape: Sequence[int],
    alpha: ArrayLike,
    beta: ArrayLike,
    dtype: DTypeLike = None,
    seed: int | SeedGenerator | None = None,
) -> jax.Array:
    """Draw from a beta distribution.

    Args:
        shape: shape of the array.
        alpha: first parameter, above 0; broadcast to `shape`.
        beta: second parameter, above 0; broadcast to `shape`.
        dtype: a floating-point dtype; None for floatx.
        seed: as in `normal`.
    """
    dtype = dtype or settings.floatx()
    a, b = jnp.asarray(alpha, dtype), jnp.asarray(beta, dtype)
    return jax.random.beta(_key(seed), a, b, shape, dtype)


def binomial(
    shape: Sequence[int],
    counts: ArrayLike,
    probabilities: ArrayLike,
    dtype: DTypeLike = None,
    seed: int | SeedGenerator | None = None,
) -> jax.Array:
    """Draw from a binomial distribution: the successes in `counts` trials.

    Args:
        shape: shape of the array.
        counts: number of trials; broadcast to `shape`.
        probabilities: probability of success in a trial, 0 to 1; broadcast to `shape`.
        dtype: a floating-point dtype; None for floatx.
        seed: as in `normal`.
    """
    dtype = dtype or settings.floatx()
    n, p = jnp.asarray(counts, dtype), jnp.asarray(probabilities, dtype)
    return jax.random.binomial(_key(seed), n, p, shape, dtype)


def dropout(
    inputs: ArrayLike,
    rate: float,
    noise_shape: Sequence[int] | None = None,
    seed: int | SeedGenerator | None = None,
) -> jax.Array:
    """Set a fraction `rate` of `inputs` to 0, and divide the others by `1 - rate`.

    Args:
        inputs: an array.
        rate: fraction set to zero, 0 to 1.
        noise_shape: shape of the mask: 1 for axes along which values are dropped
            together, None for the size of the input.
        seed: as in `normal`.
    """
    inputs = jnp.asarray(inputs)
    rate = check.number("dropout", "rate", rate, 0, 1)
    if rate == 0:
        return inputs
    if rate == 1:
        return jnp.zeros_like(inputs)
    shape = inputs.shape
    if noise_shape is not None:
        sizes = zip(noise_shape, shape, strict=True)
        shape = tuple(size if fixed is None else fixed for fixed, size in sizes)
    kept = jax.random.bernoulli(_key(seed), 1 - rate, shape)
    return jnp.where(kept, inputs / (1 - rate), jnp.zeros((), inputs.dtype))


def shuffle(
    x: ArrayLike, axis: int = 0, seed: int | SeedGenerator | None = None
) -> jax.Array:
    """Shuffle `x` along `axis`; rows stay whole.

    In Keras on JAX each column is shuffled on its own, which takes rows apart; on its
    other backends they stay whole, as here.
    """
    return jax.random.permutation(_key(seed), jnp.asarray(x), axis=axis)


__all__ = [
    "SeedGenerator",
    "beta",
    "binomial",
    "categorical",
    "dropout",
    "gamma",
    "normal",
    "randint",
    "shuffle",
    "truncated_normal",
    "uniform",
]
