"""tf.nn: crossentropies are one recorded operation each, exact at zero."""

import numpy as np
import pytest

from nbkeras import Input, Model, layers
from nbkeras.compat import tensorflow as tf
from nbkeras.core.gradients import recording

RNG = np.random.default_rng(0)
LOGITS = np.concatenate([3 * RNG.normal(size=(4, 3)), np.zeros((1, 3))])
LABELS = RNG.dirichlet(np.ones(3), size=5)
CLASSES = np.array([0, 2, 1, 1, 0])
SIGMOID = 1 / (1 + np.exp(-LOGITS))
SOFTMAX = np.exp(LOGITS) / np.exp(LOGITS).sum(1, keepdims=True)
CASES = {
    "softmax": (
        lambda x: tf.nn.softmax_cross_entropy_with_logits(LABELS, x),
        -(LABELS * np.log(SOFTMAX)).sum(1),
        SOFTMAX - LABELS,
    ),
    "sparse": (
        lambda x: tf.nn.sparse_softmax_cross_entropy_with_logits(CLASSES, x),
        -np.log(SOFTMAX[np.arange(5), CLASSES]),
        SOFTMAX - np.eye(3)[CLASSES],
    ),
    "sigmoid": (
        lambda x: tf.nn.sigmoid_cross_entropy_with_logits(labels=LABELS, logits=x),
        -LABELS * np.log(SIGMOID) - (1 - LABELS) * np.log(1 - SIGMOID),
        SIGMOID - LABELS,
    ),
    "weighted": (
        lambda x: tf.nn.weighted_cross_entropy_with_logits(LABELS, x, pos_weight=3),
        -3 * LABELS * np.log(SIGMOID) - (1 - LABELS) * np.log(1 - SIGMOID),
        3 * LABELS * (SIGMOID - 1) + (1 - LABELS) * SIGMOID,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_crossentropy_and_its_gradient(name):
    function, expected, slope = CASES[name]
    x = tf.Variable(LOGITS.astype("float32"))
    with tf.GradientTape() as tape:
        loss = function(x)
        total = tf.reduce_sum(loss)
    np.testing.assert_allclose(np.asarray(loss), expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(tape.gradient(total, x), slope, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", CASES)
def test_a_crossentropy_is_recorded_as_one_operation(name, monkeypatch):
    calls = []
    record = recording.record

    def counted(*args, **kwargs):
        calls.append(args)
        return record(*args, **kwargs)

    monkeypatch.setattr(recording, "record", counted)
    x = tf.Variable(LOGITS.astype("float32"))
    with tf.GradientTape():
        CASES[name][0](x)
    assert len(calls) == 1


def test_a_crossentropy_of_symbolic_tensors_is_part_of_a_model():
    x = Input((3,))
    y = layers.Lambda(lambda x: tf.nn.log_softmax(x))(x)
    loss = tf.nn.softmax_cross_entropy_with_logits(LABELS, y)
    model = Model(x, loss)
    np.testing.assert_allclose(model(LOGITS), CASES["softmax"][1], rtol=1e-5)


def test_patches_lie_in_the_channels_row_by_row():
    images = np.arange(2 * 4 * 6 * 3, dtype="float32").reshape(2, 4, 6, 3)
    patches = tf.image.extract_patches(
        images=images,
        sizes=[1, 2, 3, 1],
        strides=[1, 2, 3, 1],
        rates=[1, 1, 1, 1],
        padding="VALID",
    )
    assert patches.shape == (2, 2, 2, 18)
    for row, column in np.ndindex(2, 2):
        part = images[:, 2 * row : 2 * row + 2, 3 * column : 3 * column + 3]
        np.testing.assert_allclose(patches[:, row, column], part.reshape(2, -1))
