"""What cannot be done with a model in training, or in a forked child, is said."""

import copy
import pickle
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import nbkeras
from nbkeras import Input, Sequential
from nbkeras.layers import Dense

CHILD = Path(__file__).with_name("fork_child.py")
X = np.random.default_rng(0).normal(size=(32, 4)).astype("float32")
Y = X.sum(axis=1, keepdims=True)
forks = pytest.mark.skipif(sys.platform != "linux", reason="forks are Linux's default")


def child(method, before, folder=None):
    done = subprocess.run(
        [sys.executable, str(CHILD), method, before],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.stdout + done.stderr[-2000:]


@forks
@pytest.mark.parametrize("method", ["fit", "evaluate", "predict", "train_on_batch"])
def test_a_forked_child_of_a_process_that_trained_says_how_to_start_it(method):
    said = child(method, "trained")
    assert said.startswith("RuntimeError: ")
    assert method in said
    assert "multiprocessing.get_context('spawn').Process(...)" in said


@forks
def test_all_other_work_in_a_forked_child_says_it_too_instead_of_hanging(tmp_path):
    lines = child("other", "trained", tmp_path).splitlines()
    assert len(lines) == 16
    for line in lines:
        assert ": RuntimeError: " in line
        assert "multiprocessing.get_context('spawn').Process(...)" in line


@forks
def test_a_forked_child_of_a_process_that_computed_nothing_trains():
    assert child("fit", "new").endswith("done\n")


@pytest.fixture
def training():
    """A model whose run stands before its first step until the test is over."""
    model = Sequential([Input((4,)), Dense(3, name="first"), Dense(1, name="last")])
    model.compile("sgd", "mse")
    begun, over = threading.Event(), threading.Event()

    class Hold(nbkeras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            begun.set()
            assert over.wait(60)

    run = model.fit(X, Y, verbose=0, callbacks=[Hold()], background=True)
    assert begun.wait(60)
    yield model, run
    over.set()
    run.wait(60)


@pytest.mark.parametrize(
    "act",
    [lambda model: model.pop(), lambda model: model.add(Dense(2))],
    ids=["pop", "add"],
)
def test_a_model_in_training_keeps_its_layers_and_says_so(training, act):
    model, _ = training
    with pytest.raises(RuntimeError, match=r"End the run first with run.stop\(\)"):
        act(model)
    assert [layer.name for layer in model.layers] == ["first", "last"]


def test_a_model_in_training_is_not_compiled_anew_and_its_run_goes_on(training):
    model, _ = training
    with pytest.raises(RuntimeError, match=r"run.stop\(\) and run.wait\(\)"):
        model.compile("adam", "mae")
    assert type(model.optimizer).__name__ == "SGD"


def test_a_callback_does_not_compile_the_model_that_it_trains():
    model = Sequential([Input((4,)), Dense(1)])
    model.compile("sgd", "mse")

    class Compile(nbkeras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            model.compile("adam", "mae")

    with pytest.raises(RuntimeError, match="is in training"):
        model.fit(X, Y, verbose=0, callbacks=[Compile()])
    model.compile("adam", "mae")
    assert model.fit(X, Y, verbose=0).status == "completed"


@pytest.mark.parametrize("act", [copy.deepcopy, pickle.dumps])
def test_a_model_in_training_is_not_copied_and_the_advice_is_right(training, act):
    model, _ = training
    with pytest.raises(
        RuntimeError, match=r"new = nbkeras.models.clone_model\(model\)"
    ):
        act(model)
    new = nbkeras.models.clone_model(model)
    new.set_weights(model.get_weights())
    for mine, theirs in zip(new.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_after_the_run_a_model_can_be_changed_and_copied():
    model = Sequential([Input((4,)), Dense(3), Dense(1)])
    model.compile("sgd", "mse")
    run = model.fit(X, Y, verbose=0, background=True)
    run.wait(60)
    twin = copy.deepcopy(model)
    np.testing.assert_array_equal(twin.get_weights()[0], model.get_weights()[0])
    model.pop()
    model.add(Dense(1))
    assert model.fit(X, Y, verbose=0).status == "completed"


def test_a_model_is_saved_while_a_run_makes_steps(tmp_path):
    model = Sequential([Input((4,)), Dense(3), Dense(1)])
    model.compile("adam", "mse")
    run = model.fit(X, Y, epochs=10**6, verbose=0, background=True)
    for number in range(100):
        model.save(tmp_path / f"{number}.keras")
    run.stop()
    run.wait(60)
    one = nbkeras.models.load_model(tmp_path / "99.keras")
    # One moment: the optimizer has counted the steps that the model has made.
    assert int(one.optimizer.iterations) == one._steps_done
