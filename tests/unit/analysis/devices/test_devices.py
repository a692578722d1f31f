import jax
import pytest

import nbkeras
from nbkeras import analysis, distribution, layers


@pytest.fixture(scope="module")
def measured():
    model = nbkeras.Sequential(
        [
            nbkeras.Input((20,), dtype="int32"),
            layers.Embedding(50, 8, name="embedding"),
            layers.Flatten(name="flat"),
            layers.Dense(64, activation="relu", name="dense"),
        ]
    )
    return analysis.devices(model, batch_size=64)


def test_without_a_model_the_devices_of_jax_are_listed():
    result = analysis.devices()
    assert [device.name for device in result.devices] == distribution.list_devices()
    assert result.devices[0].kind == jax.devices()[0].device_kind
    assert result.devices[0].memory_bytes > 0
    assert result.used == ["cpu:0"]
    assert result.layers == ()


def test_under_a_distribution_its_devices_are_used():
    with distribution.DataParallel(devices=["cpu:0"]).scope():
        assert analysis.devices().used == ["cpu:0"]


def test_each_layer_is_listed_with_the_size_of_its_weights(measured):
    sizes = {layer.key: layer.weight_bytes for layer in measured.layers}
    assert sizes == {"embedding": 1600, "flat": 0, "dense": 4 * (160 * 64 + 64)}


def test_the_predicted_memory_is_the_measured_one(measured):
    for layer in measured.layers:
        predicted, wanted = layer.predicted.memory_bytes, layer.measured.memory_bytes
        assert predicted == pytest.approx(wanted, rel=0.25)


def test_the_memory_holds_weights_inputs_outputs_and_their_gradients(measured):
    dense = measured.layers[-1]
    least = 2 * dense.weight_bytes + 64 * (2 * 160 + 64) * 4
    assert least <= dense.measured.memory_bytes < 2 * least


def test_times_are_positive(measured):
    for layer in measured.layers:
        assert layer.predicted.seconds > 0
        assert layer.measured.seconds > 0


def test_a_prediction_alone_measures_nothing():
    model = nbkeras.Sequential([nbkeras.Input((3,)), layers.Dense(2)])
    (dense,) = analysis.devices(model, measure=False).layers
    assert dense.measured is None
    assert dense.predicted.memory_bytes > dense.weight_bytes


def test_a_layer_that_mixes_inputs_gets_all_of_them():
    x, z = nbkeras.Input((3,)), nbkeras.Input((3,))
    model = nbkeras.Model([x, z], layers.Add(name="sum")([x, z]))
    assert [layer.key for layer in analysis.devices(model).layers] == ["sum"]


def test_a_model_that_is_not_built_says_how_to_build_it():
    model = nbkeras.Sequential([layers.Dense(2)])
    with pytest.raises(ValueError, match=r"nbkeras\.Input\(shape\).*model\.build"):
        analysis.devices(model)
    with pytest.raises(ValueError, match="batch_size"):
        analysis.devices(batch_size=0)
