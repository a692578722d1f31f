"""`as_batches`: convert data of any supported type to `Batches`."""

import inspect
import itertools
import math
from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from nbkeras.core import notices
from nbkeras.data import array_conversion, frames
from nbkeras.data.array_batches import ArrayBatches, rows_of
from nbkeras.data.batches import Batch, Batches, close, first, is_batches, reseed
from nbkeras.data.checks import messages, values
from nbkeras.data.class_weights import ClassWeights
from nbkeras.data.iterables import GeneratorBatches, IndexedBatches, IteratedBatches
from nbkeras.data.steps_per_epoch import FirstBatches, SteppedBatches, read_from

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
    continuous: bool = True,
    owner: str = "fit",
    raise_nonfinite: bool | None = True,
    missing_targets: bool = False,
) -> Batches:
    """Convert data of any supported type to `Batches`.

    Args:
        x: an array, a list, tuple or dict of arrays, a DataFrame, tensor or sparse
            matrix; or an iterable of batches x, (x,), (x, y), (x, y, sample_weight): a
            generator, `Sequence`, torch DataLoader, tf.data dataset, list of tuples.
        y: targets (rows, ...), if x does not yield them.
        sample_weight: weights (rows,) of the loss, if x does not yield them.
        batch_size: rows per batch; None is 32, or rows / steps if `steps` is given.
        shuffle: True, False or "batch"; the order depends on `seed` and the epoch only.
        class_weight: {class number: weight}, multiplied by the sample weights.
        class_numbers: whether labels are class numbers, see `ClassWeights`.
        steps: batches per epoch; None for all.
        seed: determines the order of the rows.
        epochs_hint: number of epochs, for messages.
        continuous: True to continue through the data from epoch to epoch, and restart
            when it ends; False to begin each epoch at the first batch and use no batch
            twice, as evaluation must.
        owner: name of the calling function in messages.
        raise_nonfinite: True raises for NaN and infinity; False gives one notice; None
            does not check.
        missing_targets: whether NaN is allowed in y, for losses that treat it as a
            missing target.

    Returns:
        `Batches`.

    Raises:
        ValueError: unusable data; the message names the array and its shape or row.
        TypeError: `x` is of a type that is not data.
    """
    class_weights = (
        None
        if class_weight is None
        else ClassWeights(class_weight, owner, class_numbers)
    )
    is_validation = owner == "fit" and not continuous
    if is_batches(x) or not _is_arrays(x, y):
        source = _stream(x, shuffle, seed, steps, epochs_hint, owner, is_validation)
        _reject_separate_arguments(x, y, sample_weight, batch_size, owner)
        source = (
            source if class_weights is None else _WeightedBatches(source, class_weights)
        )
        return with_steps(source, steps, continuous, owner)
    task = "evaluate" if is_validation else owner
    data = _checked(x, y, sample_weight, raise_nonfinite, missing_targets, task)
    weight = _with_class_weights(data[1], data[2], class_weights)
    if batch_size is None:
        rows = rows_of(data)
        batch_size = BATCH_SIZE if steps is None else math.ceil(rows / steps)
    source = ArrayBatches(
        *data[:2], weight, batch_size=batch_size, shuffle=shuffle, seed=seed
    )
    return with_steps(source, steps, continuous, owner)


def with_steps(
    source: Any, steps: int | None, continuous: bool = True, owner: str = "fit"
) -> Any:
    """`source` with `steps` batches per epoch; for None, unchanged.

    The arguments are those of `as_batches`.
    """
    if steps is None:
        return source
    inner = source.source if isinstance(source, _WeightedBatches) else source
    if isinstance(inner, GeneratorBatches):
        inner.num_batches = steps
        return source
    return (SteppedBatches if continuous else FirstBatches)(source, steps, owner)


def _checked(x, y, sample_weight, raise_nonfinite, missing_targets, task):
    """(x, y, weight) as trees of arrays with the same number of rows."""
    frames.same_index(x, y, sample_weight)
    x = array_conversion.convert(x, "x", optional=True)
    y = None if y is None else array_conversion.convert(y, "y")
    weight = sample_weight
    if weight is not None:
        weight = array_conversion.convert(weight, "sample_weight")
    values.same_rows(x, y, weight)
    if raise_nonfinite is not None:
        values.finite("x", x, raise_nonfinite, task)
        if not missing_targets:
            values.finite("y", y, raise_nonfinite, task)
    y = jax.tree.map(_widened, y)
    return x, y, None if weight is None else values.weights(weight)


def _widened(leaf):
    """Labels of a small integer type as int32.

    All integer labels then use one compiled step, also one compiled before the data is
    known.
    """
    is_label = (
        isinstance(leaf, np.ndarray) and leaf.ndim <= 2 and leaf.dtype.kind in "iu"
    )
    return leaf.astype(np.int32) if is_label and leaf.dtype.itemsize < 4 else leaf


def is_arrays(x: Any, y: Any = None) -> bool:
    """Whether x consists of arrays, rather than being an iterable of batches."""
    return not is_batches(x) and _is_arrays(x, y)


def _is_arrays(x, y):
    if isinstance(x, list) and y is None and _is_list_of_batches(x):
        return False
    if isinstance(x, str | bytes | dict) or not _has_items(x):
        return True  # `convert` raises the error if it is not data
    return array_conversion.is_data(x) or hasattr(x, "__array__")


def _is_list_of_batches(x):
    """[(x, y), (x, y), ...]: tuples of arrays in a list."""
    return bool(x) and all(
        isinstance(item, tuple)
        and 2 <= len(item) <= 3
        and all(array_conversion.is_array(part) for part in item)
        for item in x
    )


def _has_items(x):
    is_indexable = hasattr(x, "__getitem__") and hasattr(x, "__len__")
    return hasattr(x, "__iter__") or hasattr(x, "as_numpy_iterator") or is_indexable


def _stream(x, shuffle, seed, steps, epochs, owner, is_validation):
    """`Batches` of an iterable of batches."""
    if is_batches(x):
        return x
    if inspect.isclass(x) or isinstance(x, set | frozenset):
        raise TypeError(messages.not_data("x", x))
    if hasattr(x, "as_numpy_iterator"):
        _refuse_endless(x, steps, owner, _cardinality(x) == -1)
        return IteratedBatches(x, x.as_numpy_iterator, owner)
    if isinstance(x, list):
        return IndexedBatches(x, shuffle, seed)
    has_length = hasattr(x, "num_batches") or hasattr(x, "__len__")
    if hasattr(x, "__getitem__") and has_length:
        source = IndexedBatches(x, shuffle, seed)
        _refuse_endless(x, steps, owner, source.num_batches is None)
        return source
    if iter(x) is not x:
        return IteratedBatches(x, x.__iter__, owner)
    endless = isinstance(x, itertools.cycle | itertools.repeat | itertools.count)
    _refuse_endless(x, steps, owner, endless)
    return GeneratorBatches(x, steps, epochs, owner, is_validation)


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


def _reject_separate_arguments(x, y, sample_weight, batch_size, owner):
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


class _WeightedBatches(Batches):
    """Batches whose sample weights are multiplied by class weights."""

    def __init__(self, source, class_weights):
        self.source = source
        self.class_weights = class_weights

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

    def epoch_began(self):
        """Delegate to the source."""
        getattr(self.source, "epoch_began", lambda: None)()

    def epoch_ended(self):
        """Delegate to the source."""
        getattr(self.source, "epoch_ended", lambda: None)()

    def epoch(self, epoch, start=0):
        """The batches of the source with class weights."""
        batches = read_from(self.source, epoch, start)
        try:
            for batch in batches:
                yield self._weighted(batch)
        finally:
            close(batches)

    def peek(self):
        """The first batch of the source with class weights."""
        batch = first(self.source)
        return None if batch is None else self._weighted(batch)

    def close(self):
        """Close the source."""
        self.source.close()

    def _weighted(self, batch):
        weight = _with_class_weights(batch.y, batch.weight, self.class_weights)
        return Batch(batch.x, batch.y, weight, batch.rows)


def _with_class_weights(y, weight, class_weights):
    if class_weights is None:
        return weight
    if y is None:
        raise ValueError(
            "class_weight needs labels, and there is no y. Pass y, or leave "
            "class_weight out."
        )
    if isinstance(y, list | tuple | dict) and len(jax.tree.leaves(y)) == 1:
        y = jax.tree.leaves(y)[0]
    factors = class_weights(y)
    if weight is None:
        return factors
    if not hasattr(weight, "shape"):
        raise ValueError(
            "class_weight supports one array of sample weights. Give sample_weight as "
            "one array, one number per row."
        )
    rank = max(weight.ndim, factors.ndim)
    return _with_rank(weight, rank) * _with_rank(factors, rank)


def _with_rank(array, rank):
    return array.reshape(array.shape + (1,) * (rank - array.ndim))
