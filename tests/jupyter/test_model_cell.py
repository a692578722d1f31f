"""`%%model` in a real JupyterLab: a mistake stops Run All, an edit keeps the weights."""

import pytest

pytestmark = pytest.mark.jupyter

SETUP = """%load_ext nbkeras
import numpy as np
x, y = np.ones((64, 12, 12, 1)), np.zeros((64, 1))"""
LINE = "%%model net --input 12,12,1 --optimizer sgd --loss mse\n"
GOOD = LINE + "Conv2D(4, 3)\nFlatten()\nDense(1)"
BAD = LINE + "Conv2D(4, 3)\nConv2D(4, 30)\nFlatten()\nDense(1)"
EDITED = LINE + "Conv2D(4, 3)\nReLU()\nFlatten()\nDense(8)\nDense(1)"
FIT = """history = net.fit(x, y, verbose=0)
before = net.get_layer("conv2d").kernel.numpy()"""
LOOK = """print("kept", np.array_equal(before, net.get_layer("conv2d").kernel.numpy()))
former = net.undo()
print(len(net.layers), "layers")"""
RUN_ALL = "() => window.jupyterapp.commands.execute('notebook:run-all-cells')"


def test_a_model_is_written_mended_trained_and_changed(lab):
    book = lab.notebook(SETUP, GOOD, FIT, EDITED, LOOK)
    book.run(0)
    book.run(1)
    book.wait(1, ".nbk-word", "ready to train")
    book.run(2)
    book.run(3)
    book.wait(
        3,
        ".nbk-note",
        "Kept: conv2d. Begins anew (its shape changed): dense. Added: dense_1.",
    )
    shown = book.run(4)
    assert "kept True" in shown
    assert "3 layers" in shown


def test_a_mistake_of_the_first_line_is_told_by_the_error_alone(lab):
    book = lab.notebook(SETUP, LINE.replace("mse", "crossentropi") + "Flatten()")
    book.run(0)
    text = book.run(1)
    assert book.says(1, ".nbk-model-view") is None
    assert text.count("crossentropi'") == 1
    assert "Did you mean 'crossentropy'" in text


def test_a_mistake_is_marked_in_the_picture_and_stops_run_all(lab):
    book = lab.notebook(SETUP, BAD, "print('never', 'reached')")
    book.page.evaluate(RUN_ALL)
    book.wait(1, ".nbk-wrong", "Line 3: Conv2D(4, 30)")
    # The picture says where, with the two shapes; the error says it in words, once.
    assert book.text(1).count("Line 3: Conv2D(4, 30)") == 2
    assert book.text(1).count("needs at least 30 x 30 pixels") == 1
    assert book.text(1).count("Write") == 1
    assert book.says(1, ".nbk-wrong").count("30 x 30") == 1
    assert "Parameters" not in book.text(1)
    assert "Traceback" not in book.text(1)
    counts = [cell["execution_count"] for cell in book.save()["cells"]]
    assert counts[2] is None
    assert book.text(2) == ""
