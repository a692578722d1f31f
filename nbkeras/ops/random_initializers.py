"""Random initializers, each with its own NumPy generator."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np

from nbkeras.core import check, rng
from nbkeras.core.annotations import Config, DTypeLike
from nbkeras.core.base_classes import BaseSeedGenerator
from nbkeras.ops import initializer_draws
from nbkeras.ops.initializer_base import Initializer, numpy_dtype, register

# Standard deviation of a standard normal truncated at +-2.
STD_OF_TRUNCATED = 0.8796256610342398


class RandomInitializer(Initializer):
    """Base class of random initializers. An integer `seed` makes calls repeatable."""

    def __init__(self, seed: int | None = None) -> None:
        self.seed = _checked_seed(type(self).__name__, seed)

    def __call__(
        self,
        shape: Sequence[int],
        dtype: DTypeLike | None = None,
        *,
        seed: int | None = None,
    ) -> np.ndarray:
        """The initial values; `seed` is used if the initializer has none of its own."""
        own = self.seed if self.seed is not None else seed
        if isinstance(own, BaseSeedGenerator):
            generator = rng.generator(*map(int, own.next()))
        else:
            generator = rng.generator(rng.next_seed() if own is None else own)
        wide = np.float64 if numpy_dtype(dtype) == np.float64 else np.float32
        return self.draw(generator, tuple(shape), wide).astype(numpy_dtype(dtype))

    def draw(
        self,
        generator: np.random.Generator,
        shape: Sequence[int],
        dtype: DTypeLike | None,
    ) -> np.ndarray:
        """Values of `shape` from a NumPy generator; float32 or float64."""
        raise NotImplementedError(f"{type(self).__name__} has no draw.")


@register("RandomNormal", "random_normal", "normal")
class RandomNormal(RandomInitializer):
    """Normally distributed values with mean `mean` and standard deviation `stddev`."""

    def __init__(
        self, mean: float = 0.0, stddev: float = 0.05, seed: int | None = None
    ) -> None:
        super().__init__(seed)
        self.mean, self.stddev = mean, stddev

    def draw(
        self,
        generator: np.random.Generator,
        shape: Sequence[int],
        dtype: DTypeLike | None,
    ) -> np.ndarray:
        """Normal values."""
        z = generator.standard_normal(shape, dtype=dtype)
        return z * dtype(self.stddev) + dtype(self.mean)


@register("TruncatedNormal", "truncated_normal")
class TruncatedNormal(RandomInitializer):
    """Truncated normal: values beyond two `stddev` are redrawn (actual std 0.88x)."""

    def __init__(
        self, mean: float = 0.0, stddev: float = 0.05, seed: int | None = None
    ) -> None:
        super().__init__(seed)
        self.mean, self.stddev = mean, stddev

    def draw(
        self,
        generator: np.random.Generator,
        shape: Sequence[int],
        dtype: DTypeLike | None,
    ) -> np.ndarray:
        """Normal values within two standard deviations."""
        z = initializer_draws.truncated_normal(generator, shape, dtype)
        return z * dtype(self.stddev) + dtype(self.mean)


@register("RandomUniform", "random_uniform", "uniform")
class RandomUniform(RandomInitializer):
    """Uniformly distributed values from `minval` to `maxval`, exclusive."""

    def __init__(
        self, minval: float = -0.05, maxval: float = 0.05, seed: int | None = None
    ) -> None:
        super().__init__(seed)
        self.minval, self.maxval = minval, maxval

    def draw(
        self,
        generator: np.random.Generator,
        shape: Sequence[int],
        dtype: DTypeLike | None,
    ) -> np.ndarray:
        """Uniform values."""
        u = generator.random(shape, dtype=dtype)
        return u * dtype(self.maxval - self.minval) + dtype(self.minval)


@register("VarianceScaling", "variance_scaling")
class VarianceScaling(RandomInitializer):
    """Random values with variance `scale / n`, where n is the fan-in, fan-out or mean.

    Args:
        scale: a positive number.
        mode: n is "fan_in", "fan_out" or "fan_avg".
        distribution: "truncated_normal" (or "normal"), "untruncated_normal",
            "uniform".
        seed: an integer for the same values at every call.
        input_axes: axes that count as inputs; None for Keras's rule.
        output_axes: axes that count as outputs; None for Keras's rule.

    Source: He et al., "Delving deep into rectifiers", ICCV (2015).
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: Literal["fan_in", "fan_out", "fan_avg"] = "fan_in",
        distribution: Literal[
            "normal", "truncated_normal", "untruncated_normal", "uniform"
        ] = "truncated_normal",
        seed: int | None = None,
        input_axes: int | Sequence[int] | None = None,
        output_axes: int | Sequence[int] | None = None,
    ) -> None:
        super().__init__(seed)
        owner = type(self).__name__
        self.scale = check.number(owner, "scale", scale, 0, example=2.0)
        if self.scale == 0:
            raise ValueError(
                f"{owner}(scale={scale!r}): scale must be above 0. "
                f"Write for example {owner}(scale=2.0)."
            )
        self.mode = check.choice(owner, "mode", mode, ("fan_in", "fan_out", "fan_avg"))
        kind = str(distribution).lower()
        kind = "truncated_normal" if kind == "normal" else kind
        kinds = ("truncated_normal", "untruncated_normal", "uniform")
        self.distribution = check.choice(owner, "distribution", kind, kinds)
        self.input_axes, self.output_axes = input_axes, output_axes

    def draw(
        self,
        generator: np.random.Generator,
        shape: Sequence[int],
        dtype: DTypeLike | None,
    ) -> np.ndarray:
        """Values whose variance is `scale / n`."""
        fan_in, fan_out = initializer_draws.compute_fans(
            shape, self.input_axes, self.output_axes
        )
        mean = (fan_in + fan_out) / 2
        n = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": mean}[self.mode]
        variance = self.scale / max(1.0, n)
        if self.distribution == "uniform":
            limit = math.sqrt(3 * variance)
            u = generator.random(shape, dtype=dtype)
            return u * dtype(2 * limit) - dtype(limit)
        if self.distribution == "untruncated_normal":
            z = generator.standard_normal(shape, dtype=dtype)
            return z * dtype(math.sqrt(variance))
        z = initializer_draws.truncated_normal(generator, shape, dtype)
        return z * dtype(math.sqrt(variance) / STD_OF_TRUNCATED)

    def get_config(self) -> Config:
        """The arguments; axes only if set, so that older Keras versions can read it."""
        config = super().get_config()
        for name in ("input_axes", "output_axes"):
            if config.get(name) is None:
                config.pop(name, None)
        return config


@register("GlorotUniform", "glorot_uniform")
class GlorotUniform(VarianceScaling):
    """Uniform with variance 2 / (fan_in + fan_out).

    Source: Glorot and Bengio, AISTATS (2010).
    """

    def __init__(
        self,
        seed: int | None = None,
        input_axes: int | Sequence[int] | None = None,
        output_axes: int | Sequence[int] | None = None,
    ) -> None:
        super().__init__(1.0, "fan_avg", "uniform", seed, input_axes, output_axes)


@register("GlorotNormal", "glorot_normal")
class GlorotNormal(VarianceScaling):
    """Truncated normal with variance 2 / (fan_in + fan_out)."""

    def __init__(
        self,
        seed: int | None = None,
        input_axes: int | Sequence[int] | None = None,
        output_axes: int | Sequence[int] | None = None,
    ) -> None:
        super().__init__(
            1.0, "fan_avg", "truncated_normal", seed, input_axes, output_axes
        )


@register("LecunUniform", "lecun_uniform")
class LecunUniform(VarianceScaling):
    """Uniform with variance 1 / fan_in.

    Source: LeCun et al., "Efficient backprop" (1998).
    """

    def __init__(
        self,
        seed: int | None = None,
        input_axes: int | Sequence[int] | None = None,
        output_axes: int | Sequence[int] | None = None,
    ) -> None:
        super().__init__(1.0, "fan_in", "uniform", seed, input_axes, output_axes)


@register("LecunNormal", "lecun_normal")
class LecunNormal(VarianceScaling):
    """Truncated normal with variance 1 / fan_in."""

    def __init__(
        self,
        seed: int | None = None,
        input_axes: int | Sequence[int] | None = None,
        output_axes: int | Sequence[int] | None = None,
    ) -> None:
        super().__init__(
            1.0, "fan_in", "truncated_normal", seed, input_axes, output_axes
        )


@register("HeUniform", "he_uniform")
class HeUniform(VarianceScaling):
    """Uniform with variance 2 / fan_in. Source: He et al., ICCV (2015)."""

    def __init__(
        self,
        seed: int | None = None,
        input_axes: int | Sequence[int] | None = None,
        output_axes: int | Sequence[int] | None = None,
    ) -> None:
        super().__init__(2.0, "fan_in", "uniform", seed, input_axes, output_axes)


@register("HeNormal", "he_normal")
class HeNormal(VarianceScaling):
    """Truncated normal with variance 2 / fan_in."""

    def __init__(
        self,
        seed: int | None = None,
        input_axes: int | Sequence[int] | None = None,
        output_axes: int | Sequence[int] | None = None,
    ) -> None:
        super().__init__(
            2.0, "fan_in", "truncated_normal", seed, input_axes, output_axes
        )


@register("Orthogonal", "orthogonal", "OrthogonalInitializer")
class Orthogonal(RandomInitializer):
    """Orthonormal rows or columns times `gain`; axes before the last are merged.

    Source: Saxe, McClelland, Ganguli, ICLR (2014).
    """

    def __init__(self, gain: float = 1.0, seed: int | None = None) -> None:
        super().__init__(seed)
        self.gain = gain

    def draw(
        self,
        generator: np.random.Generator,
        shape: Sequence[int],
        dtype: DTypeLike | None,
    ) -> np.ndarray:
        """An orthogonal matrix in the shape of the weight."""
        if len(shape) < 2:
            raise ValueError(
                f"Orthogonal() needs at least two axes; the weight has shape {shape}. "
                "Write for example bias_initializer='zeros'."
            )
        return initializer_draws.orthogonal(generator, shape, dtype) * dtype(self.gain)


def _checked_seed(owner, seed):
    if isinstance(seed, BaseSeedGenerator):
        return seed
    if isinstance(seed, dict):  # a SeedGenerator in a file saved by Keras
        seed = (seed.get("config") or {}).get("seed")
    return None if seed is None else check.whole(owner, "seed", seed, example=42)
