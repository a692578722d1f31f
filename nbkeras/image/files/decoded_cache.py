"""Decoded pictures kept in memory, within one budget for the whole process."""

import os
import threading
import weakref

from nbkeras.core import settings

_lock = threading.Lock()
_alive = weakref.WeakSet()


class Kept:
    """What was read from files, for the next pass; freed with this object.

    While the budget of `config.set_picture_cache` lasts, the first come stay: a pass
    goes through all files in turn, so dropping the oldest would keep none that helps.
    A file that has changed since is read again.

    Attributes:
        nbytes: bytes of the pictures that are kept.
    """

    def __init__(self):
        self._held, self.nbytes = {}, 0
        with _lock:
            _alive.add(self)

    def get(self, path, read):
        """`read()` for the file at `path`, or what it returned before.

        Args:
            path: name of the file.
            read: function without arguments that returns an array; on several threads.

        Returns:
            An array that is not writable.
        """
        try:
            found = os.stat(path)  # noqa: PTH116 - a Path takes twice the time
        except OSError:
            return read()  # which explains what is wrong
        stamp = found.st_mtime_ns, found.st_size
        held = self._held.get(path)
        if held and held[0] == stamp:
            return held[1]
        picture = read()
        picture.setflags(write=False)
        self._keep(path, stamp, picture)
        return picture

    def _keep(self, path, stamp, picture):
        with _lock:
            old = self._held.pop(path, None)
            self.nbytes -= old[1].nbytes if old else 0
            budget = settings.picture_cache() * 2**20
            if sum(each.nbytes for each in _alive) + picture.nbytes <= budget:
                self._held[path] = stamp, picture
                self.nbytes += picture.nbytes
