"""MaxNumBoundingBoxes: a fixed number of boxes per image."""

from typing import Any

import jax.numpy as jnp

from nbkeras.core import check
from nbkeras.core.annotations import Config, DataFormat
from nbkeras.layers.engine.layer import Layer
from nbkeras.layers.engine.registry import register


@register("MaxNumBoundingBoxes")
class MaxNumBoundingBoxes(Layer):
    """Truncate or pad the boxes of each image to a fixed number.

    The input is {"images": ..., "bounding_boxes": {"boxes": (batch, boxes, 4),
    "labels": (batch, boxes)}}, of which only the boxes and their labels are changed.

    Args:
        max_number: number of boxes per image.
        fill_value: value of padded boxes and labels.
        **base: `bounding_box_format` and `data_format`, accepted as in Keras; arguments
            of `Layer`.

    Raises:
        ValueError: `max_number` is not a positive integer.
    """

    rows_independent = True

    def __init__(
        self,
        max_number: int,
        fill_value: int = -1,
        bounding_box_format: Any = None,
        data_format: DataFormat | None = None,
        **base: Any,
    ) -> None:
        super().__init__(**base)
        self.max_number = check.positive_int(
            "MaxNumBoundingBoxes", "max_number", max_number, 10
        )
        self.fill_value = int(fill_value)
        self.bounding_box_format, self.data_format = bounding_box_format, data_format

    def call(self, x: Any, training: bool = False) -> Any:
        """The dict with `max_number` boxes per image."""
        if not isinstance(x, dict) or "bounding_boxes" not in x:
            return x
        boxes = {
            name: self._fitted(jnp.asarray(values))
            for name, values in x["bounding_boxes"].items()
        }
        return {**x, "bounding_boxes": boxes}

    def _fitted(self, values):
        values = values[:, : self.max_number]
        padding = [(0, 0)] * values.ndim
        padding[1] = (0, self.max_number - values.shape[1])
        return jnp.pad(values, padding, constant_values=self.fill_value)

    def get_config(self) -> Config:
        """The constructor's arguments."""
        config = super().get_config()
        for name in ("bounding_box_format", "data_format"):
            if config.get(name) is None:
                config.pop(name, None)
        return config
