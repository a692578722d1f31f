"""Cache of decoded images in memory, with one budget for the whole process."""

import os
import threading
import weakref
from collections.abc import Callable

import numpy as np

from nbkeras.core import settings

_lock = threading.Lock()
_caches = weakref.WeakSet()


class DecodedImageCache:
    """The decoded images of a data set, cached for its next pass.

    While the budget of `config.set_picture_cache` lasts, the first come stay: a pass
    goes through all files in turn, so dropping the oldest would keep none that helps.
    A file that has changed since is read again.

    Attributes:
        nbytes: bytes of the images in this cache.
    """

    def __init__(self):
        self._images, self.nbytes = {}, 0
        with _lock:
            _caches.add(self)

    def get(self, path: str, read: Callable[[], np.ndarray]) -> np.ndarray:
        """`read()` for the file at `path`, or what it returned before.

        Args:
            path: name of the file.
            read: function without arguments that returns an array; on several threads.

        Returns:
            An array that is not writable.
        """
        try:
            status = os.stat(path)  # noqa: PTH116 - a Path takes twice the time
        except OSError:
            return read()  # which explains what is wrong
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
