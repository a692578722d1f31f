"""The images that a model takes: their size, channels and value range."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from nbkeras.analysis.image_samples.value_range import ValueRange
from nbkeras.image.annotations import ColorMode
from nbkeras.layers.input import InputLayer
from nbkeras.layers.preprocessing.adapt import Normalization
from nbkeras.layers.preprocessing.resizing import Rescaling
from nbkeras.models.model import Model

COLOR_MODES: dict[int, ColorMode] = {1: "grayscale", 3: "rgb", 4: "rgba"}
# Layers that are searched for one that scales the input.
FIRST_LAYERS = 3


@dataclass(frozen=True)
class ImageInput:
    """The images that a model takes.

    Args:
        size: (height, width).
        color_mode: as for `load_img`.
        is_channels_first: whether the channels come before height and width.
    """

    size: tuple[int, int]
    color_mode: ColorMode
    is_channels_first: bool


def image_input_of(model: Any) -> ImageInput | None:
    """The ImageInput of a model with one input of a fixed size, else None.

    >>> from nbkeras import Input, Sequential, layers
    >>> image_input_of(Sequential([Input((8, 6, 1)), layers.Flatten()])).size
    (8, 6)
    """
    shape = getattr(model, "input_shape", None)
    if not isinstance(shape, tuple) or len(shape) != 4:
        return None
    is_last = shape[3] in COLOR_MODES
    size = shape[1:3] if is_last else shape[2:4]
    channels = shape[3] if is_last else shape[1]
    if not all(isinstance(side, int) for side in size) or channels not in COLOR_MODES:
        return None
    return ImageInput(size, COLOR_MODES[channels], not is_last)


def expected_range(layers: Iterable[Any]) -> ValueRange:
    """The value range of the images that a model expects.

    Args:
        layers: the layers of the model, in order; a `Rescaling` or `Normalization`
            among the first expects 0 to 255, other layers 0 to 1.
    """
    first = [layer for layer in layers if not isinstance(layer, InputLayer | Model)]
    kinds = (Rescaling, Normalization)
    scales = any(isinstance(layer, kinds) for layer in first[:FIRST_LAYERS])
    return ValueRange(0.0, 255.0 if scales else 1.0, True)
