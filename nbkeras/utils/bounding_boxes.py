"""Bounding boxes: formats, overlap (IoU), anchor deltas, and geometric transforms.

Boxes are arrays (n, 4) or (batch, n, 4), in pixels or, in formats that begin with
"rel_", in fractions of the image size. Some functions take a dict of boxes and labels.
"""

from nbkeras.ops.box_geometry import FORMATS as FORMATS
from nbkeras.ops.box_geometry import affine_transform as affine_transform
from nbkeras.ops.box_geometry import clip_to_image_size as clip_to_image_size
from nbkeras.ops.box_geometry import compute_ciou as compute_ciou
from nbkeras.ops.box_geometry import compute_iou as compute_iou
from nbkeras.ops.box_geometry import convert_format as convert_format
from nbkeras.ops.box_geometry import crop as crop
from nbkeras.ops.box_geometry import decode_deltas_to_boxes as decode_deltas_to_boxes
from nbkeras.ops.box_geometry import encode_box_to_deltas as encode_box_to_deltas
from nbkeras.ops.box_geometry import pad as pad

__all__ = [
    "affine_transform",
    "clip_to_image_size",
    "compute_ciou",
    "compute_iou",
    "convert_format",
    "crop",
    "decode_deltas_to_boxes",
    "encode_box_to_deltas",
    "pad",
]
