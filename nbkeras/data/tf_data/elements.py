"""Elements of a dataset: trees of arrays, and the tensors that users' code gets."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import jax
import numpy as np


class EagerTensor(np.ndarray):
    """A NumPy array with the methods of TensorFlow's tensors that tutorials use.

    >>> as_tensor(np.arange(3)).numpy()
    array([0, 1, 2])
    """

    def numpy(self) -> Any:
        """The values as a NumPy array; a scalar or bytes for a tensor without axes."""
        return np.asarray(self)[()]

    def __getitem__(self, index: Any) -> Any:
        """A slice or a single value, as a tensor."""
        part = super().__getitem__(index)
        return part if isinstance(part, np.ndarray) else _single(part, self.dtype)

    def __iter__(self) -> Iterator[Any]:
        return (self[index] for index in range(len(self)))

    def __eq__(self, other: Any) -> Any:
        """Elementwise equality; string tensors may be compared with `str`."""
        return super().__eq__(array(other) if self.dtype.kind == "O" else other)

    def __ne__(self, other: Any) -> Any:
        """Elementwise inequality; string tensors may be compared with `str`."""
        return super().__ne__(array(other) if self.dtype.kind == "O" else other)

    __hash__ = None  # type: ignore[assignment]

    def get_shape(self) -> tuple[int, ...]:
        """The shape."""
        return self.shape

    def to_tensor(self, *args: Any, **kwargs: Any) -> Any:
        """The tensor itself: rows of one length need no filling up."""
        return self

    def to_list(self) -> Any:
        """The values as a list of lists."""
        return self.tolist()

    def set_shape(self, shape: Any) -> None:
        """Check the shape; None in `shape` stands for any size.

        Raises:
            ValueError: the shapes differ.
        """
        shape = tuple(shape)
        if not _matches(self.shape, shape):
            raise ValueError(f"set_shape({shape}): the tensor has shape {self.shape}.")


def _single(value, dtype):
    """A scalar as a tensor without axes."""
    tensor = np.empty((), dtype).view(EagerTensor)
    tensor[()] = value
    return tensor


def as_tensor(leaf: Any) -> Any:
    """An array as an `EagerTensor` that shares its memory."""
    return np.asarray(leaf).view(EagerTensor)


def as_tensors(element: Any) -> Any:
    """`as_tensor` for each array of a tree; datasets in it stay unchanged."""
    return map_leaves(lambda leaf: as_tensor(leaf) if is_array(leaf) else leaf, element)


def is_array(leaf: Any) -> bool:
    """Whether `leaf` is a NumPy or JAX array."""
    return isinstance(leaf, np.ndarray | np.generic | jax.Array)


def array(value: Any) -> Any:
    """A value as a NumPy array with the dtype that TensorFlow uses.

    Python integers become int32, floats float32, strings bytes.

    >>> array([1, 2]).dtype, array([0.5]).dtype, array("cat")[()]
    (dtype('int32'), dtype('float32'), b'cat')
    """
    if isinstance(value, str | bytes):
        return _bytes(np.array(value, dtype=object))
    if is_array(value):
        values = np.asarray(value)
    elif hasattr(value, "to_numpy"):
        values = value.to_numpy()
    else:
        values = _from_python(value)
    if values.dtype.kind in "US" or values.dtype.kind == "O":
        return _bytes(values)
    return values


def _from_python(value):
    """The array of a number, or of nested lists of numbers, arrays or strings."""
    leaves = jax.tree.leaves(value)
    if any(isinstance(leaf, str | bytes) for leaf in leaves):
        return np.array(value, dtype=object)
    values = np.asarray(value)
    if any(is_array(leaf) or hasattr(leaf, "__array__") for leaf in leaves):
        return values
    narrow = {"i": np.int32, "f": np.float32}.get(values.dtype.kind)
    if narrow is np.int32 and values.size and np.abs(values).max() > 2**31 - 1:
        return values
    return values if narrow is None else values.astype(narrow)


def _bytes(values):
    """Strings as an array of bytes objects; other objects as an array of numbers."""
    if values.dtype.kind == "O" and not _has_text(values):
        return np.array(values.tolist())
    encoded = np.empty(values.shape, dtype=object)
    for index, text in np.ndenumerate(values):
        encoded[index] = text.encode() if isinstance(text, str) else bytes(text)
    return encoded


def _has_text(values):
    first = values.flat[0] if values.size else ""
    return isinstance(first, str | bytes)


def structure(value: Any) -> Any:
    """A tree of tuples and dicts with arrays as leaves.

    Args:
        value: numbers, strings, arrays, tables, or tuples and dicts of them. A list is
            one array, as in TensorFlow.
    """
    return map_leaves(
        lambda leaf: array(leaf) if not hasattr(leaf, "_elements") else leaf, value
    )


def map_leaves(function: Callable[[Any], Any], tree: Any) -> Any:
    """`tree` with `function(leaf)` for each leaf; only tuples and dicts are nodes."""
    if isinstance(tree, dict):
        return {name: map_leaves(function, value) for name, value in tree.items()}
    if isinstance(tree, tuple):
        values = [map_leaves(function, value) for value in tree]
        return type(tree)(*values) if hasattr(tree, "_fields") else tuple(values)
    return function(tree)


def leaves_of(tree: Any) -> list[Any]:
    """The leaves of `tree` in order."""
    leaves: list[Any] = []
    map_leaves(leaves.append, tree)
    return leaves


def like(tree: Any, leaves: Sequence[Any]) -> Any:
    """A tree with the structure of `tree` and these `leaves`."""
    new_leaves = iter(leaves)
    return map_leaves(lambda leaf: next(new_leaves), tree)


def map_together(function: Callable[..., Any], trees: Sequence[Any]) -> Any:
    """A tree with `function(*leaves)` of the corresponding leaves of `trees`."""
    columns = zip(*map(leaves_of, trees), strict=True)
    return like(trees[0], [function(*column) for column in columns])


def stack(elements: Sequence[Any], owner: str = "batch") -> Any:
    """Elements of equal shapes as one tree of arrays with a new first axis.

    Raises:
        ValueError: their shapes differ.
    """
    return map_together(lambda *leaves: _stacked(leaves, owner), elements)


def _stacked(leaves, owner):
    shapes = [np.shape(leaf) for leaf in leaves]
    for index, shape in enumerate(shapes):
        if shape != shapes[0]:
            raise ValueError(
                f"Dataset.{owner}: the elements of a batch must have the same shape, "
                f"but element 0 has {shapes[0]} and element {index} has {shape}. "
                "Resize or crop them with map first, or write padded_batch(size), "
                "which pads shorter elements."
            )
    return np.stack(leaves)


def rows(block: Any) -> int:
    """The size of the first axis of a stacked block."""
    return len(leaves_of(block)[0])


def row(block: Any, index: Any) -> Any:
    """Element `index` of a stacked block; for a slice or integers, a block."""
    # The ellipsis keeps a single value an array, also a string.
    return map_leaves(lambda leaf: leaf[index, ...], block)


def spec(element: Any) -> Any:
    """A `TensorSpec` for each array of an element."""
    return map_leaves(lambda leaf: TensorSpec(np.shape(leaf), leaf.dtype), element)


class TensorSpec:
    """Shape and dtype of a tensor.

    Args:
        shape: sizes of the axes; None for a size that varies, or for any shape.
        dtype: a dtype; "string" is held as objects.
        name: accepted for compatibility.

    >>> TensorSpec((None, 28), "float32")
    TensorSpec(shape=(None, 28), dtype=float32)
    """

    def __init__(self, shape: Any = (), dtype: Any = "float32", name: Any = None):
        self.shape = None if shape is None else tuple(shape)
        self.dtype = np.dtype(_dtype(dtype))
        self.name = name

    def __repr__(self):
        kind = "string" if self.dtype.kind == "O" else self.dtype.name
        return f"TensorSpec(shape={self.shape}, dtype={kind})"

    def __eq__(self, other):
        if not isinstance(other, TensorSpec):
            return NotImplemented
        return (self.shape, self.dtype) == (other.shape, other.dtype)

    def __hash__(self):
        return hash((self.shape, self.dtype))

    def fit(self, value: Any, owner: str) -> np.ndarray:
        """`value` as an array of this dtype, checked to have this shape.

        Raises:
            ValueError: the shape differs.
        """
        values = array(value)
        if self.dtype.kind != "O":
            values = values.astype(self.dtype)
        if self.shape is not None and not _matches(values.shape, self.shape):
            raise ValueError(
                f"{owner}: an element has shape {values.shape}, but the signature has "
                f"{self.shape}. Write None in the signature for sizes that vary."
            )
        return values


def _matches(shape, pattern):
    """Whether `shape` has the sizes of `pattern`; None is any size in both."""
    return len(shape) == len(pattern) and all(
        None in pair or pair[0] == pair[1] for pair in zip(shape, pattern, strict=True)
    )


def _dtype(dtype):
    name = getattr(dtype, "name", dtype)
    return object if name in ("string", "object", str, bytes) else name


def signature(types: Any, shapes: Any) -> Any:
    """The `TensorSpec`s for dtypes and shapes of the same structure.

    Args:
        types: a dtype, or a tuple or dict of them.
        shapes: shapes in the same structure; None allows any shape.
    """
    if not isinstance(types, tuple | dict):
        return TensorSpec(shapes, types)
    if shapes is None:
        return map_leaves(lambda dtype: TensorSpec(None, dtype), types)
    if isinstance(types, dict):
        return {name: signature(types[name], shapes[name]) for name in types}
    pairs = zip(types, shapes, strict=True)
    return tuple(signature(dtype, shape) for dtype, shape in pairs)


def as_signed(value: Any, signature: Any) -> Any:
    """A value of a generator with the structure and dtypes of `signature`.

    Raises:
        ValueError: the structure or a shape differs.
    """
    if signature is None:
        return structure(value)
    if isinstance(signature, TensorSpec):
        return signature.fit(value, "Dataset.from_generator")
    if isinstance(signature, dict):
        return {name: as_signed(value[name], signature[name]) for name in signature}
    if not isinstance(value, tuple | list) or len(value) != len(signature):
        raise ValueError(
            f"Dataset.from_generator: the signature has {len(signature)} parts, but "
            f"the generator yielded {type(value).__name__}. Let it yield a tuple of "
            f"{len(signature)}."
        )
    pairs = zip(value, signature, strict=True)
    return tuple(as_signed(part, spec) for part, spec in pairs)
