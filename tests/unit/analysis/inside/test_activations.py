"""What every layer computes, its arithmetic, and the part of the picture behind it."""

import functools
import gc
import weakref

import jax
import numpy as np
import pytest
from inside_models import MODELS, case, digits, picture, shaken

import nbkeras
from nbkeras import Input, Model, Sequential, layers
from nbkeras.analysis.inside import network as networks
from nbkeras.analysis.inside.activations import inside


@functools.cache
def result_of(name):
    """`inside` of a case; nothing in it changes, so once is enough."""
    return inside(*case(name))


def units(shape, count=12, seed=0):
    """Indices spread over an array of this shape, its corners among them."""
    rng = np.random.default_rng(seed)
    corners = [tuple(0 for _ in shape), tuple(n - 1 for n in shape)]
    return corners + [tuple(int(rng.integers(n)) for n in shape) for _ in range(count)]


def predicted(model, x):
    return model.predict(jax.tree.map(lambda part: part[None], x), verbose=0)


@pytest.mark.parametrize("name", MODELS)
def test_layers_called_one_by_one_give_what_predict_gives(name):
    model, x = case(name)
    result = result_of(name)
    whole = jax.tree.leaves(predicted(model, x))
    np.testing.assert_allclose(result.answer, whole[0][0], rtol=1e-5, atol=1e-5)
    agreement = result.agreement(predicted(model, x))
    assert agreement.holds
    assert agreement.difference < 1e-5 * max(1, np.abs(whole[0]).max())


@pytest.mark.parametrize("name", MODELS)
def test_the_arithmetic_of_every_layer_gives_its_numbers(name):
    result = result_of(name)
    numbers = [(layer, u) for layer in result.names for u in units(result[layer].shape)]
    for layer, unit in numbers:
        output, arithmetic = result[layer], result.arithmetic_of(layer, *unit)
        assert arithmetic.kind != "unknown"
        assert arithmetic.value == output[unit]
        limit = 1e-5 * max(1, abs(arithmetic.value), arithmetic.scale)
        assert abs(arithmetic.result - arithmetic.value) <= limit
        assert arithmetic.agrees


def test_an_intermediate_layer_is_what_a_model_up_to_there_predicts():
    model, x = case("windows")
    result = result_of("windows")
    for name in ("strided", "depth", "spread", "cropped"):
        part = Model(model.input, model.get_layer(name).output)
        expected = part.predict(x[None], verbose=0)[0]
        np.testing.assert_allclose(result[name], expected, rtol=1e-4, atol=1e-4)


def test_every_layer_of_a_network_gives_what_it_gives_in_keras():
    import keras

    made = []
    for package in (nbkeras, keras):
        kinds = package.layers
        x = given = package.Input((12, 10, 3))
        x = kinds.Conv2D(6, 3, padding="same", use_bias=False)(x)
        x = kinds.BatchNormalization()(x)
        x = y = kinds.Activation("relu")(x)
        x = kinds.DepthwiseConv2D(3, padding="same")(x)
        x = kinds.LayerNormalization()(x)
        x = kinds.GroupNormalization(2)(kinds.Add()([x, y]))
        x = kinds.MaxPooling2D(3, 2, padding="same")(x)
        x = kinds.SeparableConv2D(8, 3, strides=2, activation="elu")(x)
        x = kinds.Conv2DTranspose(4, 3, strides=2)(x)
        x = kinds.AveragePooling2D(2)(x)
        x = kinds.Dense(5, activation="softmax")(kinds.Flatten()(x))
        made.append(package.Model(given, x))
    ours, theirs = made
    shaken(ours)
    theirs.set_weights(ours.get_weights())
    x = picture((12, 10, 3))
    result = inside(ours, x)
    outputs = [layer.output for layer in theirs.layers[1:]]
    expected = keras.Model(theirs.input, outputs).predict(x[None], verbose=0)
    assert len(result.names) == len(outputs)
    for name, layer, wanted in zip(
        result.names, theirs.layers[1:], expected, strict=True
    ):
        assert type(ours.get_layer(name)).__name__ == type(layer).__name__
        np.testing.assert_allclose(
            result[name], wanted[0], rtol=1e-4, atol=1e-5, err_msg=name
        )


@pytest.fixture
def short_parts(monkeypatch):
    """Every network is deep enough to be compiled in parts, of two calls each."""
    monkeypatch.setattr(networks, "MOST_CALLS", 0)
    monkeypatch.setattr(networks, "PART_CALLS", 2)


@pytest.mark.usefixtures("short_parts")
@pytest.mark.parametrize("name", MODELS)
def test_a_network_in_parts_computes_what_it_computes_in_one(name):
    model, x = case(name)
    parts, one = inside(model, x), result_of(name)
    assert len(parts.network.parts) > 1
    assert len(one.network.parts) == 1
    assert parts.agreement(predicted(model, x)).holds
    for layer in one.names:
        assert parts.shape_of(layer) == one.shape_of(layer) == one[layer].shape
        np.testing.assert_allclose(parts[layer], one[layer], rtol=1e-4, atol=1e-5)
        unit = units(one[layer].shape, 1)[-1]
        assert parts.arithmetic_of(layer, *unit).agrees


@pytest.mark.usefixtures("short_parts")
@pytest.mark.parametrize("name", ["windows", "residual", "channels_first"])
def test_a_switched_channel_has_only_the_parts_behind_it_computed(name, monkeypatch):
    model, x = case(name)
    base = inside(model, x)
    maps = {layer: base[layer] for layer in base.names}
    network, computed = base.network, []
    run = network.run

    def counted(part, *rest, **how):
        computed.append(part.index)
        return run(part, *rest, **how)

    monkeypatch.setattr(network, "run", counted)
    at = len(network.calls) // 2
    layer, first = base.names[at], at // 2
    result = base.without({layer: [0]})
    assert computed == list(range(first, len(network.parts)))
    assert all(result[name] is maps[name] for name in base.names[: 2 * first])
    anew = inside(model, x, off={layer: [0]})
    for name in base.names:
        np.testing.assert_allclose(result[name], anew[name], atol=1e-6, rtol=1e-6)
    assert not result[layer][..., 0].any()
    again = result.without({})
    for name in base.names:
        np.testing.assert_array_equal(again[name], maps[name])


@pytest.mark.usefixtures("short_parts")
def test_a_part_that_nobody_looks_into_gives_only_what_others_need():
    model, x = case("windows")
    base = inside(model, x)
    middle = base.network.parts[2]
    assert [ref.call in middle.calls for ref in base._arrays].count(True) == 1
    assert base.network.looked_into == {0, len(base.network.parts) - 1}
    base[middle.calls[0]]
    again = base.on(x)
    assert 2 in base.network.looked_into
    assert [ref.call in middle.calls for ref in again._arrays].count(True) == 2


@pytest.mark.usefixtures("short_parts")
def test_a_second_view_compiles_nothing(empty_dispatch_cache):
    model, x = case("windows")
    first = inside(model, x)
    assert first.agreement().holds
    second = inside(model, -x)
    assert second.agreement().holds
    assert not np.allclose(first.answer, second.answer)
    names = [program for _, program in second.network._programs.values()]
    counts = [program._cache_size() for program in (*names, second.network._whole)]
    assert max(counts) == 1
    first[first.network.parts[2].calls[0]]
    assert 2 in first.network.looked_into
    assert 2 not in second.network.looked_into, "what one view opens, it alone opens"


def test_a_model_that_is_changed_and_compiled_again_is_looked_into_anew():
    model, x = case("digits")
    assert inside(model, x)["conv"].min() == 0
    model.get_layer("conv").activation = jax.numpy.tanh
    model.compile("sgd", "mse")
    result = inside(model, x)
    assert result["conv"].min() < 0
    assert result.agreement(predicted(model, x)).holds
    model.pop()
    model.add(layers.Dense(2, name="other"))
    result = inside(model, x)
    assert result.names[-1] == "other"
    assert result.agreement(predicted(model, x)).holds


def test_programs_leave_with_their_model():
    model, x = case("digits")
    inside(model, x).agreement()
    gone = weakref.ref(model)
    del model
    gc.collect()
    assert gone() is None


def test_shapes_of_a_network_for_pictures_of_any_size_are_those_of_the_picture():
    given = Input((None, None, 1))
    y = layers.Conv2D(2, 3, name="conv")(given)
    model = Model(given, layers.GlobalMaxPooling2D(name="pool")(y))
    result = inside(model, picture((9, 7, 1)))
    assert result.shape_of("conv") == result["conv"].shape == (7, 5, 2)
    assert result.shape_of("pool") == (2,)
    assert inside(model, picture((5, 5, 1))).shape_of("conv") == (3, 3, 2)


@pytest.mark.usefixtures("short_parts")
def test_a_mask_goes_from_part_to_part():
    words, image = Input((5,), name="words"), Input((6, 6, 1), name="image")
    x = layers.Embedding(7, 3, mask_zero=True, name="embedding")(words)
    y = layers.Flatten(name="flatten")(layers.Conv2D(2, 3, name="conv")(image))
    x = layers.LSTM(3, name="lstm")(layers.Dropout(0.2, name="dropout")(x))
    model = shaken(Model([words, image], layers.Concatenate(name="both")([x, y])))
    given = [np.array([3, 5, 0, 0, 0]), picture((6, 6, 1))]
    result = inside(model, given)
    assert len(result.network.parts) > 2
    np.testing.assert_allclose(result.answer, predicted(model, given)[0], atol=1e-6)
    longer = inside(model, [np.array([3, 5, 1, 1, 1]), given[1]])
    assert np.abs(result["lstm"] - longer["lstm"]).max() > 1e-3


def test_a_convolution_is_the_sum_of_products_in_its_window():
    model, x = case("digits")
    result = inside(model, x)
    kernel, bias = model.get_layer("conv").get_weights()
    by_hand = bias[2]
    for i in range(3):
        for j in range(3):
            by_hand += float(x[4 + i, 6 + j, 0]) * float(kernel[i, j, 0, 2])
    arithmetic = result.arithmetic_of("conv", 4, 6, 2)
    assert arithmetic.result == pytest.approx(max(by_hand, 0), abs=1e-6)
    np.testing.assert_array_equal(arithmetic.weights[..., 0], kernel[:, :, 0, 2])
    np.testing.assert_array_equal(arithmetic.inputs[..., 0], x[4:7, 6:9, 0])
    assert [step.name for step in arithmetic.steps] == ["sum", "bias", "score", "relu"]
    assert arithmetic.steps[0].value == pytest.approx(arithmetic.products.sum())


def test_softmax_is_one_exponential_among_all():
    model, x = case("digits")
    result = inside(model, x)
    kernel, bias = model.get_layer("digit").get_weights()
    scores = result["dropout"].astype(float) @ kernel.astype(float) + bias
    for unit in range(5):
        arithmetic = result.arithmetic_of("digit", unit)
        expected = np.exp(scores[unit]) / np.exp(scores).sum()
        assert arithmetic.result == pytest.approx(expected, rel=1e-9)
        np.testing.assert_allclose(arithmetic.scores, scores)


def test_padding_counts_for_nothing_in_a_mean():
    result = result_of("windows")
    arithmetic = result.arithmetic_of("average", 3, 3, 1)
    assert arithmetic.inside.sum() < 9
    count = {step.name: step.value for step in arithmetic.steps}["count"]
    assert count == arithmetic.inside.sum()


def test_the_check_notices_a_layer_that_computes_something_else(monkeypatch):
    model, x = case("digits")
    result = inside(model, x)
    assert result.arithmetic_of("conv", 1, 1, 1).agrees
    result["conv"].flags.writeable = False
    spoilt = np.array(result["conv"])
    spoilt[1, 1, 1] += 1e-3
    monkeypatch.setattr(type(result), "__getitem__", lambda self, layer: spoilt)
    arithmetic = result.arithmetic_of("conv", 1, 1, 1)
    assert not arithmetic.agrees
    assert arithmetic.difference == pytest.approx(1e-3, rel=1e-2)


def test_the_outputs_of_another_model_do_not_agree():
    model, x = case("digits")
    other = shaken(digits(), seed=9)
    assert not inside(model, x).agreement(other.predict(x[None], verbose=0)).holds


def test_a_channel_that_is_off_is_zero_and_changes_what_follows():
    model, x = case("digits")
    result = inside(model, x)
    off = result.without({"conv": [0, 2]})
    assert not off["conv"][..., [0, 2]].any()
    np.testing.assert_array_equal(off["conv"][..., 1], result["conv"][..., 1])
    without = model.get_layer("conv").get_weights()
    kernel, bias = (np.array(w) for w in without)
    kernel[..., [0, 2]] = bias[[0, 2]] = 0
    model.get_layer("conv").set_weights([kernel, bias])
    np.testing.assert_allclose(off.answer, predicted(model, x)[0], atol=1e-6)
    assert off.arithmetic_of("conv", 1, 1, 0).steps[0].name == "switched off"
    np.testing.assert_array_equal(off.without({}).answer, result.answer)


@pytest.mark.parametrize("name", ["digits", "windows", "residual", "nested"])
def test_only_pixels_in_reach_change_a_number(name):
    """Where the gradient is not zero, checked from the other side by perturbation."""
    x, result = case(name)[1], result_of(name)
    rng = np.random.default_rng(3)
    for layer in result.names:
        if result[layer].ndim != 3:
            continue
        unit = tuple(int(rng.integers(n)) for n in result[layer].shape)
        box = result.reach(layer, *unit)
        outside = x.copy()
        noise = rng.uniform(-1, 1, x.shape).astype("float32")
        outside += noise
        rows, columns = slice(box.top, box.bottom + 1), slice(box.left, box.right + 1)
        outside[rows, columns] = x[rows, columns]
        changed = result.on(outside)[layer][unit]
        assert changed == pytest.approx(float(result[layer][unit]), rel=1e-4, abs=1e-5)


def test_reach_is_as_large_as_the_receptive_field_and_cut_off_at_the_edge():
    model = Sequential(
        [
            Input((20, 20, 1)),
            layers.Conv2D(2, 3, name="a"),
            layers.MaxPooling2D(2, name="b"),
            layers.Conv2D(2, 3, padding="same", name="c"),
        ]
    )
    result = inside(model, picture((20, 20, 1)))
    middle = result.reach("c", 4, 4, 0)
    assert (middle.top, middle.bottom) == (6, 13)  # 3 -> 4 -> 8 pixels
    assert (middle.left, middle.right) == (6, 13)
    assert result.reach("c", 0, 0, 0).top == 0
    assert result.reach("c", 0, 0, 0).bottom == 5


def test_every_pixel_in_reach_of_a_convolution_matters():
    model = Sequential([Input((9, 9, 1)), layers.Conv2D(1, 3, strides=2, name="a")])
    model.add(layers.Conv2D(1, 3, padding="same", name="b"))
    model.set_weights([np.ones_like(w) for w in model.get_weights()])
    x = np.zeros((9, 9, 1), "float32")
    result = inside(model, x)
    box = result.reach("b", 1, 3, 0)
    for row in range(9):
        for column in range(9):
            x[row, column] = 1
            is_reached = result.on(x)["b"][1, 3, 0] != result["b"][1, 3, 0]
            x[row, column] = 0
            within = box.top <= row <= box.bottom and box.left <= column <= box.right
            assert is_reached == within, (row, column)


def test_the_kernel_of_a_unit_behind_flatten_has_the_form_of_the_picture():
    model, x = case("digits")
    result = inside(model, x)
    kernel = model.get_layer("digit").get_weights()[0]
    np.testing.assert_array_equal(
        result.kernel("digit", 3), kernel[:, 3].reshape(5, 5, 4)
    )
    np.testing.assert_array_equal(
        result.kernel("conv", 1), model.get_layer("conv").get_weights()[0][..., 1]
    )
    assert result.kernel("pool", 1) is None


def test_a_separable_convolution_shows_the_product_of_its_two_kernels():
    result = result_of("windows")
    model = result.network.model
    depthwise, pointwise = model.get_layer("apart").get_weights()
    by_hand = np.zeros(depthwise.shape[:3])
    for channel in range(depthwise.shape[2]):
        by_hand[..., channel] = depthwise[..., channel, 0] * pointwise[0, 0, channel, 5]
    np.testing.assert_allclose(result.kernel("apart", 5), by_hand, rtol=1e-6)


def test_a_loaded_model_is_the_same_inside(tmp_path):
    model, x = case("nested")
    model.save(tmp_path / "m.keras")
    loaded = nbkeras.load_model(tmp_path / "m.keras")
    one, two = inside(model, x), inside(loaded, x)
    assert two.names == one.names
    np.testing.assert_allclose(two["base/conv"], one["base/conv"], rtol=1e-6)
    assert two["conv"] is two["base/conv"]  # the last part is enough where it is alone


def test_a_layer_with_a_call_of_its_own_is_shown_without_arithmetic():
    class Doubled(layers.Conv2D):
        def call(self, x):
            return 2 * super().call(x)

    model = Sequential([Input((6, 6, 1)), Doubled(2, 3, name="own")])
    result = inside(model, picture((6, 6, 1)))
    arithmetic = result.arithmetic_of("own", 1, 1, 1)
    assert (arithmetic.kind, arithmetic.steps) == ("unknown", ())
    assert arithmetic.agrees
    assert result.kernel("own", 0) is None


def test_an_activation_that_is_not_written_by_hand_is_the_layers_own():
    model = Sequential([Input((5, 5, 1)), layers.Conv2D(3, 3, activation="mish")])
    result = inside(model, picture((5, 5, 1)))
    arithmetic = result.arithmetic_of(0, 1, 1, 1)
    assert arithmetic.steps[-1].name == "mish"
    assert arithmetic.agrees


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "bfloat16"])
def test_half_precision_agrees_within_its_rounding(policy):
    model = Sequential(
        [
            Input((8, 8, 2)),
            layers.Conv2D(4, 3, activation="relu", dtype=policy, name="conv"),
            layers.Flatten(dtype=policy),
            layers.Dense(3, dtype=policy, name="dense"),
        ]
    )
    x = picture((8, 8, 2))
    result = inside(model, x)
    assert result.agreement(model.predict(x[None], verbose=0)).holds
    for unit in units(result["conv"].shape):
        assert result.arithmetic_of("conv", *unit).agrees


def test_a_value_that_is_not_a_number_agrees_with_itself():
    model, x = case("digits")
    x[4, 4] = np.nan
    result = inside(model, x)
    arithmetic = result.arithmetic_of("conv", 4, 4, 0)
    assert np.isnan(arithmetic.value)
    assert arithmetic.agrees


def test_a_picture_is_taken_with_and_without_its_axes():
    model, x = case("digits")
    expected = inside(model, x).answer
    for form in (x[None], x[..., 0]):
        np.testing.assert_array_equal(inside(model, form).answer, expected)
    flat, y = case("dense_only")
    np.testing.assert_array_equal(
        inside(flat, y[..., None]).answer, inside(flat, y).answer
    )


def test_a_model_that_was_not_built_is_built_by_its_picture():
    model = Sequential([layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(2)])
    assert inside(model, picture((6, 6, 1)))["conv2d"].shape == (4, 4, 2)


def test_mistakes_say_what_to_write():
    model, x = case("digits")
    result = inside(model, x)
    with pytest.raises(ValueError, match=r"Did you mean 'conv'"):
        result.arithmetic_of("conw", 0, 0, 0)
    with pytest.raises(ValueError, match=r"Write for example explain\('conv', 0, 0, 0"):
        result.arithmetic_of("conv", 10, 0, 0)
    with pytest.raises(ValueError, match=r"numbered from 0 to 3"):
        inside(model, x, off={"conv": [4]})
    with pytest.raises(ValueError, match=r"for example x_test\[0\]"):
        inside(model, np.zeros((9, 9)))
    with pytest.raises(TypeError, match=r"nbkeras\.inside\(model, x_test\[0\]\)"):
        inside(layers.Dense(3), x)
    texts = Sequential([Input((20,)), layers.Embedding(10, 4), layers.Flatten()])
    with pytest.raises(ValueError, match=r"takes no picture.*show_model"):
        inside(texts, x)
    two, _ = case("two_inputs")
    with pytest.raises(ValueError, match=r"a list with one array for each"):
        inside(two, x)


def test_a_model_whose_call_cannot_be_followed_is_refused_with_a_way_out():
    class Winding(Model):
        def __init__(self):
            super().__init__()
            self.conv = layers.Conv2D(2, 3)

        def call(self, x):
            y = self.conv(x)
            return y if float(y.shape[1]) > 2 and hasattr(y, "at") else None

    model = Winding()
    model(np.zeros((1, 6, 6, 1), "float32"))
    with pytest.raises(ValueError, match=r"Sequential or Model\(inputs, outputs\)"):
        inside(model, picture((6, 6, 1)))
