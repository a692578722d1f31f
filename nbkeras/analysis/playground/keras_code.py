"""Export: a playground as code for Keras 3, with the weights of its network."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from nbkeras.analysis.playground.datasets import COUNT, DATASETS, DRAWN, OWN, PlaneData
from nbkeras.analysis.playground.features import FEATURES
from nbkeras.analysis.playground.settings import Settings

LOSSES = {
    "binary": "binary_crossentropy",
    "classes": "sparse_categorical_crossentropy",
    "regression": "mean_squared_error",
}
# Hidden layers with their activation by name.
INDENT = " " * 4


def keras_code(
    settings: Settings,
    data: PlaneData,
    weights: list[np.ndarray],
    *,
    kind: str,
    step: int,
) -> str:
    """Code that builds, compiles and evaluates the same network with Keras 3.

    Args:
        settings: of the playground.
        data: its points.
        weights: kernels and biases of its layers, in order.
        kind: "binary", "classes" or "regression".
        step: number of steps that the weights were trained.
    """
    parts = [
        "import keras\nimport numpy as np\n",
        _data(settings, data),
        _features(settings),
        _model(settings, weights, kind),
        _weights(weights, step),
        _evaluation(settings),
    ]
    return "\n".join(parts)


def _data(settings, data):
    """Points, targets, and their order."""
    if settings.data == OWN:
        number = "np.asarray(y, float)"
        classes = "np.unique(y, return_inverse=True)[1]"
        lines = [
            "# x and y are your arrays. Each column is scaled to -5 to 5.",
            f"scale, offset = {_numbers(data.scale)}, {_numbers(data.offset)}",
            "points = (np.asarray(x, float) - offset) / scale",
            f"targets = {number if data.is_regression else classes}.ravel()",
        ]
    elif settings.data == DRAWN:
        rows = ", ".join(
            f"({_short(a)}, {_short(b)}, {_short(c)})" for a, b, c in settings.points
        )
        lines = [
            f"drawn = np.array([{rows}], float).reshape(-1, 3)",
            "points, targets = drawn[:, :2], drawn[:, 2]",
        ]
    else:
        generator = DATASETS[settings.problem][settings.data]
        lines = [
            inspect.getsource(generator).rstrip(),
            "",
            "",
            f"rng = np.random.default_rng({settings.seed})",
            f"points, targets = {generator.__name__}(rng, {COUNT}, "
            f"noise={settings.noise})",
        ]
        lines = ["", *lines]
    num_train = len(data.split(settings.train_ratio, settings.seed)[0])
    lines += [
        f"order = np.random.default_rng([{settings.seed}, 1]).permutation(len(points))",
        "points, targets = points[order], targets[order]",
        f"num_train = {num_train}",
    ]
    return "\n".join(lines) + "\n"


def _features(settings):
    columns = ", ".join(FEATURES[name] for name in settings.features)
    return (
        "x1, x2 = points.T\n"
        f'features = np.stack([{columns}], axis=1).astype("float32")\n'
    )


def _model(settings, weights, kind):
    regularizer = ""
    if settings.regularization != "none":
        name = settings.regularization.upper()
        rate = settings.regularization_rate
        regularizer = f", kernel_regularizer=keras.regularizers.{name}({rate!r})"
    lines = [f"keras.Input(({len(settings.features)},)),"]
    for number, units in enumerate(settings.layers, 1):
        lines.append(
            f'keras.layers.Dense({units}, activation="{settings.activation}"'
            f'{regularizer}, name="hidden_{number}"),'
        )
    answer = {"binary": "sigmoid", "classes": "softmax", "regression": "linear"}[kind]
    lines.append(
        f'keras.layers.Dense({len(weights[-1])}, activation="{answer}"{regularizer}, '
        'name="output"),'
    )
    body = "".join(f"{2 * INDENT}{line}\n" for line in lines)
    metrics = "" if kind == "regression" else f'{INDENT}metrics=["accuracy"],\n'
    return (
        f"model = keras.Sequential(\n{INDENT}[\n{body}{INDENT}]\n)\n"
        "model.compile(\n"
        f"{INDENT}optimizer={settings.optimizer_code('keras.optimizers')},\n"
        f'{INDENT}loss="{LOSSES[kind]}",\n{metrics})\n'
    )


def _weights(weights, step):
    shown = "".join(f"{2 * INDENT}{_numbers(w)},\n" for w in weights)
    when = f"after {step} steps" if step else "before the first step"
    return (
        f"# The weights {when}.\nmodel.set_weights(\n{INDENT}[\n{shown}{INDENT}]\n)\n"
    )


def _evaluation(settings):
    return (
        "print(model.evaluate(features[num_train:], targets[num_train:], verbose=0))\n"
        "# To train on:\n"
        "# model.fit(features[:num_train], targets[:num_train], "
        f"batch_size={settings.batch_size}, epochs=10)\n"
    )


def _numbers(array: Any) -> str:
    """An array as code that gives exactly the same numbers."""
    array = np.asarray(array)
    kind = ', "float32"' if array.dtype == np.float32 else ""
    # The shortest text that float32 reads back exactly.
    text = _nested(array)
    return f"np.array({text}{kind})"


def _nested(array):
    if array.ndim == 0:
        number = array[()]
        return _short(number)
    return f"[{', '.join(_nested(entry) for entry in array)}]"


def _short(number):
    value = float(number)
    if not np.isfinite(value):
        return {True: "np.nan"}.get(np.isnan(value), f"{'-' * (value < 0)}np.inf")
    if isinstance(number, np.float32):
        return (
            np.format_float_positional(number, trim="0")
            if (1e-4 <= abs(value) < 1e6 or value == 0)
            else np.format_float_scientific(number, trim="0")
        )
    return repr(int(value)) if value.is_integer() and abs(value) < 1e9 else repr(value)
