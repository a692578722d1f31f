"""`keras.initializations` of Keras 1: functions of a shape."""

import numpy as np
import pytest

from nbkeras import initializers, layers
from nbkeras.compat import initializations

pytestmark = pytest.mark.filterwarnings("ignore::nbkeras.core.notices.NbkerasNotice")


def test_the_scale_is_the_standard_deviation_or_the_bound():
    normal = initializations.normal((200, 50), scale=0.01, name="kernel")
    assert np.std(normal) == pytest.approx(0.01, rel=0.05)
    uniform = initializations.uniform((200, 50), scale=0.01)
    assert 0.0099 < np.abs(uniform).max() <= 0.01


def test_an_own_initializer_of_keras_1_fills_the_kernel():
    layer = layers.Dense(
        64, init=lambda shape, name: initializations.normal(shape, 0.01, name)
    )
    layer(np.ones((1, 100)))
    assert np.std(layer.get_weights()[0]) == pytest.approx(0.01, rel=0.05)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("zero", np.zeros((3, 3))),
        ("one", np.ones((3, 3))),
        ("identity", np.eye(3)),
    ],
)
def test_constant_initializations(name, expected):
    np.testing.assert_array_equal(getattr(initializations, name)((3, 3)), expected)


def test_orthogonal_has_the_gain_of_keras_1():
    q = initializations.orthogonal((4, 4))
    np.testing.assert_allclose(q @ q.T, 1.21 * np.eye(4), atol=1e-5)


def test_short_names_of_keras_2_are_classes():
    assert isinstance(initializers.normal(stddev=0.3), initializers.RandomNormal)
    assert isinstance(initializers.uniform(), initializers.RandomUniform)
    assert isinstance(initializers.zero(), initializers.Zeros)
    assert isinstance(initializations.get("he_normal"), initializers.HeNormal)
