"""The widgets of a page as plain data, from live widgets or from a saved notebook.

Only the values of known traits are taken from a notebook. Scripts and styles always
come from this package, never from the file, so that a stranger's notebook runs nothing.
"""

import base64
import math
from typing import Any

import ipywidgets
import traitlets

from nbkeras.core import settings
from nbkeras.notebook.augmentation import preview
from nbkeras.notebook.descent import model_widget
from nbkeras.notebook.explanation import widget as explanation
from nbkeras.notebook.interpretation import widget as interpretation
from nbkeras.notebook.linter import widget as linter
from nbkeras.notebook.lr_finder import widget as lr_finder
from nbkeras.notebook.model_plot import widget as model_plot
from nbkeras.notebook.playground import widget as playground
from nbkeras.notebook.runs import widget as runs
from nbkeras.notebook.tune import widget as tune
from nbkeras.notebook.widget import translations
from nbkeras.notebook.widget.base import Widget, text_of, tool, widget_files
from nbkeras.notebook.xray import widget as xray

# Their classes are found as subclasses of `Widget`.
MODULES = (
    *(preview, model_widget, explanation, interpretation, linter, lr_finder),
    *(model_plot, playground, runs, tune, xray),
)
REFERENCE = "IPY_MODEL_"
MOST_MODELS = 500
_NOT_SENT = ("layout", "tabbable", "tooltip", "words")


def kind_of(cls: type) -> str:
    """The name of a widget class in saved notebooks."""
    return f"{cls.__module__}.{cls.__qualname__}"


def classes() -> dict[str, type[Widget]]:
    """{kind: class} of all widgets that a page can display."""
    found, waiting = {}, [Widget]
    while waiting:
        cls = waiting.pop()
        waiting += cls.__subclasses__()
        if "_esm" not in vars(cls):  # anywidget makes such a class for each instance
            found[kind_of(cls)] = cls
    found.pop(kind_of(Widget), None)
    return found


class PageModels:
    """The models of a page: `models` {id: kind and state}, and `kinds` they need."""

    def __init__(self) -> None:
        self.models: dict[str, dict[str, Any]] = {}
        self.kinds: dict[str, dict[str, str]] = {}

    def add_widget(self, widget: Widget) -> str:
        """Add a live widget and those inside it; returns its id."""
        cls = next(c for c in type(widget).__mro__ if kind_of(c) in classes())
        if widget.model_id not in self.models:
            values = {name: getattr(widget, name) for name in _sent(cls)}
            inner = [v for v in values.values() if isinstance(v, Widget)]
            self._add(widget.model_id, cls, values, widget.words["lang"])
            for value in inner:
                self.add_widget(value)
        return widget.model_id

    def add_saved(self, model_id: str, saved: dict[str, Any]) -> bool:
        """Add a widget of a notebook's metadata and those inside it.

        Args:
            model_id: id of the model.
            saved: {id: model}, the state of all widgets in the notebook.

        Returns:
            Whether the model is a widget of this package.
        """
        model = saved.get(model_id)
        if model_id in self.models:
            return True
        if not isinstance(model, dict) or len(self.models) >= MOST_MODELS:
            return False
        state = model.get("state")
        if not isinstance(state, dict):
            return False
        cls = classes().get(str(state.get("_anywidget_id")))
        if cls is None:
            return False
        values = {n: state[n] for n in _sent(cls) if n in state}
        values |= _buffers(model.get("buffers"), _sent(cls))
        for name in set(_sent(cls)) - set(values):  # saved by an older version
            default = cls.class_traits()[name].default()
            values[name] = None if default is traitlets.Undefined else default
        words = state.get("words")
        language = words.get("lang") if _is_dict(words) else None
        self._add(model_id, cls, values, language)
        for value in values.values():
            if isinstance(value, str) and value.startswith(REFERENCE):
                self.add_saved(value.removeprefix(REFERENCE), saved)
        return True

    def _add(self, model_id, cls, values, language):
        kind = kind_of(cls)
        if kind not in self.kinds:
            files = widget_files(cls)
            script, style = (text_of(files.with_suffix(s)) for s in (".js", ".css"))
            self.kinds[kind] = {"script": script, "style": style}
        if language not in settings.LANGUAGES:
            language = settings.language()
        tools = ("widget", tool(cls), "export")
        words = translations.table(*tools, language=language, for_page=True)
        words["kernel_gone"] = words["no_kernel"]
        state = {name: plain(value) for name, value in values.items()}
        self.models[model_id] = {"kind": kind, "state": state | {"words": words}}


def plain(value: Any) -> Any:
    """A trait's value as strict JSON: bytes are marked, NaN becomes null."""
    if isinstance(value, bytes | bytearray | memoryview):
        return {"__bytes__": base64.b64encode(bytes(value)).decode("ascii")}
    if isinstance(value, ipywidgets.Widget):
        return f"{REFERENCE}{value.model_id}"
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _sent(cls):
    """Names of the traits that a widget's script reads, without its texts."""
    traits = cls.class_traits(sync=True)
    return [n for n in traits if not n.startswith("_") and n not in _NOT_SENT]


def _is_dict(value):
    return isinstance(value, dict)


def _buffers(buffers, names):
    """{trait: bytes} of the binary traits of a saved model."""
    found = {}
    for buffer in buffers if isinstance(buffers, list) else ():
        path = buffer.get("path") if _is_dict(buffer) else None
        if isinstance(path, list) and len(path) == 1 and path[0] in names:
            try:
                found[path[0]] = base64.b64decode(
                    str(buffer.get("data")), validate=True
                )
            except ValueError:
                continue  # the trait keeps its default
    return found
