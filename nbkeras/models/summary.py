"""summary(): rows, then text."""

import math

import numpy as np


def rows(model):
    """(name, class, output shape, parameters, trainable) of each layer."""
    return [
        (
            layer.name,
            type(layer).__name__,
            _shape(layer),
            sum(w.size for w in layer.weights),
            layer.trainable,
        )
        for layer in model.layers
    ]


def summary_text(model, line_length=None):
    """The table that `model.summary()` prints."""
    body = [
        (f"{name} ({kind})", shape, f"{count:,}")
        for name, kind, shape, count, _ in rows(model)
    ]
    head = ("Layer (type)", "Output shape", "Param #")
    widths = [max(len(row[i]) for row in [head, *body]) + 2 for i in range(3)]
    if line_length and line_length > sum(widths):
        widths[0] += line_length - sum(widths)
    lines = [f'Model: "{model.name}"', _line(head, widths), "─" * sum(widths)]
    lines += [_line(row, widths) for row in body]
    lines += ["─" * sum(widths), *_totals(model)]
    return "\n".join(lines)


def _line(cells, widths):
    left = "".join(cell.ljust(w) for cell, w in zip(cells[:2], widths[:2], strict=True))
    return left + cells[2].rjust(widths[2])


def _totals(model):
    if not model.built:
        return [
            "Not built yet: shapes and parameters are known once the model has an "
            "Input(shape=...) or has seen data."
        ]
    open_ = model.trainable_paths()
    weights = model.weights_by_path()
    trained = [w for path, w in weights.items() if path in open_]
    kept = [w for path, w in weights.items() if path not in open_]
    lines = [
        f"Total params: {_amount([*trained, *kept])}",
        f"Trainable params: {_amount(trained)}",
        f"Non-trainable params: {_amount(kept)}",
    ]
    state = model.optimizer.state if model.optimizer is not None else None
    if state:
        slots = [a for part in state["slots"].values() for a in part.values()]
        count = sum(math.prod(a.shape) for a in slots)
        size = sum(math.prod(a.shape) * np.dtype(a.dtype).itemsize for a in slots)
        lines.append(f"Optimizer params: {count:,} ({_bytes(size)})")
    return lines


def _amount(weights):
    size = sum(w.size * np.dtype(w.dtype).itemsize for w in weights)
    return f"{sum(w.size for w in weights):,} ({_bytes(size)})"


def _bytes(size):
    for unit in ("B", "KB", "MB"):
        if size < 1024:
            return f"{size:.2f} {unit}" if unit != "B" else f"{size} B"
        size /= 1024
    return f"{size:.2f} GB"


def _shape(layer):
    shape = layer.__dict__.get("_output_shape", "?")
    if isinstance(shape, tuple) and all(n is None or isinstance(n, int) for n in shape):
        return str(shape)
    return str(shape) if shape != "?" else "?"
