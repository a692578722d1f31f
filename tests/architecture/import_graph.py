"""What the modules of a package import, read from their source.

Imports inside functions count, and so do those by string, such as
`importlib.import_module("nbkeras.models")`. Imports for type checkers alone do not:
nothing is loaded by them.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Import:
    """One import: the dotted name, and the line; `name` is None where it is computed."""

    name: str | None
    line: int


def imports(file: Path) -> Iterator[Import]:
    """Every import of a file; relative ones are refused."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    skipped = {id(node) for block in _type_checking(tree) for node in ast.walk(block)}
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: write absolute imports"
            for alias in node.names:
                yield Import(f"{node.module}.{alias.name}", node.lineno)
        elif isinstance(node, ast.Call) and _name(node.func) in (
            "import_module",
            "__import__",
        ):
            yield Import(_text(node.args[0]), node.lineno)


def modules(root: Path) -> dict[str, Path]:
    """{dotted name: file} of the package in the folder `root`."""
    found = {}
    for file in sorted(root.rglob("*.py")):
        parts = [root.name, *file.relative_to(root).with_suffix("").parts]
        if parts[-1] == "__init__":
            parts.pop()
        found[".".join(parts)] = file
    return found


def graph(root: Path) -> dict[str, set[str]]:
    """{module: the modules of the same package that it imports}."""
    files = modules(root)
    return {
        name: {
            target
            for each in imports(file)
            if each.name and (target := _module(each.name, files)) not in (None, name)
        }
        for name, file in files.items()
    }


def cycles(arrows: dict[str, set[str]]) -> list[list[str]]:
    """Groups of modules of which each reaches all others, sorted."""
    reach = {name: _reach(name, arrows) for name in arrows}
    groups = {
        tuple(sorted(other for other in reach[name] if name in reach[other]))
        for name in arrows
        if name in reach[name]
    }
    return sorted(list(group) for group in groups)


def _reach(start, arrows):
    seen, waiting = set(), list(arrows[start])
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += arrows[name]
    return seen


def _module(name, files):
    """The module that holds `name`, which may be a thing in it."""
    while name not in files and "." in name:
        name = name.rpartition(".")[0]
    return name if name in files else None


def _type_checking(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and _name(node.test) == "TYPE_CHECKING":
            yield from node.body


def _name(node):
    return getattr(node, "attr", getattr(node, "id", None))


def _text(node):
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None
