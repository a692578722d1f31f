"""One of two processes that train together. Run by test_two_processes.py.

python two_processes.py NUMBER ADDRESS FOLDER
"""

import sys

import numpy as np

import nbkeras
from nbkeras import callbacks, distribution, layers

DRAW = np.random.default_rng(0)
X = DRAW.normal(size=(22, 6)).astype("float32")
Y = DRAW.integers(0, 3, 22)
STEP = 4


def trained(x, y, batch_size, calls=(), parts=False):
    """(losses, evaluation, predictions, weights) of a small model.

    With `parts` nothing depends on where in a batch a row stands.
    """
    model = nbkeras.Sequential(
        [
            nbkeras.Input((6,)),
            layers.Dense(8, activation="relu"),
            layers.BatchNormalization(),
            layers.Dropout(0 if parts else 0.3),
            layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    options = dict(batch_size=batch_size, verbose=2, shuffle=not parts)
    history = model.fit(x, y, epochs=2, callbacks=calls, **options)
    evaluated = model.evaluate(x, y, batch_size=batch_size, verbose=0)
    predicted = model.predict(x, batch_size=batch_size, verbose=0)
    return [history.history["loss"], evaluated, predicted, *model.get_weights()]


def refused(x, y):
    """What fit says where the processes differ."""
    try:
        trained(x, y, STEP)
    except ValueError as error:
        return [str(error)]
    return []


def main(number, address, folder):
    distribution.initialize(address, num_processes=2, process_id=number)
    drawn = nbkeras.core.rng.next_seed()
    parallel = distribution.DataParallel()
    files = [
        callbacks.ModelCheckpoint(f"{folder}/{number}.keras"),
        callbacks.CSVLogger(f"{folder}/{number}.csv"),
    ]
    nbkeras.utils.set_random_seed(1)
    with parallel.scope():
        same = trained(X, Y, 2 * STEP, files)
    nbkeras.utils.set_random_seed(1)
    with distribution.DataParallel(auto_shard_dataset=False).scope():
        mine = trained(X[number::2], Y[number::2], STEP, parts=True)
        told = refused(X[: 4 + 4 * number], Y[: 4 + 4 * number])
        nbkeras.utils.set_random_seed(number)
        told += refused(X, Y)
    facts = [parallel.num_processes, parallel.data_shard_id, drawn]
    facts.append(distribution.get_device_count())
    same, mine = (
        {f"{n}{i}": a for i, a in enumerate(m)}
        for n, m in (("same", same), ("mine", mine))
    )
    np.savez(f"{folder}/{number}.npz", facts=np.array(facts), told=told, **same, **mine)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3])
