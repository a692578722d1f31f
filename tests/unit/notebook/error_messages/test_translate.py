"""Mistakes in Chinese: every message that a learner meets, and nothing of the code lost."""

import ast
import inspect
import re
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from shells import new_shell

import nbkeras
from nbkeras import layers, losses, models, optimizers
from nbkeras.analysis.linter import data_rules, rules
from nbkeras.core import front_end, notices, settings
from nbkeras.core.notices import NbkerasNotice
from nbkeras.data import steps_per_epoch, validation_split
from nbkeras.image.files import folder
from nbkeras.models.training import fitting
from nbkeras.notebook.error_messages import phrases, tracebacks
from nbkeras.notebook.error_messages.translate import SLOT, translate, translate_advice
from nbkeras.notebook.front_end import Jupyter
from nbkeras.notebook.linter.widget import AdviceWidget
from nbkeras.notebook.model_magic import magics

sys.path.append(str(Path(__file__).parents[3] / "contracts"))
from wrong_models import WRONG

ENGLISH = re.compile(
    r"\b(the|is|are|must|write|needs|got|and|or|of|a|an|to|for|with|has|not|this|no|"
    r"did|you|mean|unknown|give|known|before|it|its|there|have|which)\b",
    re.IGNORECASE,
)
CODE = re.compile(
    r"--[\w-]+(?: [\w,]+)?|（[^（）]*）|'[^']*'|`[^`]*`|\([^()]*\)|\[[^\[\]]*\]"
)


@pytest.fixture
def chinese(monkeypatch):
    """The chosen language is Chinese."""
    monkeypatch.setitem(settings._values, "language", "zh")


def english_words(text):
    """Words of English sentences, outside of code."""
    before = None
    while before != text:
        before, text = text, CODE.sub("", text)
    return ENGLISH.findall(text)


def code_pieces(text):
    """Calls, names in quotes and numbers, which no translation may change."""
    return sorted(re.findall(r"'[^']*'|\w+\([^()]*\)|\d+", text))


X, Y = np.zeros((8, 4), "float32"), np.zeros(8, int)


def compiled(units=3, loss="sparse_categorical_crossentropy", **options):
    activation = "softmax" if loss.startswith("sparse") else None
    model = models.Sequential([layers.Input((4,)), layers.Dense(units, activation)])
    model.compile("adam", loss, **options)
    return model


def two_heads(loss_weights=None):
    x = layers.Input((4,))
    model = models.Model(x, [layers.Dense(4, name="a")(x), layers.Dense(4)(x)])
    model.compile("adam", "mse", loss_weights=loss_weights)
    return model


def private(*before):
    model = models.Sequential([layers.Input((4,)), *before, layers.Dense(3, "softmax")])
    optimizer = nbkeras.privacy.DPAdam(delta=1e-3)
    model.compile(optimizer, "sparse_categorical_crossentropy")
    if before:
        model.fit(X, Y, verbose=0)
    return model


# What `%%model` cells, `compile`, `fit` and the labs say beside the table of wrong models.
MORE = {
    "an initializer that is a number": lambda: layers.Dense(
        1, kernel_initializer="glorot"
    ),
    "a cell of a recurrent layer": lambda: layers.LSTM(0),
    "an axis too few": lambda: models.Sequential([layers.Input((4,)), layers.LSTM(3)]),
    "no such optimizer": lambda: compiled().compile("xyz", "mse"),
    "an optimizer that is a number": lambda: compiled().compile(3, "mse"),
    "a negative rate": lambda: optimizers.SGD(-1),
    "no columns": lambda: compiled(loss="mse").fit(X, np.zeros((8, 5))),
    "labels from 7": lambda: compiled().fit(X, Y + 7),
    "negative labels": lambda: compiled().fit(X, Y - 1),
    "labels that are text": lambda: compiled().fit(X, np.array(list("abcdefgh"))),
    "epochs as text": lambda: compiled().fit(X, Y, epochs="3"),
    "an empty batch": lambda: compiled().fit(X, Y, batch_size=0),
    "a split of 2": lambda: compiled().fit(X, Y, validation_split=2),
    "validation without targets": lambda: compiled().fit(X, Y, validation_data=X),
    "no rows": lambda: compiled().fit(X[:0], Y[:0]),
    "one value for data": lambda: compiled().fit("data", Y),
    "no formula": lambda: nbkeras.descent("x**"),
    "an unknown function": lambda: nbkeras.descent("foo(x)"),
    "three variables": lambda: nbkeras.descent("x*y*z"),
    "an unknown optimizer": lambda: nbkeras.descent("x**2", optimizers="adamm"),
    "one point": lambda: nbkeras.descent(points=[(1, 2)]),
    "a start of two": lambda: nbkeras.descent("x**2", start=(1, 2)),
    "a range upside down": lambda: nbkeras.lr_find(compiled(), X, Y, low=3, high=1),
    "an unknown loss": lambda: losses.get("mean_square_error"),
    "no folder": lambda: nbkeras.folder_report("nowhere"),
    "an unknown output": lambda: two_heads().set_loss_weight("dens", 1.0),
    "a negative loss weight": lambda: two_heads().set_loss_weight("a", -1),
    "a weight that is learned": lambda: two_heads("gradnorm").set_loss_weight("a", 1),
    "the weight of one loss": lambda: compiled().set_loss_weight("dense", 1.0),
    "no such weighting": lambda: two_heads("uncertanty"),
    "nothing to compare": lambda: nbkeras.task_gradients(two_heads(), X, [X, X]),
    "batch normalization in private": lambda: private(layers.BatchNormalization()),
    "batches in private": lambda: private().fit(iter([(X, Y)])),
    "a single batch in private": lambda: private().train_on_batch(X, Y),
    "the epsilon of privacy": lambda: nbkeras.privacy.DPAdam(epsilon=3.0),
    "devices of an unbuilt model": lambda: nbkeras.devices(
        models.Sequential([layers.Dense(2)])
    ),
    "a placement of one device": lambda: nbkeras.devices().figure(),
    "one loss to compare": lambda: nbkeras.task_gradients(compiled(), X, Y),
}


@pytest.mark.parametrize("message", [wrong.message for wrong in WRONG])
def test_no_english_is_left_of_a_wrong_model(message, chinese):
    translated = translate(message)
    assert english_words(message)
    assert english_words(translated) == []
    assert code_pieces(translated) == code_pieces(message)


@pytest.mark.parametrize("what", MORE)
def test_no_english_is_left_of_what_else_a_learner_does(what, chinese):
    with pytest.raises((ValueError, TypeError, RuntimeError, OSError)) as caught:
        MORE[what]()
    assert english_words(translate(str(caught.value))) == []


def test_in_english_a_message_stays_as_it_is():
    for wrong in WRONG:
        assert translate(wrong.message) == wrong.message


def test_what_no_row_fits_stays_as_it_is(chinese):
    message = "Something else went wrong. Write Dense(3)."
    assert translate(message) == "Something else went wrong. 可以写成：Dense(3)。"


@pytest.mark.parametrize(
    "row",
    [*phrases.SENTENCES, *phrases.WANTED, *phrases.TO_WRITE],
    ids=lambda row: row[0],
)
def test_a_row_has_the_same_pieces_in_both_languages_and_colons_of_one_kind(row):
    english, chinese = row
    assert {name for name, _ in SLOT.findall(english)} == set(
        re.findall(r"\{(\w+)\}", chinese)
    )
    assert not re.search(r"[\u4e00-\u9fff][:;,?]|[:;,?][\u4e00-\u9fff]", chinese)


@pytest.fixture
def shell():
    """A shell as in a notebook that loaded the extension."""
    shell = new_shell()
    magics.load(shell)
    tracebacks.load(shell)
    yield shell
    tracebacks.unload(shell)
    magics.unload(shell)


@pytest.mark.parametrize(
    "body",
    [
        "Dense(0)",
        "Dense(10, activation='rleu')",
        "Dense(10, activaton='relu')",
        "Conv2D(8)",
        "Conv2D(8, 3)",
        "Dense(3",
        "  Dense(3)",
        "Dence(3)",
        "Dense(3, activation=relu)",
        "import keras",
        "Dense（3）",
        "pass",
        "Dense(3) Dense(4)",
        "Dense('3)",
    ],
)
def test_a_mistake_in_a_model_cell_has_no_english_in_any_part(body, shell, chinese):
    result = shell.run_cell(f"%%model net\nInput((4,))\n{body}")
    told = result.error_in_exec.mistake
    for part in ("message", "came", "needed", "write"):
        assert english_words(told[part]) == [], part
    assert english_words(str(result.error_in_exec).replace(told["source"], "")) == []


@pytest.mark.parametrize(
    "line",
    ["", "net --input a,b", "net --lr 0", "print", "net --loss", "net --no-keep 3",
     "net --los mse", "net --loss mse --metrics acuracy"],
)  # fmt: skip
def test_a_mistake_in_the_line_of_the_magic_has_no_english(line, shell, chinese):
    error = shell.run_cell(f"%%model {line}\nInput((4,))\nDense(3)").error_in_exec
    for part in ("message", "came", "needed", "write"):
        assert english_words(error.mistake[part]) == [], part


def test_the_last_line_of_a_traceback_is_chinese(shell, chinese, capsys):
    shell.run_cell("import nbkeras; nbkeras.layers.Dense(units=0)")
    last = capsys.readouterr().out.strip().splitlines()[-1]
    assert last.endswith(
        "Dense(units=0)：units 应为正整数。可以写成：Dense(units=32)。"
    )


def test_errors_of_others_and_errors_in_english_are_shown_as_ever(shell, capsys):
    for cell, said in (
        ("int('x')", "invalid literal"),
        ("import nbkeras; nbkeras.layers.Dense(0)", "must be a positive integer"),
    ):
        shell.run_cell(cell)
        assert said in capsys.readouterr().out


def test_a_handler_of_ones_own_stays(shell):
    tracebacks.unload(shell)
    shell.set_custom_exc((KeyError,), lambda *arguments: None)
    tracebacks.load(shell)
    assert shell.custom_exceptions == (KeyError,)


# Notices and advice: read off the source, so that none is forgotten.
MODULES = [fitting, folder, steps_per_epoch, validation_split]


def text_of(node):
    """The text of a string or f-string, with 7 for each value in it."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.IfExp):
        return text_of(node.body)
    if isinstance(node, ast.JoinedStr):
        return "".join(map(text_of, node.values))
    inner = getattr(node, "value", None)
    if isinstance(inner, ast.IfExp | ast.JoinedStr):
        return text_of(inner)
    return "7"


def calls(module, name):
    """The arguments of each call of `name` in a module's source."""
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.Call):
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if called == name:
                yield node.args


REASONS = [
    text_of(given[1])
    for module in (rules, data_rules)
    for given in calls(module, "Advice")
]
NOTICES = [
    text_of(given[-1])
    for module in MODULES
    for given in calls(module, "once")
    if not isinstance(given[-1], ast.Name)
]


@pytest.mark.parametrize("reason", REASONS)
def test_the_reason_of_every_rule_is_said_in_chinese(chinese, reason):
    reason = reason.replace("last layer has 7", "last layer has no activation")
    said = translate_advice(reason)
    assert said != reason
    assert english_words(said) == []


@pytest.mark.parametrize("notice", NOTICES)
def test_notices_of_training_and_folders_are_said_in_chinese(chinese, notice):
    assert english_words(translate(notice)) == []


def package_notices():
    """The text of every notice in the package that is written in one place."""
    for file in Path(nbkeras.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not (
                isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            ):
                continue
            if ast.unparse(node.func) not in ("notices.once", "notices.say"):
                continue
            message = node.args[-1] if node.func.attr == "say" else node.args[1]
            if isinstance(message, ast.Constant | ast.JoinedStr):
                # What an error of others says follows as it is.
                yield text_of(message).removesuffix(" 7: 7")


def test_every_notice_of_the_package_is_said_in_chinese(chinese):
    messages = list(package_notices())
    assert len(messages) > 60
    left = {message: english_words(translate(message)) for message in messages}
    assert {message: words for message, words in left.items() if words} == {}


def test_a_chinese_card_of_advice_has_no_english_sentence(chinese):
    model = nbkeras.Sequential([nbkeras.Input((64,)), layers.Dense(10, "relu")])
    model.compile("adam", "sparse_categorical_crossentropy")
    x = np.random.default_rng(0).integers(0, 255, (32, 64)).astype("float32")
    y = np.arange(32) % 10
    card = AdviceWidget(nbkeras.lint(model, x, y, (x, y)))
    assert len(card.lines) == 3
    said = " ".join(
        line[k] for line in card.lines for k in ("reason", "change", "where")
    )
    assert english_words(said) == []
    assert "Dense 'dense" in said
    assert "activation='softmax'（最后一层），或 from_logits=True（损失）" in said
    assert "：交叉熵需要概率" in card.static_html()


def test_a_notice_is_chinese_in_a_chinese_notebook_and_english_elsewhere(
    chinese,
    monkeypatch,
):
    text = "The data looks sorted. Leave them out."
    for shown, expected in (
        (Jupyter(), "数据看来是排好序的。请去掉它们。"),
        (front_end.Terminal(), text),
    ):
        monkeypatch.setattr(front_end, "_current", shown)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", NbkerasNotice)
            notices.say(text)
        assert str(caught[0].message) == expected
