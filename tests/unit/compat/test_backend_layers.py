"""K.conv2d, K.rnn, K.switch and their like: as Keras 2 defines them, in NumPy."""

import jax
import numpy as np
import pytest

import nbkeras
from nbkeras import backend as K
from nbkeras import layers

rng = np.random.default_rng(0)
IMAGE = rng.normal(size=(2, 5, 6, 3)).astype("float32")
STEPS = rng.normal(size=(2, 4, 3)).astype("float32")


def close(found, wanted):
    np.testing.assert_allclose(np.asarray(found), wanted, rtol=1e-5, atol=1e-5)


def test_a_convolution_is_a_sum_over_a_window():
    kernel = rng.normal(size=(2, 2, 3, 4)).astype("float32")
    found = K.conv2d(IMAGE, kernel)
    assert found.shape == (2, 4, 5, 4)
    close(found[0, 1, 2], np.tensordot(IMAGE[0, 1:3, 2:4], kernel, 3))


def test_a_causal_convolution_looks_back_only():
    kernel = rng.normal(size=(2, 3, 4)).astype("float32")
    found = K.conv1d(STEPS, kernel, padding="causal")
    close(found[:, 0], STEPS[:, 0] @ kernel[1])
    close(found[:, 2], STEPS[:, 1] @ kernel[0] + STEPS[:, 2] @ kernel[1])


@pytest.mark.parametrize(("padding", "size"), [("same", 10), ("valid", 11)])
def test_a_transposed_convolution_is_the_slope_of_the_convolution(padding, size):
    kernel = rng.normal(size=(3, 3, 4, 3)).astype("float32")
    shape = (2, size, size + 2, 4)
    found = K.conv2d_transpose(IMAGE, kernel, shape, 2, padding)
    _, pullback = jax.vjp(
        lambda y: K.conv2d(y, kernel, 2, padding), np.zeros(shape, "float32")
    )
    close(found, pullback(jax.numpy.asarray(IMAGE))[0])


@pytest.mark.parametrize(
    ("x", "y", "axes", "form"),
    [
        ((2, 3), (2, 3), 1, "bi,bi->b"),
        ((2, 3, 4), (2, 4, 5), None, "bij,bjk->bik"),
        ((2, 3, 4), (2, 3, 5), (1, 1), "bij,bik->bjk"),
        ((2, 3, 4), (2, 4), (2, 1), "bij,bj->bi"),
    ],
)
def test_batch_dot_sums_over_the_axes_that_are_named(x, y, axes, form):
    x, y = rng.normal(size=x), rng.normal(size=y)
    wanted = np.einsum(form, x, y)
    wanted = wanted[:, None] if wanted.ndim == 1 else wanted
    close(K.batch_dot(x.astype("float32"), y.astype("float32"), axes), wanted)


@pytest.mark.parametrize("backwards", [False, True])
def test_rnn_gives_the_last_output_all_outputs_and_the_states(backwards):
    def step(x, states):
        y = 0.5 * states[0] + x
        return y, [y]

    last, outputs, states = K.rnn(
        step, STEPS, [np.zeros((2, 3), "float32")], go_backwards=backwards
    )
    wanted, state = [], np.zeros((2, 3))
    for time in range(3, -1, -1) if backwards else range(4):
        state = 0.5 * state + STEPS[:, time]
        wanted.append(state)
    close(outputs, np.stack(wanted, 1))
    close(last, wanted[-1])
    close(states[0], wanted[-1])


def test_rnn_repeats_output_and_state_where_the_mask_is_false():
    mask = np.array([[True, True, False, False], [True, False, True, True]])

    def step(x, states):
        return x + states[0], [x + states[0]]

    last, outputs, _ = K.rnn(
        step, STEPS, [np.zeros((2, 3), "float32")], mask=mask[:, :, None]
    )
    wanted = np.cumsum(np.where(mask[:, :, None], STEPS, 0), axis=1)
    close(outputs, wanted)
    close(last, wanted[:, -1])


def test_switch_chooses_by_element_by_row_or_by_a_function():
    a, b = np.ones((2, 3), "float32"), np.zeros((2, 3), "float32")
    close(K.switch(np.array([True, False]), a, b), [[1, 1, 1], [0, 0, 0]])
    close(K.switch(np.eye(2, 3) > 0, a, b), np.eye(2, 3))
    close(K.switch(True, lambda: a, lambda: b), a)


def test_padding_pooling_and_resizing_have_the_shapes_of_keras_2():
    assert K.spatial_2d_padding(IMAGE, ((1, 0), (2, 3))).shape == (2, 6, 11, 3)
    assert K.temporal_padding(STEPS, (2, 0)).shape == (2, 6, 3)
    close(K.temporal_padding(STEPS, (2, 0))[:, 2:], STEPS)
    close(K.pool2d(IMAGE, (5, 6), pool_mode="avg")[:, 0, 0], IMAGE.mean((1, 2)))
    close(K.pool2d(IMAGE, (2, 2), (2, 2))[0, 1, 2], IMAGE[0, 2:4, 4:6].max((0, 1)))
    big = K.resize_images(IMAGE, 2, 3, "channels_last")
    close(big, IMAGE.repeat(2, 1).repeat(3, 2))


def test_interpolated_resizing_equals_tf_keras():
    """The first row as tf_keras 2.21 gives it for these values."""
    image = (np.arange(12, dtype="float32") ** 2).reshape(1, 3, 2, 2)
    big = np.asarray(K.resize_images(image, 2, 3, "channels_last", "bilinear"))
    close(big[0, 0, :, 0], [0, 0, 4 / 3, 8 / 3, 4, 4])
    close(big[0, 1, :, 1], [7, 7, 11, 15, 19, 19])
    first = np.moveaxis(image, -1, 1)
    turned = K.resize_images(first, 2, 3, "channels_first", "bilinear")
    close(np.moveaxis(np.asarray(turned), 1, -1), big)


def test_volumes_are_resized_by_repetition():
    volume = rng.normal(size=(1, 2, 2, 2, 1)).astype("float32")
    big = K.resize_volumes(volume, 2, 1, 3, "channels_last")
    close(big, volume.repeat(2, 1).repeat(3, 3))


def test_updates_assign_to_a_variable_and_refuse_an_array():
    count = nbkeras.Variable(3.0)
    K.update_add(count, 2.0)
    K.update_sub(count, 1.0)
    assert float(K.moving_average_update(count, 8.0, 0.75)) == 5.0
    assert K.batch_get_value([count])[0] == 5.0
    with pytest.raises(TypeError, match=r"keras.Variable\(value\)"):
        K.update(np.ones(3), 2.0)


def test_normalising_in_training_gives_mean_and_variance():
    gamma, beta = np.full(3, 2.0, "float32"), np.full(3, 0.5, "float32")
    y, mean, variance = K.normalize_batch_in_training(IMAGE, gamma, beta, [0, 1, 2])
    close(mean, IMAGE.mean((0, 1, 2)))
    close(variance, IMAGE.var((0, 1, 2)))
    scaled = (IMAGE - IMAGE.mean((0, 1, 2))) / np.sqrt(IMAGE.var((0, 1, 2)) + 1e-3)
    close(y, 2 * scaled + 0.5)


def test_loops_over_the_first_axis():
    x = np.arange(1.0, 5.0, dtype="float32")
    assert float(K.foldl(lambda a, b: a - b, x)) == 1 - 2 - 3 - 4
    assert float(K.foldr(lambda a, b: a - b, x)) == 4 - 3 - 2 - 1
    close(K.map_fn(lambda v: v * v, x), x**2)


def test_bias_and_constants():
    close(K.bias_add(IMAGE, np.arange(3.0))[0, 0, 0], IMAGE[0, 0, 0] + np.arange(3))
    assert K.cast_to_floatx([1, 2]).dtype == np.float32
    assert K.count_params(np.ones((3, 4))) == 12
    assert K.in_train_phase(1, 2, training=True) == K.in_test_phase(1, 2) == 1
    close(K.reverse(STEPS, 1), STEPS[:, ::-1])


def test_a_lambda_layer_computes_with_k_in_a_graph():
    inputs = layers.Input((5, 6, 3))
    kernel = rng.normal(size=(3, 3, 3, 2)).astype("float32")
    y = layers.Lambda(lambda x: K.conv2d(x, kernel, padding="same"))(inputs)
    y = layers.Lambda(lambda x: K.spatial_2d_padding(x))(y)
    model = nbkeras.Model(inputs, y)
    assert model.output_shape == (None, 7, 8, 2)
    close(
        model.predict(IMAGE, verbose=0)[:, 1:-1, 1:-1],
        K.conv2d(IMAGE, kernel, padding="same"),
    )


def test_a_layer_that_was_removed_says_what_to_write():
    with pytest.raises(NotImplementedError, match="with NumPy or pandas"):
        layers.DenseFeatures([])


# (1, 4, 3) probabilities; the last class is the blank.
PROBABILITIES = np.array(
    [[[0.6, 0.3, 0.1], [0.1, 0.2, 0.7], [0.2, 0.7, 0.1], [0.2, 0.5, 0.3]]], "float32"
)


def test_the_ctc_cost_is_that_of_all_alignments():
    cost = K.ctc_batch_cost(
        np.array([[0, 1]]), PROBABILITIES[:, :2], np.array([[2]]), np.array([[2]])
    )
    assert cost.shape == (1, 1)
    # Two steps for two labels leave one alignment.
    np.testing.assert_allclose(float(cost[0, 0]), -np.log(0.6 * 0.2), rtol=1e-5)


@pytest.mark.parametrize("settings", [{}, {"greedy": False, "beam_width": 5}])
def test_ctc_decoding_drops_blanks_and_repetitions(settings):
    (labels,), _ = K.ctc_decode(PROBABILITIES, np.array([4]), **settings)
    assert labels.tolist() == [[0, 1, -1, -1]]


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_a_local_convolution_has_a_kernel_for_each_place(data_format):
    rng = np.random.default_rng(0)
    x, kernel = rng.normal(size=(2, 5, 3)), rng.normal(size=(2, 9, 4))
    x = x.astype("float32")
    first = data_format == "channels_first"
    given = x.swapaxes(1, 2) if first else x
    y = K.local_conv1d(given, kernel, (3,), (2,), data_format=data_format)
    y = np.asarray(y).swapaxes(1, 2) if first else np.asarray(y)
    for place in range(2):
        patch = x[:, 2 * place : 2 * place + 3]
        rows = (patch.swapaxes(1, 2) if first else patch).reshape(2, -1)
        np.testing.assert_allclose(y[:, place], rows @ kernel[place], rtol=1e-4)


def test_the_value_of_a_variable_may_be_changed_in_place():
    rate, counts = nbkeras.Variable(0.5), nbkeras.Variable([1.0, 2.0])
    number, array = K.get_value(rate), K.get_value(counts)
    number *= 4
    array *= 4
    assert (number, array.tolist()) == (2.0, [4.0, 8.0])
    assert (float(rate), counts.numpy().tolist()) == (0.5, [1.0, 2.0])
