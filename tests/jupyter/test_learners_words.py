"""What learners read in a real JupyterLab: in both languages, and told once."""

import re

import pytest

pytestmark = pytest.mark.jupyter

SETUP = """%load_ext nbkeras
import numpy as np
import nbkeras
from nbkeras.layers import Dense
rng = np.random.default_rng(0)
x = rng.normal(size=(64, 64)).astype("float32")
y = np.arange(64) % 10
def build(activation="softmax"):
    model = nbkeras.Sequential([nbkeras.Input((64,)), Dense(64, "relu"), Dense(10, activation)])
    model.compile(nbkeras.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
    return model"""
CHINESE = 'nbkeras.set_language("zh")'
ENGLISH = re.compile(r"\b(the|is|are|must|write|needs|and|or|with|has|this)\b", re.I)


def test_a_loss_that_is_nan_is_called_diverged_in_red_with_a_mark(lab):
    wild = "model = build()\nmodel.optimizer.learning_rate = 1e30\n"
    book = lab.notebook(SETUP, wild + "history = model.fit(x, y, epochs=3)")
    book.run(0)
    book.run(1)
    book.wait(1, ".nbk-status", "Diverged")
    colour = "getComputedStyle(document.querySelector('.nbk-status')).color"
    red, green, blue = map(int, re.findall(r"\d+", book.page.evaluate(colour))[:3])
    assert red > 2 * max(green, blue)
    book.page.wait_for_function(
        "document.querySelector('figure[data-nbk]').textContent.includes('Diverged')"
    )
    picture = "".join(
        "".join(each.get("data", {}).get("text/html", ""))
        for each in book.save()["cells"][1]["outputs"]
    )
    assert "Diverged" in picture


def test_overfitting_is_said_in_a_sentence_with_its_epoch_and_what_to_try(lab):
    fit = """nbkeras.utils.set_random_seed(0)
rng = np.random.default_rng(1)
held_out = rng.normal(size=(256, 64)).astype("float32")
largest, held_out_largest = x[:, :3].argmax(1), held_out[:, :3].argmax(1)
model = build()
history = model.fit(x, largest, epochs=150, validation_data=(held_out, held_out_largest))"""
    book = lab.notebook(SETUP, fit, CHINESE, fit)
    book.run(0)
    book.run(1)
    book.wait(1, ".nbk-message", "since epoch")
    assert "Try" in book.says(1, ".nbk-message")
    book.run(2)
    book.run(3)
    book.wait(3, ".nbk-message", "轮起")
    assert not ENGLISH.search(book.says(3, ".nbk-message"))


def test_advice_as_a_cells_last_value_is_the_card_in_the_chosen_language(lab):
    lint = 'nbkeras.lint(build("relu"), np.abs(x), y)'
    book = lab.notebook(SETUP, lint, CHINESE, lint, "nbkeras.lint(build(), x, y)")
    book.run(0)
    book.run(1)
    book.wait(1, ".nbk-advice", "the crossentropy needs probabilities")
    book.run(2)
    book.run(3)
    book.wait(3, ".nbk-advice", "交叉熵需要概率")
    assert not ENGLISH.search(book.says(3, ".nbk-advice ul"))
    assert book.run(4).strip() == "没有建议"


def test_mistakes_and_notices_are_chinese_in_a_chinese_notebook(lab):
    book = lab.notebook(
        SETUP + "\n" + CHINESE,
        "build().fit(x, y + 7, epochs=1)",
        "%%model net --input 12,12,1\nConv2D(4, 3)\nConv2D(4, 30)",
        "build().fit(x, y, epochs=1, class_weight={0: 1.0}, verbose=0)",
    )
    book.run(0)
    last = book.run(1).strip().splitlines()[-1]
    assert last.startswith("ValueError: ")
    assert not ENGLISH.search(last)
    assert re.search(r"[一-龥]", last)
    book.run(2)
    book.wait(2, ".nbk-wrong", "第 3 行：Conv2D(4, 30)")
    assert not ENGLISH.search(book.text(2))
    assert ": " not in re.sub(r"[（(].*?[）)]", "", book.text(2))
    assert "class_weight 没有 y 中出现的类别" in book.run(3)
