"""How a path ended, in one word, and the largest stable learning rate."""

from dataclasses import dataclass

import numpy as np

from nbkeras import optimizers

# A gradient this much smaller than the first counts as zero.
LEVEL = 1e-3
# A path that is this many widths of the plot away has diverged, finite or not.
FAR = 3.0
LOOK_BACK = 10


@dataclass(frozen=True)
class Outcome:
    """One of KINDS, and what belongs to it.

    Args:
        kind: "overflow" (left the range of float32), "climbing" (the loss rises),
            "oscillating" (steps overshoot to both sides), "saddle" (a zero gradient,
            but falling in some direction), "converged" (a zero gradient),
            "descending" (still going down).
        step: number of the step, from 1, from which it holds; the last one if not
            known.
        safe_lr: plain gradient descent stays stable below this rate where the path
            began: 2 (1 + momentum) / curvature; None for other optimizers.
    """

    kind: str
    step: int
    safe_lr: float | None = None


KINDS = ("overflow", "climbing", "oscillating", "saddle", "converged", "descending")


def outcome(problem, optimizer, path):
    """The Outcome of a whole path."""
    safe = safe_rate(problem, optimizer, path.positions[0])
    if path.diverged is not None:
        return Outcome("overflow", path.diverged, safe)
    if not len(path):
        return Outcome("descending", 0, safe)
    away = _first(_distance(problem, path.positions) > FAR)
    if away is not None or path.losses[-1] > path.losses[0]:
        return Outcome("climbing", len(path) if away is None else away, safe)
    slopes = np.linalg.norm(path.gradients.astype(np.float64), axis=1)
    level = _first(np.append(slopes, _last_slope(problem, path)) < LEVEL * slopes[0])
    if level is not None:
        kind = "saddle" if _falls_away(problem, path.positions[-1]) else "converged"
        return Outcome(kind, level, safe)
    kind = "oscillating" if _to_and_fro(path) else "descending"
    return Outcome(kind, len(path), safe)


def safe_rate(problem, optimizer, place):
    """2 (1 + momentum) / largest curvature, for SGD where the loss curves upwards.

    Source: Polyak, "Some methods of speeding up the convergence of iteration methods"
    (1964); the bound is exact on a quadratic.
    """
    if type(optimizer) is not optimizers.SGD or optimizer.nesterov:
        return None
    bend = problem.curvature(place)
    return None if not bend or bend <= 0 else 2 * (1 + optimizer.momentum) / bend


def _distance(problem, positions):
    """How far outside the limits, in their widths; 0 inside."""
    low, high = np.array(problem.limits).T
    over = np.maximum(low - positions, positions - high)
    return np.max(np.maximum(over, 0) / (high - low), axis=1)


def _last_slope(problem, path):
    return np.linalg.norm(problem.slope(path.positions[-1])[1])


def _falls_away(problem, place):
    lowest = problem.curvature(place, lowest=True)
    return lowest is not None and lowest < 0


def _to_and_fro(path):
    """Whether most of the last steps turned back, and the loss no longer falls."""
    moves = path.moves[-LOOK_BACK:]
    if len(moves) < LOOK_BACK:
        return False
    back = np.sum(moves[1:] * moves[:-1], axis=1) < 0
    half = path.losses[-LOOK_BACK // 2 :].min()
    return back.mean() > 0.6 and half >= 0.99 * path.losses[-LOOK_BACK - 1]


def _first(flags):
    """Number of the first row from which all are true, or None."""
    false = np.flatnonzero(~np.asarray(flags))
    begin = int(false[-1]) + 1 if len(false) else 0
    return begin if begin < len(flags) else None
