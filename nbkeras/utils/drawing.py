"""Draw bounding boxes and segmentation masks on images."""

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
    """Draw bounding boxes and class names on images.

    Args:
        images: (batch, height, width, 3), 0-255, or 0-1 if no value is above 1.
        bounding_boxes: {"boxes": (batch, n, 4), "labels": (batch, n)}, optionally with
            "confidences" (batch, n); boxes with the label -1 are not drawn.
        bounding_box_format: see `utils.bounding_boxes.convert_format`.
        class_mapping: {class number: name}; other classes have no name.
        color: (red, green, blue), 0-255.
        line_thickness: thickness of the lines in pixels.
        text_thickness: thickness of the text in pixels.
        font_scale: size of the text; 1 is 18 pixels.
        data_format: "channels_last" or "channels_first"; None is the global setting.

    Returns:
        uint8, in the shape of `images`.

    Raises:
        ValueError: `images` has no batch axis, or "boxes" or "labels" is missing.
        TypeError: `bounding_boxes` is not a dict.
    """
    from PIL import Image, ImageDraw, ImageFont

    owner = "draw_bounding_boxes"
    batch, is_channels_first = _last_axis(owner, images, data_format)
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
    height, width = batch.shape[1:3]
    corners = np.asarray(
        convert_format(
            bounding_boxes["boxes"], bounding_box_format, "xyxy", height, width
        )
    ).astype(int)
    labels = np.asarray(bounding_boxes["labels"]).astype(int)
    confidences = bounding_boxes.get("confidences")
    font = ImageFont.load_default(_FONT_PX * font_scale)
    outline, drawn = tuple(color), []
    for number, picture in enumerate(_eight_bits(batch)):
        image = Image.fromarray(picture)
        draw = ImageDraw.Draw(image)
        for row, (box, label) in enumerate(
            zip(corners[number], labels[number], strict=True)
        ):
            if label == -1:
                continue
            draw.rectangle(_ordered(box), outline=outline, width=line_thickness)
            if int(label) not in (class_mapping or {}):
                continue
            text = str(class_mapping[int(label)])
            if confidences is not None:
                text += f" | {float(np.asarray(confidences)[number, row]):.2f}"
            stroke = max((text_thickness or line_thickness) - 1, 0)
            position = _text_place(box, _FONT_PX * font_scale + stroke)
            draw.text(position, text, fill=outline, font=font, stroke_width=stroke)
        drawn.append(np.asarray(image))
    result = np.stack(drawn)
    return result.transpose(0, 3, 1, 2) if is_channels_first else result


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
    """Draw segmentation masks on images: the class of each pixel as a colour.

    Args:
        images: (batch, height, width, 3), 0-255.
        segmentation_masks: class numbers, integers (batch, height, width, 1) or
            (batch, height, width).
        num_classes: number of classes; None is the largest class number + 1.
        color_mapping: {class number: (red, green, blue)}; None chooses colours.
        alpha: opacity of the colours, from 0 to 1.
        blend: False draws opaque colours.
        ignore_index: class whose pixels are not coloured.
        data_format: "channels_last" or "channels_first"; None is the global setting.

    Returns:
        uint8 (batch, height, width, 3).

    Raises:
        ValueError: `images` has no batch axis, or the masks have another size.
        TypeError: the masks are not integers.
    """
    owner = "draw_segmentation_masks"
    batch, is_channels_first = _last_axis(owner, images, data_format)
    masks = np.asarray(segmentation_masks)
    if masks.dtype.kind not in "iu":
        raise TypeError(
            f"{owner}: the masks are {masks.dtype}; class numbers must be integers. "
            'Write for example masks.astype("int32").'
        )
    if masks.ndim == 4:
        masks = masks[:, 0] if is_channels_first else masks[..., 0]
    if masks.shape != batch.shape[:3]:
        raise ValueError(
            f"{owner}: masks of shape {masks.shape} for images of shape "
            f"{batch.shape}. Give one class number for each pixel."
        )
    alpha = check.number(owner, "alpha", alpha, 0, 1, example=0.8)
    count = int(masks.max()) + 1 if num_classes is None else num_classes
    colors = np.array(_colors(count, color_mapping), "float32").reshape(count, 3)
    is_coloured = (masks != ignore_index) & (masks >= 0) & (masks < count)
    batch = batch.astype("float32")
    overlay = np.where(
        is_coloured[..., None], colors[np.where(is_coloured, masks, 0)], batch
    )
    if blend:
        overlay = np.where(
            is_coloured[..., None], batch * (1 - alpha) + overlay * alpha, batch
        )
    return np.clip(overlay, 0, 255).astype("uint8")


def _colors(count: int, mapping: Mapping[int, Color] | None) -> list[Color]:
    if mapping is not None:
        return [mapping[number] for number in range(count)]
    # Steps without a common factor with 255: adjacent classes differ in every channel.
    steps = np.array([2**25 - 1, 2**15 - 1, 2**21 - 1])
    return [((number * steps) % 255).tolist() for number in range(count)]


def _last_axis(owner: str, images: ArrayLike, data_format: str | None) -> Any:
    """(images with channels last, whether `images` has channels first)."""
    batch = np.asarray(images)
    if batch.ndim != 4:
        raise ValueError(
            f"{owner}: the images have the shape {batch.shape}; a batch of four "
            "axes is needed. Write images[None] for one image."
        )
    is_channels_first = settings.data_format(owner, data_format) == "channels_first"
    return batch.transpose(
        0, 2, 3, 1
    ) if is_channels_first else batch, is_channels_first


def _eight_bits(pictures: np.ndarray) -> np.ndarray:
    if pictures.dtype.kind == "f":
        top = 255 if pictures.size and pictures.max() <= 1 else 1
        pictures = np.clip(pictures * top, 0, 255)
    return np.ascontiguousarray(pictures.astype("uint8"))


def _ordered(box: np.ndarray) -> list[int]:
    """[left, top, right, bottom], also if the corners of the box are swapped."""
    x, y = sorted(box[[0, 2]].tolist()), sorted(box[[1, 3]].tolist())
    return [x[0], y[0], x[1], y[1]]


def _text_place(box: np.ndarray, height: float) -> tuple[int, int]:
    """Position of the text: above the box if there is space, else inside it."""
    left, top = int(box[0]), int(box[1])
    above = top - height - 4
    return (left, int(above)) if above > 0 else (left + 3, top + 3)


__all__ = ["draw_bounding_boxes", "draw_segmentation_masks"]
