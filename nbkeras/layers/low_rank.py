"""LoRA: train a low-rank update of a layer's matrix in place of the matrix itself."""

from __future__ import annotations

from typing import Any

import jax

from nbkeras.core import check
from nbkeras.core.annotations import Config, Identifier
from nbkeras.core.names.display_name import quoted
from nbkeras.core.variable import Variable
from nbkeras.layers.engine.layer import Layer
from nbkeras.ops import initializers


class LowRankLayer(Layer):
    """Base class of layers with `enable_lora`: Dense, EinsumDense and Embedding.

    The matrix W is frozen, and W + (alpha / rank) * A @ B takes its place, where A and
    B, with `rank` columns and rows, are trained. B is zeros at first, so that the
    output is unchanged.

    Source: Hu et al., "LoRA: low-rank adaptation of large language models" (2021).
    """

    # The attribute of the matrix, and the beginning of the arguments about it.
    _matrix_name = "kernel"
    lora_enabled = False
    lora_rank: int | None = None
    lora_alpha: float | None = None

    def _set_lora(self, rank: int | None, alpha: float | None) -> None:
        """Check and store the constructor's arguments."""
        owner = type(self).__name__
        if rank is not None:
            self.lora_rank = check.positive_int(owner, "lora_rank", rank, 4)
        if alpha is not None:
            alpha = check.number(owner, "lora_alpha", alpha, example=8)
        self.lora_alpha = self.lora_rank if alpha is None else alpha

    def _enable_lora_if_asked(self) -> None:
        """At the end of `build`: `enable_lora` with the constructor's arguments."""
        if self.lora_rank is not None and not self.lora_enabled:
            self._declare_lora(self.lora_rank, "he_uniform", "zeros")

    def enable_lora(
        self,
        rank: int,
        lora_alpha: float | None = None,
        a_initializer: Identifier = "he_uniform",
        b_initializer: Identifier = "zeros",
    ) -> None:
        """Freeze the matrix, and train a low-rank update of it from now on.

        Compile the model again afterwards. Files hold the sum, under the name of the
        matrix, as in Keras.

        Args:
            rank: number of columns of A and of rows of B, a positive integer.
            lora_alpha: the update is multiplied by `lora_alpha / rank`; None for 1.
            a_initializer: initializer of A.
            b_initializer: initializer of B.

        Raises:
            ValueError: the layer is not built, has a constraint on the matrix, or has
                LoRA already.
        """
        owner, name = type(self).__name__, self._matrix_name
        if not self.built:
            raise ValueError(
                f"enable_lora: {quoted(self.name)} is not built yet. Call it on data "
                f"first, or write {owner}(..., lora_rank={rank!r})."
            )
        if self.lora_enabled:
            raise ValueError(
                f"enable_lora: {quoted(self.name)} has LoRA already, of rank "
                f"{self.lora_rank}. Create the layer anew for another rank."
            )
        self._set_lora(rank, lora_alpha)
        self._declare_lora(self.lora_rank, a_initializer, b_initializer)
        self.weights_by_path()
        if getattr(self, name).is_initialised():
            for weight in self._lora_weights():
                weight.initialise()

    def _declare_lora(self, rank, a_initializer, b_initializer):
        name = self._matrix_name
        matrix = getattr(self, name)
        if getattr(self, f"{name}_constraint") is not None:
            raise ValueError(
                f"enable_lora: {quoted(self.name)} has a {name}_constraint, and with "
                f"LoRA its {name} stays as it is. Leave {name}_constraint out."
            )
        regularizer = getattr(self, f"{name}_regularizer")
        shapes = {
            f"lora_{name}_a": ((*matrix.shape[:-1], rank), a_initializer),
            f"lora_{name}_b": ((rank, matrix.shape[-1]), b_initializer),
        }
        for attribute, (shape, initializer) in shapes.items():
            weight = self.add_weight(
                attribute,
                shape,
                initializers.get(initializer),
                dtype="float32",
                regularizer=regularizer,
            )
            vars(self)[attribute] = weight  # `enable_lora` may add to a built layer
        matrix.trainable = False
        self.lora_enabled = True

    def adapted(self, matrix: Any) -> jax.Array:
        """In `call`: the matrix with its low-rank update, if there is one."""
        if not self.lora_enabled:
            return matrix
        a, b = (getattr(self, name).astype(matrix.dtype) for name in self._lora_names())
        return matrix + self._lora_factor * (a @ b)

    @property
    def _lora_factor(self):
        return (self.lora_alpha or 0.0) / (self.lora_rank or 1)

    def _lora_names(self):
        return f"lora_{self._matrix_name}_a", f"lora_{self._matrix_name}_b"

    def _lora_weights(self):
        return [vars(self)[name] for name in self._lora_names()]

    def stored_weights(self) -> list[Any]:
        """The weights in files: without A and B, whose product is in the matrix."""
        weights = super().stored_weights()
        if not self.lora_enabled:
            return weights
        low_rank = set(map(id, self._lora_weights()))
        return [weight for weight in weights if id(weight) not in low_rank]

    def stored_value(self, weight: Any) -> Any:
        """The value in files: the matrix includes its update."""
        if not self.lora_enabled or weight is not vars(self)[self._matrix_name]:
            return super().stored_value(weight)
        a, b = (low_rank.value for low_rank in self._lora_weights())
        total = weight.value.astype(a.dtype) + self._lora_factor * (a @ b)
        return total.astype(weight.dtype)

    def weights_begun_anew(self) -> list[Variable]:
        """B, which is zero after loading: the matrix in the file includes the update.

        A keeps its draw, so that training can go on; in Keras both are zero then, and
        neither has a gradient.
        """
        return self._lora_weights()[1:] if self.lora_enabled else []

    def get_config(self) -> Config:
        """The constructor's arguments; with LoRA its rank and alpha."""
        config = super().get_config()
        for name in ("lora_rank", "lora_alpha", "quantization_config"):
            config.pop(name, None)
        if self.lora_rank is not None:
            config |= {"lora_rank": self.lora_rank, "lora_alpha": self.lora_alpha}
        return config
