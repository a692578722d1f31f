"""Draw the house as built: who imports whom, read from the code.

    python docs/house.py        writes docs/house.svg and the table in architecture.md

A test compares both with the tree, so the picture cannot go out of date.
"""

import ast
import re
from html import escape
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent / "nbkeras"
TABLE = re.compile(r"(?<=<!-- house -->\n)(.*?)(?=<!-- end of house -->)", re.S)
LEAF = "compat.methods"  # the one part of compat that models stand on
WIDTH, HIGH, GAP = 960, 58, 12
# A few words for the box; the table has the package's own first line.
CAPTIONS = {
    "analysis": "what a model is doing, as arrays",
    "callbacks": "watch and steer a fit",
    "compat": "old Keras code runs",
    "core": "names, arguments, seeds, messages",
    "course": "tutorial, lab, doctor",
    "data": "what users have, as batches",
    "datasets": "digits, and Keras's from the web",
    "distribution": "one fit on several devices",
    "image": "read, vary and stream pictures",
    "layers": "declare in build, compute in call",
    "losses": "one number an example",
    "metrics": "sums on the device",
    "models": "compile, fit, evaluate, save",
    "notebook": "magics, live displays, widgets",
    "ops": "pure functions of arrays",
    "optimizers": "Keras's rules on optax",
    "preprocessing": "Keras 2's import paths",
    "saving": "files, whole or not at all",
    "train": "the loop, its events",
    "utils": "Keras's helpers",
}


def packages(root=ROOT):
    """{package: first line of its docstring}, of folders only."""
    found = {}
    for init in sorted(root.glob("*/__init__.py")):
        text = ast.get_docstring(ast.parse(init.read_text("utf-8"))) or ""
        found[init.parent.name] = text.splitlines()[0].rstrip(".") if text else ""
    return found


def imports(root=ROOT):
    """{package: set of packages that its files import}, without itself."""
    names = packages(root)
    graph = {name: set() for name in names}
    for name in names:
        for file in (root / name).rglob("*.py"):
            for module in _imported(file):
                if module.startswith(f"nbkeras.{LEAF}"):
                    continue
                target = module.split(".")[1] if module.startswith("nbkeras.") else ""
                if target in names and target != name:
                    graph[name].add(target)
    return graph


def _imported(file):
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def floors(graph):
    """Packages from the ground up; each imports only from floors below its own."""
    height = {}

    def floor(name, above=()):
        if name in above:
            raise ValueError(f"imports go round: {' -> '.join([*above, name])}")
        if name not in height:
            below = (floor(each, (*above, name)) for each in graph[name])
            height[name] = 1 + max(below, default=-1)
        return height[name]

    for name in graph:
        floor(name)
    height["notebook"] = height["course"] = max(height.values())
    rows = [[] for _ in range(max(height.values()) + 1)]
    for name in sorted(graph):
        rows[height[name]].append(name)
    return [row for row in rows if row]


def svg(graph):
    """The floors as boxes, the ground floor at the bottom."""
    rows, boxes = floors(graph)[::-1], []
    for level, row in enumerate(rows):
        top = GAP + level * (HIGH + GAP)
        wide = (WIDTH - GAP * (len(row) + 1)) / len(row)
        for place, name in enumerate(row):
            left = GAP + place * (wide + GAP)
            boxes.append(_box(name, CAPTIONS.get(name, ""), left, top, wide))
    height = GAP + len(rows) * (HIGH + GAP)
    style = (
        "text{font:12px system-ui,sans-serif;fill:#4b5563}"
        ".name{font-weight:600;font-size:14px;fill:#1f2937}"
        "rect{fill:#eef2f7;stroke:#c5cedb}.ground{fill:#ffffff;stroke:none}"
    )
    title = "The packages of nbkeras; each imports only from floors below it"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'role="img" aria-label="{title}"><title>{title}</title>'
        f"<style>{style}</style>\n"
        f'<rect class="ground" width="{WIDTH}" height="{height}"/>\n'
        + "\n".join(boxes)
        + "\n</svg>\n"
    )


def _box(name, said, left, top, wide):
    middle = left + wide / 2
    lines = _wrapped(said, int(wide / 7))[:2]
    text = f'<text class="name" x="{middle:.1f}" y="{top + 19}">{name}</text>'
    for number, line in enumerate(lines):
        y = top + 35 + 14 * number
        text += f'<text x="{middle:.1f}" y="{y}">{escape(line)}</text>'
    return (
        f'<g text-anchor="middle"><rect x="{left:.1f}" y="{top}" width="{wide:.1f}" '
        f'height="{HIGH}" rx="6"/>{text}</g>'
    )


def _wrapped(text, room):
    """Whole words in lines of at most `room` letters."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        lines = [*lines[:-1], longer] if len(longer) <= room else [*lines, word]
    return lines


def table(graph, said):
    """The same with its imports, as a Markdown table."""
    lines = ["", "| package | is about | imports |", "| --- | --- | --- |"]
    for row in floors(graph)[::-1]:
        for name in row:
            below = ", ".join(f"`{each}`" for each in sorted(graph[name])) or "nothing"
            lines.append(f"| `{name}` | {said[name].replace('|', '/')} | {below} |")
    return "\n".join([*lines, "", ""])


def written(page, root=ROOT):
    """(the picture, the text of `page` with its table), as the code stands."""
    graph, said = imports(root), packages(root)
    return svg(graph), TABLE.sub(lambda _: table(graph, said), page)


if __name__ == "__main__":
    page = HERE / "architecture.md"
    picture, text = written(page.read_text("utf-8"))
    (HERE / "house.svg").write_text(picture, "utf-8")
    page.write_text(text, "utf-8")
