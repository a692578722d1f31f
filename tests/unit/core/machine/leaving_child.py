"""Begin one kind of background work, wait a moment, and leave the interpreter.

python leaving_child.py WORK SECONDS
"""

import sys
import time

import numpy as np

import nbkeras
from nbkeras import layers

X = np.random.default_rng(0).normal(size=(64, 16)).astype("float32")
Y = X.sum(axis=1, keepdims=True)


def new_model():
    model = nbkeras.Sequential(
        [layers.Input((16,)), *[layers.Dense(32, "gelu") for _ in range(6)]]
    )
    model.add(layers.Dense(1))
    model.compile("adam", "mse")
    return model


def fit():
    return new_model().fit(X, Y, epochs=10**6, verbose=0, background=True)


def compile_ahead():
    return new_model().compile_ahead(X, Y)


def lab():
    model = new_model()
    model.fit(X, Y, verbose=0)
    return nbkeras.descent(model, (X, Y))


def batches_ahead():
    """Batches made on threads by JAX, left in the middle."""
    import jax
    import jax.numpy as jnp

    from nbkeras.data import prefetch

    square = jax.jit(lambda x: jnp.linalg.svd(x @ x.T)[1])
    fetched = prefetch.map_ahead(lambda i: square(X + i), range(10**6), workers=2)
    next(fetched)
    return fetched


work, seconds = sys.argv[1:]
left_running = globals()[work]()
time.sleep(float(seconds))
print("left")
