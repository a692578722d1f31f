"""`%%model` and `%%keras` through a real IPython shell."""

import gc
import sys
import weakref

import numpy as np
import pytest
from IPython.core.completer import provisionalcompleter
from shells import new_shell

import nbkeras
from nbkeras import Input, Sequential, compat, layers
from nbkeras.notebook.model_magic import magics
from nbkeras.notebook.model_magic.completion import completions
from nbkeras.notebook.model_magic.options import OptionError, parse
from nbkeras.notebook.model_plot.widget import ModelView


@pytest.fixture
def shell():
    """A shell that has loaded the magics."""
    shell = new_shell()
    magics.load(shell)
    yield shell
    magics.unload(shell)


def run(shell, text):
    """Run a cell that must succeed."""
    result = shell.run_cell(text, store_history=True)
    result.raise_error()
    return result.result


def fails(shell, text):
    """The exception of a cell that must fail."""
    result = shell.run_cell(text)
    assert not result.success
    return result.error_in_exec


TWO = "%%model net --input 4\nDense(8, 'relu')\nDense(1)"


def test_a_cell_binds_its_model_and_nothing_else(shell):
    run(shell, "units = 8")
    before = {*shell.user_ns}
    nbkeras.utils.set_random_seed(3)
    run(shell, "%%model net --input 4\nfor n in (units, 2):\n    Dense(n)\nz = 3")
    assert {name for name in {*shell.user_ns} - before if name[0] != "_"} == {"net"}
    nbkeras.utils.set_random_seed(3)
    hand = Sequential([Input((4,)), layers.Dense(8), layers.Dense(2)])
    assert shell.user_ns["net"].get_config() == hand.get_config()
    for a, b in zip(
        shell.user_ns["net"].get_weights(), hand.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(a, b)


def test_the_model_is_compiled_as_the_line_says(shell):
    run(shell, "def mine(y, z):\n    return abs(y - z).mean(-1)")
    line = "%%model net --input 4 --optimizer adam --lr 0.01 --loss mine --metrics mae, mape"
    run(shell, f"{line}\nDense(1)")
    net = shell.user_ns["net"]
    assert type(net.optimizer).__name__ == "Adam"
    assert float(net.optimizer.learning_rate) == pytest.approx(0.01)
    assert net.loss is shell.user_ns["mine"]
    net.fit(np.ones((8, 4)), np.ones((8, 1)), verbose=0)
    assert sorted(net.history.history) == ["loss", "mae", "mape"]


def test_an_edit_keeps_what_was_learned_and_undo_brings_the_former_back(shell, capsys):
    run(shell, TWO.replace("4\n", "4 --optimizer adam --loss mse\n", 1))
    first = shell.user_ns["net"]
    first.fit(np.ones((8, 4)), np.ones((8, 1)), verbose=0)
    capsys.readouterr()
    run(shell, TWO.replace("\nDense(1)", "\nDense(8)\nDense(1)"))
    second = shell.user_ns["net"]
    shown = capsys.readouterr().out
    assert "Kept: dense, dense_2. Added: dense_1. Back: net.undo()" in shown
    np.testing.assert_array_equal(first.get_weights()[2], second.get_weights()[4])
    assert type(second.optimizer).__name__ == "Adam"
    assert second.optimizer is not first.optimizer
    run(shell, TWO.replace("net", "net --no-keep", 1))
    third = shell.user_ns["net"]
    assert "All weights are new." in capsys.readouterr().out
    assert not np.array_equal(first.get_weights()[0], third.get_weights()[0])
    run(shell, "net.undo()")
    assert shell.user_ns["net"] is second
    run(shell, "net.undo()")
    assert shell.user_ns["net"] is first
    run(shell, "net.undo()")
    assert "no earlier model of this name" in capsys.readouterr().out
    assert shell.user_ns["net"] is first


def test_six_edits_can_be_taken_back_five_times(shell):
    made = []
    for _ in range(7):
        run(shell, TWO)
        made.append(shell.user_ns["net"])
    for _ in range(6):
        run(shell, "net.undo()")
    assert shell.user_ns["net"] is made[1]


def test_large_former_models_are_let_go_but_for_the_last(shell, monkeypatch):
    monkeypatch.setattr("nbkeras.notebook.model_magic.undo.MOST_BYTES", 150)
    models = []
    for _ in range(3):
        run(shell, "%%model net --input 4\nDense(4)")  # 80 bytes each
        models.append(weakref.ref(shell.user_ns["net"]))
    gc.collect()
    assert [model() is None for model in models] == [True, False, False]


def test_a_picture_does_not_keep_a_model_that_can_come_back_no_more(
    shell, monkeypatch, wire
):
    monkeypatch.setattr("nbkeras.notebook.environment.in_kernel", lambda: True)
    monkeypatch.setattr("nbkeras.notebook.model_magic.undo.MOST", 1)
    models = []
    for _ in range(3):
        run(shell, "%%model net --input 4\nDense(4)")
        models.append(weakref.ref(shell.user_ns["net"]))
    gc.collect()
    assert [model() is None for model in models] == [True, False, False]


def test_a_picture_has_the_name_of_its_cell(shell, monkeypatch, wire):
    titles = []
    monkeypatch.setattr("nbkeras.notebook.environment.in_kernel", lambda: True)
    monkeypatch.setattr(ModelView, "show", lambda view: titles.append(view.name))
    run(shell, "%%model branched\nx = input(4)\nconcat(Dense(2)(x), Dense(3)(x))")
    run(shell, "%model branched")
    assert titles == ["branched", "branched"]


def test_a_cell_that_fails_says_its_line_and_changes_nothing(shell, capsys):
    run(shell, TWO)
    before = shell.user_ns["net"]
    weights = before.get_weights()
    capsys.readouterr()
    error = fails(shell, TWO + "\nnet.add(Dense(3))\nConv2D(3, 3)")
    assert error.mistake["line"] == 4
    error = fails(shell, TWO + "\nConv2D(3, 3)")
    assert error.mistake["source"] == "Conv2D(3, 3)"
    shown = capsys.readouterr().out
    assert "Line 4: Conv2D(3, 3)" in shown
    assert "dense_1 (Dense)" in shown
    assert "Traceback" not in shown
    assert shell.user_ns["net"] is before
    assert len(before.layers) == 2
    assert all(map(np.array_equal, weights, before.get_weights()))


def test_the_traceback_comes_when_asked_for(shell, capsys):
    fails(shell, "%%model net\nDense(2)\n1 / 0")
    assert "Traceback" not in capsys.readouterr().out
    run(shell, "%tb")
    assert "line 3" in capsys.readouterr().out
    fails(shell, "%%model net --traceback\nDense(2)\n1 / 0")
    assert "Traceback" in capsys.readouterr().out


def test_options_are_evaluated_only_if_the_cell_is_python(shell):
    run(shell, "counted = []")
    found = fails(shell, "%%model net --input counted.append(1)\nDense(2").mistake
    assert found["line"] == 2
    assert shell.user_ns["counted"] == []


@pytest.mark.parametrize(
    ("line", "message", "write"),
    [
        ("net --inptu 4", "Did you mean input", "%%model net --input 4"),
        (
            "net --input 4 --optimizer adm",
            "'adm'",
            "%%model net --input 4 --optimizer adam",
        ),
        (
            "net --input 4 --loss msee",
            "Unknown loss",
            "%%model net --input 4 --loss MSE",
        ),
        ("net --input a,b", "integers separated by commas", "--input 150,150,3"),
        ("net --lr fast", "number above 0", "--lr 0.001"),
        ("net --summary yes", "takes no value", "--summary"),
        ("net --loss", "needs a value", "--loss categorical_crossentropy"),
        ("", "needs one name", "%%model model"),
        ("my net", "needs one name", "%%model model"),
        ("data", "would be overwritten", "%%model data_model"),
        ("print", "would shadow a Python", "%%model print_model"),
        ("class", "would shadow a Python", "%%model class_model"),
        ("get_ipython", "would shadow a Python", "%%model get_ipython_model"),
    ],
)
def test_a_mistake_in_the_first_line_says_what_to_write(shell, line, message, write):
    run(shell, "data = [1]")
    found = fails(shell, f"%%model {line}\nDense(2)").mistake
    assert found["line"] == 1
    assert message in found["message"]
    assert found["write"] == write
    assert shell.user_ns["data"] == [1]
    assert "net" not in shell.user_ns


@pytest.mark.parametrize(
    "text",
    ["28,28,1", "28, 28, 1", "(28, 28, 1)", "28 28 1", "28x28x1", "shape", "n, n, 1"],
)
def test_the_shape_can_be_written_in_many_ways(text):
    names = {"shape": (28, 28, 1), "n": 28}
    assert parse(f"net --input {text} --summary", names).shape == (28, 28, 1)


def test_values_are_names_variables_or_expressions():
    found = parse("net --optimizer SGD(0.1, momentum=0.9) --loss a=mse b=mae").compile
    assert found["optimizer"].get_config()["momentum"] == 0.9
    assert found["loss"] == {"a": "mse", "b": "mae"}
    assert parse("net --input ?,3  # open").shape == (None, 3)
    assert parse("net --metrics accuracy", {"accuracy": 0.9}).compile == {
        "metrics": ["accuracy"]
    }
    with pytest.raises(OptionError, match="--optimizer SGD"):
        parse("net --optimizer SGD(0.1) --lr 0.2")


def test_a_model_without_shapes_says_that_nothing_was_kept(shell, capsys):
    run(shell, TWO)
    run(shell, "%%model net\nDense(8)")
    assert "Give --input" in capsys.readouterr().out


def test_the_help_explains_lines_branches_and_options(shell, capsys):
    run(shell, "%model?")
    shown = capsys.readouterr().out
    for word in ("--no-keep", "concat(a, b)", "net.undo()"):
        assert word in shown


def test_the_step_is_compiled_meanwhile_and_an_edit_cancels_it(shell, monkeypatch):
    begun = []

    class Handle:
        status = "waiting"

        def cancel(self):
            self.status = "cancelled"

    def compile_ahead(self):
        begun.append(Handle())
        return begun[-1]

    monkeypatch.setattr(nbkeras.Model, "compile_ahead", compile_ahead)
    run(shell, TWO.replace("4\n", "4 --optimizer adam --loss mse\n", 1))
    run(shell, TWO)
    assert [handle.status for handle in begun] == ["cancelled", "waiting"]
    run(shell, "%%model other --input 4\nDense(1)")
    assert len(begun) == 2


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("%%model net\nConv2", "Conv2D"),
        ("%%model net\nDense(4, kernel_i", "kernel_initializer="),
        ("%%model net\nx = conc", "concat"),
        ("%%model net --sum", "--summary"),
        ("%%model net --optimizer ad", "adam"),
        ("%%model net --optimizer=ad", "adam"),
        ("%%model net --metrics mae,acc", "accuracy"),
    ],
)
def test_tab_knows_layers_arguments_options_and_names(shell, text, wanted):
    with provisionalcompleter():
        found = [c.text for c in shell.Completer.completions(text, len(text))]
    assert wanted in found


def test_tab_in_other_cells_is_left_alone():
    assert completions("Conv2", 0, 5) == ("", [])
    assert completions("%%model net\n3 + ", 1, 4) == ("", [])
    assert completions("%%model net\nnp.ze", 1, 5) == ("", [])


@pytest.fixture
def no_keras(monkeypatch):
    """As if Keras had not been imported in this process."""
    for name in list(sys.modules):
        if name.split(".")[0] == "keras":
            monkeypatch.delitem(sys.modules, name)
    yield
    compat.uninstall()


def test_a_pasted_tutorial_runs_in_a_keras_cell_and_only_there(shell, no_keras):
    cell = "%%keras\nimport keras\nfrom keras.layers import Dense\nkeras.__name__"
    assert run(shell, cell) == "nbkeras"
    assert shell.user_ns["Dense"] is layers.Dense
    assert not compat.installed()
    assert "keras" not in sys.modules
    error = fails(shell, "%%keras\nimport keras\n1 / 0")
    assert isinstance(error, ZeroDivisionError)
    assert not compat.installed()


def test_keras_is_switched_on_for_the_notebook_and_taken_back(shell, no_keras, capsys):
    run(shell, "%keras")
    assert run(shell, "import keras\nkeras.__name__") == "nbkeras"
    assert run(shell, "%%keras\n1 + 1") == 2
    assert compat.installed()
    run(shell, "%keras off")
    assert not compat.installed()
    assert "%keras off" in str(fails(shell, "%keras nonsense"))


def test_one_line_above_an_old_notebook_is_enough(no_keras, capsys):
    shell = new_shell()
    for _ in range(2):
        run(shell, "%load_ext nbkeras --as keras")
        assert run(shell, "import keras\nkeras.__name__") == "nbkeras"
        run(shell, "%%model net --input 4\nDense(2)")
        run(shell, "%keras off")
        assert not compat.installed()
    run(shell, "%load_ext nbkeras --as keras")
    run(shell, "%unload_ext nbkeras --as keras")
    assert not compat.installed()
    run(shell, "%load_ext nbkeras --as keras")
    run(shell, "%unload_ext nbkeras")
    assert not compat.installed()
    assert shell.find_cell_magic("model") is None


def test_keras_itself_is_not_replaced_but_explained(shell, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "keras", type(sys)("keras"))
    error = fails(shell, "%%keras\nimport keras")
    assert "Restart the kernel" in str(error)
    shown = capsys.readouterr().out
    assert "Keras itself is imported already" in shown
    assert "Traceback" not in shown
