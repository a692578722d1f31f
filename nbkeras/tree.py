"""`keras.tree`: functions of nested structures of lists, tuples and dicts.

A node is exactly a list, tuple, namedtuple, dict, OrderedDict, defaultdict or deque;
everything else is a leaf, including None. A dict is visited in sorted order of keys, an
OrderedDict in its own order; a new dict keeps the key order of the original.
"""

import collections
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

__all__ = [
    "MAP_TO_NONE",
    "assert_same_paths",
    "assert_same_structure",
    "flatten",
    "flatten_with_path",
    "is_nested",
    "lists_to_tuples",
    "map_shape_structure",
    "map_structure",
    "map_structure_up_to",
    "pack_sequence_as",
    "traverse",
]

_DICTS = (dict, collections.OrderedDict, collections.defaultdict)
_SEQUENCES = (list, tuple, collections.deque)


class MAP_TO_NONE:
    """Returned by the function of `traverse` to replace a part by None."""


def is_nested(structure: Any) -> bool:
    """Whether `structure` is a node, as opposed to a leaf.

    >>> is_nested([1]), is_nested("text"), is_nested(None)
    (True, False, False)
    """
    return type(structure) in (*_DICTS, *_SEQUENCES) or _is_named_tuple(structure)


def flatten(structure: Any) -> list[Any]:
    """The leaves of `structure` as a list.

    >>> flatten({"b": [1, (2, 3)], "a": None})
    [None, 1, 2, 3]
    """
    return [leaf for _, leaf in _leaves(structure, ())]


def flatten_with_path(structure: Any) -> list[tuple[tuple[Any, ...], Any]]:
    """The leaves with their paths, each a tuple of indices and keys.

    >>> flatten_with_path([{"foo": 42}])
    [((0, 'foo'), 42)]
    """
    return list(_leaves(structure, ()))


def traverse(func: Callable[[Any], Any], structure: Any, top_down: bool = True) -> Any:
    """Replace nodes and leaves by the results of `func`.

    Args:
        func: returns the replacement of a node or leaf; None keeps it, `MAP_TO_NONE`
            replaces it by None.
        structure: any nested structure.
        top_down: whether `func` is called on a node before its children, which are not
            visited if the node is replaced; False calls it after them.

    Raises:
        TypeError: `func` is not callable.

    >>> traverse(lambda part: len(part) if type(part) is list else None, ([7, 8], 3))
    (2, 3)
    """
    _check_callable("traverse", func)
    result = func(structure) if top_down else None
    if result is None and is_nested(structure):
        structure = _rebuilt(
            structure, [traverse(func, child, top_down) for child in _values(structure)]
        )
    if not top_down:
        result = func(structure)
    if result is MAP_TO_NONE:
        return None
    return structure if result is None else result


def map_structure(
    func: Callable[..., Any], *structures: Any, none_is_leaf: bool = True
) -> Any:
    """Apply `func` to the corresponding leaves of `structures`.

    Args:
        func: function of one leaf of each structure.
        *structures: structures with the same nesting.
        none_is_leaf: False keeps None without calling `func`.

    Returns:
        A structure like the first, of the results.

    Raises:
        ValueError: there is no structure, or their nesting differs.
        TypeError: `func` is not callable.

    >>> map_structure(lambda a, b: a + b, {"x": [1, 2]}, {"x": [10, 20]})
    {'x': [11, 22]}
    """
    return _mapped("map_structure", func, structures, none_is_leaf=none_is_leaf)


def map_structure_up_to(
    shallow_structure: Any, func: Callable[..., Any], *structures: Any
) -> Any:
    """`map_structure` down to the leaves of a shallow structure.

    Args:
        shallow_structure: its leaves determine where to stop.
        func: function of one part of each structure.
        *structures: structures nested at least as deeply as `shallow_structure`.

    Returns:
        A structure like `shallow_structure`, of the results.

    Raises:
        ValueError: there is no structure, or one is nested less deeply.
        TypeError: `func` is not callable.

    >>> map_structure_up_to([None, None], len, [[1, 2, 3], [4]])
    [3, 1]
    """
    owner = "map_structure_up_to"
    _check_callable(owner, func)
    _check_not_empty(owner, structures)
    return _walk(
        owner, lambda _, *parts: func(*parts), (shallow_structure, *structures)
    )


def assert_same_structure(a: Any, b: Any, check_types: bool | None = None) -> None:
    """Check that `a` and `b` have the same nesting, with the same types.

    A dict, an OrderedDict and a defaultdict count as the same type.

    Args:
        a: any nested structure.
        b: any nested structure.
        check_types: deprecated, has no effect.

    Raises:
        ValueError: they differ; the message names the path.
    """
    if check_types is not None:
        hint = "" if check_types else " For a looser check write assert_same_paths."
        warnings.warn(
            f"assert_same_structure: check_types has no effect; leave it out.{hint}",
            DeprecationWarning,
            stacklevel=2,
        )
    _mapped("assert_same_structure", lambda *_: None, (a, b))


def assert_same_paths(a: Any, b: Any) -> None:
    """Check that the leaves of `a` and `b` have the same paths, whatever the types.

    Raises:
        ValueError: they differ; the message lists the differing paths.
    """
    paths = [{path for path, _ in _leaves(structure, ())} for structure in (a, b)]
    differences = [
        f"only in {name}: {sorted(own - other, key=str)}"
        for name, own, other in (("a", *paths), ("b", *paths[::-1]))
        if own - other
    ]
    if differences:
        raise ValueError(
            f"assert_same_paths: the paths differ; {'; '.join(differences)}."
        )


def pack_sequence_as(structure: Any, flat_sequence: Iterable[Any]) -> Any:
    """A structure like `structure` whose leaves are `flat_sequence`, in order.

    Raises:
        ValueError: the number of leaves differs.

    >>> pack_sequence_as({"b": 0, "a": (0, 0)}, [1, 2, 3])
    {'b': 3, 'a': (1, 2)}
    """
    values = list(flat_sequence)
    count = len(flatten(structure))
    if count != len(values):
        raise ValueError(
            f"pack_sequence_as: the structure has {count} leaves, and flat_sequence "
            f"has {len(values)}. Give one value for each leaf."
        )
    remaining = iter(values)
    return _walk("pack_sequence_as", lambda _: next(remaining), (structure,))


def lists_to_tuples(structure: Any) -> Any:
    """`structure` with its lists replaced by tuples.

    >>> lists_to_tuples([1, {"a": [2]}])
    (1, {'a': (2,)})
    """
    return traverse(
        lambda part: tuple(part) if isinstance(part, list) else None,
        structure,
        top_down=False,
    )


def map_shape_structure(func: Callable[[Any], Any], structure: Any) -> Any:
    """`map_structure` in which shapes such as (None, 3) are leaves.

    >>> map_shape_structure(len, {"image": (None, 8, 8, 3), "label": [None]})
    {'image': 4, 'label': 1}
    """
    _check_callable("map_shape_structure", func)
    return _walk("map_shape_structure", func, (structure,), is_leaf=_is_shape)


def _is_named_tuple(value: Any) -> bool:
    # Named tuples of C, such as time.struct_time, have n_sequence_fields, not _fields.
    kind = type(value)
    has_names = hasattr(kind, "_fields") or hasattr(kind, "n_sequence_fields")
    return isinstance(value, tuple) and has_names


def _is_shape(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(
        size is None or isinstance(size, int) for size in value
    )


def _keys(node: Any) -> Sequence[Any]:
    """The keys of the children of a node, in order of visits."""
    if type(node) not in _DICTS:
        return range(len(node))
    if type(node) is collections.OrderedDict:
        return list(node)
    try:
        return sorted(node)
    except TypeError:
        return _sorted_by_type(node)


def _sorted_by_type(keys: Iterable[Any]) -> list[Any]:
    try:
        return sorted(keys, key=lambda key: (type(key).__qualname__, key))
    except TypeError:
        return list(keys)


def _values(node: Any) -> list[Any]:
    return [node[key] for key in _keys(node)]


def _rebuilt(node: Any, values: Iterable[Any]) -> Any:
    """A node like `node` with new children, in the order of `_keys`."""
    kind = type(node)
    if kind in _DICTS:
        mapping = node.copy()
        mapping.update(zip(_keys(node), values, strict=True))
        return mapping
    if kind is collections.deque:
        return collections.deque(values, node.maxlen)
    return kind(*values) if hasattr(kind, "_fields") else kind(values)


def _leaves(
    structure: Any, path: tuple[Any, ...]
) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if not is_nested(structure):
        yield path, structure
        return
    for key in _keys(structure):
        yield from _leaves(structure[key], (*path, key))


def _mapped(
    owner: str,
    func: Callable[..., Any],
    structures: tuple[Any, ...],
    none_is_leaf: bool = True,
) -> Any:
    """Map `func` over the leaves of structures with the same nesting."""
    _check_callable(owner, func)
    _check_not_empty(owner, structures)

    def checked(*leaves: Any) -> Any:
        for leaf in leaves[1:]:
            if is_nested(leaf):
                raise _mismatch_error(owner, (), leaves[0], leaf)
        if leaves[0] is None and not none_is_leaf:
            if any(leaf is not None for leaf in leaves):
                raise _mismatch_error(owner, (), *leaves[:2])
            return None
        return func(*leaves)

    return _walk(owner, checked, structures)


def _walk(
    owner: str,
    func: Callable[..., Any],
    structures: tuple[Any, ...],
    is_leaf: Callable[[Any], bool] | None = None,
    path: tuple[Any, ...] = (),
) -> Any:
    """Map `func` over the leaves of the first structure and the parts of the others."""
    first = structures[0]
    if not is_nested(first) or (is_leaf is not None and is_leaf(first)):
        return func(*structures)
    for other in structures[1:]:
        if not _match(first, other):
            raise _mismatch_error(owner, path, first, other)
    children = [
        _walk(owner, func, tuple(s[key] for s in structures), is_leaf, (*path, key))
        for key in _keys(first)
    ]
    return _rebuilt(first, children)


def _match(a: Any, b: Any) -> bool:
    """Whether two nodes have the same type and the same keys."""
    if type(a) in _DICTS and type(b) in _DICTS:
        return a.keys() == b.keys()
    return type(a) is type(b) and len(a) == len(b)


def _mismatch_error(owner: str, path: tuple[Any, ...], a: Any, b: Any) -> ValueError:
    location = "".join(f"[{key!r}]" for key in path)
    where = f" at {location}" if location else ""
    return ValueError(
        f"{owner}: the structures don't have the same nested structure: "
        f"{_described(a)} and {_described(b)}{where}. Nest both in the same way."
    )


def _described(value: Any) -> str:
    kind = type(value).__name__
    if type(value) in _DICTS:
        return f"a {kind} with the keys {_sorted_by_type(value)}"
    return f"a {kind} of {len(value)}" if is_nested(value) else f"a leaf ({kind})"


def _check_not_empty(owner: str, structures: tuple[Any, ...]) -> None:
    if not structures:
        raise ValueError(
            f"{owner} got no structure. Write for example map_structure(func, [1, 2])."
        )


def _check_callable(owner: str, func: Any) -> None:
    if not callable(func):
        raise TypeError(
            f"{owner}({type(func).__name__}): the function must be callable. Write for "
            f"example map_structure(lambda leaf: leaf * 2, [1, 2])."
        )
