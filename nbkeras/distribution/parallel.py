"""DataParallel: shard batches over devices, and replicate weights.

The steps stay as they are: what they are given is spread over a mesh, and XLA divides
the work. Sums over rows (losses, gradients, batch statistics) go over all devices.
"""

import contextlib
import contextvars
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Self

import jax
import numpy as np
from jax.sharding import NamedSharding, PartitionSpec

from nbkeras.core import notices
from nbkeras.distribution.mesh import DeviceMesh

_global = None
# A fit keeps what it began with, also on a thread of its own.
_fixed = contextvars.ContextVar("fixed", default=())
_tracing = contextvars.ContextVar("tracing", default=None)


class DataParallel:
    """Each device has all weights and computes its share of the rows of each batch.

    Batches of any size work: they are filled up, and what was filled in counts nowhere.
    Loss, metrics and weights are those of one device up to rounding. `batch_size` stays
    the number of rows of a whole step. Batch normalisation takes the mean and variance
    of all rows, not of each device's.

    Args:
        device_mesh: a `DeviceMesh` with one axis; None makes one.
        devices: names of the devices; None takes all of the kind that JAX uses.
        auto_shard_dataset: with several processes: True lets each be given the same
            data, of which it takes its share of each batch; False says that each is
            given a part of its own, `batch_size` rows of it a step.

    Attributes:
        everywhere: the `jax.sharding.Sharding` of what each device has whole.

    Raises:
        ValueError: a mesh with several axes, or mesh and devices together.

    Source: the names and arguments of Keras 3.
    """

    def __init__(
        self,
        device_mesh: DeviceMesh | None = None,
        devices: Sequence[Any] | None = None,
        auto_shard_dataset: bool = True,
    ) -> None:
        if device_mesh is not None and devices is not None:
            raise ValueError(
                "DataParallel takes a mesh or devices, not both. Write DataParallel() "
                "for all devices."
            )
        if device_mesh is None:
            names = _all() if devices is None else list(devices)
            device_mesh = DeviceMesh((len(names),), ["batch"], names)
        if len(device_mesh.shape) != 1:
            raise ValueError(
                f"DataParallel(device_mesh={device_mesh}): rows are divided along one "
                'axis. Write DeviceMesh((8,), ["batch"]).'
            )
        self.device_mesh = device_mesh
        self.auto_shard_dataset = bool(auto_shard_dataset)
        mesh, (name,) = device_mesh.backend_mesh, device_mesh.axis_names
        self.batch_dim_name = name
        self.everywhere = NamedSharding(mesh, PartitionSpec())
        self._by_rows = NamedSharding(mesh, PartitionSpec(name))

    @property
    def num_model_replicas(self) -> int:
        """How many devices have the weights: all."""
        return self.device_mesh.backend_mesh.size

    @property
    def num_processes(self) -> int:
        """How many processes there are."""
        return jax.process_count()

    @property
    def data_shard_id(self) -> int:
        """The number of this process, which takes that share of the rows."""
        return jax.process_index()

    @property
    def multiple(self) -> int:
        """Rows of a batch in this process that can be divided evenly: its multiples."""
        if self._joins:
            return max(len(self.device_mesh.backend_mesh.local_devices), 1)
        return self.num_model_replicas

    @property
    def _joins(self):
        """Whether the batches of the processes are parts of one."""
        return jax.process_count() > 1 and not self.auto_shard_dataset

    @contextlib.contextmanager
    def scope(self) -> Iterator[Self]:
        """Within this, the distribution is the current one."""
        before = _global
        set_distribution(self)
        try:
            yield self
        finally:
            set_distribution(before)

    def whole(self, tree: Any) -> Any:
        """Every array of `tree` on each device."""
        return jax.tree.map(lambda leaf: self._put(leaf, self.everywhere), tree)

    def rows(self, tree: Any) -> Any:
        """The rows of every array divided; on each device where that is not even."""
        return jax.tree.map(self._rows_of, tree)

    def _rows_of(self, leaf):
        if leaf.shape and leaf.shape[0] % self.multiple == 0:
            return self._put(leaf, self._by_rows)
        if self._joins:
            raise ValueError(
                f"A batch of {leaf.shape[0]} rows in this process cannot be divided "
                f"among its {self.multiple} devices, and a layer, loss or metric of "
                "the model looks across rows, so that it cannot be filled up. Give "
                f"batches of a multiple of {self.multiple}."
            )
        notices.once(
            ("uneven", leaf.shape[0], self.num_model_replicas),
            f"Batches of {leaf.shape[0]} rows cannot be divided evenly among "
            f"{self.num_model_replicas} devices, and a layer, loss or metric looks "
            "across rows, so that nothing can be filled in: each device computes all "
            f"of them. Choose a batch_size that is a multiple of "
            f"{self.num_model_replicas}.",
        )
        return self._put(leaf, self.everywhere)

    def _put(self, leaf, sharding):
        if isinstance(leaf, jax.ShapeDtypeStruct):
            return jax.ShapeDtypeStruct(leaf.shape, leaf.dtype, sharding=sharding)
        if getattr(leaf, "sharding", None) == sharding:
            return leaf
        if jax.process_count() == 1:
            return jax.device_put(leaf, sharding)
        leaf = np.asarray(leaf)
        if self._joins and sharding is self._by_rows:
            return jax.make_array_from_process_local_data(sharding, leaf)
        return jax.make_array_from_callback(leaf.shape, sharding, leaf.__getitem__)

    @property
    def predicted(self) -> NamedSharding:
        """The `jax.sharding.Sharding` of what `predict` computes."""
        return self._by_rows if self._joins else self.everywhere

    def own(self, leaf: Any) -> np.ndarray:
        """A prediction as a NumPy array, of the rows that this process gave."""
        if not self._joins:
            return np.asarray(leaf)
        shards = sorted(leaf.addressable_shards, key=lambda each: each.index[0].start)
        return np.concatenate([np.asarray(each.data) for each in shards])

    def each(self, function: Callable[[Any, Any], Any], x: Any, shared: Any) -> Any:
        """In a step: `function(rows, shared)` on each device for its rows of `x`."""
        name = PartitionSpec(self.batch_dim_name)
        divided = jax.shard_map(
            function,
            mesh=self.device_mesh.backend_mesh,
            in_specs=(name, PartitionSpec()),
            out_specs=name,
            check_vma=False,
        )
        return divided(x, shared)

    def _key(self):
        return self.device_mesh.backend_mesh, self.auto_shard_dataset

    def __eq__(self, other):
        return isinstance(other, DataParallel) and self._key() == other._key()

    def __hash__(self):
        return hash(self._key())


def _all():
    return list(jax.devices())


def distribution() -> DataParallel | None:
    """The current distribution, or None."""
    fixed = _fixed.get()
    return fixed[0] if fixed else _global


def set_distribution(value: DataParallel | None) -> None:
    """Use `value`, a `DataParallel`, in what is trained from now on; None for none.

    Raises:
        TypeError: something else.
    """
    global _global
    if value is not None and not isinstance(value, DataParallel):
        raise TypeError(
            f"set_distribution({type(value).__name__}): give a distribution. Write "
            "set_distribution(nbkeras.distribution.DataParallel())."
        )
    _global = value


def say_if_idle():
    """Say once that there are more devices than the one that is used."""
    count, kind = jax.local_device_count(), jax.default_backend()
    if count > 1 and kind != "cpu" and distribution() is None:
        notices.once(
            "idle devices",
            f"There are {count} devices ({kind}), and training uses the first. To use "
            "all, write before fit: nbkeras.distribution.set_distribution("
            "nbkeras.distribution.DataParallel()).",
        )


@contextlib.contextmanager
def fixed(value: DataParallel | None):
    """Within this, on this thread, `value` is the current distribution."""
    token = _fixed.set((value,))
    try:
        yield
    finally:
        _fixed.reset(token)


def whole(tree: Any) -> Any:
    """`tree` on each device of the current distribution; as it is without one."""
    current = distribution()
    return tree if current is None else current.whole(tree)


def rows(tree: Any) -> Any:
    """`tree` with its rows divided; as it is without a distribution."""
    current = distribution()
    return tree if current is None else current.rows(tree)


def to_numpy(leaf: Any):
    """A prediction as a NumPy array."""
    current = distribution()
    return np.asarray(leaf) if current is None else current.own(leaf)


@contextlib.contextmanager
def tracing():
    """Within this, a step is traced that will be given divided rows."""
    token = _tracing.set(distribution())
    try:
        yield
    finally:
        _tracing.reset(token)


def sharing(count):
    """The distribution whose devices share `count` rows in this trace, or None."""
    current = _tracing.get()
    return current if current and count % current.num_model_replicas == 0 else None
