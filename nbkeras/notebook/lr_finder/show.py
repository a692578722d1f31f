"""`nbkeras.lr_find`: the search for a learning rate, shown on the page."""

from nbkeras.analysis.lr_finder import search
from nbkeras.notebook import environment
from nbkeras.notebook.lr_finder.widget import LRFinder


def lr_find(model, x, y=None, *, steps=100, **options):
    """Find a learning rate: train at ever higher rates, then restore everything.

    Model, optimizer and random state are afterwards bit for bit what they were.

    Args:
        model: compiled.
        x: data as in `fit`, or the tuple (x, y).
        y: targets, where x does not bring them.
        steps: how many rates, one training step each.
        options: low and high, the first and the last rate (1e-6 and 10); batch_size,
            sample_weight and class_weight as in `fit`.

    Returns:
        The finder, a widget: `.suggestion`, `.reason`, `.rates`, `.losses`,
        `.use()` to give the optimizer the suggested rate, `.figure()`.

    Raises:
        RuntimeError: the model is not compiled.
        ValueError: data or options that cannot work, before any step.
    """
    finder = LRFinder(model, steps)
    if environment.in_kernel():
        finder.show()
    curve = search.lr_find(
        model, x, y, steps=steps, control=finder.control, watch=finder.take, **options
    )
    finder.finish(curve)
    return finder
