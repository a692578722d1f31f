"""Files below class folders: which there are, and the class of each."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nbkeras.core import check
from nbkeras.core.annotations import PathLike
from nbkeras.image.files import folder


def index(
    owner: str,
    directory: PathLike,
    extensions: Sequence[str],
    labels: Any,
    class_names: Sequence[str] | None,
    follow_links: bool,
) -> tuple[list[str], list[int] | None, list[str] | None]:
    """(paths, class numbers or None, class names or None), sorted by class and path.

    Args:
        owner: the function that messages name.
        directory: the folder that holds the class folders.
        extensions: in lower case, with the dot.
        labels: "inferred" from the folders, None, or an integer for each file.
        class_names: class folders in the order wanted; None is all of them, sorted.
        follow_links: also read linked folders, each real one once.

    Raises:
        FileNotFoundError, NotADirectoryError: no such folder.
        ValueError: no files, or labels that do not go with them.
    """
    root = folder.check_folder(owner, directory)
    if isinstance(labels, str):
        check.choice(owner, "labels", labels, ("inferred",))
        names = _class_names(owner, root, class_names)
        pairs = [
            (number, p)
            for number, name in enumerate(names)
            for p in _walk(root / name, extensions, follow_links)
        ]
        numbers, paths = [n for n, _ in pairs], [p for _, p in pairs]
    else:
        if class_names is not None:
            raise ValueError(
                f"{owner}(class_names=...): class names need labels='inferred'. Leave "
                "class_names out."
            )
        paths, numbers, names = _walk(root, extensions, follow_links), None, None
    if not paths:
        raise ValueError(
            f"{owner}: there are no files with extension {' '.join(extensions)} below "
            f"{root}. Each class needs its own folder: "
            f"{root / 'class_a'}/1{extensions[0]}, {root / 'class_b'}/1{extensions[0]}."
        )
    if labels is None or isinstance(labels, str):
        return paths, numbers, names
    if len(labels) != len(paths):
        raise ValueError(
            f"{owner}(labels=...): {len(labels)} labels for {len(paths)} files below "
            f"{root}. Give one for each, in the order of the sorted paths."
        )
    return paths, list(labels), [str(label) for label in sorted(set(labels))]


def _class_names(owner, root, given):
    present = sorted(
        entry.name
        for entry in os.scandir(root)
        if entry.is_dir() and not entry.name.startswith(".")
    )
    if given is None:
        return present
    if set(given) != set(present):
        raise ValueError(
            f"{owner}(class_names={list(given)}): the folders of {root} are {present}. "
            "Give each of them once, in the order wanted."
        )
    return list(given)


def _walk(top, extensions, follow_links):
    """Files below `top` by folder, then by name; each real folder once."""
    seen, places = set(), []
    for here, inside, files in os.walk(top, followlinks=follow_links):
        real = os.path.realpath(here)
        if real in seen:
            inside[:] = []
            continue
        seen.add(real)
        places += [
            (here, name)
            for name in files
            if name.lower().endswith(tuple(extensions)) and not name.startswith(".")
        ]
    return [str(Path(here) / name) for here, name in sorted(places)]
