"""Cells of a notebook as harmless HTML, with places where the page mounts widgets."""

import html
import re
from typing import Any

from nbkeras.notebook.export.safe_html import safe
from nbkeras.notebook.export.saved_models import PageModels
from nbkeras.notebook.widget import translations

STATE = "application/vnd.jupyter.widget-state+json"
VIEW = "application/vnd.jupyter.widget-view+json"
# Colours and cursor movements of terminals.
ANSI = re.compile(r"\x1b(\[[0-9;?]*[ -/]*[@-~]|\][^\x07]*\x07|[@-_])")
BASE64 = re.compile(r"[A-Za-z0-9+/=\s]+\Z")
PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")


def place(model_id: str) -> str:
    """Where the page's script mounts a widget."""
    return f'<div class="page-widget" data-model="{html.escape(model_id)}"></div>'


def saved_states(notebook: dict[str, Any]) -> dict[str, Any]:
    """{id: model}, the states of widgets in the notebook's metadata."""
    saved = notebook["metadata"]
    for name in ("widgets", STATE, "state"):
        value = saved.get(name)
        saved = value if isinstance(value, dict) else {}
    return saved


def cells_html(notebook: dict[str, Any], models: PageModels) -> str:
    """All cells, in order; the widgets that they display are added to `models`."""
    saved = saved_states(notebook)
    parts = []
    for cell in notebook["cells"]:
        source = _text(cell.get("source"))
        if cell.get("cell_type") == "markdown":
            parts.append(_section("text", _markdown(source, cell.get("attachments"))))
        elif cell.get("cell_type") == "code" and (source or cell.get("outputs")):
            shown = [_output(o, saved, models) for o in cell.get("outputs", ())]
            parts.append(_section("code", _code(source) + "".join(shown)))
    return "\n".join(parts)


def _section(kind, content):
    return f'<section class="page-{kind}">{content}</section>'


def _text(value):
    """A text of a notebook, which may be a list of lines."""
    return "".join(map(str, value)) if isinstance(value, list) else str(value or "")


def _markdown(source, attachments=None):
    import mistune

    for name, bundle in (attachments or {}).items():
        if url := _picture_url(bundle):
            source = source.replace(f"(attachment:{name})", f"({url})")
    # Harmless or not is decided below, so raw HTML and data: pictures may pass here.
    renderer = mistune.HTMLRenderer(escape=False, allow_harmful_protocols=["data:"])
    parse = mistune.create_markdown(
        renderer=renderer, plugins=["table", "strikethrough", "task_lists"]
    )
    return safe(str(parse(source)))


def _code(source):
    if not source:
        return ""
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    text = highlight(source, PythonLexer(), HtmlFormatter(nowrap=True))
    return f'<pre class="page-source" tabindex="0"><code>{text}</code></pre>'


def _output(output, saved, models):
    kind = output.get("output_type")
    if kind == "stream":
        return _pre(_text(output.get("text")), output.get("name") == "stderr")
    if kind == "error":
        trace = output.get("traceback") or [output.get("evalue", "")]
        return _pre("\n".join(map(str, trace)), is_error=True)
    data = output.get("data")
    return _display(data, saved, models) if isinstance(data, dict) else ""


def _display(data, saved, models):
    """The richest harmless form of an output."""
    view = data.get(VIEW)
    if isinstance(view, dict):
        model_id = str(view.get("model_id"))
        if models.add_saved(model_id, saved):
            return place(model_id)
    if markup := _text(data.get("text/html")):
        return f'<div class="page-output">{safe(markup)}</div>'
    if url := _picture_url(data):
        alt = html.escape(_text(data.get("text/plain")))
        return f'<div class="page-output"><img src="{url}" alt="{alt}"></div>'
    if markdown := _text(data.get("text/markdown")):
        return f'<div class="page-output">{_markdown(markdown)}</div>'
    if text := _text(data.get("text/latex")) or _text(data.get("text/plain")):
        if not isinstance(view, dict):
            return _pre(text)
    if isinstance(view, dict) and text:
        note = translations.text("export", "other_widget")
        return f'<p class="page-note">{html.escape(note)}</p>'
    return ""


def _picture_url(data):
    """A picture of an output as a `data:` URL, "" for none."""
    from base64 import b64encode

    for kind in PICTURES:
        text = _text(data.get(kind))
        if text and BASE64.match(text):
            return f"data:{kind};base64,{re.sub(r'[^A-Za-z0-9+/=]', '', text)}"
    if drawing := _text(data.get("image/svg+xml")):
        # As an image, a drawing runs no scripts and loads nothing.
        return f"data:image/svg+xml;base64,{b64encode(drawing.encode()).decode()}"
    return ""


def _pre(text, is_error=False):
    text = ANSI.sub("", text)
    # A carriage return begins the line again, as progress bars do.
    lines = [line.rstrip("\r").rsplit("\r", 1)[-1] for line in text.split("\n")]
    kind = "page-output page-error" if is_error else "page-output"
    return f'<pre class="{kind}" tabindex="0">{html.escape(chr(10).join(lines))}</pre>'
