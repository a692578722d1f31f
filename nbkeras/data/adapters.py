"""`as_batches`: data of any supported type as `Batches`."""

import inspect
import itertools
import math
from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from nbkeras.core import notices
from nbkeras.data import arrays, frames
from nbkeras.data.batches import (
    ArrayBatches,
    Batch,
    Batches,
    close,
    first,
    is_batches,
    reseed,
    rows_of,
)
from nbkeras.data.checks import messages, values
from nbkeras.data.class_weights import ClassWeights
from nbkeras.data.iterables import Indexed, Iterated, Once
from nbkeras.data.steps_per_epoch import First, Stepped, read_from

BATCH_SIZE = 32


def as_batches(
    x: Any,
    y: Any = None,
    sample_weight: Any = None,
    *,
    batch_size: int | None = None,
    shuffle: Any = False,
    class_weight: Any = None,
    class_numbers: Any = None,
    steps: int | None = None,
    seed: int = 0,
    epochs_hint: int | None = None,
    again: bool = True,
    owner: str = "fit",
    refuse: bool | None = True,
    missing_targets: bool = False,
) -> Batches:
    """Convert data of any supported type to `Batches`.

    Args:
        x: array, list, tuple or dict of arrays, DataFrame, tensor, sparse matrix;
            or an iterable of batches x, (x,), (x, y), (x, y, sample_weight): a
            generator, `Sequence`, torch DataLoader, tf.data data set, list of tuples.
        y: targets, where x does not bring them.
        sample_weight: factors (rows,) of the loss, likewise.
        batch_size: rows a batch; 32, or rows / steps where only steps is given.
        shuffle: True, False or "batch"; decided by `seed` and the epoch alone.
        class_weight: {class number: weight}; multiplied with sample weights.
        class_numbers: whether labels are class numbers, see `ClassWeights`.
        steps: batches an epoch; None for all.
        seed: of the order of rows.
        epochs_hint: how many epochs are wanted, for messages.
        again: True to go on through the data from epoch to epoch and start it again
            when it ends; False to begin each epoch at the first batch and use no
            batch twice, as evaluation must.
        owner: the function that messages name.
        refuse: whether NaN and infinity are an error; False says it once, None
            does not look.
        missing_targets: whether NaN in y is left to the loss, which may be written
            for targets that are missing.

    Raises:
        ValueError: data that cannot be used, named with its shape or row.
        TypeError: something that is no data.
    """
    table = (
        None
        if class_weight is None
        else ClassWeights(class_weight, owner, class_numbers)
    )
    held_out = owner == "fit" and not again
    if is_batches(x) or not _is_arrays(x, y):
        source = _stream(x, shuffle, seed, steps, epochs_hint, owner, held_out)
        _nothing_beside(x, y, sample_weight, batch_size, owner)
        source = source if table is None else _Weighted(source, table)
        return with_steps(source, steps, again, owner)
    task = "evaluate" if held_out else owner
    data = _checked(x, y, sample_weight, refuse, missing_targets, task)
    weight = _with_classes(data[1], data[2], table)
    if batch_size is None:
        rows = rows_of(data)
        batch_size = BATCH_SIZE if steps is None else math.ceil(rows / steps)
    source = ArrayBatches(
        *data[:2], weight, batch_size=batch_size, shuffle=shuffle, seed=seed
    )
    return with_steps(source, steps, again, owner)


def with_steps(
    source: Any, steps: int | None, again: bool = True, owner: str = "fit"
) -> Any:
    """`source` with `steps` batches an epoch; None leaves it as it is.

    Args: see `as_batches`.
    """
    if steps is None:
        return source
    inner = source.source if isinstance(source, _Weighted) else source
    if isinstance(inner, Once):
        inner.num_batches = steps
        return source
    return (Stepped if again else First)(source, steps, owner)


def _checked(x, y, sample_weight, refuse, missing_targets, task):
    """(x, y, weight) as trees of arrays with the same number of rows."""
    frames.same_index(x, y, sample_weight)
    x = arrays.convert(x, "x", optional=True)
    y = None if y is None else arrays.convert(y, "y")
    weight = sample_weight
    if weight is not None:
        weight = arrays.convert(weight, "sample_weight")
    values.same_rows(x, y, weight)
    if refuse is not None:
        values.finite("x", x, refuse, task)
        if not missing_targets:
            values.finite("y", y, refuse, task)
    y = jax.tree.map(_numbers, y)
    return x, y, None if weight is None else values.weights(weight)


def _numbers(leaf):
    """Class numbers as int32, also from smaller integer types.

    A step is then the same for all, also one that was compiled ahead of the data.
    """
    few = isinstance(leaf, np.ndarray) and leaf.ndim <= 2 and leaf.dtype.kind in "iu"
    return leaf.astype(np.int32) if few and leaf.dtype.itemsize < 4 else leaf


def is_arrays(x: Any, y: Any = None) -> bool:
    """Whether x consists of arrays, rather than being an iterable of batches."""
    return not is_batches(x) and _is_arrays(x, y)


def _is_arrays(x, y):
    if isinstance(x, list) and y is None and _is_list_of_batches(x):
        return False
    if isinstance(x, str | bytes | dict) or not _has_items(x):
        return True  # if it is not data at all, `convert` raises the error
    return arrays.is_data(x) or hasattr(x, "__array__")


def _is_list_of_batches(x):
    """[(x, y), (x, y), ...]: tuples of arrays in a list."""
    return bool(x) and all(
        isinstance(item, tuple)
        and 2 <= len(item) <= 3
        and all(arrays.is_array(part) for part in item)
        for item in x
    )


def _has_items(x):
    by_number = hasattr(x, "__getitem__") and hasattr(x, "__len__")
    return hasattr(x, "__iter__") or hasattr(x, "as_numpy_iterator") or by_number


def _stream(x, shuffle, seed, steps, epochs, owner, held_out):
    """`Batches` of an iterable of batches."""
    if is_batches(x):
        return x
    if inspect.isclass(x) or isinstance(x, set | frozenset):
        raise TypeError(messages.no_data("x", x))
    if hasattr(x, "as_numpy_iterator"):
        _refuse_endless(x, steps, owner, _cardinality(x) == -1)
        return Iterated(x, x.as_numpy_iterator, owner)
    if isinstance(x, list):
        return Indexed(x, shuffle, seed)
    numbered = hasattr(x, "num_batches") or hasattr(x, "__len__")
    if hasattr(x, "__getitem__") and numbered:
        source = Indexed(x, shuffle, seed)
        _refuse_endless(x, steps, owner, source.num_batches is None)
        return source
    if iter(x) is not x:
        return Iterated(x, x.__iter__, owner)
    endless = isinstance(x, itertools.cycle | itertools.repeat | itertools.count)
    _refuse_endless(x, steps, owner, endless)
    return Once(x, steps, epochs, owner, held_out)


def _cardinality(x):
    count: Callable[[], Any] | None = getattr(x, "cardinality", None)
    return int(count()) if callable(count) else None


def _refuse_endless(x, steps, owner, endless):
    if steps is None and endless:
        name = "steps_per_epoch" if owner == "fit" else "steps"
        raise ValueError(
            f"{owner} cannot tell when an epoch of this {type(x).__name__} ends, "
            "because it is endless. Give the number of batches per epoch: "
            f"{owner}(..., {name}=100)."
        )


def _nothing_beside(x, y, sample_weight, batch_size, owner):
    kind = type(x).__name__
    for name, value in (("y", y), ("sample_weight", sample_weight)):
        if value is not None:
            raise ValueError(
                f"{owner}({name}=...): x is a {kind} that yields whole batches, so it "
                f"must provide {name} too. Let it yield "
                f"{'(x, y)' if name == 'y' else '(x, y, sample_weight)'} and leave "
                f"{name} out."
            )
    if batch_size is not None and getattr(x, "batch_size", batch_size) != batch_size:
        notices.once(
            ("batch_size", kind),
            f"{owner}(batch_size={batch_size}) has no effect: x is a {kind} that "
            f"yields batches of its own size. Set the size there: {kind}(..., "
            f"batch_size={batch_size}).",
        )


class _Weighted(Batches):
    """Batches whose sample weights are multiplied by class weights."""

    def __init__(self, source, table):
        self.source = source
        self.table = table

    @property
    def num_batches(self):
        """As in the source."""
        return self.source.num_batches

    @property
    def batch_size(self):
        """As in the source."""
        return self.source.batch_size

    @property
    def rereadable(self):
        """As in the source."""
        return getattr(self.source, "rereadable", True)

    def reseed(self, seed):
        """Delegate to the source."""
        reseed(self.source, seed)

    @property
    def endless(self):
        """As in the source."""
        return getattr(self.source, "endless", False)

    def epoch_ended(self):
        """Delegate to the source."""
        getattr(self.source, "epoch_ended", lambda: None)()

    def epoch(self, epoch, start=0):
        """The batches with their weights."""
        batches = read_from(self.source, epoch, start)
        try:
            for batch in batches:
                yield self._weighted(batch)
        finally:
            close(batches)

    def peek(self):
        """The first batch of the source with its weights."""
        batch = first(self.source)
        return None if batch is None else self._weighted(batch)

    def close(self):
        """Close the source."""
        self.source.close()

    def _weighted(self, batch):
        weight = _with_classes(batch.y, batch.weight, self.table)
        return Batch(batch.x, batch.y, weight, batch.rows)


def _with_classes(y, weight, table):
    if table is None:
        return weight
    if y is None:
        raise ValueError(
            "class_weight needs labels, and there is no y. Pass y, or leave "
            "class_weight out."
        )
    if isinstance(y, list | tuple | dict) and len(jax.tree.leaves(y)) == 1:
        y = jax.tree.leaves(y)[0]
    factors = table(y)
    if weight is None:
        return factors
    if not hasattr(weight, "shape"):
        raise ValueError(
            "class_weight supports one array of sample weights. Give sample_weight as "
            "one array, one number per row."
        )
    rank = max(weight.ndim, factors.ndim)
    return _grown(weight, rank) * _grown(factors, rank)


def _grown(array, rank):
    return array.reshape(array.shape + (1,) * (rank - array.ndim))
