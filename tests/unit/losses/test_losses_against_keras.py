"""Every loss beside real Keras: values, gradients, weights, masks, reductions."""

import jax
import keras
import numpy as np
import pytest
from loss_cases import BITS, CASES, NUMBERS, POSITIVE, UNIT, WEIGHTS

from nbkeras import losses

# So slow to compile that one reduction has to do.
HEAVY = {"CTC"}
# Functions that Keras has not, or cannot find by their name.
NO_NAME = {"pinball", "categorical_generalized_cross_entropy"}
ACROSS_ROWS = {"Dice", "Tversky", "Circle"}
NAMES = [f"{name}-{number}" for number, (name, *_) in enumerate(CASES)]
every = pytest.mark.parametrize(("name", "settings", "y", "p"), CASES, ids=NAMES)
single = pytest.mark.parametrize(
    ("name", "settings", "y", "p"),
    [case for case in CASES if case[0] not in ACROSS_ROWS],
    ids=[n for n in NAMES if n.split("-")[0] not in ACROSS_ROWS],
)


def pair(name, settings, **more):
    ours = getattr(losses, name)(**settings, **more)
    theirs = getattr(keras.losses, name)(**settings, **more)
    return ours, theirs


def close(ours, theirs, rtol=2e-5, atol=1e-6):
    np.testing.assert_allclose(np.asarray(ours), np.asarray(theirs), rtol, atol)


@every
def test_value_and_gradient_are_those_of_keras(name, settings, y, p):
    ours, theirs = pair(name, settings)
    value, slope = jax.jit(jax.value_and_grad(lambda q: ours(y, q)))(p)
    expected, their_slope = jax.jit(jax.value_and_grad(lambda q: theirs(y, q)))(p)
    close(value, expected)
    close(slope, their_slope)


@every
def test_weights_and_reductions_count_as_in_keras(name, settings, y, p):
    shape = getattr(losses, name)(**settings).call(y, p).shape
    weights = WEIGHTS[: shape[0]] if shape else None
    for reduction in ("sum", "mean", "mean_with_sample_weight", None):
        ours, theirs = pair(name, settings, reduction=reduction)
        if name in HEAVY and reduction != "mean":
            continue
        close(ours(y, p, weights), theirs(y, p, weights))


@single
def test_padding_rows_count_as_little_as_rows_cut_off(name, settings, y, p):
    if settings.get("axis") == 0:
        pytest.skip("an axis across the rows")
    loss = getattr(losses, name)(**settings)
    valid = np.ones(len(p), "float32")
    valid[-2:] = 0
    dirty = np.array(p)
    dirty[-2:] = np.nan
    if name.endswith("Hinge"):
        y = np.where(y == 0, -1.0, y)
    close(loss(y, dirty, valid=valid), loss(y[:-2], p[:-2]))


@every
def test_a_config_travels_to_keras_and_back(name, settings, y, p):
    ours, theirs = pair(name, settings)
    if name != "CategoricalGeneralizedCrossEntropy":  # Keras cannot read its own
        read = keras.losses.deserialize(losses.serialize(ours))
        assert read.get_config() == theirs.get_config()
    back = losses.deserialize(keras.losses.serialize(theirs)).get_config()
    # Keras's own configs of Huber and CosineSimilarity forget their settings.
    kept = {k: v for k, v in settings.items() if k in theirs.get_config()}
    assert back == getattr(losses, name)(**kept).get_config()


@pytest.mark.parametrize(
    "name",
    [n for n in losses.registry.names() if n[0].islower() and n not in NO_NAME],
)
def test_a_name_means_what_it_means_in_keras(name):
    cases = {case[0].lower(): case for case in CASES}
    _, _, y, p = cases[name.replace("_", "")]
    theirs = keras.losses.get(name)
    close(losses.get(name)(y, p), theirs(y, p))


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("mse", "mean_squared_error"),
        ("MAE", "mean_absolute_error"),
        ("bce", "binary_crossentropy"),
        ("kld", "kl_divergence"),
        ("mape", "mean_absolute_percentage_error"),
        ("msle", "mean_squared_logarithmic_error"),
        ("cosine_proximity", "cosine_similarity"),
    ],
)
def test_an_old_short_name_finds_the_loss(alias, name):
    assert losses.get(alias) is losses.get(name)


def test_pinball_costs_nine_times_more_below_the_ninetieth_percentile():
    loss = losses.Pinball(quantile=0.9)
    under, over = loss([[1.0]], [[0.0]]), loss([[0.0]], [[1.0]])
    np.testing.assert_allclose(under / over, 9.0, rtol=1e-5)


@pytest.mark.parametrize("name", ["MeanSquaredError", "BinaryCrossentropy", "LogCosh"])
@pytest.mark.parametrize(("rank", "other"), [((6,), (6, 1)), ((6, 1), (6,))])
def test_flat_targets_beside_a_column_keep_one_value_an_example(name, rank, other):
    y, p = BITS[:, 0].reshape(rank), POSITIVE[:, 0].reshape(other)
    ours, theirs = pair(name, {}, reduction=None)
    assert ours(y, p).shape == (6,)
    close(ours(y, p), theirs(y, p))
    ours, theirs = pair(name, {})
    close(ours(y, p, WEIGHTS), theirs(y, p, WEIGHTS))


def test_generalized_crossentropy_has_a_finite_gradient_at_probability_zero():
    loss = losses.CategoricalGeneralizedCrossEntropy()
    p = np.array([[0.0, 1.0]], "float32")
    np.testing.assert_allclose(loss([0], p), 2.0)
    assert np.isfinite(jax.grad(lambda q: loss([0], q))(p)).all()


def test_circle_compares_with_references_as_keras_does():
    labels, others = NUMBERS % 3, UNIT[::-1].copy()
    arguments = (labels, UNIT, labels[::-1].copy(), others, False)
    close(losses.circle(*arguments), keras.losses.circle(*arguments))


def test_a_loss_along_the_rows_says_that_padding_would_change_it():
    assert losses.CosineSimilarity().rows_independent
    assert not losses.CosineSimilarity(axis=0).rows_independent
    assert not losses.Dice().rows_independent
