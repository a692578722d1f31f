"""nbkeras.tune: what it tries, what it keeps, how it ends."""

import itertools
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import numpy as np
import optuna
import pytest
from optuna.storages.journal import JournalFileBackend

import nbkeras
from nbkeras import layers
from nbkeras.analysis.tune import studies
from nbkeras.analysis.tune.search import search
from nbkeras.analysis.tune.search_control import SearchControl

X = np.linspace(-1, 1, 20, dtype="float32")[:, None]
DATA = (X, 2 * X)
HELD_OUT = (X[::3], 2 * X[::3])


def build(trial):
    model = nbkeras.Sequential([nbkeras.Input((1,)), layers.Dense(1)])
    rate = trial.suggest_float("rate", 1e-6, 0.5, log=True)
    model.compile(nbkeras.optimizers.SGD(rate), "mse")
    return model


def tuned(folder, build=build, **options):
    options = {"seconds": None, "trials": 3, "epochs": 2, "seed": 1} | options
    return search(build, DATA, validation_data=HELD_OUT, folder=folder, **options)


def planned(folder, rates, name="plan"):
    """A study in `folder` whose first trials have these rates."""
    study = studies.open_study(name, folder, None, "minimize", 0)
    for rate in rates:
        study.enqueue_trial({"rate": rate})
    return name


def test_the_best_model_has_the_best_value_of_all_trials(tmp_path):
    tuning = tuned(tmp_path)
    values = [trial.value for trial in tuning.trials]
    assert len(values) == 3
    assert tuning.best_value == min(values)
    loss = tuning.best_model.evaluate(*HELD_OUT, verbose=0)
    np.testing.assert_allclose(loss, tuning.best_value, rtol=1e-5)
    assert tuning.status == "trials"


def test_the_best_epoch_of_a_trial_counts_and_not_the_last(tmp_path):
    name = planned(tmp_path, [0.5])
    rates = itertools.cycle([1.0, 1.0, -8.0])

    class Spoil(nbkeras.callbacks.Callback):
        """Trains well for two epochs, and away from the target in the third."""

        def on_epoch_begin(self, epoch, logs=None):
            self.model.optimizer.learning_rate = 0.1 * abs(rate := next(rates))
            if rate < 0:
                self.model.set_weights([np.full((1, 1), -9.0), np.zeros(1)])

    tuning = tuned(tmp_path, trials=1, epochs=3, name=name, callbacks=[Spoil()])
    (trial,) = tuning.trials
    assert trial.value == min(trial.values) == trial.values[1]
    loss = tuning.best_model.evaluate(*HELD_OUT, verbose=0)
    np.testing.assert_allclose(loss, trial.value, rtol=1e-5)


def test_a_trial_worse_than_half_of_the_earlier_ones_ends_early(tmp_path):
    name = planned(tmp_path, [0.3, 0.25, 0.2, 0.35, 1e-6])
    tuning = tuned(tmp_path, trials=5, epochs=3, name=name)
    assert [trial.status for trial in tuning.trials] == ["completed"] * 4 + ["pruned"]
    assert len(tuning.trials[-1].values) < 3


def test_equal_seeds_give_equal_trials(tmp_path):
    one, other = (tuned(tmp_path / name, trials=2) for name in "ab")
    assert [trial.params for trial in one.trials] == [t.params for t in other.trials]
    assert [trial.values for trial in one.trials] == [t.values for t in other.trials]


def test_a_search_goes_on_where_it_was_and_changed_code_begins_anew(tmp_path):
    tuned(tmp_path, trials=2)
    assert len(tuned(tmp_path, trials=3).trials) == 3

    def build(trial):
        return globals()["build"](trial)

    assert len(tuned(tmp_path, build, trials=1).trials) == 1


def test_after_a_kill_the_search_goes_on_and_the_lost_trial_has_failed(tmp_path):
    code = """
        import os, sys
        sys.path.insert(0, {here!r})
        import test_search as case
        def die(tuning):
            if tuning.trials and tuning.trials[-1].number == 1 and tuning.trials[-1].values:
                os._exit(9)
        case.tuned({folder!r}, trials=5, watch=die)
    """
    here = str(Path(__file__).parent)
    code = textwrap.dedent(code).format(here=here, folder=str(tmp_path))
    assert subprocess.run([sys.executable, "-c", code]).returncode == 9
    tuning = tuned(tmp_path, trials=2)
    statuses = [trial.status for trial in tuning.trials]
    assert statuses == ["completed", "failed", "completed"]


def test_stop_ends_the_trial_and_the_search(tmp_path):
    control = SearchControl(None)

    class Stop(nbkeras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            control.stop()

    tuning = tuned(tmp_path, control=control, callbacks=[Stop()], batch_size=5)
    assert tuning.status == "stopped"
    assert [trial.status for trial in tuning.trials] == ["stopped"]
    with pytest.raises(ValueError, match="No trial has finished an epoch"):
        tuning.best_trial  # noqa: B018


def test_a_pause_holds_the_trial_until_it_is_resumed(tmp_path):
    control, held = SearchControl(None), []

    class Pause(nbkeras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if not held:
                held.append("epoch")
                control.pause()
                threading.Timer(0.3, resume).start()

    def resume():
        held.append("resumed")
        control.resume()

    tuning = tuned(tmp_path, trials=1, control=control, callbacks=[Pause()])
    assert held == ["epoch", "resumed"]
    assert tuning.trials[0].status == "completed"


def test_pauses_are_not_counted_as_time():
    now = [0.0]
    control = SearchControl(1000, clock=lambda: now[0])
    now[0] = 3.0
    control.pause()
    now[0] = 50.0
    control.resume()
    now[0] = 51.0
    assert control.seconds == 4.0
    control.close()
    now[0] = 90.0
    assert control.seconds == 4.0


def test_the_budget_of_seconds_ends_the_search(tmp_path):
    tuning = tuned(tmp_path, seconds=0.01, trials=None)
    assert tuning.status == "seconds"


def test_settings_that_cannot_be_built_fail_alone_but_not_always(tmp_path):
    calls = itertools.count()

    def build(trial):
        if next(calls) in (2, 4, 5, 6):  # the first call only looks at the model
            raise ValueError("a layer does not fit")
        return globals()["build"](trial)

    with pytest.raises(ValueError, match="a layer does not fit"):
        tuned(tmp_path, build, trials=9, name="failing")
    study = studies.open_study("failing", tmp_path, None, "minimize", 0)
    states = [trial.state.name for trial in study.trials]
    assert states == ["COMPLETE", "FAIL", "COMPLETE", "FAIL", "FAIL", "FAIL"]


def test_several_processes_search_one_study(tmp_path):
    code = """
        import sys
        sys.path.insert(0, {here!r})
        import test_search as case
        case.tuned({folder!r}, trials=4, name="shared", seed=None)
    """
    here = str(Path(__file__).parent)
    code = textwrap.dedent(code).format(here=here, folder=str(tmp_path))
    runs = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(2)]
    assert [run.wait() for run in runs] == [0, 0]
    study = studies.open_study("shared", tmp_path, None, "minimize", 0)
    assert all(trial.state.name in ("COMPLETE", "PRUNED") for trial in study.trials)
    pids = {trial.user_attrs[studies.PID] for trial in study.trials}
    assert len(study.trials) >= 4
    assert len(pids) == 2


def test_a_better_model_of_another_process_is_not_overwritten(tmp_path):
    name = planned(tmp_path, [0.1])
    file = tmp_path / f"{name}.best.keras"

    class FindBetter(nbkeras.callbacks.Callback):
        """What another process does while this one trains its second epoch."""

        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                journal = JournalFileBackend(str(tmp_path / f"{name}.journal"))
                study = optuna.load_study(
                    study_name=name, storage=optuna.storages.JournalStorage(journal)
                )
                trial = optuna.trial.create_trial(
                    value=-1.0, intermediate_values={0: -1.0}
                )
                study.add_trial(trial)
                file.write_bytes(b"theirs")

    tuning = tuned(tmp_path, trials=2, name=name, callbacks=[FindBetter()])
    ours = tuning.trials[0].values
    assert ours[1] < ours[0]
    assert tuning.best_value == -1.0
    assert file.read_bytes() == b"theirs"


def test_the_code_builds_the_best_model_anew(tmp_path):
    tuning = tuned(tmp_path, trials=1)
    names = {"build": build}
    exec(tuning.code, names)
    rate = float(names["model"].optimizer.learning_rate)
    assert rate == pytest.approx(tuning.best_params["rate"])
    assert float(tuning.build_best().optimizer.learning_rate) == pytest.approx(rate)


def accuracy_model(trial):
    model = nbkeras.Sequential([nbkeras.Input((1,)), layers.Dense(1, "sigmoid")])
    model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
    return model


def test_the_first_metric_on_held_out_rows_is_the_objective(tmp_path):
    labels = (X > 0).astype("float32")
    tuning = search(accuracy_model, (X, labels), trials=1, epochs=1, folder=tmp_path)
    assert (tuning.objective, tuning.direction) == ("val_accuracy", "max")


@pytest.mark.parametrize(
    ("build", "options", "message"),
    [
        (lambda trial: None, {}, "it returned a NoneType"),
        (lambda trial: nbkeras.Sequential([layers.Dense(1)]), {}, "is not compiled"),
        (build, {"objective": "val_acuracy"}, "Write one of 'val_loss'"),
        (build, {"seconds": None, "trials": None}, "seconds=60 or trials=20"),
        (build, {"seconds": "a minute"}, "seconds"),
    ],
)
def test_a_search_that_cannot_work_is_refused_before_any_trial(
    tmp_path, build, options, message
):
    with pytest.raises((TypeError, ValueError), match=message):
        tuned(tmp_path, build, **options)
    assert list(tmp_path.iterdir()) == []


def test_a_generator_needs_data_that_is_held_out(tmp_path):
    batches = iter([DATA] * 9)
    with pytest.raises(ValueError, match=r"Give validation_data=\(x, y\)"):
        search(build, batches, objective="val_loss", folder=tmp_path)


def test_without_optuna_the_error_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(ImportError, match=r'pip install "nbkeras\[tune\]"'):
        nbkeras.tune(build, DATA)


def test_importances_are_those_of_optuna_and_need_four_trials(tmp_path):
    name = planned(tmp_path, [0.1, 0.15, 0.2, 0.3])  # ever better: none is pruned
    assert tuned(tmp_path, name=name, trials=3).importances() == {}
    tuning = tuned(tmp_path, name=name, trials=4)
    assert tuning.importances() == {"rate": pytest.approx(1.0)}
