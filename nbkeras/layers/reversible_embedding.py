"""ReversibleEmbedding: an embedding that also computes output scores."""

from typing import Any

import jax.numpy as jnp

from nbkeras.core.annotations import Identifier
from nbkeras.layers.embedding import Embedding
from nbkeras.layers.engine.naming import dtype_name
from nbkeras.layers.engine.registry import register


@register("ReversibleEmbedding")
class ReversibleEmbedding(Embedding):
    """Map ids to vectors; with `reverse=True`, map vectors to a score for each id.

    Args:
        input_dim: number of ids.
        output_dim: length of each vector.
        tie_weights: whether both directions share one table.
        embeddings_initializer: initializer of the table.
        embeddings_regularizer: penalty on the table.
        embeddings_constraint: constraint on the table, applied after each step.
        mask_zero: whether id 0 is padding, which later layers ignore.
        reverse_dtype: dtype of the scores; None for the compute dtype.
        logit_soft_cap: bound of the absolute scores, applied by tanh; None for none.
        **base: further arguments of `Embedding` and of `Layer`.

    Shapes:
        x (batch, ...) of integers -> y (batch, ..., output_dim); with `reverse=True`
        x (batch, ..., output_dim) -> y (batch, ..., input_dim).

    Source: Press, Wolf, "Using the output embedding to improve language models", EACL
    (2017).

    >>> layer = ReversibleEmbedding(10, 4)
    >>> layer(layer(jnp.array([[1, 2, 3]])), reverse=True).shape
    (1, 3, 10)
    """

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        tie_weights: bool = True,
        embeddings_initializer: Identifier = "uniform",
        embeddings_regularizer: Identifier | None = None,
        embeddings_constraint: Identifier | None = None,
        mask_zero: bool = False,
        reverse_dtype: Any = None,
        logit_soft_cap: float | None = None,
        **base: Any,
    ) -> None:
        super().__init__(
            input_dim,
            output_dim,
            embeddings_initializer,
            embeddings_regularizer,
            embeddings_constraint,
            mask_zero,
            **base,
        )
        self.tie_weights = bool(tie_weights)
        self.reverse_dtype = None
        if reverse_dtype is not None:
            self.reverse_dtype = dtype_name(reverse_dtype)
        self.logit_soft_cap = logit_soft_cap

    def build(self, input_shape: Any = None) -> None:
        """Declare the embedding matrix, and the reverse one if weights are not tied."""
        super().build(input_shape)
        if not self.tie_weights:
            self.reverse_embeddings = self.add_weight(
                "reverse_embeddings",
                (self.output_dim, self.input_dim),
                self.embeddings_initializer,
            )

    # The order of Keras's arguments.
    def call(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, x: Any, reverse: bool = False, training: bool = False
    ) -> Any:
        """The vectors of the ids; with `reverse` the scores of all ids."""
        if not reverse:
            y = super().call(x, training)
            if self.mask_zero and self._context is not None:
                self._context.set_mask(y, x != 0)
            return y
        if self.tie_weights:
            kernel = self.adapted(self.embeddings).T
        else:
            kernel = self.reverse_embeddings
        dtype = self.reverse_dtype or self.compute_dtype
        logits = x.astype(dtype) @ kernel.astype(dtype)
        cap = self.logit_soft_cap
        return logits if cap is None else jnp.tanh(logits / cap) * cap

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """None: `call` sets the mask itself."""
        return None
