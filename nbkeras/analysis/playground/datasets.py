"""Data sets of points in a plane, and how the learner's own arrays become one.

The generators use NumPy alone, so that their source can be part of exported code. Their
shapes and sizes are those of TensorFlow Playground.

Source: Smilkov et al., "Direct-Manipulation Visualization of Deep Networks" (2017).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nbkeras.core import check

COUNT = 500
# The plane goes from -LIMIT to LIMIT; own data is scaled to -SPAN to SPAN.
LIMIT, SPAN = 6.0, 5.0
MOST_ROWS, MOST_CLASSES = 2000, 8


def circle(rng, count, noise):
    """A disc of class 1 with a ring of class 0 around it."""
    half = count // 2
    inner, outer = rng.uniform(0, 2.5, half), rng.uniform(3.5, 5, count - half)
    radius = np.concatenate([inner, outer])
    angle = rng.uniform(0, 2 * np.pi, count)
    points = np.stack([radius * np.sin(angle), radius * np.cos(angle)], axis=1)
    moved = points + rng.uniform(-5, 5, points.shape) * noise
    return points, (np.hypot(*moved.T) < 2.5).astype(int)


def xor(rng, count, noise):
    """Class 1 where x1 and x2 have the same sign."""
    points = rng.uniform(-5, 5, (count, 2))
    points += np.where(points > 0, 0.3, -0.3)
    moved = points + rng.uniform(-5, 5, points.shape) * noise
    return points, (moved[:, 0] * moved[:, 1] >= 0).astype(int)


def gaussians(rng, count, noise):
    """Two clouds of points; noise makes them wider."""
    targets = (np.arange(count) < count // 2).astype(int)
    centres = np.where(targets[:, None], 2.0, -2.0)
    return centres + rng.normal(0, np.sqrt(0.5 + 7 * noise), (count, 2)), targets


def spiral(rng, count, noise):
    """Two spiral arms around each other."""
    half = count // 2
    targets = (np.arange(count) < half).astype(int)
    place = np.concatenate([np.arange(half) / half, np.arange(count - half) / half])
    angle = 1.75 * place * 2 * np.pi + np.where(targets, 0, np.pi)
    radius = 5 * place
    points = np.stack([radius * np.sin(angle), radius * np.cos(angle)], axis=1)
    return points + rng.uniform(-1, 1, points.shape) * noise, targets


def plane(rng, count, noise):
    """A target that rises with x1 + x2, from -1 to 1."""
    points = rng.uniform(-6, 6, (count, 2))
    moved = points + rng.uniform(-6, 6, points.shape) * noise
    return points, np.clip(moved.sum(axis=1) / 10, -1, 1)


def bumps(rng, count, noise):
    """A target with three hills (up to 1) and three valleys (down to -1)."""
    centres = np.array(
        [[-4, 2.5], [0, 2.5], [4, 2.5], [-4, -2.5], [0, -2.5], [4, -2.5]]
    )
    heights = np.array([1, -1, 1, -1, 1, -1])
    points = rng.uniform(-6, 6, (count, 2))
    moved = points + rng.uniform(-6, 6, points.shape) * noise
    distance = np.linalg.norm(moved[:, None] - centres, axis=2)
    values = heights * np.clip(1 - distance / 2, 0, 1)
    strongest = np.abs(values).argmax(axis=1)
    return points, values[np.arange(count), strongest]


# {problem: {name of the data: generator}}; the first of each is the default.
DATASETS: dict[str, dict[str, Callable[..., Any]]] = {
    "classification": {
        "circle": circle,
        "xor": xor,
        "gaussians": gaussians,
        "spiral": spiral,
    },
    "regression": {"plane": plane, "gaussians": bumps},
}
DRAWN, OWN = "drawn", "own"


@dataclass(frozen=True)
class PlaneData:
    """Points of a plane with their targets.

    Args:
        points: float64 (n, 2), in the coordinates of the plane.
        targets: class numbers, int (n,), or float (n,) for regression.
        names: names of the classes; () for regression.
        axes: names of both axes.
        offset, scale: of the user's units: user = plane * scale + offset.
    """

    points: np.ndarray
    targets: np.ndarray
    names: tuple[str, ...] = ()
    axes: tuple[str, str] = ("x1", "x2")
    offset: np.ndarray = field(default_factory=lambda: np.zeros(2))
    scale: np.ndarray = field(default_factory=lambda: np.ones(2))

    @property
    def is_regression(self) -> bool:
        """Whether the targets are numbers, not classes."""
        return not self.names

    def split(self, train_ratio: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """The rows of both parts, in random order: (train, test).

        Args:
            train_ratio: fraction of the rows that are trained on; at least one row.
            seed: of the order.
        """
        count = len(self.points)
        order = np.random.default_rng([seed, 1]).permutation(count)
        num_train = max(int(np.floor(count * train_ratio + 0.5)), min(count, 1))
        return order[:num_train], order[num_train:]


def made(problem: str, name: str, noise: float, seed: int) -> PlaneData:
    """The points of a generator.

    Args:
        problem: "classification" or "regression".
        name: a key of `DATASETS[problem]`.
        noise: from 0 to 0.5.
        seed: an integer of at least 0.

    >>> made("classification", "xor", 0.0, seed=0).points.shape
    (500, 2)
    """
    rng = np.random.default_rng(seed)
    points, targets = DATASETS[problem][name](rng, COUNT, noise)
    names = ("0", "1") if problem == "classification" else ()
    return PlaneData(points, targets, names)


def drawn(problem: str, points: Any) -> PlaneData:
    """Points drawn by hand.

    Args:
        problem: "classification" or "regression".
        points: rows of x1, x2 and the class number or target.
    """
    table = np.array(points, float).reshape(-1, 3)
    if problem == "regression":
        return PlaneData(table[:, :2], table[:, 2])
    targets = table[:, 2].astype(int)
    count = max(2, int(targets.max(initial=0)) + 1)
    return PlaneData(table[:, :2], targets, tuple(map(str, range(count))))


def own(x: Any, y: Any, problem: str | None = None) -> PlaneData:
    """The learner's arrays as a plane: each column scaled to -5 to 5.

    Args:
        x: numbers (n, 2), n at most 2000; a DataFrame's column names name the axes.
        y: (n,) class numbers, names of classes, or numbers to predict.
        problem: "classification" or "regression"; None for regression exactly if y has
            fractions.

    Raises:
        ValueError: the shapes do not fit, or values are not finite.

    >>> data = own([[0, 10], [4, 20]], ["cat", "dog"])
    >>> data.points.tolist(), data.names
    ([[-5.0, -5.0], [5.0, 5.0]], ('cat', 'dog'))
    """
    columns = [str(name) for name in getattr(x, "columns", ())]
    table = _table(x)
    targets = np.asarray(y)
    if targets.ndim == 2 and targets.shape[1] == 1:
        targets = targets[:, 0]
    if targets.shape != (len(table),):
        raise ValueError(
            f"playground(x, y): x has {len(table)} rows, and y has the shape "
            f"{targets.shape}. Give one class or number per row: y of shape "
            f"({len(table)},); for one-hot rows write y.argmax(axis=1)."
        )
    low, high = table.min(axis=0), table.max(axis=0)
    half = (high - low) / 2
    scale = np.where(half > 0, half, 1.0) / SPAN
    offset = (low + high) / 2
    points = (table - offset) / scale
    axes = (columns[0], columns[1]) if len(columns) == 2 else ("x1", "x2")
    is_number = targets.dtype.kind in "fiu"
    if is_number and not np.isfinite(targets.astype(float)).all():
        raise ValueError(
            "playground(x, y): y has NaN or infinite values. Leave these rows out: "
            "keep = np.isfinite(y); playground(x[keep], y[keep])."
        )
    if problem is None:
        has_fractions = targets.dtype.kind == "f" and (targets % 1 != 0).any()
        problem = "regression" if has_fractions else "classification"
    if problem == "regression":
        if not is_number:
            raise ValueError(
                "playground(problem='regression') needs numbers in y, and they are "
                f"{targets.dtype}. For classes write problem='classification'."
            )
        return PlaneData(points, targets.astype(float), (), axes, offset, scale)
    classes, numbers = np.unique(targets, return_inverse=True)
    if not 2 <= len(classes) <= MOST_CLASSES:
        raise ValueError(
            f"playground(x, y): y has {len(classes)} classes; the playground shows 2 "
            f"to {MOST_CLASSES}. For numbers to predict write problem='regression'."
        )
    names = tuple(_class_name(value) for value in classes)
    return PlaneData(points, numbers.astype(int), names, axes, offset, scale)


def _class_name(value):
    is_whole = isinstance(value, np.floating) and float(value).is_integer()
    return str(int(value)) if is_whole else str(value)


def _table(x):
    """The columns of x as float64 (n, 2), checked."""
    try:
        table = np.asarray(x, float)
    except (TypeError, ValueError):
        raise ValueError(
            "playground(x, y): x must hold numbers in two columns. Write for example "
            'playground(table[["height", "weight"]], table["kind"]).'
        ) from None
    if table.ndim != 2 or table.shape[1] != 2 or not len(table):
        raise ValueError(
            f"playground(x, y): x has the shape {table.shape}; the plane needs two "
            "columns. Choose two: playground(x[:, [0, 1]], y)."
        )
    if len(table) > MOST_ROWS:
        raise ValueError(
            f"playground(x, y): x has {len(table)} rows; the playground shows at most "
            f"{MOST_ROWS}. Write playground(x[:{MOST_ROWS}], y[:{MOST_ROWS}])."
        )
    if not np.isfinite(table).all():
        raise ValueError(
            "playground(x, y): x has NaN or infinite values. Leave these rows out: "
            "keep = np.isfinite(x).all(axis=1); playground(x[keep], y[keep])."
        )
    return table


def check_points(points: Any) -> tuple[tuple[float, float, float], ...]:
    """Points drawn by hand as tuples, checked.

    Raises:
        ValueError: too many of them, or a row that is not three finite numbers.
    """
    try:
        table = np.array(points, float).reshape(-1, 3)
    except (TypeError, ValueError):
        table = np.full((1, 3), np.nan)
    if len(table) > MOST_ROWS or not np.isfinite(table).all():
        raise ValueError(
            f"playground(points=...) needs at most {MOST_ROWS} rows of x1, x2 and the "
            "class number or target. Write for example points=[(1, 2, 0), (-3, 1, 1)]."
        )
    return tuple((float(a), float(b), float(c)) for a, b, c in table)


def check_classes(problem: str, points: Any) -> None:
    """Raise unless the last number of each drawn point is a class number."""
    if problem == "classification":
        for *_, target in points:
            if target not in range(MOST_CLASSES):
                raise check.structured_errors.argument(
                    "playground",
                    "points",
                    target,
                    f"rows that end with a class number from 0 to {MOST_CLASSES - 1}",
                    "[(1, 2, 0), (-3, 1, 1)]",
                )
