"""Widget: base class with synced state, a lock, and a static picture below it."""

from __future__ import annotations

import functools
import os
import re
import sys
import threading
import uuid
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets
import traitlets
from IPython.display import HTML, display

from nbkeras.core import front_end
from nbkeras.core.check import did_you_mean
from nbkeras.core.machine.interactions import interactions
from nbkeras.notebook import comms
from nbkeras.notebook.widget import translations
from nbkeras.notebook.widget.javascript import join_modules
from nbkeras.notebook.widget.shown_widgets import shown_widgets
from nbkeras.notebook.widget.static_picture import empty_figure, figure

HERE = Path(__file__).parent
SCRIPT_LOADER = (HERE / "script_loader.js").read_text("utf-8")
PAGE = (HERE / "page.js").read_text("utf-8")


class Source(ipywidgets.Widget):
    """Script and style, loaded once per page for all widgets of a kind."""

    script = traitlets.Unicode().tag(sync=True)
    style = traitlets.Unicode().tag(sync=True)
    page = traitlets.Unicode(PAGE).tag(sync=True)


class Widget(anywidget.AnyWidget):
    """Base class of widgets; a subclass has `.js` and `.css` files beside its module.

    Synced traits are the complete, bounded, current state, so that a reloaded page, a
    second view and a late message are all consistent. Messages may arrive on another
    thread while a cell runs: they are handled under the lock that `publish` also holds,
    and a handler may only set flags or publish.

    Traits:
        words: all texts of the widget, in the chosen language.
        static_copy: key of the static picture, which the live widget hides.
    """

    words = traitlets.Dict().tag(sync=True)
    static_copy = traitlets.Unicode().tag(sync=True)

    _esm = SCRIPT_LOADER
    _source = traitlets.Instance(Source).tag(
        sync=True, **ipywidgets.widget_serialization
    )

    def __init_subclass__(cls, **options):
        # anywidget creates a class per instance, which already has these traits.
        if "_esm" not in cls.__dict__:
            widget_files(cls)  # raise at definition if the widget's files are missing
        super().__init_subclass__(**options)

    def __init__(self, **traits):
        refuse_unknown(type(self), traits)
        self._gate = threading.RLock()
        self._picture = None
        self._page_keeps_picture = False
        words = translations.table("widget", tool(type(self)), for_page=True)
        traits.setdefault("words", words)
        traits.setdefault("static_copy", uuid.uuid4().hex[:12])
        traits["_source"] = shared_source(widget_files(type(self)))
        super().__init__(**traits)
        comms.serve_while_busy(self)

    def publish(self, **values: Any) -> None:
        """Set traits in one message; the thread-safe way to update from a fit."""
        with self._gate, self.hold_sync():
            for name, value in values.items():
                setattr(self, name, value)

    def _handle_msg(self, msg):
        with interactions.first(), self._gate:
            super()._handle_msg(msg)

    def static_picture(self) -> tuple[Any, ...] | None:
        """(svg, caption) of the current state, for saved notebooks; None for nothing.

        A third entry, (title, text), is a collapsed section below the caption.
        """
        return None

    def show(self) -> None:
        """Display the widget, with the static picture for saved notebooks below it."""
        if self.comm is None:  # closed when its cell ran again
            self._open_again()
        shown_widgets.note(self)
        bundle, meta = self._repr_mimebundle_()
        # Outside of a live page the static picture is shown, so omit the repr.
        display(bundle | {"text/plain": "", "text/html": ""}, metadata=meta, raw=True)
        html = self.static_html()
        if html:
            self._picture = display(HTML(html), display_id=True)

    def to_html(self, path: str | os.PathLike[str]) -> Path:
        """Write the widget to one HTML file that needs no kernel and no network.

        What is drawn from the widget's state works there; what must be computed anew
        says that it needs a kernel.

        Args:
            path: the file, such as "model.html"; an existing one is replaced. With
                "model.mjs", a module for `{anywidget}` on a page of MyST.

        Returns:
            Path of the file.
        """
        return front_end.current().write_widget(self, path)

    def _open_again(self):
        for part in self._parts():
            if isinstance(part, Widget):
                part._open_again()
            else:
                _open(part)
        _open(self)
        comms.serve_while_busy(self)

    def close(self) -> None:
        """Close the comms to the page, also those of the widgets within.

        `show` opens them again.
        """
        for part in self._parts():
            part.close_comms() if isinstance(part, Widget) else part.close()
        super().close()

    def close_comms(self) -> None:
        """`close`, after a message that is being handled."""
        with self._gate:
            self.close()

    def _parts(self):
        """The layout and the widgets within this one; kinds share their source."""
        return [
            part
            for name, part in self._trait_values.items()
            if isinstance(part, ipywidgets.Widget) and name != "_source"
        ]

    def update_static_picture(self) -> None:
        """Update the static picture below a displayed widget.

        Jupyter updates an output by its display id, which a page loses when it is
        reloaded. Such a page requests the picture and receives it as a message.
        """
        with self._gate:  # keep updates in order
            if self._picture is not None:
                self._picture.update(HTML(self.static_html()))
                self._send_static_picture()

    def _send_static_picture(self):
        if self._page_keeps_picture:
            self.send({"picture": self.static_html()})

    def static_html(self) -> str:
        """The picture of `static_picture` as HTML.

        An empty figure is a placeholder for a picture that cannot be drawn yet; a class
        without static pictures has no HTML.
        """
        picture = self.static_picture()
        if picture:
            return figure(self.static_copy, *picture)
        has_pictures = type(self).static_picture is not Widget.static_picture
        return empty_figure(self.static_copy) if has_pictures else ""

    def _handle_custom_msg(self, content, buffers):
        if isinstance(content, dict) and content.get("do") == "picture":
            self._page_keeps_picture = True
            self._send_static_picture()
        else:
            super()._handle_custom_msg(content, buffers)

    def _ipython_display_(self):
        self.show()


def _open(widget):
    """Open the comm of a widget that was closed."""
    vars(widget).pop("_repr_mimebundle_", None)  # which `close` shadows with None
    widget.open()


def widget_files(cls):
    """Path of a widget class's files without suffix, inherited if it has none.

    Modules are checked because a class defined in a notebook cell has no file.
    """
    return _files_and_module(cls)[0]


def tool(cls):
    """Name of the tool that a widget class belongs to, by which its texts are found.

    That is the folder of its files, or the module `strings` of another package.
    """
    files, module = _files_and_module(cls)
    if not module.startswith("nbkeras.notebook."):
        return f"{module.rpartition('.')[0] or module}.strings"
    return files.parent.name if files.name == "widget" else files.name


def _files_and_module(cls):
    for parent in cls.__mro__:
        module = parent.__module__
        file = getattr(sys.modules.get(module), "__file__", None)
        if file and all(Path(file).with_suffix(s).exists() for s in (".js", ".css")):
            return Path(file).with_suffix(""), module
    raise TypeError(
        f"{cls.__name__} has no script and style: a widget in widget.py needs "
        "widget.js and widget.css in the same folder. Add them, or subclass an "
        "existing widget."
    )


_sources = {}


def shared_source(files):
    """The `Source` of the widgets with these files; recreated if it was closed."""
    source = _sources.get(files)
    if source is None or source.comm is None:
        script, style = (text_of(files.with_suffix(s)) for s in (".js", ".css"))
        source = _sources[files] = Source(script=script, style=style)
    return source


@functools.cache
def text_of(path):
    """Text of a widget's script or style, with its imports included."""
    if path.suffix == ".js":
        return join_modules(path)
    return "\n".join(styles(file) for file in (HERE / "theme.css", path))


def styles(path):
    """Text of a style sheet, with the sheets imported at its top inlined."""

    def imported(match):
        return styles((path.parent / match[1]).resolve())

    text = path.read_text("utf-8")
    return re.sub(r'^@import "([^"]+)";\n', imported, text, flags=re.M)


def refuse_unknown(cls, traits):
    """Raise for a keyword that is not a trait of `cls`."""
    names = [name for name in cls.class_trait_names() if not name.startswith("_")]
    for name in traits:
        if name not in names and name != "model_id":
            options = sorted(set(names) - set(anywidget.AnyWidget.class_trait_names()))
            raise TypeError(
                f"{cls.__name__} has no option {name!r}.{did_you_mean(name, options)} "
                f"Its options are: {', '.join(options)}."
            )
