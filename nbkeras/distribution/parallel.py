"""Distribution, how a fit uses several devices; DataParallel replicates weights.

Steps are compiled as for one device; their arguments are sharded over a mesh, and XLA
divides the work. Reductions over rows (losses, gradients, batch statistics) include the
rows of all devices.
"""

import contextlib
import contextvars
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Self

import jax
import numpy as np
from jax.sharding import NamedSharding, PartitionSpec

from nbkeras.core import notices
from nbkeras.distribution.mesh import DeviceMesh

_global = None
# The distribution of a running fit, also on a background thread; see `fixed`.
_fixed = contextvars.ContextVar("fixed", default=())
_tracing = contextvars.ContextVar("tracing", default=None)


class Distribution:
    """How training uses the devices of a mesh: rows of batches, and weights.

    Args:
        device_mesh: the mesh.
        batch_dim_name: the axis of the mesh along which rows are divided.
        auto_shard_dataset: see `DataParallel`.

    Attributes:
        everywhere: the `jax.sharding.Sharding` of replicated arrays.
    """

    def __init__(
        self, device_mesh: DeviceMesh, batch_dim_name: str, auto_shard_dataset: bool
    ) -> None:
        self.device_mesh = device_mesh
        self.batch_dim_name = batch_dim_name
        self.auto_shard_dataset = bool(auto_shard_dataset)
        mesh = device_mesh.backend_mesh
        self.everywhere = NamedSharding(mesh, PartitionSpec())
        self._by_rows = NamedSharding(mesh, PartitionSpec(batch_dim_name))

    @property
    def num_model_replicas(self) -> int:
        """The number of parts into which the rows of a batch are divided."""
        return self.device_mesh.backend_mesh.shape[self.batch_dim_name]

    @property
    def num_processes(self) -> int:
        """The number of processes."""
        return jax.process_count()

    @property
    def data_shard_id(self) -> int:
        """The index of this process, and of its share of the rows."""
        return jax.process_index()

    @property
    def multiple(self) -> int:
        """Batches of a multiple of this many rows can be divided evenly."""
        if self._has_local_shards:
            return max(len(self.device_mesh.backend_mesh.local_devices), 1)
        return self.num_model_replicas

    @property
    def _has_local_shards(self):
        """Whether the batches of the processes are shards of one batch."""
        return jax.process_count() > 1 and not self.auto_shard_dataset

    @contextlib.contextmanager
    def scope(self) -> Iterator[Self]:
        """A context in which this is the current distribution."""
        previous = _global
        set_distribution(self)
        try:
            yield self
        finally:
            set_distribution(previous)

    def whole(self, tree: Any) -> Any:
        """`tree` with every array replicated on all devices."""
        return jax.tree.map(lambda leaf: self._put(leaf, self.everywhere), tree)

    @property
    def trained(self) -> Any:
        """Where the results of a train step are: as `out` of `train.step.jitted`."""
        return self.everywhere

    def check_weights(self, shapes: Mapping[str, tuple[int, ...]]) -> None:
        """Check that the weights of a model can be placed.

        Args:
            shapes: {path: shape}.
        """

    def rows(self, tree: Any) -> Any:
        """`tree` with the rows of every array sharded; replicated if that is uneven.

        Raises:
            ValueError: uneven rows in a process that has its own data.
        """
        return jax.tree.map(self._rows_of, tree)

    def _rows_of(self, leaf):
        if leaf.shape and leaf.shape[0] % self.multiple == 0:
            return self._put(leaf, self._by_rows)
        if self._has_local_shards:
            raise ValueError(
                f"A batch of {leaf.shape[0]} rows in this process cannot be divided "
                f"evenly among its {self.multiple} devices, nor padded, because a "
                "layer, loss or metric of the model depends on other rows. Give "
                f"batches of a multiple of {self.multiple} rows."
            )
        notices.once(
            ("uneven", leaf.shape[0], self.num_model_replicas),
            f"Batches of {leaf.shape[0]} rows cannot be divided evenly among "
            f"{self.num_model_replicas} devices, nor padded, because a layer, loss or "
            "metric depends on other rows: each device computes all of them. Choose a "
            f"batch_size that is a multiple of {self.num_model_replicas}.",
        )
        return self._put(leaf, self.everywhere)

    def _put(self, leaf, sharding):
        if isinstance(leaf, jax.core.Tracer):
            return jax.lax.with_sharding_constraint(leaf, sharding)
        if isinstance(leaf, jax.ShapeDtypeStruct):
            return jax.ShapeDtypeStruct(leaf.shape, leaf.dtype, sharding=sharding)
        if getattr(leaf, "sharding", None) == sharding:
            return leaf
        if jax.process_count() == 1:
            return jax.device_put(leaf, sharding)
        leaf = np.asarray(leaf)
        if self._has_local_shards and sharding is self._by_rows:
            return jax.make_array_from_process_local_data(sharding, leaf)
        return jax.make_array_from_callback(leaf.shape, sharding, leaf.__getitem__)

    @property
    def predicted(self) -> NamedSharding:
        """The `jax.sharding.Sharding` of the outputs of `predict`."""
        return self._by_rows if self._has_local_shards else self.everywhere

    def own(self, leaf: Any) -> np.ndarray:
        """The predictions for the rows of this process, as a NumPy array."""
        if not self._has_local_shards:
            return np.asarray(leaf)
        shards = sorted(leaf.addressable_shards, key=lambda shard: shard.index[0].start)
        return np.concatenate([np.asarray(shard.data) for shard in shards])

    def each(self, function: Callable[[Any, Any], Any], x: Any, shared: Any) -> Any:
        """Within a step: `function(rows, shared)` on each device, for its rows of `x`.

        Args:
            function: (rows, shared) -> array with the same rows.
            x: an array (rows, ...) or a tree of arrays.
            shared: an array or a tree, replicated on all devices.
        """
        name = PartitionSpec(self.batch_dim_name)
        mapped = _shard_map(
            function,
            mesh=self.device_mesh.backend_mesh,
            in_specs=(name, PartitionSpec()),
            out_specs=name,
        )
        return mapped(x, shared)

    def _key(self):
        return self.device_mesh.backend_mesh, self.auto_shard_dataset

    def __eq__(self, other):
        return type(other) is type(self) and self._key() == other._key()

    def __hash__(self):
        return hash(self._key())


class DataParallel(Distribution):
    """Data parallelism: each device has all weights and computes a share of each batch.

    Batches of any size work: they are padded, and padding has no effect. Loss, metrics
    and weights equal those of one device up to rounding. `batch_size` is the number of
    rows of a step on all devices. Batch normalization uses the mean and variance of all
    rows, not of each device's.

    Args:
        device_mesh: a `DeviceMesh` with one axis; None creates one.
        devices: names of the devices; None uses all.
        auto_shard_dataset: with several processes: True if all processes get the same
            data, of which each takes its share of every batch; False if each process
            gets its own part of the data, in batches of `batch_size` rows.

    Attributes:
        everywhere: the `jax.sharding.Sharding` of replicated arrays.

    Raises:
        ValueError: the mesh has several axes, or both mesh and devices are given.

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
        super().__init__(device_mesh, device_mesh.axis_names[0], auto_shard_dataset)


def _all():
    return list(jax.devices())


def distribution() -> Distribution | None:
    """The current distribution, or None."""
    fixed = _fixed.get()
    return fixed[0] if fixed else _global


def set_distribution(value: Distribution | None) -> None:
    """Set the distribution of training from now on.

    Args:
        value: a `DataParallel` or `ModelParallel`; None for one device.

    Raises:
        TypeError: `value` is neither.
    """
    global _global
    if value is not None and not isinstance(value, Distribution):
        raise TypeError(
            f"set_distribution({type(value).__name__}): give a distribution. Write "
            "set_distribution(nbkeras.distribution.DataParallel())."
        )
    _global = value


def say_if_idle():
    """Give one notice if there are more devices than the one that is used."""
    count, kind = jax.local_device_count(), jax.default_backend()
    if count > 1 and kind != "cpu" and distribution() is None:
        notices.once(
            "idle devices",
            f"There are {count} devices ({kind}), and training uses the first. To use "
            "all, write before fit: nbkeras.distribution.set_distribution("
            "nbkeras.distribution.DataParallel()).",
        )


@contextlib.contextmanager
def fixed(value: Distribution | None):
    """A context in which `value` is the current distribution, on this thread."""
    token = _fixed.set((value,))
    try:
        yield
    finally:
        _fixed.reset(token)


def whole(tree: Any) -> Any:
    """`tree` replicated over the current distribution; unchanged without one."""
    current = distribution()
    return tree if current is None else current.whole(tree)


def rows(tree: Any) -> Any:
    """`tree` with its rows sharded; unchanged without a distribution."""
    current = distribution()
    return tree if current is None else current.rows(tree)


def to_numpy(leaf: Any):
    """The predictions of this process, as a NumPy array."""
    current = distribution()
    return np.asarray(leaf) if current is None else current.own(leaf)


@contextlib.contextmanager
def tracing():
    """A context in which a step is traced for sharded rows."""
    token = _tracing.set(distribution())
    try:
        yield
    finally:
        _tracing.reset(token)


def sharing(count):
    """The distribution over which `count` rows are sharded in this trace, or None."""
    current = _tracing.get()
    return current if current and count % current.num_model_replicas == 0 else None


def _shard_map(function, **places):
    """`jax.shard_map`, without a check of its outputs."""
    if hasattr(jax, "shard_map"):
        return jax.shard_map(function, check_vma=False, **places)
    from jax.experimental import shard_map  # JAX 0.6.0

    return shard_map.shard_map(function, check_rep=False, **places)
