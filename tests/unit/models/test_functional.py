"""Functional models do what Keras's do: order, names, outputs, gradients, files."""

import pickle

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from graph_cases import (
    CASES,
    both,
    data,
    masked,
    shared,
    siamese,
    two_inputs_two_outputs,
)
from tolerances import assert_close_sums, relative_gap

import nbkeras
from nbkeras.layers import (
    Add,
    BatchNormalization,
    Concatenate,
    Dense,
    Dropout,
    Input,
    Lambda,
    Layer,
)
from nbkeras.layers.engine.functional_call import apply, values_of
from nbkeras.models import Model, Sequential, load_model

cases = pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)


def _close(ours, theirs, limit=1e-5):
    ours, theirs = jax.tree.flatten(ours), jax.tree.flatten(theirs)
    assert ours[1] == theirs[1]
    assert all(
        relative_gap(a, b) < limit for a, b in zip(ours[0], theirs[0], strict=True)
    )


@cases
def test_layers_stand_in_the_order_and_under_the_names_of_keras(case):
    ours, theirs = shared(case)
    if case is not masked:
        # Keras notes the arithmetic of masks as operations; here masks just travel.
        names = [o.name for o in theirs.operations]
        assert [o.name for o in ours.operations] == names
    assert [o.name for o in ours.layers] == [o.name for o in theirs.layers]
    assert ours.count_params() == theirs.count_params()
    assert ours.input_shape == theirs.input_shape
    assert ours.output_shape == theirs.output_shape


@cases
def test_outputs_and_gradients_are_those_of_keras(case):
    ours, theirs = shared(case)
    x = data(case)
    _close(ours.predict(x, verbose=0), theirs.predict(x, verbose=0))

    def total(y):
        return sum(jnp.sum(jnp.sin(leaf)) for leaf in jax.tree.leaves(y))

    state = [w.value for w in theirs.non_trainable_variables]

    def our_total(params):
        values = {**values_of(ours), **params}
        key = jax.random.key(0)
        return total(apply(ours, values, x, training=True, key=key).y)

    def their_total(params):
        return total(theirs.stateless_call(params, state, x, training=True)[0])

    names = [path for path in values_of(ours) if path in ours.trainable_paths()]
    if any(isinstance(layer, Dropout) for layer in ours.layers):
        pytest.skip("random numbers differ")
    mine = jax.grad(our_total)({name: values_of(ours)[name] for name in names})
    yours = jax.grad(their_total)([w.value for w in theirs.trainable_variables])
    assert all(
        relative_gap(mine[n], g) < 1e-4 for n, g in zip(names, yours, strict=True)
    )


@cases
def test_keras_opens_our_file_and_we_open_that_of_keras(case, tmp_path):
    ours, theirs = shared(case)
    x = data(case)
    ours.save(tmp_path / "ours.keras")
    opened = keras.models.load_model(tmp_path / "ours.keras")
    _close(ours.predict(x, verbose=0), opened.predict(x, verbose=0))
    theirs.save(tmp_path / "theirs.keras")
    opened = load_model(tmp_path / "theirs.keras")
    _close(opened.predict(x, verbose=0), theirs.predict(x, verbose=0))
    assert [o.name for o in opened.operations] == [o.name for o in theirs.operations]


def test_a_feature_extractor_shares_the_weights_of_the_model_it_is_cut_from():
    ours, theirs = both(two_inputs_two_outputs)
    x = data(two_inputs_two_outputs)
    cut = Model(ours.inputs, ours.get_layer("multiply").output)
    _close(
        cut.predict(x, verbose=0),
        keras.Model(theirs.inputs, theirs.get_layer("multiply").output).predict(
            x, verbose=0
        ),
    )
    before = cut.predict(x, verbose=0)
    ours.get_layer("dense").kernel = np.zeros((4, 5), "float32")
    assert np.abs(cut.predict(x, verbose=0) - before).max() > 0.1
    assert cut.get_layer("dense") is ours.get_layer("dense")


def test_a_model_may_begin_in_the_middle_of_another():
    ours, theirs = shared(two_inputs_two_outputs)
    z = np.random.default_rng(0).normal(size=(2, 5)).astype("float32")
    head = Model(ours.get_layer("multiply").output, ours.get_layer("high").output)
    asked = keras.Model(
        theirs.get_layer("multiply").output, theirs.get_layer("high").output
    )
    _close(head.predict(z, verbose=0), asked.predict(z, verbose=0))
    # The layers' own first outputs are as before.
    again = Model(ours.inputs, ours.get_layer("high").output)
    x = data(two_inputs_two_outputs)
    _close(again.predict(x, verbose=0), ours.predict(x, verbose=0)["up"], 1e-6)


def test_layers_of_a_sequential_have_inputs_and_outputs():
    model = Sequential([Input((4,)), Dense(3, "relu"), Dense(2)])
    x = np.ones((2, 4), "float32")
    features = Model(model.input, model.layers[0].output)
    assert_close_sums(features(x), model.layers[0](x), rtol=1e-6)
    tail = Model(model.layers[1].input, model.output)
    assert_close_sums(tail(features(x)), model(x), rtol=1e-6)
    assert [t.shape for t in (*model.inputs, *model.outputs)] == [(None, 4), (None, 2)]


def test_an_output_of_a_sequential_is_there_before_its_inputs_are_asked_for():
    model = Sequential([Input((4,)), Dense(3), Dense(2)])
    out = model.layers[-2].output
    assert Model(model.inputs, out).output_shape == (None, 3)


def test_a_sequential_can_be_called_on_symbolic_tensors_and_shared():
    block = Sequential([Dense(3), Dense(3)])
    x = Input((3,))
    model = Model(x, block(block(x)))
    assert model.count_params() == 24
    values = np.ones((1, 3), "float32")
    assert_close_sums(model(values), block(block(values)), rtol=1e-6)


def test_data_may_come_as_a_list_or_by_name():
    ours, _ = shared(two_inputs_two_outputs)
    a, b = data(two_inputs_two_outputs)
    by_list = ours.predict([a, b], verbose=0)
    by_name = ours.predict({"input_layer": b, "a": a}, verbose=0)
    _close(by_list, by_name, 1e-7)
    _close(by_list, jax.tree.map(np.asarray, ours((a, b))), 1e-6)


def test_a_last_axis_of_one_may_be_missing():
    x = Input((3, 1))
    model = Model(x, Dense(1)(x))
    flat = np.ones((2, 3), "float32")
    np.testing.assert_allclose(model(flat), model(flat[..., None]))


def test_automatic_names_count_in_the_order_of_making_in_each_model():
    for _ in range(2):
        x = Input((2,))
        first, second = Dense(2), Dense(2)
        model = Model(x, first(second(x)))
        assert (first.name, second.name) == ("dense", "dense_1")
        assert model.name == "functional"


def test_models_without_names_can_be_put_together():
    x, y = Input((2,)), Input((2,))
    one, two = Model(x, Dense(3)(x)), Model(y, Dense(2)(y))
    z = Input((2,))
    whole = Model(z, one(two(z)))
    assert [layer.name for layer in whole.layers][1:] == ["functional_1", "functional"]


def test_two_layers_of_one_given_name_are_refused():
    x = Input((2,))
    y = Dense(2, name="same")(Dense(2, name="same")(x))
    with pytest.raises(
        ValueError, match=r"Two layers are called 'same'.*name='same_2'"
    ):
        Model(x, y)


def test_a_long_name_given_twice_is_cut_in_the_message_and_its_advice():
    name = "a" * 9000
    y = Dense(2, name=name)(Dense(2, name=name)(x := Input((2,))))
    makes = (
        lambda: Model(x, y),
        lambda: Sequential([Dense(2, name=name), Dense(2, name=name)]),
    )
    for make in makes:
        with pytest.raises(ValueError, match="Two layers are called") as met:
            make()
        assert len(str(met.value)) < 500


def test_a_forgotten_input_is_named():
    a, b = Input((2,), name="a"), Input((3,), name="b")
    y = Concatenate(name="both")([a, b])
    with pytest.raises(
        ValueError, match=r"'both' .* needs the Input \(None, 3\) from 'b'"
    ):
        Model(a, y)


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        (np.ones((2, 3)), "Data is given to fit and predict"),
        (Dense(3, name="top"), r"write Dense\(3, name='top'\)\(x\)"),
        ([], "no tensor at all"),
        ("x", "got str"),
    ],
)
def test_what_is_no_symbolic_tensor_is_refused_with_a_hint(wrong, hint):
    x = Input((2,))
    with pytest.raises(TypeError, match=hint):
        Model(x, wrong)


def test_model_without_outputs_says_what_to_write():
    with pytest.raises(TypeError, match=r"got no outputs\. Write Model\(inputs="):
        Model(Input((2,)))


@pytest.mark.parametrize(
    ("act", "hint"),
    [
        (lambda x: np.asarray(x), "has no values"),
        (lambda x: np.mean(x), r"nbkeras\.ops\.mean"),
        (lambda x: 1 if x else 0, "True or False"),
        (lambda x: list(x), "looped over"),
        (lambda x: float(x), "converted to a number"),
        (lambda x: len(x), r"x\.shape"),
    ],
)
def test_a_symbolic_tensor_says_that_it_has_no_values(act, hint):
    with pytest.raises(TypeError, match=hint):
        act(Input((2,), name="pixels"))


def test_merging_unequal_shapes_names_both_and_their_layers():
    x = Input((4,))
    a, b = Dense(3, name="left")(x), Dense(2, name="right")(x)
    with pytest.raises(
        ValueError, match=r"\(None, 3\) from 'left' \(Dense\) and .*'right'"
    ):
        Add()([a, b])


def test_a_missing_input_is_named_with_those_given():
    model = shared(two_inputs_two_outputs)[0]
    a, b = data(two_inputs_two_outputs)
    with pytest.raises(ValueError, match=r"no data for the input 'input_layer'"):
        model({"a": a, "other": b})
    with pytest.raises(ValueError, match=r"2 inputs \(a, input_layer\) and got 1"):
        model(a)


def test_a_dict_of_unsorted_inputs_refuses_a_list():
    b, a = Input((2,), name="b"), Input((2,), name="a")
    model = Model({"b": b, "a": a}, Add()([a, b]))
    with pytest.raises(ValueError, match=r"takes a dict of inputs"):
        model([np.ones((1, 2)), np.ones((1, 2))])


def test_the_input_alone_in_a_layer_call_keeps_training_as_it_was_said():
    x = Input((200,))
    model = Model(x, Dropout(0.5)(x, training=True))
    ones = np.ones((1, 200), "float32")
    draws = [model.predict(ones, verbose=0) for _ in range(3)]
    assert all(0.3 < (draw == 0).mean() < 0.7 for draw in draws)
    assert (draws[0] != draws[1]).any()
    assert (draws[1] != draws[2]).any()
    assert (np.asarray(model(ones, training=False)) == 0).any()


def test_batchnorm_called_with_training_false_keeps_its_averages_in_training():
    x = Input((3,))
    base = Model(x, BatchNormalization()(x))
    y = Input((3,))
    model = Model(y, Dense(1)(base(y, training=False)))
    model.compile("sgd", "mse")
    model.fit(np.full((4, 3), 9.0), np.ones((4, 1)), verbose=0)
    np.testing.assert_array_equal(base.layers[1].moving_mean.numpy(), np.zeros(3))


def test_a_layer_may_take_several_tensors_and_be_built_for_each():
    class Gate(Layer):
        def build(self, x_shape, gate_shape):
            self.w = self.add_weight((x_shape[-1], gate_shape[-1]))

        def call(self, x, gate, scale=1.0):
            return scale * (x @ self.w) * gate

    a, b = Input((3,)), Input((2,))
    layer = Gate()
    model = Model([a, b], layer(a, gate=b, scale=2.0))
    x, g = np.ones((4, 3), "float32"), np.full((4, 2), 3.0, "float32")
    wanted = 2 * (x @ layer.w.numpy()) * g
    assert_close_sums(model.predict([x, g], verbose=0), wanted, rtol=1e-6)
    assert_close_sums(layer(x, g, scale=2.0), wanted, rtol=1e-6)


def test_a_user_class_of_model_can_be_made_from_tensors():
    class Mine(nbkeras.Model):
        pass

    x = Input((2,))
    model = Mine(x, Dense(3)(x))
    assert model.name == "mine"
    assert model.output_shape == (None, 3)
    assert model.predict(np.ones((2, 2)), verbose=0).shape == (2, 3)


def test_old_names_of_inputs_and_outputs_are_understood():
    x = Input((2,))
    with pytest.warns(UserWarning, match="write inputs="):
        model = Model(input=x, outputs=Dense(1)(x))
    assert model.count_params() == 3


def test_a_lambda_and_a_constant_can_stand_in_a_graph():
    x = Input((2,))
    y = Lambda(lambda v: v * 10)(x) + np.array([1.0, 2.0], "float32")
    np.testing.assert_allclose(Model(x, y)(np.ones((1, 2))), [[11.0, 12.0]])


def test_summary_of_a_branched_model_says_what_is_connected_to_what(capsys):
    model, _ = shared(siamese)
    model.summary(expand_nested=True, show_trainable=True)
    text = capsys.readouterr().out
    assert "Connected to" in text
    line = next(each for each in text.splitlines() if each.startswith("tail"))
    assert line.split() == (
        "tail (Sequential) (None, 4) 20 tower[0][0], tower[1][0] Y".split()
    )
    assert "   └ dense (Dense)" in text
    x = Input((2,))
    Model(x, Dense(1)(x)).summary()
    assert "Connected to" not in capsys.readouterr().out


def test_summary_can_show_a_range_of_layers(capsys):
    model = Sequential([Input((2,)), Dense(2, name="a"), Dense(2, name="b"), Dense(1)])
    model.summary(layer_range=("b", "dense"))
    text = capsys.readouterr().out
    assert "a (Dense)" not in text
    assert "b (Dense)" in text
    with pytest.raises(ValueError, match="no layer is called 'c'"):
        model.summary(layer_range=("c", "dense"))


def test_the_same_data_gives_the_same_output_in_short_and_full_batches():
    model, theirs = shared(two_inputs_two_outputs)
    x = data(two_inputs_two_outputs, rows=7)
    _close(
        model.predict(x, batch_size=3, verbose=0),
        theirs.predict(x, batch_size=3, verbose=0),
    )


def _shared_twice(k):
    """A layer that stands in an inner model and beside it."""
    dense = k.layers.Dense(4, activation="tanh", name="twice")
    i, x = k.Input((4,), name="i"), k.Input((4,), name="x")
    inner = k.Model(i, dense(i), name="inner")
    again = k.Model(i, k.layers.Dense(2)(dense(i)), name="again")
    return k.Model(x, k.layers.Concatenate()([inner(x), again(x)]))


def test_a_layer_in_two_inner_models_is_one_layer_after_loading(tmp_path):
    # Keras itself loses this in files that it writes, but reads it in ours.
    ours, theirs = both(_shared_twice)
    x = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")
    ours.save(tmp_path / "m.keras")
    found = load_model(tmp_path / "m.keras")
    _close(found.predict(x, verbose=0), theirs.predict(x, verbose=0))
    one = found.get_layer("inner").get_layer("twice")
    assert one is found.get_layer("again").get_layer("twice")
    assert found.count_params() == ours.count_params() == 30
    opened = keras.models.load_model(tmp_path / "m.keras")
    _close(opened.predict(x, verbose=0), theirs.predict(x, verbose=0))


class _ByName(Model):
    """A model of one's own with two inputs by name."""

    def __init__(self, units=2, **base):
        super().__init__(**base)
        self.units = units
        self.one, self.two = Dense(units), Dense(units)

    def call(self, x):
        return self.one(x["u"]) + self.two(x["v"])


class _ByPlace(_ByName):
    """The same with a list."""

    def call(self, x):
        return self.one(x[0]) + self.two(x[1])


@pytest.mark.parametrize("cls", [_ByName, _ByPlace])
def test_a_model_of_ones_own_with_several_inputs_comes_back(cls, tmp_path):
    u, v = np.ones((2, 3), "float32"), np.ones((2, 4), "float32")
    x = {"u": u, "v": v} if cls is _ByName else [u, v]
    model = cls(3)
    wanted = model.predict(x, verbose=0)
    model.save(tmp_path / "m.keras")
    found = load_model(tmp_path / "m.keras", custom_objects={cls.__name__: cls})
    assert_close_sums(found.predict(x, verbose=0), wanted, rtol=1e-6)


def test_a_sequential_names_its_inputs_and_outputs():
    model = Sequential([Input((4,), name="x"), Dense(2, name="y")])
    assert (model.input_names, model.output_names) == (["x"], ["y"])


@pytest.mark.parametrize("library", [nbkeras, keras], ids=["nbkeras", "keras"])
@pytest.mark.parametrize("kind", [list, tuple])
def test_a_list_of_one_output_gives_that_output_alone(library, kind):
    x = library.Input((3,))
    model = library.Model([x], kind([library.layers.Dense(2)(x)]))
    batch = np.ones((4, 3), "float32")
    model.compile("sgd", loss=["mse"])
    assert list(model.fit(batch, [batch[:, :2]], verbose=0).history) == ["loss"]
    assert isinstance(model.output, kind)
    assert model.predict(batch, verbose=0).shape == model([batch]).shape == (4, 2)


def test_a_history_can_be_pickled():
    model = nbkeras.Sequential([nbkeras.Input((3,)), Dense(2)])
    model.compile("sgd", "mse")
    history = model.fit(np.ones((4, 3)), np.ones((4, 2)), verbose=0)
    copy = pickle.loads(pickle.dumps(history))
    assert (copy.history, copy.epoch) == (history.history, history.epoch)
