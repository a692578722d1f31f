"""Dataset methods of tf.data that tutorials chain: `.map(...).cache().prefetch(2)`."""

import itertools


class DatasetMethods:
    """Mixed into a data set that can be iterated over again, batch by batch."""

    def take(self, count):
        """Iterate over the first `count` batches of a pass."""
        return itertools.islice(iter(self), count)

    def map(self, function, num_parallel_calls=None, deterministic=None):
        """The same batches, each through `function(images, labels)`."""
        return MappedDataset(self, function)

    def cache(self, filename=None):
        """Itself: pictures stay in memory in any case, see `set_picture_cache`."""
        return self

    def prefetch(self, buffer_size=None):
        """Itself: batches are made ahead in any case."""
        return self


class MappedDataset(DatasetMethods):
    """Batches of a data set, each through a function.

    Args:
        dataset: an iterable of batches, arrays or tuples (images, labels).
        function: of a batch's parts, images and labels, or of the images alone.
    """

    def __init__(self, dataset, function):
        self._dataset, self._function = dataset, function

    def __len__(self):
        return len(self._dataset)

    def __iter__(self):
        for batch in self._dataset:
            parts = batch if isinstance(batch, tuple) else (batch,)
            yield self._function(*parts)

    def __getattr__(self, name):
        # `class_names` and the like are those of the data set.
        if name[:1] == "_":
            raise AttributeError(name)
        return getattr(self._dataset, name)
