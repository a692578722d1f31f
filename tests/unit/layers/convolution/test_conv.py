"""Convolution layers against real Keras with equal weights."""

import jax.numpy as jnp
import keras_oracle as oracle
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbkeras.core import settings as defaults
from nbkeras.layers.convolution import conv, conv_transpose, separable
from nbkeras.layers.engine.functional_call import apply, values_of
from nbkeras.layers.engine.registry import registry

some = settings(max_examples=3)
FORMATS = ["channels_last", "channels_first"]
ACTIVATIONS = ["linear", "relu", "tanh"]


def drawn_input(draw, rank, channels, data_format):
    sizes = draw(st.lists(st.integers(5, 7), min_size=rank, max_size=rank))
    batch = draw(st.integers(1, 3))
    last = data_format == "channels_last"
    shape = (batch, *sizes, channels) if last else (batch, channels, *sizes)
    return oracle.random_input(shape)


def drawn_window(draw, rank, paddings=("valid", "same"), exclusive=True):
    each = lambda high: draw(  # noqa: E731
        st.lists(st.integers(1, high), min_size=rank, max_size=rank)
    )
    dilation = each(2)
    strides = [1] * rank if exclusive and max(dilation) > 1 else each(3)
    return {
        "kernel_size": each(3),
        "strides": strides,
        "dilation_rate": dilation,
        "padding": draw(st.sampled_from(paddings)),
        "data_format": draw(st.sampled_from(FORMATS)),
        "activation": draw(st.sampled_from(ACTIVATIONS)),
        "use_bias": draw(st.booleans()),
    }


@pytest.mark.parametrize("rank", [1, 2, 3])
@some
@given(data=st.data())
def test_convolution_and_its_gradients_equal_keras(rank, data):
    paddings = ("valid", "same", "causal") if rank == 1 else ("valid", "same")
    config = drawn_window(data.draw, rank, paddings)
    groups = data.draw(st.sampled_from([1, 2, 3]))
    filters, channels = (groups * data.draw(st.integers(1, 2)) for _ in "ab")
    x = drawn_input(data.draw, rank, channels, config["data_format"])
    config |= {"filters": filters, "groups": groups}
    oracle.assert_equal(f"Conv{rank}D", config, x)


@pytest.mark.parametrize("rank", [1, 2, 3])
@some
@given(data=st.data())
def test_transposed_convolution_and_its_gradients_equal_keras(rank, data):
    config = drawn_window(data.draw, rank)
    if data.draw(st.booleans()):
        config["output_padding"] = [
            data.draw(st.integers(0, s - 1)) for s in config["strides"]
        ]
    x = drawn_input(
        data.draw, rank, data.draw(st.integers(1, 3)), config["data_format"]
    )
    config["filters"] = data.draw(st.integers(1, 3))
    oracle.assert_equal(f"Conv{rank}DTranspose", config, x)


CONFIGS = [
    ("Conv1D", {"filters": 4, "kernel_size": 3, "padding": "causal", "groups": 2}),
    (
        "Conv2D",
        {
            "filters": 4,
            "kernel_size": (3, 2),
            "strides": 2,
            "activation": "relu",
            "kernel_initializer": "he_normal",
            "bias_initializer": "ones",
            "kernel_regularizer": "l2",
            "bias_regularizer": "l1",
            "activity_regularizer": "l2",
            "kernel_constraint": "max_norm",
            "bias_constraint": "non_neg",
            "name": "first",
        },
    ),
    ("Conv3D", {"filters": 4, "kernel_size": 2, "dilation_rate": 2}),
    ("Conv1DTranspose", {"filters": 4, "kernel_size": 2}),
    (
        "Conv2DTranspose",
        {"filters": 4, "kernel_size": 3, "strides": 2, "output_padding": 1},
    ),
    ("Conv3DTranspose", {"filters": 4, "kernel_size": 2, "use_bias": False}),
]


@pytest.mark.parametrize(("name", "config"), CONFIGS, ids=[c[0] for c in CONFIGS])
def test_config_is_read_by_keras_and_back(name, config):
    oracle.assert_config_travels(name, config)


def test_penalties_on_kernel_and_bias_equal_keras():
    config = {
        "filters": 2,
        "kernel_size": 2,
        "kernel_regularizer": "l2",
        "bias_regularizer": "l1",
    }
    oracle.assert_equal("Conv2D", config, oracle.random_input((2, 4, 4, 3)))


def test_positional_arguments_stand_where_keras_has_them():
    flat = conv_transpose.Conv2DTranspose(2, 3, 2, "same", 1, "channels_first")
    deep = conv_transpose.Conv3DTranspose(2, 3, 2, "same", "channels_first", 1)
    for layer in (flat, deep):
        assert layer.data_format == "channels_first"
        assert set(layer.output_padding) == {1}


def test_the_global_data_format_is_used_where_none_is_given():
    defaults.set_image_data_format("channels_first")
    try:
        y = conv.Conv2D(5, 3)(jnp.ones((1, 2, 4, 4)))
    finally:
        defaults.set_image_data_format("channels_last")
    assert y.shape == (1, 5, 2, 2)


def test_half_precision_computes_in_it_and_keeps_weights_in_float32():
    layer = conv.Conv2D(4, 3, dtype="mixed_bfloat16")
    assert layer(jnp.ones((1, 5, 5, 2))).dtype == jnp.bfloat16
    assert layer.kernel.dtype == "float32"


def test_a_causal_output_does_not_see_later_inputs():
    layer = conv.Conv1D(2, 3, padding="causal", dilation_rate=2)
    x = np.random.default_rng(0).normal(size=(1, 8, 1)).astype("float32")
    changed = x.copy()
    changed[0, 5:] += 1
    np.testing.assert_array_equal(layer(x)[0, :5], layer(changed)[0, :5])


def test_whole_number_pictures_are_convolved_as_they_are():
    layer = conv.Conv2D(1, 3, kernel_initializer="ones")
    assert float(layer(np.full((1, 3, 3, 1), 200, "uint8"))[0, 0, 0, 0]) == 1800.0


def test_the_logits_of_an_activated_convolution_are_remembered():
    layer = conv.Conv2D(2, 1, activation="softmax")
    layer.build_for((None, 3, 3, 1))
    got = apply(layer, values_of(layer), jnp.ones((1, 3, 3, 1)))
    assert got.activation == "softmax"
    assert got.logits.shape == got.y.shape


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("Convolution1D", "Conv1D"),
        ("Convolution2D", "Conv2D"),
        ("Convolution3D", "Conv3D"),
        ("Convolution2DTranspose", "Conv2DTranspose"),
        ("SeparableConvolution2D", "SeparableConv2D"),
    ],
)
def test_the_long_names_of_keras_are_known(alias, name):
    assert registry.lookup(alias).__name__ == name
    assert any(hasattr(m, alias) for m in (conv, conv_transpose, separable))


@pytest.mark.parametrize(
    ("make", "advice"),
    [
        (lambda: conv.Conv2D(0, 3), r"Write for example Conv2D\(filters=32\)"),
        (lambda: conv.Conv2D(4, (3, 3, 3)), r"kernel_size=\(3, 3\)"),
        (lambda: conv.Conv2D(4, 3, strides=0), "strides must be an integer or 2"),
        (lambda: conv.Conv2D(4, 3, padding="smae"), "Did you mean 'same'"),
        (lambda: conv.Conv2D(4, 3, padding="causal"), "Write padding='same'"),
        (lambda: conv.Conv2D(4, 3, data_format="NCHW"), "channels_first"),
        (
            lambda: conv.Conv2D(4, 3, strides=2, dilation_rate=2),
            "Write strides=1 or dilation_rate=1",
        ),
        (
            lambda: conv.Conv2D(10, 3, groups=4),
            r"Write for example Conv2D\(filters=12, groups=4",
        ),
        (
            lambda: conv.Conv2D(4, 3, groups=4).build((None, 8, 8, 6)),
            r"Write Conv2D\(4, 3, groups=2\), or groups=1 or 2",
        ),
        (
            lambda: conv.Conv2D(4, 3).build((None, 8, 8, None)),
            r"Input\(shape=\(28, 28, 1\)\)",
        ),
        (
            lambda: conv_transpose.Conv2DTranspose(4, 3, 2, output_padding=2),
            r"Write for example output_padding=\(1, 1\)",
        ),
        (
            lambda: conv_transpose.Conv1DTranspose(4, 3, 2, dilation_rate=3),
            "Write strides=1 or dilation_rate=1",
        ),
    ],
)
def test_a_wrong_setting_says_what_to_write(make, advice):
    with pytest.raises(ValueError, match=advice):
        make()


def test_a_kernel_larger_than_the_picture_names_both_sizes_and_the_way_out():
    with pytest.raises(ValueError, match="padding='same'") as caught:
        conv.Conv2D(4, 5, name="third")(jnp.ones((1, 3, 4, 1)))
    assert "at least 5 x 5 pixels" in str(caught.value)
    assert "'third' got (None, 3, 4, 1)" in str(caught.value)


def test_a_dilated_kernel_counts_with_all_that_it_reaches_over():
    with pytest.raises(ValueError, match=r"at least 9 steps .* with its dilation_rate"):
        conv.Conv1D(4, 5, dilation_rate=2)(jnp.ones((1, 8, 1)))


def test_a_built_layer_still_refuses_smaller_pictures():
    layer = conv.Conv2D(4, 5)
    layer(jnp.ones((1, 8, 8, 1)))
    with pytest.raises(ValueError, match=r"got \(None, 4, 4, 1\)"):
        layer(jnp.ones((1, 4, 4, 1)))


def test_a_picture_without_channels_is_told_to_get_some():
    with pytest.raises(
        ValueError, match=r"Write Input\(\(28, 28, 1\)\) for x\[..., None\]"
    ):
        conv.Conv2D(4, 3)(jnp.ones((5, 28, 28)))


def test_another_number_of_channels_than_built_for_is_refused():
    layer = conv.Conv2D(4, 3)
    layer(jnp.ones((1, 8, 8, 3)))
    with pytest.raises(ValueError, match=r"8, 1\) and needs 3 on the last axis"):
        layer(jnp.ones((1, 8, 8, 1)))


def test_a_failed_build_leaves_the_layer_open_for_another_input():
    layer = conv.Conv2D(4, 5)
    with pytest.raises(ValueError, match="at least 5 x 5"):
        layer(jnp.ones((1, 3, 3, 1)))
    assert layer(jnp.ones((1, 8, 8, 2))).shape == (1, 4, 4, 4)
