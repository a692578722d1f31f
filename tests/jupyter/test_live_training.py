"""Steering a fit by hand in JupyterLab; the run's own record proves what happened."""

import pytest
from lab import APPS

from nbkeras.train import events
from nbkeras.train.record import replay

pytestmark = pytest.mark.jupyter

SETUP = """
%load_ext nbkeras
import numpy as np
import nbkeras
from nbkeras.layers import Dense
from nbkeras.train import Recorder

nbkeras.utils.set_random_seed(1)
x = np.random.default_rng(0).normal(size=(640, 8)).astype("float32")
y = x.sum(axis=1, keepdims=True)
model = nbkeras.Sequential([nbkeras.Input((8,)), Dense(16, activation="relu"), Dense(1)])
model.compile("sgd", "mse")
"""
ENDLESS = 'history = model.fit(x, y, epochs=100_000, batch_size=32, validation_data=(x, y), callbacks=[Recorder("{}", hz=20)])'


@pytest.mark.parametrize("lab", APPS, indirect=True)
def test_buttons_steer_a_fit_while_its_cell_runs(lab):
    book = lab.notebook(
        SETUP,
        ENDLESS.format("steered.jsonl"),
        "print(history.status, np.isfinite(model.predict(x, verbose=0)).all())",
        "again = model.fit(x, y, epochs=1)",
    )
    book.run(0)
    book.start(1)
    book.wait(1, ".nbk-status", "Training")
    book.press("Pause")
    book.wait(1, ".nbk-status", "Paused")
    place = where(book)
    for _ in range(2):
        book.press("Step")
        place = moved_on(book, place)
    book.press("Epoch table")
    book.press("Validate now")
    # The result, the title and the button: without another step.
    book.wait(1, ".nbk-table tbody th", "now")
    book.wait(1, ".nbk-status", "Paused")
    book.page.get_by_role("button", name="Resume", exact=True).wait_for()
    slider = book.page.get_by_role("slider", name="Learning rate")
    box = slider.bounding_box()
    book.page.mouse.click(box["x"] + box["width"] * 0.25, box["y"] + box["height"] / 2)
    book.press("Resume")
    book.wait(1, ".nbk-status", "Training")
    # Go slowly, and stop once steps were seen that the new rate has trained.
    place = moved_on(book, place)
    book.page.get_by_label("Speed", exact=True).select_option("10 steps a second")
    book.wait(1, ".nbk-facts", "100 ms")
    moved_on(book, where(book))
    book.press("Stop")
    book.ended(1)
    book.wait(1, ".nbk-status", "Stopped")
    assert book.run(2).strip() == "stopped True"
    book.run(3)
    book.wait(3, ".nbk-message", "Continues from epoch")

    record = list(replay(lab.root / "steered.jsonl"))
    moves = [e for e in record if isinstance(e, events.Steered)]
    assert [m.move for m in moves] == [
        "pause",
        "step",
        "step",
        "validate",
        "learning_rate",
        "resume",
        "speed",
    ]
    pause, first, second, *_ = moves
    # Each press on Step was one batch: nothing ran between the requests.
    assert (first.step, second.step) == (pause.step, pause.step + 1)
    assert {m.step for m in moves[3:6]} == {pause.step + 2}
    assert 0.0005 < moves[4].value < 0.005
    asked = next(
        e
        for e in record
        if isinstance(e, events.EvaluateEnded) and e.step == pause.step + 2
    )
    assert asked.logs["loss"] > 0
    after = [
        e.learning_rate
        for e in record
        if isinstance(e, events.StepEnded) and e.step > pause.step + 2
    ]
    assert after[-1] == pytest.approx(moves[4].value)
    limited = moves[6]
    slow = [
        e for e in record if isinstance(e, events.StepEnded) and e.step > limited.step
    ]
    # Step n after the limit begins at least n tenths of a second after it. A busy
    # machine delays the end of a step, so two ends may be nearer to each other.
    assert slow
    for e in slow:
        assert e.seconds - limited.seconds > 0.1 * (e.step - limited.step) - 0.01
    assert record[-1].status == "stopped"


WHERE = (
    "document.querySelector('.nbk-where').textContent.split(' · ').slice(0, 2).join()"
)
CURVE = "document.querySelector('path.nbk-train').getAttribute('d')"


def where(book):
    """The epoch and step that the dashboard shows, without what was asked for."""
    return book.page.evaluate(WHERE)


def moved_on(book, place):
    """Wait until the dashboard shows another step; returns it.

    A new epoch shows its step 0 before it takes a step.
    """
    return book.page.wait_for_function(
        f"(t) => {WHERE} !== t && !{WHERE}.includes('step 0 ') && {WHERE}", arg=place
    ).json_value()


def test_an_interrupted_fit_survives_a_reload_and_ends_quietly(lab):
    book = lab.notebook(
        SETUP,
        ENDLESS.format("interrupted.jsonl"),
        "print(history.status, len(model.history.epoch) > 0)",
    )
    book.run(0)
    book.start(1)
    book.wait(1, ".nbk-where", "epoch 2")
    book.save()
    book.open()
    book.interrupt()
    book.wait(1, ".nbk-status", "Interrupted")
    assert "Traceback" not in book.text(1)
    book.page.wait_for_function(f"() => {CURVE} !== ''")
    assert book.run(2).strip() == "interrupted True"


def test_a_run_in_the_background_is_live_again_after_a_reload(lab):
    cells = [
        ENDLESS.format("background.jsonl")
        .replace("history =", "run =")
        .replace("batch_size", "background=True, batch_size")
    ]
    cells += [
        "print(run.status, model.predict(x[:2], verbose=0).shape)",
        "print(run.wait(30).status)",
    ]
    book = lab.notebook(SETUP, *cells)
    book.run(0)
    book.run(1)
    book.wait(1, ".nbk-where", "epoch 2")
    book.press("Pause")
    book.wait(1, ".nbk-status", "Paused")
    place, curve = where(book), book.page.evaluate(CURVE)
    book.save()
    book.open()
    # A paused run sends nothing: what is seen now, the kernel has kept.
    book.wait(1, ".nbk-status", "Paused")
    assert where(book) == place
    # Drawn once more when the width of the page is known.
    book.page.wait_for_function(f"(d) => {CURVE} === d", arg=curve)
    book.press("Resume")
    book.wait(1, ".nbk-status", "Training")
    moved_on(book, moved_on(book, place))
    assert book.run(2).strip() == "running (2, 1)"
    book.press("Pause")
    book.wait(1, ".nbk-status", "Paused")
    book.press("Stop")
    book.wait(1, ".nbk-status", "Stopped")
    assert book.run(3).strip() == "stopped"


def test_a_kernel_that_cannot_hear_while_busy_gets_a_sentence_for_buttons(lab):
    deaf = "from nbkeras.notebook import comms\ncomms.HOOK = 'not there'"
    book = lab.notebook(deaf + SETUP, ENDLESS.format("deaf.jsonl"))
    book.run(0)
    book.start(1)
    book.wait(1, ".nbk-message", "interrupt the kernel")
    assert not book.page.get_by_role("button", name="Stop", exact=True).is_visible()
    book.interrupt()
    book.ended(1)
    book.wait(1, ".nbk-status", "Interrupted")
