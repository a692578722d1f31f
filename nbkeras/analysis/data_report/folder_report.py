"""Check an image folder: counts, sizes, problems by path, mean image."""

import os
import statistics
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from nbkeras.core import check
from nbkeras.core.annotations import PathLike
from nbkeras.data import prefetch
from nbkeras.image.files import folder
from nbkeras.image.files.inspect import fingerprint, inspect_image
from nbkeras.image.files.load import PictureError, shown

SIDE = 64
GROUPS = 10  # number of groups of each kind that have thumbnails
IMBALANCED = 1.5  # size of the largest class relative to the smallest


@dataclass
class FolderReport:
    """A report on a folder of images; its paths are relative and safe to print.

    Attributes:
        folder: the folder, as text.
        classes: {class: number of files}, in the order of class numbers.
        total: number of image files.
        looked_at: number of files that were opened within the time limit.
        widths, heights: sizes in pixels of the readable images.
        modes, formats: Counter of Pillow's modes ("RGB", "L") and formats ("JPEG").
        broken: [(path, reason)] of unreadable files.
        duplicates: groups of paths of identical files.
        across: the groups of duplicates that span several classes.
        shared: [(path, path in the validation folder)] of identical files.
        ignored: Counter of the suffixes of files that are not images.
        unreadable: folders that could not be opened.
        mean_image: (64, 64, 3) float32 in 0-255; None without images.
        thumbnails: {path: (64, 64, 3) uint8} of the first file of the groups of
            duplicates that are displayed.
    """

    folder: str
    classes: dict = field(default_factory=dict)
    total: int = 0
    looked_at: int = 0
    widths: list = field(default_factory=list)
    heights: list = field(default_factory=list)
    modes: Counter = field(default_factory=Counter)
    formats: Counter = field(default_factory=Counter)
    broken: list = field(default_factory=list)
    duplicates: list = field(default_factory=list)
    across: list = field(default_factory=list)
    shared: list = field(default_factory=list)
    ignored: Counter = field(default_factory=Counter)
    unreadable: list = field(default_factory=list)
    mean_image: Any = None
    thumbnails: dict = field(default_factory=dict)

    @property
    def sizes(self) -> dict[str, tuple[int, int, int]]:
        """{"width": (minimum, median, maximum), "height": ...}; {} without images."""
        if not self.widths:
            return {}
        return {
            name: (min(values), round(statistics.median(values)), max(values))
            for name, values in (("width", self.widths), ("height", self.heights))
        }

    @property
    def imbalance(self) -> float:
        """The size of the largest class relative to the smallest; 1 is balanced."""
        counts = [count for count in self.classes.values() if count]
        return max(counts) / min(counts) if counts else 1.0

    @property
    def class_weight(self) -> dict[int, float]:
        """{class number: weight} for `fit`, so that all classes have equal weight.

        Source: King and Zeng, "Logistic Regression in Rare Events Data" (2001): total /
        (number of classes * images of the class).
        """
        counts = list(self.classes.values())
        nonempty = [count for count in counts if count]
        total = sum(counts)
        return {
            number: round(total / (len(nonempty) * count), 4)
            for number, count in enumerate(counts)
            if count
        }


def folder_report(
    directory: PathLike,
    validation: PathLike | None = None,
    seconds: float = 60,
    workers: int | None = None,
    kind: str | None = None,
) -> FolderReport:
    """Check every image of a folder with one subfolder per class.

    Args:
        directory: for example "data/train"; or a folder of images without classes.
        validation: a second such folder, to find images that are in both.
        seconds: time limit; remaining files are counted but not opened.
        workers: number of threads; None for one per core.
        kind: a subclass of FolderReport to create.

    Returns:
        A FolderReport.

    Raises:
        FileNotFoundError, NotADirectoryError: the folder does not exist.
        ValueError: `seconds` is not positive.
    """
    root = folder.check_folder("folder_report", directory)
    seconds = check.number("folder_report", "seconds", seconds, 0, example=60)
    deadline = time.monotonic() + seconds
    report = (kind or FolderReport)(shown(directory))
    files = _files(root, report)
    digests, paths, mean = defaultdict(list), {}, _Mean()

    def read(i):
        if time.monotonic() > deadline:
            return None
        try:
            return inspect_image(files[i][0], SIDE)
        except PictureError as error:
            return error

    with prefetch.map_ahead(read, range(len(files)), workers, depth=16) as images:
        for (path, name), image in zip(files, images, strict=True):
            if image is None:
                continue
            report.looked_at += 1
            relative = _below(root, path)
            if isinstance(image, PictureError):
                report.broken.append((relative, str(image)))
                continue
            digests[image.digest].append((relative, name))
            paths[relative] = path
            _note(report, image)
            mean.add(image.thumbnail)
    _compare(report, digests)
    if validation is not None:
        _share(report, digests, validation, deadline)
    report.mean_image = mean.result()
    for groups in (report.across, report.shared, report.duplicates):
        for first, *_ in groups[:GROUPS]:
            if first not in report.thumbnails:
                image = inspect_image(paths[first], SIDE)
                report.thumbnails[first] = image.thumbnail
    return report


def _files(root, report):
    """[(path, class)] in the order of classes; fills in the counts of the report."""
    names = folder.class_folders(root)
    without_classes = not names
    files = []
    for name in names or ["."]:
        paths = sorted(walk_pictures(root / name, report))
        report.classes["" if without_classes else shown(name)] = len(paths)
        files += [(path, shown(name)) for path in paths]
    if without_classes and not files:
        report.classes = {}
    report.total = len(files)
    return files


def walk_pictures(top, report):
    """Yield image files below a folder; links to folders are not followed.

    Other files, and folders that cannot be opened, are added to `report`.
    """

    def on_error(error):
        report.unreadable.append(f"{shown(error.filename)}: {error.strerror}")

    for directory, subfolders, files in os.walk(top, onerror=on_error):
        subfolders[:] = [name for name in subfolders if folder.is_class_name(name)]
        for name in files:
            if folder.is_image_name(name):
                yield Path(directory) / name
            elif not name.startswith(".") and name.lower() not in folder.SYSTEM_FILES:
                report.ignored[shown(Path(name).suffix.lower()) or "–"] += 1


def _below(root, path):
    return shown(path.relative_to(root))


def _note(report, image):
    report.widths.append(image.size[0])
    report.heights.append(image.size[1])
    report.modes[image.mode] += 1
    report.formats[image.format] += 1


def _compare(report, digests):
    groups = [group for group in digests.values() if len(group) > 1]
    report.duplicates = [[path for path, _ in group] for group in groups]
    report.across = [
        [path for path, _ in group]
        for group in groups
        if len({name for _, name in group}) > 1
    ]


def _share(report, digests, validation, deadline):
    root = folder.check_folder("folder_report", validation)
    for path in sorted(walk_pictures(root, FolderReport(""))):
        if time.monotonic() > deadline:
            return
        try:
            digest, _ = fingerprint(path)
        except PictureError:
            continue
        for relative, _ in digests.get(digest, [])[:1]:
            report.shared.append((relative, _below(root, path)))


class _Mean:
    """The mean of thumbnails; integer sums do not depend on the order."""

    def __init__(self):
        self.sum, self.count = np.zeros((SIDE, SIDE, 3), "int64"), 0

    def add(self, thumbnail):
        """Add one thumbnail, (SIDE, SIDE, 3) uint8, or None."""
        if thumbnail is not None:
            self.sum += thumbnail
            self.count += 1

    def result(self):
        """The mean, (SIDE, SIDE, 3) float32; None without images."""
        return (self.sum / self.count).astype("float32") if self.count else None
