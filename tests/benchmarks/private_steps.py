"""Private training beside jax-privacy: the same clipped gradient, and the time of a step.

    python -m venv venv && venv/bin/pip install jax-privacy h5py pillow
    PYTHONPATH=. venv/bin/python tests/benchmarks/private_steps.py [--seconds 20]

The peer is its `clipped_grad`, its Gaussian noise and Adam of optax in one jitted step on
batches of a fixed size, 128 rows of the digits. `fit` with `DPAdam` draws the batches by
chance, which vary in size, and counts the accuracy. Both take turns; printed are the
milliseconds of a step, and the largest difference of the gradients without noise.
"""

import argparse
import time

import jax
import jax.numpy as jnp
import jax_privacy
import numpy as np
import optax

import nbkeras
from nbkeras import layers, privacy

ROWS, STEPS = 128, 20
NOISE, CLIP = 1.1, 1.0


def mlp():
    return [layers.Flatten(), layers.Dense(128, activation="relu")]


def cnn():
    return [
        layers.Conv2D(16, 3, strides=2, activation="relu"),
        layers.Conv2D(32, 3, strides=2, activation="relu"),
        layers.Flatten(),
    ]


def model_of(body, optimizer):
    nbkeras.utils.set_random_seed(0)
    model = nbkeras.Sequential([nbkeras.Input((28, 28, 1)), *body()])
    model.add(layers.Dense(10, activation="softmax"))
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def loss_of(model):
    """(params, x, y) -> the mean loss of these rows."""

    def loss(params, x, y):
        trained = [params[w.path] for w in model.trainable_variables]
        outputs, _ = model.stateless_call(trained, [], x)
        picked = jnp.take_along_axis(outputs, y[:, None], 1)
        return -jnp.log(picked + 1e-7).mean()

    return loss


def peer_step(model):
    """(params, state, x, y) -> (params, state), and the first of both."""
    gradient = jax_privacy.clipped_grad(
        loss_of(model), l2_clip_norm=CLIP, batch_argnums=(1, 2)
    )
    noise = jax_privacy.noise_addition.gaussian_privatizer(
        stddev=NOISE * CLIP, prng_key=jax.random.key(0)
    )
    rule = optax.chain(noise, optax.scale(1 / ROWS), optax.adam(1e-3))
    params = {w.path: jnp.array(w.value) for w in model.trainable_variables}

    @jax.jit
    def step(params, state, x, y):
        updates, state = rule.update(gradient(params, x, y), state, params)
        return optax.apply_updates(params, updates), state

    return step, params, rule.init(params), gradient


def difference(body, x, y):
    """The largest difference of both clipped gradients, relative to the largest one."""
    model = model_of(body, privacy.DPSGD(1.0, noise=0.0, clip=CLIP, delta=1e-6))
    *_, gradient = peer_step(model)
    before = {w.path: jnp.array(w.value) for w in model.trainable_variables}
    theirs = {path: g / ROWS for path, g in gradient(before, x, y).items()}
    model.fit(x, y, batch_size=ROWS, verbose=0)  # all rows are in the batch
    ours = {w.path: before[w.path] - w.value for w in model.trainable_variables}
    gaps = [np.abs(ours[path] - theirs[path]).max() for path in theirs]
    return max(gaps) / max(np.abs(g).max() for g in theirs.values())


def times(body, x, y, seconds):
    """(our milliseconds of a step, theirs): the medians of several rounds."""
    model = model_of(body, privacy.DPAdam(1e-3, noise=NOISE, clip=CLIP, delta=1e-6))
    rows = x[: ROWS * STEPS], y[: ROWS * STEPS]
    step, params, state, _ = peer_step(model)
    batches = [
        (x[i * ROWS : (i + 1) * ROWS], y[i * ROWS : (i + 1) * ROWS])
        for i in range(STEPS)
    ]
    model.fit(*rows, batch_size=ROWS, verbose=0)
    params, state = jax.block_until_ready(step(params, state, *batches[0]))
    ours, theirs, began = [], [], time.perf_counter()
    while len(ours) < 5 or time.perf_counter() - began < seconds:
        start = time.perf_counter()
        model.fit(*rows, batch_size=ROWS, verbose=0)
        ours.append((time.perf_counter() - start) / STEPS)
        start = time.perf_counter()
        for batch in batches:
            params, state = step(params, state, *batch)
        jax.block_until_ready(params)
        theirs.append((time.perf_counter() - start) / STEPS)
    return 1000 * np.median(ours), 1000 * np.median(theirs)


def main():
    """Print one line a model."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=20)
    seconds = parser.parse_args().seconds
    (x, y), _ = nbkeras.datasets.digits.load()
    x, y = x[..., None].astype("float32") / 255, y.astype("int32")
    for body in (mlp, cnn):
        gap = difference(body, x[:ROWS], y[:ROWS])
        ours, theirs = times(body, x, y, seconds)
        print(
            f"{body.__name__}: nbkeras {ours:.1f} ms a step, jax-privacy "
            f"{theirs:.1f} ms; gradients differ by {gap:.1e}",
            flush=True,
        )


if __name__ == "__main__":
    main()
