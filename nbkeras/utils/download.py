"""get_file: download to the cache, verify the hash, extract safely.

pooch (1.9) is not used: its downloader has no size limit, follows a redirect from https
to http, and shows progress only if tqdm is installed. With a custom downloader, only
ten lines of it would be used (a temporary file, a hash), for an import of 0.36 s.
"""

import hashlib
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Literal

from nbkeras.core.annotations import PathLike
from nbkeras.saving.files import written
from nbkeras.utils import archives
from nbkeras.utils.cache_folder import cache_folder
from nbkeras.utils.progbar import Progbar

CONNECT_TIMEOUT_S = 5.0
SIZE_LIMIT = 4 * 2**30
CHUNK = 2**20
PROGRESS_BYTES = 5 * 2**20  # larger downloads show a progress bar


def get_file(
    fname: str | None = None,
    origin: str | None = None,
    untar: bool = False,
    md5_hash: str | None = None,
    file_hash: str | None = None,
    cache_subdir: str = "datasets",
    hash_algorithm: Literal["auto", "sha256", "md5"] = "auto",
    extract: bool = False,
    archive_format: str | None = "auto",
    cache_dir: PathLike | None = None,
    force_download: bool = False,
) -> str:
    """Download a file to the cache, unless it is there already.

    Args:
        fname: name of the file in the cache; None is the last part of the URL.
        origin: the URL: https, or http on this machine.
        untar: legacy name of `extract`.
        md5_hash: legacy name of `file_hash`.
        file_hash: the sha256 (or md5) that the file must have.
        cache_subdir: subfolder of the cache.
        hash_algorithm: "sha256", "md5", or "auto" by the length of `file_hash`.
        extract: whether to unpack a zip or tar file. As in Keras 2, its contents are
            also linked next to the folder.
        archive_format: accepted for compatibility; the format is detected.
        cache_dir: the cache folder; None is `~/.cache/nbkeras` or $NBKERAS_HOME.
        force_download: whether to download the file again.

    Returns:
        The path of the file; with `extract`, the folder of its contents.

    Raises:
        ValueError: the URL or the name is unsafe, or the hash differs.
        OSError: the download failed; no partial file remains.
    """
    if not origin:
        raise ValueError(
            "get_file needs the URL of the file. Write for example "
            'get_file("data.zip", origin="https://example.org/data.zip").'
        )
    file_hash = file_hash or md5_hash
    extract = extract or untar
    name = _safe_name(fname or Path(urllib.parse.urlparse(origin).path).name)
    folder = Path(cache_dir or cache_folder()).expanduser() / cache_subdir
    file_path = folder / (f"{name}.archive" if extract and "." not in name else name)
    extracted = folder / (name if file_path.name != name else f"{name}_extracted")
    if not (extract and extracted.is_dir() and not force_download):
        is_cached = file_path.is_file() and not force_download
        if not is_cached or (
            file_hash and not matches(file_path, file_hash, hash_algorithm)
        ):
            _download(origin, file_path, file_hash, hash_algorithm)
        if extract:
            archives.unpack(file_path, extracted)
    return str(_inside(extracted) if extract else file_path)


def _inside(extracted):
    """The extracted folder, or its only entry if that is a folder of the same name."""
    inner = extracted / extracted.name
    if [entry.name for entry in extracted.iterdir()] == [inner.name] and inner.is_dir():
        return inner
    archives.link_beside(extracted)
    return extracted


def _safe_name(name):
    file_name = Path(str(name)).name
    if file_name != str(name) or file_name in ("", ".", ".."):
        raise ValueError(
            f"get_file(fname={name!r}): the name must be a plain file name without "
            'folders. Write for example fname="data.zip".'
        )
    return file_name


def _download(origin, target, file_hash, algorithm):
    _refuse_open(origin)
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = _digest(file_hash, algorithm)
    with (
        _opener.open(origin, timeout=CONNECT_TIMEOUT_S) as source,
        written(target) as file,
    ):
        expected = source.headers.get("Content-Length")
        size = _copy(source, file, digest, origin, int(expected or 0))
        if expected is not None and size != int(expected):
            raise OSError(f"{origin}: only {size:,} of {expected} bytes were received.")
        if digest and digest.hexdigest() != file_hash:
            raise ValueError(
                f"{origin} has the {digest.name} hash {digest.hexdigest()}, but "
                f"{file_hash} is expected. It is damaged or another file; it was "
                "deleted."
            )


def _copy(source, file, digest, origin, expected):
    """Copy `source` to `file` with a progress bar; returns the size."""
    size, bar = 0, None
    if expected > PROGRESS_BYTES:
        print(f"Downloading {origin}")
        bar = Progbar(-(-expected // CHUNK), unit_name="MB")
    while chunk := source.read(CHUNK):
        size += len(chunk)
        if size > SIZE_LIMIT:
            raise OSError(f"{origin} is larger than {SIZE_LIMIT:,} bytes.")
        file.write(chunk)
        if digest:
            digest.update(chunk)
        if bar:
            bar.update(-(-size // CHUNK))
    return size


def _refuse_open(url):
    """Raise for URLs whose download could be altered on the way."""
    parts = urllib.parse.urlparse(url)
    is_local = parts.hostname in ("127.0.0.1", "localhost", "::1")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_local):
        raise ValueError(
            f"get_file(origin={url!r}): only https URLs are downloaded. Write "
            "the URL with https://."
        )


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects to https only."""

    def redirect_request(self, req, fp, code, msg, headers, newurl):
        _refuse_open(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


_opener = urllib.request.build_opener(_Redirects)


def _digest(file_hash, algorithm):
    if not file_hash:
        return None
    if algorithm == "auto":
        algorithm = "md5" if len(file_hash) == 32 else "sha256"
    return hashlib.new(algorithm)


def matches(path: Path, file_hash: str, algorithm: str = "auto") -> bool:
    """Whether the file has this hash."""
    digest = _digest(file_hash, algorithm)
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest() == file_hash
