"""Fully connected layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

import jax
import jax.numpy as jnp

from nbkeras.core import check
from nbkeras.core.annotations import Config, Identifier, Shape
from nbkeras.layers.engine.errors import mistake
from nbkeras.layers.engine.input_spec import InputSpec
from nbkeras.layers.engine.layer import ArgumentsOfRegularized, Layer, LayerArguments
from nbkeras.layers.engine.registry import register
from nbkeras.layers.low_rank import LowRankLayer
from nbkeras.ops import activations, constraints, initializers, regularizers
from nbkeras.ops.kernels import linear
from nbkeras.ops.kernels.channels import add_bias


def refuse_unsupported(owner: str, **arguments: Any) -> None:
    """Raise for an argument of quantized training, unless it is None."""
    for name, value in arguments.items():
        if value is not None:
            raise ValueError(
                f"{owner}({name}={value!r}): nbkeras has no quantized weights. "
                f"Leave {name} out."
            )


@register("Dense")
class Dense(LowRankLayer):
    """Fully connected layer on the last axis: `y = activation(x @ kernel + bias)`.

    Args:
        units: width of the output, a positive integer.
        activation: name or function; None for no activation.
        use_bias: whether to add a bias.
        kernel_initializer: initializer of the kernel.
        bias_initializer: initializer of the bias.
        kernel_regularizer: penalty on the kernel.
        bias_regularizer: penalty on the bias.
        activity_regularizer: penalty on the output.
        kernel_constraint: constraint on the kernel, applied after each step.
        bias_constraint: constraint on the bias, applied after each step.
        lora_rank: rank of a trained update of the frozen kernel; see `enable_lora`.
        lora_alpha: the update is multiplied by `lora_alpha / lora_rank`; None for 1.
        quantization_config: must be None.
        **base: arguments of `Layer`.

    Shapes:
        x (batch, ..., features) -> y (batch, ..., units).
        kernel (features, units), bias (units,).

    Raises:
        ValueError: `units` is not a positive integer.

    Source: Goodfellow, Bengio, Courville, *Deep Learning* (2016), section 6.1.

    >>> Dense(3)(jnp.ones((2, 5))).shape
    (2, 3)
    """

    rows_independent = True
    supports_masking = True

    def __init__(
        self,
        units: int,
        activation: Identifier | None = None,
        use_bias: bool = True,
        kernel_initializer: Identifier = "glorot_uniform",
        bias_initializer: Identifier = "zeros",
        kernel_regularizer: Identifier | None = None,
        bias_regularizer: Identifier | None = None,
        activity_regularizer: Identifier | None = None,
        kernel_constraint: Identifier | None = None,
        bias_constraint: Identifier | None = None,
        lora_rank: int | None = None,
        lora_alpha: float | None = None,
        quantization_config: None = None,
        **base: Unpack[ArgumentsOfRegularized],
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **base)
        refuse_unsupported("Dense", quantization_config=quantization_config)
        self._set_lora(lora_rank, lora_alpha)
        self.units = check.positive_int("Dense", "units", units)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.input_spec = InputSpec(min_ndim=2)

    def build(self, input_shape: Shape) -> None:
        """Declare kernel and bias for the last axis of `input_shape`."""
        features = known_features(self, input_shape)
        self.kernel = self.add_weight(
            "kernel",
            (features, self.units),
            self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                "bias",
                (self.units,),
                self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )
        self.input_spec = InputSpec(min_ndim=2, axes={-1: features})
        self._enable_lora_if_asked()

    def call(self, x: jax.Array) -> jax.Array:
        """The activation of the weighted sums."""
        return self.activate(linear.dense(x, self.adapted(self.kernel), self.bias))


@register("EinsumDense")
class EinsumDense(LowRankLayer):
    """Dense layer given by an einsum equation, such as "abc,cd->abd" for the last axis.

    Args:
        equation: "input,kernel->output" in letters; "..." stands for unchanged axes.
        output_shape: sizes of the output without the batch; None for the input's size.
        activation: name or function; None for no activation.
        bias_axes: letters of the output axes with a bias, such as "d"; None for no
            bias.
        kernel_initializer: initializer of the kernel; fans follow from the equation.
        bias_initializer: initializer of the bias.
        kernel_regularizer: penalty on the kernel.
        bias_regularizer: penalty on the bias.
        kernel_constraint: constraint on the kernel, applied after each step.
        bias_constraint: constraint on the bias, applied after each step.
        lora_rank: rank of a trained update of the frozen kernel; see `enable_lora`.
        lora_alpha: the update is multiplied by `lora_alpha / lora_rank`; None for 1.
        gptq_unpacked_column_size: must be None.
        quantization_config: must be None.
        **base: arguments of `Layer`.

    Raises:
        ValueError: the equation is invalid, or sizes contradict.
    """

    rows_independent = True

    def __init__(
        self,
        equation: str,
        output_shape: int | Sequence[int | None],
        activation: Identifier | None = None,
        bias_axes: str | None = None,
        kernel_initializer: Identifier = "glorot_uniform",
        bias_initializer: Identifier = "zeros",
        kernel_regularizer: Identifier | None = None,
        bias_regularizer: Identifier | None = None,
        kernel_constraint: Identifier | None = None,
        bias_constraint: Identifier | None = None,
        lora_rank: int | None = None,
        lora_alpha: float | None = None,
        gptq_unpacked_column_size: None = None,
        quantization_config: None = None,
        **base: Unpack[LayerArguments],
    ) -> None:
        super().__init__(**base)
        refuse_unsupported(
            "EinsumDense",
            gptq_unpacked_column_size=gptq_unpacked_column_size,
            quantization_config=quantization_config,
        )
        self._set_lora(lora_rank, lora_alpha)
        self.equation = equation
        self.bias_axes = bias_axes
        is_int = check.is_int(output_shape)
        self._sizes = (output_shape,) if is_int else tuple(output_shape)
        self.activation = activations.get(activation)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)

    def build(self, input_shape: Shape) -> None:
        """Declare the kernel and bias of the equation."""
        shapes = linear.einsum_shapes(
            self.equation, self.bias_axes, input_shape, self._sizes
        )
        initializer = self.kernel_initializer
        if (
            isinstance(initializer, initializers.VarianceScaling)
            and not initializer.input_axes
        ):
            axes = {"input_axes": shapes.input_axes, "output_axes": shapes.output_axes}
            initializer = type(initializer).from_config(initializer.get_config() | axes)
        self.kernel = self.add_weight(
            "kernel",
            shapes.kernel,
            initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        self.bias = None
        if shapes.bias is not None:
            self.bias = self.add_weight(
                "bias",
                shapes.bias,
                self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )
        self.input_spec = InputSpec(ndim=len(input_shape))
        self._enable_lora_if_asked()

    def call(self, x: jax.Array) -> jax.Array:
        """The activation of the equation's result."""
        y = jnp.einsum(self.equation, x, self.adapted(self.kernel))
        return self.activate(y if self.bias is None else add_bias(y, self.bias))

    def get_config(self) -> Config:
        """The constructor's arguments."""
        config = super().get_config()
        config.pop("gptq_unpacked_column_size", None)
        return {**config, "output_shape": list(self._sizes)}


def known_features(layer: Layer, input_shape: Shape) -> int:
    """The size of the last axis; raises LayerMistake if it is unknown."""
    if input_shape[-1] is None:
        raise mistake(
            layer,
            input_shape,
            "a known size on the last axis",
            "all sizes in Input(shape=...)",
            "GlobalAveragePooling2D() before it",
        )
    return input_shape[-1]
