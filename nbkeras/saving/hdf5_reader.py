"""Read untrusted HDF5 files: numeric data sets and short strings only.

Links to other files or places, data kept elsewhere, packed bombs and objects are all
refused, and a shape is compared with what is wanted before memory is taken for it.
"""

import contextlib
import io
import json
import math
import re
import zlib

import numpy as np

from nbkeras.core.names.display_name import quoted
from nbkeras.saving import limits

_FILTERS = {1, 2, 3}  # gzip, shuffle, fletcher32: part of HDF5 itself, no plug-ins
_GZIP, _FLETCHER_BYTES = 1, 4
SUM = "checksum"
# In files written before the sum covered dtype and shape.
_PLAIN_SUM = "crc32"


class FileProblem(ValueError):
    """A problem with a file, described for its owner."""


@contextlib.contextmanager
def opened(source, path):
    """A `Reader` of an HDF5 file, given as bytes or as an open binary file."""
    import h5py

    source = io.BytesIO(source) if isinstance(source, bytes) else source
    try:
        file = h5py.File(source, "r")
    except Exception as error:
        raise FileProblem(f"{path} {_damage(error)}") from None
    with file:
        try:
            yield Reader(file, path)
        except (FileProblem, limits.TooLarge):
            raise
        except MemoryError:
            raise FileProblem(f"{path} needs more memory than is available.") from None
        except Exception as error:
            raise FileProblem(f"{path} {_damage(error)}") from None


def _damage(error):
    sizes = re.search(r"eof = (\d+).*stored_eof = (\d+)", str(error))
    if sizes:
        return (
            f"is incomplete: {int(sizes[1]):,} of {int(sizes[2]):,} bytes are present. "
            "Save or download it again."
        )
    return (
        f"is damaged or not a weights file: HDF5 cannot read it ({error}). Save or "
        "download it again."
    )


class Reader:
    """Safe access to one open HDF5 file; messages name `path`."""

    def __init__(self, file, path):
        self._file, self._path = file, path

    def node(self, place):
        """The group or data set at `place`, by hard links only; None if none."""
        import h5py

        node = self._file
        for part in filter(None, place.split("/")):
            if not isinstance(node, h5py.Group):
                return None
            if not node.id.links.exists(part.encode()):
                return None
            self._refuse_link(node, part, place)
            node = node[part]
        return node

    def has(self, place):
        """Whether there is a group or data set at `place`."""
        return self.node(place) is not None

    def is_array(self, group, name, place):
        """Whether a member of an open group is a data set; else it is a group."""
        import h5py

        self._refuse_link(group, name, place)
        kind = h5py.h5o.get_info(group.id, name.encode()).type
        if kind not in (h5py.h5o.TYPE_DATASET, h5py.h5o.TYPE_GROUP):
            self._refuse(place, "is neither a group nor a data set")
        return kind == h5py.h5o.TYPE_DATASET

    def _refuse_link(self, group, name, place):
        """Refuse links before they are followed, as they could open another file."""
        import h5py

        if group.id.links.get_info(name.encode()).type != h5py.h5l.TYPE_HARD:
            self._refuse(place, "is a link to another place")

    def count(self, place):
        """How many members the group at `place` has; 0 if there is none."""
        node = self.node(place)
        return len(node) if hasattr(node, "keys") else 0

    def arrays(self, place):
        """The names of the members of the group at `place`, in order."""
        node = self.node(place)
        return sorted(node) if hasattr(node, "keys") else []

    def groups(self, top):
        """Places of all groups under `top` that hold data sets, `top` in front."""
        import h5py

        places, entered, seen = [], set(), 0
        group = self.node(top)
        waiting = [(top, group, None)] if isinstance(group, h5py.Group) else []
        while waiting:
            place, group, name = waiting.pop()
            group = group if name is None else group[name]
            address = h5py.h5o.get_info(group.id).addr
            if address in entered:
                self._refuse(place, "contains itself")
            if place.count("/") > limits.DEPTH:
                self._refuse(place, "lies too deep")
            entered.add(address)
            holds = False
            for name in group:
                seen += 1
                if seen > limits.NODES:
                    raise FileProblem(
                        f"{self._path} has more than {limits.NODES:,} parts: no model "
                        "has as many. Nothing was loaded."
                    )
                inner = f"{place}/{name}"
                if self.is_array(group, name, inner):
                    holds = True
                else:
                    waiting.append((inner, group, name))
            if holds:
                places.append(place)
        return places

    def array(self, place, shape, dtype):
        """(problem, None), or (None, the array at `place` in `dtype`).

        `dtype` None leaves the array in that of the file.
        """
        import h5py

        node = self.node(place)
        if node is None:
            return "missing in the file", None
        if not isinstance(node, h5py.Dataset):
            return "a group in the file", None
        here = node.dtype
        marked = node.attrs.get("dtype") == "bfloat16" or dtype == "bfloat16"
        if here != np.dtype("V2") and here.kind not in "fiub":
            return f"of type {here} in the file", None
        if here == np.dtype("V2") and not marked:
            return f"of type {here} in the file", None
        if tuple(node.shape or ()) != tuple(shape) or node.shape is None:
            return f"{tuple(node.shape or ())} in the file", None
        self._refuse_unplain(node, place)
        array = np.asarray(node[()])
        self._refuse_changed(node.attrs, SUM, checksum(array), place)
        self._refuse_changed(node.attrs, _PLAIN_SUM, _plain_checksum(array), place)
        if here.kind == "V":
            array = array.view(_bfloat16())
        return _converted(array, dtype)

    def shape(self, place):
        """The shape of the data set at `place`; None if there is none."""
        sizes = getattr(self.node(place), "shape", None)
        return None if sizes is None else tuple(sizes)

    def text(self, place, name):
        """A text attribute of the object at `place`, or of an open one; or None."""
        value = self._attribute(place, name)
        if isinstance(value, bytes):
            value = value.decode("utf-8")
        return value if isinstance(value, str) else None

    def texts(self, place, name):
        """A list of texts; a long one may be cut into attributes name0, name1, ..."""
        values = self._attribute(place, name)
        if values is None:
            parts, number = [], 0
            while (part := self._attribute(place, f"{name}{number}")) is not None:
                parts.extend(np.ravel(part))
                number += 1
            values = parts
        return [
            text.decode("utf-8") if isinstance(text, bytes) else str(text)
            for text in np.ravel(values)
        ]

    def refuse_changed_texts(self, read_texts):
        """Raise unless what `read_texts()` gives has the file's sum, if it has one."""
        if SUM in self._file.attrs:
            present = text_checksum(read_texts())
            self._refuse_changed(self._file.attrs, SUM, present, "the texts")

    def _refuse_changed(self, attributes, name, present, what):
        wanted = attributes.get(name)
        if wanted is not None and not np.array_equal(wanted, present):
            raise FileProblem(
                f"{self._path} is damaged: {quoted(what)} has changed since it was "
                "written. Save or download it again."
            )

    def _attribute(self, place, name):
        node = self.node(place) if isinstance(place, str) else place
        if node is None or name not in node.attrs:
            return None
        kind = node.attrs.get_id(name).dtype
        if kind.kind not in "SUO" and kind != np.dtype("float64"):
            return None
        return node.attrs[name]

    def _refuse_unplain(self, node, place):
        if node.external or node.is_virtual:
            self._refuse(place, "points to other files")
        plan = node.id.get_create_plist()
        filters = [plan.get_filter(i)[0] for i in range(plan.get_nfilters())]
        if set(filters) - _FILTERS or len(set(filters)) < len(filters):
            self._refuse(place, "uses an unknown compression")
        limits.refuse_if_packed(
            self._path, quoted(place), node.nbytes, node.id.get_storage_size()
        )
        if node.chunks is not None:
            chunk = math.prod(node.chunks) * node.dtype.itemsize
            limits.refuse_if_chunks_large(self._path, quoted(place), chunk, node.nbytes)
            if _GZIP in filters:
                self._refuse_bombs(node, place, chunk)

    def _refuse_bombs(self, node, place, size):
        """Refuse gzip streams that unpack to more than a chunk of `size` bytes.

        HDF5 unpacks a stream to its end, whatever size the chunk should have.
        """
        for number in range(node.id.get_num_chunks()):
            offset = node.id.get_chunk_info(number).chunk_offset
            _, packed = node.id.read_direct_chunk(offset)
            stream = zlib.decompressobj()
            left = len(stream.decompress(packed, size + _FLETCHER_BYTES))
            if not stream.eof and stream.decompress(stream.unconsumed_tail, 1):
                left += 1
            if left > size + _FLETCHER_BYTES:
                self._refuse(place, "unpacks to more than its declared size")

    def _refuse(self, place, what):
        raise FileProblem(
            f"{self._path}: {quoted(place)} {what}; only plain data is read. Nothing "
            "was loaded."
        )


def checksum(array):
    """CRC-32 of an array's dtype, shape and bytes."""
    dtype = array.dtype.str if array.dtype.kind in "fiub" else "V2"
    begun = zlib.crc32(f"{dtype} {array.shape}".encode())
    return np.uint32(zlib.crc32(np.ascontiguousarray(array).tobytes(), begun))


def text_checksum(texts):
    """CRC-32 of texts, and lists and dicts of them."""
    return np.uint32(zlib.crc32(json.dumps(texts).encode()))


def _plain_checksum(array):
    return np.uint32(zlib.crc32(np.ascontiguousarray(array).tobytes()))


def _bfloat16():
    import ml_dtypes

    return np.dtype(ml_dtypes.bfloat16)


def _converted(array, dtype):
    """The array in `dtype`, or why it cannot be had in it; None leaves it as it is."""
    if dtype is None:
        return None, array
    dtype = _bfloat16() if dtype == "bfloat16" else np.dtype(dtype)
    if array.dtype == dtype:
        return None, array
    with np.errstate(over="ignore", invalid="ignore"):
        converted = array.astype(dtype)
    before, after = _finite(array), _finite(converted)
    if dtype.kind in "iub" and not np.array_equal(converted.astype(array.dtype), array):
        return f"not integers of {dtype} in the file", None
    if np.any(before & ~after):
        return f"out of the range of {dtype} in the file", None
    return None, converted


def _finite(array):
    if array.dtype.kind in "iub":
        return np.ones(array.shape, bool)
    return np.isfinite(array.astype("float32") if array.dtype.kind == "V" else array)
