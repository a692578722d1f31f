"""A submission is judged from the model itself, on data of the teacher's secret."""

import dataclasses
import struct
import subprocess
import sys

import numpy as np
import pytest
from made_up_submissions import RIGHT_FUNCTION, handed_in, with_function

from nbkeras import Input, Sequential, layers
from nbkeras.analysis.exercises import Data, find
from nbkeras.analysis.exercises.course import EXERCISES
from nbkeras.course.grading import function_runner, worker
from nbkeras.course.grading.limits import Limits
from nbkeras.course.grading.student_function import (
    StudentFunction,
    StudentFunctionError,
)
from nbkeras.train.history import History


@pytest.fixture
def call():
    """A function that makes a student's function; its process ends with the test."""
    functions = []

    def made(source, **limits):
        functions.append(StudentFunction("f", source, Limits(seconds=300, **limits)))
        return functions[-1]

    yield made
    for function in functions:
        function.close()


def test_what_is_ready_before_a_fork_has_not_used_jax():
    code = (
        "import nbkeras.course.grading.preload\n"
        "from jax._src import xla_bridge\n"
        "assert not xla_bridge._backends\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_an_untrained_model_with_a_forged_history_gets_no_points(tmp_path):
    model = Sequential(
        [Input((10,)), layers.Dense(1, "sigmoid", kernel_initializer="zeros")]
    )
    # As if the loss of 0.69 had been the best, and had risen later.
    forged = History()
    forged.history["val_loss"] = [0.9, 0.69, 2.0]
    path = handed_in(
        tmp_path / "a.zip", "stop_in_time", "ada", model=model, history=forged
    )
    about, result = worker.messages(path, Limits(), "a word")
    assert about["max_score"] == 2
    believed = [row["state"] for row in result["rows"] if row["self_reported"]]
    judged = [row["state"] for row in result["rows"] if not row["self_reported"]]
    assert believed == ["passed", "passed"]
    assert judged == ["failed", "failed"]
    assert len(result["fingerprint"]) == 64


def test_the_secret_changes_what_is_held_out_and_not_what_the_student_gets():
    task = find("first_network")
    public, secret = task.data_of("ada"), task.data_of("ada", "a word")
    np.testing.assert_array_equal(public.variables["x"], secret.variables["x"])
    assert not np.isin(public.held_out["x"], secret.held_out["x"]).any()
    assert worker.is_secret(task, "ada", "a word")
    assert not worker.is_secret(task, "ada", "")


def test_every_exercise_of_the_course_is_judged_on_secret_data():
    for task in EXERCISES:
        assert worker.is_secret(task, "ada", "a word"), task.name


def test_what_follows_from_the_name_alone_is_not_called_secret():
    task = dataclasses.replace(
        find("first_network"), data=lambda rng, held_out_rng: Data({}, {"x": 1.0})
    )
    assert not worker.is_secret(task, "ada", "a word")


SOURCE = "def f(x): return x * 2, None"


def test_a_function_gets_arrays_and_returns_arrays(call):
    doubled, nothing = call(SOURCE)(x=np.arange(3.0))
    np.testing.assert_array_equal(doubled, [0, 2, 4])
    assert nothing is None


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("raise KeyError('x')", "KeyError: 'x'"),
        ("return 'text'", "could not convert string to float"),
        ("import os; os._exit(1)", "it ended its process"),
        ("import sys; sys.exit()", "it ended its process"),
        ("open('/tmp/made_by_a_student', 'w')", "may not use open"),
        ("import os; os.remove('absent')", "may not use os.remove"),
        ("import subprocess; subprocess.run(['true'])", "may not use"),
        ("import socket; socket.socket()", "may not use socket"),
        ("import os; os.kill(os.getppid(), 9)", "may not use os.kill"),
        ("from nbkeras.course.solutions import SOLUTIONS", "may not read solutions"),
        ("from nbkeras.analysis.exercises import judge", "may not read solutions"),
        (
            "import nbkeras; open(nbkeras.__path__[0] + '/models/../course/solutions.py')",
            "may not read solutions",
        ),
    ],
)
def test_a_function_that_does_something_else_gives_no_value(call, body, says):
    with pytest.raises(StudentFunctionError, match=says):
        call(f"def f(x):\n    {body}")(x=1.0)


def test_a_function_may_train_a_network_of_its_own(call):
    source = """def f(x):
    import nbkeras

    model = nbkeras.Sequential([nbkeras.Input((3,)), nbkeras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(x, x[:, 0], verbose=0)
    return model.predict(x, verbose=0)
"""
    assert call(source, call_seconds=200)(x=np.ones((4, 3), "float32")).shape == (4, 1)


def test_what_a_function_prints_is_no_reply(call):
    source = "import os\ndef f(x):\n    print('[]'); os.write(1, b'1'); return x"
    assert call(source)(x=3.0) == 3.0


def test_a_function_that_took_too_long_is_not_called_again(call):
    function = call("def f(x):\n    while True: pass", call_seconds=0.1)
    for _ in range(2):
        with pytest.raises(StudentFunctionError, match=r"longer than 0\.1 s"):
            function(x=1.0)


def test_a_message_that_is_too_long_is_refused():
    script = function_runner.__file__
    head = struct.pack(">Q", function_runner.MOST_BYTES + 1)
    ended = subprocess.run([sys.executable, "-I", script], input=head, check=False)
    assert ended.returncode == 1


def test_a_function_is_part_of_what_a_fingerprint_tells_apart(tmp_path):
    path = with_function(tmp_path / "a.zip", "ada", RIGHT_FUNCTION)
    answers = worker.read(path).load(lambda n, s: StudentFunction(n, s, Limits()))
    other = {"gradients": StudentFunction("gradients", SOURCE, Limits())}
    assert worker.fingerprint(answers) != worker.fingerprint(other)
    assert worker.fingerprint({"rate": 0.5}) == ""
