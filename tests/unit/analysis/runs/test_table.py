"""The runs of a folder as a table: what differs, which fit, which is best."""

import time

import pytest
from widget_cases import recordings

from nbkeras.analysis import read_runs


@pytest.fixture
def runs(tmp_path):
    return read_runs(recordings(tmp_path / "runs", 6))


def test_the_newest_run_is_last(runs):
    assert [run.settings["seed"] for run in runs] == [7, 8, 9, 10, 11, 12]
    assert runs[-1].settings["seed"] == 12
    assert runs["2026-03-02_10-00-01_digits"].settings["seed"] == 8
    assert len(runs[:2]) == 2
    with pytest.raises(KeyError, match="The newest are"):
        runs["none"]


def test_only_settings_that_differ_are_named(runs):
    assert runs.differing == ["optimizer", "learning_rate", "seed"]
    assert runs[:1].differing == []


def test_where_finds_by_words_by_setting_and_by_value(runs):
    assert len(runs.where("adam")) == 2
    assert len(runs.where("ADAM seed:7")) == 1
    assert len(runs.where("optimizer:sgd stopped")) == 0
    assert len(runs.where("stopped")) == 1
    assert len(runs.where(learning_rate=0.1)) == 2
    assert len(runs.where("nothing like this")) == 0


def test_the_best_run_has_the_lowest_loss_and_the_highest_accuracy(runs):
    assert runs.best("val_loss").settings["seed"] == 7
    assert runs.best("val_accuracy").settings["seed"] == 7
    assert runs.best("unknown") is None
    assert runs.where("none of them").best() is None


def test_a_row_has_status_best_epoch_and_settings(runs):
    row = runs.table("val_loss")[3]
    assert (row["status"], row["epochs_done"], row["optimizer"]) == (
        "stopped",
        4,
        "Adam",
    )
    assert row["best epoch"] == 4
    assert row["best val_loss"] == min(runs[3].curves["val_loss"])


def test_twenty_runs_are_filtered_in_less_than_a_tenth_of_a_second(tmp_path):
    runs = read_runs(recordings(tmp_path / "many", 20))
    began = time.perf_counter()
    assert len(runs.where("adam digits")) == 7
    assert time.perf_counter() - began < 0.1
