"""In-memory cache of decoded images, with one budget for the whole process."""

import os
import threading
import weakref
from collections.abc import Callable

import numpy as np

from nbkeras.core import settings

_lock = threading.Lock()
_caches = weakref.WeakSet()


class DecodedImageCache:
    """The decoded images of a dataset, cached for the next epoch.

    Images are added until the budget of `config.set_picture_cache` is used, and never
    evicted: an epoch reads all files in turn, so that evicting the oldest image would
    always evict one before its next use. A file that has changed is read again.

    Attributes:
        nbytes: size of the cached images in bytes.
    """

    def __init__(self):
        self._images, self.nbytes = {}, 0
        with _lock:
            _caches.add(self)

    def get(self, path: str, read: Callable[[], np.ndarray]) -> np.ndarray:
        """The cached image of the file at `path`, or `read()`.

        Args:
            path: path of the file.
            read: () -> the image as an array; may be called on several threads.

        Returns:
            A read-only array.
        """
        try:
            status = os.stat(path)  # noqa: PTH116 - a Path takes twice the time
        except OSError:
            return read()  # raises an error that describes the problem
        stamp = status.st_mtime_ns, status.st_size
        cached = self._images.get(path)
        if cached and cached[0] == stamp:
            return cached[1]
        image = read()
        image.setflags(write=False)
        self._store(path, stamp, image)
        return image

    def _store(self, path, stamp, image):
        with _lock:
            old = self._images.pop(path, None)
            self.nbytes -= old[1].nbytes if old else 0
            budget = settings.picture_cache() * 2**20
            if sum(cache.nbytes for cache in _caches) + image.nbytes <= budget:
                self._images[path] = stamp, image
                self.nbytes += image.nbytes
