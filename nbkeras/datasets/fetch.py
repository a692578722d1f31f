"""Fetch data sets: from the cache, Keras's cache, or the web."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from nbkeras.core import check, settings
from nbkeras.core.annotations import PathLike
from nbkeras.utils.archives import unpack
from nbkeras.utils.cache_folder import cache_folder, keras_folders
from nbkeras.utils.download import get_file, matches

KERAS_FILES = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
_OFFLINE = {
    "en": (
        "{missing}{address} cannot be downloaded ({error}). Download it elsewhere"
        "{checked} and put it at {place} (or in {keras}, where Keras keeps it)."
    ),
    "zh": (
        "{missing}无法下载 {address}（{error}）。请在其他机器上下载{checked}，放到 "
        "{place}（或 Keras 的缓存文件夹 {keras}）。"
    ),
}
_MISSING = {"en": "There is no file {name}, and ", "zh": "没有文件 {name}，也"}
_CHECKED = {"en": " (SHA-256 {sha256})", "zh": "（SHA-256 {sha256}）"}
# (x_train, y_train), (x_test, y_test)
ArraySplit = tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


def cached(names: Iterable[str], sha256: str | None) -> Path | None:
    """Path of a cached file, in our cache or in Keras's, or None.

    Args:
        names: under which it may be known, below the folder of data sets.
        sha256: of the file, or None.
    """
    for home in (cache_folder(), *keras_folders()):
        for name in names:
            path = home / "datasets" / name
            if path.is_file() and (sha256 is None or matches(path, sha256)):
                return path
    return None


def fetch(
    name: PathLike, address: str, sha256: str | None, also: Sequence[str] = ()
) -> Path:
    """Path of the file `name`, downloaded from `address` if it is in no cache.

    Args:
        name: in the cache; the path of a file that exists is that file itself.
        address: where it is on the web.
        sha256: of the file, or None.
        also: further names under which Keras may have kept it.

    Raises:
        OSError: it is not here and cannot be downloaded; says which file, checksum
            and folder, in the language that `set_language` chose.
        ValueError: what came is another file.
    """
    name = Path(str(name).replace("\\", "/"))
    if name.parent != Path() and name.is_file():
        return name
    path = cached((name.name, *also), sha256)
    if path:
        return path
    try:
        return Path(get_file(name.name, address, file_hash=sha256))
    except OSError as error:
        raise OSError(_offline(name, address, sha256, error)) from None


def _offline(name, address, sha256, error):
    """Which file is missing and where to put it, in the language that was chosen."""
    language = settings.language()
    given = _MISSING[language].format(name=name) if name.parent != Path() else ""
    return _OFFLINE[language].format(
        missing=given,
        address=address,
        error=error,
        checked=_CHECKED[language].format(sha256=sha256) if sha256 else "",
        place=cache_folder() / "datasets" / name.name,
        keras=keras_folders()[0] / "datasets",
    )


def fetch_folder(name: str, address: str, sha256: str | None) -> Path:
    """Path of the folder `name` that the tar file at `address` unpacks to."""
    folder = cache_folder() / "datasets" / f"{name}_extracted"
    if not folder.is_dir():
        unpack(fetch(f"{name}.tar.gz", address, sha256), folder)
    return folder / name


def split(
    x: np.ndarray, y: np.ndarray, test_split: float, seed: int, owner: str
) -> ArraySplit:
    """Shuffle by `seed` as Keras does, and hold out the last part for testing."""
    check.number(owner, "test_split", test_split, 0, 1, example=0.2)
    order = np.arange(len(x))
    np.random.RandomState(seed).shuffle(order)
    x, y = x[order], y[order]
    cut = int(len(x) * (1 - test_split))
    return (x[:cut], y[:cut]), (x[cut:], y[cut:])
