"""Racers stand for the optimizers that they say in code."""

import pytest

from nbkeras import optimizers
from nbkeras.analysis import as_problem
from nbkeras.analysis.descent.optimizer_runs import (
    KINDS,
    Racer,
    as_racer,
    as_racers,
    usual_racer,
)

BOWL = as_problem("bowl")


@pytest.mark.parametrize("kind", KINDS)
def test_the_code_of_a_racer_makes_its_optimizer(kind):
    racer = usual_racer(kind, BOWL)
    made = eval(racer.code(), vars(optimizers))
    assert made.get_config() == racer.optimizer().get_config()
    assert as_racer(made, BOWL) == racer


def test_settings_beside_the_sliders_are_kept():
    racer = as_racer(optimizers.Adam(0.05, beta_2=0.9, clipnorm=1.0), BOWL)
    assert racer == Racer("adam", 0.05, 0.9, {"beta_2": 0.9, "clipnorm": 1.0})
    assert racer.optimizer().clipnorm == 1.0


def test_sgd_is_told_from_its_kinds_with_memory():
    assert as_racer(optimizers.SGD(0.1), BOWL).kind == "sgd"
    assert as_racer(optimizers.SGD(0.1, momentum=0.5), BOWL).kind == "momentum"
    assert as_racer("nesterov", BOWL).optimizer().nesterov
    assert as_racer("sgd", BOWL).lr == BOWL.lr


@pytest.mark.parametrize(
    ("given", "advice"),
    [
        ([], "1 to 6"),
        (["sgd"] * 7, "1 to 6"),
        (["adamm"], "Did you mean 'adam'"),
        ([optimizers.Ftrl()], "Ftrl has no place in a race"),
        (
            [optimizers.SGD(optimizers.schedules.CosineDecay(0.1, 10))],
            "follows a schedule",
        ),
    ],
)
def test_what_cannot_race_is_refused_with_advice(given, advice):
    with pytest.raises(ValueError, match=advice):
        as_racers(given, BOWL)
