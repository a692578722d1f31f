"""What the losses of a run say: on recorded runs, on noise, and at the thresholds.

`recorded_runs.json` has losses of real fits on the package's digits, to four digits:
those of the lessons, and some in which one thing is wrong.
"""

import json
import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from nbkeras.analysis.learning_curves.diagnosis import CurveReader, Kind, diagnose

RUNS = json.loads((Path(__file__).parent / "recorded_runs.json").read_text())
LESSONS = [name for name in RUNS if name.startswith("lesson")]


def findings(history, rates=None):
    """The finding after each epoch, as (kind, epoch) or None."""
    found = []
    for count in range(1, len(history["loss"]) + 1):
        upto = {name: values[:count] for name, values in history.items()}
        finding = diagnose(upto, rates and rates[:count])
        found.append(finding and (finding.kind, finding.epoch))
    return found


def changes(found):
    return [after for before, after in pairwise([None, *found]) if after != before]


@pytest.mark.parametrize("name", LESSONS)
def test_no_epoch_of_a_lesson_gives_a_false_alarm(name):
    assert set(findings(RUNS[name])) == {None}


@pytest.mark.parametrize(
    ("name", "kind", "epoch"),
    [
        ("60 epochs on 500 digits, validated", Kind.VALIDATION_RISES, 13),
        (
            "wide network on 300 digits, a third of them mislabelled",
            Kind.VALIDATION_RISES,
            10,
        ),
        ("rate 1e-6", Kind.FLAT, 1),
        ("rate 0", Kind.FLAT, 1),
        ("rate 1.5", Kind.FLAT, 1),
        ("line, rate 0.08", Kind.GROWING, 1),
    ],
)
def test_what_is_wrong_is_found_with_the_epoch_since_which_it_is(name, kind, epoch):
    assert findings(RUNS[name])[-1] == (kind, epoch)


def falling(epochs, start=2.3, end=0.2, rate=0.5):
    return [end + (start - end) * math.exp(-rate * e) for e in range(epochs)]


def test_a_validation_loss_that_never_falls_is_not_called_overfitting():
    # Labels of the validation data are numbered otherwise.
    val = [2.55, 4.31, 7.10, 8.38, 9.28, 9.83]
    kinds = {f and f[0] for f in findings({"loss": falling(6), "val_loss": val})}
    assert kinds == {None, Kind.NOT_CARRIED_OVER}


def test_overfitting_after_learning_is_not_called_a_mismatch():
    val = [1.5, 0.9, 0.6, 0.55, 0.7, 0.9, 1.2, 1.6, 2.0]
    found = findings({"loss": falling(9), "val_loss": val})
    assert Kind.NOT_CARRIED_OVER not in {f and f[0] for f in found}
    assert found[-1][0] is Kind.VALIDATION_RISES


def test_noise_that_acts_only_in_training_is_named():
    # A dropout of 0.95: the losses of a real run.
    loss = [2.387, 2.282, 2.241, 2.189, 2.136, 2.059, 1.959, 1.837, 1.70, 1.55]
    val = [2.268, 2.246, 2.181, 2.091, 1.976, 1.847, 1.685, 1.48, 1.25, 1.03]
    found = findings({"loss": loss, "val_loss": val})
    assert found[-1][0] is Kind.TRAIN_ABOVE


def test_a_validation_loss_below_the_mean_of_a_falling_epoch_is_no_noise():
    # The training loss of an epoch is a mean over its steps, so it lags behind.
    val = falling(12)
    loss = [2.3, *[(a + b) / 2 for a, b in pairwise(val)]]
    assert set(findings({"loss": loss, "val_loss": val})) == {None}


def test_a_raised_rate_is_blamed_for_the_loss_that_follows():
    rates = [0.1, 0.1, 10.0, 0.1, 0.1, 0.1]
    finding = diagnose(RUNS["rate 10 in the third epoch"], rates)
    assert (finding.kind, finding.epoch) == (Kind.RATE_RAISED, 3)
    assert finding.values == {
        "rate": 10.0,
        "old_rate": 0.1,
        "before": 0.256,
        "now": 2.304,
    }


def test_a_warm_up_that_raises_the_rate_while_the_loss_falls_is_no_finding():
    loss = [2.3, 1.9, 1.4, 1.0, 0.8, 0.7, 0.65]
    assert set(findings({"loss": loss}, [1e-4 * 2**i for i in range(7)])) == {None}


def test_a_first_epoch_that_explodes_is_seen_against_its_first_step():
    reader = CurveReader()
    reader.note_start(2.31)
    for epoch, loss in enumerate(RUNS["rate 10"]["loss"], 1):
        reader.note_epoch(epoch, loss)
    assert reader.diagnosis.kind is Kind.GROWING
    assert reader.diagnosis.values == {"first": 2.31, "highest": 665.7}


def test_weights_that_were_trained_before_may_stand_still():
    reader = CurveReader(goes_on=True)
    for epoch in range(1, 9):
        reader.note_epoch(epoch, 0.2)
    assert reader.diagnosis is None


def test_a_loss_that_fell_in_the_first_epoch_may_stand_still_from_then_on():
    reader = CurveReader()
    reader.note_start(2.3)
    for epoch in range(1, 9):
        reader.note_epoch(epoch, 0.2)
    assert reader.diagnosis is None


def test_a_steady_crawl_is_told_of_as_slow():
    finding = diagnose({"loss": [2.3 - 0.002 * i for i in range(6)]})
    assert (finding.kind, finding.epoch) == (Kind.SLOW, 1)


def test_a_crawl_is_slow_also_where_the_first_batch_was_an_easy_one():
    reader = CurveReader()
    reader.note_start(2.2)
    for i in range(6):
        reader.note_epoch(i + 1, 2.3 - 0.0001 * i)
    assert reader.diagnosis.kind is Kind.SLOW


def test_curves_part_where_training_falls_and_validation_stands():
    loss = [2.0 * 0.7**i for i in range(14)]
    held_out = [max(each, 1.2) for each in loss]
    finding = diagnose({"loss": loss, "val_loss": held_out})
    # Told of first in epoch 8, where 1.04 lies between them; half of that in epoch 4.
    assert (finding.kind, finding.epoch) == (Kind.APART, 4)


def smooth_fall(epochs, floor, noise, rng):
    return floor + 2 * np.exp(-np.arange(epochs) / 3) + noise * rng.normal(size=epochs)


@pytest.mark.parametrize("epochs", [6, 10, 20, 60, 200])
@pytest.mark.parametrize("noise", [0.01, 0.03, 0.1])
def test_noise_around_a_run_that_arrived_is_no_finding(epochs, noise):
    rng = np.random.default_rng(epochs)
    alarms = 0
    for _ in range(40):
        reader = CurveReader()
        losses = smooth_fall(epochs, 0.2, noise / 3, rng)
        held_out = smooth_fall(epochs, 0.3, noise, rng)
        found = set()
        for epoch in range(epochs):
            reader.note_epoch(epoch + 1, losses[epoch], held_out[epoch])
            found.add(reader.diagnosis)
        alarms += found != {None}
    assert alarms == 0


def test_a_finding_does_not_flicker_where_the_curve_lies_at_its_threshold():
    falling = [0.7 + 0.9**i for i in range(60)]
    rng = np.random.default_rng(2)
    # Validation turns at epoch 10 and then wavers around the threshold of 6 percent.
    held_out = [1 + 0.05 * (10 - i) for i in range(10)]
    held_out += [1 + min(0.012 * i, 0.07) + 0.006 * rng.normal() for i in range(50)]
    found = changes(findings({"loss": falling, "val_loss": held_out}))
    kinds = [each and each[0] for each in found]
    assert kinds.count(Kind.VALIDATION_RISES) == 1
    assert kinds[-1] is Kind.VALIDATION_RISES


def test_a_finding_goes_when_the_curve_turns_back():
    falling = [0.6 + 0.9**i for i in range(30)]
    held_out = [1 + 0.05 * abs(10 - i) for i in range(20)] + [0.8] * 10
    found = findings({"loss": falling, "val_loss": held_out})
    assert found[19] == (Kind.VALIDATION_RISES, 11)
    assert found[-1] is None


@pytest.mark.parametrize("value", [math.nan, math.inf, None])
def test_epochs_without_a_number_are_left_out(value):
    reader = CurveReader()
    for epoch in range(1, 9):
        reader.note_epoch(epoch, value, value)
    reader.note_epoch(9, 1.0, value)
    assert reader.diagnosis is None
