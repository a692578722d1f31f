"""Folding: group repeated and related layers into collapsible blocks.

A model is split at layers through which all data passes. The layers between two splits
(branches and the layer that merges them) are a unit; in a large model a layer with
weights and the normalization, activation and dropout after it are a unit too. Equal
consecutive units become one group with a repeat count. A row that is still long is
split into parts.
"""

import math
from collections import defaultdict
from dataclasses import dataclass

from nbkeras import layers

# Models with at most this many blocks are not folded.
MAX_UNFOLDED = 16
# Above this number of items, a layer and its activation are one unit.
MAX_ITEMS = 40
ATTACHED_KINDS = tuple(
    layer_class.__name__
    for layer_class in (
        layers.BatchNormalization,
        layers.LayerNormalization,
        layers.Activation,
        layers.ReLU,
        layers.LeakyReLU,
        layers.PReLU,
        layers.ELU,
        layers.Softmax,
        layers.Dropout,
        layers.SpatialDropout2D,
        layers.ZeroPadding2D,
    )
)
ACTIVATIONS = ("Activation", "ReLU", "LeakyReLU", "PReLU", "ELU")


@dataclass(frozen=True)
class FoldedItem:
    """A block, or a group of items.

    Args:
        key: its unique name.
        members: indices of its blocks in the anatomy, in order.
        parts: the items that are shown when it is open; empty for a single block.
        times: number of equal consecutive parts.
    """

    key: str
    members: tuple
    parts: tuple = ()
    times: int = 1


def fold(anatomy):
    """The model as a list of FoldedItems; each block is in exactly one of them."""
    blocks = anatomy.blocks
    single = [FoldedItem(block.key, (i,)) for i, block in enumerate(blocks)]
    if len(blocks) <= MAX_UNFOLDED:
        return single
    items = _regions(anatomy, single)
    if len(items) > MAX_ITEMS:
        items = _with_activations(anatomy, items)
    items = _repeated(anatomy, items)
    return _cut(items) if len(items) > MAX_ITEMS else items


def _cut(items):
    """Split a long row into about as many parts as items per part."""
    length = math.isqrt(len(items) - 1) + 1
    parts = [items[at : at + length] for at in range(0, len(items), length)]
    return [_group(part) if len(part) > 1 else part[0] for part in parts]


def _group(parts, times=1):
    members = tuple(at for part in parts for at in part.members)
    mark = f"x{times}" if times > 1 else "unit"
    return FoldedItem(f"{mark}:{parts[0].key}", members, tuple(parts), times)


def _regions(anatomy, single):
    """Group branches with the layer that merges them and its activation."""
    spanned = set()
    for tail, head in anatomy.edges:
        spanned.update(range(tail + 1, head))
    items, region = [], []
    at = 0
    while at < len(single):
        if at in spanned:
            region.append(single[at])
            at += 1
            continue
        if not region:
            items.append(single[at])
            at += 1
            continue
        region.append(single[at])
        at += 1
        kinds = [block.kind for block in anatomy.blocks]
        if at < len(single) and at not in spanned and kinds[at] in ACTIVATIONS:
            region.append(single[at])
            at += 1
        items.append(_group(region))
        region = []
    return [*items, *region]


def _with_activations(anatomy, items):
    """Group a layer with the normalization, activation and dropout after it."""
    units, current = [], []

    def close():
        if current:
            units.append(_group(current) if len(current) > 1 else current[0])
            current.clear()

    for item in items:
        block = anatomy.blocks[item.members[0]]
        is_light = not item.parts and block.kind in ATTACHED_KINDS
        if is_light and current:
            current.append(item)
            continue
        close()
        if not item.parts and block.parameters and block.inner is None:
            current.append(item)
        else:
            units.append(item)
    close()
    return units


def _repeated(anatomy, items):
    """Group equal consecutive runs of items."""
    tails = defaultdict(list)
    for tail, head in anatomy.edges:
        tails[head].append(tail)
    signatures = [_signature(anatomy, item, tails) for item in items]
    groups, at = [], 0
    while at < len(items):
        period, times = _best_repetition(anatomy, items, signatures, at)
        if times < 2:
            groups.append(items[at])
            at += 1
            continue
        runs = []
        for _ in range(times):
            run = items[at : at + period]
            runs.append(run[0] if period == 1 else _group(run))
            at += period
        groups.append(_group(runs, times))
    return groups


def _best_repetition(anatomy, items, signatures, at):
    """(period, times) of the repetition from `at` that hides most; else (1, 1)."""
    best, most_hidden = (1, 1), 2
    for period in range(1, (len(items) - at) // 2 + 1):
        if signatures[at] != signatures[at + period]:
            continue  # most often so in a large model
        times = 1
        while (
            signatures[at : at + period]
            == signatures[at + times * period : at + (times + 1) * period]
        ):
            times += 1
        hidden = (times - 1) * sum(len(i.members) for i in items[at : at + period])
        if times > 1 and hidden > most_hidden and _begins(anatomy, items[at]):
            best, most_hidden = (period, times), hidden
    return best


def _begins(anatomy, item):
    """Whether a repetition may begin at this item: it must have weights."""
    return any(anatomy.blocks[at].parameters for at in item.members)


def _signature(anatomy, item, tails):
    """A signature that is equal for items with equal layers, shapes and edges.

    Args:
        anatomy: the model. item: the item.
        tails: {block: the blocks that its edges come from}.
    """
    first = item.members[0]
    inside = set(item.members)
    members = tuple(
        (b.kind, b.code.partition(", name=")[0], b.outputs, b.parameters)
        for b in (anatomy.blocks[at] for at in item.members)
    )
    wires = tuple(
        (tail - first, head - first)
        for head in item.members
        for tail in tails[head]
        if tail in inside
    )
    return members, wires
