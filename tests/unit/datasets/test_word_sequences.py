"""IMDB and Reuters, on small files of their form, against Keras's own functions."""

import hashlib
import pickle
from pathlib import Path

import keras
import numpy as np
import pytest
from keras.src.datasets import imdb as their_imdb
from keras.src.datasets import reuters as their_reuters

from nbkeras.datasets import imdb, reuters, word_sequences


def rows(seed, number):
    """An object array of lists of word numbers."""
    generator = np.random.default_rng(seed)
    made = np.empty(number, dtype=object)
    for i in range(number):
        made[i] = generator.integers(1, 50, generator.integers(2, 9)).tolist()
    return made


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Paths of two small files, which both libraries take for the real ones."""
    labels = np.arange(30) % 2
    paths = {name: tmp_path / f"{name}.npz" for name in ("imdb", "reuters")}
    parts = {"x_train": rows(0, 30), "x_test": rows(1, 30)}
    np.savez(paths["imdb"], y_train=labels, y_test=labels, **parts)
    np.savez(paths["reuters"], x=rows(2, 40), y=np.arange(40))
    for module, name in ((their_imdb, "imdb"), (their_reuters, "reuters")):
        path = str(paths[name])
        monkeypatch.setattr(module, "get_file", lambda *_, p=path, **__: p)
    return {name: str(path) for name, path in paths.items()}


SETTINGS = [
    {},
    {"num_words": 20},
    {"num_words": 20, "skip_top": 5, "oov_char": None},
    {"maxlen": 7, "seed": 5},
    {"start_char": None},
    {"start_char": None, "index_from": 0},
]


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("name", ["imdb", "reuters"])
def test_rows_and_labels_are_those_of_keras(files, name, settings):
    ours = {"imdb": imdb, "reuters": reuters}[name].load_data(files[name], **settings)
    theirs = getattr(keras.datasets, name).load_data(**settings)
    for (x, y), (their_x, their_y) in zip(ours, theirs, strict=True):
        assert [list(row) for row in x] == [list(row) for row in their_x]
        np.testing.assert_array_equal(y, their_y)


def test_topics_are_those_of_keras():
    assert reuters.get_label_names() == their_reuters.get_label_names()


def test_a_file_that_names_a_function_is_not_loaded(tmp_path):
    class Harm:
        def __reduce__(self):
            return (print, ("harm",))

    array = np.empty(1, dtype=object)
    array[0] = Harm()
    np.savez(tmp_path / "bad.npz", x=array)
    assert pickle.dumps(array)
    with pytest.raises(ValueError, match=r"builtins\.print is not allowed"):
        word_sequences.read(tmp_path / "bad.npz")


def test_maxlen_that_leaves_nothing_says_so(files):
    with pytest.raises(ValueError, match="larger maxlen"):
        imdb.load_data(files["imdb"], maxlen=1)


def test_checksums_are_those_of_keras():
    assert len(imdb.SHA256) == len(reuters.SHA256) == hashlib.sha256().digest_size * 2
    for module, theirs in ((imdb, their_imdb), (reuters, their_reuters)):
        source = Path(theirs.__file__).read_text()
        assert module.SHA256 in source
        assert module.WORDS_MD5 in source


@pytest.mark.parametrize("module", [imdb, reuters])
@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"num_words": -5}, r"load_data\(num_words=10000\)"),
        ({"num_words": "10"}, r"load_data\(num_words=10000\)"),
        ({"maxlen": 2.5}, r"load_data\(maxlen=200\)"),
        ({"skip_top": None}, r"load_data\(skip_top=0\)"),
        ({"num_words": 20, "skip_top": 20}, r"num_words=10020, skip_top=20"),
    ],
)
def test_settings_are_checked_before_anything_is_downloaded(module, settings, words):
    with pytest.raises(ValueError, match=words):
        module.load_data("not_here.npz", **settings)
