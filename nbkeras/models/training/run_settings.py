"""The settings of a run, as a recording keeps them for comparison with other runs."""

import time
from typing import Any

import jax
import numpy as np

from nbkeras.core.serialization.configurable import as_dict

# Characters of one setting, and entries of one list.
MOST_TEXT = 400
MOST_LAYERS = 40
# Arguments of layers that say what kind of network it is.
LAYER_ARGUMENTS = (
    *("units", "filters", "kernel_size", "strides", "pool_size", "rate"),
    *("output_dim", "num_heads", "key_dim", "activation"),
)


def run_settings(model: Any, plan: Any) -> dict[str, Any]:
    """What a run was made with: {name: number, text or True/False}, in order.

    Args:
        model: compiled and built.
        plan: its `FitPlan`.
    """
    arrays = plan.arrays()
    settings = {
        "model": model.name,
        "architecture": _architecture(model),
        "parameters": int(sum(np.prod(w.shape) for w in model.weights)),
        **_optimizer_settings(model.optimizer),
        "loss": _name(model.loss),
        "batch_size": getattr(plan.train, "batch_size", None),
        "epochs": plan.epochs - plan.initial_epoch,
        "rows": _rows(arrays),
        "callbacks": ", ".join(type(c).__name__ for c in plan.callbacks),
        "continues_from_epoch": model.epochs_done or None,
        "seed": model.run_seed(),
        "started": time.strftime("%Y-%m-%d %H:%M:%S"),
    }
    return {k: _plain(v) for k, v in settings.items() if v is not None and v != ""}


def _optimizer_settings(optimizer):
    """The optimizer's name and its plain arguments."""
    settings: dict[str, Any] = {"optimizer": type(optimizer).__name__}
    try:
        config = optimizer.get_config()
    except (TypeError, ValueError, NotImplementedError):
        return settings
    for name, value in config.items():
        if name == "name":
            continue
        if isinstance(value, bool | int | float | str):
            settings[name] = value
        elif name == "learning_rate" and value is not None:
            settings[name] = _name(value)
    return settings


def _architecture(model):
    """The layers in one line: "Dense 64 relu, Dropout 0.3, Dense 10 softmax"."""
    texts = []
    for layer in model.layers[:MOST_LAYERS]:
        kind = type(layer).__name__
        if kind == "InputLayer":
            continue
        try:
            config = as_dict(layer).get("config", {})
        except (TypeError, ValueError, NotImplementedError):
            config = {}
        values = [config.get(name) for name in LAYER_ARGUMENTS]
        shown = [_short(value) for value in values if value != "linear"]
        texts.append(" ".join([kind, *filter(None, shown)]))
    more = len(model.layers) - MOST_LAYERS
    return ", ".join(texts) + (f" and {more} more" if more > 0 else "")


def _short(value):
    if isinstance(value, bool | int | float | str):
        return str(value)
    if isinstance(value, list | tuple) and all(isinstance(v, int) for v in value):
        return "" if set(value) == {1} else "×".join(map(str, value))
    return ""


def _rows(arrays):
    if arrays is None:
        return None
    leaves = jax.tree.leaves(arrays[0])
    return len(leaves[0]) if leaves else None


def _name(value):
    """A loss or a schedule by its name."""
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, list | tuple):
        return ", ".join(str(_name(v)) for v in value)
    if isinstance(value, dict):
        if "class_name" in value:
            return str(value["class_name"])
        return ", ".join(f"{k}: {_name(v)}" for k, v in value.items())
    return getattr(value, "__name__", None) or type(value).__name__


def _plain(value):
    """A setting as strict JSON can hold it."""
    if isinstance(value, bool | int):
        return value
    if isinstance(value, float):  # a float32 without the digits of its rounding
        return float(f"{value:.7g}") if np.isfinite(value) else str(value)
    if isinstance(value, np.number):
        return _plain(value.item())
    text = str(value)
    return text if len(text) <= MOST_TEXT else text[: MOST_TEXT - 1] + "…"
