"""MultiHeadAttention: several attention heads over the same sequence."""

from collections.abc import Sequence
from typing import Any

from nbkeras.core import check
from nbkeras.core.annotations import Config, Identifier, Shape
from nbkeras.core.errors.structured_errors import argument
from nbkeras.layers.attention.projected import ProjectedAttention
from nbkeras.layers.engine.registry import register
from nbkeras.ops.kernels import attention


@register("MultiHeadAttention")
class MultiHeadAttention(ProjectedAttention):
    """Multi-head attention: each head averages values by their relevance to a query.

    In each head, query, key and value are projected, and the values are weighted by
    softmax(query . key / sqrt(key_dim)). A final projection combines the heads.
    Called as `layer(query, value)`, or `layer(x, x)` for self-attention.

    Args:
        num_heads: number of heads.
        key_dim: size of queries and keys in each head.
        value_dim: size of values in each head; None for `key_dim`.
        dropout: fraction of the attention weights set to zero in training.
        use_bias: whether the projections have a bias.
        output_shape: sizes of the output's last axes; None for the query's last size.
        attention_axes: axes over which attention is computed; None for all except the
            batch and the features.
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
        query (batch, T, features), value (batch, S, ...) -> (batch, T, output_shape).
        scores (batch, num_heads, T, S), with `return_attention_scores=True`.

    Raises:
        ValueError: a size is not a positive integer, or value and key differ in length.

    Source: Vaswani et al., "Attention is all you need", NeurIPS (2017).

    >>> MultiHeadAttention(2, 4)(jnp.ones((1, 5, 8)), jnp.ones((1, 3, 8))).shape
    (1, 5, 8)
    """

    def __init__(
        self,
        num_heads: int,
        key_dim: int,
        value_dim: int | None = None,
        dropout: float = 0.0,
        use_bias: bool = True,
        output_shape: int | Sequence[int] | None = None,
        attention_axes: int | Sequence[int] | None = None,
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
        owner = type(self).__name__
        self.num_heads = check.positive_int(owner, "num_heads", num_heads, 8)
        self.key_dim = check.positive_int(owner, "key_dim", key_dim, 64)
        self.value_dim = self.key_dim
        if value_dim is not None:
            self.value_dim = check.positive_int(owner, "value_dim", value_dim, 64)
        self._output_sizes = _sizes(owner, "output_shape", output_shape, (64,))
        self.attention_axes = _sizes(owner, "attention_axes", attention_axes, (1,))

    # One shape per argument of `call`, with Keras's names.
    def build(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, query_shape: Shape, value_shape: Shape, key_shape: Shape | None = None
    ) -> None:
        """Declare the projections of query, key, value and output."""
        self._check_equal_lengths(value_shape, key_shape)
        key_shape = value_shape if key_shape is None else key_shape
        rank = len(value_shape) + 1
        axes = self.attention_axes or range(1, rank - 2)
        self._axes = tuple(axis % (rank - 1) for axis in axes)
        self.query_dense = self._to_heads("query", query_shape, self.key_dim)
        self.key_dense = self._to_heads("key", key_shape, self.key_dim)
        if self.use_gate:
            self._gate_dense = self._to_heads(
                "gate", query_shape, self.value_dim, "sigmoid"
            )
        self.value_dense = self._to_heads("value", value_shape, self.value_dim)
        self._create_dropout()
        sizes = self._output_sizes or (query_shape[-1],)
        equation, letters = attention.projection_equation(
            len(query_shape) - 1, 2, len(sizes)
        )
        free = (None,) * (len(query_shape) - 2)
        self.output_dense = self._projection(
            "attention_output", equation, (*free, *sizes), letters
        )
        attended_shape = (*query_shape[:-1], self.num_heads, self.value_dim)
        self._build_projections(query_shape, value_shape, key_shape, attended_shape)

    def _to_heads(self, name, shape, size, activation=None):
        equation, letters = attention.projection_equation(len(shape) - 1, 1, 2)
        sizes = (*(None,) * (len(shape) - 2), self.num_heads, size)
        return self._projection(name, equation, sizes, letters, activation)

    def compute_output_shape(  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        query_shape: Shape,
        value_shape: Shape | None = None,
        key_shape: Shape | None = None,
    ) -> Shape:
        """The query's shape, its last size replaced by `output_shape`."""
        if value_shape is not None:
            self._check_equal_lengths(value_shape, key_shape)
        if not self._output_sizes:
            return tuple(query_shape)
        return (*query_shape[:-1], *self._output_sizes)

    def get_config(self) -> Config:
        """The constructor's arguments."""
        config = super().get_config()
        sizes = self._output_sizes
        return {**config, "output_shape": None if sizes is None else list(sizes)}

    # Keras's attribute names, for subclasses that read them.
    _query_dense = property(lambda self: self.query_dense)
    _key_dense = property(lambda self: self.key_dense)
    _value_dense = property(lambda self: self.value_dense)
    _output_dense = property(lambda self: self.output_dense)
    _num_heads = property(lambda self: self.num_heads)
    _key_dim = property(lambda self: self.key_dim)
    _value_dim = property(lambda self: self.value_dim)


def _sizes(owner, name, value, example):
    """A tuple of integers from an integer or a sequence; None for None."""
    if value is None:
        return None
    sizes = (value,) if check.is_int(value) else value
    if isinstance(sizes, list | tuple) and sizes and all(map(check.is_int, sizes)):
        return tuple(int(size) for size in sizes)
    needed = "an integer or several as a tuple"
    raise argument(owner, name, value, needed, str(example))
