"""What the rules of `lint` look at: layers in their order, outputs, samples of data."""

import jax
import numpy as np

from nbkeras import losses
from nbkeras.data.checks.loss_names import plain_name
from nbkeras.models.graph import graph_of
from nbkeras.models.training.output_heads import last_activations, last_layers

# At most so many values of an array are looked at, in rows spread over all of it.
MOST_VALUES = 1_000_000
MOST_ROWS = 1000


class Seen:
    """A model and a sample of its data.

    Args:
        model: any model.
        x: data as in `fit`, or None.
        y: targets, or None.
        validation_data: as in `fit`, or None.

    Attributes: `chains`, lists of layers of which each only passes its result to the
    next; `starts`, those of them that begin at an input; `heads`, a `Head` for each
    output with a loss; `x`, a list of sampled inputs; `held`, (all rows of the first
    input, those of the validation), or None.
    """

    def __init__(self, model, x=None, y=None, validation_data=None):
        if isinstance(x, tuple) and y is None and len(x) in (2, 3):
            x, y = x[:2]
        if not _is_data(x) and hasattr(x, "__getitem__") and hasattr(x, "__len__"):
            x, y = (*x[0], None)[:2]  # a Sequence gives its batches any number of times
        held = validation_data[0] if isinstance(validation_data, tuple) else None
        self.model = model
        self.chains = list(_chains(model))
        self.starts = _starts(model)
        self.x = [sample(part) for part in parts(x)]
        self.heads = _heads(model, y)
        whole, kept = parts(x), parts(held)
        self.held = (whole[0], kept[0]) if whole and kept else None
        self.losses = getattr(model.history, "history", {}).get("loss", [])
        self.rate = getattr(model.optimizer, "learning_rate", None)

    @property
    def layers(self):
        """All layers within the model that hold no others."""
        return [layer for chain in self.chains for layer in chain]


class Head:
    """One output: its loss by its plain name, what it ends in, its targets."""

    def __init__(self, loss, shape, activation, layer, y):
        self.loss = plain_name(loss)
        self.from_logits = bool(getattr(loss, "from_logits", False))
        self.activation = activation
        self.shape = shape
        self.units = shape[-1] if shape is not None and len(shape) > 1 else None
        self.layer = layer or "the last layer"
        self.shape_y = None if y is None else tuple(y.shape)
        self.y = sample(y)
        self.ignored = getattr(loss, "ignore_class", None)


def parts(tree):
    """The arrays in data of any form; [] where it gives none without being read."""
    if isinstance(tree, dict):
        return [part for each in tree.values() for part in parts(each)]
    if isinstance(tree, tuple | list) and tree and _is_data(tree[0]):
        return [part for each in tree for part in parts(each)]
    if isinstance(tree, list) and tree:
        tree = np.asarray(tree)
    return [tree] if _is_data(tree) else []


def sample(array):
    """Rows spread over an array as NumPy numbers; None if it has none to look at."""
    if array is None or not array.shape or not array.shape[0]:
        return None
    rows = array.shape[0]
    row = max(int(np.prod(array.shape[1:])), 1)
    wanted = min(rows, MOST_ROWS, max(MOST_VALUES // row, 1))
    found = taken(array, np.linspace(0, rows - 1, wanted).astype(int))
    return found if found.dtype.kind in "fiub" else None


def taken(array, index):
    """The rows at `index` as a NumPy array."""
    if hasattr(array, "take") and hasattr(array, "source"):
        return np.asarray(array.take(index))
    if hasattr(array, "iloc"):
        return array.iloc[index].to_numpy()
    return np.asarray(array)[index]


def _is_data(value):
    return hasattr(value, "shape") and hasattr(
        value, "dtype" if not hasattr(value, "iloc") else "iloc"
    )


def _chains(model):
    """Straight runs of layers, those of models within included."""
    graph, stack = graph_of(model), getattr(model, "_stack", None)
    if graph is not None:
        runs = [[node.layer for node in chain] for _, chain in graph._chains]
    elif stack is not None:
        runs = [stack]
    else:
        runs = [[layer] for layer in model.layers]
    for run in runs:
        straight = []
        for layer in run:
            inner = list(_chains(layer)) if hasattr(layer, "compile") else None
            if inner is None:
                straight.append(layer)
            elif len(inner) == 1 and getattr(layer, "_stack", None) is not None:
                straight += inner[0]
            else:
                yield straight
                yield from inner
                straight = []
        yield straight


def _starts(model):
    """[layers behind it, or None] for each input, in order of the inputs."""
    graph = graph_of(model)
    if graph is None:
        known = getattr(model, "_stack", None) is not None
        return [next(_chains(model), None)] if known else []
    found = []
    for tensor in graph.inputs:
        runs = [c for _, c in graph._chains if tensor in c[0].parents]
        layers = [node.layer for node in runs[0]] if len(runs) == 1 else None
        if layers and hasattr(layers[0], "compile"):
            inner = _starts(layers[0])
            layers = inner[0] if len(inner) == 1 else None
        found.append(layers)
    return found


def _heads(model, y):
    if not model.compiled:
        return []
    dealt = model.compiled_objective.heads
    given = [head.loss_fn for head in dealt] or _one_loss(model.loss)
    count = len(given)
    shapes = _output_shapes(model, count)
    ends, layers = last_activations(model, count), last_layers(model, count)
    names = [head.name for head in dealt] or [None]
    targets = _targets(y, names)
    found = zip(given, shapes, ends, layers, targets, strict=True)
    return [Head(*each) for each in found if each[0] is not None]


def _one_loss(loss):
    if loss is None or (isinstance(loss, list | tuple | dict) and len(loss) != 1):
        return []
    if isinstance(loss, list | tuple | dict):
        loss = jax.tree.leaves(loss)[0]
    return [losses.as_loss(loss)]


def _output_shapes(model, count):
    graph = graph_of(model)
    if graph is not None:
        return [tensor.shape for tensor in graph.outputs]
    shape = None
    if count == 1 and model.layers:
        last = model.layers[-1]
        if getattr(model, "_tensors", None):
            shape = model.output_shape
        elif hasattr(last, "units"):
            shape = (None, last.units)
    return [shape] * count


def _targets(y, names):
    if isinstance(y, dict):
        return [(parts(y.get(name)) or [None])[0] for name in names]
    found = parts(y)
    return found if len(found) == len(names) else [None] * len(names)
