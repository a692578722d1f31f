"""One list of run states, from the engine to the page."""

import re
from pathlib import Path

import pytest

from nbkeras.notebook import dashboard
from nbkeras.notebook.dashboard.run_state import RunState
from nbkeras.notebook.dashboard.strings import ROWS
from nbkeras.notebook.dashboard.widget import Dashboard
from nbkeras.train import events
from nbkeras.train.events import Status

FOLDER = Path(dashboard.__file__).parent
WORDS = {status.value for status in Status}


def test_the_page_is_told_in_which_states_a_run_can_be_steered():
    assert Dashboard().get_state()["active_statuses"] == [
        "starting",
        "running",
        "validating",
        "paused",
    ]


def test_every_state_has_a_caption():
    assert WORDS <= ROWS.keys()


def test_the_script_compares_a_status_with_words_of_the_enum_only():
    script = (FOLDER / "widget.js").read_text() + (FOLDER / "chart_grid.js").read_text()
    compared = set(re.findall(r'status [!=]== "(\w+)"', script))
    for listed in re.findall(r"\[([^\]]*)\]\.includes\(status\)", script):
        compared |= set(re.findall(r'"(\w+)"', listed))
    assert {"starting", "completed", "failed", "stopped"} <= compared
    assert compared <= WORDS


def test_the_style_sheet_names_words_of_the_enum_only():
    style = (FOLDER / "widget.css").read_text()
    named = set(re.findall(r'data-status="(\w+)"', style))
    assert "running" in named
    assert named <= WORDS


@pytest.mark.parametrize("status", [s for s in Status if not s.is_active])
def test_a_run_that_ended_is_shown_under_the_word_of_its_event(status):
    state = RunState()
    state(events.FitEnded(1.0, status))
    widget = Dashboard(**state.traits())
    assert widget.status == status.value
    assert not widget.is_active
