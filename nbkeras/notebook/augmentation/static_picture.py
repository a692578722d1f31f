"""The Matplotlib figure and the static SVG of the studio."""

import base64
import io

import numpy as np

from nbkeras.notebook.widget.charts import chart_svg

COLUMNS, CELL, GAP = 7, 84, 6


def figure(studio, words):
    """The original and its variants as a Matplotlib figure."""
    from nbkeras.notebook.widget.figures import Figure

    original, variants = _pictures(studio)
    names = [words["original"], *_named(studio, words)]
    columns = min(COLUMNS, len(names))
    rows = -(-len(names) // columns)
    matplotlib_figure = Figure(
        figsize=(1.45 * columns, 1.65 * rows), layout="constrained"
    )
    for axes in np.ravel(matplotlib_figure.subplots(rows, columns, squeeze=False)):
        axes.set_axis_off()
    for axes, picture, name in zip(
        matplotlib_figure.axes, [original, *variants], names, strict=False
    ):
        gray = picture.shape[-1] == 1
        axes.imshow(picture[..., 0] if gray else picture, cmap="gray", vmin=0, vmax=255)
        axes.set_title(name, fontsize=7, parse_math=False)
    label = studio.labels[studio.at]
    if label:
        matplotlib_figure.suptitle(label[:80], fontsize=9, parse_math=False)
    return matplotlib_figure


def draw(studio, words):
    """(svg, caption): the framed original with its variants, and the code."""
    original, variants = _pictures(studio)
    cells = [_cell(original, 0, True)]
    cells += [_cell(picture, i + 1) for i, picture in enumerate(variants)]
    rows = -(-len(cells) // COLUMNS)
    wide, high = (n * (CELL + GAP) + GAP for n in (min(COLUMNS, len(cells)), rows))
    picture = chart_svg.document(wide, high, *cells)
    line = " ".join(studio.code.split("\n\n")[-1].split())
    label = studio.labels[studio.at]
    title = words["title"]
    if label:
        title = words["labelled"].format(label=title, text=label)
    caption = words["caption"].format(n=len(variants), code=line)
    return picture, f"{title}{words['full_stop']}{words['gap']}{caption}"


def _pictures(studio):
    original = np.frombuffer(studio.original, "uint8").reshape(studio.original_shape)
    return original, np.frombuffer(studio.pictures, "uint8").reshape(studio.shape)


def _named(studio, words):
    plain = studio.mode == "extremes" or studio.names[0].startswith("seed=")
    return [n if plain else words["variant"].format(n=n) for n in studio.names]


def _cell(picture, i, framed=False):
    left, top = (n * (CELL + GAP) + GAP for n in (i % COLUMNS, i // COLUMNS))
    place = {"x": left, "y": top, "width": CELL, "height": CELL}
    # Downsample to the displayed size, to keep the saved notebook small.
    step = max(1, max(picture.shape[:2]) // (CELL + CELL // 2))
    data = base64.b64encode(_small(picture[::step, ::step])).decode()
    image = chart_svg.element("image", **place, href=f"data:image/jpeg;base64,{data}")
    if not framed:
        return image
    style = {"fill": "none", "stroke": "#c2500a", "stroke_width": 3}
    return image + chart_svg.element("rect", **place, **style)


def _small(picture):
    from PIL import Image

    if picture.shape[-1] == 1:
        image = Image.fromarray(np.ascontiguousarray(picture[..., 0]))
    else:
        image = Image.fromarray(np.ascontiguousarray(picture[..., :3]))
    image.thumbnail((CELL, CELL))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=80)
    return file.getvalue()
