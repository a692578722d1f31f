"""Placement: which rows and which parts of the weights each device has."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jax

from nbkeras.distribution.mesh import name_of

# (start, stop) of each axis of an array.
Region = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Placement:
    """Where the arrays of a training step were, read from the arrays themselves.

    Args:
        devices: names of the devices, in the order of the mesh.
        rows: {device: (start, stop)} the rows of the batch; those from `num_rows` on
            are padding.
        num_rows: number of examples of the batch.
        batch_rows: number of rows of the batch, with padding.
        weights: {path: {device: its region}} of all weights.
        shapes: {path: shape} of all weights.
    """

    devices: tuple[str, ...]
    rows: Mapping[str, tuple[int, int]]
    num_rows: int
    batch_rows: int
    weights: Mapping[str, Mapping[str, Region]]
    shapes: Mapping[str, tuple[int, ...]]

    def is_divided(self, path: str) -> bool:
        """Whether devices have different parts of a weight."""
        return len(set(self.weights[path].values())) > 1


def placement_of(
    distribution: Any,
    batch: tuple[jax.sharding.Sharding, tuple[int, ...], int],
    weights: Mapping[str, jax.Array],
) -> Placement:
    """The Placement of one step.

    Args:
        distribution: the `Distribution` of the fit.
        batch: sharding and shape of the inputs, and the number of rows without padding.
        weights: {path: array}.
    """
    sharding, shape, num_rows = batch
    rows = _regions(sharding, shape)
    return Placement(
        devices=tuple(distribution.device_mesh.devices.ravel().tolist()),
        rows={device: region[0] for device, region in rows.items()},
        num_rows=num_rows,
        batch_rows=shape[0],
        weights={path: _regions(w.sharding, w.shape) for path, w in weights.items()},
        shapes={path: array.shape for path, array in weights.items()},
    )


def _regions(sharding, shape):
    """{device: (start, stop) of each axis} of the part that each device has."""
    return {
        name_of(device): tuple(
            part.indices(size)[:2] for part, size in zip(index, shape, strict=True)
        )
        for device, index in sharding.devices_indices_map(shape).items()
    }
