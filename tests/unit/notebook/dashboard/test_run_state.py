"""The picture of a run, from events alone."""

import json
import math
import string

import numpy as np
import pytest
from runs import run, values

from nbkeras.analysis.learning_curves.diagnosis import Kind
from nbkeras.core import settings
from nbkeras.notebook.dashboard.run_state import RunState
from nbkeras.notebook.dashboard.strings import SENTENCES
from nbkeras.notebook.widget.charts.series import MISSING
from nbkeras.optimizers import privacy_accounting
from nbkeras.train import events
from nbkeras.train.events import from_json


def after(stream, upto=None):
    state = RunState()
    for i, event in enumerate(stream):
        if i == upto:
            break
        state(event)
    return state


def test_a_whole_run_ends_with_every_epoch_and_its_numbers():
    state = after(run(epochs=3, steps=20, dt=0.5))
    assert state.status == "completed"
    x, loss = state.epochs.column("val_loss")
    np.testing.assert_array_equal(x, [20, 40, 60])
    np.testing.assert_allclose(
        loss, [values(["loss"], s, None, 0.1)["loss"] for s in (19, 39, 59)]
    )
    assert state.progress()["epoch"] == 3
    assert state.progress()["step"] == state.progress()["total"] == 60
    assert state.progress()["left"] is None


def test_time_left_is_the_pace_times_what_remains_without_the_compilation():
    stream = [events.FitStarted(0.0, epochs=2, steps=10, batch_size=4)]
    stream.append(events.StepEnded(30.0, 0, 0, 0, 4, {"loss": 1.0}))
    stream += [
        events.StepEnded(30.0 + 0.5 * i, 0, i, i, 4, {"loss": 1.0}) for i in range(1, 6)
    ]
    progress = after(stream).progress()
    assert progress["left"] == pytest.approx(0.5 * 14)
    assert progress["step_s"] == pytest.approx(0.5)
    assert progress["rows_s"] == pytest.approx(8.0)


def test_a_pause_is_no_part_of_the_pace():
    stream = [events.FitStarted(0.0, epochs=1, steps=100)]
    stream += [
        events.StepEnded(1.0 + 0.1 * i, 0, i, i, 1, {"loss": 1.0}) for i in range(5)
    ]
    stream += [events.Steered(1.5, 0, 5, 5, "pause")]
    paused = after(stream)
    assert paused.is_held
    assert paused.status == "paused"
    stream += [events.Steered(100.0, 0, 5, 5, "resume")]
    stream += [
        events.StepEnded(100.1 + 0.1 * i, 0, 5 + i, 5 + i, 1, {"loss": 1.0})
        for i in range(5)
    ]
    running = after(stream)
    assert running.status == "running"
    assert running.progress()["step_s"] == pytest.approx(0.1)
    assert running.progress()["left"] < 90 * 0.15


def test_moves_change_rate_and_are_marked():
    stream = [
        events.FitStarted(0.0, learning_rate=0.1),
        events.Steered(1.0, 0, 3, 3, "learning_rate", 0.01),
    ]
    state = after(stream)
    assert state.traits()["moves"] == [[3, "learning_rate", 0.01]]
    assert (state.progress()["rate_start"], state.progress()["rate"]) == (0.1, 0.01)


def test_time_left_follows_a_new_speed():
    stream = [events.FitStarted(0.0, epochs=1, steps=100)]
    stream += [events.StepEnded(0.01 * i, 0, i, i, 1, {"loss": 1.0}) for i in range(10)]
    stream += [events.Steered(0.1, 0, 10, 10, "speed", 2.0)]
    slow = after(stream)
    assert (slow.progress()["speed"], slow.progress()["left"]) == (2.0, None)
    stream += [
        events.StepEnded(0.5 * i, 0, 9 + i, 9 + i, 1, {"loss": 1.0})
        for i in range(1, 4)
    ]
    assert after(stream).progress()["left"] == pytest.approx(0.5 * 87)
    stream += [events.Steered(2.0, 0, 13, 13, "speed")]
    assert after(stream).progress()["speed"] is None


def test_validation_on_request_is_a_row_of_its_own_within_the_epoch():
    stream = [
        events.FitStarted(0.0, steps=10, validation=True),
        events.StepEnded(0.1, 0, 0, 0, 1, {"loss": 1.0}),
        events.Steered(0.2, 0, 1, 1, "validate"),
        events.EvaluateStarted(0.2, 2, 1),
    ]
    assert after(stream).status == "validating"
    state = after([*stream, events.EvaluateEnded(0.3, {"loss": 0.7}, 1, 2)])
    assert state.status == "running"
    assert state.epochs.rows == [(1, {"val_loss": 0.7})]


def test_a_loss_that_is_no_number_is_said_with_its_epoch():
    state = after(run(epochs=3, steps=20, nan_from=25))
    assert state.not_finite == {
        "name": "loss",
        "value": "NaN",
        "epoch": 2,
        "step": 26,
        "rate": None,
        "old_rate": None,
    }
    assert state.progress()["diverged"]
    assert state.progress()["advice"] == (
        "loss is NaN since epoch 2. A smaller learning rate often helps."
    )
    assert math.isnan(state.epochs.column("loss")[1][1])


def test_a_rate_raised_by_hand_is_named_as_the_cause_of_a_nan():
    stream = list(run(epochs=3, steps=20, nan_from=25))
    at = next(i for i, event in enumerate(stream) if getattr(event, "step", 0) == 24)
    stream.insert(at, events.Steered(0.5, 1, 4, 24, "learning_rate", 0.5))
    advice = after(stream).progress()["advice"]
    assert advice.startswith("loss is NaN since epoch 2: the learning rate was raised")
    assert "raised to 0.5. Set it back to 0.001." in advice


def test_a_single_metric_that_is_no_number_is_no_divergence():
    stream = run(epochs=2, steps=5, names=("auc", "loss"), nan_from=3)
    assert not after(stream).progress()["diverged"]


def epochs_of(losses, held_out, epochs_done=0):
    yield events.FitStarted(
        0.0,
        epochs=len(losses),
        steps=1,
        metrics=("loss",),
        validation=True,
        epochs_done=epochs_done,
    )
    for i, (loss, val_loss) in enumerate(zip(losses, held_out, strict=True)):
        logs = {"loss": loss, "val_loss": val_loss}
        yield events.EpochEnded(0.1 * i, i, 1, logs, i + 1)


RISING = [0.9, 0.6, 0.5, 0.55, 0.62, 0.7, 0.8, 0.9]
FALLING = [0.9, 0.6, 0.4, 0.3, 0.2, 0.15, 0.1, 0.08]


def test_the_advice_names_the_epoch_and_what_to_try_in_the_chosen_language(monkeypatch):
    state = after(epochs_of(FALLING, RISING))
    assert state.progress()["advice"] == (
        "Validation loss has risen since epoch 3 (best 0.5, now 0.9) while the training "
        "loss falls: overfitting. Try EarlyStopping(restore_best_weights=True), Dropout "
        "or more data."
    )
    monkeypatch.setitem(settings._values, "language", "zh")
    assert "自第 3 轮起上升（最佳 0.5，现在 0.9）" in state.progress()["advice"]


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_kind_of_finding_has_a_sentence(kind, language):
    sentence = SENTENCES[kind.value][["en", "zh"].index(language)]
    names = {name for _, name, _, _ in string.Formatter().parse(sentence) if name}
    assert names <= {"epoch", *VALUES[kind]}


VALUES = {
    Kind.RATE_RAISED: {"rate", "old_rate", "before", "now"},
    Kind.GROWING: {"first", "highest"},
    Kind.FLAT: {"first", "now"},
    Kind.SLOW: {"first", "now"},
    Kind.NOT_CARRIED_OVER: {"start", "best", "train"},
    Kind.TRAIN_ABOVE: {"train", "validation"},
    Kind.VALIDATION_RISES: {"best", "now"},
    Kind.APART: {"train", "validation"},
}


def test_a_run_that_goes_on_may_stand_still_where_a_new_one_may_not():
    still = [0.5] * 8
    assert (
        after(epochs_of(still, still)).progress()["advice"].startswith("The loss has")
    )
    assert after(epochs_of(still, still, epochs_done=9)).progress()["advice"] == ""


@pytest.mark.parametrize(
    "names", [("loss",), ("loss", "accuracy"), tuple(f"metric_{i}" for i in range(10))]
)
@pytest.mark.parametrize("steps", [3, 2000])
def test_state_is_bounded_whatever_the_length_and_strict_json(names, steps):
    state = after(
        run(epochs=60, steps=steps if len(names) < 3 else 300, names=names, dt=0.1)
    )
    traits = state.traits()
    tables = traits.pop("step_table"), traits.pop("epoch_table")
    assert sum(map(len, tables)) <= 14_000
    assert len(json.dumps(traits, allow_nan=False)) < 3_000


def test_every_one_of_a_hundred_epochs_with_ten_metrics_is_kept():
    state = after(run(epochs=100, steps=2, names=tuple(f"m{i}" for i in range(10))))
    assert [v["epoch"] for _, v in state.epochs.rows] == list(range(1, 101))


def test_a_recording_gives_the_same_picture():
    lines = [
        json.dumps(event.to_json()) for event in run(epochs=2, steps=30, nan_from=40)
    ]
    again = after(from_json(json.loads(line)) for line in lines)
    assert again.traits() == after(run(epochs=2, steps=30, nan_from=40)).traits()


def test_an_unknown_number_of_steps_is_learned_from_the_first_epoch():
    state = after(run(epochs=2, steps=5), upto=4)
    assert state.total == 10
    stream = [
        events.FitStarted(0.0, epochs=3, steps=None),
        events.EpochEnded(1.0, 0, 7, {"loss": 1.0}, 7),
    ]
    assert after(stream[:1]).total is None
    assert after(stream).total == 21


def test_only_the_metrics_asked_for_have_a_chart():
    state = RunState(["accuracy"])
    for event in run(epochs=1, names=("loss", "accuracy", "auc")):
        state(event)
    assert state.metrics == ["accuracy"]


def test_a_metric_that_a_callback_adds_gets_a_chart():
    state = after(
        [
            events.FitStarted(metrics=("loss",)),
            events.EpochEnded(1.0, 0, 3, {"loss": 1.0, "val_f1": 0.5, "lr": 0.1}, 3),
        ]
    )
    assert state.metrics == ["loss", "f1", "lr"]
    assert (
        state.epochs.array()[:, 0].tolist()
        == np.float32([3, 1, 1.0, 0.5, 0.1]).tolist()
    )
    assert MISSING not in state.epochs.array()


def test_what_only_epochs_have_such_as_epsilon_gets_a_curve():
    state = RunState()
    state(events.FitStarted(epochs=2, steps=3, metrics=("loss",)))
    for epoch, epsilon in enumerate((1.5, 2.0)):
        logs = {"loss": 1.0, "epsilon": epsilon}
        state(events.EpochEnded(epoch=epoch, step=3 * epoch + 3, steps=3, logs=logs))
    assert "epsilon" in state.metrics
    assert state.newest["epsilon"] == 2.0


def test_a_private_run_shows_epsilon_and_what_each_cause_makes_of_it():
    parts, delta = [(0.1, 1.1, 7), (0.05, 1.0, 0)], 1e-4
    state = RunState()
    privacy = {"parts": [list(part) for part in parts], "delta": delta}
    state(events.FitStarted(epochs=2, steps=20, privacy=privacy))

    def epsilon(rate, noise, steps):
        more = [parts[0], (rate, noise, steps)]
        return f"{privacy_accounting.spent(more, delta).epsilon:.3g}"

    begun = state.progress()["privacy"]
    assert begun["epsilon"] == epsilon(0.05, 1.0, 0)
    assert begun["end"] == {
        "steps": 40,
        "epsilon": epsilon(0.05, 1.0, 40),
        "noise": [epsilon(0.05, 0.5, 40), epsilon(0.05, 2.0, 40)],
        "rate": [epsilon(0.025, 1.0, 40), epsilon(0.1, 1.0, 40)],
        "steps_by": [epsilon(0.05, 1.0, 20), epsilon(0.05, 1.0, 80)],
    }
    # An accounting takes time: at most one a second, and one at the end.
    for step, seconds, counted in ((4, 0.5, 0), (9, 1.6, 10), (12, 1.9, 10)):
        state(events.StepEnded(seconds, 0, step, step))
        assert state.progress()["privacy"]["epsilon"] == epsilon(0.05, 1.0, counted)
    state(events.FitEnded(2.0, events.Status.STOPPED, step=13))
    assert state.progress()["privacy"]["epsilon"] == epsilon(0.05, 1.0, 13)


def test_without_noise_epsilon_is_infinite_and_other_runs_show_none():
    state = RunState()
    state(events.FitStarted(steps=5, privacy={"parts": [[0.1, 0, 0]], "delta": 1e-4}))
    assert state.progress()["privacy"]["end"]["epsilon"] == "∞"
    state = RunState()
    state(events.FitStarted(steps=5))
    assert state.progress()["privacy"] is None
