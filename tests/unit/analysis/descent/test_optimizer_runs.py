"""Runs stand for the optimizers that they say in code."""

import pytest

from nbkeras import optimizers
from nbkeras.analysis import as_problem
from nbkeras.analysis.descent.optimizer_runs import (
    KINDS,
    OptimizerRun,
    as_run,
    as_runs,
    default_run,
)

BOWL = as_problem("bowl")


@pytest.mark.parametrize("kind", KINDS)
def test_the_code_of_a_run_makes_its_optimizer(kind):
    run = default_run(kind, BOWL)
    made = eval(run.code(), vars(optimizers))
    assert made.get_config() == run.optimizer().get_config()
    assert as_run(made, BOWL) == run


def test_settings_beside_the_sliders_are_kept():
    run = as_run(optimizers.Adam(0.05, beta_2=0.9, clipnorm=1.0), BOWL)
    assert run == OptimizerRun("adam", 0.05, 0.9, {"beta_2": 0.9, "clipnorm": 1.0})
    assert run.optimizer().clipnorm == 1.0


def test_sgd_is_told_from_its_kinds_with_memory():
    assert as_run(optimizers.SGD(0.1), BOWL).kind == "sgd"
    assert as_run(optimizers.SGD(0.1, momentum=0.5), BOWL).kind == "momentum"
    assert as_run("nesterov", BOWL).optimizer().nesterov
    assert as_run("sgd", BOWL).lr == BOWL.lr


@pytest.mark.parametrize(
    ("given", "advice"),
    [
        ([], "1 to 6"),
        (["sgd"] * 7, "1 to 6"),
        (["adamm"], "Did you mean 'adam'"),
        ([optimizers.Ftrl()], "Ftrl is not in the lab"),
        (
            [optimizers.SGD(optimizers.schedules.CosineDecay(0.1, 10))],
            "follows a schedule",
        ),
    ],
)
def test_what_cannot_be_compared_is_refused_with_advice(given, advice):
    with pytest.raises(ValueError, match=advice):
        as_runs(given, BOWL)
