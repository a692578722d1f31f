"""LintContext: the layers, output heads and sampled data for the rules of `lint`."""

import jax
import numpy as np

from nbkeras import losses
from nbkeras.data.checks.loss_names import plain_name
from nbkeras.models.graph import graph_of
from nbkeras.models.model import Model
from nbkeras.models.sequential import Sequential
from nbkeras.models.training.output_heads import last_activations, last_layers

# Maximum numbers of values and rows that are sampled from an array.
MAX_VALUES = 1_000_000
MAX_ROWS = 1000


class LintContext:
    """A model and a sample of its data.

    Args:
        model: any model.
        x: data as in `fit`, or None.
        y: targets, or None.
        validation_data: validation data as in `fit`, or None.

    Attributes:
        chains: lists of layers, each of which feeds only the next one.
        input_chains: for each input the chain that starts there, or None.
        heads: an `OutputHead` for each output with a loss.
        x: sampled rows of each input.
        train_and_validation: all training and validation rows of the first input; None
            without validation data.
        metrics: names of the metrics of `compile`, in lower case.
        losses: training losses of past epochs.
        learning_rate: learning rate of the optimizer.
    """

    def __init__(self, model, x=None, y=None, validation_data=None):
        if isinstance(x, tuple) and y is None and len(x) in (2, 3):
            x, y = x[:2]
        if not _is_data(x) and hasattr(x, "__getitem__") and hasattr(x, "__len__"):
            x, y = (*x[0], None)[:2]  # a Sequence can be read again
        validation_x = (
            validation_data[0] if isinstance(validation_data, tuple) else None
        )
        self.model = model
        self.chains = list(_chains(model))
        self.input_chains = _input_chains(model)
        self.x = [sample_rows(part) for part in arrays_in(x)]
        self.heads = _heads(model, y)
        training, validation = arrays_in(x), arrays_in(validation_x)
        self.train_and_validation = (
            (training[0], validation[0]) if training and validation else None
        )
        specs = model.compiled_objective.metric_specs if model.compiled else []
        self.metrics = [plain_name(spec) for spec in specs]
        self.losses = getattr(model.history, "history", {}).get("loss", [])
        self.learning_rate = getattr(model.optimizer, "learning_rate", None)

    @property
    def layers(self):
        """All layers of the model without sublayers."""
        return [layer for chain in self.chains for layer in chain]


class OutputHead:
    """An output of the model: its loss, its last activation, its targets.

    Args:
        loss: the loss object.
        shape: shape of the output with the batch axis, or None.
        activation: name of the last activation.
        layer: description of the last layer.
        y: targets, or None.
    """

    def __init__(self, loss, shape, activation, layer, y):
        self.loss = plain_name(loss)
        self.from_logits = bool(getattr(loss, "from_logits", False))
        self.activation = activation
        self.shape = shape
        self.units = shape[-1] if shape is not None and len(shape) > 1 else None
        self.layer = layer or "the last layer"
        self.target_shape = None if y is None else tuple(y.shape)
        self.targets = sample_rows(y)
        self.ignore_class = getattr(loss, "ignore_class", None)


def arrays_in(tree):
    """The arrays in data of any form; [] for generators, which are not read."""
    if isinstance(tree, dict):
        return [part for subtree in tree.values() for part in arrays_in(subtree)]
    if isinstance(tree, tuple | list) and tree and _is_data(tree[0]):
        return [part for subtree in tree for part in arrays_in(subtree)]
    if isinstance(tree, list) and tree:
        tree = np.asarray(tree)
    return [tree] if _is_data(tree) else []


def sample_rows(array):
    """Rows sampled evenly from an array as NumPy numbers; None without numbers."""
    if array is None or not array.shape or not array.shape[0]:
        return None
    length = array.shape[0]
    row_size = max(int(np.prod(array.shape[1:])), 1)
    count = min(length, MAX_ROWS, max(MAX_VALUES // row_size, 1))
    values = rows_at(array, np.linspace(0, length - 1, count).astype(int))
    return values if values.dtype.kind in "fiub" else None


def rows_at(array, index):
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
    """Yield chains of consecutive layers, including those of nested models."""
    graph = graph_of(model)
    if graph is not None:
        runs = [[node.layer for node in chain] for _, chain in graph.chains]
    elif isinstance(model, Sequential):
        runs = [model.layers]
    else:
        runs = [[layer] for layer in model.layers]
    for run in runs:
        straight = []
        for layer in run:
            inner = list(_chains(layer)) if isinstance(layer, Model) else None
            if inner is None:
                straight.append(layer)
            elif len(inner) == 1 and isinstance(layer, Sequential):
                straight += inner[0]
            else:
                yield straight
                yield from inner
                straight = []
        yield straight


def _input_chains(model):
    """[layers that follow it, or None] for each input, in the order of the inputs."""
    graph = graph_of(model)
    if graph is None:
        return [next(_chains(model), None)] if isinstance(model, Sequential) else []
    starts = []
    for tensor in graph.inputs:
        runs = [c for _, c in graph.chains if tensor in c[0].parents]
        layers = [node.layer for node in runs[0]] if len(runs) == 1 else None
        if layers and isinstance(layers[0], Model):
            inner = _input_chains(layers[0])
            layers = inner[0] if len(inner) == 1 else None
        starts.append(layers)
    return starts


def _heads(model, y):
    if not model.compiled:
        return []
    compiled_heads = model.compiled_objective.heads
    losses_of_heads = [head.loss_fn for head in compiled_heads] or _one_loss(model.loss)
    count = len(losses_of_heads)
    shapes = _output_shapes(model, count)
    ends, layers = last_activations(model, count), last_layers(model, count)
    names = [head.name for head in compiled_heads] or [None]
    targets = _targets(y, names)
    heads = zip(losses_of_heads, shapes, ends, layers, targets, strict=True)
    return [OutputHead(*arguments) for arguments in heads if arguments[0] is not None]


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
        has_input = isinstance(model, Sequential) and model.input_layer is not None
        if has_input:
            shape = model.output_shape
        elif hasattr(last, "units"):
            shape = (None, last.units)
    return [shape] * count


def _targets(y, names):
    if isinstance(y, dict):
        return [(arrays_in(y.get(name)) or [None])[0] for name in names]
    arrays = arrays_in(y)
    return arrays if len(arrays) == len(names) else [None] * len(names)
