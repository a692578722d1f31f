"""Fill in what pages take from the code: files of the repository, API entries."""

import importlib
import inspect
import re
from pathlib import Path

FILE = re.compile(r"^<!-- file: (\S+) -->$", re.M)
API = re.compile(r"^<!-- api: (\S+) -->$", re.M)


def on_page_markdown(markdown, **_):
    """Replace the comments `file: NAME` and `api: MODULE` by what they name."""
    markdown = FILE.sub(lambda match: file_text(match[1]), markdown)
    return API.sub(lambda match: entries(match[1]), markdown)


def file_text(name):
    """The text of a file of the repository, with links relative to docs/."""
    text = (Path(__file__).parents[1] / name).read_text("utf-8")
    return text.replace("](docs/", "](")


def entries(family):
    """A mkdocstrings entry for each public class and function of a module."""
    module, paths = importlib.import_module(family), {}
    for name in sorted(module.__all__, key=str.lower):
        for member in members(getattr(module, name)):
            paths[f"{member.__module__}.{member.__qualname__}"] = member
    return "\n".join(f"::: {path}\n" for path in paths if path.startswith("nbkeras."))


def members(value):
    """[value] for a class or function; the public members of a module."""
    if inspect.ismodule(value):
        defined = [n for n, v in vars(value).items() if _defined_in(v, value)]
        names = getattr(value, "__all__", [n for n in defined if n[0] != "_"])
        return [member for name in names for member in members(getattr(value, name))]
    return [value] if inspect.isclass(value) or inspect.isfunction(value) else []


def _defined_in(value, module):
    return getattr(value, "__module__", None) == module.__name__
