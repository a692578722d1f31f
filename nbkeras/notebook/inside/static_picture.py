"""The Matplotlib figure and the static SVG of a network's inside."""

import numpy as np

from nbkeras.notebook.widget.charts import chart_svg
from nbkeras.notebook.widget.charts.colours import colours
from nbkeras.notebook.widget.static_picture import png_data_url

TILES, SIDE, GAP = 10, 46, 4
LABEL_PX, ANSWER_PX, PICTURE_PX = 118, 190, 150
ROWS = 9  # most rows of a static picture


def open_rows(view):
    """[(title, uint8 (n, h, w))] of the open rows, with one scale per layer."""
    tiles, scales = (
        np.frombuffer(view.tiles, "uint8"),
        np.frombuffer(view.scales, "<f4"),
    )
    names = {row["row"]: row for row in view.rows}
    shown, first = [], 0
    for (at, start, n, height, width), top in zip(view.index, view.tops, strict=True):
        block = tiles[start : start + n * height * width].reshape(n, height, width)
        share = scales[first : first + n, None, None] / (top or 1)
        first += n
        block = np.rint((block.astype("float32") - 128) * share + 128).astype("uint8")
        row = names[at]
        shown.append((row["name"] or view.words["picture_row"], row, block))
    return shown


def figure(view, words):
    """The image, the first channels of the open rows and the output, in Matplotlib."""
    from nbkeras.notebook.widget.figures import Figure

    rows = open_rows(view)
    columns = min(8, max([len(block) for _, _, block in rows] + [1]))
    result = Figure(figsize=(2.4 + 0.85 * columns, 0.9 * len(rows) + 1.9))
    grid = result.add_gridspec(
        len(rows) + 2, columns + 2, hspace=0.35, left=0.02, right=0.98
    )
    picture = result.add_subplot(grid[:2, :2])
    pixels = np.frombuffer(view.picture, "uint8").reshape(view.picture_shape)
    gray = pixels.shape[-1] == 1
    picture.imshow(pixels[..., 0] if gray else pixels, cmap="gray", vmin=0, vmax=255)
    picture.set_axis_off()
    bars = result.add_subplot(grid[:2, 3:])
    _bars(bars, view)
    for i, (name, _, block) in enumerate(rows):
        for k in range(min(len(block), columns)):
            axes = result.add_subplot(grid[i + 2, k + 2])
            axes.imshow(colours(block[k]))
            axes.set_axis_off()
        label = result.add_subplot(grid[i + 2, :2])
        label.set_axis_off()
        label.text(0, 0.5, name, fontsize=7, va="center", parse_math=False)
    return result


def _bars(axes, view):
    bars = view.answer.get("bars", [])
    values = [_number(bar[1]) for bar in bars]
    axes.barh(range(len(bars)), values, color="#0b66b5")
    axes.set_yticks(range(len(bars)), [bar[0][:24] for bar in bars], fontsize=7)
    for label in axes.get_yticklabels():
        label.set_parse_math(False)
    axes.invert_yaxis()
    axes.tick_params(axis="x", labelsize=7)


def _number(value):
    return value if isinstance(value, int | float) else 0.0


def draw(view, words):
    """(svg, caption): the image, strips of tiles, and the output."""
    rows = open_rows(view)[:ROWS]
    left = PICTURE_PX + 3 * GAP
    parts = [_picture(view)]
    top = GAP
    for name, row, block in rows:
        parts.append(_strip(name, row, block, left, top))
        top += SIDE + GAP
    right = left + LABEL_PX + TILES * (SIDE + GAP)
    parts.append(_answer(view, 3 * GAP, PICTURE_PX + 6 * GAP))
    bars = len(view.answer.get("bars", []))
    height = max(top, PICTURE_PX + 8 * GAP + 15 * bars)
    svg = chart_svg.document(right, height, *parts, fill="#1c2024")
    title = words["title"]
    if view.name:
        title = words["labelled"].format(label=title, text=view.name)
    best = view.answer.get("best", "")
    answer = words["caption_answer"].format(name=best) if best else ""
    caption = words["caption"].format(n=len(view.rows) - 1)
    sentences = [f"{title}{words['full_stop']}", caption, answer]
    return svg, words["gap"].join(filter(None, sentences))


def _picture(view):
    pixels = np.frombuffer(view.picture, "uint8").reshape(view.picture_shape)
    step = max(1, max(pixels.shape[:2]) // (2 * PICTURE_PX))
    place = {"x": GAP, "y": GAP, "width": PICTURE_PX, "height": PICTURE_PX}
    return _image(pixels[::step, ::step], **place)


def _strip(name, row, block, left, top):
    """The name of a row, and its first tiles as one image."""
    shown = block[:TILES]
    step = max(1, max(shown.shape[1:]) // SIDE)
    shown = colours(shown[:, ::step, ::step])
    gap = 1 if max(shown.shape[1:3]) < 24 else 2
    wide = np.full((*shown.shape[:2], gap, 3), 255, "uint8")
    cells = np.concatenate([shown, wide], 2)
    strip = np.concatenate(list(cells), 1)
    width = len(shown) * (SIDE + GAP)
    side = min(SIDE, SIDE * strip.shape[0] * len(shown) / max(strip.shape[1], 1))
    place = {"x": left + LABEL_PX, "y": top, "width": width, "height": max(side, 12)}
    shape = " × ".join(str(n) for n in row["shape"])
    short = name if len(name) < 20 else f"…{name[-18:]}"
    return (
        chart_svg.label(left, top + 18, short)
        + chart_svg.label(left, top + 33, shape, fill="#5b6470")
        + _image(strip, **place)
    )


def _answer(view, left, top):
    parts = []
    bars = view.answer.get("bars", [])
    largest = max([abs(_number(bar[1])) for bar in bars] + [1e-30])
    if view.answer.get("kind") == "probability":
        largest = 1.0
    for i, (name, value, _) in enumerate(bars):
        y = top + 15 * i
        width = max(0.5, 80 * abs(_number(value)) / largest)
        parts.append(chart_svg.label(left + 42, y + 9, name[:7], class_="e"))
        bar = {"x": left + 48, "y": y, "width": chart_svg.pixel(width), "height": 10}
        parts.append(chart_svg.element("rect", **bar, fill="#0b66b5"))
        shown = f"{_number(value):.3g}"
        parts.append(chart_svg.label(left + 52 + width, y + 9, shown, fill="#5b6470"))
    return "".join(parts)


def _image(pixels, **place):
    return chart_svg.element(
        "image",
        **place,
        href=png_data_url(pixels),
        preserveAspectRatio="none",
        style="image-rendering:pixelated",
    )
