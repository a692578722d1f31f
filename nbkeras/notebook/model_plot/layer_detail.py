"""Details of one layer for the inspector: settings, weights, kernel images."""

import numpy as np

from nbkeras.analysis.descent.update_arithmetic import number
from nbkeras.analysis.model_plot.layer_code import source_line

BINS = 32
MOST_TILES = 64
MOST_WEIGHTS = 6
MOST_SETTINGS = 40
MATRIX_PX = 96


def detail(layer, words):
    """(settings and weights for the widget, concatenated pixels of all images)."""
    is_built = bool(layer.built or layer.weights)
    weights = list(layer.weights)[:MOST_WEIGHTS] if is_built else []
    rows, pixels = [], []
    for weight in weights:
        row, picture = _weight(weight, words)
        rows.append(row)
        pixels.append(picture)
    description = {
        "name": layer.name,
        "kind": type(layer).__name__,
        "code": source_line(layer),
        "settings": _settings(layer),
        "weights": rows,
        "remark": "" if weights else words["no_weights" if is_built else "not_built"],
    }
    return description, b"".join(pixels)


def _settings(layer):
    try:
        config = layer.get_config()
    except Exception:  # a custom layer may raise anything
        return []
    rows = []
    for name, value in list(config.items())[:MOST_SETTINGS]:
        if name == "layers":
            value = f"{len(value)}"
        rows.append([name, _short(value)])
    return rows


def _short(value):
    if isinstance(value, dict) and "class_name" in value:
        inner = value.get("config")
        inner = inner if isinstance(inner, dict) else {}
        settings = ", ".join(f"{k}={v}" for k, v in inner.items() if v is not None)
        value = f"{value['class_name']}({settings})"
    text = str(value)
    return text if len(text) <= 80 else f"{text[:79]}…"


def _weight(weight, words):
    """(row, pixels) of one weight; the array is copied once."""
    values = np.asarray(weight.value, dtype="float32")
    shape = " × ".join(map(str, weight.shape)) or "1"
    row = {"name": weight.name, "shape": shape, "spread": "", "counts": []}
    finite = values[np.isfinite(values)]
    if finite.size:
        statistics = {
            "low": number(finite.min(), 3),
            "high": number(finite.max(), 3),
            "mean": number(finite.mean(dtype="float64"), 3),
            "deviation": number(finite.std(dtype="float64"), 3),
        }
        row["spread"] = words["spread"].format(**statistics)
        counts, edges = np.histogram(finite, BINS)
        row |= {
            "counts": counts.tolist(),
            "ends": [number(e, 3) for e in edges[[0, -1]]],
        }
    picture, key = tiles(values, weight.name)
    row["tiles"] = None
    if picture is not None:
        row["tiles"] = {
            "shape": list(picture.shape[:3]),
            "said": words[key].format(n=len(picture)),
        }
    return row, b"" if picture is None else picture.tobytes()


def tiles(values, name="kernel"):
    """(n, height, width, 4) uint8 images of a kernel, and their description, or None.

    Kernels with three input channels are shown in colour, others as the mean over the
    input channels; 0 is mid-grey, the largest magnitude black or white. A matrix is one
    image, downsampled by averaging.
    """
    if values.ndim == 4 and "kernel" in name and values.shape[0] * values.shape[1] > 1:
        kernels = np.moveaxis(values, 3, 0)[:MOST_TILES]
        colour = kernels.shape[3] == 3
        if not colour:
            kernels = kernels.mean(axis=3, keepdims=True)
        return _pixels(kernels), "tiles_rgb" if colour else "tiles_grey"
    if values.ndim == 2 and min(values.shape) > 1:
        small = _shrunk(_shrunk(values, 0), 1)
        return _pixels(small[None, :, :, None]), "tiles_matrix"
    return None, ""


def _shrunk(values, axis):
    many = values.shape[axis]
    if many <= MATRIX_PX:
        return values
    cuts = np.linspace(0, many, MATRIX_PX + 1).astype(int)
    sums = np.add.reduceat(values, cuts[:-1], axis=axis)
    shape = [1, 1]
    shape[axis] = -1
    return sums / np.diff(cuts).reshape(shape)


def _pixels(kernels):
    kernels = np.nan_to_num(kernels)
    largest = np.abs(kernels).max(axis=(1, 2, 3), keepdims=True)
    grey = 127.5 + 127.5 * kernels / np.where(largest > 0, largest, 1)
    rgba = np.full((*kernels.shape[:3], 4), 255, "uint8")
    rgba[..., :3] = np.round(grey)
    return rgba
