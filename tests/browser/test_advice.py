"""Advice on a page: a line each, and a click that lets it go for good."""

import copy
import pickle

import numpy as np
import pytest
from IPython.core.formatters import DisplayFormatter
from widget_cases import advice

import nbkeras
from nbkeras import layers
from nbkeras.models import advisers
from nbkeras.notebook.linter import adviser
from nbkeras.notebook.widget import base


@pytest.fixture
def shown(wire, monkeypatch):
    """The advice widgets that were shown, by an adviser that is on duty."""
    found = []
    monkeypatch.setattr(base.Widget, "show", lambda self: found.append(self))
    on_duty = adviser.Adviser()
    monkeypatch.setattr(advisers, "advisers", [on_duty])
    monkeypatch.setattr(adviser, "adviser", on_duty)
    return found


def doubtful(name=None):
    """Compiled, with a softmax of one."""
    model = nbkeras.Sequential(
        [layers.Input((3,)), layers.Dense(1, "softmax")], name=name
    )
    model.compile("adam", "mse")
    return model


def rules(widgets):
    return [line["rule"] for each in widgets for line in each.lines]


@pytest.mark.browser
def test_a_click_dismisses_a_line_and_tells_the_kernel(view_of):
    gone = []
    made = advice()
    made._on_dismiss = gone.append
    view = view_of(made)
    items = view.page.locator(".nbk-advice li")
    assert items.count() == 2
    assert "x has values up to 255." in items.nth(1).inner_text()
    view.press("Dismiss the advice softmax-of-one")
    view.deliver()
    assert gone == ["softmax-of-one"]
    assert items.count() == 1
    assert items.nth(0).locator("code").inner_text() == "x = x / 255"
    view.press("Dismiss the advice inputs-not-scaled")
    view.deliver()
    assert view.page.locator(".nbk-advice").is_hidden()
    assert made.static_html().count("<li>") == 0


@pytest.mark.browser
@pytest.mark.page(width=500, dark=True)
def test_lines_wrap_on_a_narrow_page(view_of):
    view = view_of(advice())
    wide = view.page.evaluate("() => document.documentElement.scrollWidth")
    assert wide <= 500


def test_names_never_become_markup_in_the_picture_that_stays(wire):
    made = advice()
    made.lines = [{**made.lines[0], "where": "<img src=x onerror=alert(1)>"}]
    assert "<img" not in made.static_html()
    assert "&lt;img src=x" in made.static_html()


def test_compile_and_fit_show_each_line_once(shown):
    model = doubtful()
    assert rules(shown) == ["softmax-of-one"]
    x = [[0.0, 1, 2]] * 8
    model = nbkeras.Sequential([layers.Input((3,)), layers.Dense(2), layers.Dense(2)])
    model.compile("adam", "mse")
    model.fit(x, [[0.0, 1]] * 8, verbose=2)
    assert rules(shown) == ["softmax-of-one", "nothing-between-dense"]
    model.compile("adam", "mse")
    assert rules(shown)[2:] == ["nothing-between-dense"]


def test_fit_looks_at_the_data_and_verbose_0_at_nothing(shown):
    nbkeras.utils.set_random_seed(0)
    raw = [[[float(5 * i % 256)] * 8] * 8 for i in range(60)]
    for verbose in (0, 2):
        model = nbkeras.Sequential([layers.Flatten(), layers.Dense(1)])
        model.compile("adam", "mse")
        model.fit(raw, [0.0] * 60, verbose=verbose)
        assert rules(shown) == ["inputs-not-scaled"] * (verbose // 2)


def test_a_dismissed_rule_stays_so_for_the_model(shown):
    model = doubtful()
    shown[0].dismiss("softmax-of-one")
    assert shown[0].lines == []
    model.compile("sgd", "mse")
    assert len(shown) == 1
    doubtful()
    assert len(shown) == 2, "another model is another matter"


def test_a_dismissed_rule_stays_so_for_the_name_that_the_user_gave(shown):
    doubtful("mine")
    shown[0].dismiss("softmax-of-one")
    doubtful("mine")
    assert len(shown) == 1


def test_a_loss_that_grows_in_the_first_steps_is_told_with_its_rate(shown):
    nbkeras.utils.set_random_seed(0)
    x = [[float(i % 7) - 3] for i in range(64)]
    for rate, expected in ((0.01, []), (0.3, ["learning-rate-too-high"])):
        model = nbkeras.Sequential([layers.Input((1,)), layers.Dense(1)])
        model.compile(nbkeras.optimizers.SGD(rate), "mse")
        model.fit(x, [2 * row[0] for row in x], batch_size=64, epochs=12, verbose=2)
        assert rules(shown) == expected
    assert "learning_rate=0.03 in" in shown[0].lines[0]["change"]


def test_a_fit_that_goes_on_is_not_judged_by_its_first_losses(shown):
    sink = adviser.FirstLosses(lambda found: pytest.fail("judged"))
    sink(nbkeras.train.events.FitStarted(epochs_done=3))
    for step, loss in enumerate(range(1, 20)):
        sink(nbkeras.train.events.StepEnded(batch=step, step=step, logs={"loss": loss}))
    sink(nbkeras.train.events.EpochEnded(logs={}))


def test_losses_of_steps_are_found_in_running_means():
    means = [(0, 4.0), (1, 3.0), (2, 4.0), (0, 5.0), (1, 4.0)]
    assert adviser.losses_of(means) == [4.0, 2.0, 6.0, 5.0, 3.0]


def test_an_adviser_that_fails_is_not_in_the_way(monkeypatch):
    class Broken:
        def compiled(self, model):
            raise RuntimeError

        fitting = watching = None

    monkeypatch.setattr(advisers, "advisers", [Broken()])
    model = nbkeras.Sequential([layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit([[0.0, 1, 2]] * 4, [1.0] * 4, verbose=2)


@pytest.mark.filterwarnings("error")
def test_what_a_line_says_is_not_warned_about_again(shown):
    model = nbkeras.Sequential([layers.Input((3,)), layers.Dense(2)])
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit([[0.0, 1, 2]] * 4, [0, 1, 0, 1], verbose=2)
    assert rules(shown) == ["logits-taken-for-probabilities"]


def test_the_extension_puts_one_adviser_on_duty_and_takes_it_off(monkeypatch):
    monkeypatch.setattr(adviser, "advisers", [])
    monkeypatch.setattr(adviser.environment, "in_kernel", lambda: False)
    adviser.load(None)
    assert adviser.advisers == []
    monkeypatch.setattr(adviser.environment, "in_kernel", lambda: True)
    for _ in range(2):
        adviser.load(None)
    assert adviser.advisers == [adviser.adviser]
    for _ in range(2):
        adviser.unload(None)
    assert adviser.advisers == []


def test_lint_as_the_last_value_of_a_cell_is_the_card(shown, monkeypatch, capsys):
    monkeypatch.setattr("nbkeras.notebook.environment.in_kernel", lambda: True)
    cells = iter(range(1, 9))
    monkeypatch.setattr("nbkeras.notebook.environment.cell", lambda: next(cells))
    model = doubtful()
    shown.clear()
    advices = nbkeras.lint(model)
    DisplayFormatter().format(advices)
    (card,) = shown
    assert [line["rule"] for line in card.lines] == [each.rule for each in advices]
    assert capsys.readouterr().out == ""


def test_lint_repeats_no_line_that_compile_has_shown_in_the_same_cell(
    shown, monkeypatch, capsys
):
    monkeypatch.setattr("nbkeras.notebook.environment.in_kernel", lambda: True)
    cell = 1
    monkeypatch.setattr("nbkeras.notebook.environment.cell", lambda: cell)
    model = doubtful("one")
    DisplayFormatter().format(nbkeras.lint(model))
    assert rules(shown) == ["softmax-of-one"]
    x = np.random.default_rng(0).normal(size=(200, 3)) * [1, 1, 1e5]
    DisplayFormatter().format(nbkeras.lint(model, x))
    assert rules(shown) == ["softmax-of-one", "features-not-scaled"], "what is new"
    cell = 2
    DisplayFormatter().format(nbkeras.lint(model))
    assert rules(shown)[2:] == ["softmax-of-one"], "another cell shows it again"
    twin = doubtful("two")
    shown.clear()
    DisplayFormatter().format(nbkeras.lint(model))
    DisplayFormatter().format(nbkeras.lint(twin))
    assert rules(shown) == ["softmax-of-one"], "the line of another model counts not"
    assert capsys.readouterr().out == ""


def test_advice_is_copied_without_its_model(shown):
    advices = nbkeras.lint(doubtful())
    assert pickle.loads(pickle.dumps(advices)) == advices == copy.copy(advices)


def test_lint_is_text_where_there_is_no_page(capsys):
    DisplayFormatter().format(nbkeras.lint(doubtful()))
    assert capsys.readouterr().out.startswith("softmax-of-one")
