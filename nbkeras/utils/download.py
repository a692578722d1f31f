"""get_file: download once, check, keep; and unpack without leaving the folder."""

import hashlib
import shutil
import tarfile
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from pathlib import Path

from nbkeras.saving.files import written
from nbkeras.utils.cache import cache_folder

CONNECT_TIMEOUT_S = 5.0
SIZE_LIMIT = 4 * 2**30
CHUNK = 2**20


def get_file(
    fname=None,
    origin=None,
    untar=False,
    md5_hash=None,
    file_hash=None,
    cache_subdir="datasets",
    hash_algorithm="auto",
    extract=False,
    archive_format="auto",
    cache_dir=None,
    force_download=False,
):
    """The path of a file from the web, downloaded if it is not here yet.

    Args:
        fname: name in the cache; the last part of the address if not given.
        origin: address; https, or http on this machine.
        untar: old spelling of `extract`.
        md5_hash: old spelling of `file_hash`.
        file_hash: sha256 (or md5) that the file must have.
        cache_subdir: folder in the cache.
        hash_algorithm: "sha256", "md5" or "auto", by the length of `file_hash`.
        extract: unpack a zip or tar beside the file, and return that folder.
        archive_format: accepted as in Keras; the content decides.
        cache_dir: the cache; `nbkeras.utils.cache.cache_folder()` if not given.
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
    if not fname:
        name = name.split("?")[0]
    folder = Path(cache_dir or cache_folder()) / cache_subdir
    packed = folder / (f"{name}.archive" if extract and "." not in name else name)
    unpacked = folder / (name if packed.name != name else f"{name}_extracted")
    if extract and unpacked.is_dir() and not force_download:
        return str(unpacked)
    ready = packed.is_file() and not force_download
    if not ready or (file_hash and not _matches(packed, file_hash, hash_algorithm)):
        _download(origin, packed, file_hash, hash_algorithm)
    if not extract:
        return str(packed)
    _extract(packed, unpacked)
    return str(unpacked)


def _safe_name(name):
    plain = Path(str(name)).name
    if plain != str(name) or plain in ("", ".", ".."):
        raise ValueError(
            f"get_file(fname={name!r}): the name must be a plain file name without "
            'folders. Write for example fname="data.zip".'
        )
    return plain


def _download(origin, target, file_hash, algorithm):
    parts = urllib.parse.urlparse(origin)
    here = parts.hostname in ("127.0.0.1", "localhost", "::1")
    if parts.scheme != "https" and not (parts.scheme == "http" and here):
        raise ValueError(
            f"get_file(origin={origin!r}): only https addresses are downloaded. Write "
            "the address with https://."
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = _digest(file_hash, algorithm)
    with (
        urllib.request.urlopen(origin, timeout=CONNECT_TIMEOUT_S) as source,
        written(target) as file,
    ):
        size = 0
        while chunk := source.read(CHUNK):
            size += len(chunk)
            if size > SIZE_LIMIT:
                raise OSError(f"{origin} is larger than {SIZE_LIMIT:,} bytes.")
            file.write(chunk)
            if digest:
                digest.update(chunk)
        expected = source.headers.get("Content-Length")
        if expected is not None and size != int(expected):
            raise OSError(f"{origin}: only {size:,} of {expected} bytes came.")
        if digest and digest.hexdigest() != file_hash:
            raise ValueError(
                f"{origin} has the {digest.name} sum {digest.hexdigest()}, and "
                f"{file_hash} was wanted. It is damaged or another file; nothing was "
                "kept."
            )


def _digest(file_hash, algorithm):
    if not file_hash:
        return None
    if algorithm == "auto":
        algorithm = "md5" if len(file_hash) == 32 else "sha256"
    return hashlib.new(algorithm)


def _matches(path, file_hash, algorithm):
    digest = _digest(file_hash, algorithm)
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest() == file_hash


def _extract(packed, unpacked):
    """Unpack to a folder that appears only when it is complete."""
    part = unpacked.with_name(unpacked.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        if zipfile.is_zipfile(packed):
            _unzip(packed, part)
        elif tarfile.is_tarfile(packed):
            with tarfile.open(packed) as archive:
                _refuse_large(sum(m.size for m in archive.getmembers()), packed)
                archive.extractall(part, filter="data")
        else:
            raise ValueError(f"{packed} is neither a zip nor a tar file.")
        shutil.rmtree(unpacked, ignore_errors=True)
        part.replace(unpacked)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


def _unzip(packed, folder):
    with zipfile.ZipFile(packed) as archive:
        _refuse_large(sum(i.file_size for i in archive.infolist()), packed)
        for info in archive.infolist():
            target = (folder / info.filename).resolve()
            if not target.is_relative_to(folder.resolve()):
                raise ValueError(
                    f"{packed}: {info.filename!r} would be written outside of the "
                    "folder. Nothing was unpacked."
                )
        archive.extractall(folder)


def _refuse_large(size, packed):
    if size > SIZE_LIMIT:
        raise ValueError(f"{packed} would unpack to {size:,} bytes; it is refused.")


OFFLINE = (urllib.error.URLError, TimeoutError, OSError)
