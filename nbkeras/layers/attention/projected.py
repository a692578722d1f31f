"""Base class of attention layers with learned projections of query, key and value."""

import math
from typing import Any

import jax
import jax.numpy as jnp

from nbkeras.core import check
from nbkeras.core.annotations import Config, Identifier
from nbkeras.core.serialization.configurable import to_config
from nbkeras.layers.dense import EinsumDense
from nbkeras.layers.dropout import Dropout, checked_seed
from nbkeras.layers.engine.errors import mistake
from nbkeras.layers.engine.layer import Layer
from nbkeras.ops import constraints, initializers, regularizers
from nbkeras.ops.kernels import attention, lowering


class ProjectedAttention(Layer):
    """Base class: project, attend, project back; subclasses declare the projections.

    A custom subclass may override `_compute_attention`, `_compute_attention_mask` or
    `_masked_softmax`, which have Keras's names.

    Args:
        dropout: fraction of the attention weights set to zero in training.
        use_bias: whether the projections have a bias.
        sliding_window: if set, a query attends only to keys less than this many steps
            away.
        flash_attention: True uses cuDNN's kernel on a GPU; elsewhere it has no effect.
        use_gate: whether to multiply the output by a sigmoid of the query.
        seed: seed of the layer's random numbers; None for the global seed.
        **base: initializers, regularizers and constraints of the projections;
            arguments of `Layer`.
    """

    rows_independent = True
    supports_masking = True
    _axes = (1,)

    def __init__(
        self,
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
        # `activity_regularizer` applies only to the projections, not to the output.
        super().__init__(**base)
        owner = type(self).__name__
        self.dropout = check.number(owner, "dropout", dropout, 0, 1)
        self.use_bias = bool(use_bias)
        self.use_gate = bool(use_gate)
        self.sliding_window = sliding_window
        if sliding_window is not None:
            self.sliding_window = check.positive_int(
                owner, "sliding_window", sliding_window, 128
            )
        self._flash_attention = bool(flash_attention)
        if self._flash_attention and self.dropout > 0:
            raise ValueError(
                f"{owner}(flash_attention=True, dropout={dropout!r}): the fused kernel "
                "has no dropout. Write dropout=0.0, or leave flash_attention out."
            )
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self._activity_regularizer = regularizers.get(activity_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.seed = checked_seed(owner, seed)
        self._dropout_layer = None

    def _projection(self, name, equation, sizes, bias_axes, activation=None):
        """A projection with this layer's initializers, regularizers and constraints."""
        return EinsumDense(
            equation,
            output_shape=sizes,
            bias_axes=bias_axes if self.use_bias else None,
            activation=activation,
            kernel_initializer=self.kernel_initializer,
            bias_initializer=self.bias_initializer,
            kernel_regularizer=self.kernel_regularizer,
            bias_regularizer=self.bias_regularizer,
            activity_regularizer=self._activity_regularizer,
            kernel_constraint=self.kernel_constraint,
            bias_constraint=self.bias_constraint,
            dtype=self.dtype_policy,
            name=name,
        )

    def _build_projections(self, query_shape, value_shape, key_shape, attended_shape):
        """Declare the weights of the projections, so that a direct `build` works."""
        self._query_dense.build(query_shape)
        self._key_dense.build(key_shape)
        self._value_dense.build(value_shape)
        if self.use_gate:
            self._gate_dense.build(query_shape)
        self._output_dense.build(attended_shape)

    def _create_dropout(self):
        if self.dropout > 0:
            self._dropout_layer = Dropout(
                self.dropout, seed=self.seed, dtype=self.dtype_policy
            )

    def _check_equal_lengths(self, value_shape, key_shape):
        """Raise if value and key differ in their sequence axes."""
        if key_shape is None or tuple(value_shape[1:-1]) == tuple(key_shape[1:-1]):
            return
        raise mistake(
            self,
            [tuple(value_shape), tuple(key_shape)],
            "a value and a key of equal sizes on all axes but the last",
            "layer(query, value)",
            "leave key out, which then equals the value",
        )

    def key_width(self) -> int:
        """The number of features of the keys before projection."""
        return self._key_dense.kernel.shape[0]

    def call(
        self,
        query: jax.Array,
        value: Any,
        key: Any = None,
        query_mask: jax.Array | None = None,
        value_mask: jax.Array | None = None,
        key_mask: jax.Array | None = None,
        attention_mask: jax.Array | None = None,
        return_attention_scores: bool = False,
        training: bool = False,
        use_causal_mask: bool = False,
    ) -> Any:
        """The attended values for each query, projected.

        Args:
            query: (batch, T, features).
            value: (batch, S, features).
            key: (batch, S, features); None for `value`.
            query_mask: (batch, T) bool, False for padding; by default the mask attached
                to the input, as by Embedding(mask_zero=True).
            value_mask: (batch, S), likewise.
            key_mask: (batch, S), likewise.
            attention_mask: (batch, T, S) bool, True where a query attends to a key.
            return_attention_scores: also return the weights, (batch, heads, T, S).
            training: whether dropout is active.
            use_causal_mask: if True, a query does not attend to later keys.
        """
        if return_attention_scores and self._flash_attention:
            raise ValueError(
                f"{type(self).__name__} with flash_attention=True cannot return "
                "attention scores. Leave flash_attention out to get them."
            )
        mask = self._compute_attention_mask(
            query,
            value,
            query_mask=query_mask,
            value_mask=value_mask,
            key_mask=key_mask,
            attention_mask=attention_mask,
            use_causal_mask=use_causal_mask,
        )
        gate = self._gate_dense(query) if self.use_gate else None
        key = self._key_dense(value if key is None else key)
        query, value = self._query_dense(query), self._value_dense(value)
        output, scores = self._compute_attention(
            query, key, value, mask, training, return_attention_scores
        )
        if gate is not None:
            output = output * gate
        output = self._output_dense(output)
        if query_mask is not None and self._context is not None:
            self._context.set_mask(output, query_mask)
        return (output, scores) if return_attention_scores else output

    def _compute_attention_mask(
        self,
        query,
        value,
        query_mask=None,
        value_mask=None,
        key_mask=None,
        attention_mask=None,
        use_causal_mask=False,
    ):
        """All masks combined, (batch, T, S) bool; None if there are none."""
        sizes = query.shape[1], value.shape[1]
        width = self.sliding_window
        joined = attention.joined(
            [
                None if query_mask is None else jnp.asarray(query_mask)[..., :, None],
                None if value_mask is None else jnp.asarray(value_mask)[..., None, :],
                None if key_mask is None else jnp.asarray(key_mask)[..., None, :],
                attention.causal_mask(*sizes) if use_causal_mask else None,
                None if width is None else attention.window_mask(*sizes, width),
            ]
        )
        given = 0 if attention_mask is None else jnp.ndim(attention_mask)
        if joined is not None and given == joined.ndim + 1:
            joined = joined[..., None, :, :]  # a mask for each head is given
        return attention.joined([joined, attention_mask])

    def _compute_attention(
        self,
        query,
        key,
        value,
        attention_mask=None,
        training=False,
        return_attention_scores=False,
        use_causal_mask=False,
    ):
        """(output, scores or None) of projected queries, keys and values.

        Args:
            query: (batch, T, heads, size).
            key: (batch, S, heads, size).
            value: (batch, S, heads, size of values).
            attention_mask: bool, broadcasts to (batch, T, S); or None.
            training: whether dropout is active.
            return_attention_scores: whether to compute the scores.
            use_causal_mask: apply a causal mask in addition to `attention_mask`.
        """
        if use_causal_mask:
            causal = attention.causal_mask(query.shape[1], key.shape[1])
            attention_mask = attention.joined([attention_mask, causal])
        scale = 1 / math.sqrt(query.shape[-1])
        is_written = self._writes_gradients(query) and not return_attention_scores
        if is_written and (self.dropout or attention_mask is None):
            return self._attended(query, key, value, attention_mask, training), None
        if not self.dropout and not return_attention_scores and query.ndim == 4:
            output = attention.dot_product(
                query, key, value, attention_mask, scale, flash=self._flash_attention
            )
            return output, None
        key, value = self._repeated_heads(key), self._repeated_heads(value)
        scoring, combining = attention.attention_equations(query.ndim, self._axes)
        scores = jnp.einsum(scoring, key, query * jnp.asarray(scale, query.dtype))
        scores = self._masked_softmax(scores, attention_mask)
        weights = scores
        if self._dropout_layer is not None:
            weights = self._dropout_layer(scores, training=training)
        return jnp.einsum(combining, weights, value), scores

    def _writes_gradients(self, query):
        """Whether to attend with gradients that are written out."""
        return (
            lowering.writes_gradients()
            and query.dtype == jnp.float32
            and query.ndim == 4
            and self._axes == (1,)
            and self.dropout < 1
            and type(self)._masked_softmax is ProjectedAttention._masked_softmax
        )

    def _attended(self, query, key, value, mask, training):
        """The output of `_compute_attention`, with gradients that are written out."""
        key, value = self._repeated_heads(key), self._repeated_heads(value)
        query, is_kept = query / math.sqrt(query.shape[-1]), None
        if training and self._dropout_layer is not None:
            batch, queries, heads, _ = query.shape
            shape = (batch, heads, queries, key.shape[1])
            is_kept = self._dropout_layer.kept(shape)
        return attention.attended(query, key, value, mask, is_kept, self.dropout)

    def _masked_softmax(self, attention_scores, attention_mask=None):
        """The softmax of the scores over the keys, 0 where masked."""
        num_axes = len(self._axes)
        return attention.masked_softmax(attention_scores, attention_mask, num_axes)

    def _repeated_heads(self, keys):
        """Keys or values with their heads repeated to match those of the query."""
        return keys

    def get_config(self) -> Config:
        """The constructor's arguments."""
        config = super().get_config()
        config.pop("flash_attention", None)
        config["activity_regularizer"] = to_config(self._activity_regularizer)
        return config
