"""A fit in the background of the same kernel, as when another cell trains."""

import contextlib
from collections.abc import Iterator

import nbkeras
from nbkeras import layers


@contextlib.contextmanager
def training() -> Iterator[None]:
    """Train a CNN on digits, 128 rows a step, until the context ends."""
    (x, y), _ = nbkeras.datasets.digits.load()
    model = nbkeras.Sequential([nbkeras.Input((28, 28, 1)), layers.Rescaling(1 / 255)])
    for filters in (32, 64):
        model.add(layers.Conv2D(filters, 3, activation="relu"))
        model.add(layers.MaxPooling2D())
    model.add(layers.Flatten())
    model.add(layers.Dense(10, activation="softmax"))
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(x[:1280, ..., None], y[:1280], batch_size=128, verbose=0)
    run = model.fit(
        x[..., None], y, batch_size=128, epochs=10**6, verbose=0, background=True
    )
    try:
        yield
    finally:
        run.stop()
        run.wait()


def perhaps(is_wanted: bool) -> contextlib.AbstractContextManager[None]:
    """`training()`, or nothing."""
    return training() if is_wanted else contextlib.nullcontext()
