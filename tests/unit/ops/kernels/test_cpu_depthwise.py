"""Gradients of depthwise convolutions against finite differences and XLA's own."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads

import nbkeras
from nbkeras.ops.kernels import convolution, lowering

CASES = {
    "same": ((5, 6), (3, 3), (1, 1), "same", (1, 1), 1),
    "strided": ((6, 5), (3, 2), (2, 2), "same", (1, 1), 1),
    "dilated": ((7, 7), (3, 3), (1, 1), "same", (2, 2), 1),
    "multiplied": ((5, 5), (2, 2), (1, 1), "valid", (1, 1), 3),
    "rows that no window reaches": ((7,), (2,), (3,), "valid", (1,), 1),
    "causal": ((9,), (3,), (1,), "causal", (2,), 2),
    "three axes": ((3, 4, 5), (2, 2, 3), (2, 1, 2), "same", (1, 1, 1), 1),
}


@pytest.fixture
def drawn(request):
    space, size, strides, padding, dilation, multiplier = CASES[request.param]
    draw = np.random.default_rng(0)
    with jax.enable_x64(True):
        x = jnp.asarray(draw.normal(size=(lowering.ROWS_OF_PRODUCTS + 2, *space, 3)))
        kernel = jnp.asarray(draw.normal(size=(*size, 3, multiplier)))
        yield (
            lambda x, kernel: convolution.depthwise_conv(
                x, kernel, strides, padding, dilation=dilation
            ),
            x,
            kernel,
        )


@pytest.mark.parametrize("drawn", CASES, indirect=True)
def test_gradients_equal_finite_differences(drawn):
    depthwise, x, kernel = drawn
    check_grads(depthwise, (x, kernel), order=1, modes=["rev"])


@pytest.mark.parametrize("drawn", CASES, indirect=True)
def test_result_and_gradients_equal_those_of_xla(drawn, monkeypatch):
    depthwise, x, kernel = drawn

    def squares(x, kernel):
        return jnp.square(depthwise(x, kernel)).sum()

    ours = jax.value_and_grad(squares, (0, 1))(x, kernel)
    monkeypatch.setattr(lowering, "rewrites", lambda: False)
    plain = jax.value_and_grad(squares, (0, 1))(x, kernel)
    for this, that in zip(jax.tree.leaves(ours), jax.tree.leaves(plain), strict=True):
        np.testing.assert_allclose(this, that, rtol=1e-10, atol=1e-10)


def test_gradients_of_each_example_are_those_of_vmap():
    draw = np.random.default_rng(0)
    x = jnp.asarray(draw.normal(size=(3, 5, 5, 2)).astype("float32"))
    kernel = jnp.asarray(draw.normal(size=(3, 3, 2, 1)).astype("float32"))

    def loss(kernel, row):
        y = convolution.depthwise_conv(row[None], kernel, (1, 1), "same")
        return jnp.square(y).sum()

    together = jax.vmap(jax.grad(loss), (None, 0))(kernel, x)
    apart = jnp.stack([jax.grad(loss)(kernel, row) for row in x])
    np.testing.assert_allclose(together, apart, rtol=1e-5)


def test_a_layer_trains_alike_with_either_lowering():
    x = np.random.default_rng(0).normal(size=(20, 6, 6, 4)).astype("float32")
    y = np.arange(20) % 3
    weights = []
    for mode in ("auto", "plain"):
        nbkeras.utils.set_random_seed(0)
        model = nbkeras.Sequential(
            [
                nbkeras.layers.DepthwiseConv2D(3, strides=2, activation="relu"),
                nbkeras.layers.BatchNormalization(),
                nbkeras.layers.Conv2D(5, 1),
                nbkeras.layers.GlobalAveragePooling2D(),
                nbkeras.layers.Dense(3, activation="softmax"),
            ]
        )
        model.compile("sgd", "sparse_categorical_crossentropy")
        nbkeras.config.set_lowering(mode)
        try:
            model.fit(x, y, batch_size=8, epochs=2, shuffle=False, verbose=0)
        finally:
            nbkeras.config.set_lowering("auto")
        weights.append(model.get_weights())
    for this, that in zip(*weights, strict=True):
        np.testing.assert_allclose(this, that, rtol=1e-4, atol=1e-6)
