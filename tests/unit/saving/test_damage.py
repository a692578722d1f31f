"""Files cut short or with flipped bits: a clear error, or the weights as they were."""

import warnings
import zipfile

import hostile_files
import numpy as np
import pytest

import nbkeras

FORMATS = ("m.keras", "m.weights.h5", "m.h5")


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    folder = tmp_path_factory.mktemp("good")
    model = hostile_files.base_model(nbkeras)
    model.compile("adam", "mse")
    model.save(folder / "m.keras")
    model.save(folder / "m.h5")
    model.save_weights(folder / "m.weights.h5")
    data = {name: (folder / name).read_bytes() for name in FORMATS}
    return model, data


def load(path):
    if ".weights." not in path.name:
        return nbkeras.models.load_model(path)
    model = hostile_files.base_model(nbkeras)
    model.load_weights(path)
    return model


def tried(path):
    """(model, None) or (None, error); any other kind of error fails the test."""
    try:
        return load(path), None
    except (ValueError, OSError) as error:
        return None, error


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_cut_at_any_length_is_said_to_be_damaged(good, tmp_path, name):
    whole = good[1][name]
    path = tmp_path / name
    for length in np.linspace(0, len(whole) - 1, 60).astype(int):
        path.write_bytes(whole[:length])
        with pytest.raises(ValueError, match=r"incomplete|damaged|empty") as caught:
            load(path)
        assert str(path) in str(caught.value)


def test_a_cut_hdf5_file_says_how_much_is_there(good, tmp_path):
    whole = good[1]["m.weights.h5"]
    path = tmp_path / "m.weights.h5"
    path.write_bytes(whole[:5000])
    with pytest.raises(ValueError, match=f"5,000 of {len(whole):,} bytes are present"):
        load(path)


@pytest.mark.parametrize("name", ["m.keras", "m.weights.h5"])
def test_a_flipped_bit_is_found_or_changes_no_weight(good, tmp_path, name):
    model, files = good
    rng = np.random.default_rng(3)
    path, refused = tmp_path / name, 0
    for place in rng.choice(len(files[name]), 80, replace=False):
        data = bytearray(files[name])
        data[place] ^= 1 << int(rng.integers(8))
        path.write_bytes(data)
        loaded, error = tried(path)
        if error:
            refused += 1
            assert name in str(error)
            continue
        for a, b in zip(loaded.get_weights(), model.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)
    assert refused >= 10


def test_a_changed_byte_in_any_member_is_said_to_be_damage(good, tmp_path):
    whole = good[1]["m.keras"]
    path = tmp_path / "m.keras"
    path.write_bytes(whole)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    assert "nbkeras/state.json" in members
    for content in members.values():
        data = bytearray(whole)
        data[whole.index(content) + len(content) // 2] ^= 1
        path.write_bytes(data)
        with pytest.raises(ValueError, match="Save or download it again") as caught:
            load(path)
        assert str(path) in str(caught.value)


def test_noise_in_an_old_file_raises_nothing_but_errors_of_value_and_file(
    good, tmp_path
):
    rng = np.random.default_rng(4)
    path = tmp_path / "m.h5"
    for _ in range(40):
        data = bytearray(good[1]["m.h5"])
        for place in rng.integers(0, len(data), 6):
            data[place] = rng.integers(256)
        path.write_bytes(data)
        _, error = tried(path)
        assert error is None or "m.h5" in str(error)


def test_skip_mismatch_loads_what_fits(good, tmp_path):
    path = tmp_path / "m.weights.h5"
    path.write_bytes(good[1]["m.weights.h5"])
    layers = nbkeras.layers
    other = nbkeras.Sequential(
        [nbkeras.Input(shape=(4,)), layers.Dense(3), layers.Dense(7)]
    )
    before = other.get_weights()
    with pytest.raises(ValueError, match=r"write skip_mismatch=True"):
        other.load_weights(path)
    for a, b in zip(other.get_weights(), before, strict=True):
        np.testing.assert_array_equal(a, b)
    other.load_weights(path, skip_mismatch=True)
    stored = good[0].get_weights()
    np.testing.assert_array_equal(other.get_weights()[0], stored[0])
    np.testing.assert_array_equal(other.get_weights()[2], before[2])


def test_weights_that_are_not_finite_are_loaded_and_named(tmp_path):
    model = hostile_files.base_model(nbkeras)
    kernel = model.layers[1].kernel
    kernel.assign(np.full(kernel.shape, np.nan))
    model.save(tmp_path / "m.keras")
    with pytest.warns(UserWarning, match=r"second/kernel hold values .* not finite"):
        nbkeras.models.load_model(tmp_path / "m.keras")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<html><head>", "is a web page"),
        (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
        (b"", "is empty"),
        (b"\x80\x04\x95", "never read"),
    ],
)
def test_what_is_no_model_file_is_told_by_its_first_bytes(tmp_path, content, said):
    path = tmp_path / "m.keras"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=said):
        nbkeras.models.load_model(path)
    with pytest.raises(ValueError, match=said):
        hostile_files.base_model(nbkeras).load_weights(path)


def test_a_missing_file_says_what_is_there(tmp_path):
    hostile_files.base_model(nbkeras).save(tmp_path / "real.keras")
    with pytest.raises(FileNotFoundError, match=r"this folder has: real\.keras"):
        nbkeras.models.load_model(tmp_path / "rael.keras")


def trained(nbkeras):
    model = hostile_files.base_model(nbkeras)
    model.compile("adam", "mse")
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(32, 4)), rng.normal(size=(32, 2))
    model.fit(x, y, epochs=2, verbose=0)
    return model


def numbers(model):
    """All that a file holds of a model: weights, and the optimizer's arrays."""
    return [*model.get_weights(), *map(np.asarray, model.optimizer.variables)]


def flips(data, count, seed):
    """(place, the file with one bit flipped there), `count` times."""
    rng = np.random.default_rng(seed)
    for place in rng.choice(len(data), count, replace=False):
        flipped = bytearray(data)
        flipped[place] ^= 1 << int(rng.integers(8))
        yield place, bytes(flipped)


def test_a_flipped_bit_in_h5_is_found_or_changes_no_number(tmp_path):
    model = trained(nbkeras)
    path = tmp_path / "m.h5"
    model.save(path)
    whole, refused = path.read_bytes(), 0
    for place, data in flips(whole, 300, seed=6):
        path.write_bytes(data)
        with warnings.catch_warnings(record=True) as notices:
            warnings.simplefilter("always")
            loaded, error = tried(path)
        if any("the optimizer's state" in str(each.message) for each in notices):
            continue  # said, so it is not silent
        if error:
            refused += 1
            continue
        for a, b in zip(numbers(loaded), numbers(model), strict=True):
            np.testing.assert_array_equal(a, b, err_msg=f"byte {place}")
    assert refused >= 40


@pytest.mark.parametrize("text", ["first/0:0", '"relu"', "iteration:0"])
def test_a_changed_text_in_h5_is_found(tmp_path, text):
    model = trained(nbkeras)
    path = tmp_path / "m.h5"
    model.save(path)
    data = path.read_bytes()
    at = data.index(text.encode())
    path.write_bytes(data[:at] + b"s" + data[at + 1 :])
    with pytest.raises(ValueError, match=r"damaged.*Save or download it again"):
        load(path)


def test_a_dtype_that_was_changed_is_found(tmp_path):
    model = trained(nbkeras)
    path = tmp_path / "m.weights.h5"
    model.save_weights(path)
    data = path.read_bytes()
    # HDF5's message of float32: version and class, bit fields, size 4.
    float32, int32 = b"\x11\x20\x1f\x00\x04\x00\x00\x00", b"\x10\x20\x1f\x00\x04"
    assert float32 in data
    path.write_bytes(data.replace(float32, int32 + float32[5:]))
    with pytest.raises(ValueError, match="damaged"):
        load(path)


def test_a_sum_of_the_bytes_alone_as_in_older_files_is_checked_too(tmp_path):
    import h5py

    path = tmp_path / "m.weights.h5"
    trained(nbkeras).save_weights(path)
    with h5py.File(path, "a") as file:
        attributes = file["layers/dense/vars/0"].attrs
        del attributes["checksum"]
        attributes["crc32"] = np.uint32(7)
    with pytest.raises(ValueError, match=r"damaged: .*layers/dense/vars/0"):
        load(path)


def test_a_dropped_optimizer_state_is_told_of_each_time(tmp_path):
    import h5py

    path = tmp_path / "m.h5"
    trained(nbkeras).save(path)
    with h5py.File(path, "a") as file:
        del file.attrs["checksum"]
        group = file["optimizer_weights"]
        group.attrs["weight_names"] = group.attrs["weight_names"][:-1]
    for _ in range(2):
        with pytest.warns(
            UserWarning, match="optimizer's state does not fit and was reset"
        ):
            load(path)


def test_layers_added_after_training_leave_the_optimizer_its_state(tmp_path):
    model = trained(nbkeras)
    before = {k: dict(v) for k, v in model.optimizer.state["slots"].items()}
    model.add(nbkeras.layers.Dense(2, name="third"))
    for name in ("m.keras", "m.h5"):
        with pytest.warns(UserWarning, match=r"not trained yet: third/kernel"):
            model.save(tmp_path / name)
        state = load(tmp_path / name).optimizer.state
        assert int(state["iterations"]) == 2
        for slot, arrays in before.items():
            for path, array in arrays.items():
                np.testing.assert_array_equal(state["slots"][slot][path], array)
            assert not np.any(state["slots"][slot]["third/kernel"])
