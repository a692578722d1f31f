"""The base of layers that change pictures at random while training.

Outside of training they give back what comes in (as floats). Called by itself, not
inside a model, such a layer is at work unless `training=False` is said, as in Keras.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

import jax
import jax.numpy as jnp

from nbkeras.core import check, settings
from nbkeras.core.annotations import DataFormat
from nbkeras.layers.dropout import checked_seed, key_of
from nbkeras.layers.engine.layer import Layer, LayerArguments


class Augmentation(Layer):
    """Takes care of layout and of single pictures; `change` gets (batch, h, w, c)."""

    rows_independent = True

    def __init__(
        self,
        seed: int | None = None,
        data_format: DataFormat | None = None,
        **base: Unpack[LayerArguments],
    ) -> None:
        super().__init__(**base)
        owner = type(self).__name__
        self.seed = checked_seed(owner, seed)
        self.data_format = settings.data_format(owner, data_format)

    def __call__(self, *args: Any, training: bool | None = None, **kwargs: Any):
        """The pictures, changed unless `training=False` or a model says otherwise."""
        if training is None and self._context is None:
            training = True
        return super().__call__(*args, training=training, **kwargs)

    def call(self, x: jax.Array, training: bool = False) -> jax.Array:
        """The changed pictures, in training."""
        if x.ndim not in (3, 4):
            raise ValueError(
                f"{type(self).__name__} needs pictures (batch, height, width, channels)"
                f" or one (height, width, channels); got shape {tuple(x.shape)}."
            )
        x = x.astype(self.compute_dtype)
        if not training:
            return self.rest(x)
        pictures = x if x.ndim == 4 else x[None]
        if self.data_format == "channels_first":
            pictures = jnp.moveaxis(pictures, 1, -1)
        pictures = self.change(pictures, key_of(self))
        if self.data_format == "channels_first":
            pictures = jnp.moveaxis(pictures, -1, 1)
        return pictures if x.ndim == 4 else pictures[0]

    def rest(self, x: jax.Array) -> jax.Array:
        """What becomes of pictures outside of training."""
        return x

    def maps(
        self, key: jax.Array, count: int, height: int, width: int
    ) -> jax.Array | None:
        """Where the pixels of `change` come from, for drawing it.

        Returns:
            (count, 6) affine maps as in `ops.image.affine`; None if nothing moves.
        """
        return None

    def change(self, x: jax.Array, key: jax.Array) -> jax.Array:
        """Randomly changed pictures."""
        raise NotImplementedError(f"{type(self).__name__} has no change.")


def uniform(key: jax.Array, shape: Sequence[int], bounds: tuple[float, float]):
    """Numbers of `shape` from bounds[0] to bounds[1]."""
    return jax.random.uniform(key, shape, minval=bounds[0], maxval=bounds[1])


def checked_range(owner: str, name: str, factor: Any, low: float, high: float):
    """(lower, upper) from one number, both ways, or from two."""
    single = check.is_int(factor) or isinstance(factor, float)
    pair = (-abs(factor), abs(factor)) if single else factor
    if isinstance(pair, list | tuple) and len(pair) == 2:
        first, last = sorted(pair)
        if low <= first and last <= high:
            return (first, last)
    raise ValueError(
        f"{owner}({name}={factor!r}): {name} must be a number or two of them, from "
        f"{low} to {high}. Write for example {owner}({name}=0.1)."
    )
