"""Planes through the weight space of a model: an origin and two directions."""

import re
from dataclasses import dataclass

import numpy as np

from nbkeras.core import rng
from nbkeras.core.check import did_you_mean

PLACE = re.compile(r"(?P<path>[^\[\]]+?)\s*(\[\s*(?P<index>\d+(\s*,\s*\d+)*)\s*\])?")


@dataclass(frozen=True)
class Plane:
    """The plane of weights `origin + a * first + b * second`.

    Args:
        origin: {path: array}, the trainable weights where a and b are 0.
        directions: two dicts like `origin`.
        kind: "random", "path" or "weights".
        names: names of the axes a and b.
        explained: explained variance ratios of the two directions, for "path".
    """

    origin: dict
    directions: tuple
    kind: str
    names: tuple = ("α", "β")
    explained: tuple | None = None

    def at(self, place):
        """The weights at (a, b), {path: array}."""
        a, b = place
        first, second = self.directions
        return {p: w + a * first[p] + b * second[p] for p, w in self.origin.items()}

    def gram(self):
        """Gram matrix (2, 2) of the directions, float64."""
        return np.array(
            [[_dot(one, other) for other in self.directions] for one in self.directions]
        )

    def project(self, weights):
        """(a, b) of the projection of `weights` onto the plane."""
        away = {
            p: np.float64(weights[p]) - np.float64(w) for p, w in self.origin.items()
        }
        return np.linalg.solve(self.gram(), [_dot(away, d) for d in self.directions])


def random_plane(weights, seed=0):
    """Two random directions with filter normalisation.

    Each filter of a direction has the norm of the same filter of the weights. Vectors
    (biases, scales) are not changed, as in the source.

    Source: Li, Xu, Taylor, Studer, Goldstein, "Visualizing the Loss Landscape of
    Neural Nets" (2018), section 4.
    """
    draw = rng.generator(seed, "plane")
    return Plane(
        weights, tuple(_random_like(weights, draw) for _ in range(2)), "random"
    )


def _random_like(weights, draw):
    direction = {}
    for path, weight in sorted(weights.items()):
        weight = np.asarray(weight, np.float32)
        if weight.ndim < 2:
            direction[path] = np.zeros_like(weight)
            continue
        d = draw.standard_normal(weight.shape).astype(np.float32)
        # A filter is the weights of one output: all axes but the last.
        axes = tuple(range(weight.ndim - 1))
        size = np.sqrt(np.sum(d * d, axis=axes, keepdims=True))
        length = np.sqrt(np.sum(weight * weight, axis=axes, keepdims=True))
        direction[path] = d * length / np.maximum(size, 1e-12)
    return direction


def path_plane(weights, snapshots):
    """The first two principal components of a training run, through `weights`.

    Args:
        weights: {path: array}, the origin.
        snapshots: the weights at several times during a run, dicts like `weights`.

    Returns:
        A Plane with directions of norm 1 and their explained variance ratios.

    Raises:
        ValueError: fewer than three different snapshots.
    """
    paths = sorted(weights)
    rows = np.stack([_flat(snapshot, paths) for snapshot in snapshots])
    # As in Li et al. (2018), section 7: PCA of the differences from the final weights.
    rows = rows - rows[-1]
    products = rows.astype(np.float64) @ rows.T.astype(np.float64)
    values, vectors = np.linalg.eigh(products)
    order = np.argsort(values)[::-1][:2]
    if len(values) < 3 or values[order[1]] <= 1e-12 * max(values[order[0]], 1e-300):
        raise ValueError(
            "A plane of the path needs a run that moved in two directions; "
            f"{len(snapshots)} snapshots are given. Train for more steps, or choose "
            "plane='random'."
        )
    axes = [vectors[:, i] @ rows / np.sqrt(values[i]) for i in order]
    shares = tuple(float(values[i] / values.sum()) for i in order)
    directions = tuple(_shaped(axis, weights, paths) for axis in axes)
    return Plane(weights, directions, "path", explained=shares)


def weight_plane(weights, first, second):
    """The plane spanned by two weights, each a string such as "dense/kernel[0, 1]".

    Raises:
        ValueError: there is no such weight, or both are the same one.
    """
    places = [weight_at(weights, text) for text in (first, second)]
    if places[0] == places[1]:
        raise ValueError(
            f"{first!r} and {second!r} are the same weight. Choose two different ones."
        )
    directions = []
    for path, index in places:
        d = {p: np.zeros_like(np.asarray(w, np.float32)) for p, w in weights.items()}
        d[path][index] = 1.0
        directions.append(d)
    return Plane(weights, tuple(directions), "weights", (f"Δ {first}", f"Δ {second}"))


def weight_at(weights, text):
    """(path, index) of a single weight from a string such as "dense/kernel[0, 1]".

    Raises:
        ValueError: the text is not a weight of the model.
    """
    match = PLACE.fullmatch(str(text).strip())
    path = match["path"] if match else ""
    if path not in weights:
        names = sorted(weights)
        raise ValueError(
            f"There is no weight {text!r}.{did_you_mean(path, names)} The trainable "
            f"weights are: {', '.join(names)}. Write for example {names[0] + '[0]'!r}."
        )
    shape = np.shape(weights[path])
    index = tuple(int(n) for n in (match["index"] or "").split(",") if n.strip())
    inside = len(index) == len(shape) and all(
        i < n for i, n in zip(index, shape, strict=True)
    )
    if not inside:
        example = f"{path}[{', '.join('0' * len(shape))}]"
        raise ValueError(
            f"{text!r}: {path} has shape {shape}, so it needs {len(shape)} numbers "
            f"within it. Write for example {example!r}."
        )
    return path, index


def _flat(weights, paths):
    return np.concatenate([np.ravel(np.asarray(weights[p], np.float32)) for p in paths])


def _shaped(flat, weights, paths):
    direction, begin = {}, 0
    for path in paths:
        shape = np.shape(weights[path])
        size = int(np.prod(shape))
        direction[path] = flat[begin : begin + size].reshape(shape).astype(np.float32)
        begin += size
    return direction


def _dot(one, other):
    return sum(
        float(np.vdot(np.float64(one[path]), np.float64(other[path]))) for path in one
    )
