"""The Matplotlib figure and the static SVG of the maps."""

import base64
import io

import numpy as np

from nbkeras.notebook.explanation.session import heat_bytes
from nbkeras.notebook.widget.charts import chart_svg

CELL, GAP, TEXT = 148, 10, 58
# From dark to bright, after Matplotlib's "inferno".
STOPS = np.array(
    [[0, 0, 4], [87, 16, 110], [188, 55, 84], [249, 142, 9], [252, 255, 164]], "float32"
)


def overlay(picture, heat, strength=0.8):
    """Overlay a map (height, width) uint8 on an image (height, width, 1 or 3); RGB."""
    gray = picture.astype("float32")
    base = np.broadcast_to(gray, (*gray.shape[:2], 3))
    share = heat.astype("float32")[..., None] / 255
    colours = np.stack(
        [np.interp(share[..., 0], np.linspace(0, 1, 5), STOPS[:, i]) for i in range(3)],
        axis=-1,
    )
    mixed = base + (colours - base) * share * strength
    return np.rint(mixed).clip(0, 255).astype("uint8")


def figure(session, item, index, words):
    """The image, its maps and their curves as a Matplotlib figure."""
    from nbkeras.notebook.widget.figures import Figure

    picture = session.picture(index)
    columns = len(item.maps) + 1
    matplotlib_figure = Figure(figsize=(2.2 * columns, 4.2), layout="constrained")
    axes = matplotlib_figure.subplots(2, columns, height_ratios=[3, 2])
    for cell in axes.ravel():
        cell.set_axis_off()
    axes[0, 0].imshow(np.broadcast_to(picture, (*picture.shape[:2], 3)))
    name = session.name_of(item.label)
    title = words["why"].format(name=name)
    axes[0, 0].set_title(title[:40], fontsize=9, parse_math=False)
    for column, (method, pixel_map) in enumerate(item.maps.items(), 1):
        top, below = axes[0, column], axes[1, column]
        top.imshow(overlay(picture, heat_bytes(pixel_map.heat)))
        verdict = item.verdict(method)
        parts = [words[method], *([words[verdict]] if verdict else [])]
        top.set_title("\n".join(parts), fontsize=8, parse_math=False)
        if pixel_map.deletion is None:
            continue
        below.set_axis_on()
        below.plot(item.fractions, pixel_map.deletion, color="#0b66b5")
        below.plot(item.fractions, pixel_map.insertion, color="#c2500a")
        for curves in (item.random_deletion, item.random_insertion):
            band = curves.min(axis=0), curves.max(axis=0)
            below.fill_between(item.fractions, *band, color="#5b6470", alpha=0.25)
        below.set_title(
            f"{words['deletion']} {pixel_map.deletion_area:.3f}\n"
            f"{words['insertion']} {pixel_map.insertion_area:.3f}",
            fontsize=7,
            parse_math=False,
        )
        below.tick_params(labelsize=6)
    return matplotlib_figure


def draw(session, item, index, words):
    """(svg, caption): the image, the maps, and their fidelity."""
    picture = session.picture(index)
    plain = np.broadcast_to(picture, (*picture.shape[:2], 3))
    why = words["why"].format(name=session.name_of(item.label))
    cells = [_cell(0, plain, [why[:26]])]
    for place, (method, pixel_map) in enumerate(item.maps.items(), 1):
        lines = [words[method]]
        if pixel_map.deletion_area is not None:
            lines.append(
                f"{words['deletion']} {pixel_map.deletion_area:.3f}, "
                f"{words['insertion']} {pixel_map.insertion_area:.3f}"
            )
        if verdict := item.verdict(method):
            lines.append(words[verdict])
        mixed = overlay(picture, heat_bytes(pixel_map.heat))
        cells.append(_cell(place, mixed, lines))
    wide = len(cells) * (CELL + GAP) + GAP
    svg = chart_svg.document(wide, CELL + 2 * GAP + TEXT, *cells)
    return svg, caption(session, item, words)


def caption(session, item, words):
    """The caption: the explained class and the fidelity of each map."""
    parts = []
    for method, pixel_map in item.maps.items():
        verdict = item.verdict(method)
        if pixel_map.deletion_area is None or verdict is None:
            continue
        parts.append(
            words["caption_map"].format(
                method=words[method],
                deletion=f"{pixel_map.deletion_area:.3f}",
                insertion=f"{pixel_map.insertion_area:.3f}",
                verdict=words[verdict].lower(),
            )
        )
    return words["caption"].format(
        name=session.name_of(item.label),
        confidence=f"{item.confidences[item.label]:.3g}",
        maps=words["list_gap"].join(parts),
    )


def _cell(place, pixels, lines):
    left = place * (CELL + GAP) + GAP
    box = {"x": left, "y": GAP, "width": CELL, "height": CELL}
    coarse = max(pixels.shape[:2]) < 100
    style = "image-rendering:pixelated" if coarse else None
    data = base64.b64encode(_jpeg(pixels, coarse)).decode()
    kind = "png" if coarse else "jpeg"
    href = f"data:image/{kind};base64,{data}"
    parts = [chart_svg.element("image", **box, href=href, style=style)]
    for number, line in enumerate(lines):
        weight = 600 if number == 0 else None
        y = CELL + 2 * GAP + 8 + 16 * number
        parts.append(chart_svg.label(left, y, line, font_weight=weight, fill="#1c2024"))
    return "".join(parts)


def _jpeg(pixels, coarse):
    from PIL import Image

    file = io.BytesIO()
    image = Image.fromarray(np.ascontiguousarray(pixels))
    image.save(file, *(("PNG",) if coarse else ("JPEG",)))
    return file.getvalue()
