"""Files of nbkeras in real Keras 3, and the other way: equal predictions."""

import numpy as np
import pytest
import saved_cases

import nbkeras

NAMES = list(saved_cases.BY_NAME)
# Keras itself cannot write these (a generator of random seeds is not plain data).
NOT_H5 = {"augmentation is still at prediction"}

pytestmark = pytest.mark.filterwarnings(
    "ignore:.*HDF5 file:UserWarning", "ignore::DeprecationWarning"
)


def same(name, model, x, wanted):
    near = saved_cases.tolerance(name)
    found = saved_cases.run(model, x)
    np.testing.assert_allclose(found, wanted, rtol=near, atol=near)


@pytest.mark.parametrize("name", NAMES)
def test_keras_opens_our_model(keras, models, tmp_path, name):
    model, x, y = models("ours", name)
    model.save(tmp_path / "m.keras")
    same(name, keras.saving.load_model(tmp_path / "m.keras"), x, y)


@pytest.mark.parametrize("name", NAMES)
def test_we_open_a_model_of_keras(models, tmp_path, name):
    model, x, y = models("theirs", name)
    model.save(tmp_path / "m.keras")
    same(name, nbkeras.models.load_model(tmp_path / "m.keras"), x, y)


@pytest.mark.parametrize("name", NAMES)
def test_we_open_our_own_model_with_equal_config(models, tmp_path, name):
    model, x, y = models("ours", name)
    model.save(tmp_path / "m.keras")
    again = nbkeras.models.load_model(tmp_path / "m.keras")
    same(name, again, x, y)
    assert again.get_config() == model.get_config()


@pytest.mark.parametrize("name", NAMES)
def test_weights_files_go_both_ways(keras, models, tmp_path, name):
    case = saved_cases.BY_NAME[name]
    ours, x, y_ours = models("ours", name)
    theirs, _, y_theirs = models("theirs", name)
    ours.save_weights(tmp_path / "ours.weights.h5")
    theirs.save_weights(tmp_path / "theirs.weights.h5")
    for library, file, wanted in (
        (keras, "ours.weights.h5", y_ours),
        (nbkeras, "theirs.weights.h5", y_theirs),
    ):
        model = saved_cases.build(library, case)
        model.load_weights(tmp_path / file)
        same(name, model, x, wanted)


@pytest.mark.parametrize("name", [n for n in NAMES if n not in NOT_H5])
def test_hdf5_models_as_of_keras_2_go_both_ways(keras, models, tmp_path, name):
    ours, x, y_ours = models("ours", name)
    theirs, _, y_theirs = models("theirs", name)
    ours.save(tmp_path / "ours.h5")
    theirs.save(tmp_path / "theirs.h5")
    same(name, keras.saving.load_model(tmp_path / "ours.h5"), x, y_ours)
    same(name, nbkeras.models.load_model(tmp_path / "theirs.h5"), x, y_theirs)


@pytest.mark.parametrize("name", NAMES)
def test_json_of_either_builds_in_the_other(keras, models, name):
    ours, _, _ = models("ours", name)
    theirs, _, _ = models("theirs", name)
    for text in (ours.to_json(), theirs.to_json()):
        built = nbkeras.models.model_from_json(text)
        assert [w.shape for w in built.weights] == [w.shape for w in ours.weights]
        assert built.output_shape == ours.output_shape
    built = keras.models.model_from_json(ours.to_json())
    assert built.output_shape == ours.output_shape
