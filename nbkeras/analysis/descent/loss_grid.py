"""Loss values of a model on a grid over a plane through its weights."""

import jax
import jax.numpy as jnp
import numpy as np

from nbkeras.analysis.descent import training_access

# Grid points per call; cancelling waits for the current call to finish.
AT_ONCE = 5
STRIDES = (4, 2, 1)


class Sample:
    """The rows of data that losses are computed on, kept on the device.

    Args:
        model: built and compiled.
        batches: iterator of (batch, rows) in the form that the train step takes.
        rows: approximate number of rows; whole batches of one size are taken.
    """

    def __init__(self, model, batches, rows=512):
        batches_taken, count, first_shapes = [], 0, None
        for batch, real in batches:
            shapes = [np.shape(leaf) for leaf in jax.tree.leaves(batch)]
            first_shapes = first_shapes or shapes
            if shapes == first_shapes:
                batches_taken.append((batch, real))
                count += real
            if count >= rows:
                break
        self.rows = sum(real for _, real in batches_taken)
        stacked = jax.tree.map(
            lambda *leaves: np.stack(leaves), *(b for b, _ in batches_taken)
        )
        self.data = jax.device_put(
            (stacked, np.array([r for _, r in batches_taken], np.float32))
        )
        self._loss = training_access.loss_of(model)

    def loss(self, values, data):
        """The mean loss of `values` {path: array}; pure, with `self.data` as `data`."""

        def one(total, item):
            batch, real = item
            return total + self._loss(values, batch) * real, None

        total, _ = jax.lax.scan(one, jnp.zeros(()), data)
        return total / data[1].sum()


class LossGrid:
    """Loss values on a grid over a plane, computed in small chunks.

    Args:
        sample: a Sample.
        plane: a Plane.
        state: {path: array}, the non-trainable weights.
        limits: ((low, high), (low, high)) of a and b.
        count: grid points per side; with 4 n + 1 a coarse grid is computed first.

    Attributes:
        losses: float32 (count, count), rows along b; NaN where not computed yet.
        axes: the values of a and of b.
    """

    def __init__(self, sample, plane, state, limits, count=25):
        self.sample, self.limits = sample, limits
        self.axes = [
            np.linspace(low, high, count, dtype=np.float32) for low, high in limits
        ]
        self.losses = np.full((count, count), np.nan, np.float32)
        self._places = coarse_first(count)
        self._plane = jax.device_put((plane.origin, plane.directions, state))
        self._losses = training_access.compiled(self._losses_at)

    def _losses_at(self, places, plane, data):
        origin, (first, second), state = plane

        def one(place):
            a, b = place
            moved = {p: w + a * first[p] + b * second[p] for p, w in origin.items()}
            return self.sample.loss({**moved, **state}, data)

        return jax.lax.map(one, places)

    def compute(self):
        """Compute all losses; yields the fraction done after every few grid points."""
        for begin in range(0, len(self._places), AT_ONCE):
            part = self._places[begin : begin + AT_ONCE]
            padded = part + part[-1:] * (AT_ONCE - len(part))
            rows, columns = np.array(padded).T
            places = np.stack([self.axes[0][columns], self.axes[1][rows]], 1)
            losses = np.asarray(self._losses(places, self._plane, self.sample.data))
            for (row, column), loss in zip(part, losses, strict=False):
                self.losses[row, column] = loss
            yield (begin + len(part)) / len(self._places)

    def preview(self):
        """The losses, with missing ones filled from the next coarser grid."""
        losses = self.losses.copy()
        for stride in STRIDES[:-1]:
            rows = np.arange(losses.shape[0]) // stride * stride
            coarse = losses[rows][:, rows]
            losses = np.where(np.isfinite(self.losses), self.losses, coarse)
            if np.isfinite(losses).all():
                break
        return losses


def coarse_first(count):
    """All (row, column) of a square grid: every fourth, then every second, the rest."""
    order = {}
    for stride in STRIDES:
        for row in range(0, count, stride):
            for column in range(0, count, stride):
                order.setdefault((row, column))
    return list(order)
