"""`nbkeras.lr_find`: search for a learning rate, and show it."""

from typing import Any

from numpy.typing import ArrayLike

from nbkeras.analysis.lr_finder import search
from nbkeras.models.model import Model
from nbkeras.notebook import environment
from nbkeras.notebook.lr_finder.widget import LRFinder


def lr_find(
    model: Model,
    x: Any,
    y: ArrayLike | None = None,
    *,
    steps: int = 100,
    low: float = 1e-6,
    high: float = 10.0,
    batch_size: int | None = None,
    sample_weight: ArrayLike | None = None,
    class_weight: dict[int, float] | None = None,
) -> LRFinder:
    """Find a learning rate: train at increasing rates, then restore the model.

    Model, optimizer and random state are restored bit for bit.

    Args:
        model: compiled.
        x: data as in `fit`, or the tuple (x, y).
        y: targets, if not part of `x`.
        steps: number of rates, with one training step each.
        low, high: first and last rate.
        batch_size, sample_weight, class_weight: as in `fit`.

    Returns:
        The finder, a widget: `.suggestion`, `.reason`, `.rates`, `.losses`,
        `.use()` to give the optimizer the suggested rate, `.figure()`.

    Raises:
        RuntimeError: the model is not compiled.
        ValueError: the data or an argument is invalid; raised before any step.
    """
    finder = LRFinder(model, steps)
    if environment.in_kernel():
        finder.show()
    curve = search.lr_find(
        model,
        x,
        y,
        batch_size=batch_size,
        sample_weight=sample_weight,
        class_weight=class_weight,
        low=low,
        high=high,
        steps=steps,
        control=finder.control,
        watch=finder.take,
    )
    finder.finish(curve)
    return finder
