"""The display of the losses' gradients: text, HTML and figure."""

import numpy as np
import pytest

import nbkeras
from nbkeras.analysis.task_gradients.task_gradients import LayerGradients
from nbkeras.notebook.task_gradients.show import ShownGradients


def shown(cosine=-0.4, weights=(1.0, 1.0), tasks=("digit", "slant")):
    cosines = np.array([[1.0, cosine], [cosine, 1.0]])
    norms = np.array([2.0, 3.0])
    layers = (LayerGradients("trunk", norms, cosines),)
    losses = np.array([0.25, 1.5])
    return ShownGradients(tasks, losses, np.array(weights), norms, cosines, layers, 64)


def test_opposing_gradients_are_named_with_what_to_try():
    text = repr(shown())
    assert "digit and slant pull the shared weights in opposing directions" in text
    assert 'loss_weights="pcgrad"' in text
    assert "The gradients agree" in repr(shown(cosine=0.2))


def test_a_dominant_gradient_is_named():
    assert "The gradient of slant is 15 times" in repr(shown(weights=(0.1, 1.0)))
    assert "times" not in repr(shown())


def test_the_table_has_the_numbers_and_escapes_names():
    html = shown(tasks=("<b>digit</b>", "slant"))._repr_html_()
    assert "<b>digit" not in html
    assert "&lt;b&gt;digit" in html
    assert html.count("−0.40") == 4  # both halves, the layer, and the sentence


def test_the_words_are_chinese_in_a_chinese_notebook():
    nbkeras.set_language("zh")
    try:
        assert "方向相反" in repr(shown())
    finally:
        nbkeras.set_language("en")


def test_the_figure_shows_tasks_and_layers():
    figure = shown().figure()
    matrix, sizes, layers = figure.axes
    assert [t.get_text() for t in matrix.get_xticklabels()] == ["digit", "slant"]
    assert [bar.get_width() for bar in sizes.patches] == [2.0, 3.0]
    assert layers.lines[0].get_xdata() == pytest.approx([-0.4])


def test_names_stand_on_the_left_under_a_head_on_the_left():
    rows = shown()._repr_html_().split("<tr>")[1:]
    assert len(rows) > 4
    assert all('style="text-align:left' in row.split(">")[0] for row in rows)
