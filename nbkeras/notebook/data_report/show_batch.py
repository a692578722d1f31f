"""`nbkeras.show_batch`: display the images of a batch with their labels."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nbkeras.analysis.image_samples.label_text import label_texts
from nbkeras.analysis.image_samples.samples import CHANNELS, first_batch
from nbkeras.analysis.image_samples.value_range import value_range
from nbkeras.core import check
from nbkeras.notebook.widget import translations
from nbkeras.notebook.widget.static_picture import png_data_url, text

if TYPE_CHECKING:
    from nbkeras.notebook.widget.figures import Figure

COLUMNS = 8
SHOWN_PX = 112
MOST = 256


class ShownBatch:
    """The images of a batch and their labels as text.

    Attributes:
        pictures: (n, height, width, channels), the values of the batch.
        labels: n texts; empty without labels.
        kind: encoding of the labels: "integer", "one-hot", "numbers"...; see
            `label_texts`.
        range: the recognised `ValueRange`.
        total: number of images in the whole batch.
    """

    def __init__(self, pictures, labels, kind, total):
        self.pictures, self.labels, self.kind = pictures, labels, kind
        self.range, self.total = value_range(pictures), total

    def __repr__(self):
        words = translations.table("data_report")
        lines = [self._summary(words)]
        if any(self.labels):
            lines.append(", ".join(self.labels))
        return "\n".join(lines)

    def _repr_html_(self):
        words = translations.table("data_report")
        cells = []
        for n, (pixels, label) in enumerate(
            zip(self._pixels(), self.labels, strict=True)
        ):
            high, wide = pixels.shape[:2]
            share = SHOWN_PX / max(high, wide)
            size = f'width="{max(1, round(wide * share))}"'
            size += f' height="{max(1, round(high * share))}"'
            name = text(label or words["number"].format(n=n + 1))
            caption = f"<figcaption>{text(label)}</figcaption>" if label else ""
            cells.append(
                f'<figure style="display:inline-block;margin:3px;width:{SHOWN_PX}px;'
                "vertical-align:top;text-align:center;font-size:11px;"
                f'overflow-wrap:anywhere"><img alt="{name}" {size} '
                f'style="image-rendering:pixelated" '
                f'src="{png_data_url(pixels)}">{caption}</figure>'
            )
        summary = text(self._summary(words))
        return f'<div lang="{words["lang"]}"><p>{summary}</p>{"".join(cells)}</div>'

    def figure(self) -> "Figure":
        """The images with their labels, as a Matplotlib figure."""
        from nbkeras.notebook.widget.figures import Figure

        columns = min(COLUMNS, len(self.labels))
        rows = -(-len(self.labels) // columns)
        matplotlib_figure = Figure(
            figsize=(1.3 * columns, 1.5 * rows), layout="constrained"
        )
        matplotlib_figure.suptitle(
            self._summary(translations.table("data_report")), fontsize=8
        )
        for axes in np.ravel(matplotlib_figure.subplots(rows, columns, squeeze=False)):
            axes.set_axis_off()
        for axes, pixels, label in zip(
            matplotlib_figure.axes, self._pixels(), self.labels, strict=False
        ):
            gray = pixels.shape[-1] == 1
            image = pixels[..., 0] if gray else pixels
            axes.imshow(image, cmap="gray", vmin=0, vmax=255)
            axes.set_title(label[:28], fontsize=7, parse_math=False)
        return matplotlib_figure

    def _pixels(self):
        """Each image as 8-bit values with 1, 3 or 4 channels."""
        for picture in self.range.to_bytes(self.pictures):
            yield picture if picture.shape[-1] in CHANNELS else picture[..., :1]

    def _summary(self, words):
        rows, columns, channels = self.pictures.shape[1:]
        low, high = self.range.in_words().split(" to ")
        summary = words["batch"].format(
            n=len(self.labels),
            total=self.total,
            shape=f"{rows}×{columns}×{channels}",
            low=low,
            high=high,
        )
        parts = [summary, words[self.kind]]
        if not self.range.known:
            parts.append(words["unusual"])
        if self.range.broken:
            parts.append(words["not_finite"].format(n=self.range.broken))
        if channels not in CHANNELS:
            parts.append(words["gray"].format(n=channels))
        return "; ".join(parts)


def show_batch(
    batch: Any | tuple[Any, Any] | Iterable[Any],
    count: int = 16,
    class_names: Sequence[str] | None = None,
) -> ShownBatch:
    """Display a batch of images with their labels.

    Args:
        batch: (x, y) or x, arrays; or an iterator of batches, such as one from
            ImageDataGenerator or `image_dataset_from_directory`. Iterators of nbkeras
            do not advance; a Python generator loses its next batch.
        count: number of images, at most 256.
        class_names: class names, in the order of the class numbers; by default those
            of the iterator.

    Returns:
        The batch: displayed in a notebook, printed as text elsewhere; `.figure()`,
        `.pictures`, `.labels`, `.range`.

    Raises:
        ValueError: not a batch of images, or a class number without a name.
        TypeError: an object that holds no batches.

    >>> batch = show_batch((np.zeros((2, 8, 8, 1)), [[0, 1], [1, 0]]),
    ...                    class_names=["cat", "dog"])
    >>> batch.labels
    ['dog', 'cat']
    """
    count = check.positive_int("show_batch", "count", count, example=16)
    if count > MOST:
        raise ValueError(
            f"show_batch(count={count}): at most {MOST} are shown. Write count=16."
        )
    is_array = isinstance(batch, tuple | np.ndarray) or hasattr(batch, "__array__")
    if not is_array:
        batch, class_names = first_batch("show_batch", batch, class_names)
    x, y = (batch[0], batch[1]) if isinstance(batch, tuple) else (batch, None)
    if isinstance(x, dict | list) and len(x) == 1:
        x = next(iter(x.values())) if isinstance(x, dict) else x[0]
    x = np.asarray(x)
    x = x[..., None] if x.ndim == 3 else x
    if x.ndim != 4 or not x.size or x.dtype.kind not in "fiub":
        raise ValueError(
            "show_batch: x must be images (count, height, width, channels), got "
            f"{x.dtype} of shape {x.shape}. For one image write show_batch(x[None])."
        )
    if x.shape[-1] not in CHANNELS and x.shape[1] in CHANNELS:
        x = x.transpose(0, 2, 3, 1)  # channels first
    n = min(count, len(x))
    labels, kind = [""] * n, "none"
    if y is not None:
        part = {k: v[:n] for k, v in y.items()} if isinstance(y, dict) else y[:n]
        labels, kind = label_texts(part, class_names)
    return ShownBatch(x[:n], labels, kind, len(x))
