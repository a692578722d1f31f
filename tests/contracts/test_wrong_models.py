"""Every wrong model of the table is refused with exactly its message."""

import inspect

import numpy as np
import pytest
from wrong_models import WRONG

import nbkeras
from nbkeras import activations, backend, layers, models, optimizers
from nbkeras.core.errors.structured_errors import LayerMistake, Mistake

PICTURES = np.random.default_rng(0).random((8, 6, 6, 1), np.float32)
NAMES = {
    "np": np,
    "layers": layers,
    "optimizers": optimizers,
    "X": np.random.default_rng(1).random((8, 5), np.float32),
    "Y": np.random.default_rng(2).random((8, 3), np.float32),
    "PICTURES": PICTURES,
    **{name: getattr(layers, name) for name in dir(layers)},
    **{name: getattr(models, name) for name in ("Sequential", "Model")},
}


def small(activation=None, **compiled):
    """Five features in, three out, compiled."""
    model = models.Sequential([layers.Input((5,)), layers.Dense(3, activation)])
    model.compile(**compiled)
    return model


@pytest.mark.parametrize("wrong", WRONG, ids=[each.code[:50] for each in WRONG])
def test_a_wrong_model_is_refused_with_its_exact_message(wrong):
    backend.clear_session()
    with pytest.raises(wrong.error) as caught:
        exec(wrong.code, {**NAMES, "small": small})
    assert str(caught.value) == wrong.message


def test_the_table_has_at_least_45_wrong_models_and_none_twice():
    assert len({each.code for each in WRONG}) == len(WRONG) >= 45


def test_a_mistake_of_shapes_gives_its_parts_one_by_one():
    with pytest.raises(LayerMistake) as caught:
        models.Sequential([layers.Input((4, 4, 1)), layers.Conv2D(8, 5, name="first")])
    found = caught.value
    assert (found.kind, found.layer) == ("Conv2D", "first")
    assert found.given == "(None, 4, 4, 1)"
    assert found.needed == "at least 5 x 5 pixels for kernel_size=(5, 5)"
    made = eval(found.write, NAMES)
    assert made(np.ones((1, 4, 4, 1))).shape == (1, 4, 4, 8)


def test_a_mistake_inside_a_model_of_ones_own_names_the_way_to_the_layer():
    class Block(models.Model):
        def __init__(self):
            super().__init__(name="block")
            self.inner = layers.Conv2D(4, 3, name="narrow")

        def call(self, x):
            return self.inner(x)

    class Whole(models.Model):
        def __init__(self):
            super().__init__(name="whole")
            self.block = Block()

        def call(self, x):
            return self.block(x)

    with pytest.raises(LayerMistake) as caught:
        Whole()(np.ones((1, 2, 2, 1)))
    assert caught.value.layer == "whole/block/narrow"
    assert str(caught.value).startswith(
        "Conv2D 'whole/block/narrow' got (None, 2, 2, 1)"
    )


def test_a_name_from_within_a_class_of_ones_own_is_not_put_down_to_its_call():
    class Own(layers.Layer):
        def __init__(self, size):
            super().__init__()
            self.inner = activations.get("rellu")

    with pytest.raises(ValueError, match="Unknown activation") as caught:
        Own(3)
    assert str(caught.value).startswith("Unknown activation 'rellu'. Did you mean")


def test_a_misspelt_metric_of_one_output_is_put_right_in_its_dict():
    model = models.Sequential([layers.Input((2,)), layers.Dense(1, name="a")])
    with pytest.raises(ValueError, match="metric") as caught:
        model.compile("sgd", "mse", metrics={"a": ["acuracy"]})
    assert caught.value.write == (
        "model.compile(optimizer='sgd', loss='mse', metrics={'a': ['accuracy']})"
    )


def test_all_mistakes_are_still_the_errors_that_python_knows():
    kinds = [kind for kind in Mistake.__subclasses__() if "nbkeras" in kind.__module__]
    assert len(kinds) == 5
    assert all(issubclass(kind, ValueError | TypeError) for kind in kinds)
    assert "structured_errors" in inspect.getfile(Mistake)
    assert nbkeras.__name__ == "nbkeras"
