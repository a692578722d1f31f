"""Drawing: positions and sizes of blocks, labels, edges and frames, to scale.

Height shows the spatial size and width the number of channels, both on a square-root
scale, so that a map of 7 x 7 is still visible next to one of 224 x 224.
"""

import collections
import itertools
import math
import unicodedata
from dataclasses import dataclass

from nbkeras.analysis.model_plot.layout import Size, place

LINE = 14.0
PAD = 10.0
TITLE = 16.0
TALL = {"LR": 92.0, "TB": 50.0}
WIDE = {"LR": 40.0, "TB": 44.0}
SLANT = 0.22
LONGEST = 24


@dataclass(frozen=True)
class Label:
    """A line of text at a block, and its role ("kind", "shape"...)."""

    text: str
    role: str


@dataclass(frozen=True)
class DrawnNode:
    """A block of the plot, in pixels.

    Args:
        node: the SceneNode.
        labels: its lines of text.
        x, y, width, height: position and size of the front face.
        depth: depth of the side faces.
        text_x, text_y, anchor: position of the first line of text.
    """

    node: object
    labels: tuple
    x: float
    y: float
    width: float
    height: float
    depth: float
    text_x: float
    text_y: float
    anchor: str

    @property
    def left(self):
        """Left edge, including the text."""
        return min(self.x, self.text_x - self._half)

    @property
    def right(self):
        """Right edge, including the text."""
        wide = max((text_width(label) for label in self.labels), default=0)
        text = self.text_x + (wide if self.anchor == "start" else self._half)
        return max(self.x + self.width + self.depth, text)

    @property
    def top(self):
        """Upper edge."""
        return min(self.y - self.depth, self.text_y - LINE + 2)

    @property
    def bottom(self):
        """Lower edge, including the text."""
        text = self.text_y + (len(self.labels) - 1) * LINE + 4
        return max(self.y + self.height, text if self.labels else 0)

    @property
    def _half(self):
        wide = max((text_width(label) for label in self.labels), default=0)
        return wide / 2 if self.anchor == "middle" else 0


@dataclass(frozen=True)
class Drawing:
    """The whole plot.

    Args:
        width, height: size in pixels.
        blocks: {key: DrawnNode}.
        ways: {(from, to): [(x, y), ...]}, the routes of the edges.
        frames: [(Frame, x, y, width, height)].
        rankdir: "LR", from left to right, or "TB", from top to bottom.
    """

    width: float
    height: float
    blocks: dict
    ways: dict
    frames: list
    rankdir: str


def draw(scene, labels_of, rankdir="LR"):
    """Compute the Drawing of a Scene.

    Args:
        scene: from `unfold`.
        labels_of: function SceneNode -> list of Label.
        rankdir: "LR", "TB", or the reverse "RL", "BT".
    """
    flow = "LR" if rankdir in ("LR", "RL") else "TB"
    faces = _faces(scene, flow)
    labels = {node.key: tuple(labels_of(node)) for node in scene.nodes}
    # In vertical plots all text starts at the same x, in a column.
    aside = max((w / 2 + d for w, _, d in faces.values()), default=0) + 8
    sizes = {key: _size(faces[key], labels[key], flow, aside) for key in labels}
    between = (22.0 if flow == "LR" else 18.0) + 1.4 * PAD * _deepest(scene)
    placed = place(sizes, scene.edges, between=between, apart=16.0)
    turned = _turned(placed, rankdir)
    blocks = {
        node.key: _drawn(node, labels[node.key], faces[node.key], turned, flow, aside)
        for node in scene.nodes
    }
    ways = {
        edge: _way(edge, points, blocks, rankdir)
        for edge, points in turned.ways.items()
    }
    frames = []
    for frame in reversed(
        scene.frames
    ):  # inner frames first; outer frames enclose them
        frames.insert(0, _framed(frame, blocks, frames))
    return _shifted(blocks, ways, frames, rankdir)


def text_width(label):
    """Width of a label in pixels, estimated: letters are not measured here."""
    size = 6.9 if label.role == "kind" else 6.3
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in label.text)
    return (len(label.text) - wide) * size + wide * 11.5


def shortened(text, longest=LONGEST):
    """A long name with its middle replaced by an ellipsis."""
    text = str(text)
    if len(text) <= longest:
        return text
    keep = longest - 1
    return f"{text[: keep - keep // 3]}…{text[-(keep // 3) :]}"


def _deepest(scene):
    """The maximum number of frames around a block."""
    held = [key for frame in scene.frames for key in frame.members]
    return max(collections.Counter(held).values(), default=0)


def _faces(scene, flow):
    """{key: (width, height, depth)} of all blocks, on a common scale."""
    shapes = {n.key: n.outputs[0][1:] if n.outputs else () for n in scene.nodes}
    spatial_sizes = [
        max(known(s[:-1]), default=0) for s in shapes.values() if len(s) > 1
    ]
    channel_counts = [
        known(s[-1:])[0] for s in shapes.values() if len(s) > 1 and known(s[-1:])
    ]
    feature_counts = [known(s)[0] for s in shapes.values() if len(s) == 1 and known(s)]
    largest = (
        max(spatial_sizes, default=1) or 1,
        max(channel_counts, default=1),
        max(feature_counts, default=1),
    )
    return {key: _face(shape, largest, flow) for key, shape in shapes.items()}


def known(sizes):
    """The known sizes."""
    return [size for size in sizes if size]


def _face(shape, largest, flow):
    spatial, channels, features = largest
    if len(shape) == 1 and shape[0]:
        share = math.log1p(shape[0]) / math.log1p(features)
        length = 14 + 0.85 * TALL[flow] * share
        return (11.0, length, 0.0) if flow == "LR" else (length, 11.0, 0.0)
    if len(shape) < 2 or not known(shape):
        return 24.0, 24.0, 0.0
    height = 10 + TALL[flow] * math.sqrt(
        (shape[-3 if len(shape) > 2 else 0] or spatial) / spatial
    )
    width = 7 + WIDE[flow] * math.sqrt((shape[-1] or channels) / channels)
    side = math.sqrt((shape[-2] or spatial) / spatial) if len(shape) > 2 else 0
    return width, height, SLANT * TALL[flow] * side


def _size(face, labels, flow, aside):
    """The space that a block needs around the centre of its front face."""
    width, height, depth = face
    wide = max(map(text_width, labels), default=0)
    if flow == "LR":
        low = height / 2 + len(labels) * LINE + 6
        return Size(max(width + 2 * depth, wide), height / 2 + depth, low)
    tall = max(height + 2 * depth, len(labels) * LINE)
    return Size(tall, width / 2, aside + wide)


def _turned(placed, rankdir):
    """The layout with x and y instead of `along` and `across`."""

    def turn(point):
        along, across = point
        if rankdir in ("RL", "BT"):
            along = placed.length - along
        return (along, across) if rankdir in ("LR", "RL") else (across, along)

    return type(placed)(
        {key: turn(point) for key, point in placed.centres.items()},
        {edge: [turn(p) for p in points] for edge, points in placed.ways.items()},
        placed.length,
        placed.breadth,
    )


def _drawn(node, labels, face, turned, flow, aside):
    width, height, depth = face
    x, y = turned.centres[node.key]
    if flow == "LR":
        text = (x, y + height / 2 + LINE, "middle")
    else:
        middle = y - (len(labels) - 1) * LINE / 2 + 4
        text = (x + aside, middle, "start")
    return DrawnNode(
        node, labels, x - width / 2, y - height / 2, width, height, depth, *text
    )


def _way(edge, points, blocks, rankdir):
    """The route of an edge from face to face, with rounded bends."""
    tail, head = (blocks[key] for key in edge)
    across = rankdir in ("LR", "RL")
    back = rankdir in ("RL", "BT")
    start, end = _port(tail, across, not back), _port(head, across, back)
    corners = [start, *points, end]
    line = [start]
    for point, following in itertools.pairwise(corners):
        line += _bend(point, following, across)
    return line


def _port(drawn, across, far):
    if across:
        side = drawn.x + drawn.width if far else drawn.x
        lift = drawn.depth / 2 if far else 0
        return side + lift, drawn.y + drawn.height / 2
    side = drawn.y + drawn.height if far else drawn.y - drawn.depth / 2
    return drawn.x + drawn.width / 2, side


def _bend(start, end, across, steps=10):
    """Points of a curve from `start` to `end` that starts and ends along the flow."""
    (x, y), (u, v) = start, end
    if abs((y - v) if across else (x - u)) < 0.5:
        return [end]
    points = []
    for i in range(1, steps + 1):
        t = i / steps
        ease = t * t * (3 - 2 * t)
        point = (x + (u - x) * t, y + (v - y) * ease)
        points.append(point if across else (x + (u - x) * ease, y + (v - y) * t))
    return points


def _framed(frame, blocks, inner):
    boxes = [(b.left, b.top, b.right, b.bottom) for b in map(blocks.get, frame.members)]
    boxes += [
        (x, y, x + width, y + height)
        for other, x, y, width, height in inner
        if set(other.members) <= set(frame.members)
    ]
    left, top = (min(box[i] for box in boxes) - PAD for i in (0, 1))
    right, bottom = (max(box[i] for box in boxes) + PAD for i in (2, 3))
    return frame, left, top - TITLE, right - left, bottom - top + TITLE


def _shifted(blocks, ways, frames, rankdir):
    """The Drawing, moved so that it starts at (PAD, PAD)."""
    boxes = [(b.left, b.top, b.right, b.bottom) for b in blocks.values()]
    boxes += [(x, y, x + w, y + h) for _, x, y, w, h in frames]
    boxes += [(x, y, x, y) for points in ways.values() for x, y in points]
    if not boxes:
        return Drawing(2 * PAD, 2 * PAD, {}, {}, [], rankdir)
    left, top = (min(box[i] for box in boxes) - PAD for i in (0, 1))
    right, bottom = (max(box[i] for box in boxes) + PAD for i in (2, 3))
    moved = {
        key: DrawnNode(
            b.node, b.labels, b.x - left, b.y - top, b.width, b.height, b.depth,
            b.text_x - left, b.text_y - top, b.anchor,
        )
        for key, b in blocks.items()
    }  # fmt: skip
    ways = {e: [(x - left, y - top) for x, y in points] for e, points in ways.items()}
    frames = [(frame, x - left, y - top, w, h) for frame, x, y, w, h in frames]
    return Drawing(right - left, bottom - top, moved, ways, frames, rankdir)
