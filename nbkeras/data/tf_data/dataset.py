"""`Dataset`: chains of transformations over elements, with the methods of tf.data.

Rows of arrays stay row numbers as long as a chain only chooses and orders them; they
are gathered a batch at a time. Functions of `map` that JAX can trace run over many
rows at once (`element_function`).

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
from nbkeras.data import prefetch
from nbkeras.data.tf_data import element_streams, elements, index_streams, padding
from nbkeras.data.tf_data.element_function import ElementFunction

AUTOTUNE = -1
INFINITE_CARDINALITY = -1
UNKNOWN_CARDINALITY = -2
# Rows that are gathered and mapped together where a loop asks for single elements.
BLOCK = 256
# What a chain still knows of the folder that it began with.
KEPT_ATTRIBUTES = ("class_names", "file_paths")
_PASS = 1 << 32  # numbers of elements: those of another pass are others


class Transformations:
    """The methods of tf.data for a class that writes `_elements` and `cardinality`."""

    def _elements(self) -> Iterator[Any]:
        """One pass: trees of NumPy arrays."""
        raise NotImplementedError(
            f"{type(self).__name__} must write the method _elements(self)."
        )

    def cardinality(self) -> int:
        """The number of elements; -1 if it has no end, -2 if nobody knows."""
        return UNKNOWN_CARDINALITY

    def _blocks(self, size: int) -> Iterator[Any]:
        """One pass in stacked blocks of `size` elements; the last may be smaller."""
        iterator = self._elements()
        while held := list(itertools.islice(iterator, size)):
            yield elements.stack(held)

    def __iter__(self) -> Iterator[Any]:
        return map(elements.as_tensors, self._elements())

    def as_numpy_iterator(self) -> Iterator[Any]:
        """One pass with NumPy arrays, numbers and bytes as elements."""
        return (elements.map_leaves(_plain, element) for element in self._elements())

    def __len__(self) -> int:
        count = self.cardinality()
        if count < 0:
            reason = (
                "it has no end"
                if count == INFINITE_CARDINALITY
                else ("it is known only after a pass")
            )
            raise TypeError(
                f"len(dataset): {reason}. Write dataset.take(100) for a part of it."
            )
        return count

    def __bool__(self) -> bool:
        return True

    @property
    def element_spec(self) -> Any:
        """Shape and dtype of the first element's arrays."""
        first = next(self._elements(), None)
        return None if first is None else elements.spec(first)

    def map(
        self,
        map_func: Callable[..., Any],
        num_parallel_calls: int | None = None,
        deterministic: bool | None = None,
        **ignored: Any,
    ) -> "Dataset":
        """Each element through `map_func(*parts)`.

        Args:
            map_func: traced once with JAX where that is possible, otherwise called
                with each element, whose arrays then have `.numpy()`.
            num_parallel_calls: more than one thread for a function that is called
                with each element.
            deterministic: accepted; the order is always kept.
        """
        return MappedDataset(self, map_func, num_parallel_calls)

    def batch(
        self,
        batch_size: int,
        drop_remainder: bool = False,
        num_parallel_calls: int | None = None,
        deterministic: bool | None = None,
        **ignored: Any,
    ) -> "Dataset":
        """`batch_size` elements stacked; the last batch may be smaller."""
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
        """`batch` of elements of different lengths, filled up to the longest.

        Args:
            batch_size: elements a batch.
            padded_shapes: sizes to fill up to, in the structure of an element; None
                stands for the longest of the batch.
            padding_values: what to fill with; 0, or "" in texts.
            drop_remainder: leave out a smaller last batch.
        """
        size = check.positive_int("padded_batch", "batch_size", _int(batch_size))

        def start():
            iterator = self._elements()
            while held := list(itertools.islice(iterator, size)):
                if len(held) == size or not drop_remainder:
                    yield padding.padded(held, padded_shapes, padding_values)

        return StreamDataset(start, _batches(self.cardinality(), size, drop_remainder))

    def unbatch(self) -> "Dataset":
        """Each row of each element by itself."""

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
        """Elements in the order of a buffer from which a random one is taken.

        Args:
            buffer_size: elements that wait; at least as many as there are mixes all
                alike.
            seed: an integer, or None for one that follows `set_random_seed`.
            reshuffle_each_iteration: another order in each pass.
        """
        size = check.positive_int("shuffle", "buffer_size", _int(buffer_size))
        draw = _Draws(seed, reshuffle_each_iteration is not False, "shuffle")
        return self._reordered(
            lambda chunks: index_streams.shuffled(chunks, size, draw.next()),
            lambda stream: element_streams.shuffled(stream, size, draw.next()),
            self.cardinality(),
        )

    def repeat(self, count: int | None = None, **ignored: Any) -> "Dataset":
        """The elements `count` times one after the other; without end for None."""
        times = None if count is None or _int(count) < 0 else _int(count)
        cardinality = self.cardinality()
        if times is None:
            cardinality = INFINITE_CARDINALITY if cardinality else 0
        elif cardinality >= 0:
            cardinality *= times
        return self._again(times, cardinality)

    def take(self, count: int, **ignored: Any) -> "Dataset":
        """The first `count` elements; -1 is all of them."""
        count = _int(count)
        if count < 0:
            return self._same()
        cardinality = self.cardinality()
        cardinality = (
            count if cardinality == INFINITE_CARDINALITY else min(cardinality, count)
        )
        return self._reordered(
            lambda chunks: index_streams.taken(chunks, count),
            lambda stream: itertools.islice(stream, count),
            cardinality,
        )

    def skip(self, count: int, **ignored: Any) -> "Dataset":
        """All but the first `count` elements."""
        count = _int(count)
        cardinality = self.cardinality()
        count = max(cardinality, 0) if count < 0 else count
        return self._reordered(
            lambda chunks: index_streams.skipped(chunks, count),
            lambda stream: itertools.islice(stream, count, None),
            cardinality if cardinality < 0 else max(cardinality - count, 0),
        )

    def shard(self, num_shards: int, index: int, **ignored: Any) -> "Dataset":
        """Every `num_shards`-th element, from number `index` on."""
        step = check.positive_int("shard", "num_shards", _int(num_shards))
        first = _int(index)
        if not 0 <= first < step:
            raise ValueError(
                f"shard(num_shards={step}, index={first}): index must be from 0 to "
                f"{step - 1}."
            )
        cardinality = self.cardinality()
        return self._reordered(
            lambda chunks: index_streams.every(chunks, step, first),
            lambda stream: itertools.islice(stream, first, None, step),
            cardinality
            if cardinality < 0
            else max(-(-(cardinality - first) // step), 0),
        )

    def cache(self, filename: Any = "", **ignored: Any) -> "Dataset":
        """What the first pass computed, kept in memory for all later ones.

        Args:
            filename: accepted; elements are never written to a file.
        """
        return CachedDataset(self)

    def prefetch(self, buffer_size: Any = None, **ignored: Any) -> "Dataset":
        """The same elements; training reads batches ahead in any case."""
        return self._same()

    def filter(self, predicate: Callable[..., Any], **ignored: Any) -> "Dataset":
        """The elements for which `predicate(*parts)` is true."""
        return FilteredDataset(self, predicate)

    def enumerate(self, start: int = 0, **ignored: Any) -> "Dataset":
        """Pairs (number, element)."""

        def pairs():
            for number, element in enumerate(self._elements(), start):
                yield np.int64(number), element

        return StreamDataset(pairs, self.cardinality())

    def concatenate(self, dataset: Any, **ignored: Any) -> "Dataset":
        """The elements of this data set, then those of the other one."""
        counts = self.cardinality(), dataset.cardinality()
        return StreamDataset(
            lambda: itertools.chain(self._elements(), dataset._elements()),
            min(counts) if min(counts) < 0 else sum(counts),
        )

    def flat_map(self, map_func: Callable[..., Any], **ignored: Any) -> "Dataset":
        """The elements of the data sets that `map_func(*parts)` gives."""

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
        """`flat_map` over several data sets at once, in turn.

        Args:
            map_func: gives a data set for each element.
            cycle_length: how many are read in turn; None is one a core.
            block_length: elements in a row of each; 1.
            num_parallel_calls, deterministic: accepted; the order is always kept.
        """
        width = (
            cycle_length
            if cycle_length and cycle_length > 0
            else (prefetch.num_cores())
        )
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
        """Data sets of `size` elements each, which begin `shift` elements apart.

        Args:
            size: elements of a window.
            shift: from the start of one to that of the next; None is `size`.
            stride: from one element of a window to the next.
            drop_remainder: leave out windows that the end cuts short.
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
        """The elements before the first for which `predicate(*parts)` is false."""
        true = ElementFunction(predicate, 0)
        return StreamDataset(
            lambda: itertools.takewhile(
                lambda element: bool(true(element, 0)), self._elements()
            )
        )

    def scan(
        self, initial_state: Any, scan_func: Callable[..., Any], **ignored: Any
    ) -> "Dataset":
        """Each element through `scan_func(state, element) -> (state, result)`."""

        def start():
            state = elements.as_tensors(elements.structure(initial_state))
            for element in iter(self):
                state, result = scan_func(state, element)
                yield elements.structure(result)

        return StreamDataset(start, self.cardinality())

    def reduce(self, initial_state: Any, reduce_func: Callable[..., Any]) -> Any:
        """The state after `state = reduce_func(state, element)` of each element."""
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
        """Padded batches of elements of about one length.

        Args:
            element_length_func: the length of an element.
            bucket_boundaries: lengths where the next bucket begins, increasing.
            bucket_batch_sizes: elements a batch, one more than there are boundaries.
            padded_shapes, padding_values, drop_remainder: as in `padded_batch`.
        """
        sizes = [_int(size) for size in bucket_batch_sizes]
        if len(sizes) != len(bucket_boundaries) + 1:
            raise ValueError(
                f"bucket_by_sequence_length: {len(bucket_boundaries)} boundaries make "
                f"{len(bucket_boundaries) + 1} buckets, and there are {len(sizes)} "
                "batch sizes. Give one for each bucket."
            )

        def start():
            held: list[list[Any]] = [[] for _ in sizes]
            for element in self._elements():
                parts = element if isinstance(element, tuple) else (element,)
                length = int(element_length_func(*elements.as_tensors(parts)))
                place = int(np.searchsorted(bucket_boundaries, length, "right"))
                held[place].append(element)
                if len(held[place]) == sizes[place]:
                    yield padding.padded(held[place], padded_shapes, padding_values)
                    held[place] = []
            for rest in held:
                if rest and not drop_remainder:
                    yield padding.padded(rest, padded_shapes, padding_values)

        return StreamDataset(start)

    def get_single_element(self) -> Any:
        """The one element of a data set of one.

        Raises:
            ValueError: there is none, or more.
        """
        first_two = list(itertools.islice(self._elements(), 2))
        if len(first_two) != 1:
            number = "none" if not first_two else "more than one"
            raise ValueError(
                f"get_single_element: the data set must have one element, and it has "
                f"{number}. Write next(iter(dataset)) for the first one."
            )
        return elements.as_tensors(first_two[0])

    def with_options(self, options: Any = None, **ignored: Any) -> "Dataset":
        """The same elements: options are accepted and not used."""
        return self._same()

    def options(self) -> Any:
        """Options, which have no effect."""
        return Options()

    def _same(self) -> "Dataset":
        return self._reordered(iter, iter, self.cardinality())

    def _reordered(self, of_indices, of_elements, count) -> "Dataset":
        """A data set of some of the elements in some order."""
        return StreamDataset(lambda: of_elements(self._elements()), count, self)

    def _again(self, times, count) -> "Dataset":
        return StreamDataset(
            lambda: element_streams.repeated(self._elements, times), count, self
        )


class Dataset(Transformations):
    """Elements that can be read again and again: `tf.data.Dataset`.

    >>> dataset = Dataset.from_tensor_slices([1, 2, 3]).map(lambda x: 2 * x).batch(2)
    >>> list(dataset.as_numpy_iterator())
    [array([2, 4], dtype=int32), array([6], dtype=int32)]
    """

    @staticmethod
    def from_tensor_slices(tensors: Any, name: str | None = None) -> "Dataset":
        """The rows of arrays: element i is row i of each array.

        Args:
            tensors: an array, list, table, or a tuple or dict of them.

        Raises:
            ValueError: a number, or arrays of different numbers of rows.
        """
        columns = hasattr(tensors, "columns") and hasattr(tensors, "to_numpy")
        arrays = elements.structure(tensors.to_numpy() if columns else tensors)
        leaves = elements.leaves_of(arrays)
        sizes = [leaf.shape[:1] for leaf in leaves]
        if () in sizes:
            raise ValueError(
                "Dataset.from_tensor_slices: a single number has no rows. Give an "
                "array or list, or write Dataset.from_tensors(value)."
            )
        if len(set(sizes)) != 1:
            raise ValueError(
                "Dataset.from_tensor_slices: all arrays must have equally many rows, "
                f"and they have {', '.join(str(size[0]) for size in sizes)}. Give "
                "arrays of one length."
            )
        return SliceDataset(arrays)

    @staticmethod
    def from_tensors(tensors: Any, name: str | None = None) -> "Dataset":
        """One element: the arrays as they are."""
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
        """What the iterator `generator(*args)` yields, which is called for each pass.

        Args:
            generator: a function that gives an iterable.
            output_types: dtypes in the structure of an element.
            output_shapes: shapes likewise, None where sizes vary.
            args: arguments of `generator`.
            output_signature: a `TensorSpec` for each array, in place of both.
        """
        if not callable(generator):
            raise TypeError(
                "Dataset.from_generator(generator): give the function that makes the "
                "generator, so that each pass can begin again: "
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
        """The whole numbers of `range(*args)`, int64."""
        numbers = np.arange(
            *map(_int, args), dtype=elements.TensorSpec((), output_type).dtype
        )
        return SliceDataset(numbers)

    @staticmethod
    def zip(*args: Any, datasets: Any = None, name: str | None = None) -> "Dataset":
        """Tuples of the elements of several data sets, as long as all have one."""
        parts = datasets if datasets is not None else args
        tree = (
            parts[0]
            if len(parts) == 1 and isinstance(parts[0], tuple | list | dict)
            else parts
        )
        tree = tuple(tree) if isinstance(tree, list | tuple) else tree
        counts = [dataset.cardinality() for dataset in elements.leaves_of(tree)]
        finite = [count for count in counts if count != INFINITE_CARDINALITY]
        count = min(finite) if finite else INFINITE_CARDINALITY

        def start():
            passes = [dataset._elements() for dataset in elements.leaves_of(tree)]
            for values in zip(*passes, strict=False):
                yield elements.like(tree, values)

        return StreamDataset(start, count)

    @staticmethod
    def list_files(
        file_pattern: Any,
        shuffle: bool | None = True,
        seed: int | None = None,
        name: str | None = None,
    ) -> "Dataset":
        """The paths of the files that match a pattern, as bytes.

        Args:
            file_pattern: such as "photos/*/*.jpg", or a list of patterns.
            shuffle: in a new order in each pass; False sorts them.
            seed: of the order.

        Raises:
            FileNotFoundError: nothing matches.
        """
        patterns = elements.array(file_pattern).reshape(-1).tolist()
        texts = [os.fsdecode(pattern) for pattern in patterns]
        paths = sorted(path for text in texts for path in glob.glob(text))  # noqa: PTH207 - a pattern may be absolute
        if not paths:
            raise FileNotFoundError(
                f"Dataset.list_files: no file matches {texts}. Patterns are those of "
                "a shell, such as 'photos/*/*.jpg', seen from the folder "
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
        """Elements of several data sets, each time from one that is drawn.

        Args:
            datasets: where elements come from.
            weights: how likely each is; None is equally.
            seed: of the draws.
            stop_on_empty_dataset: end with the first that ends.
            rerandomize_each_iteration: other draws in each pass.
        """
        draw = _Draws(seed, rerandomize_each_iteration is not False, "sample")
        shares = [1.0] * len(datasets) if weights is None else list(weights)
        return StreamDataset(
            lambda: element_streams.sampled(
                [dataset._elements() for dataset in datasets],
                np.asarray(shares, float),
                draw.next(),
                stop_on_empty_dataset,
            )
        )

    @staticmethod
    def choose_from_datasets(
        datasets: Sequence[Any], choice_dataset: Any, stop_on_empty_dataset: bool = True
    ) -> "Dataset":
        """Elements of the data sets whose numbers `choice_dataset` gives."""

        def start():
            passes = [dataset._elements() for dataset in datasets]
            end = object()
            for choice in choice_dataset._elements():
                element = next(passes[int(choice)], end)
                if element is not end:
                    yield element
                elif stop_on_empty_dataset:
                    return

        return StreamDataset(start)


class StreamDataset(Dataset):
    """Elements of an iterator that begins anew in each pass.

    Args:
        start: () -> an iterator over one pass.
        count: its number of elements, see `cardinality`.
        source: a data set whose attributes, such as `class_names`, this one shares.
        spec: the element's `TensorSpec`s, where they are known.
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

    def cardinality(self) -> int:
        """The number of elements; -1 if it has no end, -2 if nobody knows."""
        return self._count

    @property
    def element_spec(self) -> Any:
        """Shape and dtype of an element's arrays."""
        return super().element_spec if self._spec is None else self._spec

    def __getattr__(self, name):
        return _of_source(self, name)


class SliceDataset(Dataset):
    """Rows of arrays in an order of row numbers.

    Args:
        arrays: a tree of arrays of equally many rows.
        chunks: () -> an iterator over int arrays of row numbers; None is all in order.
        count: how many there are, see `cardinality`.
        functions: maps that follow, each an `ElementFunction` that can be traced.
    """

    def __init__(self, arrays, chunks=None, count=None, functions=()):
        self._arrays = arrays
        rows = elements.rows(arrays)
        self._chunks = chunks or (lambda: iter([np.arange(rows)]))
        self._count = rows if count is None else count
        self._functions = functions
        self._passes = itertools.count()

    def cardinality(self) -> int:
        """The number of rows; -1 if they are repeated without end."""
        return self._count

    @property
    def element_spec(self) -> Any:
        """Shape and dtype of an element's arrays."""
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
        number = next(self._passes) * _PASS
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
        """Each row through `map_func(*parts)`, see `Transformations.map`."""
        function = ElementFunction(map_func, rng.next_seed())
        if function.output_spec(self.element_spec) is None:
            return MappedDataset(self, map_func, num_parallel_calls)
        functions = (*self._functions, function)
        return SliceDataset(self._arrays, self._chunks, self._count, functions)

    def cache(self, filename: Any = "", **ignored: Any) -> Dataset:
        """The rows themselves where nothing was computed from them."""
        return CachedDataset(self) if self._functions else self

    def _reordered(self, of_indices, of_elements, count):
        return SliceDataset(
            self._arrays, lambda: of_indices(self._chunks()), count, self._functions
        )

    def _again(self, times, count):
        return SliceDataset(
            self._arrays,
            lambda: index_streams.repeated(self._chunks, times),
            count,
            self._functions,
        )


class MappedDataset(Dataset):
    """Elements of a data set, each through a function.

    Args:
        source: the data set.
        function: of an element's parts.
        threads: how many call the function, for one that cannot be traced; None is
            one, `AUTOTUNE` one a core.
    """

    def __init__(self, source: Any, function: Callable[..., Any], threads: Any = None):
        self._source, self._threads = source, threads
        self._function = ElementFunction(function, rng.next_seed())
        self._passes = itertools.count()

    def cardinality(self) -> int:
        """That of the data set."""
        return self._source.cardinality()

    def _elements(self):
        numbers = itertools.count(next(self._passes) * _PASS)
        numbered = zip(self._source._elements(), numbers, strict=False)
        if self._threads in (None, 0, 1):
            return (self._function(*pair) for pair in numbered)
        workers = None if self._threads < 0 else self._threads
        return _ahead(lambda pair: self._function(*pair), numbered, workers)

    def __getattr__(self, name):
        return _of_source(self, name)


class FilteredDataset(Dataset):
    """Elements of a data set for which a function is true.

    Args:
        source: the data set.
        predicate: of an element's parts.
    """

    def __init__(self, source: Any, predicate: Callable[..., Any]):
        self._source = source
        self._predicate = ElementFunction(predicate, rng.next_seed())
        self._passes = itertools.count()

    def _elements(self):
        number = next(self._passes) * _PASS
        if isinstance(self._source, SliceDataset) and self._by_blocks():
            for block in self._source._blocks(BLOCK):
                kept = np.flatnonzero(self._predicate.over_block(block, number))
                number += elements.rows(block)
                for index in kept:
                    yield elements.row(block, index)
            return
        for offset, element in enumerate(self._source._elements()):
            if bool(self._predicate(element, number + offset)):
                yield element

    def _by_blocks(self):
        return self._predicate.output_spec(self._source.element_spec) is not None


class BatchedDataset(Dataset):
    """Stacked elements of a data set.

    Args:
        source: the data set.
        batch_size: elements a batch.
        drop_remainder: leave out a smaller last batch.
    """

    def __init__(self, source: Any, batch_size: int, drop_remainder: bool):
        self._source, self.batch_size = source, batch_size
        self._drop = bool(drop_remainder)

    def cardinality(self) -> int:
        """The number of batches."""
        return _batches(self._source.cardinality(), self.batch_size, self._drop)

    @property
    def element_spec(self) -> Any:
        """Shape and dtype of a batch's arrays; None for rows where the last differs."""
        rows = self.batch_size if self._drop else None
        return elements.map_leaves(
            lambda leaf: elements.TensorSpec((rows, *leaf.shape), leaf.dtype),
            self._source.element_spec,
        )

    def _elements(self):
        for block in self._source._blocks(self.batch_size):
            if not self._drop or elements.rows(block) == self.batch_size:
                yield block

    def unbatch(self) -> Dataset:
        """The elements before they were stacked."""
        return super().unbatch() if self._drop else self._source

    def __getattr__(self, name):
        return _of_source(self, name)


class CachedDataset(Dataset):
    """Elements that are computed in the first whole pass and kept.

    Args:
        source: the data set.
    """

    def __init__(self, source: Any):
        self._source = source
        self._kept: list[Any] | None = None

    def cardinality(self) -> int:
        """That of the data set."""
        return self._source.cardinality()

    def _elements(self):
        if self._kept is not None:
            yield from self._kept
            return
        kept = []
        for element in self._source._elements():
            kept.append(element)
            yield element
        self._kept = kept

    def __getattr__(self, name):
        return _of_source(self, name)


class TextLineDataset(StreamDataset):
    """The lines of text files, as bytes: `tf.data.TextLineDataset`.

    Args:
        filenames: a path or several.
        compression_type, buffer_size, num_parallel_reads: accepted; files are read as
            they are, one after the other.
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
    """A function for `apply` that says how many elements a data set has.

    Args:
        expected_cardinality: the number.
    """

    def known(dataset):
        return StreamDataset(dataset._elements, _int(expected_cardinality), dataset)

    return known


class Options:
    """`tf.data.Options`: any attribute may be set; none has an effect."""

    def __init__(self) -> None:
        self.experimental_distribute = _Anything()
        self.experimental_optimization = _Anything()
        self.threading = _Anything()
        self.autotune = _Anything()


class _Anything:
    """Attributes that may be set."""


class _Draws:
    """A generator of random numbers for each pass."""

    def __init__(self, seed, anew, purpose):
        self._seed = rng.next_seed() if seed is None else int(seed)
        self._anew, self._purpose = anew, purpose
        self._passes = itertools.count()

    def next(self):
        number = next(self._passes) if self._anew else 0
        return rng.generator(self._seed, self._purpose, number)


def _of_source(dataset, name):
    """An attribute such as `class_names` that a chain keeps from its beginning."""
    source = dataset.__dict__.get("_source")
    if name not in KEPT_ATTRIBUTES or source is None:
        raise AttributeError(
            f"{type(dataset).__name__!r} object has no attribute {name!r}"
        )
    return getattr(source, name)


def _plain(leaf):
    return leaf[()] if isinstance(leaf, np.ndarray) else leaf


def _int(value):
    return value if check.is_int(value) else int(value)


def _rows_of(block):
    for index in range(elements.rows(block)):
        yield elements.row(block, index)


def _batches(count, size, drop):
    if count < 0:
        return count
    return count // size if drop else -(-count // size)


def _ahead(function, items, workers):
    with prefetch.map_ahead(function, items, workers) as results:
        yield from results


def _inner(map_func, element, owner):
    """The elements of the data set that `map_func` makes of one element."""
    parts = element if isinstance(element, tuple) else (element,)
    dataset = map_func(*elements.as_tensors(parts))
    if not hasattr(dataset, "_elements"):
        raise TypeError(
            f"Dataset.{owner}: the function must give a Dataset, and it gave "
            f"{type(dataset).__name__}. Write map for functions of single elements."
        )
    return dataset._elements()


def _window(part):
    """Elements as a data set for each of their arrays."""
    columns = zip(*map(elements.leaves_of, part), strict=True)
    datasets = [
        StreamDataset(functools.partial(iter, column), len(column))
        for column in columns
    ]
    return elements.like(part[0], datasets)


def _lines(paths):
    for path in paths:
        with Path(os.fsdecode(path)).open("rb") as file:
            for line in file:
                yield elements.array(line.rstrip(b"\r\n"))
