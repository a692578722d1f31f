"""The engine is told of its front end and asks nobody else."""

import io
import subprocess
import sys

from nbkeras.callbacks import LiveTraining
from nbkeras.core import front_end
from nbkeras.train import events
from nbkeras.train.progress import Progress


class Screen:
    """A front end that overwrites everything and notes what it shows."""

    def __init__(self):
        self.shown = []
        self.options = None

    def can_overwrite(self, stream):
        return True

    def live_display(self, control, **options):
        self.options = options
        return self.shown.append


def test_live_training_shows_what_the_registered_front_end_gives(monkeypatch):
    screen = Screen()
    monkeypatch.setattr(front_end, "_current", front_end.current())
    front_end.register(screen)
    display = LiveTraining(metrics="loss", height=240, rate=4)
    display.attach(plan=None, control=None, model=None)
    display(events.EpochStarted())
    assert screen.shown == [events.EpochStarted()]
    shown = {"metrics": ["loss"], "height_px": 240, "updates_per_s": 4}
    assert screen.options == {**shown, "plan": None, "model": None}


def test_live_training_is_text_where_the_front_end_has_no_display(monkeypatch, capsys):
    monkeypatch.setattr(front_end, "_current", front_end.Terminal())
    display = LiveTraining()
    display.attach(plan=None, control=None, model=None)
    display(events.FitStarted(epochs=3))
    display(events.EpochStarted())
    assert capsys.readouterr().out == "Epoch 1/3\n"


def test_a_line_moves_where_the_front_end_can_overwrite_it(monkeypatch):
    assert not Progress(1, io.StringIO()).moving
    monkeypatch.setattr(front_end, "_current", Screen())
    assert Progress(1, io.StringIO()).moving
    assert not Progress(2, io.StringIO()).moving


def test_the_front_end_of_a_notebook_is_found_when_it_is_asked_for():
    code = (
        "import sys, nbkeras\n"
        "assert 'nbkeras.core.front_end' not in sys.modules\n"
        "from nbkeras.core import front_end\n"
        "print(type(front_end.current()).__name__)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    assert ran.stdout.split() == ["Jupyter"]
