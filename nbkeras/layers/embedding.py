"""Embedding: learned vectors for integers."""

from __future__ import annotations

from typing import Any, Unpack

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from nbkeras.core import check
from nbkeras.core.annotations import Config, Identifier, Shape
from nbkeras.core.names.display_name import quoted
from nbkeras.layers.dense import refuse_unsupported
from nbkeras.layers.dropout import key_of
from nbkeras.layers.engine.layer import ArgumentsOfWeighted
from nbkeras.layers.engine.random_numbers import SeedGenerator
from nbkeras.layers.engine.registry import register
from nbkeras.layers.low_rank import LowRankLayer
from nbkeras.ops import constraints, initializers, not_equal, regularizers
from nbkeras.ops.kernels import linear


@register("Embedding")
class Embedding(LowRankLayer):
    """Embedding: map each integer from 0 to `input_dim - 1` to a learned vector.

    An id that is out of range gives NaN inside a compiled step; calling the layer
    directly raises ValueError.

    Args:
        input_dim: number of ids: the largest id plus 1.
        output_dim: length of each vector.
        embeddings_initializer: initializer of the table.
        embeddings_regularizer: penalty on the table.
        embeddings_constraint: constraint on the table, applied after each step.
        mask_zero: whether id 0 is padding, which later layers ignore.
        weights: initial table, an array (input_dim, output_dim) or a list that holds
            it.
        lora_rank: rank of a trained update of the frozen table; see `enable_lora`.
        lora_alpha: the update is multiplied by `lora_alpha / lora_rank`; None for 1.
        quantization_config: must be None.
        input_length: the number of ids, for branches of a Merge of Keras 1.
        dropout: fraction of the ids whose vectors are zero in a training step, as in
            Keras 1; the others are divided by `1 - dropout`.
        **base: arguments of `Layer`.

    Shapes:
        x (batch, ...) of integers -> y (batch, ..., output_dim).

    Raises:
        ValueError: a size is not a positive integer, or an id is out of range.

    Source: Bengio et al., "A neural probabilistic language model", JMLR 3 (2003).
    """

    rows_independent = True
    refuses_values = True
    _matrix_name = "embeddings"

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        embeddings_initializer: Identifier = "uniform",
        embeddings_regularizer: Identifier | None = None,
        embeddings_constraint: Identifier | None = None,
        mask_zero: bool = False,
        weights: Any = None,
        lora_rank: int | None = None,
        lora_alpha: float | None = None,
        quantization_config: None = None,
        input_length: int | None = None,
        dropout: float = 0.0,
        **base: Unpack[ArgumentsOfWeighted],
    ) -> None:
        if weights is not None and not isinstance(weights, list):
            weights = [weights]
        super().__init__(weights=weights, **base)
        refuse_unsupported("Embedding", quantization_config=quantization_config)
        self._set_lora(lora_rank, lora_alpha)
        self.input_dim = check.positive_int("Embedding", "input_dim", input_dim, 1000)
        self.output_dim = check.positive_int("Embedding", "output_dim", output_dim)
        self.embeddings_initializer = initializers.get(embeddings_initializer)
        self.embeddings_regularizer = regularizers.get(embeddings_regularizer)
        self.embeddings_constraint = constraints.get(embeddings_constraint)
        self.mask_zero = bool(mask_zero)
        self.input_length = input_length
        self.dropout = check.number("Embedding", "dropout", dropout, 0, 0.99)
        if self.dropout:
            self.seed_generator = SeedGenerator.of(None)
        self.supports_masking = self.mask_zero
        self.autocast = False
        if weights is not None:
            self.build()

    def build(self, input_shape: Shape | None = None) -> None:
        """Declare the embedding matrix."""
        self.embeddings = self.add_weight(
            "embeddings",
            (self.input_dim, self.output_dim),
            self.embeddings_initializer,
            regularizer=self.embeddings_regularizer,
            constraint=self.embeddings_constraint,
        )
        self._enable_lora_if_asked()

    def call(self, x: jax.Array, training: bool = False) -> jax.Array:
        """The vectors of the ids."""
        if not isinstance(x, Tracer):
            self._refuse_missing(np.asarray(x))
        ids = x if jnp.issubdtype(x.dtype, jnp.integer) else x.astype("int32")
        y = linear.lookup(self.embeddings, ids)
        if self.lora_enabled:
            rows = linear.lookup(self.lora_embeddings_a, ids).astype(y.dtype)
            y = y + self._lora_factor * (rows @ self.lora_embeddings_b.astype(y.dtype))
        if training and self.dropout:
            kept = jax.random.bernoulli(
                key_of(self), 1 - self.dropout, (self.input_dim,)
            )
            factor = kept.astype(y.dtype) / (1 - self.dropout)
            y = y * linear.lookup(factor[:, None], ids)
        return y.astype(self.compute_dtype)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """True where the id is not 0, if `mask_zero`; of symbolic ids as well."""
        compare: Any = not_equal
        return compare(inputs, 0) if self.mask_zero else None

    def get_config(self) -> Config:
        """The constructor's arguments."""
        config = super().get_config()
        config.pop("input_length", None)
        if not self.dropout:
            config.pop("dropout", None)
        config.pop("autocast", None)
        return config

    def _refuse_missing(self, ids):
        if ids.size and (ids.min() < 0 or ids.max() >= self.input_dim):
            raise ValueError(
                f"Embedding {quoted(self.name)} has rows 0 to {self.input_dim - 1}; "
                f"the ids range from {ids.min()} to {ids.max()}. "
                + (
                    "Ids count from 0 and cannot be negative."
                    if ids.min() < 0
                    else f"Write Embedding(input_dim={int(ids.max()) + 1}, ...)."
                )
            )
