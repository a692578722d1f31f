"""A guess and its comparison as text and HTML, in both languages."""

import pytest

import nbkeras
from nbkeras.core import settings

EVIL = "<img src=x onerror=alert(1)>"


@pytest.fixture
def chinese(monkeypatch):
    """The chosen language is Chinese."""
    monkeypatch.setitem(settings._values, "language", "zh")


def test_a_guess_that_is_open_says_what_to_write():
    text = repr(nbkeras.guess("How many?", None, low=0, high=16))
    assert text == (
        "How many?\nWrite a number from 0 to 16 in place of None, and run the cell again."
    )
    choice = repr(nbkeras.guess("Which?", options=["first", "last"]))
    assert choice.endswith("run the cell again: 'first'; 'last'")


def test_a_guess_is_written_down():
    assert repr(nbkeras.guess("How many?", 12, high=16)).endswith(
        "Written down: 12. Now look."
    )


def test_a_comparison_in_chinese(chinese):
    text = repr(nbkeras.guess("有几个？", 12, high=16).compare(9))
    assert text == "有几个？\n你的猜测：12\n结果：9\n大致不错。"


def test_an_open_guess_is_compared_too():
    view = nbkeras.guess("How many?", high=16).compare(9)
    assert view.closeness == "open"
    assert "your guess: no guess yet\nresult: 9\nA guess makes you see more" in repr(
        view
    )


def test_the_bars_are_as_long_as_the_numbers_are_far_on_the_scale():
    page = nbkeras.guess("How many?", 4, high=16).compare(12)._repr_html_()
    assert "width:25.0%" in page
    assert "width:75.0%" in page


def test_no_guess_yet_stays_in_one_line():
    page = nbkeras.guess("How many?", high=16).compare(9)._repr_html_()
    assert page.count("flex:0 0 7.8em") == 2  # 12 letters, in both rows


def test_questions_and_options_never_become_markup():
    view = nbkeras.guess(EVIL, EVIL, options=[EVIL, "b"])
    for page in (view._repr_html_(), view.compare("b")._repr_html_()):
        assert "<img" not in page
        assert "&lt;img" in page


def test_a_result_that_is_not_offered_is_refused():
    with pytest.raises(ValueError, match="one of 'a', 'b'"):
        nbkeras.guess("Which?", options=["a", "b"]).compare("c")
