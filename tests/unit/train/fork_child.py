"""Fork a process after training in it, and train, evaluate and predict in the child.

python fork_child.py METHOD BEFORE

BEFORE is "trained" or "new", the state of the parent at the fork.
"""

import multiprocessing
import sys
import warnings

import numpy as np

import nbkeras
from nbkeras import layers

X, Y = np.zeros((2048, 64), "float32"), np.zeros((2048, 1), "float32")


def work(model, method, answers):
    try:
        getattr(model, method)(*(X, Y)[: 1 if method == "predict" else 2])
        answers.put("done")
    except Exception as error:
        answers.put(f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    model = nbkeras.Sequential(
        [layers.Input((64,)), layers.Dense(512), layers.Dense(512), layers.Dense(1)]
    )
    model.compile("sgd", "mse")
    method, before = sys.argv[1:]
    if before == "trained":
        model.fit(X, Y, verbose=0)
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    child = context.Process(target=work, args=(model, method, answers))
    child.start()
    print(answers.get(timeout=60))
    child.join(10)
