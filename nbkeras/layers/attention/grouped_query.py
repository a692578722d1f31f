"""GroupedQueryAttention: groups of query heads that share keys and values."""

from typing import Any

import jax.numpy as jnp

from nbkeras.core import check
from nbkeras.core.annotations import Identifier, Shape
from nbkeras.core.errors.structured_errors import argument
from nbkeras.layers.attention.projected import ProjectedAttention
from nbkeras.layers.engine.errors import mistake
from nbkeras.layers.engine.registry import register


@register("GroupQueryAttention", "GroupedQueryAttention")
class GroupedQueryAttention(ProjectedAttention):
    """Multi-head attention with fewer key and value heads than query heads.

    With one key-value head it is multi-query attention; with as many key-value heads as
    query heads it is `MultiHeadAttention`. Called as `layer(query, value)`.

    Args:
        head_dim: size of each head.
        num_query_heads: number of query heads.
        num_key_value_heads: number of key-value heads, a divisor of `num_query_heads`.
        dropout: fraction of the attention weights set to zero in training.
        use_bias: whether the projections have a bias.
        sliding_window: if set, a query attends only to keys less than this many steps
            away.
        flash_attention: True uses cuDNN's kernel on a GPU, without dropout and scores.
        kernel_initializer: initializer of the projections' kernels.
        bias_initializer: initializer of their biases.
        kernel_regularizer: penalty on the kernels.
        bias_regularizer: penalty on the biases.
        activity_regularizer: penalty on the outputs of the projections.
        kernel_constraint: constraint on the kernels, applied after each step.
        bias_constraint: constraint on the biases, applied after each step.
        use_gate: whether to multiply the heads' output by a sigmoid of the query.
        seed: seed of the layer's random numbers; None for the global seed.
        **base: arguments of `Layer`.

    Shapes:
        query (batch, T, features), value (batch, S, ...) -> (batch, T, features).
        scores (batch, num_query_heads, T, S), with `return_attention_scores=True`.

    Raises:
        ValueError: `num_key_value_heads` does not divide `num_query_heads`, or value
            and key differ in length.

    Source: Ainslie et al., "GQA: training generalized multi-query transformer models
    from multi-head checkpoints", EMNLP (2023).

    >>> GroupedQueryAttention(4, 6, 2)(jnp.ones((1, 5, 8)), jnp.ones((1, 3, 8))).shape
    (1, 5, 8)
    """

    # Keras exports its class under another name.
    saved_class_name = "GroupQueryAttention"

    def __init__(
        self,
        head_dim: int,
        num_query_heads: int,
        num_key_value_heads: int,
        dropout: float = 0.0,
        use_bias: bool = True,
        sliding_window: int | None = None,
        flash_attention: bool | None = None,
        kernel_initializer: Identifier = "glorot_uniform",
        bias_initializer: Identifier = "zeros",
        kernel_regularizer: Identifier | None = None,
        bias_regularizer: Identifier | None = None,
        activity_regularizer: Identifier | None = None,
        kernel_constraint: Identifier | None = None,
        bias_constraint: Identifier | None = None,
        use_gate: bool = False,
        seed: int | None = None,
        **base: Any,
    ) -> None:
        super().__init__(
            dropout=dropout,
            use_bias=use_bias,
            sliding_window=sliding_window,
            flash_attention=flash_attention,
            kernel_initializer=kernel_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer,
            activity_regularizer=activity_regularizer,
            kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint,
            use_gate=use_gate,
            seed=seed,
            **base,
        )
        owner = "GroupQueryAttention"
        self.head_dim = check.positive_int(owner, "head_dim", head_dim, 64)
        self.num_query_heads = check.positive_int(
            owner, "num_query_heads", num_query_heads, 8
        )
        self.num_key_value_heads = check.positive_int(
            owner, "num_key_value_heads", num_key_value_heads, 2
        )
        if self.num_query_heads % self.num_key_value_heads:
            raise argument(
                owner,
                "num_key_value_heads",
                num_key_value_heads,
                f"a divisor of num_query_heads={num_query_heads}",
                "1",
            )

    # One shape per argument of `call`, with Keras's names.
    def build(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, query_shape: Shape, value_shape: Shape, key_shape: Shape | None = None
    ) -> None:
        """Declare the projections of query, key, value and output."""
        self._check_equal_lengths(value_shape, key_shape)
        shapes = [query_shape, value_shape]
        if any(len(shape) != 3 for shape in shapes):
            raise mistake(
                self,
                [tuple(shape) for shape in shapes],
                "sequences (batch, steps, features)",
                "MultiHeadAttention(num_heads, key_dim)",
            )
        heads, shared = self.num_query_heads, self.num_key_value_heads
        self._query_dense = self._to_heads("query", heads)
        self._key_dense = self._to_heads("key", shared)
        if self.use_gate:
            self._gate_dense = self._to_heads("gate", heads, "sigmoid")
        self._value_dense = self._to_heads("value", shared)
        self._create_dropout()
        self._output_dense = self._projection(
            "attention_output", "bquh,uhm->bqm", (None, query_shape[-1]), "m"
        )
        attended_shape = (*query_shape[:-1], heads, self.head_dim)
        key_shape = value_shape if key_shape is None else key_shape
        self._build_projections(query_shape, value_shape, key_shape, attended_shape)

    def _to_heads(self, name, heads, activation=None):
        sizes = (None, heads, self.head_dim)
        return self._projection(name, "bqm,muh->bquh", sizes, "uh", activation)

    def _repeated_heads(self, keys):
        repeats = self.num_query_heads // self.num_key_value_heads
        return jnp.repeat(keys, repeats, axis=2)

    def compute_output_shape(  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        query_shape: Shape,
        value_shape: Shape | None = None,
        key_shape: Shape | None = None,
    ) -> Shape:
        """The query's shape."""
        if value_shape is not None:
            self._check_equal_lengths(value_shape, key_shape)
        return tuple(query_shape)
