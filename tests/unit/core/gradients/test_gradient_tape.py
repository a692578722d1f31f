"""GradientTape: what is recorded, and gradients like those of calculus and of JAX."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nbkeras
from nbkeras import GradientTape, layers, ops

X = np.random.default_rng(0).normal(size=(6, 4)).astype("float32")
Y = np.eye(2, dtype="float32")[[0, 1, 1, 0, 1, 0]]


def _net():
    return nbkeras.Sequential(
        [layers.Input((4,)), layers.Dense(3, "tanh"), layers.Dense(2, "softmax")]
    )


def test_a_polynomial_has_the_slope_of_calculus_twice_and_thrice():
    x = nbkeras.Variable(2.0)
    with GradientTape() as third, GradientTape() as second:
        with GradientTape() as first:
            y = x**4
        slope = first.gradient(y, x)
        bend = second.gradient(slope, x)
    assert float(slope) == 32.0
    assert float(bend) == 48.0
    assert float(third.gradient(bend, x)) == 48.0


def test_a_model_and_a_loss_have_the_gradients_of_jax():
    model, loss = _net(), nbkeras.losses.CategoricalCrossentropy()
    with GradientTape() as tape:
        value = loss(Y, model(X, training=True))
    found = tape.gradient(value, model.trainable_variables)
    wanted_value, wanted = nbkeras.gradients(
        lambda: loss(Y, model(X, training=True)), model.trainable_variables
    )
    np.testing.assert_allclose(value.numpy(), wanted_value, rtol=1e-6)
    for a, b in zip(found, wanted, strict=True):
        np.testing.assert_allclose(a.numpy(), b, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("plain", [np.asarray, jnp.asarray, np.ndarray.tolist])
def test_operators_with_plain_arrays_on_the_left_are_recorded(plain):
    x, left = nbkeras.Variable([1.0, 2.0]), plain(np.array([3.0, 4.0], "float32"))
    with GradientTape() as tape:
        y = ops.sum((left - 2 * x) * ops.square(x))
    np.testing.assert_allclose(
        tape.gradient(y, x).numpy(), [2 * 3 - 6, 2 * 2 * 4 - 6 * 4]
    )


def test_sources_may_be_a_dict_and_the_unconnected_ones_get_none():
    a, b = nbkeras.Variable(3.0), nbkeras.Variable(1.0)
    with GradientTape(persistent=True) as tape:
        y = a * a
    found = tape.gradient(y, {"a": a, "rest": [b]})
    assert float(found["a"]) == 6.0
    assert found["rest"] == [None]
    zeros = tape.gradient(y, [a, b], unconnected_gradients="zero")
    assert [float(each) for each in zeros] == [6.0, 0.0]


def test_a_tape_is_asked_once_unless_it_is_persistent():
    x = nbkeras.Variable(3.0)
    with GradientTape() as tape:
        y = x * x
    tape.gradient(y, x)
    with pytest.raises(RuntimeError, match=r"GradientTape\(persistent=True\)"):
        tape.gradient(y, x)


def test_an_array_is_followed_once_it_is_watched():
    x = jnp.asarray(X)
    model = _net()
    with GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(x)
        y = ops.sum(model(x) ** 2)
    wanted = jax.grad(lambda x: jnp.sum(model(x) ** 2))(x)
    np.testing.assert_allclose(tape.gradient(y, x).numpy(), wanted, rtol=1e-5)
    assert tape.watched_variables() == ()


def test_nothing_is_recorded_while_recording_is_stopped():
    x = nbkeras.Variable(3.0)
    with GradientTape() as tape:
        y = x * x
        with tape.stop_recording():
            z = y * x
    assert tape.gradient(z, x) is None


def test_a_variable_assigned_within_counts_with_the_value_it_had():
    x = nbkeras.Variable(2.0)
    with GradientTape() as tape:
        y = x * x
        x.assign_add(1.0)
        y = y + x * x
    assert float(y) == 13.0
    assert float(tape.gradient(y, x)) == 10.0


def test_the_penalty_on_a_critic_s_slope_is_differentiated_again():
    model = _net()
    weight = model.trainable_variables[0]
    x = jnp.asarray(X)
    with GradientTape() as outer:
        with GradientTape() as inner:
            inner.watch(x)
            score = model(x)[:, 0]
        slope = inner.gradient(score, x)
        norm = ops.sqrt(ops.sum(ops.square(slope), axis=1))
        penalty = ops.mean((norm - 1.0) ** 2)
    found = outer.gradient(penalty, weight)

    def by_hand(kernel):
        values = [kernel, *(w.value for w in model.trainable_variables[1:])]

        def total(x):
            return model.stateless_call(values, [], x)[0][:, 0].sum()

        norm = jnp.sqrt(jnp.sum(jax.grad(total)(x) ** 2, axis=1))
        return jnp.mean((norm - 1.0) ** 2)

    wanted = jax.grad(by_hand)(weight.value)
    np.testing.assert_allclose(found.numpy(), wanted, rtol=1e-4, atol=1e-6)


def test_a_function_of_jax_says_what_to_write_instead():
    model = _net()
    with GradientTape():
        y = model(X)
        with pytest.raises(RuntimeError, match=r"jnp\.mean\(y\).*nbkeras\.ops"):
            jnp.mean(y)
    assert jnp.mean(y.value).shape == ()


def test_a_gradient_lost_in_numpy_names_the_line():
    model = _net()
    with GradientTape() as tape:
        loss = ops.mean(np.exp(model(X)))
    with pytest.raises(TypeError, match=r"np\.exp\(model\(X\)\).*nbkeras\.ops"):
        tape.gradient(loss, model.trainable_variables)


def test_a_target_that_is_no_recorded_array_is_refused():
    x = nbkeras.Variable(2.0)
    with GradientTape() as tape:
        y = float(x * x)
    with pytest.raises(TypeError, match="the target is a float that this tape"):
        tape.gradient(y, x)


def test_a_choice_made_in_numpy_leaves_the_rest_recorded():
    model = _net()
    with GradientTape() as tape:
        probabilities = model(X[:1])
        action = np.random.default_rng(0).choice(2, p=np.squeeze(probabilities))
        loss = -ops.log(probabilities[0, action])
    grads = tape.gradient(loss, model.trainable_variables)
    assert all(np.abs(grad.numpy()).sum() > 0 for grad in grads[-2:])


def test_the_jacobian_has_a_row_for_each_value():
    x = nbkeras.Variable([1.0, 2.0])
    with GradientTape() as tape:
        y = ops.square(x)
    np.testing.assert_allclose(tape.jacobian(y, x).numpy(), [[2.0, 0], [0, 4.0]])


def _features_and_prediction():
    """A functional model that gives a layer's activations beside its prediction."""
    inputs = nbkeras.Input((6, 6, 1))
    features = layers.Conv2D(3, 3, activation="relu")(inputs)
    x = layers.GlobalAveragePooling2D()(layers.Dropout(0.0)(features))
    return nbkeras.Model(inputs, [features, layers.Dense(2, "softmax")(x)])


class _FeaturesAndPrediction(nbkeras.Model):
    def __init__(self):
        super().__init__()
        self.conv = layers.Conv2D(3, 3, activation="relu")
        self.pool = layers.GlobalAveragePooling2D()
        self.head = layers.Dense(2, "softmax")

    def call(self, x):
        features = self.conv(x)
        return features, self.head(self.pool(features))


@pytest.mark.parametrize("model_of", [_features_and_prediction, _FeaturesAndPrediction])
def test_a_prediction_has_a_gradient_by_the_activations_beside_it(model_of):
    model = model_of()
    images = np.random.default_rng(0).normal(size=(2, 6, 6, 1)).astype("float32")
    model(images)
    kernel, bias = (weight.value for weight in model.trainable_weights[2:])

    def score(features):
        return jax.nn.softmax(features.mean(axis=(1, 2)) @ kernel + bias)[:, 1].sum()

    with GradientTape() as tape:
        features, prediction = model(images)
        target = prediction[:, 1] + 0.5 * ops.sum(features**2, axis=(1, 2, 3))
    found = tape.gradient(target, features)
    wanted = jax.grad(score)(features.value) + features.value
    np.testing.assert_allclose(found.numpy(), wanted, rtol=1e-5, atol=1e-7)


def test_activations_have_a_gradient_beside_that_of_the_weights():
    model = _features_and_prediction()
    images = np.ones((2, 6, 6, 1), "float32")
    with GradientTape(persistent=True) as tape:
        features, prediction = model(images)
        target = ops.sum(prediction[:, 0])
    weights = model.trainable_variables
    together = tape.gradient(target, [features, *weights])
    alone = [tape.gradient(target, features), *tape.gradient(target, weights)]
    for a, b in zip(together, alone, strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-6)


def test_outputs_that_do_not_follow_from_each_other_have_no_gradient():
    inputs = nbkeras.Input((4,))
    model = nbkeras.Model(inputs, [layers.Dense(2)(inputs), layers.Dense(3)(inputs)])
    with GradientTape() as tape:
        one, other = model(X)
        target = ops.sum(other)
    assert tape.gradient(target, one) is None


def test_the_gradient_by_activations_is_differentiated_again():
    model = _features_and_prediction()
    images = nbkeras.Variable(np.ones((1, 6, 6, 1), "float32"))
    with GradientTape() as outer:
        with GradientTape() as inner:
            features, prediction = model(images)
            target = ops.sum(prediction[:, 0])
        slope = ops.sum(inner.gradient(target, features) ** 2)
    found = outer.gradient(slope, images).numpy()

    def slope_at(value):
        images.assign(value)
        with GradientTape() as tape:
            features, prediction = model(images)
            target = ops.sum(prediction[:, 0])
        return float(ops.sum(tape.gradient(target, features) ** 2))

    step = np.zeros((1, 6, 6, 1), "float32")
    step[0, 2, 3, 0] = 0.05
    rise = slope_at(1 + step) - slope_at(1 - step)
    np.testing.assert_allclose(found[0, 2, 3, 0], rise / 0.1, rtol=2e-2, atol=1e-6)
