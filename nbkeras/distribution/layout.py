"""How arrays are sharded over the axes of a mesh: TensorLayout and LayoutMap."""

import re
from collections.abc import Iterator, MutableMapping, Sequence
from typing import Any

import jax
from numpy.typing import ArrayLike

from nbkeras.distribution.mesh import DeviceMesh


class TensorLayout:
    """How an array is sharded over the devices of a mesh.

    Args:
        axes: for each axis of the array, the name of the mesh axis that it is sharded
            over; None for a replicated axis.
        device_mesh: the mesh; may be set later, once.

    Raises:
        ValueError: the mesh does not have an axis of that name.

    >>> mesh = DeviceMesh((1,), ["batch"], ["cpu:0"])
    >>> TensorLayout(["batch", None], mesh).axes
    ('batch', None)
    """

    def __init__(
        self, axes: Sequence[str | None], device_mesh: DeviceMesh | None = None
    ) -> None:
        self.axes = tuple(axes)
        self._device_mesh: DeviceMesh | None = None
        if device_mesh is not None:
            self.device_mesh = device_mesh

    @property
    def device_mesh(self) -> DeviceMesh | None:
        """The mesh; None if none was set."""
        return self._device_mesh

    @device_mesh.setter
    def device_mesh(self, device_mesh: DeviceMesh) -> None:
        if self._device_mesh is not None:
            raise ValueError(
                f"This TensorLayout already has the mesh {self._device_mesh}. Create a "
                "new one for another mesh."
            )
        unknown = {*self.axes} - {None, *device_mesh.axis_names}
        if unknown:
            raise ValueError(
                f"TensorLayout(axes={self.axes}): the mesh has the axes "
                f"{device_mesh.axis_names}, not {sorted(map(str, unknown))}. Give one "
                "of them, or None, for each axis of the array."
            )
        self._device_mesh = device_mesh

    @property
    def backend_layout(self) -> jax.sharding.NamedSharding:
        """The layout as a sharding of JAX.

        Raises:
            ValueError: no mesh was set.
        """
        if self._device_mesh is None:
            raise ValueError(
                "This TensorLayout has no mesh yet. Write first: "
                "layout.device_mesh = DeviceMesh(...)."
            )
        spec = jax.sharding.PartitionSpec(*self.axes)
        return jax.sharding.NamedSharding(self._device_mesh.backend_mesh, spec)

    def __repr__(self) -> str:
        return f"<TensorLayout axes={self.axes}, device_mesh={self.device_mesh}>"


class LayoutMap(MutableMapping):
    """Layouts of weights by their paths, which are matched by regular expressions.

    Args:
        device_mesh: the mesh of all layouts.

    Raises:
        ValueError: a pattern was set before, or a path matches several patterns.

    Source: the names, arguments and matching of Keras 3.

    >>> mesh = DeviceMesh((1, 1), ["batch", "model"], ["cpu:0"])
    >>> layouts = LayoutMap(mesh)
    >>> layouts[".*dense.*kernel"] = (None, "model")
    >>> layouts["dense_1/kernel"].axes
    (None, 'model')
    >>> layouts["dense_1/bias"] is None
    True
    """

    def __init__(self, device_mesh: DeviceMesh) -> None:
        self.device_mesh = device_mesh
        self._layouts: dict[str, TensorLayout] = {}

    def __getitem__(self, key: str) -> TensorLayout | None:
        if key in self._layouts:
            return self._layouts[key]
        patterns = self.matching(key)
        if len(patterns) > 1:
            raise ValueError(
                f"The path {key!r} matches several patterns of the LayoutMap: "
                f"{patterns}. Write them so that each path matches one."
            )
        return self._layouts[patterns[0]] if patterns else None

    def matching(self, path: str) -> list[str]:
        """The patterns that match the whole of `path`."""
        return [pattern for pattern in self._layouts if re.fullmatch(pattern, path)]

    def __setitem__(
        self, key: str, layout: TensorLayout | Sequence[str | None]
    ) -> None:
        if key in self._layouts:
            raise ValueError(
                f"The LayoutMap already has a layout for {key!r}: "
                f"{self._layouts[key].axes}. Delete it first: del layout_map[{key!r}]."
            )
        if not isinstance(layout, TensorLayout):
            layout = TensorLayout(layout)
        if layout.device_mesh is None:
            layout.device_mesh = self.device_mesh
        self._layouts[key] = layout

    def __delitem__(self, key: str) -> None:
        del self._layouts[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._layouts)

    def __len__(self) -> int:
        return len(self._layouts)


def distribute_tensor(tensor: ArrayLike, layout: Any) -> jax.Array:
    """Shard an array over devices.

    Args:
        tensor: an array; in compiled code, its computation is constrained to `layout`.
        layout: a `TensorLayout`, or a sharding of JAX.

    Returns:
        The sharded array.

    Raises:
        ValueError: `layout` has no mesh, or an axis cannot be divided evenly.
    """
    sharding = layout.backend_layout if isinstance(layout, TensorLayout) else layout
    if isinstance(tensor, jax.core.Tracer):
        return jax.lax.with_sharding_constraint(tensor, sharding)
    return jax.device_put(tensor, sharding)
