"""Common code of CIFAR-10 and CIFAR-100: safe reading of their pickles."""

import io
import pickle
from pathlib import Path

import numpy as np

from nbkeras.core import settings
from nbkeras.core.annotations import PathLike
from nbkeras.core.names.display_name import display_path

# The globals in the published pickles; the rest is dicts, lists, strings and numbers.
ALLOWED = {
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("_codecs", "encode"),
}


class ArraysUnpickler(pickle.Unpickler):
    """An unpickler that only loads the names in ALLOWED, so that no code can run."""

    def find_class(self, module: str, name: str) -> object:
        """The object of an allowed name; raises for other names."""
        if (module, name) not in ALLOWED:
            raise pickle.UnpicklingError(f"{module}.{name} is not allowed here")
        return super().find_class(module, name)


def read_batch(path: PathLike, label_key: str) -> tuple[np.ndarray, np.ndarray]:
    """(images uint8 (n, 3, 32, 32), labels uint8 (n,)) of one file.

    Raises:
        ValueError: the file is damaged or not a CIFAR batch.
    """
    try:
        data = ArraysUnpickler(
            io.BytesIO(Path(path).read_bytes()), encoding="bytes"
        ).load()
        images = np.asarray(data[b"data"], np.uint8).reshape(-1, 3, 32, 32)
        labels = np.asarray(data[label_key.encode()], np.uint8)
        if labels.shape != images.shape[:1]:
            raise ValueError(f"{len(images)} images and labels {labels.shape}")
    except Exception as error:  # a damaged pickle raises almost anything
        raise ValueError(
            f"{display_path(path)} is not a CIFAR batch ({type(error).__name__}: "
            f"{error}). Delete its folder to download it again."
        ) from None
    return images, labels


def arranged(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Images in the global data format, and labels as (n, 1)."""
    if settings.image_data_format() == "channels_last":
        x = x.transpose(0, 2, 3, 1)
    return np.ascontiguousarray(x), y.reshape(-1, 1)
