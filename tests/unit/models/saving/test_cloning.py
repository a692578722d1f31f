"""clone_model: the same architecture, new weights."""

import numpy as np
import pytest
from graph_cases import arithmetic, data, shared, siamese, two_inputs_two_outputs
from tolerances import assert_close_sums

from nbkeras.layers import Dense, Dropout, Input, Layer
from nbkeras.models import Model, Sequential, clone_model

CASES = [arithmetic, siamese, two_inputs_two_outputs]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_a_clone_computes_the_same_once_it_has_the_weights(case):
    model, _ = shared(case)
    twin = clone_model(model)
    assert twin.get_config() == model.get_config()
    assert not {id(w) for w in twin.weights} & {id(w) for w in model.weights}
    twin.set_weights(model.get_weights())
    x = data(case)
    for a, b in zip(
        _leaves(twin.predict(x, verbose=0)),
        _leaves(model.predict(x, verbose=0)),
        strict=True,
    ):
        assert_close_sums(a, b, rtol=1e-6)


def _leaves(y):
    return (
        list(y.values()) if isinstance(y, dict) else y if isinstance(y, list) else [y]
    )


def test_layers_can_be_replaced_shared_or_put_in_between():
    model, _ = shared(two_inputs_two_outputs)

    def wider(layer):
        if layer.name == "high":
            return Dense(7, name="high")
        return layer

    def with_dropout(layer, *args, **kwargs):
        y = layer(*args, **kwargs)
        return Dropout(0.5)(y) if layer.name == "dense" else y

    twin = clone_model(model, clone_function=wider, call_function=with_dropout)
    assert twin.get_layer("dense") is model.get_layer("dense")
    assert twin.output_shape == [(None, 1), (None, 7)]
    assert any(isinstance(layer, Dropout) for layer in twin.layers)


def test_inner_models_are_cloned_layer_by_layer_if_asked():
    model, _ = shared(siamese)
    seen = []

    def clone(layer):
        seen.append(layer.name)
        return type(layer).from_config(layer.get_config())

    clone_model(model, clone_function=clone)
    assert "tower" in seen
    seen.clear()
    clone_model(model, clone_function=clone, recursive=True)
    assert "tower" not in seen
    assert seen.count("dense") == 2


def test_a_clone_of_a_sequential_may_begin_elsewhere_and_is_compiled_too():
    model = Sequential([Input((4,)), Dense(3), Dense(2)], trainable=False)
    model.compile("adam", "mse", metrics=["mae"])
    twin = clone_model(model, input_tensors=Input((6,)))
    assert twin.input_shape == (None, 6)
    assert not twin.trainable
    assert twin.optimizer is not model.optimizer
    history = twin.fit(np.ones((4, 6)), np.ones((4, 2)), verbose=0).history
    assert {"loss", "mae"} <= set(history)


def test_a_model_of_ones_own_class_is_cloned_from_its_arguments():
    class Net(Model):
        def __init__(self, units=3):
            super().__init__()
            self.units, self.dense = units, Dense(units)

        def call(self, x):
            return self.dense(x)

    assert clone_model(Net(5))(np.ones((1, 2))).shape == (1, 5)
    with pytest.raises(ValueError, match="custom class"):
        clone_model(Net(5), clone_function=lambda layer: layer)


def test_arguments_that_do_not_suit_are_refused():
    model = Sequential([Input((4,)), Dense(3)])
    with pytest.raises(
        ValueError, match="a Sequential cannot be cloned with call_function"
    ):
        clone_model(model, call_function=lambda layer, x: layer(x))
    with pytest.raises(ValueError, match="has one symbolic input tensor"):
        clone_model(model, input_tensors=[Input((1,)), Input((2,))])
    with pytest.raises(
        ValueError, match=r"it must have the structure of model\.input, with left"
    ):
        clone_model(shared(siamese)[0], input_tensors=Input((6,)))
    assert isinstance(model.layers[0], Layer)
