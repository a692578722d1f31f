"""SpectralNormalization: divide a layer's kernel by its spectral norm."""

from __future__ import annotations

from typing import Unpack

import jax
import jax.numpy as jnp

from nbkeras.core import check
from nbkeras.core.annotations import Shape
from nbkeras.layers.engine import functional_call
from nbkeras.layers.engine.layer import Layer, LayerArguments
from nbkeras.layers.engine.registry import register
from nbkeras.layers.wrappers import Wrapper
from nbkeras.ops import initializers, statistics


@register("SpectralNormalization")
class SpectralNormalization(Wrapper):
    """Divide a layer's kernel by its largest singular value during training.

    The stored kernel is not changed; outside of training it is used as it is, as in
    Keras on JAX.

    Args:
        layer: a layer with a `kernel` or `embeddings`.
        power_iterations: number of power iterations per call.
        **base: arguments of `Layer`.

    Raises:
        ValueError: the layer has no such weight, or `power_iterations` is not positive.

    Source: Miyato et al., "Spectral normalization", ICLR (2018).
    """

    rows_independent = True

    def __init__(
        self, layer: Layer, power_iterations: int = 1, **base: Unpack[LayerArguments]
    ) -> None:
        super().__init__(layer, **base)
        self.power_iterations = check.positive_int(
            "SpectralNormalization", "power_iterations", power_iterations, 1
        )

    def build(self, input_shape: Shape) -> None:
        """Build the layer and declare the estimate of its singular vector."""
        if not self.layer.built:
            self.layer._build_once(input_shape)
        # Keras lists the kernel among the wrapper's own weights, before vector_u.
        self.kernel = getattr(self.layer, self._name_of_kernel())
        self.vector_u = self.add_weight(
            "vector_u",
            (1, self.kernel.shape[-1]),
            initializers.TruncatedNormal(stddev=0.02),
            trainable=False,
        )

    def call(self, x: jax.Array, training: bool = False) -> jax.Array:
        """The layer's output, in training with the normalised kernel."""
        if self._context.building:
            functional_call.rebind(self.layer, self._context)
        if not training:
            return self.layer(x)
        name = self._name_of_kernel()
        kernel = getattr(self.layer, name)
        matrix = kernel.reshape(-1, kernel.shape[-1])
        sigma, u = statistics.greatest_singular_value(
            matrix, self.vector_u, self.power_iterations
        )
        is_zero = jnp.all(kernel == 0)
        divisor = jnp.where(is_zero, 1.0, sigma.reshape(()))
        self.vector_u = jnp.where(is_zero, self.vector_u, u)
        setattr(self.layer, name, kernel / divisor)
        try:
            return self.layer(x)
        finally:
            setattr(self.layer, name, kernel)

    def _name_of_kernel(self):
        for name in ("kernel", "embeddings"):
            if hasattr(self.layer, name):
                return name
        raise ValueError(
            f"SpectralNormalization({type(self.layer).__name__}): the layer has no "
            "kernel to normalise. Write for example SpectralNormalization(Conv2D(8, "
            "3))."
        )
