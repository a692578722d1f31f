"""A changed model keeps what the former one learned, layer by layer."""

import numpy as np
import pytest

from nbkeras import Input, Layer, Model, Sequential, layers
from nbkeras.models import transfer_weights

X = np.random.default_rng(0).normal(size=(32, 4)).astype("float32")
Y = X.sum(axis=1, keepdims=True)


def row(*parts, compiled=None):
    model = Sequential([Input((4,)), *parts])
    if compiled:
        model.compile(compiled, "mse")
    return model


def dense(units, activation=None, name=None):
    return layers.Dense(units, activation, name=name)


def same(one, other):
    pairs = zip(one.get_weights(), other.get_weights(), strict=True)
    return all(np.array_equal(a, b) for a, b in pairs)


def test_a_layer_put_in_between_leaves_those_around_it_as_they_were():
    before = row(dense(8), dense(8), dense(3))
    after = row(dense(8), dense(8), dense(8, "tanh"), dense(3))
    carried = transfer_weights(before, after)
    assert carried == (("dense", "dense_1", "dense_3"), ("dense_2",), ())
    for old, new in ((0, 0), (1, 1), (2, 3)):
        assert same(before.layers[old], after.layers[new])


def test_the_layer_with_the_same_config_is_kept_where_shapes_leave_a_choice():
    before = row(dense(4, "relu"), dense(3))
    after = row(dense(4, "tanh"), dense(4, "relu"), dense(3))
    carried = transfer_weights(before, after)
    assert carried.kept == ("dense_1", "dense_2")
    assert same(before.layers[0], after.layers[1])


def test_a_layer_taken_out_is_dropped_and_the_rest_is_kept():
    before = row(dense(4), dense(4, "tanh"), dense(2))
    after = row(dense(4), dense(2))
    assert transfer_weights(before, after) == (("dense", "dense_1"), (), ("dense_1",))
    assert same(before.layers[2], after.layers[1])


def test_a_layer_keeps_its_weights_when_only_its_activation_changes():
    before, after = row(dense(5, "relu")), row(dense(5, "tanh"))
    assert transfer_weights(before, after).kept == ("dense",)
    assert same(before, after)


def test_names_of_ones_own_are_found_wherever_they_stand():
    before = row(dense(4, name="a"), dense(4, name="b"))
    after = row(dense(4, name="b"), dense(4, name="a"))
    assert transfer_weights(before, after).kept == ("b", "a")
    assert same(before.get_layer("a"), after.get_layer("a"))
    assert same(before.get_layer("b"), after.get_layer("b"))


def test_another_name_of_ones_own_is_another_layer():
    before, after = row(dense(4, name="a")), row(dense(4, name="b"))
    assert transfer_weights(before, after) == ((), ("b",), ("a",))
    assert not same(before, after)


def test_a_layer_that_is_given_a_name_now_keeps_its_weights():
    before, after = row(dense(4), dense(2)), row(dense(4, name="first"), dense(2))
    assert transfer_weights(before, after).kept == ("first", "dense")
    assert same(before, after)


def test_slots_and_count_of_the_optimizer_go_with_their_weights():
    before = row(dense(8), dense(1), compiled="adam")
    before.fit(X, Y, epochs=2, verbose=0)
    after = row(dense(8), dense(8), dense(1), compiled="adam")
    transfer_weights(before, after)
    old, new = before.optimizer.state["slots"], after.optimizer.state["slots"]
    assert np.abs(old["momentum"]["dense_1/kernel"]).max() > 0
    for slot in ("momentum", "velocity"):
        moved = new[slot]["dense_2/kernel"]
        np.testing.assert_array_equal(moved, old[slot]["dense_1/kernel"])
        assert np.abs(new[slot]["dense_1/kernel"]).max() == 0
    assert int(after.optimizer.iterations) == 2


def test_an_equal_model_trains_on_as_the_former_one_would_have():
    def fitted(epochs):
        model = row(dense(8, "relu"), layers.Dropout(0.5), dense(1), compiled="adam")
        model.set_weights(start)
        model._seed = 5
        model.fit(X, Y, epochs=epochs, batch_size=8, verbose=0)
        return model

    start = row(dense(8), dense(1)).get_weights()
    whole, half = fitted(4), fitted(2)
    again = row(dense(8, "relu"), layers.Dropout(0.5), dense(1), compiled="adam")
    transfer_weights(half, again)
    assert again.epochs_done == 2
    again.fit(X, Y, epochs=2, batch_size=8, verbose=0)
    for a, b in zip(whole.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-7)


def test_the_new_learning_rate_counts_and_not_the_former():
    before = row(dense(1), compiled="sgd")
    before.fit(X, Y, verbose=0)
    after = row(dense(1))
    from nbkeras.optimizers import SGD

    after.compile(SGD(0.5), "mse")
    transfer_weights(before, after)
    assert float(after.optimizer.learning_rate) == 0.5


def test_another_optimizer_begins_afresh():
    before = row(dense(1), compiled="adam")
    before.fit(X, Y, verbose=0)
    after = row(dense(1), compiled="sgd")
    transfer_weights(before, after)
    assert after.optimizer.state is None
    assert same(before, after)


def test_training_the_new_model_leaves_the_former_as_it_was():
    before = row(dense(1), compiled="sgd")
    after = row(dense(1), compiled="sgd")
    transfer_weights(before, after)
    kept = before.get_weights()
    after.fit(X, Y, verbose=0)
    assert not same(before, after)
    for a, b in zip(kept, before.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_layers_within_models_within_are_compared_one_by_one():
    def nested(units):
        inner = Sequential([Input((4,)), dense(6), dense(units)])
        return row(inner, dense(2))

    before, after = nested(5), nested(7)
    carried = transfer_weights(before, after)
    assert len(carried.kept) == 1
    assert same(before.layers[0].layers[0], after.layers[0].layers[0])


def test_a_layer_that_both_share_is_kept_and_not_touched():
    shared = dense(4)
    x = Input((4,))
    before = Model(x, dense(2)(shared(x)))
    x = Input((4,))
    after = Model(x, dense(3)(shared(x)))
    was = shared.get_weights()
    assert transfer_weights(before, after).kept == ("dense",)
    np.testing.assert_array_equal(was[0], shared.get_weights()[0])


def test_a_class_of_ones_own_that_was_defined_again_is_the_same_layer():
    def make():
        class Scale(Layer):
            def build(self, input_shape):
                self.factor = self.add_weight("factor", (input_shape[-1],), "normal")

            def call(self, x):
                return x * self.factor

        return row(Scale())

    before, after = make(), make()
    assert transfer_weights(before, after).kept == ("scale",)
    assert same(before, after)


@pytest.mark.parametrize("units", [5, 6])
def test_nothing_is_kept_where_shapes_differ(units):
    before, after = row(dense(4)), row(dense(units))
    assert transfer_weights(before, after).kept == ()
