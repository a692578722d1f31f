import numpy as np
import pytest

import nbkeras
from nbkeras import mixed_precision, utils


def test_a_batch_is_packed_and_unpacked():
    for parts in (("x",), ("x", "y"), ("x", "y", "w")):
        batch = utils.pack_x_y_sample_weight(*parts)
        found = utils.unpack_x_y_sample_weight(batch)
        assert found == (*parts, None, None)[:3]
    assert utils.unpack_x_y_sample_weight(["x", "y"]) == ("x", "y", None)


def test_a_batch_of_four_is_refused():
    with pytest.raises(ValueError, match="got 4 parts"):
        utils.unpack_x_y_sample_weight((1, 2, 3, 4))


def test_symbolic_tensors_are_told_from_arrays():
    assert utils.is_keras_tensor(nbkeras.layers.Dense(2)(nbkeras.Input((3,))))
    assert not utils.is_keras_tensor([1.0])


def test_print_summary_prints_the_summary(capsys):
    model = nbkeras.Sequential([nbkeras.Input((3,)), nbkeras.layers.Dense(2)])
    model.summary()
    wanted = capsys.readouterr().out
    utils.print_summary(model)
    assert capsys.readouterr().out == wanted


def test_what_is_put_into_the_custom_objects_is_found():
    objects = utils.get_custom_objects()
    objects["twice"] = lambda x: 2 * x
    try:
        layer = nbkeras.layers.Activation("twice")
    finally:
        del objects["twice"]
    assert layer(np.array([[3.0]])).tolist() == [[6.0]]


@pytest.mark.parametrize(
    "make",
    [
        lambda k: k.layers.Conv2D(3, 2, activation="relu"),
        lambda k: k.optimizers.Adam(0.1),
        lambda k: k.optimizers.schedules.CosineDecay(0.1, 5),
        lambda k: k.losses.Huber(0.5),
        lambda k: k.metrics.AUC(name="a"),
        lambda k: k.initializers.HeNormal(seed=1),
        lambda k: k.regularizers.L2(0.5),
        lambda k: k.constraints.MaxNorm(3.0),
    ],
)
def test_any_object_becomes_plain_data_and_back(make):
    made = make(nbkeras)
    again = utils.deserialize_keras_object(utils.serialize_keras_object(made))
    assert type(again) is type(made)
    assert again.get_config() == made.get_config()


def test_plain_data_of_keras_becomes_an_object():
    import keras

    made = keras.losses.CategoricalCrossentropy(label_smoothing=0.25, name="h")
    again = utils.deserialize_keras_object(keras.utils.serialize_keras_object(made))
    assert (again.label_smoothing, again.name) == (0.25, "h")


@pytest.fixture
def policy():
    yield
    nbkeras.config.set_dtype_policy(None)


def test_a_global_policy_is_that_of_new_layers(policy):
    mixed_precision.set_global_policy("mixed_bfloat16")
    layer = nbkeras.layers.Dense(2)
    y = layer(np.array([[1.0, 2.0]]))
    assert str(y.dtype) == "bfloat16"
    assert layer.compute_dtype == "bfloat16"
    assert layer.kernel.dtype == "float32"
    assert mixed_precision.global_policy().compute_dtype == "bfloat16"
    mixed_precision.set_global_policy(mixed_precision.Policy("float32"))
    assert nbkeras.layers.Dense(2).compute_dtype == "float32"


def test_a_policy_that_is_none_is_refused(policy):
    with pytest.raises(ValueError, match="Did you mean 'mixed_bfloat16'"):
        mixed_precision.set_global_policy("mixed_bfloat1")


def test_jax_is_the_only_backend():
    nbkeras.config.set_backend("jax")
    with pytest.raises(ValueError, match="always uses JAX"):
        nbkeras.config.set_backend("tensorflow")
