"""Layers that only Keras 1 had: Highway, MaxoutDense, SReLU and their like.

Their weights have the names and shapes of Keras 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

import jax
import jax.numpy as jnp

from nbkeras.core import check
from nbkeras.core.annotations import Config, Identifier, Shape
from nbkeras.core.names.display_name import quoted
from nbkeras.layers.dense import known_features
from nbkeras.layers.engine.input_spec import InputSpec
from nbkeras.layers.engine.layer import ArgumentsOfRegularized, Layer, LayerArguments
from nbkeras.layers.engine.registry import register
from nbkeras.ops import activations, constraints, initializers, regularizers


class _DenseOfKeras1(Layer):
    """Base class: the arguments that Highway and MaxoutDense share with Dense."""

    rows_independent = True

    def __init__(
        self,
        activation: Identifier | None = None,
        use_bias: bool = True,
        kernel_initializer: Identifier = "glorot_uniform",
        kernel_regularizer: Identifier | None = None,
        bias_regularizer: Identifier | None = None,
        activity_regularizer: Identifier | None = None,
        kernel_constraint: Identifier | None = None,
        bias_constraint: Identifier | None = None,
        **base: Unpack[ArgumentsOfRegularized],
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **base)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.input_spec = InputSpec(ndim=2)

    def _kernel(self, name, shape, regularized=True):
        return self.add_weight(
            name,
            shape,
            self.kernel_initializer,
            regularizer=self.kernel_regularizer if regularized else None,
            constraint=self.kernel_constraint if regularized else None,
        )

    def _bias(self, name, shape, initializer="zeros", regularized=True):
        if not self.use_bias:
            return None
        return self.add_weight(
            name,
            shape,
            initializer,
            regularizer=self.bias_regularizer if regularized else None,
            constraint=self.bias_constraint if regularized else None,
        )


@register("Highway")
class Highway(_DenseOfKeras1):
    """Highway layer: a gate per feature mixes the input with a dense layer of it.

    `t = sigmoid(x @ W_carry + b_carry)`, `y = t * activation(x @ W + b) + (1 - t) * x`.

    Args:
        activation: name or function of the dense layer; None for no activation.
        use_bias: whether to add biases.
        kernel_initializer: initializer of both kernels.
        kernel_regularizer: penalty on the kernel W.
        bias_regularizer: penalty on the bias b.
        activity_regularizer: penalty on the output.
        kernel_constraint: constraint on W, applied after each step.
        bias_constraint: constraint on b, applied after each step.
        **base: arguments of `Layer`.

    Shapes:
        x (batch, features) -> y (batch, features).
        W, W_carry (features, features), b (zeros) and b_carry (ones) (features,).

    Source: Srivastava, Greff, Schmidhuber, "Highway networks" (2015); the start values
        are those of Keras 1.

    >>> Highway(activation="relu")(jnp.ones((2, 5))).shape
    (2, 5)
    """

    def build(self, input_shape: Shape) -> None:
        """Declare the kernels and biases of the dense layer and of the gate."""
        features = known_features(self, input_shape)
        shape = features, features
        self.W = self._kernel("W", shape)
        self.W_carry = self._kernel("W_carry", shape, regularized=False)
        self.b = self._bias("b", (features,))
        self.b_carry = self._bias("b_carry", (features,), "ones", regularized=False)
        self.input_spec = InputSpec(ndim=2, axes={-1: features})

    def call(self, x: jax.Array) -> jax.Array:
        """The mixture of the input and of the dense layer."""
        gate, y = x @ self.W_carry, x @ self.W
        if self.b is not None and self.b_carry is not None:
            gate, y = gate + self.b_carry, y + self.b
        gate = jax.nn.sigmoid(gate)
        return gate * self.activate(y) + (1 - gate) * x


@register("MaxoutDense")
class MaxoutDense(_DenseOfKeras1):
    """The elementwise maximum of several linear layers.

    Args:
        output_dim: width of the output, a positive integer.
        nb_feature: number of linear layers, a positive integer.
        use_bias: whether to add biases.
        kernel_initializer: initializer of the kernels.
        kernel_regularizer: penalty on the kernels.
        bias_regularizer: penalty on the biases.
        activity_regularizer: penalty on the output.
        kernel_constraint: constraint on the kernels, applied after each step.
        bias_constraint: constraint on the biases, applied after each step.
        **base: arguments of `Layer`.

    Shapes:
        x (batch, features) -> y (batch, output_dim).
        W (nb_feature, features, output_dim), b (nb_feature, output_dim).

    Raises:
        ValueError: `output_dim` or `nb_feature` is not a positive integer.

    Source: Goodfellow et al., "Maxout networks", ICML (2013).

    >>> MaxoutDense(3, nb_feature=2)(jnp.ones((4, 5))).shape
    (4, 3)
    """

    def __init__(
        self,
        output_dim: int,
        nb_feature: int = 4,
        use_bias: bool = True,
        kernel_initializer: Identifier = "glorot_uniform",
        kernel_regularizer: Identifier | None = None,
        bias_regularizer: Identifier | None = None,
        activity_regularizer: Identifier | None = None,
        kernel_constraint: Identifier | None = None,
        bias_constraint: Identifier | None = None,
        **base: Unpack[ArgumentsOfRegularized],
    ) -> None:
        super().__init__(
            None,
            use_bias,
            kernel_initializer,
            kernel_regularizer,
            bias_regularizer,
            activity_regularizer,
            kernel_constraint,
            bias_constraint,
            **base,
        )
        self.output_dim = check.positive_int("MaxoutDense", "output_dim", output_dim)
        self.nb_feature = check.positive_int("MaxoutDense", "nb_feature", nb_feature)

    def build(self, input_shape: Shape) -> None:
        """Declare a kernel and a bias for each of the linear layers."""
        features = known_features(self, input_shape)
        self.W = self._kernel("W", (self.nb_feature, features, self.output_dim))
        self.b = self._bias("b", (self.nb_feature, self.output_dim))
        self.input_spec = InputSpec(ndim=2, axes={-1: features})

    def call(self, x: jax.Array) -> jax.Array:
        """The largest of the linear outputs."""
        y = jnp.einsum("bi,fio->bfo", x, self.W)
        return jnp.max(y if self.b is None else y + self.b, axis=1)

    def get_config(self) -> Config:
        """The constructor's arguments."""
        config = super().get_config()
        config.pop("activation", None)
        return config


class _LearnedActivation(Layer):
    """Base class: weights of one value per position, except on `shared_axes`."""

    rows_independent = True
    supports_masking = True

    def __init__(
        self,
        shared_axes: int | Sequence[int] | None = None,
        **base: Unpack[LayerArguments],
    ) -> None:
        super().__init__(**base)
        if shared_axes is not None and check.is_int(shared_axes):
            shared_axes = [shared_axes]
        self.shared_axes = None if shared_axes is None else list(shared_axes)

    def _weights(self, input_shape, **initial):
        """Set an attribute per weight: {its name: its initializer}."""
        shared = {axis % len(input_shape) for axis in self.shared_axes or ()}
        shape = [1 if i in shared else n for i, n in enumerate(input_shape)][1:]
        if None in shape:
            name = type(self).__name__
            raise ValueError(
                f"{name} {quoted(self.name)} needs the size of each axis that is not "
                f"shared, but the input shape is {tuple(input_shape)}. Write for "
                f"example {name}(shared_axes=[1, 2])."
            )
        for name, initializer in initial.items():
            setattr(self, name, self.add_weight(name, tuple(shape), initializer))
        fixed = {i: n for i, n in enumerate(input_shape) if i and i not in shared}
        self.input_spec = InputSpec(ndim=len(input_shape), axes=fixed)


@register("SReLU")
class SReLU(_LearnedActivation):
    """S-shaped ReLU: three straight pieces whose ends and slopes are learned.

    The slope is `a_left` below `t_left`, 1 up to `t_left + abs(t_right)`, and `a_right`
    above.

    Args:
        t_left_init, a_left_init: initializers of the left end and of its slope.
        t_right_init, a_right_init: initializers of the right end and of its slope.
        shared_axes: axes (1, 2, ...) along which the four are shared; (1, 2) for one of
            each per channel of images.
        **base: arguments of `Layer`.

    Raises:
        ValueError: an axis that is not shared has no known size.

    Source: Jin et al., "Deep learning with S-shaped rectified linear activation units",
        AAAI (2016).
    """

    t_left: Any
    a_left: Any
    t_right: Any
    a_right: Any

    def __init__(
        self,
        t_left_init: Identifier = "zeros",
        a_left_init: Identifier = "glorot_uniform",
        t_right_init: Identifier = "glorot_uniform",
        a_right_init: Identifier = "ones",
        shared_axes: int | Sequence[int] | None = None,
        **base: Unpack[LayerArguments],
    ) -> None:
        super().__init__(shared_axes, **base)
        self.t_left_init = initializers.get(t_left_init)
        self.a_left_init = initializers.get(a_left_init)
        self.t_right_init = initializers.get(t_right_init)
        self.a_right_init = initializers.get(a_right_init)

    def build(self, input_shape: Shape) -> None:
        """Declare the ends and slopes."""
        self._weights(
            input_shape,
            t_left=self.t_left_init,
            a_left=self.a_left_init,
            t_right=self.t_right_init,
            a_right=self.a_right_init,
        )

    def call(self, x: jax.Array) -> jax.Array:
        """The S-shaped rectified `x`."""
        right = self.t_left + jnp.abs(self.t_right)
        below = jnp.minimum(x - self.t_left, 0)
        above = jnp.maximum(x - right, 0)
        centre = jnp.clip(x, self.t_left, right)
        return centre + self.a_left * below + self.a_right * above


@register("ParametricSoftplus")
class ParametricSoftplus(_LearnedActivation):
    """Softplus with learned scales: `alpha * log(1 + exp(beta * x))`.

    Args:
        alpha_init: the first value of alpha.
        beta_init: the first value of beta.
        shared_axes: axes (1, 2, ...) along which both are shared.
        **base: arguments of `Layer`.

    Raises:
        ValueError: an axis that is not shared has no known size.

    Source: Dugas et al., "Incorporating second-order functional knowledge for better
        option pricing", NIPS (2000), for the function.
    """

    alpha: Any
    beta: Any

    def __init__(
        self,
        alpha_init: float = 0.2,
        beta_init: float = 5.0,
        shared_axes: int | Sequence[int] | None = None,
        **base: Unpack[LayerArguments],
    ) -> None:
        super().__init__(shared_axes, **base)
        owner = "ParametricSoftplus"
        self.alpha_init = check.number(owner, "alpha_init", alpha_init, example=0.2)
        self.beta_init = check.number(owner, "beta_init", beta_init, example=5.0)

    def build(self, input_shape: Shape) -> None:
        """Declare alpha and beta."""
        self._weights(
            input_shape,
            alpha=initializers.Constant(self.alpha_init),
            beta=initializers.Constant(self.beta_init),
        )

    def call(self, x: jax.Array) -> jax.Array:
        """The scaled softplus of `x`."""
        return self.alpha * jax.nn.softplus(self.beta * x)


@register("ThresholdedReLU")
class ThresholdedReLU(Layer):
    """`x` above a threshold, and 0 elsewhere; Keras 3 writes `ReLU(threshold=theta)`.

    Args:
        theta: the threshold, at least 0.
        **base: arguments of `Layer`.

    Raises:
        ValueError: `theta` is negative.

    Source: Konda, Memisevic, Krueger, "Zero-bias autoencoders" (2014).

    >>> ThresholdedReLU(theta=1.0)(jnp.array([[0.5, 1.0, 2.0]])).tolist()
    [[0.0, 0.0, 2.0]]
    """

    rows_independent = row_by_row = True
    supports_masking = True

    def __init__(self, theta: float = 1.0, **base: Unpack[LayerArguments]) -> None:
        super().__init__(**base)
        self.theta = check.number("ThresholdedReLU", "theta", theta, 0, example=1.0)

    def call(self, x: jax.Array) -> jax.Array:
        """The thresholded `x`."""
        return jnp.where(x > self.theta, x, 0)
