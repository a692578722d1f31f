"""Transfer matching weights from the old model to the new one.

Layers are aligned by edit distance, so that one put in or taken out moves no other.
"""

from typing import Any, NamedTuple

from nbkeras.models.functional import Functional
from nbkeras.models.saving import progress_state

# One more matching pair outweighs any similarity between other pairs.
PAIR, SAME_CONFIG, SAME_NAME = 1_000_000, 10, 1


class TransferredLayers(NamedTuple):
    """Names of layers whose weights were transferred, are new, or were dropped."""

    kept: tuple[str, ...]
    new: tuple[str, ...]
    dropped: tuple[str, ...]


def transfer_weights(former: Any, model: Any) -> TransferredLayers:
    """Transfer the weights of each layer that `model` has in common with `former`.

    A layer with a name of its own is the same in both where name, class and the shapes
    of its weights are. The others are compared in their order, whatever their automatic
    names: as many as possible keep their weights, so that a layer put in between or
    taken out leaves those around it as they were. The optimizer's slots go with their
    weights where both models were compiled with the same kind of optimizer. `former`
    stays as it is, and may be training meanwhile.

    Args:
        former: a model, built.
        model: the changed version of it; built, and compiled if slots are to be kept.

    Returns:
        TransferredLayers: names of the layers kept and new (of `model`) and dropped (of
        `former`).

    Source: Wagner and Fischer, "The String-to-String Correction Problem", J. ACM 21
    (1974), for the comparison in order.

    >>> from nbkeras import Input, Sequential, layers
    >>> before = Sequential([Input((4,)), layers.Dense(8), layers.Dense(3)])
    >>> after = Sequential([Input((4,)), layers.Dense(8), layers.Dense(5)])
    >>> transfer_weights(before, after)
    TransferredLayers(kept=('dense',), new=('dense_1',), dropped=('dense_1',))
    """
    old, new = _units(former), _units(model)
    pairs = _pairs(old, new)
    moves = {}
    for one, other in pairs:
        for before, now in zip(one.weights, other.weights, strict=True):
            moves[before] = now
            if before is not now:
                now.assign(before.value)
    _transfer_slots(former, model, moves)
    taken = {id(layer) for pair in pairs for layer in pair}
    transferred = TransferredLayers(
        tuple(layer.name for layer in new if id(layer) in taken),
        tuple(layer.name for layer in new if id(layer) not in taken),
        tuple(layer.name for layer in old if id(layer) not in taken),
    )
    if not transferred.new and not transferred.dropped:
        progress_state.take(model, progress_state.progress_of(former))
    return transferred


def _units(model):
    """The layers with weights in order, including those of nested models."""
    units = {}

    def visit(layers):
        for layer in layers:
            if isinstance(layer, Functional) and not layer.own_weights():
                visit(layer.layers)
            elif layer.weights:
                units.setdefault(id(layer), layer)

    visit(model.layers)
    return list(units.values())


def _pairs(old, new):
    """[(layer of the former model, the same layer of the new one)]."""
    there = {id(layer) for layer in old}
    pairs = [(layer, layer) for layer in new if id(layer) in there]
    used = {id(layer) for layer, _ in pairs}
    named = {layer.name: layer for layer in old if layer._named_by_user}
    for layer in new:
        before = named.get(layer.name) if layer._named_by_user else None
        if before is None or id(before) in used or id(layer) in used:
            continue
        if _kind(before) == _kind(layer):
            pairs.append((before, layer))
            used |= {id(before), id(layer)}
    rest = [[layer for layer in side if id(layer) not in used] for side in (old, new)]
    return pairs + _in_order(*rest)


def _kind(layer):
    """What must be equal for weights to be transferred."""
    cls = type(layer)
    weights = tuple((w.name, w.shape, w.dtype) for w in layer.weights)
    return cls.__module__, cls.__name__, weights


def _in_order(old, new):
    """The most pairs that keep the order of both; among equals, the most similar.

    Those of which both have names of their own, and different ones, are no pair.
    """
    similarity = _Similarity()
    best = [[0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in reversed(range(len(old))):
        for j in reversed(range(len(new))):
            here = similarity(old[i], new[j])
            paired = here + best[i + 1][j + 1] if here else 0
            best[i][j] = max(paired, best[i + 1][j], best[i][j + 1])
    pairs, i, j = [], 0, 0
    while i < len(old) and j < len(new):
        here = similarity(old[i], new[j])
        if here and best[i][j] == here + best[i + 1][j + 1]:
            pairs.append((old[i], new[j]))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return pairs


class _Similarity:
    """How similar two layers are; 0 where weights cannot be transferred."""

    def __init__(self):
        self._known = {}

    def __call__(self, one, other):
        kind, config = self._of(one)
        its_kind, its_config = self._of(other)
        if kind != its_kind or (one._named_by_user and other._named_by_user):
            return 0
        same_name = one.name == other.name
        return PAIR + SAME_CONFIG * (config == its_config) + SAME_NAME * same_name

    def _of(self, layer):
        if id(layer) not in self._known:
            config = {k: v for k, v in layer.get_config().items() if k != "name"}
            self._known[id(layer)] = _kind(layer), config
        return self._known[id(layer)]


def _transfer_slots(former, model, moves):
    """Transfer the optimizer's state of the weights that were transferred."""
    before, now = former.optimizer, model.optimizer
    if before is None or type(before) is not type(now) or before.state is None:
        return
    state = before.state
    old, new = former.weights_by_path(), model.weights_by_path()
    paths = {weight: path for path, weight in new.items()}
    to = {p: paths[moves[weight]] for p, weight in old.items() if weight in moves}
    if "optax" in state:  # in a form of its own, that fits the same paths only
        if all(path == to.get(path) for path in old):
            now.detach(state)
        return
    kept = {name: part for name, part in state.items() if name != "learning_rate"}
    kept["slots"] = {
        slot: {to[path]: array for path, array in arrays.items() if path in to}
        for slot, arrays in kept["slots"].items()
    }
    trained = model._trainable_flags.trained_paths()
    params = {path: w.value for path, w in new.items() if path in trained}
    now.detach(now.init_missing(kept, params))
