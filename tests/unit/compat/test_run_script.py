"""`python -m nbkeras run script.py`: a stranger's script, as Python would run it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture
def run(tmp_path):
    """Write a script and run it with arguments; what the process left behind."""

    def run(code, *arguments, command=("-m", "nbkeras", "run"), name="script.py"):
        folder = tmp_path / "scripts"
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(code)
        return subprocess.run(
            [sys.executable, *command, f"scripts/{name}", *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=300,
        )

    return run


def test_a_script_trains_under_its_own_imports(run):
    ended = run(
        "import numpy as np\n"
        "from tensorflow import keras\n"
        "x = np.arange(8.0).reshape(8, 1)\n"
        "model = keras.Sequential([keras.layers.Dense(1, input_shape=(1,))])\n"
        "model.compile('sgd', 'mse')\n"
        "model.fit(x, 2 * x, epochs=2, verbose=0)\n"
        "print(keras.__name__, len(model.history.history['loss']))\n"
    )
    assert ended.stdout == "nbkeras 2\n", ended.stderr
    assert ended.returncode == 0


def test_a_script_sees_what_python_would_show_it(run, tmp_path):
    code = (
        "import pickle, sys, __main__\n"
        "class Row: pass\n"
        "print(sys.argv, sys.path[0], __name__, __file__, __doc__, __spec__)\n"
        "print(__main__.Row is Row, type(pickle.loads(pickle.dumps(Row()))) is Row)\n"
    )
    arguments = ["--epochs", "3", "-h", "--", "x"]
    ours = run(code, *arguments)
    pythons = run(code, *arguments, command=())
    assert ours.stdout == pythons.stdout, ours.stderr
    assert str(tmp_path / "scripts") in ours.stdout


def test_a_module_beside_the_script_is_found(run):
    run("value = 12", name="beside.py")
    assert run("import beside; print(beside.value)").stdout == "12\n"


@pytest.mark.parametrize(
    ("code", "status"),
    [("import sys; sys.exit(7)", 7), ("raise SystemExit('enough')", 1), ("x = 1", 0)],
)
def test_the_exit_code_is_that_of_the_script(code, status, run):
    ended = run(code)
    assert ended.returncode == status
    assert ended.stderr == ("enough\n" if "enough" in code else "")


@pytest.mark.parametrize(
    "code",
    [
        "def f():\n    return 1 / 0\n\nf()\n",
        "x = = 3\n",
        "try:\n    1 / 0\nexcept ZeroDivisionError as error:\n"
        "    raise ValueError('after it') from error\n",
        "import sys\nsys.excepthook = lambda *error: print('own hook')\n1 / 0\n",
        "raise KeyboardInterrupt\n",
    ],
)
def test_a_traceback_is_that_of_python(code, run):
    ours, pythons = run(code), run(code, command=())
    assert (ours.stdout, ours.stderr) == (pythons.stdout, pythons.stderr)
    assert ours.returncode != 0


def test_an_error_in_a_compiled_step_ends_with_its_message(run):
    ended = run(
        "import numpy as np, keras\n"
        "def loss(y_true, y_pred):\n"
        "    raise ValueError('no such loss. Write mse.')\n"
        "model = keras.Sequential([keras.layers.Dense(1)])\n"
        "model.compile('sgd', loss)\n"
        "model.fit(np.ones((4, 2)), np.ones((4, 1)), verbose=0)\n"
    )
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1] == "ValueError: no such loss. Write mse."


def test_a_file_that_is_missing_is_named(run):
    ended = run("", command=("-m", "nbkeras", "run", "absent.py"))
    assert ended.returncode == 2
    assert "nbkeras run: 'absent.py' does not exist" in ended.stderr


def test_a_notebook_gets_the_line_for_jupyter(run):
    ended = run("{}", name="lesson.ipynb")
    assert ended.returncode == 2
    assert "%load_ext nbkeras and %keras" in ended.stderr
