"""`nbkeras.descent` and `nbkeras.lr_find`: what a learner gives, shown on the page."""

from nbkeras import analysis
from nbkeras.analysis.descent import landscapes
from nbkeras.analysis.descent.model_surface import Terrain
from nbkeras.analysis.descent.optimizer_runs import as_racers
from nbkeras.analysis.descent.user_input import as_problem
from nbkeras.core import check
from nbkeras.notebook import environment
from nbkeras.notebook.descent.model_session import PLANES, ModelGround
from nbkeras.notebook.descent.model_widget import ModelDescent
from nbkeras.notebook.descent.session import STEPS_MOST, Playground
from nbkeras.notebook.descent.widget import Descent
from nbkeras.notebook.lr_finder.widget import LRFinder


def descent(
    what=None,
    data=None,
    *,
    points=None,
    optimizers=None,
    start=None,
    limits=None,
    steps=None,
    noise=0.0,
    batch_size=None,
    seed=0,
    **real,
):
    """Open the gradient-descent lab.

    Args:
        what: name of a built-in function ("bowl", "banana", "narrow valley"...), a
            formula such as "x**2 + 10*sin(y)", a Python function of one or two
            numbers written with jax.numpy, or a compiled model.
        data: for a model, what `fit` takes: (x, y), a generator...
        points: pairs (x, y); the ground is then the error of a line through them.
        optimizers: one to six names or optimizers that race; "sgd" if not given, a
            model's own.
        start: first value of each parameter.
        limits: (low, high) of each parameter, what the map shows.
        steps: length of the walks, at most 400; 100 if not given, 40 with a model.
        noise: standard deviation of noise on the gradient, as small batches give it.
        batch_size: points or rows a step.
        seed: of noise, batches and random planes.
        real: with a model: `plane`, "random" (the usual one), "path" or "weights";
            `path`, a KeepWeights that has seen a fit; `weights`, two texts such as
            "dense/kernel[0, 1]"; `rows` to measure the loss on, 512; `resolution`,
            places along each side of the map, 25.

    Returns:
        The lab, a widget; `.paths` has the walks, `.figure()` a Matplotlib figure. On
        a model it computes in the background: `.wait()`, `.cancel()`.

    Raises:
        ValueError, TypeError: what cannot be walked on, and what to write instead.

    >>> lab = descent("x**2 + 10*sin(y)", optimizers=["sgd", "adam"])
    >>> lab.paths[0].positions.shape
    (101, 2)
    """
    is_model = hasattr(what, "compile") and hasattr(what, "fit")
    steps = (40 if is_model else 100) if steps is None else steps
    steps = check.positive_int("descent", "steps", steps, example=100)
    if steps > STEPS_MOST:
        raise ValueError(
            f"descent(steps={steps}): the lab shows at most {STEPS_MOST} steps. For "
            "more, walk without it: nbkeras.analysis.walk(problem, optimizer, "
            f"steps={steps})."
        )
    if is_model:
        common = {"batch_size": batch_size, "seed": seed}
        return _on_model(what, data, optimizers, start, steps, common, **real)
    if real or data is not None:
        given = "data" if data is not None else next(iter(real))
        raise TypeError(
            f"descent({given}=...) belongs to a model, and {what!r} is none. Write for "
            "example descent(model, (x, y), plane='path')."
        )
    problem = as_problem(what, points=points, start=start, limits=limits)
    noise = check.number("descent", "noise", noise, 0, example=0.5)
    batch = 0
    if batch_size is not None:
        batch = check.positive_int("descent", "batch_size", batch_size, example=1)
    given = None
    if isinstance(what, str) or (what is None and points is None):
        given = landscapes.find(what or "bowl") or problem.text
    ground = Playground(problem, given, limits)
    racers = as_racers(optimizers or "sgd", problem)
    return Descent(ground, racers, steps=steps, noise=noise, batch=batch, seed=seed)


def _on_model(
    model,
    data,
    optimizers,
    start,
    steps,
    common,
    plane=None,
    path=None,
    weights=None,
    rows=512,
    resolution=25,
):
    """The lab on a real model; arguments as in `descent`."""
    if data is None:
        raise ValueError(
            "descent(model) needs data to measure the loss on. Write for example "
            "descent(model, (x, y))."
        )
    if plane is None:
        plane = "path" if path is not None else "weights" if weights else "random"
    plane = check.choice("descent", "plane", plane, PLANES)
    snapshots = getattr(path, "snapshots", path) or []
    resolution = check.positive_int("descent", "resolution", resolution, example=25)
    count = 4 * max(1, round((resolution - 1) / 4)) + 1
    terrain = Terrain(model, data, rows=rows, **common)
    ground = ModelGround(terrain, plane, snapshots, weights, count)
    terrain.weight_plane(*ground.picked)
    racers = as_racers(optimizers or [model.optimizer], ground)
    start = [float(each) for each in (start or (0.0, 0.0))]
    return ModelDescent(ground, racers, start=start, steps=steps, seed=common["seed"])


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
    if environment.in_kernel():
        finder.show()
    curve = analysis.lr_find(
        model, x, y, steps=steps, control=finder.control, watch=finder.take, **options
    )
    finder.finish(curve)
    return finder
