"""KerasFileEditor: what real Keras sees in a file and makes of it."""

import numpy as np
import pytest

import nbkeras
from nbkeras.saving import KerasFileEditor


def made(library, units=(3, 2), compiled=False):
    model = library.Sequential(
        [library.layers.Input((4,), name="start")]
        + [library.layers.Dense(n, name=f"own_{n}") for n in units],
        name="stack",
    )
    if compiled:
        model.compile("adam", "mse")
        x = np.ones((4, 4), "float32")
        model.fit(x, np.ones((4, units[-1]), "float32"), verbose=0)
    return model


def same_trees(ours, theirs):
    assert list(ours) == list(theirs)
    for name, value in theirs.items():
        if isinstance(value, dict):
            same_trees(ours[name], value)
        else:
            np.testing.assert_array_equal(ours[name], value)
            assert ours[name].dtype == value.dtype


@pytest.mark.parametrize("ending", [".keras", ".weights.h5"])
@pytest.mark.parametrize("writer", ["nbkeras", "keras"])
def test_both_editors_see_the_same_weights(keras, tmp_path, ending, writer):
    library = {"nbkeras": nbkeras, "keras": keras}[writer]
    path = tmp_path / f"model{ending}"
    model = made(library, compiled=True)
    model.save(path) if ending == ".keras" else model.save_weights(path)
    ours, theirs = KerasFileEditor(path), keras.saving.KerasFileEditor(str(path))
    same_trees(ours.weights_dict, theirs.weights_dict)
    assert (ours.config is None) == (ending != ".keras")


def test_an_edited_file_fits_the_changed_model(keras, tmp_path):
    path = tmp_path / "old.weights.h5"
    old, new = made(nbkeras), made(nbkeras, (3, 2, 5))
    old.save_weights(path)
    editor = KerasFileEditor(path)
    assert editor.compare(old)["status"] == "success"
    assert editor.compare(new) == {
        "status": "error",
        "error_count": 1,
        "match_count": 4,
    }
    kernel = np.arange(10, dtype="float32").reshape(2, 5)
    editor.add_object("layers/dense_7", {"0": kernel})
    assert editor.compare(new)["error_count"] == 2
    editor.rename_object("dense_7", "dense_2")
    assert editor.compare(new)["error_count"] == 1
    editor.add_weights("layers/dense_2", {"1": np.zeros(4, "float32")})
    assert editor.compare(new)["error_count"] == 1
    editor.add_weights("dense_2", {"1": np.zeros(5, "float32")})
    assert editor.compare(new) == {
        "status": "success",
        "error_count": 0,
        "match_count": 6,
    }
    edited = tmp_path / "new.weights.h5"
    editor.save(edited)
    new.load_weights(edited)
    twin = made(keras, (3, 2, 5))
    twin.load_weights(edited)
    for a, b in zip(new.get_weights(), twin.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(new.get_weights()[4], kernel)


def test_weights_and_objects_are_taken_out(tmp_path):
    path = tmp_path / "model.weights.h5"
    made(nbkeras).save_weights(path)
    editor = KerasFileEditor(path)
    editor.delete_weight("dense", "1")
    assert list(editor.weights_dict["layers"]["dense"]) == ["0"]
    editor.delete_object("layers/dense_1")
    editor.resave_weights(path)
    assert list(KerasFileEditor(path).weights_dict["layers"]) == ["dense"]


def test_the_summary_lists_objects_weights_and_names(tmp_path, capsys):
    path = tmp_path / "model.weights.h5"
    made(nbkeras).save_weights(path)
    KerasFileEditor(path).summary()
    out = capsys.readouterr().out
    assert "dense_1 ('own_2')" in out
    assert "0: shape=(4, 3), dtype=float32" in out


@pytest.mark.parametrize(
    ("action", "advice"),
    [
        (lambda e: e.delete_object("dens"), r"no object 'dens'.*summary\(\) lists all"),
        (lambda e: e.delete_object("0"), r"2 objects called '0'.*Give one of"),
        (lambda e: e.rename_object("dense", "layers/b"), "Write new_name='b'"),
        (lambda e: e.rename_object("dense", "dense_1"), "delete_object first"),
        (lambda e: e.add_object("layer/a", {}), "Did you mean 'layers'"),
        (lambda e: e.add_object("layers/a", [1]), "Write for example weights="),
        (lambda e: e.add_weights("dense", {"0": "text"}), "not an array of numbers"),
        (lambda e: e.add_weights("layers/dense/0", {}), "path of the object"),
        (lambda e: e.delete_weight("dense", "7"), "the object has '0', '1'"),
        (lambda e: e.save("model.keras"), "save.'model.weights.h5'"),
    ],
)
def test_mistakes_are_explained_and_change_nothing(tmp_path, action, advice):
    path = tmp_path / "model.weights.h5"
    made(nbkeras).save_weights(path)
    editor = KerasFileEditor(path)
    with pytest.raises(ValueError, match=advice):
        action(editor)
    same_trees(editor.weights_dict, KerasFileEditor(path).weights_dict)


def test_another_kind_of_file_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"ends in \.keras or \.weights\.h5"):
        KerasFileEditor(tmp_path / "model.h5")


def test_a_failed_save_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "model.weights.h5"
    made(nbkeras).save_weights(path)
    before = path.read_bytes()
    editor = KerasFileEditor(path)
    editor.weights_dict["layers"]["dense"]["0"] = object()
    with pytest.raises(TypeError):
        editor.save(path)
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_weights_are_saved_and_loaded_by_the_functions_of_keras(tmp_path):
    path = tmp_path / "model.weights.h5"
    model, twin = made(nbkeras), made(nbkeras)
    nbkeras.saving.save_weights(model, path)
    nbkeras.saving.load_weights(twin, path)
    for a, b in zip(model.get_weights(), twin.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
