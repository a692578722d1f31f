"""Embedding against real Keras."""

import jax
import keras_oracle as oracle
import layer_cases as cases
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbkeras.layers.embedding import Embedding
from nbkeras.layers.engine.functional_call import apply, values_of


@pytest.mark.parametrize("case", cases.EMBEDDING, ids=cases.label)
@given(data=st.data())
def test_output_and_gradients_equal_keras(case, data):
    name, config, template, kind = case
    x = data.draw(oracle.inputs(template, kind))
    oracle.assert_equal(name, config, x)


@pytest.mark.parametrize("case", cases.EMBEDDING, ids=cases.label)
def test_config_is_read_by_keras_and_back(case):
    oracle.assert_config_travels(*case[:2])


def test_mask_is_true_where_the_id_is_not_zero():
    mask = Embedding(5, 2, mask_zero=True).compute_mask(np.array([[0, 3, 0]]))
    np.testing.assert_array_equal(mask, [[False, True, False]])


def test_given_weights_are_the_table():
    table = np.arange(6.0).reshape(3, 2)
    layer = Embedding(3, 2, weights=table)
    np.testing.assert_array_equal(layer(np.array([[2]])), [[[4.0, 5.0]]])


@pytest.mark.parametrize("bad", [-1, 5])
def test_an_id_without_a_row_becomes_nan_in_a_compiled_step(bad):
    layer = Embedding(5, 2).build_for(np.array([[1]]))
    run = jax.jit(lambda values, ids: apply(layer, values, ids).y)
    y = np.asarray(run(values_of(layer), np.array([[1, bad]])))
    assert np.isfinite(y[0, 0]).all()
    assert np.isnan(y[0, 1]).all()


def test_an_id_beyond_the_table_says_how_large_it_must_be():
    with pytest.raises(ValueError, match=r"Write Embedding\(input_dim=8, ...\)"):
        Embedding(5, 2)(np.array([[1, 7]]))


def test_a_negative_id_is_refused():
    with pytest.raises(ValueError, match="cannot be negative"):
        Embedding(5, 2)(np.array([[-1]]))


def test_sizes_must_be_positive_integers():
    with pytest.raises(
        ValueError, match=r"Write for example Embedding\(input_dim=1000\)"
    ):
        Embedding(0, 2)


def test_dropout_of_keras_1_drops_whole_ids_in_training():
    layer = Embedding(50, 4, embeddings_initializer="ones", dropout=0.4)
    ids = np.arange(50)[None].repeat(3, 0)
    assert float(layer(ids).min()) == 1.0
    y = np.asarray(layer(ids, training=True))
    np.testing.assert_array_equal(y, y[:1, :, :1].repeat(3, 0).repeat(4, 2))
    assert set(np.unique(y)) == {0.0, np.float32(1 / 0.6)}
    assert 0.4 < (y > 0).mean() < 0.8
    assert Embedding.from_config(layer.get_config()).dropout == 0.4
    assert "dropout" not in Embedding(3, 2).get_config()
