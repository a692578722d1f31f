"""`Dataset`: chains of transformations over elements, with the methods of tf.data.

While a chain only selects and reorders rows of arrays, it works on row numbers, and
gathers the rows one batch at a time. A function of `map` that JAX can trace runs on a
whole block of rows at once (`element_function`).

Source: Murray et al., "tf.data: A Machine Learning Data Processing Framework" (2021).
"""

import functools
import glob
import itertools
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nbkeras.core import check, rng
from nbkeras.core.names import tensorflow_names
from nbkeras.data import prefetch
from nbkeras.data.tf_data import element_streams, elements, index_streams, padding
from nbkeras.data.tf_data.element_function import ElementFunction

AUTOTUNE = -1
INFINITE_CARDINALITY = -1
UNKNOWN_CARDINALITY = -2
# Rows that are gathered and mapped together when single elements are read.
BLOCK = 256
# Attributes of a dataset of files that the datasets derived from it share.
SHARED_ATTRIBUTES = ("class_names", "file_paths")
# Distance between the element numbers of two passes, so that no two elements share one.
_PASS = 1 << 32


class Transformations:
    """The methods of tf.data for a class that defines `_elements` and `cardinality`."""

    def _elements(self) -> Iterator[Any]:
        """Iterate over the elements, trees of NumPy arrays, once."""
        raise NotImplementedError(
            f"{type(self).__name__} must define the method _elements(self)."
        )

    def cardinality(self, name: Any = None) -> Any:
        """The number of elements, an integer tensor; -1 if infinite, -2 if unknown."""
        return elements.as_tensor(np.int64(self._cardinality()))

    def _cardinality(self) -> int:
        return UNKNOWN_CARDINALITY

    def _blocks(self, size: int) -> Iterator[Any]:
        """Iterate over stacked blocks of `size` elements; the last may be smaller."""
        iterator = self._elements()
        while block := list(itertools.islice(iterator, size)):
            yield elements.stack(block)

    def __iter__(self) -> Iterator[Any]:
        return map(elements.as_tensors, self._elements())

    def as_numpy_iterator(self) -> Iterator[Any]:
        """Iterate over the elements as NumPy arrays, scalars and bytes."""
        return (elements.map_leaves(_plain, element) for element in self._elements())

    def __len__(self) -> int:
        count = self._cardinality()
        if count < 0:
            reason = (
                "it is infinite"
                if count == INFINITE_CARDINALITY
                else "the length is known only after iterating over it"
            )
            raise TypeError(
                f"len(dataset): {reason}. Write dataset.take(100) for a part of it."
            )
        return count

    def __bool__(self) -> bool:
        return True

    @property
    def element_spec(self) -> Any:
        """A `TensorSpec` for each array of the first element."""
        first = next(self._elements(), None)
        return None if first is None else elements.spec(first)

    def map(
        self,
        map_func: Callable[..., Any],
        num_parallel_calls: int | None = None,
        deterministic: bool | None = None,
        **ignored: Any,
    ) -> "Dataset":
        """Apply `map_func(*parts)` to each element.

        Args:
            map_func: traced once by JAX if possible; otherwise called for each element,
                whose arrays then have `.numpy()`.
            num_parallel_calls: number of threads that call a function that cannot be
                traced; None is one, `AUTOTUNE` one per core.
            deterministic: accepted for compatibility; the order is always kept.
        """
        function = ElementFunction(map_func, rng.next_seed())
        return MappedDataset(self, function, num_parallel_calls)

    def batch(
        self,
        batch_size: int,
        drop_remainder: bool = False,
        num_parallel_calls: int | None = None,
        deterministic: bool | None = None,
        **ignored: Any,
    ) -> "Dataset":
        """Stack `batch_size` elements, which must have equal shapes.

        Args:
            batch_size: elements per batch.
            drop_remainder: whether to drop a smaller last batch.
            num_parallel_calls: accepted for compatibility.
            deterministic: accepted for compatibility.
        """
        size = check.positive_int("batch", "batch_size", _int(batch_size))
        return BatchedDataset(self, size, drop_remainder)

    def padded_batch(
        self,
        batch_size: int,
        padded_shapes: Any = None,
        padding_values: Any = None,
        drop_remainder: bool = False,
        **ignored: Any,
    ) -> "Dataset":
        """Stack elements of different shapes, padded to the largest of the batch.

        Args:
            batch_size: elements per batch.
            padded_shapes: shapes to pad to, in the structure of an element; None for a
                shape or a size means the largest of the batch.
            padding_values: values to pad with; by default 0, or "" for strings.
            drop_remainder: whether to drop a smaller last batch.
        """
        size = check.positive_int("padded_batch", "batch_size", _int(batch_size))

        def start():
            iterator = self._elements()
            while batch := list(itertools.islice(iterator, size)):
                if len(batch) == size or not drop_remainder:
                    yield padding.padded(batch, padded_shapes, padding_values)

        return StreamDataset(start, _batches(self._cardinality(), size, drop_remainder))

    def unbatch(self) -> "Dataset":
        """Split each element into its rows."""

        def start():
            for block in self._elements():
                yield from _rows_of(block)

        return StreamDataset(start)

    def rebatch(self, batch_size: int, drop_remainder: bool = False) -> "Dataset":
        """`unbatch().batch(batch_size)`."""
        return self.unbatch().batch(batch_size, drop_remainder)

    def shuffle(
        self,
        buffer_size: int,
        seed: int | None = None,
        reshuffle_each_iteration: bool | None = True,
        **ignored: Any,
    ) -> "Dataset":
        """Shuffle with a buffer: each next element is drawn at random from it.

        Args:
            buffer_size: elements in the buffer; for a uniform shuffle, at least the
                number of elements in the dataset.
            seed: an integer; None for one derived from `set_random_seed`.
            reshuffle_each_iteration: whether each iteration has another order.
        """
        size = check.positive_int("shuffle", "buffer_size", _int(buffer_size))
        generators = _Generators(seed, reshuffle_each_iteration is not False, "shuffle")
        return self._reordered(
            lambda chunks: index_streams.shuffled(chunks, size, generators.next()),
            lambda stream: element_streams.shuffled(stream, size, generators.next()),
            self._cardinality(),
        )

    def repeat(self, count: int | None = None, **ignored: Any) -> "Dataset":
        """Repeat the dataset `count` times; None or -1 repeats it forever."""
        times = None if count is None or _int(count) < 0 else _int(count)
        cardinality = self._cardinality()
        if times is None:
            cardinality = INFINITE_CARDINALITY if cardinality else 0
        elif cardinality >= 0:
            cardinality *= times
        return self._repeated(times, cardinality)

    def take(self, count: int, **ignored: Any) -> "Dataset":
        """The first `count` elements; -1 takes all."""
        count = _int(count)
        if count < 0:
            return self._same()
        cardinality = self._cardinality()
        cardinality = (
            count if cardinality == INFINITE_CARDINALITY else min(cardinality, count)
        )
        return self._reordered(
            lambda chunks: index_streams.taken(chunks, count),
            lambda stream: itertools.islice(stream, count),
            cardinality,
        )

    def skip(self, count: int, **ignored: Any) -> "Dataset":
        """All but the first `count` elements; -1 skips all."""
        count = _int(count)
        cardinality = self._cardinality()
        count = max(cardinality, 0) if count < 0 else count
        return self._reordered(
            lambda chunks: index_streams.skipped(chunks, count),
            lambda stream: itertools.islice(stream, count, None),
            cardinality if cardinality < 0 else max(cardinality - count, 0),
        )

    def shard(self, num_shards: int, index: int, **ignored: Any) -> "Dataset":
        """Every `num_shards`-th element, starting with element `index`.

        Raises:
            ValueError: `index` is not between 0 and `num_shards` - 1.
        """
        step = check.positive_int("shard", "num_shards", _int(num_shards))
        first = _int(index)
        if not 0 <= first < step:
            raise ValueError(
                f"shard(num_shards={step}, index={first}): index must be from 0 to "
                f"{step - 1}."
            )
        cardinality = self._cardinality()
        return self._reordered(
            lambda chunks: index_streams.every(chunks, step, first),
            lambda stream: itertools.islice(stream, first, None, step),
            cardinality
            if cardinality < 0
            else max(-(-(cardinality - first) // step), 0),
        )

    def cache(self, filename: Any = "", **ignored: Any) -> "Dataset":
        """Keep the elements of the first complete iteration in memory.

        Args:
            filename: accepted for compatibility; elements are not written to a file.
        """
        return CachedDataset(self)

    def prefetch(self, buffer_size: Any = None, **ignored: Any) -> "Dataset":
        """The same elements: training always prefetches batches."""
        return self._same()

    def filter(self, predicate: Callable[..., Any], **ignored: Any) -> "Dataset":
        """The elements for which `predicate(*parts)` is true."""
        return FilteredDataset(self, predicate)

    def enumerate(self, start: int = 0, **ignored: Any) -> "Dataset":
        """Pairs (index, element), with indices counted from `start`."""

        def pairs():
            for index, element in enumerate(self._elements(), start):
                yield np.int64(index), element

        return StreamDataset(pairs, self._cardinality())

    def concatenate(self, dataset: Any, **ignored: Any) -> "Dataset":
        """The elements of this dataset followed by those of `dataset`."""
        counts = self._cardinality(), dataset._cardinality()
        return StreamDataset(
            lambda: itertools.chain(self._elements(), dataset._elements()),
            min(counts) if min(counts) < 0 else sum(counts),
        )

    def flat_map(self, map_func: Callable[..., Any], **ignored: Any) -> "Dataset":
        """The elements of the datasets that `map_func(*parts)` returns, joined."""

        def start():
            for element in self._elements():
                yield from _inner(map_func, element, "flat_map")

        return StreamDataset(start)

    def interleave(
        self,
        map_func: Callable[..., Any],
        cycle_length: int | None = None,
        block_length: int | None = None,
        num_parallel_calls: int | None = None,
        deterministic: bool | None = None,
        **ignored: Any,
    ) -> "Dataset":
        """`flat_map` that reads several datasets in turn.

        Args:
            map_func: returns a dataset for each element.
            cycle_length: number of datasets read in turn; None is one per core.
            block_length: consecutive elements of each; None is 1.
            num_parallel_calls: accepted for compatibility.
            deterministic: accepted for compatibility; the order is always kept.
        """
        width = max(cycle_length or 0, 0) or prefetch.num_cores()
        length = block_length or 1
        return StreamDataset(
            lambda: element_streams.interleaved(
                (
                    _inner(map_func, element, "interleave")
                    for element in self._elements()
                ),
                width,
                length,
            )
        )

    def window(
        self,
        size: int,
        shift: int | None = None,
        stride: int = 1,
        drop_remainder: bool = False,
        **ignored: Any,
    ) -> "Dataset":
        """Sliding windows: datasets of `size` elements.

        Args:
            size: elements per window.
            shift: distance between the starts of two windows; None is `size`.
            stride: distance between two elements of a window.
            drop_remainder: whether to drop smaller windows at the end.
        """
        size = check.positive_int("window", "size", _int(size))
        step = check.positive_int("window", "shift", _int(shift or size))
        stride = check.positive_int("window", "stride", _int(stride))
        return StreamDataset(
            lambda: map(
                _window,
                element_streams.windows(
                    self._elements(), size, step, stride, drop_remainder
                ),
            )
        )

    def take_while(self, predicate: Callable[..., Any], **ignored: Any) -> "Dataset":
        """The elements before the first one for which `predicate(*parts)` is false."""
        function = ElementFunction(predicate, 0)
        return StreamDataset(
            lambda: itertools.takewhile(
                lambda element: bool(function(element, 0)), self._elements()
            )
        )

    def scan(
        self, initial_state: Any, scan_func: Callable[..., Any], **ignored: Any
    ) -> "Dataset":
        """The results of `scan_func(state, element) -> (state, result)`."""

        def start():
            state = elements.as_tensors(elements.structure(initial_state))
            for element in iter(self):
                state, result = scan_func(state, element)
                yield elements.structure(result)

        return StreamDataset(start, self._cardinality())

    def reduce(self, initial_state: Any, reduce_func: Callable[..., Any]) -> Any:
        """The final `state = reduce_func(state, element)` over all elements."""
        state = elements.as_tensors(elements.structure(initial_state))
        for element in self:
            state = elements.as_tensors(elements.structure(reduce_func(state, element)))
        return state

    def apply(self, transformation_func: Callable[[Any], Any]) -> Any:
        """`transformation_func(self)`."""
        return transformation_func(self)

    def bucket_by_sequence_length(
        self,
        element_length_func: Callable[..., Any],
        bucket_boundaries: Sequence[int],
        bucket_batch_sizes: Sequence[int],
        padded_shapes: Any = None,
        padding_values: Any = None,
        drop_remainder: bool = False,
        **ignored: Any,
    ) -> "Dataset":
        """Padded batches of elements of similar length.

        Args:
            element_length_func: returns the length of an element.
            bucket_boundaries: increasing lengths at which the next bucket begins.
            bucket_batch_sizes: elements per batch of each bucket, one more than there
                are boundaries.
            padded_shapes: as in `padded_batch`.
            padding_values: as in `padded_batch`.
            drop_remainder: as in `padded_batch`.

        Raises:
            ValueError: the number of batch sizes is not that of the buckets.
        """
        sizes = [_int(size) for size in bucket_batch_sizes]
        if len(sizes) != len(bucket_boundaries) + 1:
            raise ValueError(
                f"bucket_by_sequence_length: {len(bucket_boundaries)} boundaries make "
                f"{len(bucket_boundaries) + 1} buckets, and there are {len(sizes)} "
                "batch sizes. Give one for each bucket."
            )

        def start():
            buckets: list[list[Any]] = [[] for _ in sizes]
            for element in self._elements():
                parts = element if isinstance(element, tuple) else (element,)
                length = int(element_length_func(*elements.as_tensors(parts)))
                index = int(np.searchsorted(bucket_boundaries, length, "right"))
                buckets[index].append(element)
                if len(buckets[index]) == sizes[index]:
                    yield padding.padded(buckets[index], padded_shapes, padding_values)
                    buckets[index] = []
            for bucket in buckets:
                if bucket and not drop_remainder:
                    yield padding.padded(bucket, padded_shapes, padding_values)

        return StreamDataset(start)

    def get_single_element(self) -> Any:
        """The element of a dataset that has exactly one.

        Raises:
            ValueError: the dataset is empty or has more elements.
        """
        first_two = list(itertools.islice(self._elements(), 2))
        if len(first_two) != 1:
            number = "none" if not first_two else "more than one"
            raise ValueError(
                f"get_single_element: the dataset must have one element, and it has "
                f"{number}. Write next(iter(dataset)) for the first one."
            )
        return elements.as_tensors(first_two[0])

    def with_options(self, options: Any = None, **ignored: Any) -> "Dataset":
        """The same elements; options have no effect."""
        return self._same()

    def options(self) -> Any:
        """Options, which have no effect."""
        return Options()

    def _same(self) -> "Dataset":
        return self._reordered(iter, iter, self._cardinality())

    def _reordered(self, of_indices, of_elements, count) -> "Dataset":
        """A dataset of some elements in some order, which two functions define.

        Args:
            of_indices: chunks of row numbers -> chunks, for rows of arrays.
            of_elements: iterator of elements -> iterator, for other datasets.
            count: number of elements, see `cardinality`.
        """
        return StreamDataset(lambda: of_elements(self._elements()), count, self)

    def _repeated(self, times, count) -> "Dataset":
        return StreamDataset(
            lambda: element_streams.repeated(self._elements, times), count, self
        )


class Dataset(Transformations):
    """Elements that can be iterated over repeatedly: `tf.data.Dataset`.

    >>> dataset = Dataset.from_tensor_slices([1, 2, 3]).map(lambda x: 2 * x).batch(2)
    >>> list(dataset.as_numpy_iterator())
    [array([2, 4], dtype=int32), array([6], dtype=int32)]
    """

    def __getattr__(self, name):
        return _shared_attribute(self, name)

    @staticmethod
    def from_tensor_slices(tensors: Any, name: str | None = None) -> "Dataset":
        """A dataset of the rows of arrays: element i is row i of each array.

        Args:
            tensors: an array, list, table, or a tuple or dict of them.
            name: accepted for compatibility.

        Raises:
            ValueError: an array has no axes, or the numbers of rows differ.
        """
        is_frame = hasattr(tensors, "columns") and hasattr(tensors, "to_numpy")
        arrays = elements.structure(tensors.to_numpy() if is_frame else tensors)
        leaves = elements.leaves_of(arrays)
        sizes = [leaf.shape[:1] for leaf in leaves]
        if () in sizes:
            raise ValueError(
                "Dataset.from_tensor_slices: a single number has no rows. Give an "
                "array or list, or write Dataset.from_tensors(value)."
            )
        if len(set(sizes)) != 1:
            raise ValueError(
                "Dataset.from_tensor_slices: all arrays must have the same number of "
                f"rows, and they have {', '.join(str(size[0]) for size in sizes)}. "
                "Give arrays of equal length."
            )
        return SliceDataset(arrays)

    @staticmethod
    def from_tensors(tensors: Any, name: str | None = None) -> "Dataset":
        """A dataset with one element: the arrays themselves."""
        element = elements.structure(tensors)
        return StreamDataset(lambda: iter([element]), 1)

    @staticmethod
    def from_generator(
        generator: Callable[..., Iterable[Any]],
        output_types: Any = None,
        output_shapes: Any = None,
        args: Sequence[Any] | None = None,
        output_signature: Any = None,
        name: str | None = None,
    ) -> "Dataset":
        """A dataset of what `generator(*args)` yields.

        Args:
            generator: a function that returns an iterable, called for each iteration.
            output_types: dtypes in the structure of an element.
            output_shapes: shapes likewise; None for sizes that vary.
            args: arguments of `generator`.
            output_signature: a `TensorSpec` for each array; replaces types and shapes.
            name: accepted for compatibility.

        Raises:
            TypeError: `generator` is not callable.
        """
        if not callable(generator):
            raise TypeError(
                "Dataset.from_generator(generator): give the function that creates the "
                "generator, so that each iteration can start anew: "
                "from_generator(lambda: my_generator(), ...)."
            )
        signature = output_signature
        if signature is None and output_types is not None:
            signature = elements.signature(output_types, output_shapes)
        arguments = elements.as_tensors(elements.structure(tuple(args or ())))

        def start():
            for value in generator(*arguments):
                yield elements.as_signed(value, signature)

        return StreamDataset(start, spec=signature)

    @staticmethod
    def range(
        *args: int, output_type: Any = "int64", name: str | None = None
    ) -> "Dataset":
        """A dataset of the integers of `range(*args)`, int64 by default."""
        numbers = np.arange(
            *map(_int, args), dtype=elements.TensorSpec((), output_type).dtype
        )
        return SliceDataset(numbers)

    @staticmethod
    def zip(*args: Any, datasets: Any = None, name: str | None = None) -> "Dataset":
        """Tuples of the elements of several datasets, as many as the shortest has."""
        parts = datasets if datasets is not None else args
        tree = (
            parts[0]
            if len(parts) == 1 and isinstance(parts[0], tuple | list | dict)
            else parts
        )
        tree = tuple(tree) if isinstance(tree, list | tuple) else tree
        counts = [dataset._cardinality() for dataset in elements.leaves_of(tree)]
        finite = [count for count in counts if count != INFINITE_CARDINALITY]
        count = min(finite) if finite else INFINITE_CARDINALITY

        def start():
            iterators = [dataset._elements() for dataset in elements.leaves_of(tree)]
            for values in zip(*iterators, strict=False):
                yield elements.like(tree, values)

        return StreamDataset(start, count)

    @staticmethod
    def list_files(
        file_pattern: Any,
        shuffle: bool | None = True,
        seed: int | None = None,
        name: str | None = None,
    ) -> "Dataset":
        """The paths of the files that match a glob pattern, as bytes.

        Args:
            file_pattern: such as "photos/*/*.jpg", or a list of patterns.
            shuffle: whether each iteration has a new order; False sorts the paths.
            seed: seed of the order.
            name: accepted for compatibility.

        Raises:
            FileNotFoundError: no file matches.
        """
        patterns = elements.array(file_pattern).reshape(-1).tolist()
        texts = [os.fsdecode(pattern) for pattern in patterns]
        paths = sorted(path for text in texts for path in glob.glob(text))  # noqa: PTH207 - a pattern may be absolute
        if not paths:
            raise FileNotFoundError(
                f"Dataset.list_files: no file matches {texts}. Give a glob pattern "
                "such as 'photos/*/*.jpg', relative to the current folder "
                f"{Path.cwd()}."
            )
        dataset = SliceDataset(elements.array(paths))
        return dataset.shuffle(len(paths), seed) if shuffle is not False else dataset

    @staticmethod
    def sample_from_datasets(
        datasets: Sequence[Any],
        weights: Sequence[float] | None = None,
        seed: int | None = None,
        stop_on_empty_dataset: bool = False,
        rerandomize_each_iteration: bool | None = None,
    ) -> "Dataset":
        """Elements of several datasets, each from a dataset drawn at random.

        Args:
            datasets: the datasets.
            weights: relative probability of each dataset; None is uniform.
            seed: seed of the draws.
            stop_on_empty_dataset: whether to stop when the first dataset is exhausted.
            rerandomize_each_iteration: whether each iteration has other draws.
        """
        generators = _Generators(
            seed, rerandomize_each_iteration is not False, "sample"
        )
        probabilities = [1.0] * len(datasets) if weights is None else list(weights)
        return StreamDataset(
            lambda: element_streams.sampled(
                [dataset._elements() for dataset in datasets],
                np.asarray(probabilities, float),
                generators.next(),
                stop_on_empty_dataset,
            )
        )

    @staticmethod
    def choose_from_datasets(
        datasets: Sequence[Any], choice_dataset: Any, stop_on_empty_dataset: bool = True
    ) -> "Dataset":
        """Elements of the datasets whose indices `choice_dataset` yields."""

        def start():
            iterators = [dataset._elements() for dataset in datasets]
            end = object()
            for choice in choice_dataset._elements():
                element = next(iterators[int(choice)], end)
                if element is not end:
                    yield element
                elif stop_on_empty_dataset:
                    return

        return StreamDataset(start)


class StreamDataset(Dataset):
    """Elements of an iterator that is created for each iteration.

    Args:
        start: () -> a new iterator over the elements.
        count: number of elements, see `cardinality`.
        source: a dataset whose attributes, such as `class_names`, this one shares.
        spec: the `TensorSpec`s of an element, if known.
    """

    def __init__(
        self,
        start: Callable[[], Iterator[Any]],
        count: int = UNKNOWN_CARDINALITY,
        source: Any = None,
        spec: Any = None,
    ):
        self._start, self._count, self._source, self._spec = start, count, source, spec

    def _elements(self):
        return iter(self._start())

    def _cardinality(self) -> int:
        """The number of elements; -1 if infinite, -2 if unknown."""
        return self._count

    @property
    def element_spec(self) -> Any:
        """A `TensorSpec` for each array of an element."""
        return super().element_spec if self._spec is None else self._spec


class SliceDataset(Dataset):
    """Rows of arrays, selected and ordered by row numbers.

    Args:
        arrays: a tree of arrays (rows, ...).
        chunks: () -> an iterator over int arrays of row numbers; None is all in order.
        count: number of elements, see `cardinality`.
        functions: traceable `ElementFunction`s that are applied to the rows.
    """

    def __init__(self, arrays, chunks=None, count=None, functions=()):
        self._arrays = arrays
        rows = elements.rows(arrays)
        self._chunks = chunks or (lambda: iter([np.arange(rows)]))
        self._count = rows if count is None else count
        self._functions = functions
        self._iterations = itertools.count()

    def _cardinality(self) -> int:
        """The number of rows; -1 if they are repeated forever."""
        return self._count

    @property
    def element_spec(self) -> Any:
        """A `TensorSpec` for each array of an element."""
        spec = elements.map_leaves(
            lambda leaf: elements.TensorSpec(leaf.shape[1:], leaf.dtype), self._arrays
        )
        for function in self._functions:
            spec = function.output_spec(spec)
        return spec

    def _elements(self):
        for block in self._blocks(BLOCK):
            yield from _rows_of(block)

    def _blocks(self, size):
        number = next(self._iterations) * _PASS
        for indices in index_streams.in_chunks_of(self._chunks(), size):
            block = elements.map_leaves(
                lambda leaf, at=indices: np.take(leaf, at, axis=0), self._arrays
            )
            for function in self._functions:
                block = function.over_block(block, number)
            number += len(indices)
            yield block

    def map(
        self,
        map_func: Callable[..., Any],
        num_parallel_calls: int | None = None,
        deterministic: bool | None = None,
        **ignored: Any,
    ) -> Dataset:
        """Apply `map_func(*parts)` to each row, see `Transformations.map`."""
        function = ElementFunction(map_func, rng.next_seed())
        if function.output_spec(self.element_spec) is None:
            return MappedDataset(self, function, num_parallel_calls)
        functions = (*self._functions, function)
        return SliceDataset(self._arrays, self._chunks, self._count, functions)

    def cache(self, filename: Any = "", **ignored: Any) -> Dataset:
        """Keep mapped rows in memory; rows of arrays are in memory already."""
        return CachedDataset(self) if self._functions else self

    def _reordered(self, of_indices, of_elements, count):
        return SliceDataset(
            self._arrays, lambda: of_indices(self._chunks()), count, self._functions
        )

    def _repeated(self, times, count):
        return SliceDataset(
            self._arrays,
            lambda: index_streams.repeated(self._chunks, times),
            count,
            self._functions,
        )


class MappedDataset(Dataset):
    """A function applied to the elements of a dataset.

    Args:
        source: the dataset.
        function: the function.
        threads: number of threads that call it; None is one, `AUTOTUNE` one per core.
    """

    def __init__(self, source: Any, function: ElementFunction, threads: Any = None):
        self._source, self._function, self._threads = source, function, threads
        self._iterations = itertools.count()

    def _cardinality(self) -> int:
        """As in the source."""
        return self._source._cardinality()

    def _elements(self):
        numbers = itertools.count(next(self._iterations) * _PASS)
        numbered = zip(self._source._elements(), numbers, strict=False)
        if self._threads in (None, 0, 1):
            return (self._function(*pair) for pair in numbered)
        workers = None if self._threads < 0 else self._threads
        return _ahead(lambda pair: self._function(*pair), numbered, workers)


class FilteredDataset(Dataset):
    """The elements of a dataset for which a function is true.

    Args:
        source: the dataset.
        predicate: a function of the parts of an element.
    """

    def __init__(self, source: Any, predicate: Callable[..., Any]):
        self._source = source
        self._predicate = ElementFunction(predicate, rng.next_seed())
        self._iterations = itertools.count()

    def _elements(self):
        number = next(self._iterations) * _PASS
        if isinstance(self._source, SliceDataset) and self._is_traceable():
            for block in self._source._blocks(BLOCK):
                indices = np.flatnonzero(self._predicate.over_block(block, number))
                number += elements.rows(block)
                for index in indices:
                    yield elements.row(block, index)
            return
        for offset, element in enumerate(self._source._elements()):
            if bool(self._predicate(element, number + offset)):
                yield element

    def _is_traceable(self):
        return self._predicate.output_spec(self._source.element_spec) is not None


class BatchedDataset(Dataset):
    """Batches of stacked elements of a dataset.

    Args:
        source: the dataset.
        batch_size: elements per batch.
        drop_remainder: whether to drop a smaller last batch.
    """

    def __init__(self, source: Any, batch_size: int, drop_remainder: bool):
        self._source, self.batch_size = source, batch_size
        self._drop_remainder = bool(drop_remainder)

    def _cardinality(self) -> int:
        """The number of batches."""
        return _batches(
            self._source._cardinality(), self.batch_size, self._drop_remainder
        )

    @property
    def element_spec(self) -> Any:
        """A `TensorSpec` for each array; without `drop_remainder` its rows are None."""
        rows = self.batch_size if self._drop_remainder else None
        return elements.map_leaves(
            lambda leaf: elements.TensorSpec((rows, *leaf.shape), leaf.dtype),
            self._source.element_spec,
        )

    def _elements(self):
        for block in self._source._blocks(self.batch_size):
            if not self._drop_remainder or elements.rows(block) == self.batch_size:
                yield block

    def unbatch(self) -> Dataset:
        """Split each batch into its elements."""
        return super().unbatch() if self._drop_remainder else self._source


class CachedDataset(Dataset):
    """Keeps the elements of the first complete iteration in memory.

    Args:
        source: the dataset.
    """

    def __init__(self, source: Any):
        self._source = source
        self._cache: list[Any] | None = None

    def _cardinality(self) -> int:
        """As in the source."""
        return self._source._cardinality()

    def _elements(self):
        if self._cache is not None:
            yield from self._cache
            return
        cache = []
        for element in self._source._elements():
            cache.append(element)
            yield element
        self._cache = cache


class TextLineDataset(StreamDataset):
    """The lines of text files, as bytes: `tf.data.TextLineDataset`.

    Args:
        filenames: a path or a list of paths.
        compression_type: accepted for compatibility; files are not decompressed.
        buffer_size: accepted for compatibility.
        num_parallel_reads: accepted for compatibility; files are read one by one.
    """

    def __init__(
        self,
        filenames: Any,
        compression_type: str | None = None,
        buffer_size: int | None = None,
        num_parallel_reads: int | None = None,
    ):
        paths = elements.array(filenames).reshape(-1).tolist()
        super().__init__(lambda: _lines(paths))


def assert_cardinality(expected_cardinality: int) -> Callable[[Any], Dataset]:
    """A function for `apply` that declares the number of elements of a dataset.

    Args:
        expected_cardinality: the number of elements; it is not checked.
    """

    def with_cardinality(dataset):
        return StreamDataset(dataset._elements, _int(expected_cardinality), dataset)

    return with_cardinality


class Options:
    """`tf.data.Options`: any attribute may be set; none has an effect."""

    def __init__(self) -> None:
        self.experimental_distribute = _OptionGroup()
        self.experimental_optimization = _OptionGroup()
        self.threading = _OptionGroup()
        self.autotune = _OptionGroup()


class _OptionGroup:
    """Holds any attributes."""


class _Generators:
    """A random number generator for each iteration over a dataset."""

    def __init__(self, seed, reseed_each_iteration, purpose):
        self._seed = rng.next_seed() if seed is None else int(seed)
        self._reseeds, self._purpose = reseed_each_iteration, purpose
        self._iterations = itertools.count()

    def next(self):
        number = next(self._iterations) if self._reseeds else 0
        return rng.generator(self._seed, self._purpose, number)


def _shared_attribute(dataset, name):
    """An attribute such as `class_names` of the dataset that a chain begins with."""
    source = dataset.__dict__.get("_source")
    if name not in SHARED_ATTRIBUTES or source is None:
        if name[:1] == "_":
            raise AttributeError(name)
        near = check.did_you_mean(name, [n for n in dir(Dataset) if n[0] != "_"])
        raise AttributeError(tensorflow_names.message(f"data.Dataset.{name}") + near)
    return getattr(source, name)


def _plain(leaf):
    return leaf[()] if isinstance(leaf, np.ndarray) else leaf


def _int(value):
    return value if check.is_int(value) else int(value)


def _rows_of(block):
    for index in range(elements.rows(block)):
        yield elements.row(block, index)


def _batches(count, size, drop_remainder):
    if count < 0:
        return count
    return count // size if drop_remainder else -(-count // size)


def _ahead(function, items, workers):
    with prefetch.map_ahead(function, items, workers) as results:
        yield from results


def _inner(map_func, element, owner):
    """The elements of the dataset that `map_func` returns for one element."""
    parts = element if isinstance(element, tuple) else (element,)
    dataset = map_func(*elements.as_tensors(parts))
    if not hasattr(dataset, "_elements"):
        raise TypeError(
            f"Dataset.{owner}: the function must return a Dataset, but it returned "
            f"{type(dataset).__name__}. Write map for functions of single elements."
        )
    return dataset._elements()


def _window(window):
    """A list of elements as one dataset for each array of an element."""
    columns = zip(*map(elements.leaves_of, window), strict=True)
    datasets = [
        StreamDataset(functools.partial(iter, column), len(column))
        for column in columns
    ]
    return elements.like(window[0], datasets)


def _lines(paths):
    for path in paths:
        with Path(os.fsdecode(path)).open("rb") as file:
            for line in file:
                yield elements.array(line.rstrip(b"\r\n"))
