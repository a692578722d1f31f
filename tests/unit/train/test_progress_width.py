"""A moving line stays on one line of the terminal."""

import io

from nbkeras.train import events
from nbkeras.train.progress import Progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def drawn(monkeypatch, columns, stream):
    monkeypatch.setenv("COLUMNS", str(columns))
    ticks = iter(range(100))
    show = Progress(stream=stream, clock=lambda: float(next(ticks)))
    show(events.FitStarted(epochs=1, steps=9))
    show(events.EpochStarted(0.0, 0))
    logs = {"accuracy": 0.5, "loss": 1.25, "top_5_accuracy": 0.75}
    show(events.StepEnded(1.0, epoch=0, batch=2, step=2, logs=logs))
    return stream.getvalue().split("\r")[-1]


def test_a_moving_line_is_cut_where_the_terminal_ends(monkeypatch):
    line = drawn(monkeypatch, 50, Terminal())
    assert len(line) == 49
    assert line.startswith("3/9 ━━━━━━╺╺╺╺╺╺╺╺╺╺╺╺╺╺ ")


def test_a_wide_terminal_shows_every_value(monkeypatch):
    line = drawn(monkeypatch, 200, Terminal())
    assert line.endswith("- accuracy: 0.5000 - loss: 1.2500 - top_5_accuracy: 0.7500")


def test_a_file_gets_no_moving_line(monkeypatch):
    assert drawn(monkeypatch, 50, io.StringIO()) == "Epoch 1/1\n"
