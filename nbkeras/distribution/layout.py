"""TensorLayout: how an array is sharded over the axes of a mesh."""

from collections.abc import Sequence
from typing import Any

import jax
from numpy.typing import ArrayLike

from nbkeras.distribution.mesh import DeviceMesh


class TensorLayout:
    """How an array lies on the devices of a mesh.

    Args:
        axes: for each axis of the array the name of the mesh's axis along which it is
            divided; None for an axis that every device has whole.
        device_mesh: the mesh; may be set later, once.

    Raises:
        ValueError: a name that the mesh does not have.

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
        """The mesh, or None as long as none was set."""
        return self._device_mesh

    @device_mesh.setter
    def device_mesh(self, device_mesh: DeviceMesh) -> None:
        if self._device_mesh is not None:
            raise ValueError(
                f"This TensorLayout has the mesh {self._device_mesh} already. Make a "
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
        """The layout in the form of JAX.

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


def distribute_tensor(tensor: ArrayLike, layout: Any) -> jax.Array:
    """The array on the devices, divided as `layout` says.

    Args:
        tensor: an array; inside compiled code a constraint on where it is computed.
        layout: a `TensorLayout`, or a sharding of JAX.

    Raises:
        ValueError: a layout without a mesh, or an axis that cannot be divided.
    """
    sharding = layout.backend_layout if isinstance(layout, TensorLayout) else layout
    if isinstance(tensor, jax.core.Tracer):
        return jax.lax.with_sharding_constraint(tensor, sharding)
    return jax.device_put(tensor, sharding)
