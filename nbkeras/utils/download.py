"""get_file: download to the cache, verify the hash, extract safely.

Not done by pooch (1.9 was tried): its downloader has no limit on the size, follows a
redirect from https to http, and shows progress only where tqdm is installed. With a
downloader of our own in its place, what is left of it (a temporary file, a hash) is ten
lines here, and it costs 0.36 s to import with requests. Neither resumes a download.
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
SHOWN = 5 * 2**20  # a download of more bytes than this shows how far it is


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
    """The path of a file from the web, downloaded if it is not here yet.

    Args:
        fname: name in the cache; the last part of the address if not given.
        origin: address; https, or http on this machine.
        untar: old spelling of `extract`.
        md5_hash: old spelling of `file_hash`.
        file_hash: sha256 (or md5) that the file must have.
        cache_subdir: folder in the cache.
        hash_algorithm: "sha256", "md5" or "auto", by the length of `file_hash`.
        extract: unpack a zip or tar, and return the folder with what was in it. Its
            parts are also found beside that folder, as with Keras 2.
        archive_format: accepted as in Keras; the content decides.
        cache_dir: the cache; `nbkeras.utils.cache_folder.cache_folder()` if not given.
        force_download: download again.

    Raises:
        ValueError: an unsafe address or name, or another hash than wanted.
        OSError: the download failed; nothing is left behind.
    """
    if not origin:
        raise ValueError(
            "get_file needs the address of the file. Write for example "
            'get_file("data.zip", origin="https://example.org/data.zip").'
        )
    file_hash = file_hash or md5_hash
    extract = extract or untar
    name = _safe_name(fname or Path(urllib.parse.urlparse(origin).path).name)
    folder = Path(cache_dir or cache_folder()).expanduser() / cache_subdir
    packed = folder / (f"{name}.archive" if extract and "." not in name else name)
    unpacked = folder / (name if packed.name != name else f"{name}_extracted")
    if not (extract and unpacked.is_dir() and not force_download):
        ready = packed.is_file() and not force_download
        if not ready or (file_hash and not matches(packed, file_hash, hash_algorithm)):
            _download(origin, packed, file_hash, hash_algorithm)
        if extract:
            archives.unpack(packed, unpacked)
    return str(_inside(unpacked) if extract else packed)


def _inside(unpacked):
    """The unpacked folder; of an archive that holds one folder of its name, that."""
    inner = unpacked / unpacked.name
    if [entry.name for entry in unpacked.iterdir()] == [inner.name] and inner.is_dir():
        return inner
    archives.link_beside(unpacked)
    return unpacked


def _safe_name(name):
    plain = Path(str(name)).name
    if plain != str(name) or plain in ("", ".", ".."):
        raise ValueError(
            f"get_file(fname={name!r}): the name must be a plain file name without "
            'folders. Write for example fname="data.zip".'
        )
    return plain


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
            raise OSError(f"{origin}: only {size:,} of {expected} bytes came.")
        if digest and digest.hexdigest() != file_hash:
            raise ValueError(
                f"{origin} has the {digest.name} sum {digest.hexdigest()}, and "
                f"{file_hash} was wanted. It is damaged or another file; nothing was "
                "kept."
            )


def _copy(source, file, digest, origin, expected):
    """Write all of `source`; returns its size."""
    size, bar = 0, None
    if expected > SHOWN:
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


def _refuse_open(address):
    """Raise unless nobody on the way could change what is downloaded."""
    parts = urllib.parse.urlparse(address)
    here = parts.hostname in ("127.0.0.1", "localhost", "::1")
    if parts.scheme != "https" and not (parts.scheme == "http" and here):
        raise ValueError(
            f"get_file(origin={address!r}): only https addresses are downloaded. Write "
            "the address with https://."
        )


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows to https only."""

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
    """Whether the file has this sum."""
    digest = _digest(file_hash, algorithm)
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest() == file_hash
