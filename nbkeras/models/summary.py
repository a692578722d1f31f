"""summary(): a table with one row per layer."""

import math
import re
from dataclasses import dataclass

import numpy as np

from nbkeras.core import check
from nbkeras.core.base_classes import BaseModel
from nbkeras.core.names.display_name import display_name
from nbkeras.layers.engine import introspection
from nbkeras.models.graph import graph_of

# Functions that may display a summary instead of printing it: called with (model, text,
# expand_nested, show_trainable), they return whether they displayed it.
displays = []


@dataclass(frozen=True)
class Row:
    """One layer in a summary.

    Args:
        name: name of the layer.
        kind: name of its class, or of the function that it calls.
        shape: shape of its output, as text.
        count: number of its parameters; None if it is not built.
        trainable: whether the layer is trainable.
        inputs: (layer name, index of the call, index of the output) of each input.
        level: nesting depth, 0 for the layers of the model itself.
    """

    name: str
    kind: str
    shape: str
    count: int | None
    trainable: bool
    inputs: tuple = ()
    level: int = 0


def rows(model, expand_nested=False, level=0):
    """A Row for each layer; `expand_nested` adds the layers of nested models."""
    summary_rows = []
    for layer in model.operations or model.layers:
        saved_as = getattr(layer, "saved_as", None)
        # An operation such as `mean` has nothing to build.
        is_built = layer.built or layer.weights or saved_as is not None
        summary_rows.append(
            Row(
                layer.name,
                saved_as[1] if saved_as else type(layer).__name__,
                _shape(layer),
                sum(w.size for w in layer.weights) if is_built else None,
                layer.trainable,
                _inputs(model, layer),
                level,
            )
        )
        if expand_nested and isinstance(layer, BaseModel):
            summary_rows += rows(layer, expand_nested, level + 1)
    return summary_rows


def summary_text(
    model,
    line_length=None,
    expand_nested=False,
    show_trainable=False,
    layer_range=None,
):
    """The table that `model.summary()` prints.

    Args:
        model: any model.
        line_length: characters per line; by default as many as needed.
        expand_nested: show the layers of models within the model.
        show_trainable: add a column with Y or N.
        layer_range: names (or regular expressions) of the first and the last layer to
            show; None for all.
    """
    summary_rows = _within(rows(model, expand_nested), layer_range)
    branches = not _is_a_chain(model)
    head = ["Layer (type)", "Output Shape", "Param #"]
    head += ["Connected to"] if branches else []
    head += ["Trainable"] if show_trainable else []
    body = []
    for row in summary_rows:
        indent = "   " * row.level + "└ " if row.level else ""
        count = "0 (unbuilt)" if row.count is None else f"{row.count:,}"
        cells = [
            f"{indent}{display_name(row.name)} ({display_name(row.kind)})",
            row.shape,
            count,
        ]
        if branches:
            links = [
                f"{display_name(name)}[{call}][{at}]" for name, call, at in row.inputs
            ]
            cells.append(", ".join(links) or "-")
        if show_trainable:
            cells.append(("Y" if row.trainable else "N") if row.count else "-")
        body.append(cells)
    widths = [max(len(row[i]) for row in [head, *body]) + 2 for i in range(len(head))]
    if line_length and line_length > sum(widths):
        widths[0] += line_length - sum(widths)
    lines = [
        f'Model: "{display_name(model.name)}"',
        _line(head, widths),
        "─" * sum(widths),
    ]
    lines += [_line(row, widths) for row in body]
    lines += ["─" * sum(widths), *_totals(model)]
    return "\n".join(lines)


def _line(cells, widths):
    """One line of the table; the parameter counts are right-aligned."""
    cells = [
        cell.rjust(width - 2) + "  " if column == 2 else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return "".join(cells).rstrip()


def _is_a_chain(model):
    """Whether each layer takes only the output of the layer before it."""
    graph = graph_of(model)
    if graph is None:
        return True
    calls = [node for node in graph.nodes if node.parents]
    single_path = len(graph.inputs) == 1 and len(calls) == len(graph.layers) - 1
    previous_nodes = [graph.inputs[0].node, *calls]
    return single_path and all(
        [parent.node for parent in node.parents] == [previous]
        for previous, node in zip(previous_nodes, calls, strict=False)
    )


def _inputs(model, layer):
    graph = graph_of(model)
    nodes = graph.own_nodes(layer) if graph is not None else ()
    return tuple((t.name, t.node.number, t.index) for n in nodes for t in n.parents)


def _within(all_rows, layer_range):
    """The rows from the first to the last that `layer_range` names."""
    if layer_range is None:
        return all_rows
    names = [row.name for row in all_rows]
    first, last = layer_range
    matches = []
    for pattern in (first, last):
        indices = [i for i, name in enumerate(names) if re.fullmatch(pattern, name)]
        if not indices:
            raise ValueError(
                f"summary(layer_range={layer_range!r}): no layer is called {pattern!r}."
                f"{check.did_you_mean(pattern, names)} There are: "
                f"{', '.join(map(display_name, names))}."
            )
        matches.append(indices)
    return all_rows[matches[0][0] : matches[1][-1] + 1]


def _totals(model):
    if not model.built:
        return [
            "Not built: shapes and parameters are known once the model has an "
            "Input(shape=...) or was called on data."
        ]
    trainable_paths = model.trainable_paths()
    weights = model.weights_by_path()
    trained = [w for path, w in weights.items() if path in trainable_paths]
    frozen = model.non_trainable_weights
    lines = [
        f"Total params: {_count_and_size([*trained, *frozen])}",
        f"Trainable params: {_count_and_size(trained)}",
        f"Non-trainable params: {_count_and_size(frozen)}",
    ]
    state = model.optimizer.state if model.optimizer is not None else None
    if state:
        slots = [a for part in state["slots"].values() for a in part.values()]
        count = sum(math.prod(a.shape) for a in slots)
        size = sum(math.prod(a.shape) * np.dtype(a.dtype).itemsize for a in slots)
        lines.append(f"Optimizer params: {count:,} ({_bytes(size)})")
    return lines


def _count_and_size(weights):
    size = sum(w.size * np.dtype(w.dtype).itemsize for w in weights)
    return f"{sum(w.size for w in weights):,} ({_bytes(size)})"


def _bytes(size):
    for unit in ("B", "KB", "MB"):
        if size < 1024:
            return f"{size:.2f} {unit}" if unit != "B" else f"{size} B"
        size /= 1024
    return f"{size:.2f} GB"


def _shape(layer):
    """Output shape as text, from the last symbolic call or the last call on arrays."""
    calls = introspection.call_nodes(layer)
    if calls:
        shapes = [tensor.shape for tensor in calls[-1].output_tensors]
        return ", ".join(map(str, shapes))
    shape = layer.__dict__.get("_output_shape", "?")
    return str(shape)
