"""Training by hand, random numbers in layers, and what old tutorials ask of K."""

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from tolerances import assert_close_sums, relative_gap

import nbkeras
from nbkeras import backend as K
from nbkeras.layers import (
    BatchNormalization,
    Dense,
    Dropout,
    Embedding,
    Input,
    Lambda,
    Layer,
)
from nbkeras.losses import MeanSquaredError, mse
from nbkeras.models import Model, Sequential
from nbkeras.optimizers import SGD, Adam

DRAW = np.random.default_rng(0)
X = DRAW.normal(size=(12, 4)).astype("float32")
Y = DRAW.normal(size=(12, 2)).astype("float32")


def _net():
    layers = [Input((4,)), Dense(3, "tanh"), BatchNormalization(), Dense(2)]
    model = Sequential(layers)
    draw = np.random.default_rng(1)
    model.set_weights([draw.uniform(0.1, 0.9, w.shape) for w in model.weights])
    return model


def test_a_loop_by_hand_ends_where_fit_ends():
    model, fitted = _net(), _net()
    fitted.compile(SGD(0.1, momentum=0.9), "mse")
    fitted.fit(X, Y, batch_size=4, epochs=2, shuffle=False, verbose=0)
    optimizer, loss_of = SGD(0.1, momentum=0.9), MeanSquaredError()
    weights = model.trainable_weights
    for _ in range(2):
        for low in (0, 4, 8):
            x, y = X[low : low + 4], Y[low : low + 4]
            loss, grads = nbkeras.gradients(
                lambda x=x, y=y: loss_of(y, model(x, training=True)), weights
            )
            optimizer.apply_gradients(zip(grads, weights, strict=True))
    assert np.isfinite(float(loss))
    for a, b in zip(model.weights, fitted.weights, strict=True):
        assert relative_gap(a.numpy(), b.numpy()) < 1e-5


def test_gradients_of_two_models_and_extra_results_come_together():
    one, two = Sequential([Input((4,)), Dense(2)]), Sequential([Input((2,)), Dense(1)])

    def loss():
        y = two(one(X))
        return jnp.mean(y**2), y

    weights = [*one.trainable_weights, *two.trainable_weights]
    (value, y), grads = nbkeras.gradients(loss, weights)
    assert y.shape == (12, 1)
    step = 1e-2 * grads[3]
    two.layers[0].bias.assign_sub(step)
    assert float(loss()[0]) < float(value)


def test_after_an_error_the_weights_are_as_before():
    model = _net()
    before = [w.copy() for w in model.get_weights()]

    def broken():
        model(X, training=True)
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        nbkeras.gradients(broken, model.trainable_weights)
    for a, b in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(a, b)


def test_gradients_say_what_they_need():
    model = _net()
    with pytest.raises(TypeError, match=r"model\.trainable_weights"):
        nbkeras.gradients(lambda: 0.0, model.get_weights())
    with pytest.raises(TypeError, match=r"shape \(12, 2\).*for example the mean"):
        nbkeras.gradients(lambda: model(X), model.trainable_weights)


def test_the_stateless_loop_of_keras_for_jax_gives_its_numbers():
    def run(package):
        k = package.layers
        model = package.Sequential(
            [
                package.Input((4,)),
                k.Dense(3, "tanh"),
                k.BatchNormalization(),
                k.Dense(2),
            ]
        )
        model.set_weights(_net().get_weights())
        optimizer = package.optimizers.Adam(0.01)
        optimizer.build(model.trainable_variables)

        def loss(trained, others, x, y):
            out, others = model.stateless_call(trained, others, x, training=True)
            return jnp.mean((out - y) ** 2), others

        slope = jax.value_and_grad(loss, has_aux=True)

        @jax.jit
        def step(trained, others, state, x, y):
            (value, others), grads = slope(trained, others, x, y)
            trained, state = optimizer.stateless_apply(state, grads, trained)
            return value, trained, others, state

        trained = [w.value for w in model.trainable_variables]
        others = [w.value for w in model.non_trainable_variables]
        state = [getattr(v, "value", v) for v in optimizer.variables]
        for _ in range(4):
            value, trained, others, state = step(trained, others, state, X, Y)
        return [value, *trained, *others]

    for a, b in zip(run(nbkeras), run(keras), strict=True):
        assert relative_gap(a, b) < 1e-4


def test_a_stateless_call_in_jit_asks_for_the_key_it_needs():
    model = Sequential([Input((4,)), Dropout(0.5)])
    call = jax.jit(
        lambda x, **key: model.stateless_call([], [], x, training=True, **key)
    )
    with pytest.raises(RuntimeError, match=r"need a key"):
        call(X)
    y, _ = call(X, key=jax.random.key(0))
    assert (np.asarray(y) == 0).any()
    with pytest.raises(ValueError, match=r"got 1 trainable values.*has 0"):
        model.stateless_call([1], [], X)


NOISE = {
    "Dropout": (0.5,),
    "AlphaDropout": (0.3,),
    "GaussianDropout": (0.2,),
    "GaussianNoise": (0.3,),
    "SpatialDropout1D": (0.5,),
}


@pytest.mark.parametrize(("name", "settings"), NOISE.items())
def test_a_stateless_call_in_jit_draws_the_numbers_of_keras_from_its_seed(
    name, settings
):
    def run(package):
        layer = getattr(package.layers, name)(*settings, seed=11)
        layer.build((None, 5, 4))

        @jax.jit
        def call(others, x):
            return layer.stateless_call([], others, x, training=True)

        x = np.arange(40.0, dtype="float32").reshape(2, 5, 4)
        others = [v.value for v in layer.non_trainable_variables]
        first, others = call(others, x)
        second, others = call(others, x)
        return [first, second, *others, layer(x, training=True)]

    ours, theirs = run(nbkeras), run(keras)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(a, b)
    assert not np.array_equal(ours[0], ours[1])
    np.testing.assert_array_equal(ours[2], [11, 2])


def test_variables_hold_the_states_of_seeds_where_keras_has_them():
    def names(package):
        k = package.layers
        model = package.Sequential(
            [
                package.Input((4, 3)),
                k.LSTM(2, return_sequences=True),
                k.Dropout(0.5),
                k.BatchNormalization(),
                k.Dropout(0.0),
                k.Bidirectional(k.GRU(2)),
                k.GaussianNoise(0.1),
            ]
        )
        return [
            [v.name for v in model.variables],
            [v.name for v in model.non_trainable_variables],
            [v.name for v in model.weights],
            len(model.get_weights()),
        ]

    assert names(nbkeras) == names(keras)


def test_the_values_of_weights_alone_still_do_for_a_stateless_call_with_a_key():
    model = Sequential([Input((4,)), Dropout(0.5), nbkeras.layers.BatchNormalization()])
    trained = [w.value for w in model.trainable_weights]
    weights = [w.value for w in model.non_trainable_weights]
    everything = [v.value for v in model.non_trainable_variables]
    assert len(everything) == len(weights) + 1
    key = jax.random.key(0)
    y, rest = model.stateless_call(trained, weights, X, training=True, key=key)
    again, all_rest = model.stateless_call(
        trained, everything, X, training=True, key=key
    )
    assert (len(rest), len(all_rest)) == (2, 3)
    np.testing.assert_array_equal(y, again)


def test_a_fit_with_dropout_does_not_depend_on_the_state_of_its_seed():
    def losses(draws):
        nbkeras.utils.set_random_seed(3)
        model = Sequential([Input((4,)), Dropout(0.5, seed=1)])
        for _ in range(draws):
            model.layers[0](X, training=True)
        model.compile(SGD(0.0), "mse")
        return model.fit(X, X, batch_size=12, epochs=2, verbose=0).history["loss"]

    assert losses(0) == losses(3)


class Noisy(Layer):
    """Adds noise, as the sampling layer of a variational autoencoder does."""

    def __init__(self, **base):
        super().__init__(**base)
        self.seeds = nbkeras.random.SeedGenerator(7)

    def call(self, x):
        """`x` with noise."""
        return x + nbkeras.random.normal(x.shape, seed=self.seeds)


def test_random_numbers_in_a_layer_are_new_each_step_and_repeat_with_the_seed():
    def run():
        nbkeras.utils.set_random_seed(3)
        x = Input((4,))
        model = Model(x, Noisy()(Dense(4, kernel_initializer="zeros")(x)))
        model.compile(SGD(0.0), "mse")
        losses = model.fit(X, X, batch_size=12, epochs=3, verbose=0).history["loss"]
        return losses, model.predict(X, verbose=0)

    (first, drawn), (second, again) = run(), run()
    assert len(set(first)) == 3
    assert first == second
    np.testing.assert_array_equal(drawn, again)
    noise = Noisy()(np.zeros((4000, 4), "float32"))
    assert abs(float(jnp.std(noise)) - 1) < 0.05


def test_an_integer_seed_gives_the_same_numbers_and_none_gives_others():
    r = nbkeras.random
    np.testing.assert_array_equal(r.uniform((3,), seed=1), r.uniform((3,), seed=1))
    assert (r.normal((3,)) != r.normal((3,))).any()
    whole = np.asarray(r.randint((500,), 2, 5))
    assert set(whole) == {2, 3, 4}
    assert r.categorical(jnp.log(jnp.array([[0.0001, 0.9999]])), 6).shape == (1, 6)
    assert sorted(np.asarray(r.shuffle(np.arange(5)))) == [0, 1, 2, 3, 4]
    kept = np.asarray(r.dropout(np.ones(2000, "float32"), 0.25))
    np.testing.assert_allclose(kept.mean(), 1, atol=0.1)
    assert abs(np.asarray(r.truncated_normal((500,)))).max() <= 2
    with pytest.raises(ValueError, match="SeedGenerator"):
        r.SeedGenerator(-1)


def test_the_autoencoder_of_the_old_tutorial_trains_with_a_symbolic_loss():
    def sampling(args):
        mean, log_var = args
        shape = (K.shape(mean)[0], K.int_shape(mean)[1])
        return mean + K.exp(0.5 * log_var) * K.random_normal(shape=shape)

    inputs = Input(shape=(4,))
    mean, log_var = Dense(2, name="mean")(inputs), Dense(2, name="log_var")(inputs)
    z = Lambda(sampling, output_shape=(2,))([mean, log_var])
    encoder = Model(inputs, [mean, log_var, z])
    latent = Input(shape=(2,))
    decoder = Model(latent, Dense(4)(latent))
    outputs = decoder(encoder(inputs)[2])
    vae = Model(inputs, outputs)
    distance = mse(inputs, outputs) * 4
    divergence = -0.5 * K.sum(1 + log_var - K.square(mean) - K.exp(log_var), axis=-1)
    vae.add_loss(K.mean(distance + divergence))
    vae.compile(Adam(0.05))
    history = vae.fit(X, epochs=20, verbose=0, validation_data=(X, None)).history
    assert history["loss"][-1] < history["loss"][0]
    assert vae.count_params() == 2 * 10 + 12
    # By hand, for the means alone: the encoder gives what the loss was made from.
    m, v, _ = encoder.predict(X, verbose=0)
    wanted = -0.5 * (1 + v - m**2 - np.exp(v)).sum(-1)
    found = Model(inputs, divergence).predict(X, verbose=0)
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


def test_a_file_says_that_it_does_not_keep_an_added_loss(tmp_path):
    x = Input((4,))
    model = Model(x, Dense(2)(x))
    model.add_loss(K.mean(mse(x, Dense(4)(model.output))))
    with pytest.warns(UserWarning, match="add_loss added to the model are not saved"):
        model.save(tmp_path / "m.keras")
    again = nbkeras.models.load_model(tmp_path / "m.keras")
    assert_close_sums(again(X), model(X), rtol=1e-6)


def test_a_function_call_in_the_graph_itself_cannot_be_saved(tmp_path):
    x = Input((4,))
    model = Model(x, mse(x, x * 2))
    with pytest.raises(ValueError, match=r"mean_squared_error\(\).*custom layer"):
        model.save(tmp_path / "m.keras")


def test_k_function_gives_the_outputs_of_inner_layers():
    model = Sequential([Input((4,)), Dense(3, "relu"), Dropout(0.9), Dense(2)])
    inner = K.function(
        [model.layers[0].input, K.learning_phase()],
        [model.layers[0].output, model.layers[1].output],
    )
    features, same = inner([X, 0])
    assert_close_sums(features, model.layers[0](X), rtol=1e-6)
    np.testing.assert_allclose(features, same)
    assert (inner([X, 1])[1] == 0).mean() > 0.6


def test_k_arithmetic_is_that_of_numpy():
    x = np.arange(6.0).reshape(2, 3).astype("float32")
    np.testing.assert_allclose(
        K.sqrt(K.mean(K.square(x - 1), axis=-1)), np.sqrt(((x - 1) ** 2).mean(-1))
    )
    assert K.argmax(x).tolist() == [2, 2]
    assert K.flatten(x).shape == (6,)
    assert K.batch_flatten(x[..., None]).shape == (2, 3)
    assert K.expand_dims(x).shape == (2, 3, 1)
    assert K.concatenate([x, x]).shape == (2, 6)
    assert K.repeat(x, 4).shape == (2, 4, 3)
    assert K.permute_dimensions(x, (1, 0)).shape == (3, 2)
    np.testing.assert_allclose(K.gather(x, np.array([1])), x[[1]])
    np.testing.assert_allclose(K.relu(x - 2, alpha=0.5)[0], [-1, -0.5, 0])
    np.testing.assert_allclose(K.clip(x, 1, 2).max(), 2)
    np.testing.assert_allclose(K.dot(x, x.T), x @ x.T)
    p = np.array([[0.2, 0.9]], "float32")
    wanted = -np.log([[0.8, 0.9]])
    np.testing.assert_allclose(
        K.binary_crossentropy(np.array([[0.0, 1.0]]), p), wanted, rtol=1e-5
    )
    with pytest.raises(AttributeError, match="Did you mean 'square'"):
        K.squar  # noqa: B018


def test_layers_answer_to_attributes_of_old_tutorials():
    model = Sequential([Input((4,)), Dense(3), Dense(2)])
    assert model.layers[0].input_shape == (None, 4)
    assert model.layers[0].output_shape == (None, 3)
    assert model.layers[1].get_input_at(0) is model.layers[0].get_output_at(0)
    lone = Dense(3)
    with pytest.raises(AttributeError, match="has no output_shape yet"):
        lone.output_shape  # noqa: B018
    with pytest.raises(AttributeError, match="never called on a symbolic tensor"):
        lone.output  # noqa: B018
    with pytest.raises(AttributeError, match="has no attribute 'weigths'"):
        lone.weigths  # noqa: B018
    lone(X)
    assert lone.output_shape == (None, 3)
    table = Embedding(5, 2)
    assert table(Input((3,))).shape == (None, 3, 2)


def test_a_name_that_a_layer_needs_itself_is_refused():
    class Net(Model):
        def __init__(self):
            super().__init__()
            self.output = Dense(1)

    with pytest.raises(AttributeError, match=r"Choose another name: self\.my_output"):
        Net()
