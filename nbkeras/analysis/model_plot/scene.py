"""Scene: the visible blocks and groups of a model, given which groups are open."""

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
        key: names it. kind, name: of the layer or of the group's first.
        family: "conv", "pool", "dense"...: what it looks like.
        blocks: the blocks in it, one for a layer.
        times: how many equal parts a group has.
        opens: whether it can be opened.
    """

    key: str
    family: str
    blocks: tuple
    times: int = 1
    opens: bool = False

    @property
    def alone(self):
        """The block, None for a group."""
        return self.blocks[0] if len(self.blocks) == 1 else None

    @property
    def outputs(self):
        """Shapes of what comes out of it."""
        return self.blocks[-1].outputs

    @property
    def parameters(self):
        """Of all in it; None if one is not known."""
        counts = [block.parameters for block in self.blocks]
        return None if None in counts else sum(counts)


@dataclass(frozen=True)
class Frame:
    """The frame around an open group.

    Args:
        key: of the group. title: name of a nested model, else empty.
        members: keys inside. count: how many layers. times: how many equal parts.
    """

    key: str
    title: str
    members: tuple
    count: int = 1
    times: int = 1


@dataclass(frozen=True)
class Scene:
    """All that is to be seen: SceneNode, pairs of keys, Frames from the outside in."""

    nodes: tuple
    edges: tuple
    frames: tuple


def unfold(anatomy, opened=(), all_open=False, nested=False):
    """The Scene of a model.

    Args:
        anatomy: the model.
        opened: keys of the groups that are open.
        all_open: show every layer, nested models aside.
        nested: open the nested models as well.
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
        """Show a model's items; (ways in, ways out) of each of its blocks."""
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
        """Frame all nodes since `before`, in front of the frames within it."""
        inside = tuple(node.key for node in self.nodes[before:])
        self.frames.insert(at, Frame(key, title, inside, count, times))


def _key(anatomy, item):
    """The item's key under the path of its model, so that it is the only one."""
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
