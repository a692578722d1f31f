"""Random combinations of the options of recurrent layers, beside real Keras.

Keras on JAX treats masked steps otherwise with `unroll=True` (it ignores
`zero_output_for_mask`, which Bidirectional sets); its own loop is compared then.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

BATCH, STEPS, FEATURES = 3, 5, 4
KINDS = ("SimpleRNN", "LSTM", "GRU")


def drawn(seed: int) -> dict[str, Any]:
    """A combination of options, from its seed."""
    rng = np.random.default_rng(seed)

    def sometimes(share=0.35):
        return bool(rng.random() < share)

    wrapper = str(rng.choice(["layer", "layer", "cell", "stacked", "bidirectional"]))
    kind = str(rng.choice(KINDS))
    units = int(rng.integers(2, 5))
    draw: dict[str, Any] = {
        "seed": seed,
        "wrapper": wrapper,
        "cells": [(kind, _cell_options(rng, kind, units))],
        "options": {
            "return_sequences": sometimes(0.5),
            "return_state": sometimes(),
            "stateful": sometimes(0.25),
            "go_backwards": sometimes(),
            "unroll": sometimes(0.25),
            "zero_output_for_mask": sometimes(0.25),
        },
        "mask": sometimes(0.5),
        "initial_state": sometimes(),
        "mixed": sometimes(0.15),
        "training": sometimes(),
        "calls": 2 if sometimes(0.5) else 1,
    }
    if wrapper == "stacked":
        second = str(rng.choice(KINDS))
        draw["cells"].append((second, _cell_options(rng, second, units + 1)))
    if wrapper == "bidirectional":
        modes = ["concat", "sum", "mul", "ave", None]
        draw["merge_mode"] = modes[int(rng.integers(5))]
    return draw


def _cell_options(rng: Any, kind: str, units: int) -> dict[str, Any]:
    options = {
        "units": units,
        "use_bias": bool(rng.random() < 0.8),
        "activation": str(rng.choice(["tanh", "relu", "linear"], p=[0.6, 0.2, 0.2])),
        "dropout": 0.0,
        "recurrent_dropout": 0.0,
    }
    if kind != "SimpleRNN":
        options["recurrent_activation"] = str(rng.choice(["sigmoid", "hard_sigmoid"]))
    if kind == "GRU":
        options["reset_after"] = bool(rng.random() < 0.5)
    if kind == "LSTM":
        options["unit_forget_bias"] = bool(rng.random() < 0.5)
    return options


def built(library: Any, draw: dict[str, Any]) -> Any:
    """The layer of a draw in `library`."""
    layers = library.layers
    options = dict(draw["options"])
    if library.__name__ == "keras" and draw["mask"]:
        options["unroll"] = False
    if draw["mixed"]:
        options["dtype"] = "mixed_bfloat16"
    kind, cell_options = draw["cells"][0]
    if draw["wrapper"] in ("layer", "bidirectional"):
        layer = getattr(layers, kind)(**cell_options, **options)
    else:
        cells = [
            getattr(layers, f"{kind}Cell")(
                **cell, **({"dtype": "mixed_bfloat16"} if draw["mixed"] else {})
            )
            for kind, cell in draw["cells"]
        ]
        cell = cells[0] if draw["wrapper"] == "cell" else layers.StackedRNNCells(cells)
        layer = layers.RNN(cell, **options)
    if draw["wrapper"] == "bidirectional":
        wrapping = {"dtype": "mixed_bfloat16"} if draw["mixed"] else {}
        layer = layers.Bidirectional(layer, merge_mode=draw["merge_mode"], **wrapping)
    return layer


def given(draw: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """(inputs, keywords of the call) of a draw."""
    rng = np.random.default_rng(draw["seed"] + 10_000)
    x = rng.normal(size=(BATCH, STEPS, FEATURES)).astype("float32")
    keywords: dict[str, Any] = {"training": draw["training"]}
    if draw["mask"]:
        mask = rng.random((BATCH, STEPS)) < 0.7
        mask[0] = [True, True, True, False, False]
        mask[1] = False if rng.random() < 0.3 else mask[1]
        keywords["mask"] = jnp.asarray(mask)
    if draw["initial_state"]:
        states = []
        for kind, cell in draw["cells"]:
            shape = (BATCH, cell["units"])
            each = [
                rng.normal(size=shape).astype("float32")
                for _ in range(2 if kind == "LSTM" else 1)
            ]
            states += (
                [each if kind == "LSTM" else each[0]]
                if (draw["wrapper"] == "stacked")
                else each
            )
        if draw["wrapper"] == "bidirectional":
            states = states + [s[::-1].copy() for s in states]
        keywords["initial_state"] = jax.tree.map(jnp.asarray, states)
    return jnp.asarray(x), keywords


def results(library: Any, draw: dict[str, Any], weights: Any) -> dict[str, Any]:
    """What a draw computes: outputs of each call, states, gradients.

    Args:
        weights: those to use; None to take the layer's own, which are returned.
    """
    x, keywords = given(draw)
    layer = built(library, draw)
    layer(x, **keywords)
    if draw["options"]["stateful"]:
        (layer.reset_state if hasattr(layer, "reset_state") else layer.reset_states)()
    values = [np.asarray(w) for w in layer.trainable_weights]
    if weights is not None:
        assert [w.shape for w in weights] == [w.shape for w in values]
        for variable, value in zip(layer.trainable_weights, weights, strict=True):
            variable.assign(value)
        values = weights
    else:
        # Biases begin with zeros, which would hide a mistake.
        rng = np.random.default_rng(draw["seed"] + 20_000)
        values = [v + 0.2 * rng.normal(size=v.shape).astype("float32") for v in values]
        for variable, value in zip(layer.trainable_weights, values, strict=True):
            variable.assign(value)
    outputs = []
    for _ in range(draw["calls"]):
        outputs.append(
            [np.asarray(a, "float32") for a in _leaves(layer(x, **keywords))]
        )
    if draw["options"]["stateful"]:
        layer.reset_state() if hasattr(layer, "reset_state") else layer.reset_states()
    others = [v.value for v in layer.non_trainable_variables]

    def total(values, x, states):
        settings = {**keywords, "initial_state": states} if states else keywords
        y, _ = layer.stateless_call(values, others, x, **settings)
        return sum(
            jnp.sum(jnp.sin(jnp.arange(a.size).reshape(a.shape)) * a.astype("float32"))
            for a in _leaves(y)
        )

    states = keywords.get("initial_state")
    gradients = jax.grad(total, (0, 1, 2) if states else (0, 1))(
        [jnp.asarray(v) for v in values], x, states
    )
    gradients = [np.asarray(g, "float32") for g in jax.tree.leaves(gradients)]
    return {"weights": values, "outputs": outputs, "gradients": gradients}


def _leaves(y: Any) -> list[Any]:
    return jax.tree.leaves(y)


def by_hand(draw: dict[str, Any], weights: Any, x: Any) -> list[np.ndarray]:
    """The outputs of one or several cells, computed in NumPy's float64.

    A masked step leaves the states of all cells, and the output, as they were.
    """
    keywords = given(draw)[1]
    weights = [np.asarray(w, "float64") for w in weights]
    x, mask = np.asarray(x, "float64"), keywords.get("mask")
    mask = np.ones(x.shape[:2], bool) if mask is None else np.asarray(mask)
    states = keywords.get("initial_state")
    if states is None:
        sizes = [(kind, cell["units"]) for kind, cell in draw["cells"]]
        states = [[np.zeros((len(x), n))] * (1 + (k == "LSTM")) for k, n in sizes]
    elif draw["wrapper"] == "cell":
        states = [states]
    states = [
        [np.asarray(a, "float64") for a in (s if isinstance(s, list) else [s])]
        for s in states
    ]
    parts, outputs = [], []
    for _kind, cell in draw["cells"]:
        count = 2 + cell["use_bias"]
        parts.append([*weights[:count], 0.0][:3])
        weights = weights[count:]
    for step in range(x.shape[1]):
        z, now = x[:, step], mask[:, step, None]
        for number, (kind, cell) in enumerate(draw["cells"]):
            after = _STEPS[kind](cell, z, states[number], *parts[number])
            states[number] = [
                np.where(now, new, old)
                for new, old in zip(after, states[number], strict=True)
            ]
            z = after[0]
        outputs.append(states[-1][0])
    if draw["options"]["return_sequences"]:
        return [np.stack(outputs, 1)]
    return [outputs[-1]]


def _hard_sigmoid(x):
    return np.clip(x / 6 + 0.5, 0, 1)


_BY_NAME = {
    "tanh": np.tanh,
    "relu": lambda x: np.maximum(x, 0),
    "linear": lambda x: x,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "hard_sigmoid": _hard_sigmoid,
}


def _lstm(cell, x, states, kernel, recurrent, bias):
    gate, act = _BY_NAME[cell["recurrent_activation"]], _BY_NAME[cell["activation"]]
    h, c = states
    i, f, g, o = np.split(x @ kernel + h @ recurrent + bias, 4, axis=1)
    c = gate(f) * c + gate(i) * act(g)
    return [gate(o) * act(c), c]


def _gru(cell, x, states, kernel, recurrent, bias):
    gate, act = _BY_NAME[cell["recurrent_activation"]], _BY_NAME[cell["activation"]]
    (h,) = states
    outer, inner = (bias if np.ndim(bias) == 2 else (bias, 0.0))[:2]
    xz, xr, xh = np.split(x @ kernel + outer, 3, axis=1)
    hz, hr, hh = np.split(h @ recurrent + inner, 3, axis=1)
    z, r = gate(xz + hz), gate(xr + hr)
    if cell["reset_after"]:
        new = act(xh + r * hh)
    else:
        new = act(xh + (r * h) @ np.split(recurrent, 3, axis=1)[2])
    return [z * h + (1 - z) * new]


def _simple(cell, x, states, kernel, recurrent, bias):
    act = _BY_NAME[cell["activation"]]
    return [act(x @ kernel + states[0] @ recurrent + bias)]


_STEPS = {"SimpleRNN": _simple, "LSTM": _lstm, "GRU": _gru}
