"""What the site takes from the code and the tree around it."""

import importlib
import inspect
import re
from pathlib import Path

FILE = re.compile(r"^<!-- file: (\S+) -->$", re.M)
API = re.compile(r"^<!-- api: (\S+) -->$", re.M)


def on_page_markdown(markdown, **_):
    """Put in what a page names: a file beside docs/, the public names of a family."""
    markdown = FILE.sub(lambda found: text_of(found[1]), markdown)
    return API.sub(lambda found: entries(found[1]), markdown)


def text_of(name):
    """A file of the root, with its links as they are from within docs/."""
    text = (Path(__file__).parents[1] / name).read_text("utf-8")
    return text.replace("](docs/", "](")


def entries(family):
    """A mkdocstrings entry for each public class and function of `family`."""
    module, lines, seen = importlib.import_module(family), [], set()
    for name in sorted(module.__all__, key=str.lower):
        for thing in members(getattr(module, name)):
            home = f"{thing.__module__}.{thing.__qualname__}"
            if home.startswith("nbkeras.") and home not in seen:
                seen.add(home)
                lines += [f"::: {home}", ""]
    return "\n".join(lines)


def members(thing):
    """The class or function itself; of a module, what it offers."""
    if inspect.ismodule(thing):
        own = [n for n, m in vars(thing).items() if _made_in(m, thing) and n[0] != "_"]
        names = getattr(thing, "__all__", own)
        return [m for name in names for m in members(getattr(thing, name))]
    return [thing] if inspect.isclass(thing) or inspect.isfunction(thing) else []


def _made_in(thing, module):
    return getattr(thing, "__module__", None) == module.__name__
