"""The text of a run: a moving line, one line an epoch, in Keras's form."""

import io

import pytest

from nbkeras.train import events
from nbkeras.train.events import Status
from nbkeras.train.progress import Progress


class Screen(io.StringIO):
    def __init__(self, terminal):
        super().__init__()
        self.terminal = terminal

    def isatty(self):
        return self.terminal


def tell(*told, verbose=1, terminal=False, each_s=1.0):
    now = [0.0]
    screen = Screen(terminal)
    text = Progress(verbose, screen, clock=lambda: now[0])
    for event in told:
        text(event)
        now[0] += each_s
    return screen.getvalue()


RUN = [
    events.FitStarted(epochs=1, steps=2),
    events.EpochStarted(epoch=0),
    events.StepEnded(batch=0, logs={"loss": 2.0}),
    events.StepEnded(batch=1, logs={"loss": 1.5}),
    events.EpochEnded(steps=2, logs={"accuracy": 0.25, "loss": 1.5, "val_loss": 5e-4}),
    events.FitEnded(),
]


def test_a_log_file_gets_one_line_an_epoch():
    assert tell(*RUN) == (
        "Epoch 1/1\n"
        f"2/2 {'━' * 20} 3s 1.5s/step - accuracy: 0.2500 - loss: 1.5000 - "
        "val_loss: 5.0000e-04\n"
    )


def test_verbose_2_writes_the_line_that_keras_writes():
    assert tell(*RUN, verbose=2) == (
        "Epoch 1/1\n"
        "2/2 - 3s - 1.5s/step - accuracy: 0.2500 - loss: 1.5000 - "
        "val_loss: 5.0000e-04\n"
    )


def test_a_terminal_gets_a_line_that_moves():
    lines = tell(*RUN, terminal=True).split("\r")
    assert lines[0] == "Epoch 1/1\n"
    assert lines[1] == f"1/2 {'━' * 10}{'╺' * 10} 1s left - loss: 2.0000"
    assert lines[2].startswith(f"2/2 {'━' * 20} 0s left - loss: 1.5000")
    assert lines[3].endswith("val_loss: 5.0000e-04\n")


def test_a_fast_run_is_drawn_at_most_eight_times_a_second():
    steps = [events.StepEnded(batch=k, logs={"loss": 1.0}) for k in range(100)]
    told = [events.FitStarted(steps=100), events.EpochStarted(), *steps]
    assert tell(*told, terminal=True, each_s=0.01).count("\r") == 8


def test_unknown_lengths_are_said_to_be_unknown():
    told = [events.FitStarted(), *RUN[1:3]]
    assert "1/unknown running" in tell(*told, terminal=True)


def test_an_evaluation_has_its_own_line_but_not_within_a_fit():
    passed = [
        events.EvaluateStarted(steps=2),
        events.EvaluateStepEnded(batch=0),
        events.EvaluateStepEnded(batch=1),
        events.EvaluateEnded(logs={"loss": 0.5}, steps=2),
    ]
    assert tell(*passed) == f"2/2 {'━' * 20} 3s 1.5s/step - loss: 0.5000\n"
    assert tell(*RUN[:4], *passed, *RUN[4:]).count("\n") == 2


def test_a_prediction_counts_its_batches():
    passed = [events.PredictStarted(steps=3), events.PredictEnded(steps=3)]
    assert tell(*passed) == f"3/3 {'━' * 20} 1s 333ms/step\n"


@pytest.mark.parametrize("status", [Status.INTERRUPTED, Status.FAILED])
def test_a_run_cut_short_says_that_the_model_is_whole(status):
    text = tell(*RUN[:3], events.FitEnded(status=status))
    assert f"Training {status}: the model is as of the last step." in text
