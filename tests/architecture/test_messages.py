"""Paths in error messages are escaped: a file name may hold terminal sequences."""

import ast
import re
from pathlib import Path

import nbkeras

ROOT = Path(nbkeras.__file__).parent
# Expressions that are a path by their name, as in `path`, `self._path`, `path.parent`.
PATH = re.compile(
    r"(.*[._])?(path|file|filepath|filename|folder|directory)(\.(name|parent|stem))?"
)
# Paths of weights or modules rather than of files, and files of the package.
OTHER_PATHS = {
    "analysis/descent/loss_surface.py",
    "analysis/descent/planes.py",
    "compat/install.py",
    "course/tutorial.py",
    "notebook/widget/javascript.py",
    "utils/compile_cache.py",
}


def raw_paths(source):
    """(line, expression) of every path in an error message that is not escaped."""
    for raised in ast.walk(ast.parse(source)):
        if not isinstance(raised, ast.Raise):
            continue
        for part in ast.walk(raised):
            if isinstance(part, ast.FormattedValue) and part.conversion == -1:
                text = ast.unparse(part.value)
                if PATH.fullmatch(text):
                    yield part.value.lineno, text


def test_paths_in_error_messages_are_escaped():
    raw = {}
    for file in ROOT.rglob("*.py"):
        name = file.relative_to(ROOT).as_posix()
        if paths := list(raw_paths(file.read_text("utf-8"))):
            raw[name] = paths
    assert {n: p for n, p in raw.items() if n not in OTHER_PATHS} == {}, (
        "write {display_path(path)}"
    )
    assert set(raw) >= OTHER_PATHS, "an entry of OTHER_PATHS is not needed"


def test_a_path_that_is_not_escaped_is_noticed():
    source = "def f(path):\n    raise ValueError(f'{path} is empty')\n"
    assert list(raw_paths(source)) == [(2, "path")]
    assert list(raw_paths(source.replace("{path}", "{display_path(path)}"))) == []
