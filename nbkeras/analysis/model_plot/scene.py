"""Scene: the visible blocks and groups of a model, with some groups open."""

from dataclasses import dataclass

from nbkeras.analysis.model_plot.folding import fold

FAMILIES = {
    "Conv": "conv",
    "Depthwise": "conv",
    "Separable": "conv",
    "Pool": "pool",
    "Dense": "dense",
    "Attention": "dense",
    "Embedding": "dense",
    "RNN": "dense",
    "LSTM": "dense",
    "GRU": "dense",
    "Bidirectional": "dense",
    "Normalization": "norm",
    "Dropout": "noise",
    "Noise": "noise",
    "Random": "noise",
}
MERGES = "Add Subtract Average Multiply Maximum Minimum Concatenate Dot".split()
ACTIVATIONS = "Activation ReLU LeakyReLU PReLU ELU Softmax Relu Sigmoid Tanh".split()


@dataclass(frozen=True)
class SceneNode:
    """A block or a collapsed group in the plot.

    Args:
        key: its unique name.
        family: its visual style: "conv", "pool", "dense"...
        blocks: its blocks; a single one for a layer.
        times: number of equal parts of a group.
        opens: whether it can be opened.
    """

    key: str
    family: str
    blocks: tuple
    times: int = 1
    opens: bool = False

    @property
    def alone(self):
        """The single block; None for a group."""
        return self.blocks[0] if len(self.blocks) == 1 else None

    @property
    def outputs(self):
        """The output shapes."""
        return self.blocks[-1].outputs

    @property
    def parameters(self):
        """The number of parameters of all blocks; None if one is unknown."""
        counts = [block.parameters for block in self.blocks]
        return None if None in counts else sum(counts)


@dataclass(frozen=True)
class Frame:
    """The frame around an open group.

    Args:
        key: key of the group.
        title: name of a nested model, or "".
        members: keys of the nodes inside.
        count: number of layers.
        times: number of equal parts.
    """

    key: str
    title: str
    members: tuple
    count: int = 1
    times: int = 1


@dataclass(frozen=True)
class Scene:
    """The visible nodes, edges as pairs of keys, and frames, outermost first."""

    nodes: tuple
    edges: tuple
    frames: tuple


def unfold(anatomy, opened=(), all_open=False, nested=False):
    """The Scene of a model.

    Args:
        anatomy: the model.
        opened: keys of the open groups.
        all_open: whether to show every layer, except within nested models.
        nested: whether to open nested models as well.
    """
    walk = _Walk(set(opened), all_open, nested)
    walk.show(anatomy)
    return Scene(
        tuple(walk.nodes), tuple(dict.fromkeys(walk.edges)), tuple(walk.frames)
    )


class _Walk:
    def __init__(self, opened, all_open, nested):
        self.opened, self.all_open, self.nested = opened, all_open, nested
        self.nodes, self.edges, self.frames = [], [], []

    def show(self, anatomy):
        """Add a model's items; returns the keys of its entry and exit nodes."""
        ins, outs = {}, {}
        for item in fold(anatomy):
            self._item(anatomy, item, ins, outs)
        taken = {}
        for tail, head in anatomy.edges:
            number = taken[head] = taken.get(head, -1) + 1
            enter = ins[head][min(number, len(ins[head]) - 1)]
            self.edges += [(way, enter) for way in outs[tail] if way != enter]
        starts = {head for _, head in anatomy.edges}
        entries = [ins[i][0] for i in range(len(anatomy.blocks)) if i not in starts]
        ends = [way for i in anatomy.outputs for way in outs[i]]
        return entries, ends

    def _item(self, anatomy, item, ins, outs):
        if not item.parts:
            self._block(anatomy.blocks[item.members[0]], item.members[0], ins, outs)
            return
        before, frame = len(self.nodes), len(self.frames)
        key = _key(anatomy, item)
        if self.all_open or key in self.opened:
            for part in item.parts:
                self._item(anatomy, part, ins, outs)
            if not self.all_open:
                length = len(item.members) // item.times
                self._frame(frame, before, key, "", length, item.times)
            return
        blocks = tuple(anatomy.blocks[at] for at in item.members)
        self.nodes.append(SceneNode(key, "group", blocks, item.times, True))
        for at in item.members:
            ins[at] = outs[at] = [key]

    def _block(self, block, at, ins, outs):
        before, frame = len(self.nodes), len(self.frames)
        open_ = self.nested or block.key in self.opened
        if open_ and block.inner is not None and block.inner.blocks:
            ins[at], outs[at] = self.show(block.inner)
            count = len(block.inner.blocks)
            self._frame(frame, before, block.key, block.name, count)
            return
        self.nodes.append(
            SceneNode(block.key, family(block), (block,), 1, block.inner is not None)
        )
        ins[at] = outs[at] = [block.key]

    def _frame(self, at, before, key, title, count, times=1):
        """Add a frame around all nodes since `before`, before the frames within it."""
        inside = tuple(node.key for node in self.nodes[before:])
        self.frames.insert(at, Frame(key, title, inside, count, times))


def _key(anatomy, item):
    """The item's key with the path of its model, which makes it unique."""
    first = anatomy.blocks[item.members[0]].key
    return f"{item.key.split(':', 1)[0]}:{first}:{len(item.members)}"


def family(block):
    """The visual style of a block."""
    if block.inner is not None:
        return "group"
    if block.kind == "InputLayer":
        return "input"
    if block.kind in MERGES:
        return "merge"
    if block.kind in ACTIVATIONS:
        return "activation"
    for part, name in FAMILIES.items():
        if part in block.kind:
            return name
    return "shape" if not block.parameters else "other"
