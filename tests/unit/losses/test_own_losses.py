"""Losses of the user's own, and targets and outputs of unlike shapes."""

import functools

import jax.numpy as jnp
import keras
import numpy as np
import pytest

import nbkeras
from nbkeras import layers, losses, ops
from nbkeras.ops import activations

Y = np.float32([0, 1, 1, 0, 1])
P = np.float32([[0.2], [0.9], [0.4], [0.6], [0.7]])


def squared(y_true, y_pred):
    return ops.mean(ops.square(y_true - y_pred), axis=-1)


def classifier():
    x = np.random.default_rng(0).normal(size=(32, 4)).astype("float32")
    y = (x.sum(1, keepdims=True) > 0).astype("float32")
    model = nbkeras.Sequential(
        [nbkeras.Input((4,)), layers.Dense(1, activation="sigmoid")]
    )
    return model, x, y


class Squared(losses.Loss):
    def call(self, y_true, y_pred):
        return squared(y_true, y_pred)


@pytest.mark.parametrize("loss", [squared, Squared()], ids=["function", "class"])
def test_an_own_loss_compares_each_flat_target_with_its_own_output(loss):
    found = losses.as_loss(loss)(Y, P)
    np.testing.assert_allclose(found, np.mean((Y - P[:, 0]) ** 2), rtol=1e-6)


@pytest.mark.parametrize(
    "name", ["binary_crossentropy", "binary_focal_crossentropy", "hinge", "dice"]
)
def test_a_loss_function_called_directly_aligns_flat_targets(name):
    loss = getattr(losses, name)
    np.testing.assert_allclose(loss(Y, P), loss(Y[:, None], P), rtol=1e-6)


@pytest.mark.parametrize("name", ["binary_crossentropy", "categorical_crossentropy"])
def test_a_crossentropy_refuses_shapes_that_would_be_broadcast(name):
    with pytest.raises(ValueError, match=r"\(5, 1\) and y_pred \(5, 3\); they must"):
        getattr(losses, name)(Y[:, None], np.full((5, 3), 0.3, "float32"))


def test_categorical_crossentropy_of_class_numbers_advises_how_to_encode_them():
    numbers, p = np.array([0, 2]), np.full((2, 3), 1 / 3, "float32")
    with pytest.raises(ValueError, match=r"to_categorical\(y_true, 3\)"):
        losses.categorical_crossentropy(numbers, p)
    one_hot = nbkeras.utils.to_categorical(numbers, 3)
    np.testing.assert_allclose(
        losses.categorical_crossentropy(one_hot, p),
        losses.sparse_categorical_crossentropy(numbers, p),
        rtol=1e-6,
    )


def test_an_own_loss_under_the_name_of_a_library_loss_is_what_is_minimised():
    def binary_crossentropy(y_true, y_pred, from_logits=False):
        return squared(y_true, y_pred)

    model, x, y = classifier()
    model.compile("sgd", binary_crossentropy)
    by_hand = np.mean((model.predict(x, verbose=0) - y) ** 2)
    np.testing.assert_allclose(model.evaluate(x, y, verbose=0), by_hand, rtol=1e-5)


def test_a_subclass_with_its_own_call_is_handed_probabilities():
    class Own(losses.BinaryCrossentropy):
        def call(self, y_true, y_pred):
            return squared(y_true, y_pred)

    model, x, y = classifier()
    model.compile("sgd", Own())
    by_hand = np.mean((model.predict(x, verbose=0) - y) ** 2)
    np.testing.assert_allclose(model.evaluate(x, y, verbose=0), by_hand, rtol=1e-5)


def test_only_the_library_sigmoid_leads_to_the_form_on_logits():
    def sigmoid(z):
        return 1 / (1 + jnp.exp(-3 * z))

    loss = losses.BinaryCrossentropy()
    assert loss.on_logits(activations.sigmoid).from_logits is True
    assert loss.on_logits(sigmoid) is None


def test_a_partial_and_a_callable_object_are_losses():
    class Own:
        def __call__(self, y_true, y_pred):
            return squared(y_true, y_pred)

    model, x, y = classifier()
    p = model.predict(x, verbose=0)
    smooth = functools.partial(losses.binary_crossentropy, label_smoothing=0.2)
    for loss, by_hand in ((Own(), np.mean((p - y) ** 2)), (smooth, smooth(y, p))):
        model.compile("sgd", loss)
        found = model.evaluate(x, y, verbose=0)
        np.testing.assert_allclose(found, np.mean(by_hand), rtol=1e-5)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "mixed_bfloat16"])
def test_a_loss_computes_in_its_dtype_as_in_keras(dtype):
    y, p = np.ones((2, 2), "float32"), np.full((2, 2), 0.3, "float32")
    for name in ("MeanSquaredError", "BinaryCrossentropy"):
        ours = getattr(losses, name)(dtype=dtype)(y, p)
        theirs = getattr(keras.losses, name)(dtype=dtype)(y, p)
        assert ours.dtype == theirs.dtype
        np.testing.assert_allclose(np.float32(ours), np.float32(theirs), rtol=2e-2)


def test_unsigned_targets_do_not_wrap_in_an_own_loss():
    class Signed(losses.Loss):
        def call(self, y_true, y_pred):
            return ops.mean(-y_true * y_pred, axis=-1)

    found = Signed()(np.ones((2, 1), "uint8"), np.ones((2, 1), "float32"))
    assert float(found) == -1.0


@pytest.mark.parametrize("name", ["CTC", "CategoricalGeneralizedCrossEntropy"])
def test_a_loss_that_computes_in_another_dtype_is_given_in_its_own(name):
    logits = np.random.default_rng(0).random((2, 4, 3), "float32")
    y = np.array([[1, 2, 1, 0], [1, 2, 0, 2]])
    pair = (y, logits) if name == "CTC" else (y[0], logits[0])
    ours = getattr(losses, name)(dtype="bfloat16")(*pair)
    assert ours.dtype == getattr(keras.losses, name)(dtype="bfloat16")(*pair).dtype


def test_weights_of_a_wrong_shape_say_which_are_needed():
    loss = losses.MeanSquaredError()
    y = np.ones((4, 2), "float32")
    words = r"shape \(4, 3\), and the loss gives values of the shape \(4,\)"
    with pytest.raises(ValueError, match=words):
        loss(y, y, sample_weight=np.ones((4, 3)))
    assert float(loss(y, y + 1, sample_weight=np.ones(len(y)))) == 1


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum"])
def test_a_loss_that_overrides_call_of_the_object_is_used_as_in_keras(reduction):
    def results(library):
        class Tripled(library.losses.BinaryCrossentropy):
            def __call__(self, y_true, y_pred, sample_weight=None):
                return 3 * super().__call__(y_true, y_pred, sample_weight)

        model = library.Sequential(
            [library.Input((1,)), library.layers.Dense(1, activation="sigmoid")]
        )
        model.set_weights([np.float32([[2.0]]), np.float32([-1.0])])
        model.compile("sgd", Tripled(reduction=reduction))
        fit = {"batch_size": 2, "shuffle": False, "verbose": 0}
        history = model.fit(P, Y, sample_weight=P[:, 0], **fit).history["loss"]
        return history, model.evaluate(P, Y, batch_size=2, verbose=0)

    np.testing.assert_allclose(results(nbkeras)[0], results(keras)[0], rtol=1e-6)
    np.testing.assert_allclose(results(nbkeras)[1], results(keras)[1], rtol=1e-6)


@pytest.mark.parametrize("weights", [None, np.float32([1, 3])])
@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum"])
def test_masked_steps_do_not_reach_a_loss_that_overrides_call(reduction, weights):
    class Passed(losses.MeanSquaredError):
        def __call__(self, y_true, y_pred, sample_weight=None):
            return super().__call__(y_true, y_pred, sample_weight)

    y_true = np.float32([[[1], [2], [3]], [[4], [5], [6]]])
    mask = np.array([[True, True, False], [True, False, False]])
    y_pred = np.float32([[[0], [4], [50]], [[1], [60], [70]]])
    values = losses.MeanSquaredError(reduction=reduction)
    wanted = values(y_true, y_pred, weights, mask=mask)
    found = Passed(reduction=reduction).of_batch(y_true, y_pred, weights, mask)
    np.testing.assert_allclose(found, wanted, rtol=1e-6)


def test_the_dtype_of_a_loss_is_set_by_its_constructor_alone():
    loss = losses.Huber(dtype="float16")
    with pytest.raises(AttributeError):
        loss.dtype = "float32"  # compiled steps would go on in the other one
    assert loss.dtype == "float16"
