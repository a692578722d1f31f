"""Image galleries as Matplotlib figures: with labels, boxes or masks."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib import patches
from numpy.typing import ArrayLike

from nbkeras.core import settings
from nbkeras.core.annotations import DataFormat, PathLike
from nbkeras.notebook.widget import translations
from nbkeras.notebook.widget.figures import Figure
from nbkeras.utils.drawing import draw_bounding_boxes, draw_segmentation_masks


def plot_image_gallery(
    images: ArrayLike,
    y_true: Any = None,
    y_pred: Any = None,
    label_map: Mapping[int, str] | None = None,
    rows: int | None = None,
    cols: int | None = None,
    value_range: tuple[float, float] = (0, 255),
    scale: float = 2,
    path: PathLike | None = None,
    show: bool | None = None,
    transparent: bool = True,
    dpi: float = 60,
    legend_handles: Sequence[Any] | None = None,
    data_format: DataFormat | None = None,
) -> Any:
    """Plot images in a grid, with the names of their classes.

    Args:
        images: (batch, height, width, channels).
        y_true: (batch,) true class numbers, or None.
        y_pred: (batch,) predicted class numbers, or None.
        label_map: {class number: name}, for y_true and y_pred.
        rows: number of rows; None for about as many as columns.
        cols: number of columns; None for as many as needed.
        value_range: (lowest, highest) value of the images.
        scale: size of an image in inches.
        path: file to save the figure to, or None.
        show: accepted as in Keras; a notebook shows a cell's last figure.
        transparent: save without a background.
        dpi: pixels per inch.
        legend_handles: Matplotlib patches for a legend, or None.
        data_format: "channels_last" or "channels_first"; None for the global setting.

    Returns:
        The figure; None if it was saved to `path`.

    Raises:
        ValueError: images have no batch axis, classes are given without `label_map`, or
            both `path` and `show` are given.
    """
    owner = "plot_image_gallery"
    if path is not None and show:
        raise ValueError(
            f"{owner}(path={str(path)!r}, show=True): a gallery is either saved or "
            "shown. Leave one of them out."
        )
    if (y_true is not None or y_pred is not None) and label_map is None:
        raise ValueError(
            f"{owner}: y_true and y_pred need the names of the classes. Write for "
            "example label_map={0: 'cat', 1: 'dog'}."
        )
    pictures = _pictures(owner, images, data_format)
    low, high = value_range
    pictures = np.clip((pictures - low) / (high - low) * 255, 0, 255).astype("uint8")
    rows, cols = _grid(len(pictures), rows, cols)
    words = translations.table("data_report")
    figure = Figure(figsize=(cols * scale, rows * scale), layout="tight", dpi=dpi)
    for number, picture in enumerate(pictures[: rows * cols]):
        axes = figure.add_subplot(rows, cols, number + 1)
        axes.imshow(picture[..., 0] if picture.shape[-1] == 1 else picture, cmap="gray")
        axes.axis("off")
        title = []
        for key, labels in (("true_class", y_true), ("predicted_class", y_pred)):
            if labels is not None and number < len(labels):
                label = int(np.asarray(labels)[number])
                name = label_map.get(label, words["unknown_class"])
                title.append(words[key].format(name=name))
        if title:
            axes.set_title("  ".join(title), fontsize=8)
    if legend_handles is not None:
        figure.legend(handles=legend_handles, loc="lower center")
    if path is None:
        return figure
    figure.savefig(
        path, pad_inches=0, bbox_inches="tight", transparent=transparent, dpi=dpi
    )
    return None


def plot_bounding_box_gallery(
    images: ArrayLike,
    bounding_box_format: str,
    y_true: Any = None,
    y_pred: Any = None,
    value_range: tuple[float, float] = (0, 255),
    true_color: tuple[int, int, int] = (0, 188, 212),
    pred_color: tuple[int, int, int] = (255, 235, 59),
    line_thickness: float = 2,
    font_scale: float = 1.0,
    text_thickness: float | None = None,
    class_mapping: Mapping[int, str] | None = None,
    ground_truth_mapping: Mapping[int, str] | None = None,
    prediction_mapping: Mapping[int, str] | None = None,
    legend: bool = False,
    legend_handles: Sequence[Any] | None = None,
    rows: int | None = None,
    cols: int | None = None,
    data_format: DataFormat | None = None,
    **kwargs: Any,
) -> Any:
    """Plot images in a grid, with true and predicted bounding boxes.

    Args:
        images: (batch, height, width, 3).
        bounding_box_format: see `utils.bounding_boxes.convert_format`.
        y_true: {"boxes": (batch, n, 4), "labels": (batch, n)}, or None.
        y_pred: likewise, optionally with "confidences" (batch, n).
        value_range: (lowest, highest) value of the images.
        true_color: red, green and blue of the true boxes.
        pred_color: red, green and blue of the predicted boxes.
        line_thickness: in pixels.
        font_scale: font size; 1 is 18 pixels.
        text_thickness: thickness of the text outline; None for `line_thickness`.
        class_mapping: {class number: name} for true and predicted boxes.
        ground_truth_mapping: {class number: name} for true boxes only.
        prediction_mapping: {class number: name} for predicted boxes only.
        legend: show a legend of the two colours.
        legend_handles: Matplotlib patches for another legend.
        rows: as in `plot_image_gallery`.
        cols: as in `plot_image_gallery`.
        data_format: "channels_last" or "channels_first"; None for the global setting.
        **kwargs: as in `plot_image_gallery`.

    Returns:
        The figure; None if it was saved to `path`.

    Raises:
        ValueError: both `legend` and `legend_handles` are given.
    """
    if legend and legend_handles:
        raise ValueError(
            "plot_bounding_box_gallery(legend=True, legend_handles=...): leave one of "
            "them out."
        )
    plotted = _pictures("plot_bounding_box_gallery", images, data_format)
    low, high = value_range
    plotted = np.clip((plotted - low) / (high - low) * 255, 0, 255).astype("uint8")
    for boxes, color, names in (
        (y_true, true_color, ground_truth_mapping or class_mapping),
        (y_pred, pred_color, prediction_mapping or class_mapping),
    ):
        if boxes is not None:
            plotted = draw_bounding_boxes(
                plotted,
                boxes,
                bounding_box_format,
                names,
                color,
                line_thickness,
                text_thickness,
                font_scale,
                "channels_last",
            )
    if legend:
        legend_handles = _handles(true_color, pred_color)
    return plot_image_gallery(
        plotted,
        legend_handles=legend_handles,
        rows=rows,
        cols=cols,
        data_format="channels_last",
        **kwargs,
    )


def _handles(true_color, pred_color):
    """Legend handles of the two colours."""
    words = translations.table("data_report")
    return [
        patches.Patch(color=np.array(color) / 255, label=words[key])
        for color, key in ((true_color, "true_boxes"), (pred_color, "predicted_boxes"))
    ]


def plot_segmentation_mask_gallery(
    images: ArrayLike,
    num_classes: int,
    value_range: tuple[float, float] = (0, 255),
    y_true: Any = None,
    y_pred: Any = None,
    color_mapping: Mapping[int, Sequence[int]] | None = None,
    blend: bool = True,
    alpha: float = 0.8,
    ignore_index: int | None = -1,
    data_format: DataFormat | None = None,
    **kwargs: Any,
) -> Any:
    """Plot images in a grid, with true and predicted segmentation masks.

    Args:
        images: (batch, height, width, 3).
        num_classes: number of classes.
        value_range: (lowest, highest) value of the images.
        y_true: integers (batch, height, width, 1), or None.
        y_pred: likewise.
        color_mapping: {class number: (red, green, blue)}; None for default colours.
        blend: blend the colours with the image; False draws them opaque.
        alpha: opacity of the colours, from 0 to 1.
        ignore_index: class whose pixels are not coloured.
        data_format: "channels_last" or "channels_first"; None for the global setting.
        **kwargs: as in `plot_image_gallery`.

    Returns:
        The figure, one row per image; None if it was saved to `path`.
    """
    pictures = _pictures("plot_segmentation_mask_gallery", images, data_format)
    low, high = value_range
    pictures = np.clip((pictures - low) / (high - low) * 255, 0, 255).astype("uint8")
    columns = [pictures]
    for masks in (y_true, y_pred):
        if masks is not None:
            columns.append(
                draw_segmentation_masks(
                    pictures,
                    masks,
                    num_classes,
                    color_mapping,
                    alpha,
                    blend,
                    ignore_index,
                    "channels_last",
                )
            )
    beside = np.stack(columns, axis=1).reshape(-1, *pictures.shape[1:])
    kwargs = {"rows": len(pictures), "cols": len(columns), **kwargs}
    return plot_image_gallery(beside, data_format="channels_last", **kwargs)


def _pictures(owner, images, data_format):
    """The images with channels last."""
    pictures = np.asarray(images)
    if pictures.ndim != 4:
        raise ValueError(
            f"{owner}: the images have the shape {pictures.shape}; a batch of four "
            "axes is needed. Write images[None] for one image."
        )
    if settings.data_format(owner, data_format) == "channels_first":
        return pictures.transpose(0, 2, 3, 1)
    return pictures


def _grid(count, rows, cols):
    """(rows, columns) that fit all images, unless both are given."""
    rows = rows or math.ceil(math.sqrt(count) if cols is None else count / cols)
    return rows, cols or math.ceil(count / rows)


__all__ = [
    "plot_bounding_box_gallery",
    "plot_image_gallery",
    "plot_segmentation_mask_gallery",
]
