"""nbkeras.runs: the table in Python, and what the page may ask."""

import subprocess
import sys

import matplotlib
import numpy as np
import pytest
from widget_cases import recordings

import nbkeras
from nbkeras.notebook.runs import widget
from nbkeras.notebook.runs.widget import RunsTable


@pytest.fixture
def folder(tmp_path):
    return recordings(tmp_path / "runs", 6)


@pytest.fixture
def table(folder, wire):
    return nbkeras.runs(folder)


def curve(table, run, metric):
    """(epochs, values) of a run as the page finds them."""
    pairs = np.frombuffer(table.curves, "<f4").reshape(-1, 2)
    at = 0
    for number, sizes in enumerate(table.curve_sizes):
        for name, count in sizes.items():
            if (number, name) == (run, metric):
                return pairs[at : at + count].T
            at += count
    raise KeyError(metric)


def test_the_page_gets_the_curves_of_each_run(table):
    for number, run in enumerate(table):
        epochs, values = curve(table, number, "val_loss")
        np.testing.assert_array_equal(epochs, run.epochs)
        np.testing.assert_allclose(values, run.curves["val_loss"], rtol=1e-6)


def test_many_points_are_thinned_and_both_ends_kept(table, monkeypatch):
    monkeypatch.setattr(widget, "MOST_POINTS", 10)
    monkeypatch.setattr(widget, "FEWEST_POINTS", 3)
    thin = RunsTable(table.recorded)
    epochs, _ = curve(thin, 0, "loss")
    assert epochs.tolist() == [1, 5, 8] or epochs.tolist() == [1, 4, 8]


def test_what_is_equal_in_all_runs_is_no_column(table):
    assert table.differing == ["optimizer", "learning_rate", "seed"]
    assert table.same["batch_size"] == 32
    assert "started" not in table.same


def test_a_run_opens_as_its_dashboard(table):
    name = table[3].name
    table._handle_custom_msg({"do": "open", "run": name}, [])
    assert table.opened == name
    assert table.board.status == "stopped"
    assert table.board.progress["epochs_ended"] == 4
    table._handle_custom_msg({"do": "close"}, [])
    assert table.opened == ""


def test_a_run_that_broke_off_opens_as_interrupted(table):
    table.open_run(table[4].name)
    assert table.board.status == "interrupted"


def test_a_file_that_is_gone_is_said_in_words(table):
    table[0].path.unlink()
    table._handle_custom_msg({"do": "open", "run": table[0].name}, [])
    assert "can no longer be read" in table.trouble
    table._handle_custom_msg({"do": "open", "run": "<b>none</b>"}, [])
    assert table.opened == ""


def test_reading_again_finds_new_runs(table, folder):
    recordings(folder, 8)
    table._handle_custom_msg({"do": "refresh"}, [])
    assert len(table.rows) == 8


def test_where_gives_the_table_of_some_runs(table):
    assert len(table.where("adam").rows) == 2
    assert table.best().settings["seed"] == 7
    assert table.table()[0]["seed"] == 7


def test_an_empty_folder_is_a_table_without_rows(tmp_path, wire):
    (tmp_path / "empty").mkdir()
    table = nbkeras.runs(tmp_path / "empty")
    assert table.rows == []
    assert table.static_picture()[1].endswith("Nothing was recorded yet.")


def test_the_figure_has_a_line_for_each_run(table):
    axes = table.figure("val_accuracy").axes[0]
    assert len(axes.lines) == 6
    np.testing.assert_allclose(
        axes.lines[0].get_ydata(), table[0].curves["val_accuracy"]
    )
    assert "optimizer=Adam" in axes.lines[0].get_label()
    assert isinstance(table.figure(), matplotlib.figure.Figure)


def test_a_wrong_metric_is_answered_with_the_right_one(table):
    with pytest.raises(ValueError, match="Did you mean 'val_loss'"):
        table.figure("val_los")


def test_the_static_picture_names_the_best_run(table):
    svg, caption = table.static_picture()
    assert svg.startswith("<svg")
    assert "6 runs in" in caption
    assert table[0].name in caption


def test_a_terminal_prints_a_line_for_each_run(table):
    text = repr(table)
    assert text.count("\n") == 6
    assert "optimizer Adam" in text
    assert "in epoch 8" in text


def test_names_from_files_are_escaped(tmp_path, wire):
    folder = recordings(tmp_path / "runs", 1)
    (file,) = folder.iterdir()
    file.rename(folder / "<script>alert(1)<&.jsonl".replace("/", ""))
    table = nbkeras.runs(folder)
    assert "<script>" not in table.static_html()


def test_a_script_loads_no_widget_for_analysis_alone():
    code = (
        "import sys, nbkeras.analysis.runs.table as t; "
        "assert not {'ipywidgets', 'matplotlib', 'IPython'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
