"""`nbkeras.descent`: what a learner gives, as a lab on the page."""

from nbkeras.analysis import landscapes
from nbkeras.analysis.given import as_problem
from nbkeras.analysis.racers import as_racers
from nbkeras.core import check
from nbkeras.notebook.playground import STEPS_MOST, Playground
from nbkeras.notebook.widgets.descent import Descent


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
