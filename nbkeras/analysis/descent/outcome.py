"""How a path ended, and the largest stable learning rate."""

from dataclasses import dataclass

import numpy as np

from nbkeras import optimizers

# A gradient smaller than the first by this factor counts as zero.
LEVEL = 1e-3
# A path this many plot widths outside the limits has diverged.
FAR = 3.0
LOOK_BACK = 10


@dataclass(frozen=True)
class Outcome:
    """How a path ended: one of KINDS, with its details.

    Args:
        kind: "overflow" (left the range of float32), "climbing" (the loss rises),
            "oscillating" (steps overshoot in both directions), "saddle" (zero gradient
            with negative curvature), "converged" (zero gradient), "descending" (still
            decreasing).
        step: number of the first step (from 1) at which it holds; the last if unknown.
        safe_lr: rate below which gradient descent is stable at the start of the path,
            2 (1 + momentum) / curvature; None for other optimizers.
    """

    kind: str
    step: int
    safe_lr: float | None = None


KINDS = ("overflow", "climbing", "oscillating", "saddle", "converged", "descending")


def outcome(problem, optimizer, path):
    """The Outcome of a complete path."""
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
    """2 (1 + momentum) / largest curvature, for SGD where that curvature is positive.

    Source: Polyak, "Some methods of speeding up the convergence of iteration methods"
    (1964); the bound is exact on a quadratic.
    """
    if type(optimizer) is not optimizers.SGD or optimizer.nesterov:
        return None
    bend = problem.curvature(place)
    return None if not bend or bend <= 0 else 2 * (1 + optimizer.momentum) / bend


def _distance(problem, positions):
    """Distance outside the limits as a multiple of their width; 0 inside."""
    low, high = np.array(problem.limits).T
    over = np.maximum(low - positions, positions - high)
    return np.max(np.maximum(over, 0) / (high - low), axis=1)


def _last_slope(problem, path):
    return np.linalg.norm(problem.slope(path.positions[-1])[1])


def _falls_away(problem, place):
    lowest = problem.curvature(place, lowest=True)
    return lowest is not None and lowest < 0


def _to_and_fro(path):
    """Whether most of the last steps reversed direction without lowering the loss."""
    moves = path.moves[-LOOK_BACK:]
    if len(moves) < LOOK_BACK:
        return False
    back = np.sum(moves[1:] * moves[:-1], axis=1) < 0
    half = path.losses[-LOOK_BACK // 2 :].min()
    return back.mean() > 0.6 and half >= 0.99 * path.losses[-LOOK_BACK - 1]


def _first(flags):
    """Index of the first row from which all flags are true, or None."""
    false = np.flatnonzero(~np.asarray(flags))
    begin = int(false[-1]) + 1 if len(false) else 0
    return begin if begin < len(flags) else None
