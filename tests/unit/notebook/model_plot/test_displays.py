"""A model's own display: after the extension is loaded, and only where it can live."""

import contextlib
import io
import sys
from html.parser import HTMLParser

import pytest
from picture_models import residual, two_inputs
from shells import new_shell

import nbkeras
from nbkeras import Model, Sequential, layers
from nbkeras.layers import Input
from nbkeras.models import summary
from nbkeras.notebook.model_plot import displays
from nbkeras.notebook.model_plot.summary_table import table
from nbkeras.notebook.widget import translations


def small():
    return Sequential([Input((4,)), layers.Dense(3), layers.Dense(2)])


@pytest.fixture
def shell(monkeypatch, wire):
    """A shell that takes itself for a notebook's kernel, with the displays on."""
    monkeypatch.setattr("nbkeras.notebook.environment.in_kernel", lambda: True)
    made = new_shell()
    displays.load(made)
    yield made
    displays.unload(made)


@pytest.fixture
def shown(monkeypatch):
    """What was displayed, as bundles."""
    found = []
    taken = lambda bundle, **options: found.append(bundle)  # noqa: E731
    monkeypatch.setattr(displays, "display", taken)
    monkeypatch.setattr("nbkeras.notebook.widget.base.display", taken)
    return found


class Kernel(io.StringIO):
    """Takes what is printed, as a kernel's own stream does."""


Kernel.__module__ = "ipykernel.iostream"


class Cells(HTMLParser):
    """The texts of all cells, and the tags."""

    def __init__(self, html):
        super().__init__()
        self.texts, self.tags = [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)

    def handle_data(self, data):
        self.texts.append(data)


def test_a_model_as_the_last_value_shows_its_picture(shell, shown):
    shell.display_formatter.format(small())
    widget, picture = shown
    assert "application/vnd.jupyter.widget-view+json" in widget
    assert "data:image/svg+xml;base64" in picture.data
    displays.unload(shell)
    shell.display_formatter.format(small())
    assert len(shown) == 2


def test_without_a_kernel_a_model_is_text(wire, shown):
    made = new_shell()
    displays.load(made)
    bundle, _ = made.display_formatter.format(small())
    assert list(bundle) == ["text/plain"]
    assert shown == []
    assert summary.displays == []


def test_summary_is_a_table_in_a_notebook_with_the_text_beside_it(
    shell, shown, monkeypatch
):
    model = small()
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        model.summary()
    monkeypatch.setattr(sys, "stdout", Kernel())
    model.summary()
    assert sys.stdout.getvalue() == ""
    (bundle,) = shown
    assert bundle["text/plain"] + "\n" == printed.getvalue()
    texts = Cells(bundle["text/html"]).texts
    assert {"(None, 3)", "15", "Total params: 23 (92 B)"} <= set(texts)


def test_text_that_is_asked_for_stays_text(shell, shown, monkeypatch):
    lines = []
    monkeypatch.setattr(sys, "stdout", Kernel())
    small().summary(print_fn=lines.append)
    small().summary(line_length=90)
    small().summary(layer_range=["dense", "dense"])
    assert shown == []
    assert lines[0].startswith('Model: "sequential')
    assert sys.stdout.getvalue().count("Model: ") == 2


def html(model, **options):
    return table(model, translations.table("model_plot"), **options)


def test_what_repeats_and_what_is_nested_folds():
    found = html(residual())
    assert found.count("<details>") == 4 + 4 + (2 + 3 + 5 + 2)
    assert "3 × 10 layers" in found
    assert found.count("<em>(Conv2D)</em>") == 53
    inner = Sequential([Input((4,)), layers.Dense(3)], name="inside")
    x = Input((4,))
    nested = Model(x, inner(x))
    assert "<details><summary>└ inside" in html(nested)
    assert "<details open><summary>└ inside" in html(nested, expand_nested=True)


def test_branches_say_what_they_are_connected_to_and_frozen_layers_that_they_are():
    model = two_inputs()
    model.get_layer("kind").trainable = False
    found = Cells(html(model, show_trainable=True)).texts
    assert "flatten, dense" in found or "dense, flatten" in found
    assert (found.count("Y"), found.count("N")) == (3, 1)


def test_a_name_is_never_markup():
    model = Sequential([Input((3,)), layers.Dense(2, name="<img src=x>&")], name="<b>")
    found = Cells(html(model))
    assert {"img", "b"}.isdisjoint(found.tags)
    assert "<img src=x>& " in found.texts


def test_a_model_that_is_not_built_says_so():
    found = Cells(html(Sequential([layers.Dense(2)]))).texts
    assert found.count("?") == 2
    assert any("Not built" in each for each in found)


def test_the_extension_switches_the_displays_on_and_off(monkeypatch, wire):
    monkeypatch.setattr("nbkeras.notebook.environment.in_kernel", lambda: True)
    from nbkeras.notebook import extension

    monkeypatch.setattr(extension, "PARTS", ("model_plot.displays",))
    shell = new_shell()
    nbkeras.load_ipython_extension(shell)
    nbkeras.load_ipython_extension(shell)
    assert summary.displays == [displays.show_summary]
    nbkeras.unload_ipython_extension(shell)
    assert summary.displays == []
