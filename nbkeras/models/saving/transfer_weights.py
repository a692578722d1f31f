"""Transfer matching weights from the old model to the new one.

Layers are aligned by edit distance, so that inserting or removing a layer does not
shift the weights of the others.
"""

from typing import Any, NamedTuple

from nbkeras.models.functional import Functional
from nbkeras.models.saving import progress_state

# One more matching pair outweighs any similarity between other pairs.
PAIR, SAME_CONFIG, SAME_NAME = 1_000_000, 10, 1


class TransferredLayers(NamedTuple):
    """Names of the layers whose weights were kept, are new, or were dropped."""

    kept: tuple[str, ...]
    new: tuple[str, ...]
    dropped: tuple[str, ...]


def transfer_weights(former: Any, model: Any) -> TransferredLayers:
    """Transfer the weights of each layer that `model` has in common with `former`.

    A layer that the user named is matched if its name, class and weight shapes are
    equal in both models. All others are aligned in order, ignoring their automatic
    names, such that as many as possible keep their weights: inserting or removing a
    layer leaves the layers around it unchanged. Optimizer slots are transferred with
    their weights if both models were compiled with the same optimizer class. `former`
    is not changed, and may be training meanwhile.

    Args:
        former: a built model.
        model: the changed version of it; built, and compiled if optimizer slots are to
            be transferred.

    Returns:
        TransferredLayers: the names of the kept and new layers of `model`, and of the
        dropped layers of `former`.

    Source: Wagner and Fischer, "The String-to-String Correction Problem", J. ACM 21
    (1974), for the alignment.

    >>> from nbkeras import Input, Sequential, layers
    >>> before = Sequential([Input((4,)), layers.Dense(8), layers.Dense(3)])
    >>> after = Sequential([Input((4,)), layers.Dense(8), layers.Dense(5)])
    >>> transfer_weights(before, after)
    TransferredLayers(kept=('dense',), new=('dense_1',), dropped=('dense_1',))
    """
    old, new = _layers_with_weights(former), _layers_with_weights(model)
    pairs = _pairs(old, new)
    new_weights = {}
    for former_layer, layer in pairs:
        for before, now in zip(former_layer.weights, layer.weights, strict=True):
            new_weights[before] = now
            if before is not now:
                now.assign(before.value)
    _transfer_slots(former, model, new_weights)
    transferred_ids = {id(layer) for pair in pairs for layer in pair}
    transferred = TransferredLayers(
        tuple(layer.name for layer in new if id(layer) in transferred_ids),
        tuple(layer.name for layer in new if id(layer) not in transferred_ids),
        tuple(layer.name for layer in old if id(layer) not in transferred_ids),
    )
    if not transferred.new and not transferred.dropped:
        progress_state.restore(model, progress_state.progress_of(former))
    return transferred


def _layers_with_weights(model):
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
    """[(layer of the former model, matching layer of the new model)]."""
    old_ids = {id(layer) for layer in old}
    pairs = [(layer, layer) for layer in new if id(layer) in old_ids]
    used = {id(layer) for layer, _ in pairs}
    named = {layer.name: layer for layer in old if layer._named_by_user}
    for layer in new:
        former_layer = named.get(layer.name) if layer._named_by_user else None
        if former_layer is None or id(former_layer) in used or id(layer) in used:
            continue
        if _kind(former_layer) == _kind(layer):
            pairs.append((former_layer, layer))
            used |= {id(former_layer), id(layer)}
    remaining = [
        [layer for layer in side if id(layer) not in used] for side in (old, new)
    ]
    return pairs + _aligned(*remaining)


def _kind(layer):
    """Class, weight names, shapes and dtypes, which must be equal for a transfer."""
    cls = type(layer)
    weights = tuple((w.name, w.shape, w.dtype) for w in layer.weights)
    return cls.__module__, cls.__name__, weights


def _aligned(old, new):
    """The longest alignment that keeps both orders; among equals, the most similar.

    Two layers that the user gave different names are not paired.
    """
    similarity = _Similarity()
    best = [[0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in reversed(range(len(old))):
        for j in reversed(range(len(new))):
            score = similarity(old[i], new[j])
            paired = score + best[i + 1][j + 1] if score else 0
            best[i][j] = max(paired, best[i + 1][j], best[i][j + 1])
    pairs, i, j = [], 0, 0
    while i < len(old) and j < len(new):
        score = similarity(old[i], new[j])
        if score and best[i][j] == score + best[i + 1][j + 1]:
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
        self._cache = {}

    def __call__(self, one, other):
        kind, config = self._of(one)
        its_kind, its_config = self._of(other)
        if kind != its_kind or (one._named_by_user and other._named_by_user):
            return 0
        same_name = one.name == other.name
        return PAIR + SAME_CONFIG * (config == its_config) + SAME_NAME * same_name

    def _of(self, layer):
        if id(layer) not in self._cache:
            config = {k: v for k, v in layer.get_config().items() if k != "name"}
            self._cache[id(layer)] = _kind(layer), config
        return self._cache[id(layer)]


def _transfer_slots(former, model, new_weights):
    """Transfer the optimizer state of the transferred weights."""
    former_optimizer, optimizer = former.optimizer, model.optimizer
    if (
        former_optimizer is None
        or type(former_optimizer) is not type(optimizer)
        or former_optimizer.state is None
    ):
        return
    state = former_optimizer.state
    old, new = former.weights_by_path(), model.weights_by_path()
    paths = {weight: path for path, weight in new.items()}
    new_paths = {
        p: paths[new_weights[weight]]
        for p, weight in old.items()
        if weight in new_weights
    }
    if "optax" in state:  # optax's own structure, which fits identical paths only
        if all(path == new_paths.get(path) for path in old):
            optimizer.detach(state)
        return
    transferred = {
        name: part for name, part in state.items() if name != "learning_rate"
    }
    transferred["slots"] = {
        slot: {
            new_paths[path]: array
            for path, array in arrays.items()
            if path in new_paths
        }
        for slot, arrays in transferred["slots"].items()
    }
    trained = model._trainable_flags.trained_paths()
    params = {path: w.value for path, w in new.items() if path in trained}
    optimizer.detach(optimizer.init_missing(transferred, params))
