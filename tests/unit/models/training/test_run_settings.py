"""What a run was made with, as its recording says."""

import json

import numpy as np
import pytest

from nbkeras import Input, Sequential, config, optimizers
from nbkeras.callbacks import EarlyStopping
from nbkeras.layers import Conv2D, Dense, Flatten

X = np.random.default_rng(0).normal(size=(20, 6, 6, 1)).astype("float32")
Y = np.arange(20) % 3


def model(optimizer="adam"):
    made = Sequential(
        [
            Input((6, 6, 1)),
            Conv2D(4, 3, activation="relu"),
            Flatten(),
            Dense(3, "softmax"),
        ],
        name="digits",
    )
    made.compile(optimizer, "sparse_categorical_crossentropy")
    return made


def head(folder):
    (file,) = folder.iterdir()
    return json.loads(file.read_text("utf-8").splitlines()[0])["settings"]


def test_a_recording_names_architecture_optimizer_and_data(tmp_path):
    made = model(optimizers.SGD(0.05, momentum=0.9))
    stop = EarlyStopping("loss")
    made.fit(X, Y, 8, 2, verbose=0, callbacks=[stop], record=tmp_path / "runs")
    settings = head(tmp_path / "runs")
    assert settings["architecture"] == "Conv2D 4 3×3 relu, Flatten, Dense 3 softmax"
    assert settings["parameters"] == 4 * 9 + 4 + 64 * 3 + 3
    assert (settings["optimizer"], settings["learning_rate"]) == ("SGD", 0.05)
    assert (settings["batch_size"], settings["epochs"], settings["rows"]) == (8, 2, 20)
    assert settings["callbacks"] == "EarlyStopping"
    assert settings["seed"] == made.run_seed()


def test_one_line_records_every_fit_of_a_notebook(tmp_path):
    config.set_record(tmp_path / "all")
    try:
        model().fit(X, Y, verbose=0)
        model().fit(X, Y, verbose=0)
    finally:
        config.set_record(None)
    model().fit(X, Y, verbose=0)
    assert len(list((tmp_path / "all").iterdir())) == 2


def test_a_run_that_is_recorded_keeps_its_epochs(tmp_path):
    history = model().fit(X, Y, epochs=2, verbose=0, record=tmp_path / "run.jsonl")
    assert history.kept_epochs == [0, 1, 2]
    assert (tmp_path / "run.jsonl").is_file()


def test_what_is_no_path_is_refused():
    with pytest.raises(TypeError, match=r'Write for example fit\(record="runs/"\)'):
        model().fit(X, Y, record=True)
    with pytest.raises(TypeError, match=r'Write for example set_record\("runs/"\)'):
        config.set_record(3)
