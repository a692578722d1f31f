"""List the image files in class folders, and the class of each file."""

import os
import unicodedata
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nbkeras.core import check, notices
from nbkeras.core.names.display_name import LONGEST, quoted
from nbkeras.image.files.load import EXTENSIONS, PictureError, shown

# Folders and files that operating systems and tools create.
_SYSTEM_FOLDERS = {"__MACOSX", "__pycache__"}
SYSTEM_FILES = {"thumbs.db", "desktop.ini"}
_SPLITS = {"train", "training", "test", "testing", "val", "valid", "validation", "dev"}
LAYOUT = (
    "An image folder needs one folder for each class, with the images inside: "
    "data/train/cats/1.jpg, data/train/dogs/1.jpg."
)


def check_folder(owner: str, directory: Any) -> Path:
    """`directory` as a `Path`, checked to be a folder.

    Raises:
        FileNotFoundError: it does not exist; the message lists similar names.
        NotADirectoryError: it is a file.
        TypeError: `directory` is not a path.
    """
    try:
        path = Path(os.fsdecode(directory))
    except TypeError:
        raise TypeError(
            f"{owner}({directory!r}): the first argument must be the name of a folder. "
            f'Write for example {owner}("data/train").'
        ) from None
    if path.is_dir():
        return path
    if path.exists():
        raise NotADirectoryError(
            f'{owner}("{shown(path)}"): this is a file, not a folder. {LAYOUT}'
        )
    parent = next(folder for folder in path.absolute().parents if folder.is_dir())
    siblings = sorted(item.name for item in parent.iterdir() if item.is_dir())
    near = check.did_you_mean(path.name, siblings)
    listed = ", ".join(shown(name) for name in siblings[:10]) or "no folders"
    raise FileNotFoundError(
        f'{owner}("{shown(path)}"): there is no such folder.{near} '
        f"{shown(parent)} holds: {listed}."
    )


def class_names(
    owner: str,
    directory: Path,
    classes: Sequence[str] | None = None,
    labelled: bool = True,
) -> list[str]:
    """The class names of an image folder: `classes`, or the sorted subfolders.

    Hidden folders (.ipynb_checkpoints) are never classes.

    Args:
        owner: name of the calling function in messages.
        directory: the folder that contains the class folders.
        classes: names of the class folders to use; None uses all.
        labelled: whether labels are needed, so that at least two classes are.

    Raises:
        ValueError: there are no class folders, only one, or they are train and test.
        FileNotFoundError: an entry of `classes` has no folder.
    """
    if classes is not None and len(classes):
        for name in classes:
            if not (directory / name).is_dir():
                raise FileNotFoundError(
                    f"{owner}(classes=...): {shown(directory)} has no folder "
                    f"'{shown(name)}'."
                    f"{check.did_you_mean(name, class_folders(directory))} "
                    f"It holds: {_listed(class_folders(directory))}."
                )
        return list(classes)
    names = class_folders(directory)
    num_loose = sum(is_image_name(entry.name) for entry in os.scandir(directory))
    if not names:
        content = f"{num_loose} images and no folders" if num_loose else "no images"
        raise ValueError(
            f"{owner}: {shown(directory)} holds {content}. {LAYOUT} Images without "
            "classes: put them in one folder and write class_mode=None."
        )
    if labelled:
        _check_are_classes(owner, directory, names)
        _warn_if_alike(directory, names)
    if num_loose:
        notices.once(
            ("loose", str(directory)),
            f"{num_loose} images are in {shown(directory)} itself, not in a class "
            "folder; they are not used.",
        )
    return names


def _check_are_classes(owner, directory, names):
    subfolders = {name: class_folders(directory / name) for name in names}
    if all(name.lower() in _SPLITS for name in names) and all(subfolders.values()):
        raise ValueError(
            f"{owner}: the folders of {shown(directory)} are {_listed(names)}: parts "
            "of a data set, not classes. Write for example "
            f'{owner}("{shown(directory / names[0])}").'
        )
    if len(names) == 1:
        nested = subfolders[names[0]]
        hint = (
            f'It holds folders itself: write {owner}("{shown(directory / names[0])}").'
            if nested
            else "To read images without classes write class_mode=None."
        )
        raise ValueError(
            f"{owner}: {shown(directory)} has only one class folder, "
            f"'{shown(names[0])}'; with one class there is nothing to learn. {hint} "
            f"{LAYOUT}"
        )


def _warn_if_alike(directory, names):
    """Give one notice about class folders whose names look alike."""
    alike = {}
    for name in names:
        alike.setdefault(_visible_name(name), []).append(name)
    pairs = [group for group in alike.values() if len(group) > 1]
    if not pairs:
        return
    listed = "; ".join(
        " and ".join(map(_quoted_unambiguously, group)) for group in pairs[:3]
    )
    notices.once(
        ("alike", str(directory)),
        f"{shown(directory)} has class folders with names that look alike: {listed}. "
        "Each counts as a class of its own. If they are one class, move their images "
        "into one folder.",
    )


def _quoted_unambiguously(name):
    """A name in quotation marks, with full-width letters escaped."""
    name = name[:LONGEST]
    return quoted(name) if unicodedata.is_normalized("NFKC", name) else ascii(name)


def _visible_name(name):
    """The name without invisible differences: width, spaces, and case of words."""
    wide = unicodedata.normalize("NFKC", name)
    seen = "".join(c for c in wide if not c.isspace() and c.isprintable())
    # Case matters for single letters, which may be classes of handwriting.
    return seen.casefold() if len(seen) > 1 else seen


def list_images(
    directory: Path,
    names: Sequence[str],
    follow_links: bool = False,
    split: tuple[float, float] | None = None,
    empty_ok: bool = False,
) -> tuple[list[str], list[int], list[str]]:
    """The image files below each class folder.

    Args:
        directory: the image folder.
        names: class folders, relative to `directory`.
        follow_links: whether to follow links to folders; each folder is read once.
        split: (start, stop) as fractions of the files of each class; None for all.
        empty_ok: whether to skip files of 0 bytes instead of raising.

    Returns:
        (file names relative to `directory`, class numbers, skipped empty files).

    Raises:
        PictureError: a file is empty or a broken link, without `empty_ok`.
    """
    paths, labels, empty, ignored = [], [], [], Counter()
    for label, name in enumerate(names):
        files = list(_walk(directory / name, follow_links, ignored))
        empty_files = {file for file in files if _is_empty(file)}
        if empty_files and not empty_ok:
            raise PictureError(
                f"The image {shown(min(empty_files))} is empty (0 bytes) or a broken "
                "link "
                f"({len(empty_files)} such in {shown(directory / name)}). Delete "
                'it, or use on_error="skip" in ImageDataGenerator to skip it.'
            )
        empty += sorted(empty_files)
        files = [file for file in files if file not in empty_files]
        if not files:
            notices.once(
                ("empty", str(directory / name)),
                f"The class folder {shown(directory / name)} holds no images.",
            )
        if split:
            files = files[int(split[0] * len(files)) : int(split[1] * len(files))]
        top = str(directory / name)
        paths += [name + file[len(top) :] for file in files]
        labels += [label] * len(files)
    _warn_ignored(directory, ignored)
    return paths, labels, empty


def _walk(top, follow_links, ignored):
    """Image files below `top` in the order of Keras: by folder, then by name."""
    visited, images = set(), []
    for folder, subfolders, files in os.walk(top, followlinks=follow_links):
        subfolders[:] = [name for name in subfolders if is_class_name(name)]
        real_path = os.path.realpath(folder)
        if real_path in visited:
            subfolders[:] = []
            continue
        visited.add(real_path)
        for name in files:
            if is_image_name(name):
                images.append((folder, name))
            elif not name.startswith(".") and name.lower() not in SYSTEM_FILES:
                ignored[Path(name).suffix.lower() or "(none)"] += 1
    return [f"{folder}{os.sep}{name}" for folder, name in sorted(images)]


def class_folders(directory):
    """The sorted names of the class folders in a folder."""
    return sorted(
        e.name for e in os.scandir(directory) if e.is_dir() and is_class_name(e.name)
    )


def is_class_name(name):
    """Whether a folder of this name is a class; hidden folders are not."""
    return not name.startswith(".") and name not in _SYSTEM_FOLDERS


def is_image_name(name):
    """Whether a file of this name is an image, by its extension."""
    return name.lower().endswith(EXTENSIONS) and not name.startswith(".")


def _is_empty(path):
    try:
        return Path(path).stat().st_size == 0
    except OSError:
        return True


def _warn_ignored(directory, ignored):
    if ignored:
        kinds = ", ".join(f"{n} with extension {end}" for end, n in ignored.items())
        notices.once(
            ("ignored", str(directory)),
            f"Files ignored in {shown(directory)}: {kinds}. Supported extensions: "
            f"{' '.join(EXTENSIONS)}.",
        )


def _listed(names):
    more = f" and {len(names) - 10} more" if len(names) > 10 else ""
    return ", ".join(shown(name) for name in names[:10]) + more or "no folders"
