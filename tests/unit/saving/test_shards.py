"""Weights in several files, between nbkeras and real Keras."""

import json

import keras
import numpy as np
import pytest

import nbkeras


def model_of(library):
    return library.Sequential(
        [
            library.Input((4,)),
            library.layers.Dense(40, name="wide"),
            library.layers.BatchNormalization(),
            library.layers.Dense(2),
        ]
    )


def size_in_gb(count):
    """Of so many float32 numbers."""
    return count * 4 / 1024**3


@pytest.mark.parametrize(("count", "number"), [(1000, 1), (200, 3), (160, 3)])
@pytest.mark.parametrize("writer", [nbkeras, keras], ids=["nbkeras", "keras"])
@pytest.mark.parametrize("reader", [nbkeras, keras], ids=["nbkeras", "keras"])
def test_parts_are_read_by_both_libraries(count, number, writer, reader, tmp_path):
    model, other = model_of(writer), model_of(reader)
    path = tmp_path / "model.weights.json"
    model.save_weights(path, max_shard_size=size_in_gb(count))
    other.load_weights(path)
    for one, two in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
    if writer is nbkeras:
        assert len(list(tmp_path.glob("model_*.weights.h5"))) == number


def test_the_index_tells_the_size_of_all_weights(tmp_path):
    model = model_of(nbkeras)
    model.save_weights(tmp_path / "m.weights.json", max_shard_size=1)
    index = json.loads((tmp_path / "m.weights.json").read_text())
    assert index["metadata"]["total_size"] == 4 * model.count_params()
    assert set(index["weight_map"].values()) == {"m_00000.weights.h5"}


def test_a_weight_larger_than_a_part_is_refused(tmp_path):
    with pytest.raises(ValueError, match="Write at least max_shard_size="):
        model_of(nbkeras).save_weights(
            tmp_path / "m.weights.json", max_shard_size=size_in_gb(100)
        )


def test_parts_need_an_index_by_its_name(tmp_path):
    with pytest.raises(ValueError, match=r"save_weights\('m\.weights\.json'"):
        model_of(nbkeras).save_weights(tmp_path / "m.weights.h5", max_shard_size=1)


@pytest.mark.parametrize("name", ["../m.weights.h5", "/etc/passwd", 3, "m.keras"])
def test_an_index_that_names_other_files_is_refused(name, tmp_path):
    path = tmp_path / "m.weights.json"
    path.write_text(json.dumps({"metadata": {}, "weight_map": {"/vars": name}}))
    model = model_of(nbkeras)
    before = model.get_weights()
    with pytest.raises(ValueError, match=r"not a \.weights\.h5 file next to it"):
        model.load_weights(path)
    for one, two in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
