"""List the files in class folders, and the class of each file."""

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
    """List the files in class folders, sorted by class and path.

    Args:
        owner: name of the calling function in messages.
        directory: the folder that contains the class folders.
        extensions: file extensions in lower case, with the dot.
        labels: "inferred" from the folders, None, or an integer per file.
        class_names: class folders in the order of their numbers; None sorts them.
        follow_links: whether to follow links to folders; each folder is read once.

    Returns:
        (paths, class numbers or None, class names or None).

    Raises:
        FileNotFoundError: `directory` does not exist.
        NotADirectoryError: `directory` is a file.
        ValueError: there are no files, or labels or class names do not match them.
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
            f"{root}. Give one per file, in the order of the sorted paths."
        )
    return paths, list(labels), [str(label) for label in sorted(set(labels))]


def _class_names(owner, root, class_names):
    present = sorted(
        entry.name
        for entry in os.scandir(root)
        if entry.is_dir() and not entry.name.startswith(".")
    )
    if class_names is None:
        return present
    if set(class_names) != set(present):
        raise ValueError(
            f"{owner}(class_names={list(class_names)}): the folders of {root} are "
            f"{present}. "
            "Give each of them once, in the order of the class numbers."
        )
    return list(class_names)


def _walk(top, extensions, follow_links):
    """Files below `top` by folder, then by name; each folder is read once."""
    visited, entries = set(), []
    for folder_path, subfolders, files in os.walk(top, followlinks=follow_links):
        real_path = os.path.realpath(folder_path)
        if real_path in visited:
            subfolders[:] = []
            continue
        visited.add(real_path)
        entries += [
            (folder_path, name)
            for name in files
            if name.lower().endswith(tuple(extensions)) and not name.startswith(".")
        ]
    return [str(Path(folder_path) / name) for folder_path, name in sorted(entries)]
