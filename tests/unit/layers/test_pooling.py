"""Pooling layers against real Keras."""

import jax.numpy as jnp
import keras_oracle as oracle
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbkeras.layers import pooling
from nbkeras.layers.engine.registry import registry

some = settings(max_examples=5)
FORMATS = st.sampled_from(["channels_last", "channels_first"])


def drawn_input(draw, rank):
    shape = draw(st.lists(st.integers(3, 7), min_size=rank, max_size=rank))
    ends = draw(st.integers(1, 3)), draw(st.integers(3, 4))
    return oracle.random_input((ends[0], *shape, ends[1]))


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("kind", ["Max", "Average"])
@some
@given(data=st.data())
def test_pooling_and_its_gradient_equal_keras(kind, rank, data):
    each = st.lists(st.integers(1, 3), min_size=rank, max_size=rank)
    config = {
        "pool_size": data.draw(each),
        "strides": data.draw(st.none() | each),
        "padding": data.draw(st.sampled_from(["valid", "same"])),
        "data_format": data.draw(FORMATS),
    }
    x = drawn_input(data.draw, rank)
    oracle.assert_equal(f"{kind}Pooling{rank}D", config, x)


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("kind", ["Max", "Average"])
@given(data=st.data())
def test_global_pooling_and_its_gradient_equal_keras(kind, rank, data):
    config = {"data_format": data.draw(FORMATS), "keepdims": data.draw(st.booleans())}
    x = drawn_input(data.draw, rank)
    oracle.assert_equal(f"Global{kind}Pooling{rank}D", config, x)


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_a_masked_mean_equals_keras(data_format, keepdims):
    config = {"data_format": data_format, "keepdims": keepdims}
    x = oracle.random_input((3, 4, 4))
    mask = jnp.array([[1, 1, 0, 0], [1, 0, 1, 1], [1, 1, 1, 1]], bool)
    oracle.assert_equal("GlobalAveragePooling1D", config, x, mask=mask)


def test_equal_values_send_their_gradient_where_keras_does():
    x = np.zeros((2, 5, 6, 3), "float32")
    oracle.assert_equal("MaxPooling2D", {"pool_size": 2}, x)
    oracle.assert_equal("MaxPooling2D", {"pool_size": 3, "strides": 2}, x)


CONFIGS = [
    *[
        (f"{kind}Pooling{rank}D", {"pool_size": 3, "strides": 2, "padding": "same"})
        for kind in ("Max", "Average")
        for rank in (1, 2, 3)
    ],
    *[
        (f"Global{kind}Pooling{rank}D", {"keepdims": True})
        for kind in ("Max", "Average")
        for rank in (1, 2, 3)
    ],
    ("MaxPooling2D", {}),
]


@pytest.mark.parametrize(("name", "config"), CONFIGS)
def test_config_is_read_by_keras_and_back(name, config):
    oracle.assert_config_travels(name, config)


def test_the_short_names_of_keras_are_known():
    for rank in "123":
        for short, long in (("MaxPool", "MaxPooling"), ("AvgPool", "AveragePooling")):
            for start in ("", "Global"):
                found = registry.lookup(f"{start}{short}{rank}D")
                assert found.__name__ == f"{start}{long}{rank}D"
                assert getattr(pooling, f"{start}{short}{rank}D") is found


def test_average_pooling_has_the_default_window_of_keras_2():
    assert pooling.AveragePooling2D().pool_size == (2, 2)


@pytest.mark.parametrize(
    ("make", "advice"),
    [
        (lambda: pooling.MaxPooling2D(0), r"MaxPooling2D\(pool_size=\(2, 2\)\)"),
        (lambda: pooling.MaxPooling1D((2, 2)), r"MaxPooling1D\(pool_size=2\)"),
        (lambda: pooling.MaxPooling2D(2, padding="causal"), "Write padding='same'"),
        (lambda: pooling.MaxPooling2D(2, padding="vald"), "Did you mean 'valid'"),
        (
            lambda: pooling.MaxPooling2D(2)(jnp.ones((5, 28, 28))),
            r"for x\[..., None\]",
        ),
    ],
)
def test_a_wrong_setting_says_what_to_write(make, advice):
    with pytest.raises(ValueError, match=advice):
        make()


def test_a_window_larger_than_the_picture_names_both_sizes_and_the_way_out():
    with pytest.raises(ValueError, match="remove a pooling layer") as caught:
        pooling.MaxPooling2D(2, name="fifth")(jnp.ones((1, 1, 1, 8)))
    assert "at least 2 x 2 pixels" in str(caught.value)
    assert "'fifth' got (None, 1, 1, 8)" in str(caught.value)
