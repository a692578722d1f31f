"""Join JavaScript modules, so that a widget is sent as a single script.

The files are ordinary ES modules that import each other, and tools check them as such.
A widget is sent as one text: each imported module becomes a function that is called
once and returns the module's exports. Neither a bundler nor Node.js is needed. A widget
of another package writes `"nbkeras/dom.js"` for a module of this folder.
"""

import re
from pathlib import Path

IMPORT = re.compile(r'^import \{([^}]*)\} from "((?:\.|nbkeras/)[^"]+)";\n', re.M)
EXPORT = re.compile(r"^export (?=(?:async )?(?:function\*?|const|class) (\w+))", re.M)
LEFT = re.compile(r"^(import|export)\b.*", re.M)


def join_modules(entry: Path) -> str:
    """The text of `entry` with every imported module included once, in order.

    Raises:
        ValueError: an unsupported form of import or export.
    """
    pieces: dict[Path, str] = {}
    _collect(entry.resolve(), pieces, ())
    return "\n".join(pieces.values())


def _collect(file, pieces, importers):
    """Add `file` to `pieces`, after the modules that it imports."""
    if file in importers:
        chain = " -> ".join(path.name for path in (*importers, file))
        raise ValueError(f"JavaScript modules import each other in a cycle: {chain}.")
    if file in pieces:
        return
    text = file.read_text("utf-8")
    for _, target in IMPORT.findall(text):
        _collect(_target(file, target), pieces, (*importers, file))
    body = IMPORT.sub(lambda match: _binding(file, *match.groups()), text)
    if not importers:
        pieces[file] = body  # the entry keeps its exports
        return
    names = EXPORT.findall(body)
    body = EXPORT.sub("", body)
    if rest := LEFT.search(body):
        raise ValueError(
            f"{file.name}: {rest[0]!r} cannot be joined. Write `import {{ name }} from "
            '"./file.js";`, `export function` or `export const`.'
        )
    shared = ", ".join(names)
    pieces[file] = (
        f"const {_variable(file)} = (() => {{\n{body}\nreturn {{ {shared} }};\n}})();\n"
    )


def _binding(file, names, target):
    """The line that replaces an import: names destructured from a module."""
    taken = re.sub(r"\s+as\s+", ": ", " ".join(names.split())).rstrip(",")
    return f"const {{ {taken} }} = {_variable(_target(file, target))};\n"


def _target(file, target):
    """The file that `file` imports as `target`."""
    shared = target.removeprefix("nbkeras/")
    folder = file.parent if shared == target else Path(__file__).parent
    return (folder / shared).resolve()


def _variable(file):
    return re.sub(r"\W", "_", f"module_{file.parent.name}_{file.stem}")
