"""Fetch datasets from the cache, from Keras's cache, or from the web."""

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
    """The path of a file in the cache or in Keras's cache; None if it is in neither.

    Args:
        names: possible names of the file, relative to the folder of datasets.
        sha256: hash of the file, or None.
    """
    for home in (cache_folder(), *keras_folders()):
        for name in names:
            path = home / "datasets" / name
            if path.is_file() and (sha256 is None or matches(path, sha256)):
                return path
    return None


def fetch(
    name: PathLike, url: str, sha256: str | None, keras_names: Sequence[str] = ()
) -> Path:
    """The path of a file, which is downloaded if it is not cached.

    Args:
        name: name in the cache, or the path of an existing file.
        url: URL of the file.
        sha256: hash of the file, or None.
        keras_names: further names of the file in Keras's cache.

    Raises:
        OSError: the file is not cached and cannot be downloaded; the message gives the
            file, its hash and the folder, in the language of `set_language`.
        ValueError: the downloaded file has another hash.
    """
    name = Path(str(name).replace("\\", "/"))
    if name.parent != Path() and name.is_file():
        return name
    path = cached((name.name, *keras_names), sha256)
    if path:
        return path
    try:
        return Path(get_file(name.name, url, file_hash=sha256))
    except OSError as error:
        raise OSError(_offline(name, url, sha256, error)) from None


def _offline(name, url, sha256, error):
    """The message about a missing file and where to put it, in the chosen language."""
    language = settings.language()
    missing = _MISSING[language].format(name=name) if name.parent != Path() else ""
    return _OFFLINE[language].format(
        missing=missing,
        address=url,
        error=error,
        checked=_CHECKED[language].format(sha256=sha256) if sha256 else "",
        place=cache_folder() / "datasets" / name.name,
        keras=keras_folders()[0] / "datasets",
    )


def fetch_folder(name: str, url: str, sha256: str | None) -> Path:
    """The path of the folder `name` in the tar file at `url`; errors as in `fetch`."""
    folder = cache_folder() / "datasets" / f"{name}_extracted"
    if not folder.is_dir():
        unpack(fetch(f"{name}.tar.gz", url, sha256), folder)
    return folder / name


def split(
    x: np.ndarray, y: np.ndarray, test_split: float, seed: int, owner: str
) -> ArraySplit:
    """Shuffle as Keras does, and hold out the last rows for testing."""
    check.number(owner, "test_split", test_split, 0, 1, example=0.2)
    order = np.arange(len(x))
    np.random.RandomState(seed).shuffle(order)
    x, y = x[order], y[order]
    cut = int(len(x) * (1 - test_split))
    return (x[:cut], y[:cut]), (x[cut:], y[cut:])
