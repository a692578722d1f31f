"""The numbers that the lesson writes out add up, and are those of NumPy by hand."""

import re

import numpy as np
import pytest

from nbkeras import optimizers
from nbkeras.analysis import as_problem, walk
from nbkeras.analysis.descent.update_arithmetic import PHASES, lesson, number


def calculated(line):
    """Both sides of the last "=": what the written sum comes to, and what it says."""
    left, said = line.rsplit(" = ", 1)
    text = left.split("← ")[-1].split(" = ")[-1]
    for sign, python in (
        ("−", "-"),
        ("·", "*"),
        ("²", "**2"),
        ("^", "**"),
        ("√", "np.sqrt(1)*np.sqrt"),
    ):
        text = text.replace(sign, python)
    text = re.sub(r"np\.sqrt\(1\)\*np\.sqrt([0-9.e+-]+)", r"np.sqrt(\1)", text)
    return eval(text, {"np": np}), float(said.replace("−", "-"))


@pytest.mark.parametrize(
    "optimizer",
    [
        optimizers.SGD(0.1),
        optimizers.SGD(0.05, momentum=0.9),
        optimizers.SGD(0.05, momentum=0.9, nesterov=True),
        optimizers.Adam(0.1),
        optimizers.RMSprop(0.1),
        optimizers.Adagrad(0.3),
        optimizers.Lion(0.1),
        optimizers.SGD(0.1, clipnorm=1.0),
        optimizers.AdamW(0.1),
    ],
    ids=lambda o: o.name,
)
def test_every_written_update_comes_to_what_it_says(optimizer):
    problem = as_problem("x**2 + 10*sin(y)")
    path = walk(problem, optimizer, (3.0, 1.0), 10)
    for at in (0, 4, 9):
        lines = lesson(problem, optimizer, path, at)["update"]
        for line in lines:
            # Three digits a number: half a percent of each is rounded away.
            left, said = calculated(line)
            assert left == pytest.approx(said, rel=0.02, abs=0.01), line
        ends = [float(line.rsplit("= ")[-1].replace("−", "-")) for line in lines]
        last = [ends[i] for i, line in enumerate(lines) if line[1:3] == " ←"]
        np.testing.assert_allclose(last, path.positions[at + 1], rtol=5e-3)


def test_the_five_steps_of_a_line_are_those_of_the_textbook():
    problem = as_problem(points=[(1, 2), (2, 3), (3, 5)])
    optimizer = optimizers.SGD(0.1)
    path = walk(problem, optimizer, (1.0, 0.0), 3)
    steps = lesson(problem, optimizer, path, 0)
    assert list(steps) == list(PHASES)
    assert steps["initialise"] == ["a = 1", "b = 0"]
    # errors -1, -1, -2: squares 1 + 1 + 4, mean 2
    assert steps["error"] == [
        "1 · 1 + 0 − 2 = −1",
        "1 · 2 + 0 − 3 = −1",
        "1 · 3 + 0 − 5 = −2",
        "MSE = ((−1)² + (−1)² + (−2)²) / 3 = 2",
    ]
    # 2 * mean(-1*1 - 1*2 - 2*3) = -6; 2 * mean(-4) = -2.667
    assert steps["gradient"] == [
        "∂MSE/∂a = 2 · mean(error · x) = −6",
        "∂MSE/∂b = 2 · mean(error) = −2.67",
    ]
    assert steps["update"] == [
        "a ← 1 − 0.1 · (−6) = 1.6",
        "b ← 0 − 0.1 · (−2.67) = 0.267",
    ]
    # errors 1.6x + 0.2667 - y: -0.1333, 0.4667, 0.0667: mean square 0.08
    assert steps["repeat"] == ["2 → 0.08 (−96 %)"]
    assert lesson(problem, optimizer, path, 1)["initialise"][0] == "a = 1.6"


def test_after_the_last_step_there_is_nothing_left_to_do():
    problem = as_problem("x**2")
    path = walk(problem, optimizers.SGD(0.1), (1.0,), 2)
    after = lesson(problem, optimizers.SGD(0.1), path, 99)
    assert after["initialise"] == ["x = 0.64"]
    assert after["error"] == ["f(0.64) = 0.41"]
    assert after["gradient"] == after["update"] == after["repeat"] == []


def test_numbers_are_short_and_have_a_true_minus():
    assert number(-0.1) == "−0.1"
    assert number(np.float32(0.1)) == "0.1"
    assert number(-0.0) == "0"
    assert number(1 / 3) == "0.333"
    assert number(-1234.5) == "−1234"
    assert number(float("inf")) == "inf"
