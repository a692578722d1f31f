"""A second package adds a layer, a tool with a widget, and an exercise by entry points."""

import importlib
import sys
import warnings

import numpy as np
import pytest

import nbkeras
from nbkeras import layers
from nbkeras.analysis.exercises import catalogue
from nbkeras.core import entry_points
from nbkeras.core.serialization import registry
from nbkeras.core.settings import language
from nbkeras.notebook.model_magic import vocabulary

FILES = {
    "blurry/__init__.py": "",
    "blurry/layers.py": '''
import nbkeras


@nbkeras.saving.register_keras_serializable(package="blurry")
class Blur(nbkeras.Layer):
    """The mean of each value and its two neighbours."""

    def call(self, x):
        left, right = x[:, :-2], x[:, 2:]
        return (left + x[:, 1:-1] + right) / 3
''',
    "blurry/counter.py": '''
import traitlets

from nbkeras.notebook.widget.base import Widget


class Counter(Widget):
    """Count clicks."""

    clicks = traitlets.Int(0).tag(sync=True)

    def static_picture(self):
        return "<svg></svg>", f"{self.clicks} clicks"


def counter(start=0):
    """Count clicks from `start` on."""
    return Counter(clicks=start)
''',
    "blurry/counter.js": """// Reads: clicks, words, static_copy. Writes: clicks.

import { listen, node, root, setText } from "nbkeras/dom.js";
import { speaker, watch } from "nbkeras/traits.js";

function render({ model, el }) {
  const off = new AbortController();
  const say = speaker(model);
  const button = node("button", { type: "button" });
  root(model, el, "counter").append(button);
  watch(model, ["clicks"], () => setText(button, say("more") + model.get("clicks")), off.signal);
  listen(button, "click", () => {
    model.set("clicks", model.get("clicks") + 1);
    model.save_changes();
  }, off.signal);
  return () => off.abort();
}

export default { render };
""",
    "blurry/counter.css": ".nbk-counter { color: inherit; }\n",
    "blurry/strings.py": 'ROWS = {"more": ("More: ", "更多：")}\n',
    "blurry/exercises.py": """
from nbkeras.analysis.exercises import Data, Exercise, ModelAnswer, NumWeights, Text


def data(rng, held_out_rng):
    return Data({}, {"x": held_out_rng.normal(size=(4, 2))})


TEXT = Text("Small", "小")
EXERCISES = [
    Exercise("blurry_one", TEXT, TEXT, data, {"model": ModelAnswer()}, (NumWeights(3),))
]
""",
    "blurry-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: blurry\nVersion: 1.0\n",
    "blurry-1.0.dist-info/entry_points.txt": """[nbkeras.layers]
Blur = blurry.layers:Blur

[nbkeras.tools]
counter = blurry.counter:counter
broken = blurry.nowhere:nothing

[nbkeras.exercises]
blurry = blurry.exercises:EXERCISES
""",
}


@pytest.fixture(autouse=True)
def installed(tmp_path, monkeypatch):
    """Install the second package; afterwards nothing of it is left."""
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(registry, "_registered", dict(registry._registered))
    monkeypatch.setattr(catalogue, "_registered", dict(catalogue._registered))
    monkeypatch.setattr(catalogue, "_loaded", set())
    entry_points.forget()
    yield
    entry_points.forget()
    for name in [n for n in sys.modules if n.partition(".")[0] == "blurry"]:
        del sys.modules[name]


def test_nothing_of_it_is_imported_before_it_is_asked_for():
    assert "counter" in entry_points.names(entry_points.TOOLS)
    assert "blurry" not in sys.modules


def test_its_layer_is_in_a_model_cell_by_name():
    blur = vocabulary.layer_classes()["Blur"]
    assert blur is importlib.import_module("blurry.layers").Blur
    assert "Blur" in vocabulary.known_names()


def test_a_model_with_its_layer_is_read_from_a_file_without_custom_objects(tmp_path):
    blur = importlib.import_module("blurry.layers").Blur
    model = nbkeras.Sequential([layers.Input((8,)), blur(), layers.Dense(2)])
    x = np.arange(16, dtype="float32").reshape(2, 8)
    expected = model.predict(x, verbose=0)
    model.save(tmp_path / "model.keras")
    registry._registered.clear()  # as in a new process, where nobody has imported it
    del sys.modules["blurry.layers"]
    loaded = nbkeras.load_model(tmp_path / "model.keras")
    assert type(loaded.layers[0]).__module__ == "blurry.layers"
    np.testing.assert_array_equal(loaded.predict(x, verbose=0), expected)


def test_a_name_of_a_file_must_be_the_whole_name_of_the_layer():
    assert registry.custom("blurry>Blur") is not None
    assert registry.custom("Blur").__name__ == "Blur"
    assert registry.custom("other>Blur") is None


def test_its_tool_is_an_attribute_of_nbkeras_with_script_style_and_words():
    widget = nbkeras.counter(start=3)
    try:
        assert widget.clicks == 3
        assert widget.words["more"] == ("More: ", "更多：")[language() == "zh"]
        assert "nbkeras/dom.js" not in widget._source.script
        assert "function listen" in widget._source.script
        assert ".nbk-counter" in widget._source.style
        assert "3 clicks" in widget.static_html()
    finally:
        widget.close()


def test_its_exercise_is_found_by_name():
    assert nbkeras.analysis.exercises.find("blurry_one").title.en == "Small"


def test_a_tool_that_cannot_be_loaded_is_named_once():
    with pytest.warns(UserWarning, match="'broken' of another package"):
        with pytest.raises(AttributeError, match="broken"):
            nbkeras.broken  # noqa: B018
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not hasattr(nbkeras, "broken")


def test_names_of_nbkeras_come_first(monkeypatch):
    monkeypatch.setitem(entry_points._entries, entry_points.TOOLS, {})
    with pytest.raises(AttributeError):
        nbkeras.counter  # noqa: B018
    entry_points.forget()
    assert nbkeras.descent.__module__ == "nbkeras.notebook.descent.show"
