"""Fork a process after training in it, and train, evaluate and predict in the child.

python fork_child.py METHOD BEFORE

METHOD is a method of the model, or "other" for OTHER_WORK, which writes a file into the
working directory. BEFORE is "trained" or "new", the state of the parent at the fork.
"""

import copy
import multiprocessing
import sys
import warnings

import jax.numpy as jnp
import numpy as np

import nbkeras
from nbkeras import layers, ops

X, Y = np.zeros((2048, 64), "float32"), np.zeros((2048, 1), "float32")


OTHER_WORK = {
    "a call": lambda model: model(X),
    "a new layer": lambda model: layers.Dense(2)(X),
    "load_model": lambda model: nbkeras.models.load_model("forked.keras"),
    "lr_find": lambda model: nbkeras.lr_find(model, X, Y),
    "xray": lambda model: nbkeras.xray(model, X, Y),
    "descent": lambda model: nbkeras.descent(model, (X, Y)),
    "compile_ahead": lambda model: model.compile_ahead(X, Y),
    "an operation": lambda model: ops.matmul(X, X.T),
    "a loop": lambda model: ops.scan(lambda sum, x: (sum + x, x), 0.0, X[:, 0]),
    "random numbers": lambda model: nbkeras.random.normal((3,)),
    "a loss": lambda model: nbkeras.losses.MeanSquaredError()(Y, Y),
    "a metric": lambda model: nbkeras.metrics.MeanSquaredError()(Y, Y),
    "an update": lambda model: model.optimizer.apply(
        [np.ones_like(weight) for weight in model.get_weights()]
    ),
    "a copy": copy.deepcopy,
    "an image": lambda model: next(
        nbkeras.preprocessing.image.ImageDataGenerator(rotation_range=20).flow(
            np.zeros((4, 8, 8, 3)), batch_size=2
        )
    ),
    "an operation of JAX": lambda model: jnp.linalg.inv(jnp.ones((7, 7))),
}


def outcome(work):
    """The word "done", or the error as text."""
    try:
        work()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "done"


def work(model, method, answers):
    if method == "other":
        for name, each in OTHER_WORK.items():
            answers.put(f"{name}: {outcome(lambda each=each: each(model))}")
    else:
        data = (X,) if method == "predict" else (X, Y)
        answers.put(outcome(lambda: getattr(model, method)(*data)))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    model = nbkeras.Sequential(
        [layers.Input((64,)), layers.Dense(512), layers.Dense(512), layers.Dense(1)]
    )
    model.compile("sgd", "mse")
    method, before = sys.argv[1:]
    if before == "trained":
        model.fit(X, Y, verbose=0)
    if method == "other":
        model.save("forked.keras")
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    child = context.Process(target=work, args=(model, method, answers))
    child.start()
    for _ in OTHER_WORK if method == "other" else [method]:
        print(answers.get(timeout=60))
    child.join(10)
