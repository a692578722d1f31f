"""Mistakes that learners make in a `%%model` cell, and what they are told."""

import numpy as np
import pytest
from shells import new_shell

from nbkeras.notebook.model_magic import magics


@pytest.fixture
def shell():
    """A shell that has loaded the magics."""
    shell = new_shell()
    magics.load(shell)
    yield shell
    magics.unload(shell)


def mistake(shell, body, line="net"):
    """The fields of the mistake of a cell."""
    result = shell.run_cell(f"%%model {line}\n{body}")
    return result.error_in_exec.mistake


def net(shell, body="Input((4,))\nDense(3)", line=""):
    """The model of a cell that is right."""
    shell.run_cell(f"%%model net {line}\n{body}").raise_error()
    return shell.user_ns["net"]


@pytest.mark.parametrize(
    ("line", "right"),
    [
        ("Dense(3, activation=relu)", "Dense(3, activation='relu')"),
        ("Dense(3, 'relu', kernel_initializer=zeros)", "kernel_initializer='zeros'"),
        ("Conv2D(8,3,activation=softmax)", "activation='softmax'"),
    ],
)
def test_a_name_without_quotes_is_given_them(shell, line, right):
    told = mistake(shell, f"Input((8, 8, 1))\n{line}")
    assert "in quotes" in told["message"]
    assert right in told["write"]
    assert told["line"] == 3


@pytest.mark.parametrize("line", ["import keras", "from keras.layers import Dense"])
def test_an_import_of_keras_is_told_to_be_left_out(shell, line, monkeypatch):
    import sys

    for name in ("keras", "keras.layers", "tensorflow"):
        monkeypatch.setitem(sys.modules, name, None)
    told = mistake(shell, f"{line}\nInput((4,))\nDense(3)")
    assert "needs no import" in told["message"]
    assert "tensorflow" not in told["message"]
    assert told["line"] == 2


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("Dense（3）", "Dense(3)"),
        ("Conv2D(8， 3)", "Conv2D(8, 3)"),
        ("Dense(3)；Dense(2)", "Dense(3);Dense(2)"),
        ("for i in range(2)：Dense(3)", "for i in range(2):Dense(3)"),
        ("Dense(3, “relu”)", 'Dense(3, "relu")'),
        ("Dense(3)。trainable = False", "Dense(3).trainable = False"),
        ("Dense(3, activation='relu’)", "Dense(3, activation='relu')"),
        ("Dense(3, activation：'relu')", "Dense(3, activation='relu')"),
    ],
)
def test_a_full_width_sign_is_named_with_the_key_to_press(shell, wrong, right):
    told = mistake(shell, f"Input((4,))\n{wrong}")
    assert "full-width" in told["message"]
    assert told["write"] == right


def test_a_colon_between_name_and_value_is_an_equals_sign(shell):
    told = mistake(shell, "Input((4,))\nDense(3, activation：'relu')")
    assert "Python needs '='" in told["message"]
    told = mistake(shell, "Input((4,))\nif 2 == 2：Dense(3)")
    assert "Python needs ':'" in told["message"]


def test_letters_of_chinese_are_left_as_they_are(shell):
    told = mistake(shell, "Input((4,))\n第一层 = Dense（3）")
    assert told["write"] == "第一层 = Dense(3)"


def test_a_rate_alone_goes_to_the_optimizer_from_before(shell):
    before = net(shell, line="--optimizer adam --loss mse")
    after = net(shell, line="--lr 0.25")
    assert after is not before
    assert type(after.optimizer) is type(before.optimizer)
    assert float(after.optimizer.learning_rate) == 0.25
    after.fit(np.ones((4, 4)), np.ones((4, 3)), verbose=0)


def test_a_rate_without_a_loss_is_no_use_yet(shell):
    told = mistake(shell, "Input((4,))\nDense(3)", "net --lr=0.1")
    assert "not compiled" in told["message"]
    shell.run_cell(f"{told['write']}\nInput((4,))\nDense(3)").raise_error()
    rate = shell.user_ns["net"].optimizer.learning_rate
    assert float(rate) == pytest.approx(0.1)


def test_what_became_of_the_weights_is_said_in_words(shell, capsys):
    net(shell, "Input((4,))\nDense(3)\nDense(2)")
    capsys.readouterr()
    net(shell, "Input((4,))\nDense(3)\nDense(5)\nDense(7)")
    said = capsys.readouterr().out
    assert "Kept: dense. Begins anew (its shape changed): dense_1. " in said
    assert "Added: dense_2." in said
