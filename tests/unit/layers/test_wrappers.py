"""Wrappers and small layers against real Keras."""

import jax.numpy as jnp
import keras
import keras_oracle as oracle
import layer_cases as cases
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tolerances import assert_close_sums

from nbkeras.core.serialization.configurable import as_dict
from nbkeras.core.serialization.registry import custom_object_scope
from nbkeras.layers import dense, wrappers
from nbkeras.layers.engine.functional_call import apply, values_of
from nbkeras.layers.engine.registry import registry
from nbkeras.layers.normalization import batch_norm


@pytest.mark.parametrize("case", cases.WRAPPERS, ids=cases.label)
@given(data=st.data())
def test_output_and_gradients_equal_keras(case, data):
    name, config, template, kind = case
    x = data.draw(oracle.inputs(template, kind))
    oracle.assert_equal(name, config, x)


@pytest.mark.parametrize("case", cases.WRAPPERS + cases.PENALTY, ids=cases.label)
def test_config_is_read_by_keras_and_back(case):
    oracle.assert_config_travels(*case[:2])


def test_time_distributed_padding_rows_do_not_count():
    layer = wrappers.TimeDistributed(batch_norm.BatchNormalization())
    x = oracle.random_input((3, 2, 4))
    layer.build_for(x)
    padded = jnp.concatenate([x, jnp.full((1, 2, 4), 1e3)])
    plain = apply(layer, values_of(layer), jnp.asarray(x), training=True)
    rows = jnp.array([1.0, 1, 1, 0])
    got = apply(layer, values_of(layer), padded, training=True, row_weights=rows)
    np.testing.assert_allclose(got.y[:3], plain.y, rtol=1e-5, atol=1e-5)


def test_masking_marks_steps_without_data():
    x = np.array([[[0, 0], [1, 0], [0, 0]]], "float32")
    mask = wrappers.Masking().compute_mask(x)
    np.testing.assert_array_equal(mask, [[False, True, False]])


def test_activity_penalty_equals_keras():
    name, config, *_ = cases.PENALTY[0]
    ours, theirs = oracle.pair(name, config)
    x = oracle.random_input((3, 5, 4))
    theirs(x)
    got = apply(ours.build_for(x), {}, jnp.asarray(x)).losses
    np.testing.assert_allclose(got, theirs.losses, rtol=1e-6)


def test_activity_penalty_does_not_count_padding_rows():
    layer = wrappers.ActivityRegularization(l2=0.5).build_for((None, 2))
    x = jnp.array([[1.0, 1.0], [1.0, 3.0], [9.0, 9.0]])
    got = apply(layer, {}, x, row_weights=jnp.array([1.0, 1.0, 0.0]))
    assert float(got.losses[0]) == pytest.approx(0.5 * 12 / 2)


def triple(x, factor=3.0, training=False):
    return x * factor if not training else x


def test_lambda_equals_keras():
    x = oracle.random_input((2, 3))
    function = lambda a: jnp.sin(a) + 1  # noqa: E731
    ours, theirs = wrappers.Lambda(function), keras.layers.Lambda(function)
    assert_close_sums(ours(x), theirs(x), rtol=1e-6)


def test_lambda_hands_over_arguments_and_training():
    layer = wrappers.Lambda(triple, arguments={"factor": 5.0})
    x = np.ones((1, 2), "float32")
    np.testing.assert_allclose(layer(x), [[5.0, 5.0]])
    np.testing.assert_allclose(layer(x, training=True), x)


def test_lambda_shape_comes_from_an_abstract_run():
    layer = wrappers.Lambda(lambda x: x[:, :2])
    assert layer.compute_output_shape((None, 5)) == (None, 2)


def test_saved_lambda_loads_when_its_function_is_handed_over():
    saved = as_dict(wrappers.Lambda(triple, arguments={"factor": 2.0}))
    with custom_object_scope({"triple": triple}):
        again = registry.get(saved)
    assert again.function is triple
    assert again.arguments == {"factor": 2.0}


def test_keras_opens_our_lambda_when_its_function_is_handed_over():
    saved = as_dict(wrappers.Lambda(triple))
    theirs = keras.layers.deserialize(saved, custom_objects={"triple": triple})
    np.testing.assert_allclose(theirs(np.ones((1, 1))), [[3.0]])


@pytest.mark.parametrize("function", [triple, lambda x: x])
def test_saved_lambda_alone_says_to_hand_its_function_over(function):
    saved = as_dict(wrappers.Lambda(function, name="odd"))
    with pytest.raises(
        ValueError, match=r"custom_objects=\{'(triple|odd)': function\}"
    ):
        registry.get(saved)


def test_code_in_a_keras_file_is_never_run():
    theirs = keras.layers.Lambda(lambda x: x + 1, name="odd")
    with pytest.raises(ValueError, match=r"custom_objects=\{'odd': function\}"):
        registry.get(keras.layers.serialize(theirs))


@pytest.mark.parametrize(
    ("make", "advice"),
    [
        (lambda: wrappers.Lambda("relu"), r"Lambda\(lambda x: x / 255\)"),
        (lambda: wrappers.TimeDistributed(3), r"TimeDistributed\(layer=Dense\(8\)\)"),
        (
            lambda: wrappers.TimeDistributed(dense.Dense(2))(np.ones((2, 3))),
            "needs at least 3 axes",
        ),
        (lambda: wrappers.Masking("a"), r"Masking\(mask_value=0.0\)"),
    ],
)
def test_a_wrong_setting_says_what_to_write(make, advice):
    with pytest.raises(ValueError, match=advice):
        make()
