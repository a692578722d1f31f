"""The loss surface of a model: loss values and training paths on planes."""

import itertools
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from nbkeras.analysis.descent import planes, training_access
from nbkeras.analysis.descent.loss_grid import LossGrid, Sample
from nbkeras.analysis.descent.model_paths import PathRecorder
from nbkeras.analysis.lr_finder.search import unpack_data
from nbkeras.core import check, notices, rng
from nbkeras.core.names.display_name import quoted
from nbkeras.models.model import Model
from nbkeras.models.training.trainer import fit_plan_of

# Batches stored from a source that can be read only once.
KEPT_BATCHES = 64
# Margin of the limits around a path, as a fraction of the path's extent.
MARGIN = 0.3

Weights: TypeAlias = dict[str, np.ndarray]
Limits: TypeAlias = tuple[tuple[float, float], tuple[float, float]]


class LossSurface:
    """The loss of a model as a function of its weights, around their current values.

    Args:
        model: compiled; it is built if necessary, and its weights are not changed.
        x, y, sample_weight, batch_size: as in `fit`; `x` may be the tuple (x, y).
        rows: approximate number of rows that losses are computed on.
        seed: seed of random planes and of shuffling.

    Raises:
        RuntimeError: the model is not compiled.
        ValueError: the data does not fit the model; raised before any computation.
    """

    def __init__(
        self,
        model: Model,
        x: Any,
        y: ArrayLike | None = None,
        *,
        sample_weight: ArrayLike | None = None,
        batch_size: int | None = None,
        rows: int = 512,
        seed: int = 0,
    ) -> None:
        model.require_compiled("descent")
        rows = check.positive_int("descent", "rows", rows, example=512)
        x, y, sample_weight = unpack_data(x, y, sample_weight)
        plan = fit_plan_of(
            x=x,
            y=y,
            sample_weight=sample_weight,
            batch_size=batch_size,
            seed=rng.derive(seed, "descent"),
        )
        feed = training_access.begin(model, plan, "descent")
        self.model, self.seed = model, seed
        first_pass, batches = _readers(plan, feed)
        values = {path: np.array(v) for path, v in model.current_values().items()}
        paths = model.trainable_paths()
        self.weights = {p: v for p, v in values.items() if p in paths}
        self.state = {p: v for p, v in values.items() if p not in paths}
        if not self.weights:
            raise ValueError(
                f"{quoted(model.name)} has no trainable weights, so its loss surface "
                "has no dimension. Set layer.trainable = True for one of its layers."
            )
        self.sample = Sample(model, first_pass, rows)
        self.recorder = PathRecorder(model, self.sample, batches, self.state)
        plan.close()

    @property
    def count(self) -> int:
        """The number of trainable parameters."""
        return sum(weight.size for weight in self.weights.values())

    def random_plane(self, seed: int | None = None) -> planes.Plane:
        """Two random, filter-normalised directions."""
        return planes.random_plane(self.weights, self.seed if seed is None else seed)

    def path_plane(self, snapshots: Sequence[Weights]) -> planes.Plane:
        """The plane of the first two principal components of a training run."""
        return planes.path_plane(self.weights, snapshots)

    def weight_plane(self, first: str, second: str) -> planes.Plane:
        """The plane spanned by two single weights."""
        return planes.weight_plane(self.weights, first, second)

    def usual_weights(self) -> tuple[str, str]:
        """The two weights shown by default: the largest two of the last matrix.

        Raises:
            ValueError: the model has only one trainable parameter.
        """
        matrices = [p for p, w in self.weights.items() if w.ndim >= 2 and w.size >= 2]
        path = matrices[-1] if matrices else max(self.weights, key=self._size)
        order = np.argsort(np.abs(self.weights[path]), axis=None)[::-1][:2]
        flat_places = [(path, i) for i in order]
        if len(flat_places) < 2:
            flat_places += [(other, 0) for other in self.weights if other != path]
        if len(flat_places) < 2:
            raise ValueError(
                f"The model has a single number to train, {path}; a plane needs two. "
                "Give the layer a bias, or draw a loss as a curve: "
                'nbkeras.descent("(x-1)**2").'
            )
        first, second = (self._place_text(*place) for place in flat_places[:2])
        return first, second

    def _place_text(self, path, flat_index):
        """The text of a single weight, such as "dense/kernel[0, 1]"."""
        place = np.unravel_index(flat_index, self.weights[path].shape)
        return f"{path}[{', '.join(str(i) for i in place)}]"

    def limits(self, plane: planes.Plane, places: ArrayLike = ()) -> Limits:
        """Plot limits of a plane: ((low, high), (low, high)).

        Args:
            plane: a Plane.
            places: (n, 2) positions of a path that must be inside the limits.
        """
        places = np.asarray(places)
        if plane.kind == "random" or not len(places):
            wide = 1.0 if plane.kind == "random" else 2.0
            return ((-wide, wide), (-wide, wide))
        places = places[np.isfinite(places).all(axis=1)]
        low, high = places.min(axis=0), places.max(axis=0)
        reach = np.maximum((high - low) * MARGIN, 0.15 * (high - low).max() + 1e-6)
        (a_low, b_low), (a_high, b_high) = (
            (low - reach).tolist(),
            (high + reach).tolist(),
        )
        return (a_low, a_high), (b_low, b_high)

    def grid(self, plane: planes.Plane, limits: Limits, count: int = 25) -> LossGrid:
        """A LossGrid over a plane, not yet computed."""
        return LossGrid(self.sample, plane, self.state, limits, count)

    def surface(self, plane: planes.Plane, limits: Limits, count: int = 25) -> LossGrid:
        """The old name of `grid`."""
        notices.once(("LossSurface", "surface"), "surface(...) is now grid(...).")
        return self.grid(plane, limits, count)

    def _size(self, path):
        return self.weights[path].size


def _readers(plan, feed):
    """(one pass through the data, () -> endless batches, the same at each call)."""
    once = feed.through(plan.train.epoch(0))
    if plan.arrays() is not None:
        return once, lambda: training_access.endless(plan.train, feed)
    kept_batches = list(itertools.islice(once, KEPT_BATCHES))
    once.close()
    return iter(kept_batches), lambda: itertools.cycle(kept_batches)
