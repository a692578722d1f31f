"""`nbkeras.inside`: the outputs of every layer of a model for an image."""

import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from numpy.typing import ArrayLike

from nbkeras.analysis.inside.activations import build_for
from nbkeras.analysis.inside.network import network_of
from nbkeras.core import check
from nbkeras.models.model import Model
from nbkeras.notebook.inside.pictures import Pictures, first_picture
from nbkeras.notebook.inside.session import InsideSession
from nbkeras.notebook.inside.widget import Inside

MOST = 48
Path = str | os.PathLike[str]


def inside(
    model: Model,
    image: ArrayLike
    | tuple[Any, Any]
    | Path
    | Sequence[Any]
    | Iterable[Any]
    | None = None,
    *,
    class_names: Sequence[str] | None = None,
    preprocess: Callable[[Any], Any] | None = None,
    pictures: int = 12,
) -> Inside:
    """Look inside a network: the output of every layer and channel for an image.

    Layers are rows and channels are tiles. Clicking a tile shows its kernel; pointing
    at a pixel shows the arithmetic behind its value and its receptive field in the
    image. Every value is recomputed and compared with `model.predict`. Channels can be
    switched off. While the model trains, the view follows its weights.

    Args:
        model: Sequential or functional, also nested or loaded; or a subclass whose
            `call` can be traced. It is not changed.
        image: images as for `predict`: a single one, an array, or (x, y); a file, a
            folder or a list of files; an iterator of batches; None for a blank image to
            draw on. A list of arrays for a model with several inputs.
        class_names: names of the outputs, in the order of the class numbers.
        preprocess: function of float32 (height, width, channels) with values 0 to 255,
            applied to files and to images drawn, uploaded or taken with the camera; by
            default they are scaled to the value range of the images passed as arrays.
        pictures: number of images to choose from, at most 48.

    Returns:
        The view, a widget: `.activations` has the arrays, `.arithmetic_of(layer, row,
        column, channel)` the arithmetic of a value, `.figure()` a Matplotlib figure.

    Raises:
        TypeError: `model` is not a model.
        ValueError: the model does not take images, or the images do not fit it.
        FileNotFoundError: no such folder or file.

    >>> from nbkeras import Sequential, layers
    >>> model = Sequential([layers.Input((6, 6, 1)), layers.Conv2D(2, 3, name="conv")])
    >>> view = inside(model, np.ones((6, 6, 1)))
    >>> view.arithmetic_of("conv", 0, 0, 1).agrees
    True
    """
    pictures = check.positive_int("inside", "pictures", pictures, example=12)
    if pictures > MOST:
        raise ValueError(
            f"inside(pictures={pictures}): at most {MOST} are offered. Write for "
            "example pictures=12."
        )
    if image is not None and not getattr(model, "built", True):
        build_for(model, first_picture(image))
    network = network_of(model)
    collected = Pictures.collect(network, image, class_names, preprocess, pictures)
    return Inside(InsideSession(network, collected, class_names))
