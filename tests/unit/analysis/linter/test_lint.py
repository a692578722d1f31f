"""Advice: each rule speaks where it should, and is silent where all is well."""

import re
from pathlib import Path

import numpy as np
import pytest
from lint_cases import SILENT, SOUND, SPEAKS, VAGUE

import nbkeras
from nbkeras import layers, losses
from nbkeras.analysis.linter import data_rules
from nbkeras.analysis.linter.lint import RULES
from nbkeras.models import Sequential


def rules_of(found):
    return [each.rule for each in found]


@pytest.mark.parametrize("rule", SPEAKS)
def test_a_rule_speaks_and_names_the_line_to_change(rule):
    given, where, change = SPEAKS[rule]
    found = [each for each in nbkeras.lint(*given()) if each.rule == rule]
    assert len(found) == 1
    assert where in found[0].where
    assert change in found[0].change


@pytest.mark.parametrize("rule", SILENT)
def test_a_rule_is_silent_where_it_would_be_wrong(rule):
    for given in SILENT[rule]:
        assert rule not in rules_of(nbkeras.lint(*given()))


def test_every_rule_is_tried_in_both_ways():
    named = {
        name for rule in RULES for name in rule.__code__.co_consts if _is_rule(name)
    }
    named.add("learning-rate-too-high")
    assert set(SPEAKS) == set(SILENT) == named


def _is_rule(text):
    return isinstance(text, str) and text.replace("-", "").isalpha() and "-" in text


@pytest.mark.parametrize("case", SOUND)
def test_there_is_nothing_to_say_about_a_sound_model(case):
    assert nbkeras.lint(*SOUND[case]()) == []


@pytest.mark.parametrize("case", VAGUE)
def test_odd_data_are_no_error(case):
    model = Sequential([layers.Input((4,)), layers.Dense(2, "softmax")])
    model.compile("adam", "categorical_crossentropy")
    assert isinstance(nbkeras.lint(model, *VAGUE[case]), list)


def test_a_generator_is_not_read():
    model = Sequential([layers.Input((4,)), layers.Dense(1)])
    model.compile("adam", "mse")
    batches = iter([(np.zeros((2, 4)), np.zeros(2))])
    nbkeras.lint(model, batches)
    assert len(list(batches)) == 1


def test_the_model_is_not_built_or_changed_by_looking():
    model = Sequential([layers.Flatten(), layers.Dense(2, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    found = nbkeras.lint(model, np.full((8, 9, 9, 1), 200), np.arange(8) % 5)
    assert rules_of(found) == ["inputs-not-scaled", "labels-out-of-range"]
    assert not model.built


def test_advice_reads_as_lines_and_no_advice_as_nothing():
    model = Sequential([layers.Input((4,)), layers.Dense(1, "softmax", name="last")])
    found = nbkeras.lint(model)
    assert repr(found) == (
        "softmax-of-one (Dense 'last'): a softmax over 1 unit is 1 for every input, so "
        "nothing can be learned.\n    Write Dense(1, activation='sigmoid') with "
        "loss='binary_crossentropy'"
    )
    assert repr(nbkeras.lint(Sequential())) == "nothing to say"


def test_rows_of_the_training_data_are_found_anywhere_in_it():
    x = np.random.default_rng(0).random((3000, 12), np.float32)
    share = data_rules._share_of_training_rows
    assert share(x, x[2500:]) == 1.0
    assert share(x, x[::7]) == 1.0
    assert share(x[:2000], x[2000:]) == 0.0
    mixed = np.concatenate([x[:50], 1 - x[:50]])
    assert share(x, mixed) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("losses_seen", "speaks"),
    [
        ([2.3, 2.0, 1.8, 1.7], False),
        ([2.3, 9.0, 12.0, 11.0], True),
        ([2.3, 9.0, 2.2, 1.9], False),
        ([0.1, 0.15, 0.12, 0.11, 0.13, 0.12, 0.18, 0.12], False),
        ([-0.2, -0.9, -0.95], False),
        ([1.0, float("nan"), float("nan")], False),
        ([1.0], False),
    ],
)
def test_losses_must_grow_beyond_twice_their_beginning(losses_seen, speaks):
    assert bool(list(data_rules.advice_on_growing_losses(losses_seen, 0.1))) is speaks


def test_a_loss_of_ones_own_and_several_outputs_are_looked_at_by_output():
    x = layers.Input((4,), name="x")
    one = layers.Dense(3, "sigmoid", name="one")(x)
    two = layers.Dense(1, name="two")(x)
    model = nbkeras.Model(x, [one, two])
    model.compile("adam", [losses.CategoricalCrossentropy(), "mse"])
    data = np.zeros((6, 4)), [np.eye(3)[[0, 1, 2] * 2], np.zeros((6, 1))]
    (found,) = nbkeras.lint(model, *data)
    assert found.rule == "sigmoid-with-categorical-loss"
    assert found.where == "Dense 'one'"


def test_the_page_has_every_rule_and_shows_what_is_printed(capsys):
    page = (Path(__file__).parents[4] / "docs" / "advice.md").read_text("utf-8")
    assert set(re.findall(r"^\| `([\w-]+)` \|", page, re.M)) == set(SPEAKS)
    code, shown = (
        re.search(rf"```{kind}\n(.*?)```", page, re.S)[1] for kind in ("python", "text")
    )
    nbkeras.backend.clear_session()
    exec(code, {})
    assert capsys.readouterr().out == shown
