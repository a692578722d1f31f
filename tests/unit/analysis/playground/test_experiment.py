"""Training a playground: exact numbers of steps, changes on the way, and replays."""

import threading

import numpy as np
import pytest

import nbkeras
from nbkeras.analysis.playground import datasets
from nbkeras.analysis.playground.experiment import Experiment
from nbkeras.analysis.playground.features import features_of
from nbkeras.analysis.playground.settings import Settings


@pytest.fixture
def experiment_of():
    """experiment_of(own=None, **settings) -> Experiment, closed after the test."""
    opened = []

    def make(own=None, **values):
        settings = values.pop("settings", None) or Settings.of(**values)
        opened.append(Experiment(settings, own))
        return opened[-1]

    yield make
    for experiment in opened:
        experiment.close()


def same(first, second):
    pairs = zip(first.weights(), second.weights(), strict=True)
    return all(np.array_equal(a, b) for a, b in pairs)


@pytest.mark.parametrize("steps", [1, 26, 700])
def test_so_many_steps_are_trained(steps, experiment_of):
    experiment = experiment_of(layers=[3])
    experiment.train(steps)
    assert experiment.steps == steps
    assert experiment.look().step == steps


def test_pauses_do_not_change_the_weights(experiment_of):
    whole, parts = experiment_of(layers=[4]), experiment_of(layers=[4])
    whole.train(900)
    for steps in (1, 30, 7, 600, 262):
        parts.train(steps)
    assert same(whole, parts)


def test_steps_are_those_of_fit(experiment_of):
    experiment = experiment_of(data="xor", layers=[3], optimizer="adam", seed=4)
    before = experiment.weights()
    other = experiment_of(data="xor", layers=[3], optimizer="adam", seed=4)
    x = features_of(experiment.data.points, experiment.settings.features)
    y = experiment.data.targets.astype("float32")
    rows = other.train_rows
    other.model.fit(x[rows], y[rows], batch_size=10, epochs=2, verbose=0)
    experiment.train(50)
    assert same(experiment, other)
    assert not np.array_equal(before[0], experiment.weights()[0])


def test_changes_on_the_way_are_replayed_bit_by_bit(experiment_of):
    first = experiment_of(data="spiral", layers=[5, 3], regularization="l2")
    first.train(40)
    first.set_learning_rate(0.2)
    first.train(13)
    first.set_weight("hidden_1/kernel[1, 4]", 0.75)
    first.set_weight("output/bias[0]", -0.5)
    first.train(30)
    again = experiment_of(settings=_settings_of(first.code()))
    again.replay(first.steps)
    assert same(first, again)
    assert again.code() == first.code()
    plain = experiment_of(data="spiral", layers=[5, 3], regularization="l2")
    plain.train(83)
    assert not same(first, plain)


def _settings_of(line):
    """The settings that a line of code opens."""
    seen = {}
    note = line.replace("nbkeras.playground", "note", 1)
    eval(note, {"note": lambda **values: seen.update(values)})
    seen.pop("steps")
    return Settings.of(**seen)


def test_a_run_that_plays_can_be_paused_changed_and_replayed(experiment_of):
    experiment = experiment_of(layers=[4])
    enough = threading.Event()
    experiment.play(lambda: experiment.steps > 100 and enough.set())
    assert enough.wait(60)
    experiment.set_learning_rate(0.2)
    experiment.set_weight("hidden_1/kernel[0, 0]", 1.5)
    experiment.play(steps=40)
    while experiment.is_playing:
        enough.wait(0.01)
    experiment.train(1)
    again = experiment_of(settings=experiment.settings)
    again.replay(experiment.steps)
    assert same(experiment, again)


def test_a_weight_set_before_training_is_the_one_that_is_trained(experiment_of):
    experiment = experiment_of(layers=[2])
    experiment.set_weight("hidden_1/bias[1]", 3.0)
    assert experiment.weights()[1].tolist() == [0.0, 3.0]
    experiment.train(5)
    again = experiment_of(settings=experiment.settings)
    again.replay(5)
    assert same(experiment, again)


def test_the_global_seed_is_left_alone():
    nbkeras.utils.set_random_seed(11)
    expected = nbkeras.random.normal((3,))
    nbkeras.utils.set_random_seed(11)
    Experiment(Settings.of(layers=[2]))
    np.testing.assert_array_equal(nbkeras.random.normal((3,)), expected)


def test_own_classes_are_learned(experiment_of):
    rng = np.random.default_rng(0)
    y = np.arange(300) % 3
    x = np.array([[0, 0], [900, 0], [0, 7]])[y] + rng.normal(size=(300, 2)) * [40, 0.3]
    names = np.array(["ant", "bee", "cat"])[y]
    own = datasets.own(x, names)
    experiment = experiment_of(own=own, data="own", layers=[6], optimizer="adam")
    experiment.train(600)
    losses = experiment.look().losses
    assert losses["test_accuracy"] > 0.97
    assert experiment.data.names == ("ant", "bee", "cat")


@pytest.mark.filterwarnings("ignore:The loss is NaN")
def test_a_loss_that_becomes_infinite_ends_the_run_and_says_so(experiment_of):
    experiment = experiment_of(
        problem="regression", activation="linear", learning_rate=50, layers=[6, 6, 6]
    )
    with pytest.raises(RuntimeError, match="Try a smaller learning_rate"):
        experiment.train(200)
    assert experiment.trouble == "diverged"
    assert all(np.isfinite(w).all() for w in experiment.weights())


def test_without_points_there_is_nothing_to_train(experiment_of):
    with pytest.raises(ValueError, match="Draw some"):
        experiment_of(data="drawn").train(1)


@pytest.mark.parametrize(
    "name",
    ["hidden_3/kernel[0, 0]", "hidden_1/kernel[0, 9]", "hidden_1/bias[0, 1]", "x"],
)
def test_a_weight_that_is_not_there_is_refused(name, experiment_of):
    with pytest.raises(ValueError, match=r"'hidden_1/kernel\[0, 1\]' \(from, to\)"):
        experiment_of().set_weight(name, 1.0)


def test_a_weight_is_a_finite_number(experiment_of):
    with pytest.raises(ValueError, match=r"Write for example 0\.5"):
        experiment_of().set_weight("output/bias[0]", float("nan"))


def test_own_data_needs_arrays(experiment_of):
    with pytest.raises(ValueError, match=r"Write playground\(x, y\)"):
        experiment_of(data="own")


def test_nothing_runs_after_closing():
    before = set(threading.enumerate())  # other tests may have left paused runs
    experiment = Experiment(Settings.of())
    experiment.play()
    started = [
        thread
        for thread in threading.enumerate()
        if thread not in before and thread.name == "nbkeras-fit"
    ]
    experiment.close()
    assert experiment.is_closed
    assert len(started) == 1
    started[0].join(60)
    assert not started[0].is_alive()


def test_a_closed_experiment_goes_on_as_a_replay(experiment_of):
    first = experiment_of(layers=[3])
    first.train(30)
    first.close()
    again = first.replayed()
    again.train(12)
    again.close()
    whole = experiment_of(layers=[3])
    whole.train(42)
    assert same(again, whole)
