"""Features of a point (x1, x2): what the network gets as inputs."""

from __future__ import annotations

from typing import Any

import numpy as np

# {name: expression of x1 and x2}. Names are identifiers; the expression is also code.
FEATURES: dict[str, str] = {
    "x1": "x1",
    "x2": "x2",
    "x1_squared": "x1**2",
    "x2_squared": "x2**2",
    "x1_x2": "x1 * x2",
    "sin_x1": "np.sin(x1)",
    "sin_x2": "np.sin(x2)",
}

_FUNCTIONS = {
    "x1": lambda x1, x2: x1,
    "x2": lambda x1, x2: x2,
    "x1_squared": lambda x1, x2: x1**2,
    "x2_squared": lambda x1, x2: x2**2,
    "x1_x2": lambda x1, x2: x1 * x2,
    "sin_x1": lambda x1, x2: np.sin(x1),
    "sin_x2": lambda x1, x2: np.sin(x2),
}


def features_of(points: Any, names: Any) -> np.ndarray:
    """The named features of points.

    Args:
        points: float (n, 2).
        names: keys of `FEATURES`.

    Returns: float32 (n, number of names).

    >>> features_of([[2.0, 3.0]], ["x1", "x1_squared", "x1_x2"]).tolist()
    [[2.0, 4.0, 6.0]]
    """
    x1, x2 = np.asarray(points, float).reshape(-1, 2).T
    columns = [_FUNCTIONS[name](x1, x2) for name in names]
    return np.stack(columns, axis=1).astype("float32")
