"""`tf.random`: random numbers that follow `tf.random.set_seed`."""

from typing import Any

import jax
import numpy as np

from nbkeras import ops
from nbkeras import random as nbkeras_random
from nbkeras.compat.tensorflow import arrays
from nbkeras.core.names import tensorflow_names as absent
from nbkeras.core.rng import next_seed
from nbkeras.core.rng import set_seed as set_seed
from nbkeras.data.tf_data import elements
from nbkeras.layers.engine.random_numbers import SeedGenerator


def normal(
    shape: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = "float32",
    seed: int | None = None,
    name: Any = None,
) -> Any:
    """Sample from a normal distribution."""
    draws = nbkeras_random.normal(arrays._sizes(shape), seed=seed, dtype=dtype)
    return ops.add(ops.multiply(draws, stddev), mean)


def truncated_normal(
    shape: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = "float32",
    seed: int | None = None,
    name: Any = None,
) -> Any:
    """Sample a normal distribution cut off at two standard deviations."""
    draws = nbkeras_random.truncated_normal(
        arrays._sizes(shape), seed=seed, dtype=dtype
    )
    return ops.add(ops.multiply(draws, stddev), mean)


def uniform(
    shape: Any,
    minval: Any = 0,
    maxval: Any = None,
    dtype: Any = "float32",
    seed: int | None = None,
    name: Any = None,
) -> Any:
    """Sample uniformly from [minval, maxval); `maxval` defaults to 1 for floats."""
    shape = arrays._sizes(shape)
    if np.dtype(dtype).kind in "iu":
        if maxval is None:
            raise ValueError(
                f"tf.random.uniform(dtype={dtype!r}): whole numbers need an upper "
                "end. Write tf.random.uniform(shape, maxval=10, dtype='int32')."
            )
        return nbkeras_random.randint(shape, minval, maxval, dtype, seed)
    draws = nbkeras_random.uniform(shape, seed=seed, dtype=dtype)
    width = ops.subtract(1.0 if maxval is None else maxval, minval)
    return ops.add(ops.multiply(draws, width), minval)


def categorical(
    logits: Any,
    num_samples: int,
    dtype: Any = "int64",
    seed: int | None = None,
    name: Any = None,
) -> Any:
    """Sample class indices (rows, samples) with the probabilities of the logits."""
    dtype = "int32" if dtype in (None, "int64") else dtype
    return nbkeras_random.categorical(logits, int(num_samples), dtype, seed)


def gamma(
    shape: Any,
    alpha: Any,
    beta: Any = None,
    dtype: Any = "float32",
    seed: int | None = None,
    name: Any = None,
) -> Any:
    """Sample from a gamma distribution."""
    draws = nbkeras_random.gamma(arrays._sizes(shape), alpha, dtype, seed)
    return draws if beta is None else ops.divide(draws, beta)


def shuffle(value: Any, seed: int | None = None, name: Any = None) -> Any:
    """Shuffle the rows."""
    return nbkeras_random.shuffle(value, 0, seed)


def one_seed(seed: Any) -> Any:
    """Combine the two numbers of a stateless seed into one seed."""
    if isinstance(seed, jax.core.Tracer):
        return seed.reshape(-1)[0].astype("uint32")
    first, second = (int(part) for part in np.asarray(seed).reshape(-1)[:2])
    return (first * 1_000_003 + second) & 0x7FFFFFFF


def stateless_uniform(
    shape: Any,
    seed: Any,
    minval: Any = 0,
    maxval: Any = None,
    dtype: Any = "float32",
    **ignored: Any,
) -> Any:
    """`uniform` determined by `seed` (two numbers) alone."""
    return uniform(shape, minval, maxval, dtype, one_seed(seed))


def stateless_normal(
    shape: Any,
    seed: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = "float32",
    **ignored: Any,
) -> Any:
    """`normal` determined by `seed` (two numbers) alone."""
    return normal(shape, mean, stddev, dtype, one_seed(seed))


def log_uniform_candidate_sampler(
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    seed: int | None = None,
    name: Any = None,
) -> tuple[Any, Any, Any]:
    """Sample classes, small ones most: class `c` has a share log((c + 2) / (c + 1)).

    Args:
        true_classes: (batch, num_true) classes, whose expected counts are returned; a
            sample may be one of them.
        num_true: their number per row.
        num_sampled: number of samples.
        unique: whether all samples differ.
        range_max: number of classes.
        seed: seed of the samples; None follows `tf.random.set_seed`.
        name: accepted as in TensorFlow, without effect.

    Returns:
        (samples (num_sampled,), expected counts of the true classes, and of the
        samples).

    Raises:
        ValueError: more unique samples than classes.
    """
    count, size = int(num_sampled), int(range_max)
    if unique and count > size:
        raise ValueError(
            f"tf.random.log_uniform_candidate_sampler(num_sampled={count}, "
            f"range_max={size}): there are only {size} classes. Write num_sampled="
            f"{size} or unique=False."
        )
    generator = np.random.default_rng(next_seed() if seed is None else seed)
    samples: list[int] = []
    num_tries = 0
    while len(samples) < count:
        draw = int(np.exp(generator.random() * np.log1p(size))) - 1
        num_tries += 1
        if not unique or draw not in samples:
            samples.append(draw)

    def expected(classes):
        values = np.asarray(classes, "float64")
        shares = np.log((values + 2) / (values + 1)) / np.log1p(size)
        if num_tries == count:
            counts = shares * count
        else:
            counts = -np.expm1(num_tries * np.log1p(-shares))
        return elements.as_tensor(counts.astype("float32"))

    sampled = np.array(samples, "int64")
    return elements.as_tensor(sampled), expected(true_classes), expected(sampled)


class Generator:
    """`tf.random.Generator`: an independent stream of random numbers.

    Args:
        seed: seed of the stream; None draws one.
    """

    def __init__(self, seed: int | None = None):
        self._seeds = SeedGenerator(seed)

    @classmethod
    def from_seed(cls, seed: int, alg: Any = None) -> "Generator":
        """Create a generator determined by `seed` alone."""
        return cls(seed)

    @classmethod
    def from_non_deterministic_state(cls, alg: Any = None) -> "Generator":
        """Create a generator with a random seed."""
        return cls()

    def normal(
        self, shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = "float32"
    ) -> Any:
        """Sample from a normal distribution."""
        return normal(shape, mean, stddev, dtype, self._seeds)  # type: ignore[arg-type]

    def uniform(
        self, shape: Any, minval: Any = 0, maxval: Any = None, dtype: Any = "float32"
    ) -> Any:
        """Sample uniformly from [minval, maxval)."""
        return uniform(shape, minval, maxval, dtype, self._seeds)  # type: ignore[arg-type]

    def make_seeds(self, count: int = 1) -> Any:
        """Draw seeds (2, count) for the stateless functions, int32."""
        key = jax.random.key(int(np.asarray(self._seeds.next()).reshape(-1)[-1]))
        return jax.random.randint(key, (2, int(count)), 0, 2**31 - 1)


def __getattr__(name):
    raise AttributeError(absent.message(f"random.{name}"))
