"""Widgets on pages that MyST builds: modules for its directive `{anywidget}`.

A module brings the states of its widgets, so the site needs neither kernel nor network.
"""

import html
import json
import re
from pathlib import Path
from typing import Any

from nbkeras.notebook.export.notebook_cells import VIEW, saved_states
from nbkeras.notebook.export.saved_models import PageModels
from nbkeras.notebook.widget import translations
from nbkeras.notebook.widget.javascript import join_modules

HERE = Path(__file__).parent
PICTURE_KEY = re.compile(r'data-nbk="([0-9a-f]{1,40})"')


def module_text(models: PageModels, language: str) -> str:
    """A module that draws the widgets of `models`, one for each use of the directive.

    Args:
        models: the widgets; the first is drawn where the directive names none.
        language: "en" or "zh".
    """
    data: dict[str, Any] = {"kinds": models.kinds, "models": models.models}
    data["words"] = translations.table("export", language=language, for_page=True)
    text = json.dumps(data, allow_nan=False, ensure_ascii=False)
    script = join_modules(HERE / "module_host.js")
    return f"{script}\nexport default widgetsOf({text});\n"


def notebook_for_myst(
    notebook: dict[str, Any], models: PageModels, module_name: str
) -> None:
    """Replace the widgets in a notebook's outputs by directives, in place.

    Args:
        notebook: the saved notebook; its widgets are added to `models`.
        models: the widgets of the module.
        module_name: file name of the module, in the folder of the notebook.
    """
    states = saved_states(notebook)
    cells = []
    for cell in notebook["cells"]:
        cells.append(cell)
        if cell.get("cell_type") == "code":
            cells += _moved_widgets(cell, states, models, module_name)
    notebook["cells"] = cells
    notebook["metadata"].pop("widgets", None)


def _moved_widgets(cell, states, models, module_name):
    """Remove this package's widgets from a cell; returns text cells that draw them."""
    from nbformat.v4 import new_markdown_cell

    directives, keys, kept = [], set(), []
    for output in cell.get("outputs", ()):
        view = (output.get("data") or {}).get(VIEW)
        model_id = str(view.get("model_id")) if isinstance(view, dict) else ""
        if view is None or not models.add_saved(model_id, states):
            kept.append(output)
            continue
        keys.add(models.models[model_id]["state"].get("static_copy"))
        body = json.dumps({"widget": model_id})
        directives.append(f":::{{anywidget}} ./{module_name}\n{body}\n:::")
    cell["outputs"] = [output for output in kept if not _is_picture_of(output, keys)]
    texts = []
    for directive in directives:
        text = new_markdown_cell(directive)
        if "id" not in cell:  # of a notebook before nbformat 4.5
            del text["id"]
        texts.append(text)
    return texts


def _is_picture_of(output, keys):
    """Whether an output is the static picture of one of the widgets."""
    text = (output.get("data") or {}).get("text/html", "")
    text = "".join(text) if isinstance(text, list) else str(text)
    found = PICTURE_KEY.search(html.unescape(text))
    return bool(found) and found[1] in keys
