"""keras.tree: the same structures and the same refusals as real Keras."""

import collections
import time

import keras
import numpy as np
import pytest

from nbkeras import tree

Point = collections.namedtuple("Point", "x y")
Other = collections.namedtuple("Other", "x y")


class OwnList(list):
    pass


STRUCTURES = [
    1,
    None,
    "text",
    (),
    [],
    {},
    [[]],
    [1, (2, [3, {"b": 4, "a": None}])],
    {"z": 1, "a": {"m": [2, 3], "b": ()}},
    collections.OrderedDict([("z", 1), ("a", [2])]),
    collections.defaultdict(list, {"z": 1, "a": [2]}),
    Point(1, [2, Point(3, 4)]),
    collections.deque([1, [2]], maxlen=3),
    {2: "two", 1: "one"},
    {2: "two", "b": "text", 1: "one"},
    OwnList([1, 2]),
    time.gmtime(0),
]


def outcome(function, *args, **kwargs):
    """("value", type and text), or ("error", its class)."""
    try:
        found = function(*args, **kwargs)
    except Exception as error:
        return "error", type(error)
    return "value", type(found), repr(found)


@pytest.mark.parametrize("structure", STRUCTURES, ids=repr)
@pytest.mark.parametrize(
    "name", ["is_nested", "flatten", "flatten_with_path", "lists_to_tuples"]
)
def test_structures_are_read_as_keras_reads_them(name, structure):
    ours, theirs = getattr(tree, name), getattr(keras.tree, name)
    assert outcome(ours, structure) == outcome(theirs, structure)


@pytest.mark.parametrize("structure", STRUCTURES, ids=repr)
@pytest.mark.parametrize("none_is_leaf", [True, False])
def test_mapped_structures_are_those_of_keras(structure, none_is_leaf):
    def shown(leaf):
        return f"<{leaf}>"

    ours = outcome(tree.map_structure, shown, structure, none_is_leaf=none_is_leaf)
    theirs = outcome(
        keras.tree.map_structure, shown, structure, none_is_leaf=none_is_leaf
    )
    assert ours == theirs


@pytest.mark.parametrize("a", STRUCTURES, ids=repr)
def test_every_pair_is_the_same_structure_for_both_or_for_neither(a):
    pairs = [*STRUCTURES, Other(1, [2, Other(3, 4)]), [1, (2, [3, {"b": 4}])]]
    for b in pairs:
        for name in ("assert_same_structure", "assert_same_paths"):
            ours = outcome(getattr(tree, name), a, b)
            assert ours == outcome(getattr(keras.tree, name), a, b), (name, b)
        ours = outcome(tree.map_structure, lambda x, y: (x, y), a, b)
        assert ours == outcome(keras.tree.map_structure, lambda x, y: (x, y), a, b), b


# Keras refuses None as the place to stop, though it counts it as a leaf elsewhere.
WITHOUT_NONE = [s for s in STRUCTURES if None not in keras.tree.flatten(s)]


@pytest.mark.parametrize("shallow", WITHOUT_NONE, ids=repr)
def test_parts_below_a_shallow_structure_stay_whole(shallow):
    for deep in STRUCTURES:
        ours = outcome(tree.map_structure_up_to, shallow, repr, deep)
        theirs = outcome(keras.tree.map_structure_up_to, shallow, repr, deep)
        assert ours == theirs, deep


def test_none_is_a_place_to_stop_like_any_leaf():
    assert tree.map_structure_up_to([None, 0], len, [[1, 2], [3]]) == [2, 1]


@pytest.mark.parametrize("structure", STRUCTURES, ids=repr)
@pytest.mark.parametrize("top_down", [True, False])
def test_a_traversal_visits_in_the_order_of_keras(structure, top_down):
    def visit(module, seen):
        def func(part):
            seen.append(repr(part))
            if part == [2]:
                return "replaced"
            return module.MAP_TO_NONE if part == 3 else None

        return module.traverse(func, structure, top_down=top_down)

    ours, theirs = [], []
    assert repr(visit(tree, ours)) == repr(visit(keras.tree, theirs))
    assert ours == theirs


@pytest.mark.parametrize("structure", STRUCTURES, ids=repr)
@pytest.mark.parametrize("extra", [-1, 0, 1])
def test_leaves_are_packed_as_keras_packs_them(structure, extra):
    flat = list(range(10, 10 + len(keras.tree.flatten(structure)) + extra))
    ours = outcome(tree.pack_sequence_as, structure, flat)
    assert ours == outcome(keras.tree.pack_sequence_as, structure, flat)


def test_shapes_are_leaves_in_map_shape_structure():
    shapes = {"b": (None, 3), "a": [(2, 4), [1, None, 5]], "c": ()}
    ours = tree.map_shape_structure(lambda shape: len(shape), shapes)
    assert ours == keras.tree.map_shape_structure(lambda shape: len(shape), shapes)
    assert ours == {"b": 2, "a": [2, 3], "c": 0}


def test_arrays_are_leaves():
    array = np.zeros((2, 3))
    assert tree.flatten({"a": array})[0] is array


def test_the_error_names_the_path_where_structures_part():
    with pytest.raises(ValueError, match=r"at \['a'\]\[1\]. Nest both in the same way"):
        tree.assert_same_structure({"a": [1, [2]]}, {"a": [1, (2,)]})


def test_too_few_leaves_are_counted():
    with pytest.raises(ValueError, match=r"3 leaves.*has 2.*one value for each leaf"):
        tree.pack_sequence_as([1, [2, 3]], [1, 2])


def test_check_types_warns_and_names_the_looser_check():
    with pytest.warns(DeprecationWarning, match="assert_same_paths"):
        tree.assert_same_structure([1], [2], check_types=False)
