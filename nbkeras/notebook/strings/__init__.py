"""What widgets say, in every language; a row is `key: (English, Chinese)`.

Each widget has a module here with its stem; `common` is given to all of them. Words in
braces, such as {n}, are filled in where the text is shown.
"""

import importlib

from nbkeras.core import settings

COLUMNS = settings.LANGUAGES


def rows(stem):
    """{key: (text in each language)} of one module of this package."""
    try:
        module = importlib.import_module(f"nbkeras.notebook.strings.{stem}")
    except ModuleNotFoundError as error:
        if error.name != f"nbkeras.notebook.strings.{stem}":
            raise
        return {}
    return module.ROWS


def table(*stems, language=None):
    """{key: text} of the modules `stems` in one language, by default the chosen one."""
    language = language or settings.language()
    column = COLUMNS.index(language)
    found = {"lang": language}
    for stem in stems:
        found |= {key: row[column] for key, row in rows(stem).items()}
    return found


def text(stem, key, **values):
    """One text of the module `stem`, with its braces filled in."""
    return table("common", stem)[key].format(**values)
