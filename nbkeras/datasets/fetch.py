"""Data sets from the web: the cache, Keras's own cache, then the download."""

from nbkeras.core import check
from nbkeras.utils.cache import cache_folder, keras_folders
from nbkeras.utils.download import _matches, get_file

KERAS_FILES = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"


def cached(name, sha256):
    """Path of a file that is here already, in our cache or in Keras's, or None."""
    for home in (cache_folder(), *keras_folders()):
        path = home / "datasets" / name
        if path.is_file() and (sha256 is None or _matches(path, sha256, "sha256")):
            return str(path)
    return None


def fetch(name, address, sha256, extract=False):
    """Path of the file `name`; downloaded from `address` if it is nowhere here.

    Raises:
        OSError: it is not here and cannot be downloaded; says where to put it.
    """
    found = None if extract else cached(name, sha256)
    if found:
        return found
    try:
        return get_file(name, address, file_hash=sha256, extract=extract)
    except OSError as error:
        raise OSError(
            f"{address} cannot be downloaded ({error}). Download it elsewhere and put "
            f"it at {cache_folder() / 'datasets' / name}."
        ) from None


def split(x, y, test_split, seed, owner):
    """Shuffle by `seed` as Keras does, and cut off the last part for testing."""
    import numpy as np

    check.number(owner, "test_split", test_split, 0, 1, example=0.2)
    order = np.arange(len(x))
    np.random.RandomState(seed).shuffle(order)
    x, y = x[order], y[order]
    cut = int(len(x) * (1 - test_split))
    return (x[:cut], y[:cut]), (x[cut:], y[cut:])
