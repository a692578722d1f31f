"""Attributes and arguments of Keras that only its documentation shows, as there."""

import keras
import numpy as np
import pytest

import nbkeras


@pytest.fixture(params=[keras, nbkeras], ids=["keras", "nbkeras"])
def library(request):
    """Keras, and nbkeras in its place."""
    yield request.param
    request.param.config.set_floatx("float32")


def test_an_input_spec_has_the_arguments_of_keras_in_their_order(library):
    spec = library.layers.InputSpec("float32", (None, 3), optional=True, name="a")
    assert (spec.dtype, spec.shape, spec.ndim) == ("float32", (None, 3), 2)
    assert (spec.name, spec.optional) == ("a", True)
    again = type(spec).from_config(spec.get_config())
    assert (again.shape, again.optional) == ((None, 3), True)


@pytest.mark.parametrize(
    ("shape", "fits"), [((2, 4), True), ((2, 4, 1), True), ((2, 5), False)]
)
def test_a_last_axis_of_size_one_may_be_missing(library, shape, fits):
    class Same(library.layers.Layer):
        def __init__(self):
            super().__init__()
            self.input_spec = library.layers.InputSpec(
                shape=(None, 4, 1), allow_last_axis_squeeze=True
            )

        def call(self, x):
            return x

    x = np.ones(shape, "float32")
    if fits:
        assert Same()(x).shape == shape
    else:
        with pytest.raises(ValueError, match="4"):
            Same()(x)


def test_a_keras_tensor_takes_a_name_and_sparse_by_position(library):
    tensor = library.KerasTensor((2, 3), "float32", True, name="x")
    assert (tensor.name, tensor.sparse, tensor.ragged_rank) == ("x", True, None)


def test_a_ragged_keras_tensor_is_refused_with_the_way_to_pad():
    with pytest.raises(ValueError, match="pad_sequences"):
        nbkeras.KerasTensor((2, None), ragged=True)


def test_a_layer_knows_its_call_and_makes_symbolic_calls(library):
    layer = library.layers.Dense(2)
    assert layer.call_signature_parameters[0] in ("inputs", "x")
    assert layer.supports_jit
    assert layer.symbolic_call(library.layers.Input((3,))).shape == (None, 2)
    assert not library.utils.is_keras_tensor(layer)
    scale = layer.add_variable((2,), "ones", trainable=False)
    np.testing.assert_array_equal(scale, [1, 1])


def test_a_variable_keeps_how_replicas_would_be_combined(library):
    variable = library.Variable([1.0], aggregation="mean")
    assert (variable.aggregation, variable.synchronization) == ("mean", "auto")
    assert library.Variable([1.0]).aggregation == "none"


def test_objects_of_ones_own_are_found_by_from_config(library):
    class Cell(library.layers.SimpleRNNCell):
        pass

    config = library.layers.RNN(Cell(2)).get_config()
    again = library.layers.RNN.from_config(config, custom_objects={"Cell": Cell})
    assert type(again.cell) is Cell
    adam = library.optimizers.Adam(0.25)
    again = type(adam).from_config(adam.get_config(), custom_objects={})
    assert float(again.learning_rate) == 0.25


@pytest.mark.parametrize("name", ["normal", "uniform", "truncated_normal"])
def test_random_numbers_have_the_dtype_floatx(library, name):
    library.config.set_floatx("float16")
    assert getattr(library.random, name)((2,), seed=1).dtype == "float16"


def test_how_steps_are_executed_can_be_read_and_set(library):
    model = library.Sequential([library.layers.Input((2,)), library.layers.Dense(1)])
    model.compile("sgd", "mse", run_eagerly=True)
    assert (model.run_eagerly, model.jit_compile) == (True, False)
    model.compile("sgd", "mse")
    found = (model.run_eagerly, model.jit_compile, model.steps_per_execution)
    assert found == (False, True, 1)
    model.run_eagerly, model.steps_per_execution = True, 3
    assert (model.run_eagerly, model.steps_per_execution) == (True, 3)


def test_steps_per_execution_must_be_positive():
    model = nbkeras.Sequential([nbkeras.layers.Dense(1)])
    with pytest.raises(ValueError, match="steps_per_execution"):
        model.steps_per_execution = 0


@pytest.mark.parametrize("library", [nbkeras, keras], ids=["nbkeras", "keras"])
def test_arguments_by_position_mean_what_they_mean_in_keras(library, tmp_path):
    tensor = library.Input(None, None, "int32", False, False, (2, 3), "numbers")
    assert (tensor.shape, tensor.dtype, tensor.name) == ((2, 3), "int32", "numbers")
    model = library.Sequential([library.Input((3,)), library.layers.Dense(1)])
    model.save(tmp_path / "model", True, False)
    assert (tmp_path / "model" / "config.json").is_file()
    library.saving.save_model(model, tmp_path / "model.keras", True, True)
    assert (tmp_path / "model.keras").is_file()


@pytest.mark.parametrize("library", [nbkeras, keras], ids=["nbkeras", "keras"])
def test_moving_statistics_are_none_before_build(library):
    layer = library.layers.BatchNormalization()
    assert layer.moving_mean is None
    assert layer.moving_variance is None
    layer.build((None, 3))
    assert layer.moving_variance.shape == (3,)


@pytest.mark.parametrize("library", [nbkeras, keras], ids=["nbkeras", "keras"])
def test_bins_are_found_batch_by_batch(library):
    layer, values = library.layers.Discretization(num_bins=4), np.arange(100.0)
    layer.update_state(np.zeros((5, 1)))
    layer.reset_state()
    for batch in np.split(values, 4):
        layer.update_state(batch)
    layer.finalize_state()
    np.testing.assert_allclose(layer.bin_boundaries, [24.75, 49.5, 74.25], atol=2)
