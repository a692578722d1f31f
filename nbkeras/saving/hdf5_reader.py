"""Read untrusted HDF5 files: numeric datasets and short strings only.

Links, external data, decompression bombs and objects are rejected, and a shape is
compared with the expected one before memory is allocated for it.
"""

import contextlib
import io
import math
import re
import zlib

import numpy as np

from nbkeras.core.names.display_name import display_path, quoted
from nbkeras.saving import limits
from nbkeras.saving.checksums import checksum, plain_checksum, text_checksum

_FILTERS = {1, 2, 3}  # gzip, shuffle, fletcher32: built into HDF5, not plug-ins
_GZIP, _FLETCHER_BYTES = 1, 4
SUM = "checksum"
# In files written before the checksum covered dtype and shape.
_PLAIN_SUM = "crc32"


class FileProblem(ValueError):
    """A file cannot be read; the message tells the user why."""


@contextlib.contextmanager
def opened(source, path):
    """A context that yields a `Reader` of an HDF5 file.

    Args:
        source: the file as bytes, or an open binary file.
        path: path of the file, for messages.

    Raises:
        FileProblem: the file is damaged or not an HDF5 file.
    """
    import h5py

    source = io.BytesIO(source) if isinstance(source, bytes) else source
    try:
        file = h5py.File(source, "r")
    except Exception as error:
        raise FileProblem(f"{display_path(path)} {_damage(error)}") from None
    with file:
        try:
            yield Reader(file, path)
        except (FileProblem, limits.TooLarge):
            raise
        except MemoryError:
            raise FileProblem(
                f"{display_path(path)} needs more memory than is available."
            ) from None
        except Exception as error:
            raise FileProblem(f"{display_path(path)} {_damage(error)}") from None


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
        self._file, self.path = file, path

    def node(self, path):
        """The group or dataset at `path`, by hard links only; None if there is none."""
        import h5py

        node = self._file
        for part in filter(None, path.split("/")):
            if not isinstance(node, h5py.Group):
                return None
            if not node.id.links.exists(part.encode()):
                return None
            self._refuse_link(node, part, path)
            node = node[part]
        return node

    def has(self, path):
        """Whether there is a group or data set at `path`."""
        return self.node(path) is not None

    def is_array(self, group, name, path):
        """Whether the member `name` of an open group is a dataset; otherwise a group.

        Raises:
            FileProblem: the member is a link or of another kind.
        """
        import h5py

        self._refuse_link(group, name, path)
        kind = h5py.h5o.get_info(group.id, name.encode()).type
        if kind not in (h5py.h5o.TYPE_DATASET, h5py.h5o.TYPE_GROUP):
            self._refuse(path, "is neither a group nor a dataset")
        return kind == h5py.h5o.TYPE_DATASET

    def _refuse_link(self, group, name, path):
        """Raise for a link before it is followed: it could open another file."""
        import h5py

        if group.id.links.get_info(name.encode()).type != h5py.h5l.TYPE_HARD:
            self._refuse(path, "is a link to another object")

    def count(self, path):
        """The number of members of the group at `path`; 0 if there is no group."""
        node = self.node(path)
        return len(node) if hasattr(node, "keys") else 0

    def arrays(self, path):
        """The sorted names of the members of the group at `path`."""
        node = self.node(path)
        return sorted(node) if hasattr(node, "keys") else []

    def groups(self, top):
        """Paths of all groups from `top` downwards that contain datasets."""
        import h5py

        paths, visited, num_nodes = [], set(), 0
        group = self.node(top)
        stack = [(top, group, None)] if isinstance(group, h5py.Group) else []
        while stack:
            path, group, name = stack.pop()
            group = group if name is None else group[name]
            address = h5py.h5o.get_info(group.id).addr
            if address in visited:
                self._refuse(path, "contains itself")
            if path.count("/") > limits.DEPTH:
                self._refuse(path, "is nested too deeply")
            visited.add(address)
            # Counted before any of them is visited: a visit takes 0.1 ms.
            num_nodes += len(group)
            if num_nodes > limits.NODES:
                raise FileProblem(
                    f"{display_path(self.path)} has more than {limits.NODES:,} groups "
                    "and datasets, more than any model has. Nothing was loaded."
                )
            has_arrays = False
            for name in group:
                inner = f"{path}/{name}"
                if self.is_array(group, name, inner):
                    has_arrays = True
                else:
                    stack.append((inner, group, name))
            if has_arrays:
                paths.append(path)
        return paths

    def array(self, path, shape, dtype):
        """The array at `path`.

        Args:
            path: path of the dataset in the file.
            shape: the shape that it must have.
            dtype: dtype of the result; None keeps that of the file.

        Returns:
            (None, array), or (description of the problem, None).

        Raises:
            FileProblem: the dataset is damaged or not plain data.
        """
        import h5py

        node = self.node(path)
        if node is None:
            return "missing in the file", None
        if not isinstance(node, h5py.Dataset):
            return "a group in the file", None
        stored = node.dtype
        is_bfloat16 = node.attrs.get("dtype") == "bfloat16" or dtype == "bfloat16"
        if stored != np.dtype("V2") and stored.kind not in "fiub":
            return f"of type {stored} in the file", None
        if stored == np.dtype("V2") and not is_bfloat16:
            return f"of type {stored} in the file", None
        if tuple(node.shape or ()) != tuple(shape) or node.shape is None:
            return f"{tuple(node.shape or ())} in the file", None
        self._refuse_unplain(node, path)
        array = np.asarray(node[()])
        self._refuse_changed(node.attrs, SUM, checksum(array), path)
        self._refuse_changed(node.attrs, _PLAIN_SUM, plain_checksum(array), path)
        if stored.kind == "V":
            array = array.view(_bfloat16())
        return _converted(array, dtype)

    def shape(self, path):
        """The shape of the dataset at `path`; None if there is none."""
        sizes = getattr(self.node(path), "shape", None)
        return None if sizes is None else tuple(sizes)

    def text(self, path, name):
        """A string attribute of an object, given by path or open, or None."""
        value = self._attribute(path, name)
        if isinstance(value, bytes):
            value = value.decode("utf-8")
        return value if isinstance(value, str) else None

    def texts(self, path, name):
        """A list of strings; Keras splits a long one into attributes name0, name1..."""
        values = self._attribute(path, name)
        if values is None:
            parts, number = [], 0
            while (part := self._attribute(path, f"{name}{number}")) is not None:
                parts.extend(np.ravel(part))
                number += 1
            values = parts
        return [
            text.decode("utf-8") if isinstance(text, bytes) else str(text)
            for text in np.ravel(values)
        ]

    def refuse_changed_texts(self, read_texts):
        """Raise if `read_texts()` does not match the checksum in the file."""
        if SUM in self._file.attrs:
            actual = text_checksum(read_texts())
            self._refuse_changed(self._file.attrs, SUM, actual, "the texts")

    def _refuse_changed(self, attributes, name, actual, path):
        expected = attributes.get(name)
        if expected is not None and not np.array_equal(expected, actual):
            raise FileProblem(
                f"{display_path(self.path)} is damaged: {quoted(path)} has changed "
                "since it was written. Save or download it again."
            )

    def _attribute(self, path, name):
        node = self.node(path) if isinstance(path, str) else path
        if node is None or name not in node.attrs:
            return None
        kind = node.attrs.get_id(name).dtype
        if kind.kind not in "SUO" and kind != np.dtype("float64"):
            return None
        return node.attrs[name]

    def _refuse_unplain(self, node, path):
        if node.external or node.is_virtual:
            self._refuse(path, "points to other files")
        plan = node.id.get_create_plist()
        filters = [plan.get_filter(i)[0] for i in range(plan.get_nfilters())]
        if set(filters) - _FILTERS or len(set(filters)) < len(filters):
            self._refuse(path, "uses an unknown compression")
        limits.refuse_if_packed(
            self.path, quoted(path), node.nbytes, node.id.get_storage_size()
        )
        if node.chunks is not None:
            chunk = math.prod(node.chunks) * node.dtype.itemsize
            limits.refuse_if_chunks_large(self.path, quoted(path), chunk, node.nbytes)
            if _GZIP in filters:
                self._refuse_bombs(node, path, chunk)

    def _refuse_bombs(self, node, path, size):
        """Raise for gzip streams that decompress to more than a chunk of `size` bytes.

        HDF5 decompresses a stream to its end, whatever the declared size of the chunk.
        """
        for number in range(node.id.get_num_chunks()):
            offset = node.id.get_chunk_info(number).chunk_offset
            _, packed = node.id.read_direct_chunk(offset)
            stream = zlib.decompressobj()
            unpacked_size = len(stream.decompress(packed, size + _FLETCHER_BYTES))
            if not stream.eof and stream.decompress(stream.unconsumed_tail, 1):
                unpacked_size += 1
            if unpacked_size > size + _FLETCHER_BYTES:
                self._refuse(path, "unpacks to more than its declared size")

    def _refuse(self, path, problem):
        raise FileProblem(
            f"{display_path(self.path)}: {quoted(path)} {problem}; only plain data is "
            "read. Nothing was loaded."
        )


def _bfloat16():
    import ml_dtypes

    return np.dtype(ml_dtypes.bfloat16)


def _converted(array, dtype):
    """(None, array cast to `dtype`), or (why it cannot be cast, None)."""
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
