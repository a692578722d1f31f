"""nbkeras.tune while a model is compiled, and after its process was killed."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import nbkeras
from nbkeras import layers
from nbkeras.analysis.tune import studies
from nbkeras.analysis.tune.search import search
from nbkeras.analysis.tune.search_control import SearchControl
from nbkeras.core.machine import background_threads
from nbkeras.notebook.tune.widget import axes_of

HERE = str(Path(__file__).parent)
X = np.linspace(-1, 1, 20, dtype="float32")[:, None]
DATA, HELD_OUT = (X, 2 * X), (X[::3], 2 * X[::3])


def build(trial):
    model = nbkeras.Sequential([nbkeras.Input((1,)), layers.Dense(1)])
    rate = trial.suggest_float("rate", 1e-6, 0.5, log=True)
    model.compile(nbkeras.optimizers.SGD(rate), "mse")
    return model


def tuned(folder, build=build, **options):
    options = {"seconds": None, "trials": 3, "epochs": 2, "seed": 1} | options
    return search(build, DATA, validation_data=HELD_OUT, folder=folder, **options)


class SlowToCompile:
    """A model whose step is being traced until `finish` is set, once training began."""

    def __init__(self):
        self.began, self.finish, self.reached = (threading.Event() for _ in range(3))
        case = self

        class Slow(layers.Layer):
            def call(self, x):
                if case.began.is_set():
                    case.reached.set()
                    case.finish.wait(30)
                return x

        class Begin(nbkeras.callbacks.Callback):
            def on_train_begin(self, logs=None):
                case.began.set()

        self.layer, self.callback = Slow, Begin

    def build(self, trial):
        rate = trial.suggest_float("rate", 1e-6, 0.5, log=True)
        stack = [nbkeras.Input((1,)), self.layer(), layers.Dense(1)]
        model = nbkeras.Sequential(stack)
        model.compile(nbkeras.optimizers.SGD(rate), "mse")
        return model


def stopped_while_compiling(folder):
    """(the search, seconds from the stop to its return, what compiles)."""
    case, control, asked = SlowToCompile(), SearchControl(None), []

    def stop():
        assert case.reached.wait(30)
        asked.append(time.perf_counter())
        control.stop()

    thread = threading.Thread(target=stop)
    thread.start()
    tuning = tuned(folder, case.build, control=control, callbacks=[case.callback()])
    seconds = time.perf_counter() - asked[0]
    thread.join()
    return tuning, seconds, case


def ended(case):
    """Let it compile, and wait for the thread that was left behind."""
    case.finish.set()
    assert background_threads.end_all(30)


def test_stop_does_not_wait_for_the_compiler(tmp_path):
    tuning, _, case = stopped_while_compiling(tmp_path)
    try:
        assert not case.finish.is_set()
        assert tuning.status == "stopped"
        assert [trial.status for trial in tuning.trials] == ["stopped"]
    finally:
        ended(case)
    # What was left behind has changed neither the study nor the model's file.
    (trial,) = studies.open_study(tuning.name, tmp_path, None, "minimize", 0).trials
    assert trial.state.name == "FAIL"
    assert trial.user_attrs["nbkeras_status"] == "stopped"
    assert not tuning.model_file.exists()


def test_stop_answers_in_less_than_300_ms_while_a_model_is_compiled(tmp_path):
    times = []
    for number in range(3):
        _, seconds, case = stopped_while_compiling(tmp_path / str(number))
        ended(case)
        times.append(seconds)
    assert min(times) < 0.3


def test_stop_does_not_wait_for_the_first_model(tmp_path):
    control, case = SearchControl(None), SlowToCompile()
    case.began.set()  # already its shapes take long

    def stop():
        assert case.reached.wait(30)
        control.stop()

    thread = threading.Thread(target=stop)
    thread.start()
    tuning = tuned(tmp_path, case.build, control=control)
    thread.join()
    try:
        assert (tuning.status, tuning.trials, axes_of(tuning.study)) == (
            "stopped",
            [],
            [],
        )
        assert list(tmp_path.iterdir()) == []
    finally:
        ended(case)


def test_a_stopped_search_goes_on_after_the_compilation_that_was_left(tmp_path):
    tuning, _, case = stopped_while_compiling(tmp_path)
    ended(case)
    again = tuned(tmp_path, case.build, trials=2, name=tuning.name)
    assert [trial.status for trial in again.trials] == ["stopped", *["completed"] * 2]


def test_the_interpreter_may_exit_while_a_model_is_compiled(tmp_path):
    code = f"""
        import sys, threading
        sys.path.insert(0, {HERE!r})
        from pathlib import Path
        from test_stop_and_kill import stopped_while_compiling
        tuning, _, case = stopped_while_compiling(Path({str(tmp_path)!r}))
        print(tuning.status)
        threading.Timer(0.5, case.finish.set).start()
    """
    done = script(code)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == ["stopped"]


def test_an_interrupt_stops_the_search_while_a_model_is_compiled(tmp_path):
    case = SlowToCompile()

    def interrupt():
        assert case.reached.wait(30)
        signal.raise_signal(signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    tuning = tuned(tmp_path, case.build, callbacks=[case.callback()])
    thread.join()
    try:
        assert tuning.status == "stopped"
        assert [trial.status for trial in tuning.trials] == ["stopped"]
    finally:
        ended(case)


def test_what_is_shown_is_shown_on_the_thread_of_the_caller(tmp_path):
    threads = set()
    tuned(tmp_path, watch=lambda tuning: threads.add(threading.current_thread()))
    assert threads == {threading.current_thread()}


def test_an_error_of_what_is_shown_ends_the_search(tmp_path):
    def fail(tuning):
        if tuning.trials:
            raise RuntimeError("no picture")

    with pytest.raises(RuntimeError, match="no picture"):
        tuned(tmp_path, watch=fail, name="shown")
    assert background_threads.end_all(30)
    trials = studies.open_study("shown", tmp_path, None, "minimize", 0).trials
    assert [trial.state.name for trial in trials] == ["FAIL"]


def test_a_search_survives_kills_at_random_moments(tmp_path):
    code = f"""
        import sys
        sys.path.insert(0, {HERE!r})
        import test_stop_and_kill as case
        def watch(tuning):
            print(len(tuning.trials), flush=True)
        case.tuned({str(tmp_path)!r}, trials=10**6, name="killed", watch=watch, seed=None)
    """
    rng, reported = np.random.default_rng(16), 0
    for _ in range(4):
        with subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE
        ) as process:
            process.stdout.readline()  # it searches
            time.sleep(rng.uniform(0, 0.8))
            process.kill()
            rest = process.stdout.read().splitlines(keepends=True)
        reported = max([reported, *(int(n) for n in rest if n.endswith(b"\n"))])
    began = time.perf_counter()
    before = studies.open_study("killed", tmp_path, None, "minimize", 0).trials
    assert time.perf_counter() - began < 5  # no lock of a dead process
    assert len(before) >= reported
    wanted = sum(trial.state.name in ("COMPLETE", "PRUNED") for trial in before) + 2
    tuning = tuned(tmp_path, trials=wanted, name="killed", seed=None)
    numbers = [trial.number for trial in tuning.trials]
    assert numbers == list(range(len(before) + 2))  # none is lost, none is there twice
    statuses = [trial.status for trial in tuning.trials]
    assert statuses.count("failed") <= 4  # at most the one under way, of each kill
    assert set(statuses) <= {"completed", "pruned", "failed"}
    for old, trial in zip(before, tuning.trials, strict=False):
        assert (old.params, old.number) == (trial.params, trial.number)
    is_of_best_trial(tuning)


def is_of_best_trial(tuning):
    """Check the saved model, and that no other one is left."""
    loss = tuning.best_model.evaluate(*HELD_OUT, verbose=0)
    np.testing.assert_allclose(loss, tuning.best_value, rtol=1e-5)
    assert list(tuning.model_file.parent.glob("*.keras")) == [tuning.model_file]


@pytest.mark.parametrize("moment", ["in its last epoch", "once it is told"])
def test_the_best_model_is_that_of_the_best_trial_that_counts(tmp_path, moment):
    study = studies.open_study("plan", tmp_path, None, "minimize", 0)
    for rate in (0.01, 0.3):
        study.enqueue_trial({"rate": rate})
    code = f"""
        import os, pathlib, sys
        sys.path.insert(0, {HERE!r})
        import test_stop_and_kill as case
        def watch(tuning):
            last = tuning.trials[-1] if tuning.trials else None
            if last and last.number == 1 and len(last.values) == 2 and last.status == "running":
                if {moment!r} == "in its last epoch":
                    os._exit(9)
                pathlib.Path.replace = lambda file, to: os._exit(9)
        case.tuned({str(tmp_path)!r}, trials=2, name="plan", watch=watch)
    """
    assert script(code).returncode == 9
    tuning = tuned(tmp_path, trials=1, name="plan")
    best = 0 if moment == "in its last epoch" else 1
    assert tuning.best_trial.number == best
    assert tuning.trials[1].status == ("failed", "completed")[best]
    is_of_best_trial(tuning)


def test_a_process_that_dies_in_the_middle_of_a_line_leaves_a_whole_study(tmp_path):
    tuned(tmp_path, trials=2, name="torn")
    code = f"""
        import os
        from pathlib import Path
        from nbkeras.analysis.tune import studies
        path = Path({str(tmp_path)!r}, "torn.journal")
        studies.file_storage(path)._backend._lock.acquire()
        with path.open("ab") as file:
            file.write(b'{{"op_code":4,"study')
        os._exit(9)
    """
    assert script(code).returncode == 9
    began = time.perf_counter()
    tuning = tuned(tmp_path, trials=3, name="torn")
    assert time.perf_counter() - began < 20  # Optuna's own lock waits 30 s
    assert [trial.status for trial in tuning.trials] == ["completed"] * 3
    assert len(studies.open_study("torn", tmp_path, None, "minimize", 0).trials) == 3


def script(code):
    environment = {**os.environ, "PYTHONWARNINGS": "default"}
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
