"""Problems: losses of one or two parameters, in the form the train step takes."""

import copy
import itertools
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from nbkeras import losses
from nbkeras.core import rng
from nbkeras.data.array_batches import ArrayBatches
from nbkeras.data.batches import Batch, pad

ROOM = 16


@dataclass(frozen=True)
class Applied:
    """The result of a forward pass, in the form that train/step.py reads."""

    y: Any
    updates: dict = field(default_factory=dict)
    losses: tuple = ()
    mask: Any = None


class Problem:
    """Base class of problems: named parameters, their limits, and a loss.

    The parameters are one weight, "place" (d,). Subclasses implement `value(point,
    data)`, `forward`, `loss` and `batches`. Changing `data` does not recompile.

    Args:
        names: names of the one or two parameters.
        limits: (low, high) of each, the range of a plot.
        start: initial position of paths.
        lr: a suitable learning rate for plain gradient descent.
    """

    data = ()

    def __init__(self, names, limits, start, lr=0.1):
        self.names = tuple(names)
        self.limits = tuple((float(low), float(high)) for low, high in limits)
        self.start = tuple(float(value) for value in start)
        self.lr = lr
        self.steps = OrderedDict()
        loss = self.value
        self._values = jax.jit(jax.vmap(loss, in_axes=(0, None)))
        self._slope = jax.jit(jax.value_and_grad(loss))
        self._bend = jax.jit(jax.hessian(loss))

    def values(self, points):
        """The loss at each of `points` (n, d), float32 (n,)."""
        return np.asarray(self._values(np.asarray(points, np.float32), self.data))

    def slope(self, point):
        """(loss, gradient (d,)) at one point, over all data and without noise."""
        loss, gradient = self._slope(np.asarray(point, np.float32), self.data)
        return float(loss), np.asarray(gradient)

    def curvature(self, point, lowest=False):
        """The largest (or smallest) eigenvalue of the Hessian; None where undefined."""
        bend = np.asarray(self._bend(np.asarray(point, np.float32), self.data))
        if not np.isfinite(bend).all():
            return None
        return float(np.linalg.eigvalsh(bend)[0 if lowest else -1])

    def grid(self, count=61):
        """Axes and losses over the limits: ([(count,) ...], (count,) * d).

        With two parameters, rows run along the second, as in images.
        """
        axes = [
            np.linspace(low, high, count, dtype=np.float32) for low, high in self.limits
        ]
        mesh = np.meshgrid(*axes)
        points = np.stack([axis.ravel() for axis in mesh], axis=-1)
        return axes, self.values(points).reshape(mesh[0].shape)


class FunctionProblem(Problem):
    """Minimise a function of one or two numbers; its value is the loss.

    Args:
        function: takes one scalar array per parameter and returns one.
        names: names of the parameters.
        text: the formula or name for titles and code.
        limits, start, lr: as in Problem.
        lowest: positions of the global minima, if known.
    """

    kind = "function"

    def __init__(self, function, names, text, limits, start, lr=0.1, lowest=()):
        self.function = function
        self.text = text
        self.lowest = lowest
        super().__init__(names, limits, start, lr)

    def value(self, point, data=()):
        """The function at `point` (d,)."""
        return self.function(*(point[i] for i in range(len(self.names))))

    def forward(self, values, x, training, key, valid):
        """The value; the batch `x` (d,) is noise to add to the gradient."""
        place = values["place"]
        y, noise = self.value(place), jnp.sum(x * place)
        return Applied(y + noise - jax.lax.stop_gradient(noise))

    def loss(self, y, applied, weight, valid):
        """The value is the loss."""
        return applied.y

    def batches(self, noise=0.0, batch_size=None, seed=0):
        """Endless batches of gradient noise with standard deviation `noise`."""
        draw = rng.generator(seed, "gradient noise")
        while True:
            sample = draw.standard_normal(len(self.names)) * noise
            yield (sample.astype(np.float32), None, None, None), 1


class LineProblem(Problem):
    """Linear regression: the slope a and the offset b of a line through points.

    Args:
        x, y: coordinates of the points, (n,).
        start: initial a and b.
    """

    kind = "line"
    text = "mean((a*x + b - y)**2)"

    def __init__(self, x, y, start=(0.0, 0.0), limits=None, lr=None):
        self.mse = losses.as_loss("mse")
        self._take(x, y)
        bend = 2 * self._design.T @ self._design / len(self.x)
        if limits is None:
            limits = self._reach(start, bend)
        lr = lr or float(f"{0.5 / np.linalg.eigvalsh(bend)[-1]:.0e}")
        super().__init__(("a", "b"), limits, start, lr)

    def with_points(self, x, y):
        """The same problem with other points; does not recompile while they are few."""
        other = copy.copy(self)
        other._take(x, y)
        low, high = np.array(self.limits).T
        if not ((low < other.lowest[0]) & (other.lowest[0] < high)).all():
            return LineProblem(x, y, self.start)
        return other

    def value(self, point, data=()):
        """The mean squared error of the line over all points."""
        x, y, valid = data
        return self.mse(y, point[0] * x + point[1], valid=valid)

    def forward(self, values, x, training, key, valid):
        """The line at `x` (rows, 1)."""
        return Applied(values["place"][0] * x + values["place"][1])

    def loss(self, y, applied, weight, valid):
        """The mean squared error over the batch."""
        return self.mse(y, applied.y, valid=valid)

    def batches(self, noise=0.0, batch_size=None, seed=0):
        """Endless batches of `batch_size` points, all points if None."""
        x, y, valid = self.data
        size = batch_size or len(self.x)
        while size >= len(self.x):
            yield (x, y, None, valid), len(self.x)
        source = ArrayBatches(
            self.x[:, None], self.y[:, None], batch_size=size, shuffle=True, seed=seed
        )
        for epoch in itertools.count():
            for batch in source.epoch(epoch):
                batch, valid = pad(batch, size)
                yield (batch.x, batch.y, None, valid), batch.rows

    def _take(self, x, y):
        self.x, self.y = as_points(x, y)
        n = len(self.x)
        # Pad for a few more points, so that adding one does not recompile.
        room = -(-n // ROOM) * ROOM
        columns = Batch(self.x[:, None], self.y[:, None], None, n)
        batch, valid = pad(columns, room)
        self.data = (batch.x, batch.y, valid)
        self._design = np.stack([self.x, np.ones_like(self.x)], 1).astype(np.float64)
        y = self.y.astype(np.float64)
        self.lowest = (tuple(np.linalg.lstsq(self._design, y, rcond=None)[0]),)

    def _reach(self, start, bend):
        """Limits that contain the start, the best fit and the valley around it."""
        best = np.array(self.lowest[0])
        spread = max(float(np.var(self.y)), 1e-3)
        wide = np.maximum(
            1.4 * np.abs(best - start), np.sqrt(2 * spread / np.diag(bend))
        )
        return tuple((b - r, b + r) for b, r in zip(best, wide, strict=True))


def as_points(x, y):
    """Two float32 arrays (n,) of equal length, at least two and finite."""
    x, y = (np.asarray(values, np.float32).ravel() for values in (x, y))
    if len(x) != len(y):
        raise ValueError(
            f"points: {len(x)} x and {len(y)} y. Give pairs: points=[(1, 2), (2, 3.9)]."
        )
    if len(x) < 2:
        raise ValueError(
            f"A line needs at least 2 points, and there are {len(x)}. Write for "
            "example points=[(1, 2), (2, 3.9)]."
        )
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError("points hold NaN or infinity. Leave those points out.")
    if np.ptp(x) == 0:
        raise ValueError(
            f"All points have x = {x[0]:g}, so no line is the best. Give points with "
            "different x."
        )
    return x, y
