"""The interpreter may be left at any moment while background threads compute."""

import re
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from nbkeras.core.machine import background_threads
from nbkeras.core.machine.background_threads import BackgroundThread

CHILD = Path(__file__).with_name("leaving_child.py")
MOMENTS_S = np.round(np.linspace(0, 1.8, 10), 1)


WORKS = [
    "fit",
    "compile_ahead",
    "lab",
    "batches_ahead",
    "kept_epochs",
    "explain",
    "interpret",
    "playground",
    "layer_panel",
    "model_cell",
    "past_views",
    "tune",
]


@pytest.mark.parametrize("work", WORKS)
def test_leaving_at_ten_moments_ends_the_process_in_order(work):
    done = subprocess.run(
        [sys.executable, str(CHILD), work, *map(str, MOMENTS_S)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    # What a process shows of its work may stand before it in the line.
    ended = re.findall(r"ended [\d.]+ -?\d+", done.stdout)
    assert sorted(ended) == [f"ended {s} 0" for s in MOMENTS_S], done.stderr
    assert done.stdout.count("left at") == len(MOMENTS_S)
    assert "FATAL" not in done.stderr


def test_a_thread_that_a_cancelled_one_starts_is_cancelled_too():
    ended, started = [], threading.Event()

    def work():
        assert first_cancelled.wait(20)
        inner = BackgroundThread(lambda: inner_cancelled.wait(20), "inner", cancel)
        inner.start()
        ended.append(inner)
        started.set()

    def cancel():
        inner_cancelled.set()

    first_cancelled, inner_cancelled = threading.Event(), threading.Event()
    BackgroundThread(work, "outer", first_cancelled.set).start()
    assert background_threads.end_all(20)
    assert started.is_set()
    assert not ended[0].is_alive()


def test_leaving_does_not_wait_for_ever_and_says_what_for(monkeypatch, capsys):
    monkeypatch.setattr(background_threads, "REPORT_AFTER_S", 0.0)
    released = threading.Event()
    thread = BackgroundThread(lambda: released.wait(20), "nbkeras-stuck", lambda: None)
    thread.start()
    assert not background_threads.end_all(0.3)
    assert "Waiting for nbkeras-stuck to finish its step" in capsys.readouterr().err
    released.set()
    thread.join()
