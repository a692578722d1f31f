"""Layered graph layout: positions of nodes and routes of edges.

The steps are those of Sugiyama, Tagawa, Toda, "Methods for visual understanding of
hierarchical system structures", IEEE Trans. SMC 11 (1981): assign levels by the longest
path, order nodes to avoid crossings, then position them near their neighbours.
Positions within a level are the least-squares solution that keeps nodes apart.
"""

import itertools
from dataclasses import dataclass

SWEEPS = 6
LANE = 7.0


@dataclass(frozen=True)
class Size:
    """The space that a node needs around its centre line.

    Args:
        length: extent along the flow.
        before, after: extents across the flow, on both sides of the centre line.
    """

    length: float
    before: float
    after: float


@dataclass(frozen=True)
class Layout:
    """Positions of nodes and edges, `along` and `across` the flow, from 0.

    Args:
        centres: {node: (along, across)}.
        ways: {edge: [(along, across), ...]}: start, corners and end.
        length, breadth: size of the whole graph.
    """

    centres: dict
    ways: dict
    length: float
    breadth: float


def place(sizes, edges, between=26.0, apart=14.0):
    """Compute the layout of an acyclic graph.

    Args:
        sizes: {node: Size}, in an order in which edges point forward.
        edges: pairs of nodes.
        between: distance between levels.
        apart: distance between nodes of a level.
    """
    edges = list(dict.fromkeys(edges))
    level = levels(list(sizes), edges)
    rows, chains, room = _with_lanes(sizes, edges, level)
    links = [pair for chain in chains.values() for pair in itertools.pairwise(chain)]
    rows = _ordered(rows, links)
    across = _positions(rows, links, _even(rows, links, room), apart)
    starts, at = [], 0.0
    for row in rows:
        starts.append(at)
        at += max((room[node].length for node in row), default=0) + between
    top = min((across[n] - room[n].before for n in across), default=0)
    bottom = max((across[n] + room[n].after for n in across), default=0)
    depth = {node: i for i, row in enumerate(rows) for node in row}
    widths = [max((room[n].length for n in row), default=0) for row in rows]
    middle = {n: (starts[i] + widths[i] / 2, across[n] - top) for n, i in depth.items()}
    ways = {
        e: _way(chain, middle, room, depth, starts, widths)
        for e, chain in chains.items()
    }
    centres = {node: middle[node] for node in sizes}
    return Layout(centres, ways, max(at - between, 0.0), bottom - top)


def levels(nodes, edges):
    """{node: level}: after all inputs; an input node just before its first use."""
    level = dict.fromkeys(nodes, 0)
    into = _grouped((head, tail) for tail, head in edges)
    out = _grouped(edges)
    for node in nodes:
        for tail in into.get(node, ()):
            level[node] = max(level[node], level[tail] + 1)
    for node in nodes:
        if node not in into and node in out:
            level[node] = min(level[head] for head in out[node]) - 1
    return level


def _grouped(pairs):
    groups = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return groups


def _with_lanes(sizes, edges, level):
    """(rows, {edge: chain of nodes}, {node: Size}), with lane nodes for long edges."""
    rows = [[] for _ in range(max(level.values(), default=-1) + 1)]
    for node in sizes:
        rows[level[node]].append(node)
    room, chains = dict(sizes), {}
    for tail, head in edges:
        chain = [tail]
        for between in range(level[tail] + 1, level[head]):
            lane = ("lane", tail, head, between)
            room[lane] = Size(0.0, LANE, LANE)
            rows[between].append(lane)
            chain.append(lane)
        chains[tail, head] = [*chain, head]
    return rows, chains, room


def _ordered(rows, links):
    """The rows, sorted by the mean position of neighbours, in alternating sweeps."""
    into = _grouped((head, tail) for tail, head in links)
    out = _grouped(links)
    best, fewest = rows, _crossings(rows, links)
    for sweep in range(SWEEPS):
        neighbours = into if sweep % 2 == 0 else out
        order = range(len(rows)) if sweep % 2 == 0 else reversed(range(len(rows)))
        rows = [list(row) for row in rows]
        positions = {node: i for row in rows for i, node in enumerate(row)}
        for i in order:
            rows[i].sort(
                key=lambda n: _mean([positions[m] for m in neighbours.get(n, [n])])
            )
            positions |= {node: j for j, node in enumerate(rows[i])}
        count = _crossings(rows, links)
        if count < fewest:
            best, fewest = rows, count
    return best


def _crossings(rows, links):
    positions = {node: i for row in rows for i, node in enumerate(row)}
    row_of = {node: i for i, row in enumerate(rows) for node in row}
    count = 0
    for group in _grouped(
        (row_of[tail], (positions[tail], positions[head])) for tail, head in links
    ).values():
        count += sum(
            (a - c) * (b - d) < 0
            for i, (a, b) in enumerate(group)
            for c, d in group[:i]
        )
    return count


def _positions(rows, links, room, apart):
    """{node: across}, close to its neighbours; the last sweep straightens rows."""
    into = _grouped((head, tail) for tail, head in links)
    out = _grouped(links)
    across = {}
    for row in rows:
        across |= _spread([0.0] * len(row), row, room, apart)
    for sweep in range(SWEEPS + 1):
        forward = sweep % 2 == 0
        first, second = (into, out) if forward else (out, into)
        for row in rows if forward else reversed(rows):
            neighbours = [first.get(node) or second.get(node) or [node] for node in row]
            ideal = [_mean([across[m] for m in nodes]) for nodes in neighbours]
            across |= _spread(ideal, row, room, apart)
    return across


def _even(rows, links, room):
    """Sizes that are equal along chains of nodes, so that the chains are straight."""
    into = _grouped((head, tail) for tail, head in links)
    out = _grouped(links)
    first, even = {}, {}
    for node in (node for row in rows for node in row):
        before = into.get(node, [])
        follows = len(before) == 1 and len(out[before[0]]) == 1
        first[node] = first[before[0]] if follows else node
    for group in _grouped((begin, node) for node, begin in first.items()).values():
        most = [
            max(getattr(room[n], side) for n in group) for side in ("before", "after")
        ]
        even |= {node: Size(room[node].length, *most) for node in group}
    return even


def _spread(ideal, row, room, apart):
    """The positions closest to `ideal` at which neighbours keep their distance.

    It uses pool adjacent violators: minus the distances, positions must not decrease.
    """
    offsets = [0.0]
    for node, following in itertools.pairwise(row):
        offsets.append(offsets[-1] + room[node].after + apart + room[following].before)
    pools = []
    for target, offset in zip(ideal, offsets, strict=False):
        pools.append([target - offset, 1])
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (a, n), (b, m) = pools[-2:]
            pools[-2:] = [[(a * n + b * m) / (n + m), n + m]]
    flat = [value for value, count in pools for _ in range(count)]
    return {node: flat[i] + offsets[i] for i, node in enumerate(row)}


def _way(chain, middle, room, depth, starts, widths):
    """Points of an edge: from the tail, straight along its lanes, to the head."""
    tail, *lanes, head = chain
    along, across = middle[tail]
    points = [(along + room[tail].length / 2, across)]
    for lane in lanes:
        i = depth[lane]
        points += [
            (starts[i], middle[lane][1]),
            (starts[i] + widths[i], middle[lane][1]),
        ]
    along, across = middle[head]
    return [*points, (along - room[head].length / 2, across)]


def _mean(values):
    return sum(values) / len(values)
