"""ModelParallel: shard weights over devices, as well as batches."""

import math
from collections.abc import Mapping
from typing import Any

import jax
from jax.sharding import NamedSharding, PartitionSpec

from nbkeras.core import notices
from nbkeras.distribution.layout import LayoutMap
from nbkeras.distribution.parallel import Distribution


class ModelParallel(Distribution):
    """Model parallelism: each device has a part of the weights, such as a wide kernel.

    A weight whose path matches a pattern of `layout_map` is divided over the mesh, as
    are its gradient and the optimizer's state of it; other weights are replicated. Rows
    of batches are divided along `batch_dim_name`. Loss, metrics and weights equal those
    of one device up to rounding.

    Args:
        layout_map: a `LayoutMap`, which has the mesh.
        batch_dim_name: the axis of the mesh along which rows are divided; None is the
            first one.
        auto_shard_dataset: accepted for Keras; there is one process.

    Attributes:
        everywhere: the `jax.sharding.Sharding` of replicated arrays.

    Raises:
        TypeError: `layout_map` is not a LayoutMap.
        ValueError: the mesh does not have this axis, or there are several processes.

    Source: the names and arguments of Keras 3.

    >>> from nbkeras.distribution import DeviceMesh
    >>> layouts = LayoutMap(DeviceMesh((1, 1), ["batch", "model"], ["cpu:0"]))
    >>> layouts["embedding/embeddings"] = (None, "model")
    >>> ModelParallel(layout_map=layouts).batch_dim_name
    'batch'
    """

    def __init__(
        self,
        *,
        layout_map: LayoutMap,
        batch_dim_name: str | None = None,
        auto_shard_dataset: bool = True,
    ) -> None:
        if not isinstance(layout_map, LayoutMap):
            raise TypeError(
                f"ModelParallel(layout_map={type(layout_map).__name__}): give a "
                "LayoutMap. Write for example layouts = LayoutMap(DeviceMesh((2, 4), "
                '["batch", "model"])), and layouts[".*dense.*kernel"] = (None, '
                '"model").'
            )
        mesh = layout_map.device_mesh
        name = mesh.axis_names[0] if batch_dim_name is None else batch_dim_name
        if name not in mesh.axis_names:
            raise ValueError(
                f"ModelParallel(batch_dim_name={name!r}): the mesh has the axes "
                f"{mesh.axis_names}. Give one of them."
            )
        if jax.process_count() > 1:
            raise ValueError(
                f"ModelParallel works in one process, and this is one of "
                f"{jax.process_count()}. Use its devices alone, or DataParallel() for "
                "all processes."
            )
        super().__init__(mesh, name, auto_shard_dataset)
        self.layout_map = layout_map

    def whole(self, tree: Any) -> Any:
        """`tree` with weights divided by their layouts, and other arrays replicated."""
        return jax.tree_util.tree_map_with_path(
            lambda path, leaf: self._put(leaf, self._sharding_of(path, leaf)), tree
        )

    @property
    def trained(self) -> Any:
        """Where the results of a train step are: as `out` of `train.step.jitted`."""
        return self.whole

    def check_weights(self, shapes: Mapping[str, tuple[int, ...]]) -> None:
        """Check that the weights of a model fit their layouts.

        Args:
            shapes: {path: shape}.

        Raises:
            ValueError: a layout has another number of axes, or an axis cannot be
                divided evenly.
        """
        for path, shape in shapes.items():
            layout = self.layout_map[path]
            if layout is None:
                continue
            if len(layout.axes) != len(shape):
                raise ValueError(
                    f"The layout {layout.axes} has {len(layout.axes)} axes, and the "
                    f"weight {path!r} has the shape {shape}. Give a name or None for "
                    "each axis of the weight."
                )
            for size, name in zip(shape, layout.axes, strict=True):
                parts = self._parts(name)
                if size % parts:
                    raise ValueError(
                        f"The weight {path!r} {shape} cannot be divided over "
                        f"{parts} devices along {name!r}: {size} is not a multiple "
                        f"of {parts}. Make it {math.ceil(size / parts) * parts}, or "
                        "give None for this axis."
                    )
        for pattern in self.layout_map:
            if not any(pattern in self.layout_map.matching(path) for path in shapes):
                notices.once(
                    ("layout", pattern),
                    f"The pattern {pattern!r} of the LayoutMap matches no weight. The "
                    f"paths of this model are: {', '.join(list(shapes)[:6])}"
                    f"{', ...' if len(shapes) > 6 else ''}.",
                )

    def _sharding_of(self, path, leaf):
        """The sharding of an array; that of a weight is also its optimizer state's."""
        keys = [key.key for key in path if isinstance(key, jax.tree_util.DictKey)]
        layout = self.layout_map[keys[-1]] if keys and type(keys[-1]) is str else None
        if layout is None or len(layout.axes) != len(leaf.shape):
            return self.everywhere
        divides = all(
            size % self._parts(name) == 0
            for size, name in zip(leaf.shape, layout.axes, strict=True)
        )
        if not divides:
            return self.everywhere
        # As XLA writes it; JAX compiles again for another spelling of a sharding.
        axes = list(layout.axes)
        while axes and axes[-1] is None:
            axes.pop()
        return NamedSharding(self.device_mesh.backend_mesh, PartitionSpec(*axes))

    def _parts(self, name):
        """The number of devices along an axis of the mesh; 1 for None."""
        return 1 if name is None else self.device_mesh.backend_mesh.shape[name]

    def _key(self):
        layouts = tuple((key, value.axes) for key, value in self.layout_map.items())
        return self.device_mesh.backend_mesh, self.batch_dim_name, layouts
