"""Write one HTML file that opens from a disk, without a network and without a kernel.

A content security policy in the file allows this package's script only, and no
connections: what a notebook's author wrote cannot run or load anything.
"""

import base64
import hashlib
import html
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from nbkeras.core import settings
from nbkeras.core.names.display_name import display_path
from nbkeras.notebook.dashboard.replay import EPOCHS_OPEN, dashboard_of
from nbkeras.notebook.export.myst import module_text, notebook_for_myst
from nbkeras.notebook.export.notebook_cells import STATE, cells_html, place
from nbkeras.notebook.export.saved_models import PageModels
from nbkeras.notebook.widget import translations
from nbkeras.notebook.widget.base import Widget
from nbkeras.notebook.widget.javascript import join_modules

HERE = Path(__file__).parent
MODULE = ".mjs"
MOST_NOTEBOOK = 256 * 2**20
POLICY = (
    "default-src 'none'; script-src 'sha256-{digest}' blob:; "
    "style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; "
    "form-action 'none'"
)


def write_widget(widget: Widget, path: str | os.PathLike[str]) -> Path:
    """Write a page with one widget as it is now, and its picture for other readers.

    A path that ends with `.mjs` gets a module for MyST's `{anywidget}` instead.
    """
    models = PageModels()
    body = place(models.add_widget(widget)) + widget.static_html()
    if Path(path).suffix == MODULE:
        return _write(path, module_text(models, widget.words["lang"]))
    title = widget.words.get("title") or type(widget).__name__
    return _write(path, page_text(title, body, models, widget.words["lang"]))


def write_run(events: Iterable[Any], path: str | os.PathLike[str]) -> Path:
    """Write a page with the dashboard of a run, open at the slider over its epochs."""
    return write_widget(dashboard_of(events, EPOCHS_OPEN), path)


def write_notebook(
    source: str | os.PathLike[str], path: str | os.PathLike[str] | None = None
) -> Path:
    """Write a page of a saved notebook, with the widgets whose state it contains.

    Args:
        source: the notebook, `.ipynb`.
        path: the page; by default the notebook's name with `.html`. With `.ipynb`, a
            notebook for a MyST site, and a module of its widgets (`.mjs`) beside it.

    Raises:
        FileNotFoundError: there is no such notebook.
        ValueError: the file is not a notebook, or too large, or `path` names itself.
    """
    source = Path(source)
    if source.stat().st_size > MOST_NOTEBOOK:
        raise ValueError(
            f"{display_path(source)} is larger than {MOST_NOTEBOOK // 2**20} MB. Clear "
            "the outputs that the page does not need, and save the notebook."
        )
    path = Path(path or source.with_suffix(".html"))
    notebook = _read(source)
    if path.suffix == ".ipynb":
        return _write_for_myst(notebook, source, path)
    models = PageModels()
    body = cells_html(notebook, models)
    text = page_text(source.stem, body, models, _language_of(models))
    return _write(path, text)


def _language_of(models):
    """The language of all widgets of a notebook, or else the chosen one."""
    languages = {model["state"]["words"]["lang"] for model in models.models.values()}
    return languages.pop() if len(languages) == 1 else settings.language()


def _write_for_myst(notebook, source, path):
    """Write a notebook for MyST and its module."""
    import nbformat

    if path.exists() and path.samefile(source):
        raise ValueError(
            f"{display_path(path)} is the notebook itself. Give its copy for the site "
            "another folder, such as site/ beside it."
        )
    models = PageModels()
    module = path.with_suffix(MODULE)
    notebook_for_myst(notebook, models, module.name)
    if models.models:
        _write(module, module_text(models, _language_of(models)))
    return _write(path, nbformat.writes(notebook))


def _read(source):
    """The notebook in a file, valid by nbformat's own rules."""
    import nbformat

    try:
        with source.open(encoding="utf-8") as file:
            notebook = nbformat.read(file, as_version=4)
        nbformat.validate(notebook)
    # What nbformat raises for JSON that is no notebook depends on where it stumbles.
    except Exception as error:
        reason = (str(error).splitlines() or ["broken"])[0][:200]
        raise ValueError(
            f"{display_path(source)} is not a Jupyter notebook: {reason}. Give a file "
            "that JupyterLab saved, such as lesson.ipynb."
        ) from None
    return notebook


def has_widgets_without_state(source: str | os.PathLike[str]) -> bool:
    """Whether a notebook displays widgets but was saved without their state."""
    text = Path(source).read_text("utf-8")
    return "jupyter.widget-view+json" in text and STATE not in text


def page_text(title: str, body: str, models: PageModels, language: str) -> str:
    """The page.

    Args:
        title: the page's title, as text.
        body: harmless HTML.
        models: the widgets that `body` has places for.
        language: "en" or "zh".
    """
    script = join_modules(HERE / "host.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    data = {"kinds": models.kinds, "models": models.models}
    data["words"] = translations.table("export", language=language, for_page=True)
    # In a script element only "</script" and "<!--" have a meaning; neither is left.
    text = json.dumps(data, allow_nan=False, ensure_ascii=False).replace("<", "\\u003c")
    noscript = html.escape(translations.table("export", language=language)["noscript"])
    style = (HERE / "page.css").read_text("utf-8") + _code_colours()
    return (
        f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" '
        f'content="{POLICY.format(digest=digest)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n<style>\n{style}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n<noscript><p>{noscript}</p></noscript>\n"
        f'<script type="application/json" id="nbk-data">{text}</script>\n'
        f'<script type="module">{script}</script>\n</body>\n</html>\n'
    )


def _code_colours():
    """Style of highlighted code, for both themes."""
    from pygments.formatters import HtmlFormatter

    light, dark = (
        "\n".join(
            line
            for line in HtmlFormatter(style=style)
            .get_style_defs(".page-source")
            .splitlines()
            if line.startswith(".page-source .")
        )
        for style in ("xcode", "github-dark")
    )
    return f"{light}\n@media (prefers-color-scheme: dark) {{\n{dark}\n}}\n"


def _write(path, text):
    path = Path(path)
    path.write_text(text, "utf-8")
    return path
