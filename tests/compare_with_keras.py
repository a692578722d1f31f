"""Compare every layer, loss, metric, optimizer and initializer with real Keras.

Run by hand; it prints tables for docs/correctness.md, the largest relative difference
seen for each name in its output, its gradients, and its weights after ten steps of fit:

    python tests/compare_with_keras.py [FAMILY or FAMILY=Name,Name ...]

with the families layers, losses, metrics, optimizers, weights, functions and models.
"""

# ruff: noqa: E402 - the engine of Keras is chosen before Keras is imported.
import os
import sys
import warnings
from pathlib import Path

os.environ["KERAS_BACKEND"] = "jax"
os.environ.setdefault("JAX_PLATFORMS", "cpu")
HERE = Path(__file__).parent
for folder in ("contracts", "unit/layers", "unit/metrics", "unit/optimizers"):
    sys.path.insert(0, str(HERE / folder))

import jax
import jax.numpy as jnp
import keras
import keras_oracle
import layer_cases
import loss_cases
import metric_cases
import numpy as np
import optimizer_cases
import test_optimizers_against_keras as steps
import trained_cases
import weight_cases
from scipy import stats
from tolerances import relative_gap
from training import pair, trained

import nbkeras
from nbkeras import losses, metrics, optimizers
from nbkeras.ops import activations, constraints, initializers, regularizers

# So gentle that wide layers do not run away.
SGD = ("SGD", {"learning_rate": 0.002})
SQUARES = ("MeanSquaredError", {})
RNG = np.random.default_rng(0)


ONLY = set()


def chosen_of(cases):
    """The rows of a table that were asked for; all if no name was given."""
    return [case for case in cases if not ONLY or case[0] in ONLY]


def worst(rows):
    """The largest figures by name, from (name, figures) with None for what is not."""
    table = {}
    for name, *found in rows:
        print(name, *found, file=sys.stderr, flush=True)
        have = table.setdefault(name, [None] * len(found))
        for column, value in enumerate(found):
            if value is not None:
                have[column] = max(have[column] or 0.0, value)
    return table


def show(title, columns, rows):
    """Print a table, a line for each name as soon as it is there."""
    table = worst(rows)
    print(f"\n### {title}\n\n| name | {' | '.join(columns)} |")
    print("|---|" + "---|" * len(columns))
    for name in sorted(table, key=str.lower):
        cells = ["-" if v is None else f"{v:.1e}" if v else "0" for v in table[name]]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)
    for column, label in enumerate(columns):
        values = [(row[column], name) for name, row in table.items() if row[column]]
        if values:
            value, name = max(values)
            print(f"\nLargest {label}: {value:.1e} ({name}).")


def still(settings):
    """Settings without chance: rates and spreads of 0."""
    return {k: 0.0 if k in ("rate", "stddev") else v for k, v in settings.items()}


def fixed(template):
    """A shape from a template of a layer's case."""
    return tuple({"b": 3, None: 5}.get(n, n) for n in template)


def layer_rows():
    pictures = layer_cases.AUGMENT + layer_cases.ON_PICTURES + layer_cases.CONTRAST
    random = {name for name, *_ in pictures}
    for name, settings, template, kind in chosen_of(layer_cases.ALL):
        if name == "RandomCrop":  # Keras leaves pictures uncropped outside of training
            yield name, None, None, None
            continue
        shape = fixed(template)
        x = keras_oracle.random_input(shape, kind)
        training = name not in random
        ours, theirs = keras_oracle.pair(name, still(settings))
        if name == "ActivityRegularization":
            gaps = {"output": relative_gap(ours(x), theirs(x))}
        else:
            gaps = keras_oracle.differences(ours, theirs, x, training=training)
        output = max(gaps.pop("output"), gaps.pop("total", 0.0))
        slope = max(gaps.values()) if gaps else None
        path = None
        if training and len(shape) > 1:
            path = layer_path(name, still(settings), shape[1:], kind)
        yield name, output, slope, path
    for name, settings, shapes in chosen_of(layer_cases.MERGE):
        yield name, *merged(name, settings, shapes)


def layer_path(name, settings, shape, kind):
    rows = [(name, settings), ("Flatten", {}), ("Dense", {"units": 3})]
    x = keras_oracle.random_input((18, *shape), kind, seed=3)
    y = RNG.normal(size=(18, 3)).astype("float32")
    try:
        models = pair(rows, shape)
    except (
        ValueError
    ) as error:  # Keras cannot build Dense behind a length unknown to it
        print(name, error, file=sys.stderr)
        return None
    return max(trained(*models, x, y, SQUARES, SGD).values())


def merged(name, settings, shapes):
    xs = [RNG.normal(size=(18, *shape[1:])).astype("float32") for shape in shapes]
    models, grads, values = [], [], []
    for module in (nbkeras, keras):
        layer = getattr(module.layers, name)(**settings)
        values.append(np.asarray(layer([x[:2] for x in xs])))
        weigh = np.cos(np.arange(values[0].size)).reshape(values[0].shape)
        run = lambda a, layer=layer, weigh=weigh: (layer(a) * weigh).sum()  # noqa: E731
        grads.append(jax.grad(run)([x[:2] for x in xs]))
        inputs = [module.layers.Input(shape[1:]) for shape in shapes]
        y = layer(
            [module.layers.Dense(s[-1])(i) for s, i in zip(shapes, inputs, strict=True)]
        )
        y = module.layers.Dense(2)(module.layers.Flatten()(y))
        models.append(module.Model(inputs, y))
    models[0].set_weights(models[1].get_weights())
    y = RNG.normal(size=(18, 2)).astype("float32")
    path = trained(*models, xs, y, SQUARES, SGD)
    slope = max(relative_gap(a, b) for a, b in zip(*grads, strict=True))
    return relative_gap(*values), slope, max(path.values())


HEADS = {
    id(loss_cases.POSITIVE): [("Activation", {"activation": "sigmoid"})],
    id(loss_cases.PROBABILITIES): [("Softmax", {})],
    id(loss_cases.UNIT): [("UnitNormalization", {})],
}


def loss_rows():
    for name, settings, y, p in chosen_of(loss_cases.CASES):
        ours = getattr(losses, name)(**settings)
        theirs = getattr(keras.losses, name)(**settings)
        (v1, g1), (v2, g2) = (
            jax.value_and_grad(lambda q, f=f, y=y: f(y, q).sum())(p)
            for f in (ours, theirs)
        )
        head = HEADS.get(id(p), [])
        shape = (*p.shape[1:-1], 4)
        models = pair([("Dense", {"units": p.shape[-1]}), *head], shape)
        x = RNG.normal(size=(len(y), *shape)).astype("float32")
        gentle = ("SGD", {"learning_rate": 1e-3})
        # Targets of 0 make percentages of 10^9; such steps leave float32.
        path = None
        if np.all(y != 0) or name != "MeanAbsolutePercentageError":
            found = trained(
                *models, x, y, (name, settings), gentle, epochs=10, batch_size=len(y)
            )
            path = max(found.values())
        yield name, relative_gap(v1, v2), relative_gap(g1, g2), path


def metric_rows():
    for name, settings, kind in chosen_of(metric_cases.CASES):
        ours = getattr(metrics, name)(**settings)
        theirs = getattr(keras.metrics, name)(**settings)
        for seed, rows in enumerate((50, 7, 31)):
            y, p = metric_cases.batch(kind, rows, seed)
            given = (y,) if p is None else (y, p)
            weight = (
                {} if "IoU" in name else {"sample_weight": RNG.random(rows, "float32")}
            )
            ours.update_state(*given, **weight)
            theirs.update_state(*given, **weight)
        yield name, relative_gap(ours.result(), theirs.result())


def optimizer_rows():
    dense = [("Dense", {"units": 8, "activation": "tanh"}), ("Dense", {"units": 3})]
    x = RNG.normal(size=(18, 5)).astype("float32")
    y = RNG.normal(size=(18, 3)).astype("float32")
    for name, settings in chosen_of(optimizer_cases.CASES):
        ours = steps.our_path(getattr(optimizers, name)(steps.FIRST, **settings))
        theirs = steps.their_path(
            getattr(keras.optimizers, name)(steps.FIRST, **settings)
        )
        each = np.max(
            [steps.gap(ours[0][path], theirs[0][path], path) for path in ours[0]],
            axis=0,
        )
        each = np.maximum(each[:5], each[5:])
        path = trained(*pair(dense, (5,)), x, y, SQUARES, (name, settings))
        yield name, *map(float, each), max(path.values())


def weight_rows():
    for name, settings in weight_cases.RANDOM.items():
        ours = initializers.registry.lookup(name)(**settings, seed=1)((300, 200))
        theirs = np.asarray(
            getattr(keras.initializers, name)(**settings, seed=2)((300, 200))
        )
        distance = float(stats.ks_2samp(ours.ravel(), theirs.ravel()).statistic)
        yield f"initializer {name}", distance, relative_gap(ours.std(), theirs.std())


def function_rows():
    x = RNG.normal(0, 2, (6, 8)).astype("float32")
    extra = {"threshold": (0.3, -1.0)}
    for name in activations.registry.names():
        if name == "hard_sigmoid_keras2":  # only in files of Keras 1 and 2
            continue
        # Keras's sparsemax departs from its paper; ours is tested against the paper.
        if name != "sparsemax":
            more = extra.get(name, ())
            pair_of = activations.get(name), getattr(keras.activations, name)
            yield f"activation {name}", *both(pair_of, x, more)
    for name, settings in flat(weight_cases.REGULARIZERS):
        ours = regularizers.registry.lookup(name)(**settings)
        theirs = getattr(keras.regularizers, name)(**settings)
        yield f"regularizer {name}", *both((ours, theirs), x[:, :4])
    for name, settings in flat(weight_cases.CONSTRAINTS):
        ours = constraints.registry.lookup(name)(**settings)
        theirs = getattr(keras.constraints, name)(**settings)
        yield f"constraint {name}", *both((ours, theirs), x)


def flat(table):
    return [(name, row) for name, rows in table.items() for row in rows]


def both(functions, x, more=()):
    x = jnp.asarray(x)
    values = [np.asarray(f(x, *more)) for f in functions]
    weigh = np.cos(np.arange(values[0].size)).reshape(values[0].shape)
    slopes = [
        jax.grad(lambda a, f=f: (f(a, *more) * weigh).sum())(x) for f in functions
    ]
    return relative_gap(*values), relative_gap(*slopes)


def model_rows():
    for name, (rows, shape, x, y, loss) in trained_cases.models().items():
        for optimizer in trained_cases.OPTIMIZERS:
            models = pair(rows, shape)
            run = {"epochs": 10, "batch_size": 16}
            found = trained(*models, x, y, loss, optimizer, **run)
            count = 10 * -(-len(y) // 16)
            yield f"{name}, {optimizer[0]}, {count} steps", max(found.values())


TABLES = {
    "layers": ("Layers", ("output", "gradient", "ten steps"), layer_rows),
    "losses": ("Losses", ("value", "gradient", "ten steps"), loss_rows),
    "metrics": ("Metrics", ("result",), metric_rows),
    "optimizers": ("Optimizers", (*steps.KINDS, "ten steps of fit"), optimizer_rows),
    "weights": ("Initializers", ("Kolmogorov-Smirnov", "spread"), weight_rows),
    "functions": ("Functions of weights", ("value", "gradient"), function_rows),
    "models": ("Longer runs", ("weights and history",), model_rows),
}

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    for chosen in sys.argv[1:] or TABLES:
        family, _, names = chosen.partition("=")
        ONLY = {name for name in names.split(",") if name}
        title, columns, rows = TABLES[family]
        show(title, columns, rows())
