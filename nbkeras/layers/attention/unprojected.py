"""Attention and AdditiveAttention: attention without learned projections."""

from typing import Any

import jax.numpy as jnp

from nbkeras.core import check
from nbkeras.core.annotations import Config, Shape
from nbkeras.layers.dropout import Dropout, checked_seed
from nbkeras.layers.engine.errors import mistake
from nbkeras.layers.engine.layer import Layer
from nbkeras.layers.engine.registry import register
from nbkeras.ops.kernels import attention


@register("Attention")
class Attention(Layer):
    """Dot-product attention (Luong): weight values by the similarity of key and query.

    Called on a list, `layer([query, value])` or `layer([query, value, key])`; without
    a key the values are the keys.

    Args:
        use_scale: whether to multiply the scores by a learned number.
        score_mode: "dot" for query . key, "concat" for the sum of tanh(query + key).
        dropout: fraction of the attention weights set to zero in training.
        seed: seed of the layer's random numbers; None for the global seed.
        **base: arguments of `Layer`.

    Shapes:
        query (batch, T, size), value (batch, S, width), key (batch, S, size)
        -> (batch, T, width), and with `return_attention_scores=True` (batch, T, S).

    Raises:
        ValueError: `score_mode` is unknown, or the input is not a list of two or three.

    Source: Luong, Pham, Manning, "Effective approaches to attention-based neural
    machine translation", EMNLP (2015).

    >>> Attention()([jnp.ones((1, 5, 8)), jnp.ones((1, 3, 8))]).shape
    (1, 5, 8)
    """

    rows_independent = True
    supports_masking = True

    def __init__(
        self,
        use_scale: bool = False,
        score_mode: str = "dot",
        dropout: float = 0.0,
        seed: int | None = None,
        **base: Any,
    ) -> None:
        super().__init__(**base)
        owner = type(self).__name__
        self.use_scale = bool(use_scale)
        self.score_mode = check.choice(
            owner, "score_mode", score_mode, ("dot", "concat")
        )
        self.dropout = check.number(owner, "dropout", dropout, 0, 1)
        self.seed = checked_seed(owner, seed)
        self._dropout_layer = None

    def build(self, input_shape: Any) -> None:
        """Declare the scale of the scores."""
        self._check_list(input_shape)
        self.scale = self.add_weight("scale", (), "ones") if self.use_scale else None
        self.concat_score_weight: Any = None
        if self.score_mode == "concat":
            self.concat_score_weight = self.add_weight(
                "concat_score_weight", (), "ones"
            )
        self._create_dropout()

    def check_symbolic(self, *args: Any) -> None:
        """Raise for a single tensor, before anything is built."""
        inputs = args[0] if args else []
        several = isinstance(inputs, list | tuple)
        self._check_list(
            [tensor.shape for tensor in inputs] if several else inputs.shape
        )

    def call(
        self,
        inputs: Any,
        mask: Any = None,
        training: bool = False,
        return_attention_scores: bool = False,
        use_causal_mask: bool = False,
    ) -> Any:
        """The weighted values; 0 for masked queries.

        Args:
            inputs: [query, value] or [query, value, key].
            mask: [query mask, value mask], (batch, steps) bool, each or all None.
            training: whether dropout is active.
            return_attention_scores: also return the weights, (batch, T, S).
            use_causal_mask: if True, a query does not attend to later keys.
        """
        shapes = [tensor.shape for tensor in inputs] if isinstance(inputs, list) else ()
        self._check_list(shapes or getattr(inputs, "shape", ()))
        if mask is not None and not (isinstance(mask, list) and len(mask) in (2, 3)):
            mask_count = f"{len(mask)} masks" if isinstance(mask, list) else "one mask"
            raise ValueError(
                f"{type(self).__name__} got {mask_count}; it needs a list with one "
                "mask for the query and one for the value. Write mask=[query_mask, "
                "value_mask], with None for a missing mask."
            )
        query, value = inputs[:2]
        query_mask, value_mask = (mask[0], mask[1]) if mask else (None, None)
        scores = self._calculate_scores(query, inputs[2] if len(inputs) > 2 else value)
        masks = [None if value_mask is None else value_mask[..., None, :]]
        if use_causal_mask:
            masks.append(attention.causal_mask(*scores.shape[-2:]))
        output, weights = self._apply_scores(
            scores, value, attention.joined(masks), training
        )
        if query_mask is not None:
            output = jnp.where(query_mask.astype(bool)[..., None], output, 0)
        return (output, weights) if return_attention_scores else output

    def _calculate_scores(self, query, key):
        """The scores (batch, T, S) of the keys for each query."""
        if self.score_mode == "dot":
            scores = query @ jnp.swapaxes(key, -2, -1)
            return scores if self.scale is None else scores * self.scale
        total = query[..., :, None, :] + key[..., None, :, :]
        total = total if self.scale is None else total * self.scale
        return self.concat_score_weight * jnp.sum(jnp.tanh(total), axis=-1)

    def _apply_scores(self, scores, value, scores_mask=None, training=False):
        """(weighted values, weights) for scores, with a mask (batch, T or 1, S)."""
        weights = attention.shifted_softmax(scores, scores_mask)
        if self._dropout_layer is not None:
            weights = self._dropout_layer(weights, training=training)
        return weights @ value, weights

    # Keras names this argument `mask` here, and `previous_mask` elsewhere.
    def compute_mask(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, inputs: Any, mask: Any = None
    ) -> Any:
        """The query's mask."""
        return mask[0] if mask else None

    def compute_output_shape(self, input_shape: Any) -> Shape:
        """(batch, T, size of the values)."""
        self._check_list(input_shape)
        return (*input_shape[0][:-1], input_shape[1][-1])

    def _create_dropout(self):
        if self.dropout > 0:
            self._dropout_layer = Dropout(
                self.dropout, seed=self.seed, dtype=self.dtype_policy
            )

    def _check_list(self, shapes):
        if isinstance(shapes, list) and len(shapes) in (2, 3):
            return
        raise mistake(
            self,
            shapes,
            "a list, [query, value] or [query, value, key]",
            f"{type(self).__name__}()([query, value])",
        )


@register("AdditiveAttention")
class AdditiveAttention(Attention):
    """Additive attention: scores are `sum(scale * tanh(query + key))` (Bahdanau).

    Called on a list, as `Attention`.

    Args:
        use_scale: whether to multiply each feature by a learned factor.
        dropout: fraction of the attention weights set to zero in training.
        **base: `seed`; arguments of `Layer`.

    Shapes:
        query (batch, T, size), value (batch, S, width), key (batch, S, size)
        -> (batch, T, width), and with `return_attention_scores=True` (batch, T, S).

    Source: Bahdanau, Cho, Bengio, "Neural machine translation by jointly learning to
    align and translate", ICLR (2015).

    >>> AdditiveAttention()([jnp.ones((1, 5, 8)), jnp.ones((1, 3, 8))]).shape
    (1, 5, 8)
    """

    def __init__(
        self, use_scale: bool = True, dropout: float = 0.0, **base: Any
    ) -> None:
        super().__init__(use_scale=use_scale, dropout=dropout, **base)

    def build(self, input_shape: Any) -> None:
        """Declare the scale of each feature."""
        self._check_list(input_shape)
        self.scale = None
        if self.use_scale:
            self.scale = self.add_weight("scale", (input_shape[0][-1],))
        self._create_dropout()

    def _calculate_scores(self, query, key):
        total = jnp.tanh(query[..., :, None, :] + key[..., None, :, :])
        return jnp.sum(total if self.scale is None else self.scale * total, axis=-1)

    def get_config(self) -> Config:
        """The constructor's arguments."""
        config = super().get_config()
        config.pop("score_mode", None)
        return config
