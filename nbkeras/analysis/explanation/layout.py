"""The positions of height, width and channels in the images that a model takes."""

from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np

from nbkeras.core import check
from nbkeras.layers.engine.layer import Layer

CHANNELS = (1, 3, 4)


@dataclass(frozen=True)
class Layout:
    """The axes of a batch of images.

    Args:
        height, width: axis numbers. channels: axis number, None without a channel axis.
        size: (height, width) in pixels.
    """

    height: int
    width: int
    channels: int | None
    size: tuple[int, int]

    def expand(self, plane: Any) -> Any:
        """(..., height, width) reshaped to broadcast with images."""
        if self.channels is None:
            return plane
        return jnp.expand_dims(plane, -1 if self.channels == 3 else -3)

    def plane(self, pixels: Any, reduce: Any) -> Any:
        """(batch, height, width): channels reduced by a function such as jnp.sum."""
        return pixels if self.channels is None else reduce(pixels, axis=self.channels)

    def channels_last(self, images: Any) -> np.ndarray:
        """The images as (batch, height, width, channels)."""
        images = np.asarray(images)
        if self.channels is None:
            return images[..., None]
        return images.transpose(0, 2, 3, 1) if self.channels == 1 else images


def layout_of(model: Layer, shape: tuple[int, ...], data_format: str | None) -> Layout:
    """The Layout of images of this shape, batch axis first.

    Args:
        data_format: "channels_last" or "channels_first"; None to use that of the
            model's first layer with one, or to infer it from the shape.
    """
    if len(shape) == 3:
        return Layout(1, 2, None, (shape[1], shape[2]))
    if data_format is None:
        formats = [getattr(layer, "data_format", None) for layer in model.walk()]
        data_format = next((name for name in formats if name), None)
    if data_format is None:
        is_first = shape[1] in CHANNELS and shape[3] not in CHANNELS
        data_format = "channels_first" if is_first else "channels_last"
    names = ("channels_last", "channels_first")
    if check.choice("explain", "data_format", data_format, names) == "channels_first":
        return Layout(2, 3, 1, (shape[2], shape[3]))
    return Layout(1, 2, 3, (shape[1], shape[2]))
