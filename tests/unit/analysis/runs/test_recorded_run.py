"""Recordings read back: real runs, runs that broke off, and files of strangers."""

import json

import numpy as np
import pytest

from nbkeras import Input, Sequential
from nbkeras.analysis import read_runs
from nbkeras.analysis.runs import recorded_run
from nbkeras.analysis.runs.recorded_run import events_of, read_run
from nbkeras.layers import Dense
from nbkeras.train import Recorder, events

X = np.random.default_rng(0).normal(size=(60, 4)).astype("float32")
Y = X.sum(1)


def fitted(folder, rate=0.01, epochs=3, **how):
    from nbkeras.optimizers import SGD

    model = Sequential([Input((4,)), Dense(1)], name="line")
    model.compile(SGD(rate), "mse", metrics=["mae"])
    return model.fit(X, Y, epochs=epochs, verbose=0, record=folder, **how)


def test_curves_equal_the_history_of_the_run(tmp_path):
    history = fitted(tmp_path, validation_split=0.2)
    (run,) = read_runs(tmp_path)
    assert run.epochs.tolist() == [1, 2, 3]
    assert set(run.curves) == {"loss", "mae", "val_loss", "val_mae"}
    for name in run.curves:
        np.testing.assert_array_equal(run.curves[name], history.history[name])
    assert (run.status, run.steps) == ("completed", 6)
    assert run.settings["learning_rate"] == 0.01


def test_the_best_epoch_is_the_lowest_loss_and_the_highest_accuracy(tmp_path):
    recorder = Recorder(tmp_path / "run.jsonl")
    recorder(events.FitStarted())
    for epoch, (loss, acc) in enumerate([(3.0, 0.1), (float("nan"), 0.9), (1.0, 0.5)]):
        recorder(events.EpochEnded(epoch=epoch, logs={"loss": loss, "accuracy": acc}))
    recorder.close()
    run = read_run(recorder.path)
    assert run.best("loss") == (3, 1.0)
    assert run.best("val_loss") == (3, 1.0)  # without validation: the training's
    assert run.best("accuracy") == (2, 0.9)
    assert run.best("auc") is None
    assert run.status == "interrupted"  # no last word: it broke off


def test_an_epoch_without_a_metric_leaves_a_gap(tmp_path):
    fitted(tmp_path, epochs=4, validation_split=0.2, validation_freq=2)
    (run,) = read_runs(tmp_path)
    assert np.isnan(run.curves["val_loss"]).tolist() == [True, False, True, False]
    assert run.best("val_loss")[0] in (2, 4)


HEAD = json.dumps({"nbkeras_recording": 1})
STARTED = json.dumps({"event": "FitStarted"})


def written(folder, *lines):
    path = folder / "stranger.jsonl"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (["hello"], "no recording"),
        (['{"nbkeras_recording": 2}'], "no recording"),
        (["[" * 100_000], "nested too deeply|no recording"),
        ([HEAD], "never began"),
        ([HEAD, '{"event": "FitStarted", "evil": 1}'], "has no fields"),
        ([HEAD, '{"event": "FitStarted", "seconds": [1]}'], "cannot be read"),
        ([HEAD, STARTED, '{"event": "EpochEnded", "logs": [1, 2]}'], "cannot be read"),
        ([HEAD, STARTED, '{"event": "EpochEnded", "epoch": "x"}'], "cannot be read"),
        ([HEAD, STARTED, '{"event": "EpochEnded", "epoch": {}}'], "cannot be read"),
        ([HEAD, STARTED, '{"event": "FitEnded", "status": "hacked"}'], "cannot be read"),
        ([HEAD, STARTED, '["EpochEnded"]'], "cannot be read"),
        ([HEAD, "{" + '"Epoch":' + "[" * 50_000], "nested too deeply|never began"),
    ],
)  # fmt: skip
def test_what_a_stranger_wrote_is_refused_in_words(tmp_path, lines, why):
    path = written(tmp_path, *lines)
    with pytest.raises(ValueError, match=why):
        read_run(path)
    runs = read_runs(tmp_path)
    assert len(runs) == 0
    assert list(runs.unreadable) == [path.name]


def test_large_files_and_lines_are_refused_before_they_are_read(tmp_path, monkeypatch):
    path = written(tmp_path, HEAD, STARTED, '{"event": "' + "x" * 2_000_000 + '"}')
    with pytest.raises(ValueError, match="line 3 has more than a million characters"):
        read_run(path)
    monkeypatch.setattr(recorded_run, "MOST_BYTES", 1000)
    with pytest.raises(ValueError, match="a recording may have at most"):
        read_run(path)


def test_names_and_settings_of_a_stranger_are_bounded(tmp_path):
    logs = {f"metric{i}": 1.0 for i in range(1000)} | {"x" * 10_000: 1.0}
    head = {"settings": {f"s{i}": "y" * 5_000 for i in range(100)} | {"list": [1]}}
    path = written(
        tmp_path,
        json.dumps({"nbkeras_recording": 1, **head}),
        STARTED,
        json.dumps({"event": "EpochEnded", "logs": logs}),
    )
    run = read_run(path)
    assert len(run.curves) == recorded_run.MOST_METRICS
    assert len(run.settings) <= recorded_run.MOST_SETTINGS + 4
    assert max(len(str(v)) for v in run.settings.values()) <= recorded_run.MOST_TEXT
    with pytest.raises(ValueError, match="too many or too long metrics"):
        events_of(path)


def test_settings_that_are_no_plain_values_are_left_out(tmp_path):
    head = {"nbkeras_recording": 1, "settings": {"a": {"b": 1}, "c": None, "d": 2}}
    run = read_run(written(tmp_path, json.dumps(head), STARTED))
    assert "a" not in run.settings
    assert run.settings["d"] == 2


def test_a_torn_last_line_does_not_hide_the_run(tmp_path):
    fitted(tmp_path)
    (file,) = tmp_path.iterdir()
    text = file.read_text("utf-8")
    file.write_text(text[:-30], "utf-8")
    (run,) = read_runs(tmp_path)
    assert run.status == "interrupted"
    assert len(run.epochs) == 3


def test_a_folder_that_is_not_there_says_how_to_record(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"Record a run first: model.fit\("):
        read_runs(tmp_path / "none")
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(NotADirectoryError, match=r"nbkeras.replay\("):
        read_runs(tmp_path / "file")


def test_events_of_a_recording_are_those_of_replay(tmp_path):
    from nbkeras.train import replay

    fitted(tmp_path)
    (file,) = tmp_path.iterdir()
    assert events_of(file) == list(replay(file))
