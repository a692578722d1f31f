"""Check data against a model: input shapes, word numbers, labels.

Where `fit` checks labels: `targets` below finds the loss, the shape and the last
activation of each output, and `nbkeras.data.targets` compares the labels with them.
Shapes of inputs are compared in `nbkeras.data.model_checks`; NaN, unequal row counts
and sample weights are checked in `nbkeras.data.checks`, for any data.
"""

import jax
import numpy as np

from nbkeras.core.base_model import BaseModel
from nbkeras.data import model_checks
from nbkeras.data.targets import Case, check_case
from nbkeras.models.graph import graph_of


def inputs(model, x, owner="fit"):
    """Raise if `x` does not suit the input shape, where that is known already."""
    graph = graph_of(model)
    if graph is not None:
        shapes = [tensor.shape for tensor in graph.inputs]
        model_checks.inputs(x, shapes, graph.input_names, owner)
        return
    first = getattr(model, "_input", None)
    if first is not None:
        model_checks.inputs(x, first.batch_shape, None, owner)


def embedding_indices(model, x):
    """Raise if the model begins with an Embedding that `x` has numbers beyond."""
    layers = model.layers
    size = getattr(layers[0], "input_dim", None) if layers else None
    if type(size) is not int or not isinstance(x, np.ndarray) or not x.size:
        return
    low, high = x.min(), x.max()
    if x.dtype.kind == "f" and not (np.rint(x[:1000]) == x[:1000]).all():
        raise ValueError(
            f"x has numbers with a fraction, and the Embedding {layers[0].name!r} "
            f"takes whole numbers, 0 to {size - 1}. Number the words, or write Dense "
            "in place of Embedding for measured quantities."
        )
    if low >= 0 and high < size:
        return
    raise ValueError(
        f"x has numbers from {low:g} to {high:g}, and the Embedding "
        f"{layers[0].name!r} has {size} entries, 0 to {size - 1}. Write "
        f"Embedding({int(high) + 1}, ...), or number unknown words too."
    )


def targets(model, y, output, owner="fit"):
    """Raise if the targets do not suit the outputs and the losses.

    Args:
        model: compiled and built, its objective settled.
        y: all targets where they are known, else those of the first batch.
        output: tree of shapes and dtypes of the output.
        owner: what messages name.
    """
    heads = model._objective.heads
    if y is None:
        if any(head.loss_fn is not None for head in heads):
            raise ValueError(model_checks.no_targets(owner))
        return
    outputs = zip(
        heads,
        model._objective.targets(y),
        jax.tree.leaves(output),
        last_activations(model, len(heads)),
        last_layers(model, len(heads)),
        strict=True,
    )
    for number, (head, part, shape, activation, layer) in enumerate(outputs):
        loss = head.loss_fn
        ours = loss is not None and getattr(loss, "rows_independent", False)
        if loss is None:
            continue
        name = _name(y, head, number)
        if part is None:
            raise ValueError(
                f"There are no targets for the output {head.name!r}, which has a loss. "
                f"Give them as {name}, or compile it with loss None."
            )
        case = Case(
            name,
            part,
            (None, *shape.shape[1:]),
            getattr(loss, "name", None) if ours else None,
            activation,
            layer,
        )
        check_case(
            case,
            getattr(loss, "from_logits", False),
            getattr(loss, "ignore_class", None),
        )


def last_activations(model, count):
    """For each output the name of the activation that it ends in; None if unknown."""
    graph = graph_of(model)
    if graph is not None:
        return [activation_of(tensor.layer) for tensor in graph.outputs]
    layers = model.layers
    return [activation_of(layers[-1])] if count == 1 and layers else [None] * count


def last_layers(model, count):
    """For each output the layer that gives it, "Dense 'dense'"; "" if unknown."""
    graph, layers = graph_of(model), model.layers
    if graph is not None:
        last = [tensor.layer for tensor in graph.outputs]
    elif count != 1 or not layers:
        return [""] * count
    else:
        last = layers[-1:]
    return [f"{type(layer).__name__} {layer.name!r}" for layer in last]


def activation_of(layer):
    """Name of the activation that a layer or model ends in, or None if unknown."""
    if isinstance(layer, BaseModel):
        return last_activations(layer, 1)[0]
    kind = type(layer).__name__
    if kind in ("Softmax", "Sigmoid"):
        return kind.lower()
    activation = getattr(layer, "activation", None)
    if "activation" in layer.__dict__ and activation is None:
        return "linear"
    return getattr(activation, "__name__", None)


def _name(y, head, number):
    """What messages call the targets of a head."""
    if isinstance(y, dict) and head.name:
        return f"y[{head.name!r}]"
    return f"y[{number}]" if isinstance(y, list | tuple) and len(y) > 1 else "y"
