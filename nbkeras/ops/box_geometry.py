"""Geometry of bounding boxes, for augmentation and `utils.bounding_boxes`.

Boxes are arrays (n, 4) or (batch, n, 4), in pixels or, in formats that begin with
"rel_", in fractions of the image size. Some functions take a dict of boxes and labels.
"""

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from numpy.typing import ArrayLike

from nbkeras.core import check, settings

Boxes = dict[str, Any]
FORMATS = (
    "xyxy",
    "yxyx",
    "xywh",
    "center_xywh",
    "center_yxhw",
    "rel_xyxy",
    "rel_yxyx",
    "rel_xywh",
    "rel_center_xywh",
)
_ENCODINGS = ("center_xywh", "center_yxhw")


def convert_format(
    boxes: ArrayLike | Boxes,
    source: str,
    target: str,
    height: int | None = None,
    width: int | None = None,
    dtype: str = "float32",
) -> Any:
    """Convert boxes to another format.

    Args:
        boxes: (..., 4), or a dict with "boxes", whose other entries are copied.
        source: format of `boxes`: "xyxy", "yxyx", "xywh", "center_xywh",
            "center_yxhw", "rel_xyxy", "rel_yxyx", "rel_xywh" or "rel_center_xywh", in
            lower or upper case.
        target: format of the result.
        height: height of the image, for relative formats.
        width: width of the image, for relative formats.
        dtype: dtype of the result.

    Returns:
        (..., 4); a new dict for a dict.

    Raises:
        ValueError: a format is unknown, the last axis is not 4, or a relative format
            lacks the size of the image.

    >>> convert_format([[10, 20, 30, 60]], "xyxy", "center_xywh").tolist()
    [[20.0, 40.0, 20.0, 40.0]]
    """
    if isinstance(boxes, dict):
        converted = convert_format(boxes["boxes"], source, target, height, width, dtype)
        return {**boxes, "boxes": converted}
    source = check.choice("convert_format", "source", source.lower(), FORMATS)
    target = check.choice("convert_format", "target", target.lower(), FORMATS)
    x = _boxes("convert_format", boxes).astype(dtype)
    is_relative = [name.startswith("rel_") for name in (source, target)]
    if any(is_relative) and (height is None or width is None):
        raise ValueError(
            f"convert_format({source!r}, {target!r}): a relative format needs the size "
            "of the image. Write for example height=480, width=640."
        )
    if source == target:
        return x
    corners = _to_corners(x, source)
    if is_relative[0] != is_relative[1]:
        size = jnp.asarray([width, height, width, height], dtype)
        size = size.reshape((1,) * (x.ndim - 1) + (4,))
        corners = corners * size if is_relative[0] else corners / size
    return _from_corners(corners, target)


def clip_to_image_size(
    bounding_boxes: Boxes,
    height: int | None = None,
    width: int | None = None,
    bounding_box_format: str = "xyxy",
) -> Boxes:
    """Clip boxes to the image; labels of boxes that are outside become -1.

    Args:
        bounding_boxes: {"boxes": (..., 4), "labels": (...)}.
        height: height of the image, for "xyxy".
        width: width of the image, for "xyxy".
        bounding_box_format: "xyxy" or "rel_xyxy".

    Returns:
        A new dict.

    Raises:
        NotImplementedError: another format.
        ValueError: "xyxy" without the size of the image.
    """
    owner = "clip_to_image_size"
    _check_format(owner, bounding_box_format, ("xyxy", "rel_xyxy"))
    if bounding_box_format == "rel_xyxy":
        height = width = 1
    elif height is None or width is None:
        raise ValueError(
            f"{owner}: the format 'xyxy' needs the size of the image. Write for "
            "example height=480, width=640."
        )
    boxes = _clipped(_boxes(owner, bounding_boxes["boxes"]), height, width)
    result = {**bounding_boxes, "boxes": boxes}
    if bounding_boxes.get("labels") is not None:
        labels = jnp.asarray(bounding_boxes["labels"])
        result["labels"] = jnp.where(_area(boxes) > 0, labels, -1)
    return result


def crop(
    boxes: ArrayLike,
    top: float,
    left: float,
    height: float,
    width: float,
    bounding_box_format: str = "xyxy",
) -> jax.Array:
    """The boxes of a cropped image, clipped to the crop.

    Args:
        boxes: (..., 4) as [left, top, right, bottom].
        top: first row of the crop.
        left: first column of the crop.
        height: height of the crop.
        width: width of the crop.
        bounding_box_format: only "xyxy".

    Returns:
        (..., 4), in pixels of the crop.

    Raises:
        NotImplementedError: another format.
        ValueError: the last axis is not 4.

    >>> crop([[10, 20, 50, 60]], top=10, left=20, height=40, width=30).tolist()
    [[0, 10, 30, 40]]
    """
    _check_format("crop", bounding_box_format)
    shifted = _shifted(_boxes("crop", boxes), -left, -top)
    return _clipped(shifted, height, width)


def pad(
    boxes: ArrayLike,
    top: float,
    left: float,
    height: float | None = None,
    width: float | None = None,
    bounding_box_format: str = "xyxy",
) -> jax.Array:
    """The boxes of an image that was padded at the top and at the left.

    Args:
        boxes: (..., 4) as [left, top, right, bottom].
        top: rows of padding above the image.
        left: columns of padding to the left of the image.
        height: accepted for compatibility; boxes do not depend on it.
        width: accepted for compatibility; boxes do not depend on it.
        bounding_box_format: only "xyxy".

    Returns:
        (..., 4), in pixels of the padded image.

    Raises:
        NotImplementedError: another format.
        ValueError: the last axis is not 4.

    >>> pad([[10, 20, 50, 60]], top=1, left=2).tolist()
    [[12, 21, 52, 61]]
    """
    _check_format("pad", bounding_box_format)
    return _shifted(_boxes("pad", boxes), left, top)


def affine_transform(
    boxes: ArrayLike,
    angle: ArrayLike,
    translate_x: ArrayLike,
    translate_y: ArrayLike,
    scale: ArrayLike,
    shear_x: ArrayLike,
    shear_y: ArrayLike,
    height: int,
    width: int,
    center_x: float | None = None,
    center_y: float | None = None,
    bounding_box_format: str = "xyxy",
) -> jax.Array:
    """The boxes around the corners of `boxes` after an affine transform of each image.

    Args:
        boxes: (batch, n, 4) as [left, top, right, bottom].
        angle: (batch,), rotation in degrees.
        translate_x: (batch,), in fractions of the width.
        translate_y: (batch,), in fractions of the height.
        scale: (batch,), scale factors.
        shear_x: (batch,), in degrees.
        shear_y: (batch,), in degrees.
        height: height of the images.
        width: width of the images.
        center_x: fixed point of the transform, as a fraction of the width; None is 0.5.
        center_y: likewise, as a fraction of the height.
        bounding_box_format: only "xyxy".

    Returns:
        (batch, n, 4).

    Raises:
        NotImplementedError: another format.
        ValueError: the shape of `boxes` is not (batch, n, 4).
    """
    _check_format("affine_transform", bounding_box_format)
    x = _boxes("affine_transform", boxes)
    if x.ndim != 3:
        raise ValueError(
            f"affine_transform: boxes have the shape {x.shape}, and (batch, n, 4) is "
            "needed. Write boxes[None] for one image."
        )
    middle_x = (0.5 if center_x is None else center_x) * (width - 1)
    middle_y = (0.5 if center_y is None else center_y) * (height - 1)
    matrix, offset = _affine(
        *(jnp.asarray(amount) for amount in (angle, scale, shear_x, shear_y)),
        center=(middle_x, middle_y),
        shift=(
            jnp.asarray(translate_x) * (width - 1),
            jnp.asarray(translate_y) * (height - 1),
        ),
    )
    corners = _corners(x.astype(matrix.dtype))
    transformed = jnp.einsum("bnpj,bij->bnpi", corners, matrix) + offset[:, None, None]
    return _around(transformed)


def moved_with_image(
    bounding_boxes: ArrayLike | Boxes,
    bounding_box_format: str,
    sizes: tuple[tuple[int, int], tuple[int, int]],
    move: Callable[[jax.Array], jax.Array],
) -> Any:
    """Boxes after a transform of their images, clipped to the result.

    Args:
        bounding_boxes: (..., 4), or {"boxes": (..., 4), "labels": (...)}.
        bounding_box_format: their format, which they keep.
        sizes: (height, width) of the images before and after the transform.
        move: function from [left, top, right, bottom] in pixels before the transform to
            those after it.

    Returns:
        As `bounding_boxes`; in a dict, labels of boxes that are outside become -1.
    """
    is_dict = isinstance(bounding_boxes, dict)
    before, after = sizes
    result = dict(bounding_boxes) if is_dict else {"boxes": bounding_boxes}
    corners = convert_format(result["boxes"], bounding_box_format, "xyxy", *before)
    result = clip_to_image_size({**result, "boxes": move(corners)}, *after)
    boxes = convert_format(result["boxes"], "xyxy", bounding_box_format, *after)
    return {**result, "boxes": boxes} if is_dict else boxes


def required_format(owner: str, bounding_box_format: str | None) -> str:
    """The format of boxes that a layer got.

    Raises:
        ValueError: the layer was not told.
    """
    if bounding_box_format is None:
        raise ValueError(
            f"{owner} got 'bounding_boxes' and does not know their format. Write "
            f"for example {owner}(..., bounding_box_format='xyxy')."
        )
    return bounding_box_format


def moved_by_maps(boxes: jax.Array, maps: jax.Array) -> jax.Array:
    """The boxes around the corners of `boxes` in images that affine maps resampled.

    Args:
        boxes: (batch, n, 4) as [left, top, right, bottom].
        maps: (batch, 6), from output to input positions as in `image_geometry.affine`.
    """
    rows = maps.reshape(-1, 2, 3)
    inverse = jnp.linalg.inv(rows[:, :, :2])
    corners = _corners(boxes) - rows[:, None, None, :, 2]
    return _around(jnp.einsum("bnpj,bij->bnpi", corners, inverse))


def moved_by_homographies(boxes: jax.Array, maps: jax.Array) -> jax.Array:
    """The boxes around the corners of `boxes` after projective maps.

    Args:
        boxes: (batch, n, 4) as [left, top, right, bottom].
        maps: (batch, 8), from input to output as in `image_geometry.homographies`.
    """
    ones = jnp.ones((len(maps), 1), maps.dtype)
    matrix = jnp.concatenate([maps, ones], axis=1).reshape(-1, 3, 3)
    corners = _corners(boxes)
    ones = jnp.ones((*corners.shape[:-1], 1), corners.dtype)
    moved = jnp.einsum(
        "bnpj,bij->bnpi", jnp.concatenate([corners, ones], axis=-1), matrix
    )
    return _around(moved[..., :2] / moved[..., 2:])


def _corners(boxes):
    """(..., 4 corners, 2): left top, right top, right bottom, left bottom."""
    return boxes[..., jnp.array([[0, 1], [2, 1], [2, 3], [0, 3]])]


def _around(corners):
    """The smallest boxes around corners (..., 4, 2)."""
    return jnp.concatenate([corners.min(axis=-2), corners.max(axis=-2)], axis=-1)


def encode_box_to_deltas(
    anchors: ArrayLike,
    boxes: ArrayLike,
    anchor_format: str,
    box_format: str,
    encoding_format: str = "center_yxhw",
    variance: ArrayLike | None = None,
    image_shape: tuple[int, int, int] | None = None,
) -> jax.Array:
    """Encode boxes as deltas from their anchors, the targets of an object detector.

    Args:
        anchors: (n, 4).
        boxes: (n, 4) or (batch, n, 4).
        anchor_format: format of the anchors, see `convert_format`.
        box_format: format of the boxes.
        encoding_format: "center_yxhw" or "center_xywh", the order of the deltas.
        variance: four numbers by which the deltas are divided, or None.
        image_shape: (height, width, channels), for relative formats.

    Returns:
        Deltas in the shape of `boxes`: offsets of the centres divided by the size of
        the anchor, and logarithms of the ratios of the sizes.

    Raises:
        ValueError: the encoding is unknown, or `variance` is not four numbers.

    Source: Ren et al., "Faster R-CNN", NeurIPS 2015, section 3.1.2.
    """
    owner = "encode_box_to_deltas"
    check.choice(owner, "encoding_format", encoding_format, _ENCODINGS)
    factors = _variance(owner, variance)
    height, width = (image_shape or (None, None))[:2]
    anchor_boxes = convert_format(
        anchors, anchor_format, encoding_format, height, width
    )
    encoded = convert_format(boxes, box_format, encoding_format, height, width)
    sizes = jnp.maximum(anchor_boxes[..., 2:], settings.epsilon())
    offsets = (encoded[..., :2] - anchor_boxes[..., :2]) / sizes
    log_ratios = jnp.log(jnp.maximum(encoded[..., 2:], settings.epsilon()) / sizes)
    deltas = jnp.concatenate([offsets, log_ratios], axis=-1)
    return deltas if factors is None else deltas / factors


def decode_deltas_to_boxes(
    anchors: ArrayLike | dict[Any, ArrayLike],
    boxes_delta: ArrayLike | dict[Any, ArrayLike],
    anchor_format: str,
    box_format: str,
    encoded_format: str = "center_yxhw",
    variance: ArrayLike | None = None,
    image_shape: tuple[int, int, int] | None = None,
) -> Any:
    """Decode deltas of `encode_box_to_deltas` to boxes.

    Args:
        anchors: (n, 4), or a dict {level: anchors}.
        boxes_delta: (n, 4) or (batch, n, 4), or a dict with the same keys.
        anchor_format: format of the anchors, see `convert_format`.
        box_format: format of the result.
        encoded_format: "center_yxhw" or "center_xywh", the order of the deltas.
        variance: four numbers by which the deltas are multiplied, or None.
        image_shape: (height, width, channels), for relative formats.

    Returns:
        Boxes in the shape of `boxes_delta`; a dict for dicts.

    Raises:
        ValueError: the encoding is unknown, or `variance` is not four numbers.

    >>> anchors = jnp.array([[0.0, 0.0, 4.0, 8.0]])
    >>> decode_deltas_to_boxes(anchors, jnp.zeros((1, 4)), "xyxy", "xyxy").tolist()
    [[0.0, 0.0, 4.0, 8.0]]
    """
    owner = "decode_deltas_to_boxes"
    check.choice(owner, "encoded_format", encoded_format, _ENCODINGS)
    factors = _variance(owner, variance)
    height, width = (image_shape or (None, None))[:2]

    def decode(anchor: ArrayLike, deltas: ArrayLike) -> jax.Array:
        anchor_boxes = convert_format(
            anchor, anchor_format, encoded_format, height, width
        )
        deltas = jnp.asarray(deltas)
        deltas = deltas if factors is None else deltas * factors
        centers = deltas[..., :2] * anchor_boxes[..., 2:] + anchor_boxes[..., :2]
        sizes = jnp.exp(deltas[..., 2:]) * anchor_boxes[..., 2:]
        boxes = jnp.concatenate([centers, sizes], axis=-1)
        return convert_format(boxes, encoded_format, box_format, height, width)

    if isinstance(anchors, dict) and isinstance(boxes_delta, dict):
        return {level: decode(a, boxes_delta[level]) for level, a in anchors.items()}
    return decode(anchors, boxes_delta)


def compute_iou(
    boxes1: ArrayLike,
    boxes2: ArrayLike,
    bounding_box_format: str,
    use_masking: bool = False,
    mask_val: float = -1,
    image_shape: tuple[int, int, int] | None = None,
) -> jax.Array:
    """The intersection over union (IoU) of every box in `boxes1` with all of `boxes2`.

    Args:
        boxes1: (m, 4) or (batch, m, 4).
        boxes2: (n, 4) or (batch, n, 4).
        bounding_box_format: see `convert_format`.
        use_masking: whether pairs with a box of only negative coordinates, which is
            padding, get `mask_val`.
        mask_val: the IoU of masked pairs.
        image_shape: (height, width, channels), for relative formats.

    Returns:
        (m, n) or (batch, m, n), from 0 to 1.

    Raises:
        ValueError: boxes of another rank, or a relative format without `image_shape`.

    >>> compute_iou([[0, 0, 2, 2]], [[1, 0, 3, 2], [5, 5, 6, 6]], "xyxy").round(3)
    Array([[0.333, 0.   ]], dtype=float32)
    """
    a, b = _comparable("compute_iou", boxes1, boxes2, bounding_box_format, image_shape)
    for name, x in (("boxes1", a), ("boxes2", b)):
        if x.ndim not in (2, 3):
            raise ValueError(
                f"compute_iou: {name} has the shape {x.shape}; (n, 4) or (batch, n, 4) "
                "is needed."
            )
    rows, columns = a[..., :, None, :], b[..., None, :, :]
    intersection = _intersection(rows, columns)
    union = _area(rows) + _area(columns) - intersection
    iou = intersection / (union + settings.epsilon())
    if not use_masking:
        return iou
    is_masked = (rows.max(axis=-1) < 0) | (columns.max(axis=-1) < 0)
    return jnp.where(is_masked, jnp.asarray(mask_val, iou.dtype), iou)


def compute_ciou(
    boxes1: ArrayLike,
    boxes2: ArrayLike,
    bounding_box_format: str,
    image_shape: tuple[int, int, int] | None = None,
) -> jax.Array:
    """The complete IoU of each box in `boxes1` with the corresponding one in `boxes2`.

    It is the IoU minus penalties for the distance of the centers and the difference of
    the aspect ratios, so that boxes without overlap have a gradient too.

    Args:
        boxes1: (..., 4).
        boxes2: (..., 4).
        bounding_box_format: see `convert_format`.
        image_shape: (height, width, channels), for relative formats.

    Returns:
        (...), 1 for equal boxes, negative for distant ones.

    Raises:
        ValueError: the last axis is not 4, or a relative format lacks `image_shape`.

    Source: Zheng et al., "Distance-IoU Loss", AAAI 2020.
    """
    a, b = _comparable("compute_ciou", boxes1, boxes2, bounding_box_format, image_shape)
    epsilon = settings.epsilon()
    width_a, width_b = a[..., 2] - a[..., 0], b[..., 2] - b[..., 0]
    height_a, height_b = (
        a[..., 3] - a[..., 1] + epsilon,
        b[..., 3] - b[..., 1] + epsilon,
    )
    intersection = _intersection(a, b)
    union = width_a * height_a + width_b * height_b - intersection + epsilon
    iou = intersection / (union + epsilon)
    hull = jnp.maximum(a[..., 2:], b[..., 2:]) - jnp.minimum(a[..., :2], b[..., :2])
    diagonal = (hull**2).sum(axis=-1) + epsilon
    offset = (a[..., :2] + a[..., 2:]) / 2 - (b[..., :2] + b[..., 2:]) / 2
    distance = (offset**2).sum(axis=-1)
    angle_difference = jnp.arctan(width_b / height_b) - jnp.arctan(width_a / height_a)
    aspect_term = 4 / math.pi**2 * angle_difference**2
    weight = aspect_term / (aspect_term - iou + (1 + epsilon))
    return iou - (distance / diagonal + aspect_term * weight)


def _boxes(owner: str, boxes: ArrayLike) -> jax.Array:
    x = jnp.asarray(boxes)
    if x.ndim and x.shape[-1] == 4:
        return x
    raise ValueError(
        f"{owner}: boxes have the shape {x.shape}; the last axis must have size 4, "
        "the coordinates of a box."
    )


def _check_format(
    owner: str, name: str, supported: tuple[str, ...] = ("xyxy",)
) -> None:
    if name not in supported:
        raise NotImplementedError(
            f"{owner}(bounding_box_format={name!r}): only {' and '.join(supported)} "
            f"are supported. Write first: boxes = convert_format(boxes, {name!r}, "
            "'xyxy')."
        )


def _is_y_first(name: str) -> bool:
    """Whether the coordinates of a format begin with y: "yxyx", "center_yxhw"."""
    return name.rpartition("_")[2].startswith("y")


def _to_corners(x: jax.Array, source: str) -> jax.Array:
    """[left, top, right, bottom] of boxes, in the units of `source`."""
    if _is_y_first(source):
        x = x[..., jnp.array([1, 0, 3, 2])]
    first, second = x[..., :2], x[..., 2:]
    if "center" in source:
        return jnp.concatenate([first - second / 2.0, first + second / 2.0], axis=-1)
    if source.endswith("wh"):
        return jnp.concatenate([first, first + second], axis=-1)
    return x


def _from_corners(x: jax.Array, target: str) -> jax.Array:
    """The inverse of `_to_corners`."""
    first, sizes = x[..., :2], x[..., 2:] - x[..., :2]
    if "center" in target:
        x = jnp.concatenate([first + sizes / 2.0, sizes], axis=-1)
    elif target.endswith("wh"):
        x = jnp.concatenate([first, sizes], axis=-1)
    return x[..., jnp.array([1, 0, 3, 2])] if _is_y_first(target) else x


def _map_coordinates(
    boxes: jax.Array, map_x: Callable[..., Any], map_y: Callable[..., Any]
) -> jax.Array:
    """Apply `map_x` to left and right, and `map_y` to top and bottom."""
    functions = (map_x, map_y, map_x, map_y)
    return jnp.stack([f(boxes[..., i]) for i, f in enumerate(functions)], axis=-1)


def _shifted(boxes: jax.Array, right: float, down: float) -> jax.Array:
    return _map_coordinates(boxes, lambda x: x + right, lambda y: y + down)


def _clipped(boxes: jax.Array, height: float, width: float) -> jax.Array:
    return _map_coordinates(
        boxes, lambda x: jnp.clip(x, 0, width), lambda y: jnp.clip(y, 0, height)
    )


def _area(corners: jax.Array) -> jax.Array:
    sizes = corners[..., 2:] - corners[..., :2]
    return sizes[..., 0] * sizes[..., 1]


def _intersection(a: jax.Array, b: jax.Array) -> jax.Array:
    """The area of the intersection of boxes."""
    last = jnp.minimum(a[..., 2:], b[..., 2:])
    sizes = jnp.maximum(last - jnp.maximum(a[..., :2], b[..., :2]), 0)
    return sizes[..., 0] * sizes[..., 1]


def _comparable(
    owner: str, a: ArrayLike, b: ArrayLike, format: str, image_shape: Any
) -> list[jax.Array]:
    """Both arrays in the format "xyxy", in pixels."""
    if "rel" in format and image_shape is None:
        raise ValueError(
            f"{owner}(bounding_box_format={format!r}): a relative format needs "
            "image_shape. Write for example image_shape=(480, 640, 3)."
        )
    size = (image_shape or (None, None))[:2]
    return [convert_format(x, format, "xyxy", *size) for x in (a, b)]


def _variance(owner: str, variance: ArrayLike | None) -> jax.Array | None:
    if variance is None:
        return None
    factors = jnp.asarray(variance, "float32")
    if factors.ndim == 0 or factors.shape[-1] != 4:
        raise ValueError(
            f"{owner}(variance=...) has the shape {factors.shape}; four numbers are "
            "needed. Write for example variance=[0.1, 0.1, 0.2, 0.2]."
        )
    return factors


def _affine(
    angle: jax.Array,
    scale: jax.Array,
    shear_x: jax.Array,
    shear_y: jax.Array,
    center: tuple[float, float],
    shift: tuple[jax.Array, jax.Array],
) -> tuple[jax.Array, jax.Array]:
    """(matrix (batch, 2, 2), offset (batch, 2)) that map old to new coordinates."""
    rotation, shear_angle_x, shear_angle_y = (
        -jnp.deg2rad(degrees) for degrees in (angle, shear_x, shear_y)
    )
    a = jnp.cos(rotation - shear_angle_y) / jnp.cos(shear_angle_y)
    b = a * jnp.tan(shear_angle_x) + jnp.sin(rotation)
    c = -jnp.sin(rotation - shear_angle_y) / jnp.cos(shear_angle_y)
    d = jnp.cos(rotation) - c * jnp.tan(shear_angle_x)
    rows = [jnp.stack([d, -b], axis=-1), jnp.stack([-c, a], axis=-1)]
    matrix = jnp.stack(rows, axis=1) * scale[:, None, None]
    start = jnp.stack([center[0] - shift[0], center[1] - shift[1]], axis=-1)
    center_point = jnp.broadcast_to(jnp.asarray(center, start.dtype), start.shape)
    return matrix, center_point - jnp.einsum("bij,bj->bi", matrix, start)
