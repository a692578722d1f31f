"""Files cut short or with flipped bits: a clear error, or the weights as they were."""

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
    with pytest.raises(ValueError, match=f"5,000 of {len(whole):,} bytes are there"):
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
