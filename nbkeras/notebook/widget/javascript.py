"""JavaScript modules joined into one, so that a widget is sent as a single script.

The files import from each other as any ES modules do, and tools check them as such. A
widget travels as one text: each module that it imports becomes a function called once,
whose result holds what the module exports. No bundler, and no Node.js, is needed.
"""

import re
from pathlib import Path

IMPORT = re.compile(r'^import \{([^}]*)\} from "(\.[^"]+)";\n', re.M)
EXPORT = re.compile(r"^export (?=(?:async )?(?:function\*?|const|class) (\w+))", re.M)
LEFT = re.compile(r"^(import|export)\b.*", re.M)


def join_modules(entry: Path) -> str:
    """The text of `entry` with every module that it imports, each once, in order.

    Raises:
        ValueError: a form of import or export that is not joined here.
    """
    pieces: dict[Path, str] = {}
    _collect(entry.resolve(), pieces, ())
    return "\n".join(pieces.values())


def _collect(file, pieces, importers):
    """Put `file` into `pieces`, after the modules that it imports."""
    if file in importers:
        chain = " -> ".join(path.name for path in (*importers, file))
        raise ValueError(f"JavaScript modules import each other in a cycle: {chain}.")
    if file in pieces:
        return
    text = file.read_text("utf-8")
    for _, target in IMPORT.findall(text):
        _collect((file.parent / target).resolve(), pieces, (*importers, file))
    body = IMPORT.sub(lambda match: _binding(file, *match.groups()), text)
    if not importers:
        pieces[file] = body  # the entry keeps what it exports
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
    """The line that stands in place of an import: names taken out of a module."""
    taken = re.sub(r"\s+as\s+", ": ", " ".join(names.split())).rstrip(",")
    return f"const {{ {taken} }} = {_variable((file.parent / target).resolve())};\n"


def _variable(file):
    return re.sub(r"\W", "_", f"module_{file.parent.name}_{file.stem}")
