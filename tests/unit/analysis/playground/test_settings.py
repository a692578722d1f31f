"""Settings, and the line of code that opens a playground with them."""

import pytest

from nbkeras import optimizers
from nbkeras.analysis.playground.settings import Settings, from_state, optimizer_names


def back(line):
    """The keyword arguments of a line of code."""
    import nbkeras

    seen = {}
    call = line.replace("nbkeras.playground", "note", 1)
    eval(call, {"note": lambda *x, **given: seen.update(given), "nbkeras": nbkeras})
    seen.pop("steps", None)
    return seen


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"data": "spiral", "layers": [8, 8], "noise": 0.15, "seed": 7},
        {"problem": "regression", "data": "gaussians", "learning_rate": 0.3},
        {"optimizer": "adam", "features": ["x1", "sin_x2"], "batch_size": 3},
        {"data": "drawn", "points": [(1.25, -2, 0), (0, 3, 4)]},
        {"regularization": "l1", "regularization_rate": 0.003, "activation": "relu"},
        {"changes": [(5, "learning_rate", 0.1), (9, "output/bias[0]", -0.5)]},
        {"layers": [], "train_ratio": 0.8},
    ],
)
def test_the_line_brings_the_settings_back(values):
    settings = Settings.of(**values)
    for name in {"data", "noise", "seed", "batch_size", "train_ratio"} & values.keys():
        assert getattr(settings, name) == values[name]
    assert Settings.of(**_opened(back(settings.code(steps=12)))) == settings


def _opened(values):
    """The settings that `playground` makes of its arguments."""
    return {"data": "drawn", **values} if "points" in values else values


def test_the_line_has_only_what_is_not_usual():
    assert Settings.of().code() == "nbkeras.playground()"
    line = Settings.of(layers=[3], optimizer="Adam").code(steps=40)
    assert line == "nbkeras.playground(layers=[3], optimizer='adam', steps=40)"


def test_an_optimizer_keeps_its_options():
    sgd = optimizers.SGD(0.05, momentum=0.9, nesterov=True)
    settings = Settings.of(optimizer=sgd)
    assert settings.learning_rate == 0.05
    again = Settings.of(**back(settings.code()))
    assert again == settings
    made = again.make_optimizer()
    assert made.momentum == 0.9
    assert made.nesterov


@pytest.mark.parametrize("name", optimizer_names())
def test_every_optimizer_can_be_chosen(name):
    made = Settings.of(optimizer=name.lower()).make_optimizer()
    assert type(made) is getattr(optimizers, name)


def test_another_problem_gets_its_own_data_and_another_optimizer_its_own_rate():
    spiral = Settings.of(data="spiral", learning_rate=0.3)
    assert spiral.changed(problem="regression").data == "plane"
    assert spiral.changed(optimizer="adam").learning_rate == 0.01
    assert spiral.changed(noise=0.1).learning_rate == 0.3


def test_changes_of_a_run_are_forgotten_with_its_network():
    settings = Settings.of().with_change(3, "learning_rate", 0.5)
    assert settings.changes == ((3, "learning_rate", 0.5),)
    assert settings.changed(layers=[1]).changes == ()


def test_a_change_at_the_same_step_replaces_the_one_before():
    settings = Settings.of().with_change(3, "learning_rate", 0.5)
    settings = settings.with_change(3, "learning_rate", 0.7)
    assert settings.changes == ((3, "learning_rate", 0.7),)


@pytest.mark.parametrize(
    ("values", "advice"),
    [
        ({"data": "spirale"}, "Did you mean 'spiral'"),
        ({"problem": "ranking"}, "one of 'classification', 'regression'"),
        ({"layers": [0]}, r"layers=\[4, 2\]"),
        ({"layers": [11]}, r"layers=\[4, 2\]"),
        ({"layers": [1] * 7}, r"layers=\[4, 2\]"),
        ({"features": []}, r"features=\['x1', 'x2'\]"),
        ({"features": ["x3"]}, "one of 'x1', 'x2'"),
        ({"activation": "softmax"}, "one of 'relu', 'tanh'"),
        ({"optimizer": "sdg"}, "Did you mean 'sgd'"),
        ({"noise": 0.7}, "a number from 0 to 0.5"),
        ({"train_ratio": 1.0}, "a number from 0.1 to 0.9"),
        ({"batch_size": 0}, "a positive integer"),
        ({"batch_size": 5000}, "batch_size=10"),
        ({"regularization": "l3"}, "one of 'none', 'l1', 'l2'"),
        ({"seed": -1}, "an integer of at least 0"),
        ({"changes": [(1, 2)]}, r"changes=\[\(100, 'learning_rate', 0.01\)\]"),
        ({"points": [(0, 0, 9)]}, "class number from 0 to 7"),
    ],
)
def test_a_wrong_value_is_refused_with_what_to_write(values, advice):
    with pytest.raises((ValueError, TypeError), match=advice):
        Settings.of(**values)


def test_a_schedule_is_refused():
    schedule = optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)
    with pytest.raises(
        ValueError, match=r"optimizer=nbkeras\.optimizers\.SGD\(0\.01\)"
    ):
        Settings.of(optimizer=optimizers.SGD(schedule))


def test_a_page_cannot_set_what_only_a_run_notes():
    state = {"noise": 0.1, "changes": [(1, "x", 2)], "optimizer_options": 3, "no": 1}
    assert from_state(state) == {"noise": 0.1}
