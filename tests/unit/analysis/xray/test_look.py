"""One step looked into, against NumPy by hand, finite differences and the step of fit."""

import jax
import numpy as np
import pytest

import nbkeras
from nbkeras import Input, Model, Sequential, layers, optimizers, utils
from nbkeras.analysis.xray.look import xray

RNG = np.random.default_rng(0)
X = RNG.normal(size=(64, 6)).astype("float32")
Y = (X.sum(1) > 0).astype("int32")
CROSSENTROPY = "sparse_categorical_crossentropy"


def mlp(*stack, optimizer="adam", loss=CROSSENTROPY, shape=(6,)):
    utils.set_random_seed(1)
    model = Sequential([Input(shape), *stack])
    model.compile(optimizer, loss)
    return model


def rms(array):
    return float(np.sqrt(np.mean(np.square(array, dtype=np.float64))))


@pytest.fixture(scope="module")
def small():
    """(model, look, arrays by hand): relu and softmax, one step of SGD."""
    model = mlp(
        layers.Dense(8, "relu"),
        layers.Dense(2, "softmax"),
        optimizer=optimizers.SGD(0.1),
    )
    k1, b1, k2, b2 = (w.astype(np.float64) for w in model.get_weights())
    hidden = np.maximum(X @ k1 + b1, 0)
    logits = hidden @ k2 + b2
    shares = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    loss = -np.log(shares[np.arange(64), Y]).mean()
    d_logits = (shares - np.eye(2)[Y]) / 64
    d_k2, d_b2 = hidden.T @ d_logits, d_logits.sum(0)
    d_hidden = d_logits @ k2.T * (hidden > 0)
    d_k1, d_b1 = X.T @ d_hidden, d_hidden.sum(0)
    by_hand = {
        "loss": loss,
        "hidden": hidden,
        "shares": shares,
        "first": (np.r_[k1.ravel(), b1], np.r_[d_k1.ravel(), d_b1], k1, d_k1),
        "last": (np.r_[k2.ravel(), b2], np.r_[d_k2.ravel(), d_b2], k2, d_k2),
    }
    return model, xray(model, X, Y), by_hand


def test_the_loss_is_that_of_the_batch(small):
    model, look, by_hand = small
    assert look.loss == pytest.approx(by_hand["loss"], rel=1e-5)
    assert look.loss == pytest.approx(model.evaluate(X, Y, verbose=0), rel=1e-5)
    assert (look.rows, look.learning_rate) == (64, pytest.approx(0.1))


def test_activations_equal_those_by_hand(small):
    _, look, by_hand = small
    for layer, values in zip(look.layers, ("hidden", "shares"), strict=True):
        values = by_hand[values]
        assert layer.output.mean == pytest.approx(values.mean(), rel=1e-5)
        assert layer.output.rms == pytest.approx(rms(values), rel=1e-5)
        assert layer.output.high == pytest.approx(values.max(), rel=1e-5)
        assert layer.output.zeros == pytest.approx((values == 0).mean())
        assert layer.output.counts.sum() == values.size
        expected, _ = np.histogram(values.astype("f"), 24)
        np.testing.assert_allclose(layer.output.counts, expected, atol=2)
    assert look.layers[0].output.dead == (by_hand["hidden"] == 0).all(0).mean()


def test_shares_and_sizes_of_a_convolution_equal_those_by_hand():
    model = mlp(
        layers.Conv2D(6, 3, activation="relu"),
        layers.Conv2D(4, 3, activation="tanh"),
        layers.Flatten(),
        layers.Dense(2),
        loss="mse",
        shape=(8, 8, 2),
    )
    kernel, bias, *others = model.get_weights()
    bias[[1, 4]] = -50  # two channels that are zero everywhere
    others[0] *= 6  # and a tanh that is at its ends
    model.set_weights([kernel, bias, *others])
    x, y = RNG.normal(size=(16, 8, 8, 2)).astype("f"), RNG.normal(size=(16, 2))
    first, second = xray(model, x, y).layers[:2]
    maps = [
        Model(model.inputs, layer.output).predict(x, verbose=0)
        for layer in model.layers[:2]
    ]
    assert first.output.dead == pytest.approx((maps[0] == 0).all((0, 1, 2)).mean())
    assert first.output.dead >= 2 / 6
    assert first.output.zeros == pytest.approx((maps[0] == 0).mean(), abs=1e-6)
    assert first.output.saturated == 0
    saturated = (np.abs(maps[1]) > 0.98).mean()
    assert 0.05 < saturated < 0.95
    assert second.output.saturated == pytest.approx(saturated, abs=2e-3)
    assert second.output.low == pytest.approx(maps[1].min(), rel=1e-5)
    assert first.input_size == pytest.approx(np.abs(x).max())
    for look, weights in ((first, kernel), (second, others[0])):
        fan_in = np.prod(weights.shape[:3])
        by_he = rms(weights) / np.sqrt(2 / fan_in)
        assert look.weights.scale == pytest.approx(by_he, rel=1e-5)


def test_the_histogram_of_gradients_is_that_of_numpy(small):
    _, look, by_hand = small
    for layer, part in zip(look.layers, ("first", "last"), strict=True):
        _, grads, *_ = by_hand[part]
        assert layer.weights.low == pytest.approx(grads.min(), rel=1e-4)
        assert layer.weights.high == pytest.approx(grads.max(), rel=1e-4)
        expected, _ = np.histogram(grads, 24)
        np.testing.assert_allclose(layer.weights.counts, expected, atol=2)


def test_gradients_and_updates_equal_those_by_hand(small):
    _, look, by_hand = small
    for layer, part in zip(look.layers, ("first", "last"), strict=True):
        weights, grads, kernel, d_kernel = by_hand[part]
        assert layer.weights.weight == pytest.approx(rms(weights), rel=1e-5)
        assert layer.weights.gradient == pytest.approx(rms(grads), rel=1e-4)
        assert layer.weights.largest == pytest.approx(np.abs(grads).max(), rel=1e-4)
        assert layer.weights.update == pytest.approx(0.1 * rms(grads), rel=1e-4)
        ratio = 0.1 * np.linalg.norm(d_kernel) / np.linalg.norm(kernel)
        assert layer.weights.ratio == pytest.approx(ratio, rel=1e-4)


def test_gradients_equal_finite_differences():
    model = mlp(layers.Dense(3, "tanh"), layers.Dense(1), loss="mse")
    target = X.sum(1, keepdims=True)
    look = xray(model, X, target)
    weights, h = model.get_weights(), 1e-2
    found = []
    for at in np.ndindex(weights[0].shape):
        ends = []
        for sign in (1, -1):
            moved = [w.copy() for w in weights]
            moved[0][at] += sign * h
            model.set_weights(moved)
            ends.append(model.evaluate(X, target, verbose=0))
        found.append((ends[0] - ends[1]) / (2 * h))
    model.set_weights(weights)
    bias = []
    for at in range(3):
        ends = []
        for sign in (1, -1):
            moved = [w.copy() for w in weights]
            moved[1][at] += sign * h
            model.set_weights(moved)
            ends.append(model.evaluate(X, target, verbose=0))
        bias.append((ends[0] - ends[1]) / (2 * h))
    assert look.layers[0].weights.gradient == pytest.approx(
        rms([*found, *bias]), rel=5e-3
    )


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "rmsprop"])
def test_updates_are_what_the_next_step_of_training_does(optimizer):
    model = mlp(
        layers.Dense(8, "relu"), layers.Dense(2), optimizer=optimizer, loss="mse"
    )
    target = X[:, :2]
    model.train_on_batch(X, target)  # so that the optimizer has a state
    look = xray(model, X, target)
    before = model.get_weights()
    model.train_on_batch(X, target)
    changes = [b - a for a, b in zip(before, model.get_weights(), strict=True)]
    for number, layer in enumerate(look.layers):
        both = np.r_[changes[2 * number].ravel(), changes[2 * number + 1]]
        assert layer.weights.update == pytest.approx(rms(both), rel=2e-3)


def test_gradients_equal_those_of_keras():
    import keras

    model = mlp(layers.Conv2D(4, 3, activation="relu"), layers.Flatten(),
                layers.Dense(2), loss="mse", shape=(6, 6, 1))  # fmt: skip
    x, y = (
        RNG.normal(size=(8, 6, 6, 1)).astype("f"),
        RNG.normal(size=(8, 2)).astype("f"),
    )
    look = xray(model, x, y)
    twin = keras.Sequential(
        [
            keras.Input((6, 6, 1)),
            keras.layers.Conv2D(4, 3, activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dense(2),
        ]
    )
    twin.set_weights(model.get_weights())

    def loss(values):
        predicted, _ = twin.stateless_call(values, [], x)
        return keras.ops.mean(keras.ops.square(predicted - y))

    grads = jax.grad(loss)([v.value for v in twin.trainable_variables])
    for layer, pair in ((look.layers[0], grads[:2]), (look.layers[2], grads[2:])):
        flat = np.concatenate([np.ravel(g) for g in pair])
        assert layer.weights.gradient == pytest.approx(rms(flat), rel=1e-4)


def test_the_model_stays_bit_for_bit_as_it_was():
    def trained(looks):
        model = mlp(
            layers.Dense(8, "relu"),
            layers.BatchNormalization(),
            layers.Dropout(0.5),
            layers.Dense(2, "softmax"),
        )
        for _ in range(2):
            if looks:
                xray(model, X, Y)
            model.fit(X, Y, epochs=1, verbose=0)
        return model.get_weights()

    for mine, theirs in zip(trained(True), trained(False), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_regularizers_and_frozen_layers_are_in_the_step():
    model = mlp(
        layers.Dense(8, "relu", kernel_regularizer="l2"), layers.Dense(2, "softmax")
    )
    model.layers[1].trainable = False
    model.compile("adam", CROSSENTROPY)
    look = xray(model, X, Y)
    assert look.loss == pytest.approx(model.evaluate(X, Y, verbose=0), rel=1e-5)
    assert [layer.is_frozen for layer in look.layers] == [False, True]
    assert look.layers[1].weights is None


def test_nested_models_and_shared_layers_are_seen_once():
    inner = Sequential([Input((6,)), layers.Dense(6, "tanh", name="inner")])
    shared = layers.Dense(6, name="shared")
    x = Input((6,))
    outputs = layers.Dense(2, "softmax", name="out")(shared(shared(inner(x))))
    model = Model(x, outputs)
    model.compile("adam", CROSSENTROPY)
    look = xray(model, X, Y)
    assert [layer.name for layer in look.layers] == ["inner", "shared", "out"]
    assert all(layer.weights.gradient > 0 for layer in look.layers)


def test_recurrent_layers_have_the_weights_of_their_cells():
    model = mlp(
        layers.Bidirectional(layers.LSTM(3)), layers.Dense(2, "softmax"), shape=(5, 4)
    )
    look = xray(model, RNG.normal(size=(16, 5, 4)).astype("f"), Y[:16])
    kinds = [layer.kind for layer in look.layers]
    assert kinds == ["LSTM", "LSTM", "Dense"]
    assert all(layer.weights.gradient > 0 for layer in look.layers)


def test_integers_and_several_inputs_and_outputs():
    a, b = Input((3,), dtype="int32", name="a"), Input((6,), name="b")
    words = layers.Flatten()(layers.Embedding(10, 4, name="words")(a))
    joined = layers.Concatenate()([words, b])
    outputs = [layers.Dense(1, name="one")(joined), layers.Dense(2, name="two")(joined)]
    model = Model([a, b], outputs)
    model.compile("sgd", "mse")
    x = [RNG.integers(0, 10, (64, 3)), X]
    look = xray(model, x, [X[:, :1], X[:, :2]])
    named = {layer.name: layer for layer in look.layers}
    assert named["words"].input_size is None
    assert named["words"].weights.gradient > 0
    assert named["one"].weights.gradient > 0


def test_of_many_rows_the_first_are_taken():
    model = mlp(layers.Dense(2, "softmax"))
    many = xray(model, np.tile(X, (10, 1)), np.tile(Y, 10))
    assert many.rows == 256
    assert many.loss == pytest.approx(
        xray(model, np.tile(X, (4, 1)), np.tile(Y, 4)).loss
    )


def test_a_generator_gives_its_first_batch():
    model = mlp(layers.Dense(2, "softmax"))
    look = xray(model, iter([(X[:16], Y[:16]), (X, Y)]))
    assert look.rows == 16


def test_a_model_that_is_not_compiled_or_trains_by_itself_is_refused():
    with pytest.raises(RuntimeError, match=r"Write first: model.compile\("):
        xray(Sequential([Input((6,)), layers.Dense(1)]), X, Y)

    class Own(Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(1)

        def call(self, x):
            return self.dense(x)

        def train_step(self, data):
            return {"loss": 0.0}

    model = Own()
    model.compile("sgd", "mse")
    with pytest.raises(TypeError, match="trains with a step of its own"):
        xray(model, X, X[:, :1])


def test_convolutions_are_seen_the_same_by_the_fast_implementations_and_by_xla():
    # Large enough that training would split the batch: a look must not.
    x = RNG.random((4, 96, 96, 3), dtype="float32")
    model = Sequential([Input((96, 96, 3)), layers.Conv2D(16, 3, activation="relu")])
    model.add(layers.MaxPooling2D())
    model.add(layers.DepthwiseConv2D(3, activation="relu"))
    model.add(layers.Flatten())
    model.add(layers.Dense(3, "softmax"))
    model.compile("adam", "sparse_categorical_crossentropy")
    y = np.arange(4) % 3
    fast = xray(model, x, y)
    nbkeras.config.set_lowering("plain")
    try:
        plain = xray(model, x, y)
    finally:
        nbkeras.config.set_lowering("auto")
    assert len(fast.layers) == 5
    assert fast.loss == pytest.approx(plain.loss, rel=1e-5)
    for one, two in zip(fast.layers, plain.layers, strict=True):
        assert one.output.rms == pytest.approx(two.output.rms, rel=1e-5)
        assert one.output.zeros == pytest.approx(two.output.zeros, abs=1e-4)
        if one.weights is not None:
            assert one.weights.gradient == pytest.approx(two.weights.gradient, rel=1e-3)
