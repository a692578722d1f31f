"""A file is the old one or the new one: after a kill, on a full disk, for two writers."""

import contextlib
import io
import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import h5py
import hostile_files
import numpy as np
import pytest

import nbkeras
from nbkeras import layers
from nbkeras.train.interrupts import interrupts_put_off

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("killed")
    done = subprocess.run(
        [sys.executable, HERE / "kill_child.py", folder],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert "REPORT" in done.stdout, done.stderr
    return json.loads(done.stdout.split("REPORT")[1])


def test_after_every_kill_the_file_is_whole(killed):
    assert len(killed["found"]) == 60
    assert all(isinstance(number, int) for number in killed["found"])


def test_the_kills_came_while_files_were_written(killed):
    assert killed["left"] > 0


def test_what_a_killed_writer_left_is_cleared_away_by_the_next(killed):
    assert killed["cleared"]


def test_of_two_writers_at_once_one_whole_file_stays(killed):
    assert killed["ended"] == [0, 0]
    assert killed["last"] in range(125)
    assert killed["files"] == 1


@contextlib.contextmanager
def disk_of(size):
    """No file of this process may become longer than `size` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("name", ["m.keras", "m.h5", "m.weights.h5"])
def test_on_a_full_disk_the_file_from_before_stays(tmp_path, name):
    model = hostile_files.base_model(nbkeras)
    path = tmp_path / name
    save = model.save_weights if ".weights." in name else model.save
    save(path)
    before = path.read_bytes()
    model.set_weights([np.ones(w.shape) for w in model.weights])
    for size in np.linspace(0, len(before) - 1, 50).astype(int):
        with disk_of(int(size)), pytest.raises(OSError) as caught:  # noqa: PT011
            save(path)
        assert "is unchanged. Free disk space" in str(caught.value)
        assert path.read_bytes() == before
        assert [each.name for each in tmp_path.iterdir()] == [name]
    save(path)
    assert path.read_bytes() != before


def test_an_interrupt_while_writing_leaves_the_old_file(tmp_path, monkeypatch):
    model = hostile_files.base_model(nbkeras)
    model.save(tmp_path / "m.keras")
    before = (tmp_path / "m.keras").read_bytes()

    def interrupt(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        model.save(tmp_path / "m.keras")
    assert (tmp_path / "m.keras").read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["m.keras"]


class PressedWhileWritten(io.BytesIO):
    """Memory that h5py writes to; Ctrl-C is pressed at access number `at`."""

    at = number = 0

    def truncate(self, *size):
        cls = type(self)
        cls.number += 1
        if cls.number == cls.at:
            signal.raise_signal(signal.SIGINT)
        return super().truncate(*size)


@pytest.mark.parametrize("at", [1, 2])
@pytest.mark.parametrize("name", ["m.keras", "m.h5", "m.weights.h5"])
def test_ctrl_c_during_a_save_strikes_after_it_and_the_file_is_whole(
    tmp_path, monkeypatch, name, at
):
    model = hostile_files.base_model(nbkeras)
    save = model.save_weights if ".weights." in name else model.save
    weights = model.get_weights()
    monkeypatch.setattr(PressedWhileWritten, "at", at)
    monkeypatch.setattr(PressedWhileWritten, "number", 0)
    with monkeypatch.context() as patched:
        patched.setattr(io, "BytesIO", PressedWhileWritten)
        with pytest.raises(KeyboardInterrupt):
            save(tmp_path / name)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    twin = hostile_files.base_model(nbkeras)
    twin.set_weights([np.zeros_like(weight) for weight in weights])
    twin.load_weights(tmp_path / name)
    for loaded, saved in zip(twin.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(loaded, saved)


class PressedWhileRead(io.BytesIO):
    """A file that HDF5 reads; Ctrl-C is pressed at access number `at`."""

    at = number = 0

    def readinto(self, buffer):
        cls = type(self)
        cls.number += 1
        if cls.number == cls.at:
            signal.raise_signal(signal.SIGINT)
        return super().readinto(buffer)


@pytest.mark.parametrize("at", [1, 3, 6])
@pytest.mark.parametrize("name", ["m.keras", "m.h5", "m.weights.h5"])
def test_ctrl_c_while_a_file_is_read_strikes_at_once_and_loads_nothing(
    tmp_path, monkeypatch, name, at
):
    model = hostile_files.base_model(nbkeras)
    (model.save_weights if ".weights." in name else model.save)(tmp_path / name)
    twin = hostile_files.base_model(nbkeras)
    before = twin.get_weights()
    open_file = h5py.File
    monkeypatch.setattr(PressedWhileRead, "at", at)
    monkeypatch.setattr(PressedWhileRead, "number", 0)

    def opened(source, *mode):
        data = source.read() if hasattr(source, "read") else Path(source).read_bytes()
        return open_file(PressedWhileRead(data), *mode)

    with monkeypatch.context() as patched:
        patched.setattr(h5py, "File", opened)
        with pytest.raises(KeyboardInterrupt):
            twin.load_weights(tmp_path / name)
    assert PressedWhileRead.number >= at
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    for after, weight in zip(twin.get_weights(), before, strict=True):
        np.testing.assert_array_equal(after, weight)


def test_three_presses_strike_at_once():
    done = []

    def press_three_times():
        with interrupts_put_off():
            for press in range(3):
                signal.raise_signal(signal.SIGINT)
                done.append(press)

    with pytest.raises(KeyboardInterrupt):
        press_three_times()
    assert done == [0, 1]


def test_a_layer_named_dot_is_kept_in_keras_files_and_refused_in_h5(tmp_path):
    model = nbkeras.Sequential([nbkeras.Input((3,)), layers.Dense(2, name=".")])
    with pytest.raises(ValueError, match=r"named '\.'.*save\('model\.keras'\)"):
        model.save(tmp_path / "m.h5")
    model.save(tmp_path / "m.keras")
    loaded = nbkeras.models.load_model(tmp_path / "m.keras")
    assert loaded.layers[0].name == "."
    np.testing.assert_array_equal(loaded.get_weights()[0], model.get_weights()[0])


def test_the_rights_of_the_file_stay_and_a_link_is_followed(tmp_path):
    model = hostile_files.base_model(nbkeras)
    model.save(tmp_path / "real.keras")
    (tmp_path / "real.keras").chmod(0o640)
    (tmp_path / "link.keras").symlink_to(tmp_path / "real.keras")
    model.save(tmp_path / "link.keras")
    assert (tmp_path / "link.keras").is_symlink()
    assert (tmp_path / "real.keras").stat().st_mode & 0o777 == 0o640


def test_a_new_file_has_the_rights_that_the_user_gives_new_files(tmp_path):
    hostile_files.base_model(nbkeras).save(tmp_path / "m.keras")
    (tmp_path / "other").touch()
    wanted = (tmp_path / "other").stat().st_mode
    assert (tmp_path / "m.keras").stat().st_mode == wanted


def test_a_missing_folder_a_folder_as_name_and_a_kept_file_are_said(tmp_path):
    model = hostile_files.base_model(nbkeras)
    with pytest.raises(FileNotFoundError, match=r"Create it first: Path\("):
        model.save(tmp_path / "none" / "m.keras")
    with pytest.raises(IsADirectoryError, match=r"Give a file name such as"):
        model.save(tmp_path)
    model.save(tmp_path / "m.keras")
    with pytest.raises(FileExistsError, match=r"write overwrite=True"):
        model.save(tmp_path / "m.keras", overwrite=False)


def test_a_model_without_weights_is_not_saved_as_h5(tmp_path):
    model = nbkeras.Sequential([nbkeras.layers.Dense(2)])
    with pytest.raises(ValueError, match=r"Start it with Input\(shape="):
        model.save(tmp_path / "m.h5")
    assert list(tmp_path.iterdir()) == []


def test_weights_need_a_name_that_tells_what_they_are(tmp_path):
    model = hostile_files.base_model(nbkeras)
    with pytest.raises(ValueError, match=r"save_weights\('ckpt\.weights\.h5'\)"):
        model.save_weights(tmp_path / "ckpt.keras")


def test_another_ending_is_written_and_noted(tmp_path):
    model = hostile_files.base_model(nbkeras)
    with pytest.warns(UserWarning, match=r"expects the name model\.keras"):
        model.save(tmp_path / "model.bin")
    again = nbkeras.models.load_model(tmp_path / "model.bin")
    np.testing.assert_array_equal(again.get_weights()[0], model.get_weights()[0])
