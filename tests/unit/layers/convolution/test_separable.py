"""Depthwise and separable layers against real Keras with equal weights."""

import jax.numpy as jnp
import keras_oracle as oracle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_conv import drawn_input, drawn_window

from nbkeras.layers.convolution import separable

some = settings(max_examples=4)


@pytest.mark.parametrize("rank", [1, 2])
@some
@given(data=st.data())
def test_depthwise_convolution_and_its_gradients_equal_keras(rank, data):
    config = drawn_window(data.draw, rank)
    x = drawn_input(
        data.draw, rank, data.draw(st.integers(1, 4)), config["data_format"]
    )
    config["depth_multiplier"] = data.draw(st.integers(1, 3))
    oracle.assert_equal(f"DepthwiseConv{rank}D", config, x)


@pytest.mark.parametrize("rank", [1, 2])
@some
@given(data=st.data())
def test_separable_convolution_and_its_gradients_equal_keras(rank, data):
    config = drawn_window(data.draw, rank)
    x = drawn_input(
        data.draw, rank, data.draw(st.integers(1, 4)), config["data_format"]
    )
    config["depth_multiplier"] = data.draw(st.integers(1, 3))
    config["filters"] = data.draw(st.integers(1, 4))
    oracle.assert_equal(f"SeparableConv{rank}D", config, x)


CONFIGS = [
    ("DepthwiseConv1D", {"kernel_size": 3, "depth_multiplier": 2}),
    (
        "DepthwiseConv2D",
        {
            "kernel_size": (3, 2),
            "strides": 2,
            "depthwise_initializer": "he_normal",
            "depthwise_regularizer": "l2",
            "depthwise_constraint": "unit_norm",
            "bias_regularizer": "l1",
        },
    ),
    ("SeparableConv1D", {"filters": 4, "kernel_size": 3, "use_bias": False}),
    (
        "SeparableConv2D",
        {
            "filters": 4,
            "kernel_size": 3,
            "depth_multiplier": 2,
            "pointwise_initializer": "orthogonal",
            "pointwise_regularizer": "l1",
            "pointwise_constraint": "non_neg",
            "depthwise_regularizer": "l2",
        },
    ),
]


@pytest.mark.parametrize(("name", "config"), CONFIGS, ids=[c[0] for c in CONFIGS])
def test_config_is_read_by_keras_and_back(name, config):
    oracle.assert_config_travels(name, config)


def test_penalties_on_both_kernels_equal_keras():
    config = {
        "filters": 2,
        "kernel_size": 2,
        "depthwise_regularizer": "l2",
        "pointwise_regularizer": "l1",
    }
    oracle.assert_equal("SeparableConv2D", config, oracle.random_input((2, 4, 4, 3)))


def test_a_large_kernel_gives_the_numbers_of_keras():
    config = {"kernel_size": (9, 7), "padding": "same"}
    oracle.assert_equal("DepthwiseConv2D", config, oracle.random_input((2, 10, 9, 3)))


@pytest.mark.parametrize(
    ("make", "advice"),
    [
        (
            lambda: separable.DepthwiseConv2D(3, depth_multiplier=0),
            r"DepthwiseConv2D\(depth_multiplier=1\)",
        ),
        (
            lambda: separable.SeparableConv2D(-1, 3),
            r"SeparableConv2D\(filters=32\)",
        ),
        (
            lambda: separable.SeparableConv1D(4, 3, padding="causal"),
            "Write padding='same'",
        ),
        (
            lambda: separable.DepthwiseConv2D(5)(jnp.ones((1, 4, 4, 1))),
            "at least 5 x 5 pixels",
        ),
        (
            lambda: separable.SeparableConv2D(4, 5)(jnp.ones((1, 4, 9, 1))),
            r"got \(None, 4, 9, 1\)",
        ),
    ],
)
def test_a_wrong_setting_says_what_to_write(make, advice):
    with pytest.raises(ValueError, match=advice):
        make()
