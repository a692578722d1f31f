"""`trainable` at any depth, and models that share layers."""

import keras
import numpy as np
import pytest
from graph_cases import OURS, THEIRS, share
from tolerances import assert_close_sums, relative_gap

from nbkeras.layers import BatchNormalization, Dense, Input
from nbkeras.models import Model, Sequential

DRAW = np.random.default_rng(0)
X = DRAW.normal(size=(16, 4)).astype("float32")


def _autoencoder(k):
    i, j, x = k.Input((4,)), k.Input((2,)), k.Input((4,))
    inner = k.Sequential(
        [k.Input((4,)), k.layers.Dense(3), k.layers.BatchNormalization()], name="deep"
    )
    encoder = k.Model(
        i, k.layers.Dense(2, kernel_regularizer="l2")(inner(i)), name="encoder"
    )
    decoder = k.Model(j, k.layers.Dense(4)(j), name="decoder")
    return k.Model(x, decoder(encoder(x)))


FREEZE = {
    "nothing": lambda m: None,
    "a model": lambda m: m.get_layer("encoder"),
    "a layer in a model in a model": lambda m: m.get_layer("encoder").get_layer("deep").layers[0],
    "a batch norm": lambda m: m.get_layer("encoder").get_layer("deep").layers[1],
}  # fmt: skip


@pytest.mark.parametrize("what", FREEZE)
def test_freezing_at_any_depth_trains_what_keras_trains(what):
    keras.backend.clear_session()
    ours, theirs = _autoencoder(OURS), _autoencoder(THEIRS)
    share(ours, theirs)
    for model in (ours, theirs):
        frozen = FREEZE[what](model)
        if frozen is not None:
            frozen.trainable = False
        # Not Adam: it would blow up the rounding of a bias before a BatchNormalization.
        model.compile("sgd", "mse")
    assert len(ours.trainable_weights) == len(theirs.trainable_weights)
    mine = ours.fit(X, X, batch_size=4, epochs=2, shuffle=False, verbose=0).history
    yours = theirs.fit(X, X, batch_size=4, epochs=2, shuffle=False, verbose=0).history
    np.testing.assert_allclose(mine["loss"], yours["loss"], rtol=1e-5)
    np.testing.assert_allclose(
        ours.evaluate(X, X, verbose=0), theirs.evaluate(X, X, verbose=0), rtol=1e-5
    )
    for a, b in zip(ours.weights, theirs.weights, strict=True):
        assert relative_gap(a.numpy(), b.numpy()) < 1e-5, a.path


def _gan():
    generator = Sequential([Input((2,)), Dense(4)])
    critic = Sequential(
        [Input((4,)), Dense(3, "relu"), BatchNormalization(), Dense(1, "sigmoid")]
    )
    critic.compile("adam", "binary_crossentropy")
    critic.trainable = False
    noise = Input((2,))
    whole = Model(noise, critic(generator(noise)))
    whole.compile("adam", "binary_crossentropy")
    return generator, critic, whole


def _values(model):
    return [w.copy() for w in model.get_weights()]


def test_both_halves_of_a_gan_learn_each_in_its_turn():
    generator, critic, whole = _gan()
    twin = Sequential(
        [Input((4,)), Dense(3, "relu"), BatchNormalization(), Dense(1, "sigmoid")]
    )
    twin.set_weights(critic.get_weights())
    twin.compile("adam", "binary_crossentropy")
    real, noise = X[:8], DRAW.normal(size=(8, 2)).astype("float32")
    for _ in range(3):
        one = critic.train_on_batch(real, np.ones((8, 1)))
        np.testing.assert_allclose(one, twin.train_on_batch(real, np.ones((8, 1))))
        before, drawn = _values(critic), _values(generator)
        whole.train_on_batch(noise, np.ones((8, 1)))
        for a, b in zip(_values(critic), before, strict=True):
            np.testing.assert_array_equal(a, b)
        assert not np.array_equal(_values(generator)[0], drawn[0])
    for a, b in zip(critic.get_weights(), twin.get_weights(), strict=True):
        assert_close_sums(a, b, rtol=1e-6)


def test_a_change_that_does_not_count_until_compile_is_said():
    _, critic, whole = _gan()
    critic.trainable = True
    other = Model(whole.inputs, whole.outputs)
    other.compile("sgd", "mse")
    noise, ones = X[:8, :2], np.ones((8, 1))
    with pytest.warns(UserWarning, match=r"stay frozen.*Call compile again"):
        whole.train_on_batch(noise, ones)
    before = _values(critic)
    whole.compile("sgd", "binary_crossentropy")
    whole.train_on_batch(noise, ones)
    assert not np.array_equal(_values(critic)[0], before[0])


def test_training_one_model_is_seen_by_the_other_that_shares_its_layer():
    x = Input((4,))
    dense = Dense(2)
    one, two = Model(x, dense(x)), Model(x, Dense(1)(dense(x)))
    one.compile("sgd", "mse")
    before = two.predict(X, verbose=0)
    one.fit(X, np.ones((16, 2)), verbose=0)
    assert np.abs(two.predict(X, verbose=0) - before).max() > 1e-3
    assert one.weights[0] is two.weights[0]
