"""Boxes and masks drawn onto images, as arrays."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from nbkeras.core import check, settings
from nbkeras.utils.bounding_boxes import convert_format

_FONT_PX = 18  # height of a label at font_scale=1
Color = Sequence[int]


def draw_bounding_boxes(
    images: ArrayLike,
    bounding_boxes: dict[str, Any],
    bounding_box_format: str,
    class_mapping: Mapping[int, str] | None = None,
    color: Color = (128, 128, 128),
    line_thickness: int = 2,
    text_thickness: int | None = 1,
    font_scale: float = 1.0,
    data_format: str | None = None,
) -> np.ndarray:
    """Images with their boxes, and with names of classes.

    Args:
        images: (batch, height, width, 3), 0-255, or 0-1 where no value is greater.
        bounding_boxes: {"boxes": (batch, n, 4), "labels": (batch, n)}, and perhaps
            "confidences" (batch, n); boxes with label -1 are left out.
        bounding_box_format: see `utils.bounding_boxes.convert_format`.
        class_mapping: {class number: name}; others have no name drawn.
        color: red, green and blue, 0-255.
        line_thickness: in pixels.
        text_thickness: of the outline of letters, in pixels.
        font_scale: 1 for letters of 18 pixels.
        data_format: "channels_last", "channels_first"; None is the global choice.

    Returns:
        uint8, the shape of `images`.

    Raises:
        ValueError: images without a batch axis, or boxes without "boxes" or "labels".
        TypeError: `bounding_boxes` is no dict.
    """
    from PIL import Image, ImageDraw, ImageFont

    owner = "draw_bounding_boxes"
    pictures, first = _last_axis(owner, images, data_format)
    if not isinstance(bounding_boxes, dict):
        raise TypeError(
            f"{owner}: bounding_boxes is a {type(bounding_boxes).__name__}. Give a "
            'dict: {"boxes": boxes, "labels": labels}.'
        )
    for key in ("boxes", "labels"):
        if key not in bounding_boxes:
            raise ValueError(
                f"{owner}: bounding_boxes has no {key!r}, only "
                f"{list(bounding_boxes)}. Give both, boxes (batch, n, 4) and labels "
                "(batch, n)."
            )
    height, width = pictures.shape[1:3]
    corners = np.asarray(
        convert_format(
            bounding_boxes["boxes"], bounding_box_format, "xyxy", height, width
        )
    ).astype(int)
    labels = np.asarray(bounding_boxes["labels"]).astype(int)
    sure = bounding_boxes.get("confidences")
    font = ImageFont.load_default(_FONT_PX * font_scale)
    pen, drawn = tuple(color), []
    for number, picture in enumerate(_eight_bits(pictures)):
        image = Image.fromarray(picture)
        draw = ImageDraw.Draw(image)
        for row, (box, label) in enumerate(
            zip(corners[number], labels[number], strict=True)
        ):
            if label == -1:
                continue
            draw.rectangle(_ordered(box), outline=pen, width=line_thickness)
            if int(label) not in (class_mapping or {}):
                continue
            text = str(class_mapping[int(label)])
            if sure is not None:
                text += f" | {float(np.asarray(sure)[number, row]):.2f}"
            stroke = max((text_thickness or line_thickness) - 1, 0)
            place = _text_place(box, _FONT_PX * font_scale + stroke)
            draw.text(place, text, fill=pen, font=font, stroke_width=stroke)
        drawn.append(np.asarray(image))
    result = np.stack(drawn)
    return result.transpose(0, 3, 1, 2) if first else result


def draw_segmentation_masks(
    images: ArrayLike,
    segmentation_masks: ArrayLike,
    num_classes: int | None = None,
    color_mapping: Mapping[int, Color] | None = None,
    alpha: float = 0.8,
    blend: bool = True,
    ignore_index: int = -1,
    data_format: str | None = None,
) -> np.ndarray:
    """Images with the class of each pixel laid over them as a colour.

    Args:
        images: (batch, height, width, 3), 0-255.
        segmentation_masks: whole numbers (batch, height, width, 1), or without the
            last axis.
        num_classes: None is one more than the greatest number there is.
        color_mapping: {class number: (red, green, blue)}; None makes colours.
        alpha: opacity of the colours, from 0 to 1.
        blend: False lays them over opaquely.
        ignore_index: class whose pixels stay as they are.
        data_format: "channels_last", "channels_first"; None is the global choice.

    Returns:
        uint8 (batch, height, width, 3).

    Raises:
        ValueError: images without a batch axis, or masks of another size.
        TypeError: masks that are no whole numbers.
    """
    owner = "draw_segmentation_masks"
    pictures, first = _last_axis(owner, images, data_format)
    masks = np.asarray(segmentation_masks)
    if masks.dtype.kind not in "iu":
        raise TypeError(
            f"{owner}: the masks are {masks.dtype}; class numbers must be integers. "
            'Write for example masks.astype("int32").'
        )
    if masks.ndim == 4:
        masks = masks[:, 0] if first else masks[..., 0]
    if masks.shape != pictures.shape[:3]:
        raise ValueError(
            f"{owner}: masks of shape {masks.shape} for images of shape "
            f"{pictures.shape}. Give one class number for each pixel."
        )
    alpha = check.number(owner, "alpha", alpha, 0, 1, example=0.8)
    count = int(masks.max()) + 1 if num_classes is None else num_classes
    colors = np.array(_colors(count, color_mapping), "float32").reshape(count, 3)
    painted = (masks != ignore_index) & (masks >= 0) & (masks < count)
    pictures = pictures.astype("float32")
    laid = np.where(painted[..., None], colors[np.where(painted, masks, 0)], pictures)
    if blend:
        laid = np.where(
            painted[..., None], pictures * (1 - alpha) + laid * alpha, pictures
        )
    return np.clip(laid, 0, 255).astype("uint8")


def _colors(count: int, mapping: Mapping[int, Color] | None) -> list[Color]:
    if mapping is not None:
        return [mapping[number] for number in range(count)]
    # Numbers without a common factor with 255: neighbours differ in every channel.
    steps = np.array([2**25 - 1, 2**15 - 1, 2**21 - 1])
    return [((number * steps) % 255).tolist() for number in range(count)]


def _last_axis(owner: str, images: ArrayLike, data_format: str | None) -> Any:
    """(images with channels last, whether they came with channels first)."""
    pictures = np.asarray(images)
    if pictures.ndim != 4:
        raise ValueError(
            f"{owner}: the images have the shape {pictures.shape}; a batch of four "
            "axes is needed. Write images[None] for one image."
        )
    first = settings.data_format(owner, data_format) == "channels_first"
    return pictures.transpose(0, 2, 3, 1) if first else pictures, first


def _eight_bits(pictures: np.ndarray) -> np.ndarray:
    if pictures.dtype.kind == "f":
        top = 255 if pictures.size and pictures.max() <= 1 else 1
        pictures = np.clip(pictures * top, 0, 255)
    return np.ascontiguousarray(pictures.astype("uint8"))


def _ordered(box: np.ndarray) -> list[int]:
    """[left, top, right, bottom], also of a box that is turned inside out."""
    x, y = sorted(box[[0, 2]].tolist()), sorted(box[[1, 3]].tolist())
    return [x[0], y[0], x[1], y[1]]


def _text_place(box: np.ndarray, height: float) -> tuple[int, int]:
    """Above the box where there is room, else inside of it."""
    left, top = int(box[0]), int(box[1])
    above = top - height - 4
    return (left, int(above)) if above > 0 else (left + 3, top + 3)


__all__ = ["draw_bounding_boxes", "draw_segmentation_masks"]
