"""Draw the packages and who imports whom, read from the code.

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
ROOM_HIGH, LETTER = 23, 6.2  # of a folder inside a package
# A few words for the box; the table has the package's own first line.
CAPTIONS = {
    "analysis": "what the tools compute, as arrays",
    "applications": "published networks for images",
    "callbacks": "monitor and control fit",
    "compat": "runs old Keras code",
    "core": "names, arguments, seeds, messages",
    "course": "tutorial, lab, grade, doctor",
    "data": "from user data to batches",
    "datasets": "bundled digits, downloads",
    "distribution": "one fit on several devices",
    "image": "load and augment images",
    "layers": "declare in build, compute in call",
    "losses": "one number per example",
    "metrics": "accumulated on the device",
    "models": "compile, fit, evaluate, save",
    "notebook": "magics, live displays, widgets",
    "ops": "pure functions of arrays",
    "optimizers": "Keras's update rules on optax",
    "preprocessing": "Keras 2's import paths",
    "saving": "safe, atomic model files",
    "train": "the training loop, events",
    "utils": "Keras's utilities",
    "wrappers": "estimators of scikit-learn",
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


def rooms(root=ROOT):
    """{package: {room: number of its modules}}, the folders inside each package."""
    return {
        name: {
            folder.name: len([*folder.glob("*.py")]) - 1
            for folder in sorted((root / name).iterdir())
            if (folder / "__init__.py").exists()
        }
        for name in packages(root)
    }


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


def svg(graph, inside):
    """The floors as boxes with their rooms, the ground floor at the bottom."""
    boxes, top = [], GAP
    for row in floors(graph)[::-1]:
        width = (WIDTH - GAP * (len(row) + 1)) / len(row)
        lines = {name: _rooms_in_lines(inside[name], width) for name in row}
        height = HIGH + ROOM_HIGH * max(len(each) for each in lines.values())
        for place, name in enumerate(row):
            left = GAP + place * (width + GAP)
            boxes.append(_box(name, lines[name], (left, top, width, height)))
        top += height + GAP
    style = (
        "text{font:12px system-ui,sans-serif;fill:#4b5563}"
        ".name{font-weight:600;font-size:14px;fill:#1f2937}"
        "rect{fill:#eef2f7;stroke:#c5cedb}.ground{fill:#ffffff;stroke:none}"
        ".room{fill:#ffffff}.in{font-size:11px;fill:#374151}"
    )
    title = (
        "The packages of nbkeras and the folders in them; each imports only from "
        "floors below it"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" '
        f'role="img" aria-label="{title}"><title>{title}</title>'
        f"<style>{style}</style>\n"
        f'<rect class="ground" width="{WIDTH}" height="{top}"/>\n'
        + "\n".join(boxes)
        + "\n</svg>\n"
    )


def _rooms_in_lines(names, width):
    """[(room, its width in pixels), ...] for each line that fits into a box."""
    lines = [[]]
    for name in names:
        wide = LETTER * len(name) + 14
        if lines[-1] and sum(w + 6 for _, w in lines[-1]) + wide > width - 16:
            lines.append([])
        lines[-1].append((name, wide))
    return lines if names else []


def _box(name, lines, place):
    left, top, width, height = place
    middle = left + width / 2
    text = f'<text class="name" x="{middle:.1f}" y="{top + 19}">{name}</text>'
    for number, line in enumerate(_wrapped(CAPTIONS.get(name, ""), int(width / 7))[:2]):
        y = top + 35 + 14 * number
        text += f'<text x="{middle:.1f}" y="{y}">{escape(line)}</text>'
    for number, line in enumerate(lines):
        x = middle - (sum(wide + 6 for _, wide in line) - 6) / 2
        y = top + HIGH - 4 + ROOM_HIGH * number
        for room, wide in line:
            text += (
                f'<rect class="room" x="{x:.1f}" y="{y}" width="{wide}" height="18" '
                f'rx="4"/><text class="in" x="{x + wide / 2:.1f}" y="{y + 13}">'
                f"{room}</text>"
            )
            x += wide + 6
    return (
        f'<g text-anchor="middle"><rect x="{left:.1f}" y="{top}" width="{width:.1f}" '
        f'height="{height}" rx="6"/>{text}</g>'
    )


def _wrapped(text, room):
    """Whole words in lines of at most `room` letters."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        lines = [*lines[:-1], longer] if len(longer) <= room else [*lines, word]
    return lines


def table(graph, said, inside):
    """The same with its folders and imports, as a Markdown table."""
    head = "| package | is about | folders | imports |"
    lines = ["", head, "| --- | --- | --- | --- |"]
    for row in floors(graph)[::-1]:
        for name in row:
            below = ", ".join(f"`{each}`" for each in sorted(graph[name])) or "nothing"
            folders = ", ".join(f"`{each}`" for each in inside[name])
            about = said[name].replace("|", "/")
            lines.append(f"| `{name}` | {about} | {folders} | {below} |")
    return "\n".join([*lines, "", ""])


def written(page, root=ROOT):
    """(the picture, the text of `page` with its table), as the code stands."""
    graph, said, inside = imports(root), packages(root), rooms(root)
    text = TABLE.sub(lambda _: table(graph, said, inside), page)
    return svg(graph, inside), text


if __name__ == "__main__":
    page = HERE / "architecture.md"
    picture, text = written(page.read_text("utf-8"))
    (HERE / "house.svg").write_text(picture, "utf-8")
    page.write_text(text, "utf-8")
