"""Images with boxes, masks and labels: `draw_...` returns arrays, `plot_...` figures.

Matplotlib is imported when the first figure is plotted.
"""

import functools
import importlib

from nbkeras.core.names import legacy_names
from nbkeras.utils.drawing import draw_bounding_boxes, draw_segmentation_masks

_GALLERIES = (
    "plot_bounding_box_gallery",
    "plot_image_gallery",
    "plot_segmentation_mask_gallery",
)
_other = functools.partial(legacy_names.attribute, __name__)

__all__ = [*_GALLERIES, "draw_bounding_boxes", "draw_segmentation_masks"]


def __getattr__(name):
    if name in _GALLERIES:
        return getattr(importlib.import_module("nbkeras.notebook.galleries"), name)
    return _other(name)
