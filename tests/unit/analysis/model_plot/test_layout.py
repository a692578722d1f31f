"""Nodes keep apart, edges go forward, and a chain is a straight line."""

import itertools

import hypothesis.strategies as st
from hypothesis import given, settings

from nbkeras.analysis.model_plot.layout import Size, levels, place


@st.composite
def graphs(draw):
    count = draw(st.integers(1, 14))
    numbers = st.floats(1, 60)
    sizes = {i: Size(draw(numbers), draw(numbers), draw(numbers)) for i in range(count)}
    pairs = list(itertools.combinations(range(count), 2))
    edges = draw(st.lists(st.sampled_from(pairs), max_size=25)) if pairs else []
    return sizes, edges


@settings(max_examples=60)
@given(graphs())
def test_no_two_nodes_overlap_and_every_edge_goes_forward(graph):
    sizes, edges = graph
    placed = place(sizes, edges)
    boxes = {}
    for node, (along, across) in placed.centres.items():
        size = sizes[node]
        boxes[node] = (
            along - size.length / 2,
            along + size.length / 2,
            across - size.before,
            across + size.after,
        )
        assert -1e-6 <= boxes[node][0]
        assert boxes[node][1] <= placed.length + 1e-6
        assert -1e-6 <= boxes[node][2]
        assert boxes[node][3] <= placed.breadth + 1e-6
    for one, two in itertools.combinations(boxes.values(), 2):
        apart = one[1] <= two[0] + 1e-6 or two[1] <= one[0] + 1e-6
        beside = one[3] <= two[2] + 1e-6 or two[3] <= one[2] + 1e-6
        assert apart or beside
    for tail, head in set(edges):
        assert boxes[tail][1] < boxes[head][0]
        way = placed.ways[tail, head]
        assert way[0] == (boxes[tail][1], placed.centres[tail][1])
        assert way[-1] == (boxes[head][0], placed.centres[head][1])
        assert all(a[0] <= b[0] for a, b in itertools.pairwise(way))


def test_a_chain_is_a_straight_line():
    sizes = {i: Size(10, 5 + i, 30) for i in range(6)}
    placed = place(sizes, [(i, i + 1) for i in range(5)])
    assert len({across for _, across in placed.centres.values()}) == 1


def test_a_way_around_a_block_has_a_lane_of_its_own():
    sizes = dict.fromkeys("abcd", Size(20, 10, 10))
    placed = place(sizes, [("a", "b"), ("b", "c"), ("c", "d"), ("a", "d")])
    along = {node: at for node, (at, _) in placed.centres.items()}
    around = [p for p in placed.ways["a", "d"] if along["b"] - 10 <= p[0] <= along["c"]]
    assert around
    for _, across in around:
        assert abs(across - placed.centres["b"][1]) >= 10


def test_levels_and_neighbours_keep_the_room_that_was_asked_for():
    sizes = dict.fromkeys("abc", Size(10, 5, 8))
    placed = place(sizes, [("a", "b"), ("a", "c")], between=20.0, apart=3.0)
    (a, _), (b, one), (_, two) = (placed.centres[node] for node in "abc")
    assert b - a == 10 + 20
    assert abs(one - two) == 5 + 8 + 3


def test_two_branches_do_not_cross():
    edges = [
        ("in", "a"),
        ("in", "b"),
        ("a", "a2"),
        ("b", "b2"),
        ("a2", "o"),
        ("b2", "o"),
    ]
    nodes = ["in", "a", "b", "b2", "a2", "o"]
    placed = place(dict.fromkeys(nodes, Size(10, 5, 5)), edges)
    at = {node: across for node, (_, across) in placed.centres.items()}
    assert (at["a"] - at["b"]) * (at["a2"] - at["b2"]) > 0


def test_an_input_stands_just_before_what_takes_it():
    edges = [("x", "f"), ("f", "g"), ("g", "join"), ("y", "join")]
    found = levels(["x", "f", "g", "y", "join"], edges)
    assert found == {"x": 0, "f": 1, "g": 2, "y": 2, "join": 3}
