"""The ground under a real model: its loss on a sample, planes, and walks with `fit`."""

import itertools

import numpy as np

from nbkeras.analysis.descent import planes, training_access
from nbkeras.analysis.descent.loss_surface import Sample, Surface
from nbkeras.analysis.descent.model_walks import Walker
from nbkeras.analysis.lr_finder.search import unpacked
from nbkeras.core import check, rng
from nbkeras.models.training.trainer import fit_plan_of

# Batches that are kept of a source that cannot be read twice.
KEPT_BATCHES = 64
# A map reaches this much beyond the walk that it is made for.
MARGIN = 0.3


class Terrain:
    """A model's weights as they are now, and data to measure and train on.

    Args:
        model: compiled; it is built if need be, and never changed.
        x, y, sample_weight, batch_size: as in `fit`; `x` may be the tuple (x, y).
        rows: about how many rows losses are measured on.
        seed: of random planes and of the order of rows.

    Raises:
        RuntimeError: the model is not compiled.
        ValueError: data that does not suit the model, before any work.
    """

    def __init__(
        self,
        model,
        x,
        y=None,
        *,
        sample_weight=None,
        batch_size=None,
        rows=512,
        seed=0,
    ):
        model.require_compiled("descent")
        rows = check.positive_int("descent", "rows", rows, example=512)
        x, y, sample_weight = unpacked(x, y, sample_weight)
        plan = fit_plan_of(
            x=x,
            y=y,
            sample_weight=sample_weight,
            batch_size=batch_size,
            seed=rng.derive(seed, "descent"),
        )
        feed = training_access.begin(model, plan, "descent")
        self.model, self.seed = model, seed
        once, batches = _readers(plan, feed)
        values = {path: np.array(v) for path, v in model.current_values().items()}
        paths = model.trainable_paths()
        self.weights = {p: v for p, v in values.items() if p in paths}
        self.state = {p: v for p, v in values.items() if p not in paths}
        if not self.weights:
            raise ValueError(
                f"{model.name!r} has no trainable weights, so there is nothing to walk "
                "on. Set layer.trainable = True for one of its layers."
            )
        self.sample = Sample(model, once, rows)
        self.walker = Walker(model, self.sample, batches, self.state)
        plan.close()

    @property
    def count(self):
        """How many numbers are trained."""
        return sum(weight.size for weight in self.weights.values())

    def random_plane(self, seed=None):
        """Two random, filter-normalised directions."""
        return planes.random_plane(self.weights, self.seed if seed is None else seed)

    def path_plane(self, snapshots):
        """The plane in which a run has moved most."""
        return planes.path_plane(self.weights, snapshots)

    def weight_plane(self, first, second):
        """The plane of two single weights."""
        return planes.weight_plane(self.weights, first, second)

    def usual_weights(self):
        """Two weights to begin with: the two largest of the last matrix."""
        matrices = [p for p, w in self.weights.items() if w.ndim >= 2 and w.size >= 2]
        path = matrices[-1] if matrices else max(self.weights, key=self._size)
        order = np.argsort(np.abs(self.weights[path]), axis=None)[::-1][:2]
        places = [np.unravel_index(i, self.weights[path].shape) for i in order]
        if len(places) < 2:
            other = next((p for p in self.weights if p != path), path)
            return f"{path}[0]", f"{other}[0]"
        return tuple(f"{path}[{', '.join(map(str, place))}]" for place in places)

    def limits(self, chosen, places=()):
        """What a map of a plane should show: ((low, high), (low, high)).

        Args:
            chosen: a Plane.
            places: (n, 2) of a walk that is to be seen whole.
        """
        if chosen.kind == "random" or not len(places):
            wide = 1.0 if chosen.kind == "random" else 2.0
            return ((-wide, wide), (-wide, wide))
        places = np.asarray(places)[np.isfinite(places).all(axis=1)]
        low, high = places.min(axis=0), places.max(axis=0)
        reach = np.maximum((high - low) * MARGIN, 0.15 * (high - low).max() + 1e-6)
        return tuple(
            (float(a), float(b)) for a, b in zip(low - reach, high + reach, strict=True)
        )

    def surface(self, chosen, limits, count=25):
        """A Surface of a plane, not computed yet."""
        return Surface(self.sample, chosen, self.state, limits, count)

    def _size(self, path):
        return self.weights[path].size


def _readers(plan, feed):
    """One pass through the data, and () -> the same endless batches each time."""
    once = feed.through(plan.train.epoch(0))
    if plan.arrays() is not None:
        return once, lambda: training_access.endless(plan.train, feed)
    kept = list(itertools.islice(once, KEPT_BATCHES))
    once.close()
    return iter(kept), lambda: itertools.cycle(kept)
