"""Translations of the texts of widgets; a row is `key: (English, Chinese)`.

The texts of a tool are in `strings.py` of its folder; those of `widget` are sent to
every widget. Slots in braces, such as {n}, are filled in when the text is shown. `ROWS`
are sent to the page; `SENTENCES`, if there are any, are used in Python.
"""

import importlib

from nbkeras.core import settings

COLUMNS = settings.LANGUAGES


def rows(tool, for_page=False):
    """{key: (text in each language)} of one tool, {} for a tool without texts.

    Args:
        tool: a folder of `notebook`, or another package's module "blurry.strings".
        for_page: whether to omit sentences used only in Python.
    """
    name = tool if tool.endswith(".strings") else f"nbkeras.notebook.{tool}.strings"
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name not in (name, name.rpartition(".")[0]):
            raise
        return {}
    return module.ROWS | ({} if for_page else getattr(module, "SENTENCES", {}))


def table(*tools, language=None, for_page=False):
    """{key: text} of some tools in one language, by default the chosen one.

    Args:
        *tools: folders of `notebook`, or modules such as "blurry.strings".
        language: "en" or "zh".
        for_page: whether to omit sentences used only in Python.
    """
    language = language or settings.language()
    column = COLUMNS.index(language)
    texts = {"lang": language}
    for tool in tools:
        texts |= {key: row[column] for key, row in rows(tool, for_page).items()}
    return texts


def text(tool, key, **values):
    """One text of a tool, with its slots filled in."""
    return table("widget", tool)[key].format(**values)
