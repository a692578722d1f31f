"""Recurrent layers against real Keras, and what Keras leaves to its documentation."""

import json

import h5py
import jax
import jax.numpy as jnp
import keras
import keras_oracle as oracle
import layer_cases as cases
import numpy as np
import pytest

import nbkeras
from nbkeras import layers, models
from nbkeras.core.serialization.configurable import as_dict
from nbkeras.layers.engine.functional_call import apply, values_of
from nbkeras.layers.engine.registry import registry
from nbkeras.layers.recurrent import lstm

X = oracle.random_input((3, 5, 4), "small")
MASK = np.array([[0, 1, 1, 0, 0], [1, 1, 1, 1, 1], [1, 0, 1, 0, 1]], bool)
SIZES = {"b": 2, None: 5}
SIMPLE = ["SimpleRNN", "LSTM", "GRU"]


def shape_of(template):
    return tuple(SIZES.get(n, n) for n in template)


def twin(make):
    """A layer of ours and one of Keras's with equal weights, both built for X."""
    ours, theirs = make(layers), make(keras.layers)
    ours(X), theirs(X)
    ours.set_weights(theirs.get_weights())
    return ours, theirs


def leaves(tree):
    return [np.asarray(leaf) for leaf in jax.tree.leaves(tree)]


def assert_close(ours, theirs):
    for one, other in zip(leaves(ours), leaves(theirs), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("case", cases.RECURRENT + cases.FILMS, ids=cases.label)
def test_output_and_gradients_equal_keras(case):
    name, config, template, kind = case
    x = oracle.random_input(shape_of(template), kind)
    # Many steps round more often: up to 2.5e-5 was seen where gates saturate.
    oracle.assert_equal(name, config, x, training=True, within=5e-5)


@pytest.mark.parametrize("case", cases.RECURRENT + cases.FILMS, ids=cases.label)
def test_config_is_read_by_keras_and_back(case):
    oracle.assert_config_travels(*case[:2])


@pytest.mark.parametrize("case", cases.RECURRENT + cases.FILMS, ids=cases.label)
def test_config_has_the_entries_of_keras(case):
    ours, theirs = oracle.pair(*case[:2])
    mine, other = ours.get_config(), theirs.get_config()
    for optional in ("activity_regularizer", "dtype", "name"):
        mine.pop(optional, None), other.pop(optional, None)
    assert sorted(mine) == sorted(other)
    plain = [k for k, v in other.items() if isinstance(v, str | int | float)]
    assert {k: mine[k] for k in plain} == {k: other[k] for k in plain}


@pytest.mark.parametrize("sequences", [False, True])
@pytest.mark.parametrize(
    ("name", "config"),
    [
        *((name, {"units": 3}) for name in SIMPLE),
        ("LSTM", {"units": 3, "go_backwards": True}),
        ("GRU", {"units": 3, "zero_output_for_mask": True}),
        (
            "RNN",
            {"cell": lambda layer: [layer("LSTMCell")(3), layer("GRUCell")(2)]},
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_masked_steps_are_left_out_as_in_keras(name, config, sequences):
    config = {**config, "return_sequences": sequences}
    oracle.assert_equal(name, config, X, mask=MASK)


@pytest.mark.parametrize("mode", ["concat", "sum", "ave"])
def test_both_directions_leave_masked_steps_out_as_in_keras(mode):
    inner = lambda layer: layer("LSTM")(2, return_sequences=True)  # noqa: E731
    config = {"layer": inner, "merge_mode": mode}
    oracle.assert_equal("Bidirectional", config, X, mask=MASK)


def test_a_film_with_masked_pictures_equals_one_without_them():
    layer = layers.ConvLSTM1D(2, 3, padding="same")
    film = oracle.random_input((1, 4, 6, 2), "small")
    short = layer(film[:, [0, 2]])
    masked = layer(film, mask=np.array([[True, False, True, False]]))
    np.testing.assert_allclose(masked, short, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("name", SIMPLE)
def test_states_come_back_and_go_in_as_in_keras(name):
    settings = {"return_state": True, "return_sequences": True}
    ours, theirs = twin(lambda m: getattr(m, name)(3, **settings))
    _, *states = ours(X)
    given = [np.asarray(s) + 0.5 for s in states]
    assert_close(ours(X, initial_state=given), theirs(X, initial_state=given))


def test_a_list_of_input_and_states_is_initial_state():
    layer = layers.LSTM(3)
    h, c = np.full((3, 3), 0.2, "float32"), np.full((3, 3), -0.3, "float32")
    listed = layer([X, h, c])
    np.testing.assert_array_equal(listed, layer(X, initial_state=[h, c]))


def test_states_of_both_directions_equal_keras():
    ours, theirs = twin(
        lambda m: m.Bidirectional(m.LSTM(2, return_state=True), merge_mode=None)
    )
    _, _, *states = ours(X)
    assert len(states) == 4
    given = [np.asarray(s) + 0.1 for s in states]
    assert_close(ours(X, initial_state=given), theirs(X, initial_state=given))


@pytest.mark.parametrize("name", ["SimpleRNNCell", "LSTMCell", "GRUCell"])
def test_one_step_of_a_cell_equals_keras(name):
    ours, theirs = getattr(layers, name)(3), getattr(keras.layers, name)(3)
    states = [np.full((3, 3), 0.3, "float32")] * len(ours.get_initial_state(3))
    ours(X[:, 0], states), theirs(X[:, 0], states)
    ours.set_weights(theirs.get_weights())
    assert_close(ours(X[:, 0], states), theirs(X[:, 0], states))
    assert sorted(ours.get_config()) == sorted(theirs.get_config())


def minimal_cell(base, matmul):
    """The cell that Keras's guide writes by hand."""

    class MinimalRNNCell(base):
        def __init__(self, units, **kwargs):
            super().__init__(**kwargs)
            self.units = self.state_size = units

        def build(self, input_shape):
            shape = (input_shape[-1], self.units)
            self.kernel = self.add_weight(shape=shape, name="kernel")
            shape = (self.units, self.units)
            self.recurrent = self.add_weight(shape=shape, name="recurrent")

        def call(self, inputs, states):
            y = matmul(inputs, self.kernel) + matmul(states[0], self.recurrent)
            return y, [y]

    return MinimalRNNCell


def test_a_cell_of_ones_own_equals_keras_with_a_mask():
    ours = minimal_cell(layers.Layer, jnp.matmul)
    theirs = minimal_cell(keras.layers.Layer, keras.ops.matmul)
    one, other = layers.RNN(ours(3)), keras.layers.RNN(theirs(3))
    one(X), other(X)
    one.set_weights(other.get_weights())
    assert_close(one(X, mask=MASK), other(X, mask=MASK))
    assert not one.treats_rows_alone()


def test_a_cell_of_ones_own_in_a_stack_equals_keras():
    ours = minimal_cell(layers.Layer, jnp.matmul)
    theirs = minimal_cell(keras.layers.Layer, keras.ops.matmul)
    one = layers.RNN([ours(3), layers.LSTMCell(2)])
    other = keras.layers.RNN([theirs(3), keras.layers.LSTMCell(2)])
    one(X), other(X)
    one.set_weights(other.get_weights())
    assert_close(one(X), other(X))


def test_a_masked_step_of_a_mixed_stack_gives_the_output_of_the_step_before():
    ours = minimal_cell(layers.Layer, jnp.matmul)
    layer = layers.RNN([ours(3), layers.LSTMCell(2)], return_sequences=True)
    mask = np.array([[True, True, False, True, False]] * 3)
    y = np.asarray(layer(X, mask=mask))
    np.testing.assert_array_equal(y[:, 2], y[:, 1])
    np.testing.assert_array_equal(y[:, 4], y[:, 3])
    assert np.any(y[:, 3] != y[:, 1])


class CellWithContext(layers.Layer):
    """As the guide of Keras 2 writes a cell with constants."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = self.state_size = units

    def build(self, input_shape):
        [steps, context] = input_shape
        for name, size in (("w", steps[-1]), ("r", self.units), ("c", context[-1])):
            setattr(self, name, self.add_weight(shape=(size, self.units), name=name))

    def call(self, inputs, states, constants):
        [state], [context] = states, constants
        y = inputs @ self.w + state @ self.r + context @ self.c
        return y, [y]


@pytest.mark.parametrize("listed", [False, True])
def test_constants_reach_each_step_of_a_cell_of_ones_own(listed):
    x, c, h = layers.Input((None, 4)), layers.Input((2,)), layers.Input((3,))
    layer = layers.RNN(CellWithContext(3), return_sequences=True)
    y = layer(x, initial_state=[h], constants=[c] if listed else c)
    model = nbkeras.Model([x, c, h], y)
    context = oracle.random_input((3, 2), "small")
    start = oracle.random_input((3, 3), "small")
    w, r, k = model.get_weights()
    found = model.predict([X, context, start], verbose=0)
    for t in range(5):
        start = X[:, t] @ w + start @ r + context @ k
        np.testing.assert_allclose(found[:, t], start, rtol=1e-5, atol=1e-6)


def test_constants_for_a_cell_that_takes_none_say_how_to_write_one():
    with pytest.raises(ValueError, match=r"call\(self, inputs, states, constants\)"):
        layers.RNN(layers.LSTMCell(3))(X, constants=X[:, 0])


def test_layers_inside_a_cell_are_built_and_draw_anew_at_each_step():
    class Noisy(layers.Layer):
        state_size = 2

        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.dense = layers.Dense(2, kernel_initializer="ones")
            self.noise = layers.GaussianNoise(1.0)

        def call(self, inputs, states):
            return self.noise(self.dense(inputs)), states

    layer = layers.RNN(Noisy(), return_sequences=True)
    y = np.asarray(layer(np.zeros((1, 4, 3), "float32"), training=True))
    assert len(np.unique(y)) == 8


def test_what_a_cell_adds_to_the_loss_is_added_at_each_step():
    class Costly(layers.Layer):
        state_size = 1

        def call(self, inputs, states):
            self.add_loss(jnp.sum(inputs))
            return states[0], states

    layer = layers.RNN(Costly()).build_for((None, 4, 3))
    losses = apply(layer, values_of(layer), jnp.ones((2, 4, 3))).losses
    assert float(sum(losses)) == 2 * 4 * 3


def test_an_object_with_call_and_state_size_is_a_cell():
    class Sum:
        state_size = 4

        def call(self, inputs, states):
            total = states[0] + inputs
            return total, [total]

    np.testing.assert_allclose(layers.RNN(Sum())(X), X.sum(axis=1), rtol=1e-5)


@pytest.mark.parametrize("name", SIMPLE)
def test_dropout_acts_only_in_training(name):
    layer = getattr(layers, name)(4, dropout=0.5, recurrent_dropout=0.5)
    assert_close(layer(X), layer(X))
    assert np.any(np.asarray(layer(X, training=True)) != np.asarray(layer(X)))


def test_dropout_is_the_same_at_each_step():
    # Without a state and with the identity as kernel, the output is the input.
    layer = layers.SimpleRNN(
        50,
        "linear",
        use_bias=False,
        kernel_initializer="identity",
        recurrent_initializer="zeros",
        dropout=0.5,
        return_sequences=True,
    )
    y = np.asarray(layer(np.ones((2, 6, 50), "float32"), training=True))
    assert set(np.unique(y)) == {0.0, 2.0}
    np.testing.assert_array_equal(y, np.repeat(y[:, :1], 6, axis=1))


def test_recurrent_dropout_draws_for_each_gate_and_keeps_the_mean():
    cell = layers.LSTMCell(20, recurrent_dropout=0.25, dropout=0.5)
    cell.build((None, 10))
    state = jnp.ones((200, 20))

    class Probe(layers.Layer):
        def __init__(self):
            super().__init__()
            self.cell = cell

        def call(self, x):
            dropped = self.cell.draw_dropout(x, state, True)
            return jnp.stack(dropped.states)

    found = apply(
        Probe(), values_of(Probe()), jnp.ones((200, 10)), key=jax.random.key(1)
    )
    factors = np.asarray(found.y)
    assert factors.shape == (4, 200, 20)
    assert set(np.unique(factors)) == {0.0, np.float32(1 / 0.75)}
    assert abs(factors.mean() - 1) < 0.02
    assert np.any(factors[0] != factors[1])


def test_a_stateful_layer_goes_on_where_the_last_batch_ended():
    whole = layers.LSTM(3)
    kept = layers.LSTM(3, stateful=True)
    wanted = whole(X)
    kept(X[:, :2])
    kept.set_weights(whole.get_weights())
    kept.reset_state()
    kept(X[:, :2])
    np.testing.assert_allclose(kept(X[:, 2:]), wanted, rtol=1e-5, atol=1e-6)


def stateful_model():
    model = models.Sequential(
        [layers.Input(batch_shape=(3, None, 4)), layers.GRU(3, stateful=True)]
    )
    model.compile("sgd", "mse")
    return model


def test_predict_and_evaluate_carry_the_states_on():
    model = stateful_model()
    wanted = models.Sequential([layers.Input((5, 4)), layers.GRU(3)])
    wanted.set_weights(model.get_weights())
    model.predict(X[:, :2], batch_size=3, verbose=0)
    y = model.predict(X[:, 2:], batch_size=3, verbose=0)
    np.testing.assert_allclose(y, wanted.predict(X, verbose=0), rtol=1e-5, atol=1e-6)
    model.reset_state()
    model.evaluate(X[:, :2], np.zeros((3, 3)), batch_size=3, verbose=0)
    y = model.predict(X[:, 2:], batch_size=3, verbose=0)
    np.testing.assert_allclose(y, wanted.predict(X, verbose=0), rtol=1e-5, atol=1e-6)


def test_fit_carries_the_states_from_batch_to_batch():
    model = stateful_model()
    model.compile(nbkeras.optimizers.SGD(0.0), "mse")
    two = np.concatenate([X[:, :2], X[:, 2:4]])
    run = {"batch_size": 3, "shuffle": False, "verbose": 0}
    model.fit(two, np.zeros((6, 3)), **run)
    plain = layers.GRU(3)
    plain(X)
    plain.set_weights(model.get_weights())
    assert_close(model.layers[0].states, plain(X[:, :4]))


def test_carried_states_are_no_weights_and_in_no_file(tmp_path):
    model = stateful_model()
    assert [w.name for w in model.weights] == ["kernel", "recurrent_kernel", "bias"]
    assert model.count_params() == 3 * 3 * (4 + 3 + 2)
    model.save(tmp_path / "m.keras", include_optimizer=False)
    theirs = keras.saving.load_model(tmp_path / "m.keras")
    assert_close(model.predict(X, verbose=0), theirs.predict(X, verbose=0))


def test_a_batch_of_another_size_says_which_size_the_states_have():
    model = stateful_model()
    with pytest.raises(ValueError, match=r"multiple of 3, with batch_size=3"):
        model.predict(np.zeros((4, 2, 4)), verbose=0)


def test_padding_of_a_short_batch_changes_nothing():
    layer = layers.LSTM(3)
    assert layer.treats_rows_alone()
    assert not layers.LSTM(3, stateful=True).treats_rows_alone()
    assert not layers.LSTM(3, recurrent_activation=jnp.tanh).treats_rows_alone()


def test_a_travelling_mask_is_left_aside_with_initial_state_as_in_keras(recwarn):
    def build(module):
        lay = module.layers
        ids = lay.Input((4,))
        x = lay.Embedding(6, 3, mask_zero=True)(ids)
        _, h, c = lay.LSTM(3, return_state=True)(x)
        y = lay.LSTM(3, return_sequences=True)(x, initial_state=[h, c])
        return module.Model(ids, y)

    ours, theirs = build(nbkeras), build(keras)
    ours.set_weights(theirs.get_weights())
    ids = np.array([[1, 2, 0, 0], [3, 4, 5, 0]])
    assert_close(ours.predict(ids, verbose=0), theirs.predict(ids, verbose=0))
    assert any("mask=embedding.compute_mask(ids)" in str(w.message) for w in recwarn)


@pytest.mark.parametrize("name", ["Embedding", "Masking"])
def test_a_mask_that_is_computed_by_hand_counts_beside_initial_state(name):
    def build(module):
        lay = module.layers
        if name == "Embedding":
            x = lay.Input((4,))
            source = lay.Embedding(6, 3, mask_zero=True)
        else:
            x, source = lay.Input((4, 3)), lay.Masking()
        h, c = lay.Input((2,)), lay.Input((2,))
        mask = source.compute_mask(x)
        y = lay.LSTM(2)(source(x), initial_state=[h, c], mask=mask)
        return module.Model([x, h, c], y)

    ours, theirs = build(nbkeras), build(keras)
    ours.set_weights(theirs.get_weights())
    x = np.array([[1, 2, 0, 0], [3, 4, 5, 0]])
    if name == "Masking":
        x = np.repeat(x[..., None], 3, axis=-1).astype("float32")
    given = [x, np.full((2, 2), 0.3, "float32"), np.full((2, 2), -0.2, "float32")]
    assert_close(ours.predict(given, verbose=0), theirs.predict(given, verbose=0))


def words_model(module):
    """Embedding with masks into every kind of recurrent layer."""
    lay = module.layers
    ids = lay.Input((6,))
    x = lay.Embedding(9, 5, mask_zero=True)(ids)
    x = lay.LSTM(4, return_sequences=True)(x)
    x = lay.Bidirectional(lay.SimpleRNN(3, return_sequences=True))(x)
    x = lay.RNN([lay.LSTMCell(3), lay.GRUCell(4, reset_after=False)])(x)
    return module.Model(ids, lay.Dense(3, activation="softmax")(x))


def words():
    generator = np.random.default_rng(3)
    ids = generator.integers(1, 9, (18, 6))
    ids[np.arange(6) >= generator.integers(2, 7, (18, 1))] = 0
    return ids, np.eye(3, dtype="float32")[ids.sum(axis=1) % 3]


def test_ten_steps_of_fit_with_masks_end_where_those_of_keras_end():
    ours, theirs = words_model(nbkeras), words_model(keras)
    ours.set_weights(theirs.get_weights())
    ids, labels = words()
    run = {"epochs": 2, "batch_size": 4, "shuffle": False, "verbose": 0}
    for model in (ours, theirs):
        model.compile("adam", "categorical_crossentropy")
        model.fit(ids, labels, **run)
    for one, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("suffix", ["keras", "h5", "weights.h5"])
def test_files_go_both_ways(tmp_path, suffix):
    ours, theirs = words_model(nbkeras), words_model(keras)
    ids, _ = words()
    mine, other = tmp_path / f"ours.{suffix}", tmp_path / f"theirs.{suffix}"
    if suffix == "weights.h5":
        ours.save_weights(mine)
        theirs.save_weights(other)
        read_by_keras, read_by_us = words_model(keras), words_model(nbkeras)
        read_by_keras.load_weights(mine)
        read_by_us.load_weights(other)
    else:
        ours.save(mine)
        theirs.save(other)
        read_by_keras = keras.saving.load_model(mine)
        read_by_us = models.load_model(other)
    predict = lambda model: model.predict(ids, verbose=0)  # noqa: E731
    assert_close(predict(ours), predict(read_by_keras))
    assert_close(predict(read_by_us), predict(theirs))


@pytest.mark.parametrize(("name", "gates"), [("LSTM", 4), ("GRU", 3)])
def test_a_file_with_cudnn_layers_of_keras_2_opens(tmp_path, name, gates):
    # What CuDNN computes, by hand: transposed matrices gate by gate, two biases.
    units, features = 3, 4
    generator = np.random.default_rng(0)
    kernel, recurrent = (
        generator.normal(size=(n, gates * units)).astype("float32")
        for n in (features, units)
    )
    bias = generator.normal(size=2 * gates * units).astype("float32")
    layer = {
        "class_name": f"CuDNN{name}",
        "config": {
            "name": "rnn",
            "batch_input_shape": [None, 5, features],
            "units": units,
        },
    }
    config = {"class_name": "Sequential", "config": {"name": "m", "layers": [layer]}}
    with h5py.File(tmp_path / "m.h5", "w") as file:
        file.attrs["keras_version"] = "2.2.4"
        file.attrs["model_config"] = json.dumps(config)
        top = file.create_group("model_weights")
        top.attrs["layer_names"] = [b"rnn"]
        group = top.create_group("rnn")
        names = ["rnn/kernel:0", "rnn/recurrent_kernel:0", "rnn/bias:0"]
        group.attrs["weight_names"] = [n.encode() for n in names]
        for key, array in zip(names, (kernel, recurrent, bias), strict=True):
            group.create_dataset(key, data=array)
    model = models.load_model(tmp_path / "m.h5")
    w = [k.reshape(units, features) for k in np.split(kernel, gates, axis=1)]
    r = [k.reshape(units, units) for k in np.split(recurrent, gates, axis=1)]
    b, rb = (
        np.split(bias[: gates * units], gates),
        np.split(bias[gates * units :], gates),
    )
    sigmoid = lambda a: 1 / (1 + np.exp(-a))  # noqa: E731
    h, c = np.zeros((2, 3, units))
    for x in np.moveaxis(X, 1, 0):
        into = [x @ w[k].T + b[k] for k in range(gates)]
        back = [h @ r[k].T + rb[k] for k in range(gates)]
        if name == "LSTM":
            i, f, g, o = (p + q for p, q in zip(into, back, strict=True))
            c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
            h = sigmoid(o) * np.tanh(c)
        else:
            update, reset = (sigmoid(into[k] + back[k]) for k in (0, 1))
            h = update * h + (1 - update) * np.tanh(into[2] + reset * back[2])
    np.testing.assert_allclose(model.predict(X, verbose=0), h, rtol=1e-4, atol=1e-5)


def test_unrolled_steps_give_what_the_loop_gives():
    loop = layers.LSTM(3, return_sequences=True)
    written = layers.LSTM(3, return_sequences=True, unroll=True)
    y = loop(X)
    written(X)
    written.set_weights(loop.get_weights())
    np.testing.assert_allclose(written(X), y, rtol=1e-6, atol=1e-7)


def test_another_gate_function_is_applied_gate_by_gate():
    settings = {"recurrent_activation": "softmax"}
    oracle.assert_equal("LSTM", {"units": 3, **settings}, X)
    oracle.assert_equal("GRU", {"units": 3, **settings}, X)


def test_lstm_begins_with_an_open_forget_gate():
    layer = layers.LSTM(2).build_for((None, 3, 1))
    np.testing.assert_array_equal(layer.cell.bias, [0, 0, 1, 1, 0, 0, 0, 0])


def test_the_layers_computes_in_its_policy():
    layer = layers.GRU(3, dtype="mixed_bfloat16")
    assert layer(X).dtype == jnp.bfloat16
    assert layer.cell.kernel.dtype == "float32"


def test_a_saved_layer_is_made_again_with_its_cell():
    first = layers.RNN([layers.LSTMCell(3), layers.GRUCell(2)], go_backwards=True)
    again = registry.get(as_dict(first))
    assert again.get_config() == first.get_config()


@pytest.mark.parametrize(
    ("make", "advice"),
    [
        (lambda: layers.LSTM(0), r"LSTM\w*\(units=32\)"),
        (lambda: layers.GRU(3, dropout=1.5), "a number from 0 to 1"),
        (lambda: layers.RNN(layers.Dense(3)), r"RNN\(cell=LSTMCell\(32\)\)"),
        (lambda: layers.LSTM(3, use_cudnn="maybe"), "'auto', True, False"),
        (lambda: layers.Bidirectional(layers.Dense(3)), r"layer=LSTM\(32\)"),
        (
            lambda: layers.Bidirectional(layers.LSTM(3), merge_mode="add"),
            "merge_mode",
        ),
        (
            lambda: layers.Bidirectional(layers.LSTM(3), backward_layer=layers.LSTM(3)),
            "go_backwards=True",
        ),
        (lambda: layers.LSTM(3)(np.ones((2, 3))), "3 axes"),
        (
            lambda: layers.LSTM(3)(X, initial_state=[np.ones((3, 3))]),
            r"initial_state=\[h, c\]",
        ),
        (
            lambda: models.Sequential(
                [layers.Input((None, 4)), layers.LSTM(3, unroll=True)]
            ),
            "unroll=False",
        ),
        (lambda: layers.LSTM(3, time_major=True), r"np.swapaxes\(x, 0, 1\)"),
    ],
)
def test_a_wrong_setting_says_what_to_write(make, advice):
    with pytest.raises(ValueError, match=advice):
        make()


def test_initial_states_are_made_for_sequences_as_in_keras_2():
    states = layers.LSTM(4).get_initial_state(np.ones((3, 5, 2), "float32"))
    assert [np.shape(state) for state in states] == [(3, 4), (3, 4)]


@pytest.mark.parametrize(
    "make",
    [
        lambda: layers.LSTM(3),
        lambda: layers.LSTM(3, activation="relu", go_backwards=True),
        lambda: layers.LSTM(3, dropout=0.3, recurrent_dropout=0.2),
        lambda: layers.GRU(3, dropout=0.3),
        lambda: layers.SimpleRNN(3),
        lambda: layers.Bidirectional(layers.LSTM(2)),
    ],
)
def test_steps_of_fit_equal_those_with_the_plain_lowering(make):
    x = np.random.default_rng(0).normal(size=(8, 6, 4)).astype("float32")
    x[:3, 4:] = 0  # masked
    weights = []
    for lowering in ("auto", "plain"):
        nbkeras.config.set_lowering(lowering)
        nbkeras.utils.set_random_seed(3)
        model = nbkeras.Sequential([layers.Masking(), make(), layers.Dense(1)])
        model.compile(nbkeras.optimizers.SGD(0.1), "mse")
        model.fit(x, x[:, 0, :1], batch_size=4, epochs=2, verbose=0)
        weights.append(leaves(model.get_weights()))
    nbkeras.config.set_lowering("auto")
    for one, other in zip(*weights, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=2e-6)


def test_written_gradients_of_the_gates_of_an_lstm_equal_those_of_float64():
    draw = np.random.default_rng(0)
    z, c, h, d = (draw.normal(size=(4, n)).astype("float32") for n in (20, 5, 5, 5))
    _, pull = jax.vjp(lambda z, c: lstm._gated(z, c, -1), z, c)

    def total(z, c):
        i, f, candidate, o = np.split(z, 4, axis=-1)
        i, f, o = (1 / (1 + np.exp(-gate)) for gate in (i, f, o))
        new = f * c + i * np.tanh(candidate)
        return (o * np.tanh(new) * h + new * d).sum()

    arrays = [z.astype("float64"), c.astype("float64")]
    for number, found in enumerate(pull((h, d))):
        for place in np.ndindex(found.shape):
            sides = []
            for step in (1e-6, -1e-6):
                moved = [a.copy() for a in arrays]
                moved[number][place] += step
                sides.append(total(*moved))
            assert abs(found[place] - (sides[0] - sides[1]) / 2e-6) < 2e-6
