"""A `%%model` cell with choices: what it takes, what a search tries, what it gives."""

import gc
import weakref

import numpy as np
import optuna
import pytest
from shells import new_shell

import nbkeras
from nbkeras.analysis.tune.choices import Choices, builder_of
from nbkeras.analysis.tune.search import search
from nbkeras.notebook.model_magic import magics

X = np.linspace(-1, 1, 40, dtype="float32")[:, None]
DATA = (X, 2 * X)
LINE = "%%model net --input 1 --optimizer SGD(choose(0.1, 0.5)) --loss mse\n"


@pytest.fixture
def shell():
    """A shell that has loaded the magics."""
    shell = new_shell()
    magics.load(shell)
    yield shell
    magics.unload(shell)


def model_of(shell, text):
    """The model of a cell that must succeed."""
    shell.run_cell(text, store_history=True).raise_error()
    return shell.user_ns["net"]


def asked(model):
    """{hyperparameter: values or bounds} that the model's cell asks for."""
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    trial = study.ask()
    builder_of(model)(trial)
    return {
        name: getattr(space, "choices", None) or (space.low, space.high)
        for name, space in trial.distributions.items()
    }


def test_the_cell_itself_takes_the_first_choice_and_the_lower_bound(shell):
    net = model_of(shell, LINE + "Dense(choose(8, 16))\nDropout(between(0.1, 0.5))")
    assert net.layers[0].units == 8
    assert net.layers[1].rate == 0.1
    assert float(net.optimizer.learning_rate) == pytest.approx(0.1)


def test_hyperparameters_are_named_after_their_places(shell):
    cell = (
        "units = choose(4, 8)\nDense(units, activation=choose('relu', 'tanh'))\n"
        "for i in range(2):\n    Dense(choose(2, 3))\nDense(between(1, 9, name='last'))"
    )
    assert asked(model_of(shell, LINE + cell)) == {
        "SGD.learning_rate": (0.1, 0.5),
        "units": (4, 8),
        "Dense.activation": ("relu", "tanh"),
        "Dense.units": (2, 3),
        "Dense.units 2": (2, 3),
        "last": (1, 9),
    }


def test_a_trial_builds_what_it_suggests(shell):
    net = model_of(
        shell, LINE + "Dense(choose(8, 16), choose('relu', 'tanh'))\nDense(1)"
    )
    params = {"SGD.learning_rate": 0.5, "Dense.units": 16, "Dense.activation": "tanh"}
    built = builder_of(net)(optuna.trial.FixedTrial(params))
    assert built.layers[0].units == 16
    assert built.layers[0].activation is nbkeras.activations.tanh
    assert float(built.optimizer.learning_rate) == pytest.approx(0.5)


def test_a_model_compiled_by_hand_is_compiled_so_in_each_trial(shell):
    net = model_of(shell, "%%model net --input 1\nDense(choose(8, 16))\nDense(1)")
    net.compile(nbkeras.optimizers.Adam(0.25), "mae", metrics=["mse"])
    built = builder_of(net)(optuna.trial.FixedTrial({"Dense.units": 16}))
    assert (built.loss, float(built.optimizer.learning_rate)) == ("mae", 0.25)


@pytest.mark.parametrize(
    ("cell", "best", "code"),
    [
        (
            LINE + "Dense(choose(8,\n  16), 'relu')\nDense(1)",
            {"SGD.learning_rate": 0.5, "Dense.units": 16},
            "%%model net --input 1 --optimizer SGD(0.5) --loss mse\n"
            "Dense(16, 'relu')\nDense(1)\n",
        ),
        (
            "%%model net --input 1 --loss mse --lr choose(0.1, 0.2)\n"
            "for i in range(2):\n    Dense(choose(2, 3), name=f'ä{i}')",
            {"learning_rate": 0.2, "Dense.units": 3, "Dense.units 2": 2},
            "%%model net --input 1 --loss mse --lr 0.2\nvalues_1 = iter([3, 2])\n"
            "for i in range(2):\n    Dense(next(values_1), name=f'ä{i}')\n",
        ),
    ],
)
def test_the_best_values_stand_in_the_code_of_the_cell(shell, cell, best, code):
    net = model_of(shell, cell)
    trial = optuna.trial.FixedTrial(best)
    build = builder_of(net)
    assert build.code(trial) == code
    pasted = model_of(shell, code)
    assert pasted.get_config()["layers"] == build(trial).get_config()["layers"]


def test_a_search_over_a_cell_finds_its_best_model(shell, tmp_path):
    net = model_of(shell, LINE + "Dense(choose(1, 4), use_bias=False)\nDense(1)")
    tuning = search(
        net, DATA, seconds=None, trials=3, epochs=2, seed=1, folder=tmp_path
    )
    assert tuning.name.startswith("net-")
    assert {tuple(trial.params) for trial in tuning.trials} == {
        ("SGD.learning_rate", "Dense.units")
    }
    assert tuning.best_model.layers[0].units == tuning.best_params["Dense.units"]
    assert f"Dense({tuning.best_params['Dense.units']}, " in tuning.code


def test_an_own_function_called_choose_stays_the_users(shell):
    shell.run_cell("def choose(*values):\n    return values[-1]").raise_error()
    net = model_of(
        shell, LINE.replace("choose(0.1, 0.5)", "0.1") + "Dense(choose(2, 7))"
    )
    assert net.layers[0].units == 7
    with pytest.raises(ValueError, match="no values to try"):
        builder_of(net)


def test_the_data_of_the_notebook_is_not_kept_alive(shell):
    shell.run_cell("import numpy as np\nbig = np.zeros(1000)\nsmall = np.array(3)")
    reference = weakref.ref(shell.user_ns["big"])
    net = model_of(shell, LINE + "Dense(choose(2, int(small)))")
    del shell.user_ns["big"]
    gc.collect()
    assert reference() is None
    assert asked(net)["Dense.units"] == (2, 3)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("Dense(choose())", "no values to choose from"),
        ("Dropout(between(0.5, 0.1))", "the lower one first"),
        ("Dropout(between(0, 1, log=True))", "above 0"),
    ],
)
def test_a_wrong_choice_is_refused_at_its_line(shell, line, message):
    result = shell.run_cell(LINE + f"Dense(1)\n{line}")
    assert message in str(result.error_in_exec)
    assert "Line 3" in str(result.error_in_exec)


def test_values_that_optuna_cannot_store_are_chosen_by_name():
    class Recorded:
        def suggest_categorical(self, name, choices):
            self.choices = choices
            return choices[-1]

    trial = Recorded()
    assert Choices(trial).choose(nbkeras.layers.ReLU, (3, 3)) == (3, 3)
    assert trial.choices == ["ReLU", "(3, 3)"]
