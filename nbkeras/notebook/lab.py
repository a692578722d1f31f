"""`nbkeras.descent` and `nbkeras.lr_find`: what a learner gives, shown on the page."""

from nbkeras import analysis
from nbkeras.analysis import landscapes
from nbkeras.analysis.given import as_problem
from nbkeras.analysis.racers import as_racers
from nbkeras.core import check
from nbkeras.notebook import env
from nbkeras.notebook.playground import STEPS_MOST, Playground
from nbkeras.notebook.widgets.descent import Descent
from nbkeras.notebook.widgets.lr_finder import LRFinder


def descent(
    what=None,
    *,
    points=None,
    optimizers=("sgd",),
    start=None,
    limits=None,
    steps=100,
    noise=0.0,
    batch_size=None,
    seed=0,
):
    """Open the gradient-descent lab.

    Args:
        what: name of a built-in function ("bowl", "banana", "narrow valley"...), a
            formula such as "x**2 + 10*sin(y)", or a Python function of one or two
            numbers written with jax.numpy.
        points: pairs (x, y); the ground is then the error of a line through them.
        optimizers: one to six names or optimizers that race.
        start: first value of each parameter.
        limits: (low, high) of each parameter, what the map shows.
        steps: length of the walks, at most 400.
        noise: standard deviation of noise on the gradient, as small batches give it.
        batch_size: points a step, with `points`.
        seed: of noise and batches.

    Returns:
        The lab, a widget; `.paths` has the walks, `.figure()` a Matplotlib figure.

    Raises:
        ValueError, TypeError: what cannot be walked on, and what to write instead.

    >>> lab = descent("x**2 + 10*sin(y)", optimizers=["sgd", "adam"])
    >>> lab.paths[0].positions.shape
    (101, 2)
    """
    problem = as_problem(what, points=points, start=start, limits=limits)
    steps = check.positive_int("descent", "steps", steps, example=100)
    if steps > STEPS_MOST:
        raise ValueError(
            f"descent(steps={steps}): the lab shows at most {STEPS_MOST} steps. For "
            "more, walk without it: nbkeras.analysis.walk(problem, optimizer, "
            f"steps={steps})."
        )
    noise = check.number("descent", "noise", noise, 0, example=0.5)
    batch = 0
    if batch_size is not None:
        batch = check.positive_int("descent", "batch_size", batch_size, example=1)
    given = None
    if isinstance(what, str) or (what is None and points is None):
        given = landscapes.find(what or "bowl") or problem.text
    ground = Playground(problem, given, limits)
    racers = as_racers(optimizers, problem)
    return Descent(ground, racers, steps=steps, noise=noise, batch=batch, seed=seed)


def lr_find(model, x, y=None, *, steps=100, **options):
    """Find a learning rate: train a little at ever higher rates, then forget it all.

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
    if env.in_kernel():
        finder.show()
    curve = analysis.lr_find(
        model, x, y, steps=steps, control=finder.control, watch=finder.take, **options
    )
    finder.finish(curve)
    return finder
