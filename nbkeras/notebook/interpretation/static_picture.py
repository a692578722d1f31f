"""The Matplotlib figure and the static SVG of an interpretation."""

import base64
import io

import numpy as np

from nbkeras.analysis.interpretation.interpretation import Interpretation
from nbkeras.notebook.widget.charts import chart_svg

SIDE, CELL, GAP, LEFT = 260, 62, 8, 92
MOST = 20  # most classes in the small matrix
PICTURES = 10
TEXT_PX = 6.2


def figure(session, projection, words):
    """Confusion matrix, reliability diagram and feature map, or the residuals."""
    from nbkeras.notebook.widget.figures import Figure

    result = session.result
    columns = 3 if isinstance(result, Interpretation) else 2
    matplotlib_figure = Figure(figsize=(4.4 * columns, 4.2), layout="constrained")
    axes = matplotlib_figure.subplots(1, columns)
    if isinstance(result, Interpretation):
        _matrix_axes(axes[0], result, words)
        _reliability_axes(axes[1], result, words)
        if result.features is not None:
            _map_axes(axes[2], result, session.map_traits(projection), words)
        else:
            axes[2].set_axis_off()
        return matplotlib_figure
    axes[0].plot(result.targets[:, 0], result.predictions[:, 0], "o", ms=4, alpha=0.4)
    ends = [result.targets[:, 0].min(), result.targets[:, 0].max()]
    axes[0].plot(ends, ends, color="#5b6470", lw=1)
    axes[0].set_title(words["dots"], fontsize=9, parse_math=False)
    axes[1].hist(result.residuals[:, 0], bins=30, color="#0b66b5")
    axes[1].set_title(words["residuals"], fontsize=9, parse_math=False)
    return matplotlib_figure


def _matrix_axes(axes, result, words):
    share = result.confusion / np.maximum(
        result.confusion.sum(axis=1, keepdims=True), 1
    )
    axes.imshow(share, cmap="Blues", vmin=0, vmax=1)
    names = [name[:18] for name in result.class_names]
    places = range(len(names))
    axes.set_xticks(places, names, rotation=90, fontsize=7, parse_math=False)
    axes.set_yticks(places, names, fontsize=7, parse_math=False)
    axes.set(xlabel=words["predicted"], ylabel=words["label"])
    if len(names) <= MOST:
        for i, j in zip(*np.nonzero(result.confusion), strict=True):
            colour = "white" if share[i, j] > 0.5 else "black"
            number = str(result.confusion[i, j])
            axes.text(j, i, number, ha="center", va="center", color=colour, fontsize=6)


def _reliability_axes(axes, result, words):
    diagram = result.calibration
    middle, wide = (diagram.edges[:-1] + diagram.edges[1:]) / 2, np.diff(diagram.edges)
    axes.bar(middle, np.nan_to_num(diagram.accuracy), wide * 0.9, color="#0b66b5")
    axes.plot([0, 1], [0, 1], color="#5b6470", lw=1)
    axes.set_title(f"{words['ece']} {diagram.ece:.3f}", fontsize=9, parse_math=False)


def _map_axes(axes, result, traits, words):
    points = np.frombuffer(traits["points"], "<f4").reshape(-1, 2)
    labels = np.frombuffer(traits["point_classes"], "<i2").reshape(-1, 2)[:, 0]
    axes.scatter(*points.T, c=labels, cmap="tab10", s=8)
    axes.set_title(words["features"], fontsize=9, parse_math=False)
    axes.set_xticks([])
    axes.set_yticks([])


def draw(session, words):
    """(svg, caption): the confusion matrix and the most confident mistakes."""
    result = session.result
    if not isinstance(result, Interpretation):
        numbers = {
            "n": f"{len(result):,}",
            "mae": f"{result.mean_absolute_error[0]:.4g}",
            "rmse": f"{result.root_mean_squared_error[0]:.4g}",
            "bias": f"{result.bias[0]:+.4g}",
        }
        return _dots(result), words["caption_numbers"].format(**numbers)
    mistakes = result.mistakes[:PICTURES]
    pictures = result.pictures.get(mistakes.tolist()) if result.pictures else []
    cells = [
        _mistake(place, picture, result, row)
        for place, (picture, row) in enumerate(zip(pictures, mistakes, strict=False))
    ]
    wide = LEFT + SIDE + 2 * GAP + (5 * (CELL + 2 * GAP) if cells else 0)
    svg = chart_svg.document(wide, SIDE + 80, _matrix(result), *cells)
    numbers = {
        "n": f"{len(result):,}",
        "accuracy": f"{result.accuracy:.3f}",
        "mistakes": f"{len(result.mistakes):,}",
        "ece": f"{result.calibration.ece:.3f}",
        "suspects": f"{len(result.suspects.rows):,}",
    }
    return svg, words["caption"].format(**numbers)


def _matrix(result):
    shown = min(len(result.class_names), MOST)
    confusion = result.confusion[:shown, :shown]
    share = confusion / np.maximum(result.confusion[:shown].sum(axis=1)[:, None], 1)
    side, parts = SIDE / shown, []
    for i in range(shown):
        name = _cut(result.class_names[i], LEFT - 16)
        middle = GAP + (i + 0.5) * side
        parts.append(chart_svg.label(LEFT - 6, middle + 4, name, class_="e"))
        place = LEFT + (i + 0.5) * side
        turn = f"rotate(45 {chart_svg.pixel(place)} {SIDE + 20})"
        below = _cut(result.class_names[i], 80)
        parts.append(chart_svg.label(place, SIDE + 20, below, transform=turn))
        for j in range(shown):
            shade = f"rgb({_shade(share[i, j])})"
            box = {"x": chart_svg.pixel(LEFT + j * side), "width": round(side - 1, 1)}
            box |= {"y": chart_svg.pixel(GAP + i * side), "height": round(side - 1, 1)}
            parts.append(chart_svg.element("rect", **box, fill=shade))
            if confusion[i, j] and shown <= 12:
                ink = "#fff" if share[i, j] > 0.5 else "#1c2024"
                number = str(confusion[i, j])
                at = (LEFT + (j + 0.5) * side, middle + 4)
                parts.append(chart_svg.label(*at, number, class_="m", fill=ink))
    return "".join(parts)


def _shade(share):
    light, dark = np.array([238, 242, 247]), np.array([11, 102, 181])
    mixed = light + (dark - light) * min(float(share) ** 0.6, 1.0)
    return ",".join(str(int(value)) for value in mixed)


def _mistake(place, picture, result, row):
    from PIL import Image

    column, line = place % 5, place // 5
    left = LEFT + SIDE + 2 * GAP + column * (CELL + 2 * GAP)
    top = GAP + line * (CELL + 66)
    file = io.BytesIO()
    pixels = picture[..., 0] if picture.shape[-1] == 1 else picture
    Image.fromarray(np.ascontiguousarray(pixels)).save(file, "PNG")
    href = f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
    box = {"x": left, "y": top, "width": CELL, "height": CELL}
    names = result.class_names
    lines = [
        _cut(names[result.labels[row]], CELL + 10),
        f"→ {_cut(names[result.predicted[row]], CELL)}",
        f"{100 * result.confidence[row]:.0f} %",
    ]
    texts = [
        chart_svg.label(left, top + CELL + 14 + 14 * number, text)
        for number, text in enumerate(lines)
    ]
    return chart_svg.element("image", **box, href=href) + "".join(texts)


def _dots(result):
    low = float(min(result.targets[:, 0].min(), result.predictions[:, 0].min()))
    high = float(max(result.targets[:, 0].max(), result.predictions[:, 0].max()))
    ends = (low, high if high > low else low + 1)
    axes = chart_svg.Axes(ends, ends, left=60, top=12, width=SIDE, height=SIDE)
    rows = np.linspace(0, len(result) - 1, min(len(result), 400)).astype(int)
    dots = [
        chart_svg.element(
            "circle",
            cx=chart_svg.pixel(axes.across(result.targets[row, 0])),
            cy=chart_svg.pixel(axes.down(result.predictions[row, 0])),
            r=2,
        )
        for row in rows
    ]
    line = axes.curve(np.array(ends), np.array(ends), stroke="#5b6470")
    group = chart_svg.element("g", "".join(dots), fill="#0b66b5", fill_opacity=0.5)
    return chart_svg.document(
        SIDE + 80, SIDE + 40, axes.grid("g"), line, group, style=".g{stroke:#e9ecf0}"
    )


def _cut(text, width):
    most = max(int(width / TEXT_PX), 1)
    return text if len(text) <= most else f"{text[: most - 1]}…"
