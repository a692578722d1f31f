"""A guess is compared with the result on its own scale."""

import numpy as np
import pytest

from nbkeras.analysis.guess.comparison import Closeness, Guess, as_options


@pytest.mark.parametrize(
    ("value", "result", "closeness"),
    [
        (None, 50, Closeness.OPEN),
        (50, 50, Closeness.RIGHT),
        (50, 54, Closeness.CLOSE),
        (50, 65, Closeness.ROUGH),
        (50, 90, Closeness.FAR),
        (50, float("inf"), Closeness.FAR),
    ],
)
def test_a_number_is_compared_by_its_distance_on_the_scale(value, result, closeness):
    assert Guess("?", value, 0, 100).compared(result).closeness is closeness


def test_on_a_logarithmic_scale_distances_are_ratios():
    guess = Guess("?", 100, 1, 10_000, log=True)
    assert guess.place(100) == pytest.approx(0.5)
    assert guess.compared(120).closeness is Closeness.CLOSE
    assert guess.compared(10).closeness is Closeness.FAR
    assert guess.compared(0).closeness is Closeness.FAR


def test_a_result_beyond_the_scale_is_placed_at_its_end():
    assert Guess("?", 1, 0, 10).place(25) == 1.0
    assert Guess("?", 1, 0, 10).place(-3) == 0.0


def test_a_choice_is_right_or_far():
    guess = Guess("?", "rises", options=("rises", "falls"))
    assert guess.compared("rises").closeness is Closeness.RIGHT
    assert guess.compared("falls").closeness is Closeness.FAR


@pytest.mark.parametrize("value", [8, 8.0, np.int64(8), "8"])
def test_an_option_that_is_a_number_may_be_written_as_one(value):
    guess = Guess("?", value, options=("none", "7", "8"))
    assert guess.value == "8"
    assert guess.compared(8).closeness is Closeness.RIGHT
    assert guess.compared(np.int64(7)).closeness is Closeness.FAR


@pytest.mark.parametrize("value", [10, True, 7.5])
def test_a_number_that_is_not_an_option_is_refused(value):
    with pytest.raises(ValueError, match="is not one of 1, 7, 8"):
        Guess("?", value, options=("1", "7", "8"))


def test_a_number_off_the_scale_is_refused():
    with pytest.raises(ValueError, match="value must be a number from 0 to 16"):
        Guess("?", 20, 0, 16)


def test_an_answer_that_is_not_offered_gets_the_nearest():
    with pytest.raises(ValueError, match="Did you mean 'rises'"):
        Guess("?", "rise", options=("rises", "falls"))


@pytest.mark.parametrize("scale", [(1, 1, False), (0, 10, True), (-1, 1, True)])
def test_a_scale_without_length_or_logarithm_is_refused(scale):
    with pytest.raises(ValueError, match="Write for example low=1, high=1000, log=T"):
        Guess("?", None, *scale)


@pytest.mark.parametrize("options", [[], ["one"], "one"])
def test_a_choice_needs_two_options(options):
    with pytest.raises(ValueError, match=r'options=\["rises", "falls"\]'):
        as_options(options)
