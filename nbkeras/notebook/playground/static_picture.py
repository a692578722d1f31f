"""The Matplotlib figure and the static SVG of a playground."""

import itertools

import numpy as np

from nbkeras.analysis.playground.features import FEATURES
from nbkeras.analysis.playground.unit_maps import LOSSES
from nbkeras.notebook.widget.charts import chart_svg
from nbkeras.notebook.widget.charts.colours import NEGATIVE, POSITIVE, ZERO, colours
from nbkeras.notebook.widget.static_picture import png_data_url

# Of classes, after Okabe and Ito; the first two are those of numbers.
CLASSES = (NEGATIVE, POSITIVE, (10, 125, 92), (168, 67, 138), (138, 106, 0))
CLASSES += ((61, 139, 189), (91, 79, 179), (91, 100, 112))
TILE, ROW_PX, COLUMN_PX, SIDE_PX, GAP = 34, 42, 78, 250, 12
CURVE_PX = 90
MOST_LINES = 160  # the strongest weights
MARKS = {
    "x1": "x₁",
    "x2": "x₂",
    "x1_squared": "x₁²",
    "x2_squared": "x₂²",
    "x1_x2": "x₁x₂",
    "sin_x1": "sin x₁",
    "sin_x2": "sin x₂",
}


def output_colours(view):
    """uint8 (side, side, 3): the output over the plane, in the colours of the page."""
    side = view.info["output_side"]
    output = np.frombuffer(view.output, "uint8").reshape(-1, side, side)
    if len(output) == 1:
        return colours(_discrete(output[0], view))
    count = len(view.info["names"])
    share = (output[1] / 255 - 1 / count) / (1 - 1 / count)
    if view.view["discretize"]:
        share = np.ones_like(share)
    ends = np.array(CLASSES)[output[0] % len(CLASSES)]
    shades = np.array(ZERO) + share.clip(0, 1)[..., None] * (ends - np.array(ZERO))
    return np.rint(shades).astype("uint8")


def _discrete(tiles, view):
    if not view.view["discretize"]:
        return tiles
    return np.where(tiles >= 128, 255, 1).astype("uint8")


def point_colours(view, targets):
    """uint8 (n, 3) of points with these targets."""
    if view.info["kind"] == "regression":
        share = targets / view.info["top"]
        return colours(np.rint(128 + 127 * share.clip(-1, 1)).astype("uint8"))
    return np.array(CLASSES, "uint8")[targets.astype(int) % len(CLASSES)]


def shown_points(view):
    """float32 (n, 4) of the points that are displayed."""
    table = np.frombuffer(view.data, "<f4").reshape(-1, 4)
    return table if view.view["show_test"] else table[table[:, 3] > 0]


def columns_of(view):
    """[(title, [uint8 tile])] of the features, the hidden layers and the outputs."""
    side = view.info["side"]
    maps = np.frombuffer(view.feature_maps, "uint8").reshape(-1, side, side)
    names = view.settings["features"]
    features = [maps[list(FEATURES).index(name)] for name in names]
    units = np.frombuffer(view.units, "uint8").reshape(-1, side, side)
    columns, first = [(view.words["features"], features)], 0
    for number, size in enumerate(view.settings["layers"], 1):
        title = view.words["layer"].format(n=number)
        columns.append((title, list(units[first : first + size])))
        first += size
    return [*columns, (view.words["output"], list(units[first:]))]


def kernels_of(view):
    """The kernels between the columns, float32 (from, to)."""
    outputs = len(columns_of(view)[-1][1])
    sizes = [len(view.settings["features"]), *view.settings["layers"], outputs]
    weights, first, kernels = np.frombuffer(view.weights, "<f4"), 0, []
    for before, after in itertools.pairwise(sizes):
        kernels.append(weights[first : first + before * after].reshape(before, after))
        first += (before + 1) * after
    return kernels


def figure(view, words):
    """The network, its output with the points, and the loss curves, in Matplotlib."""
    from nbkeras.notebook.widget.figures import Figure

    columns = columns_of(view)
    height = max(4.2, 0.7 * max(len(tiles) for _, tiles in columns) + 0.6)
    picture = Figure(figsize=(1.1 * len(columns) + 4.2, height))
    left = 1.1 * len(columns) / (1.1 * len(columns) + 4.2)
    network = picture.add_axes((0.01, 0.02, left - 0.02, 0.93))
    _draw_network(network, columns, kernels_of(view), view)
    output = picture.add_axes((left + 0.06, 0.42, 0.98 - left - 0.08, 0.52))
    limit = view.info["limit"]
    output.imshow(output_colours(view), extent=(-limit, limit, -limit, limit))
    points = shown_points(view)
    output.scatter(
        points[:, 0],
        points[:, 1],
        c=point_colours(view, points[:, 2]) / 255,
        s=14,
        edgecolors=["white" if is_train else "black" for is_train in points[:, 3]],
        linewidths=0.6,
    )
    output.set(xlim=(-limit, limit), ylim=(-limit, limit))
    output.set_xlabel(view.info["axes"][0], parse_math=False)
    output.set_ylabel(view.info["axes"][1], parse_math=False)
    curves = picture.add_axes((left + 0.06, 0.12, 0.98 - left - 0.08, 0.18))
    table = np.frombuffer(view.curve, "<f4").reshape(3, -1)
    for values, name, style in zip(
        table[1:], ("train", "test"), ("-", "--"), strict=True
    ):
        curves.plot(table[0], values, style, label=words[name], lw=1.4)
    curves.legend(fontsize=7)
    curves.set_xlabel(words["steps"], fontsize=8)
    return picture


def _draw_network(axes, columns, kernels, view):
    from matplotlib.offsetbox import AnnotationBbox, OffsetImage

    axes.set_axis_off()
    tallest = max(len(tiles) for _, tiles in columns)
    axes.set(xlim=(-0.6, len(columns) - 0.4), ylim=(-tallest, 0.9))
    for number, kernel in enumerate(kernels):
        for (source, target), weight in np.ndenumerate(kernel):
            axes.plot(
                [number, number + 1],
                [-source, -target],
                color=np.array(POSITIVE if weight > 0 else NEGATIVE) / 255,
                linestyle="-" if weight > 0 else "--",
                lw=_thickness(weight) / 2,
                zorder=0,
            )
    for number, (title, tiles) in enumerate(columns):
        axes.text(number, 0.65, title, ha="center", fontsize=8, parse_math=False)
        for row, tile in enumerate(tiles):
            image = OffsetImage(colours(_discrete(tile, view)), zoom=0.9)
            axes.add_artist(AnnotationBbox(image, (number, -row), pad=0.1))


def _thickness(weight):
    """Width of a weight's line in pixels."""
    size = abs(float(weight))
    return 0.4 + min(3 * size, 6) if np.isfinite(size) else 0.4


def draw(view, words):
    """(svg, caption): the network, its output with the points, and the losses."""
    columns = columns_of(view)
    left = GAP + COLUMN_PX * len(columns)
    tallest = max(len(tiles) for _, tiles in columns)
    height = max(ROW_PX * tallest + 40, SIDE_PX + CURVE_PX + 70)
    parts = [_links(columns, kernels_of(view), view), *_tiles(columns, view)]
    parts += _plane(view, left, 26)
    parts += _curves(view, left, SIDE_PX + 50, words)
    svg = chart_svg.document(left + SIDE_PX + 2 * GAP, height, *parts, fill="#1c2024")
    layers = view.settings["layers"]
    losses = dict(zip(LOSSES, np.frombuffer(view.losses, "<f4"), strict=True))
    caption = words["caption"].format(
        data=words.get(f"data_{view.settings['data']}", view.settings["data"]),
        layers=", ".join(map(str, layers)) or words["no_layers"],
        step=view.step,
        train=f"{losses['train_loss']:.3g}",
        test=f"{losses['test_loss']:.3g}",
    )
    return svg, caption


def _place(column, row):
    return GAP + COLUMN_PX * column, 26 + ROW_PX * row


def _tiles(columns, view):
    parts = []
    names = [MARKS[name] for name in view.settings["features"]]
    for number, (title, tiles) in enumerate(columns):
        parts.append(chart_svg.label(_place(number, 0)[0], 16, title, fill="#5b6470"))
        for row, tile in enumerate(tiles):
            x, y = _place(number, row)
            href = png_data_url(colours(_discrete(tile, view)))
            size = {"width": TILE, "height": TILE}
            parts.append(chart_svg.element("image", x=x, y=y, **size, href=href))
            if number == 0:
                parts.append(chart_svg.label(x + TILE + 3, y + 12, names[row]))
    return parts


def _links(columns, kernels, view):
    lines = []
    for number, kernel in enumerate(kernels):
        for (source, target), weight in np.ndenumerate(kernel):
            lines.append((abs(float(weight)), number, source, target, weight > 0))
    lines.sort(reverse=True)
    paths = []
    for size, number, source, target, is_positive in lines[:MOST_LINES]:
        x1, y1 = _place(number, source)
        x2, y2 = _place(number + 1, target)
        x1, y1, y2 = x1 + TILE, y1 + TILE // 2, y2 + TILE // 2
        middle = (x1 + x2) // 2
        colour = _hex(POSITIVE if is_positive else NEGATIVE)
        paths.append(
            chart_svg.element(
                "path",
                d=f"M{x1} {y1}C{middle} {y1} {middle} {y2} {x2} {y2}",
                stroke=colour,
                stroke_width=chart_svg.pixel(_thickness(size)),
                stroke_dasharray=None if is_positive else "5 3",
            )
        )
    return chart_svg.element("g", "".join(paths), fill="none")


def _plane(view, left, top):
    """The output as an image, with the points as dots of one path a colour."""
    href = png_data_url(output_colours(view))
    place = {"x": left, "y": top, "width": SIDE_PX, "height": SIDE_PX}
    parts = [chart_svg.element("image", **place, href=href)]
    limit = view.info["limit"]
    points = shown_points(view)
    inside = (np.abs(points[:, :2]) <= limit).all(axis=1)
    points = points[inside]
    shades = point_colours(view, points[:, 2])
    if view.info["kind"] == "regression":
        shades = shades // 32 * 32  # few colours, so few paths
    across = left + (points[:, 0] + limit) / (2 * limit) * SIDE_PX
    down = top + (limit - points[:, 1]) / (2 * limit) * SIDE_PX
    for shade in np.unique(shades, axis=0):
        rows = (shades == shade).all(axis=1)
        places = zip(across[rows], down[rows], strict=True)
        d = "".join(f"M{chart_svg.pixel(x)} {chart_svg.pixel(y)}h0" for x, y in places)
        for colour, width in (("#fff", 6), (_hex(shade), 4.4)):
            parts.append(
                chart_svg.element(
                    "path",
                    d=d,
                    stroke=colour,
                    stroke_width=width,
                    stroke_linecap="round",
                )
            )
    return parts


def _curves(view, left, top, words):
    table = np.frombuffer(view.curve, "<f4").reshape(3, -1).astype(float)
    finite = table[1:][np.isfinite(table[1:])]
    highest = float(finite.max(initial=0)) or 1.0
    axes = chart_svg.Axes(
        (0, float(table[0].max(initial=1))),
        (0, highest),
        left=left,
        top=top,
        width=SIDE_PX,
        height=CURVE_PX - 20,
    )
    parts = [
        axes.curve(
            table[0],
            values,
            fill="none",
            stroke=colour,
            stroke_width=1.6,
            stroke_dasharray=dash,
        )
        for values, colour, dash in (
            (table[1], "#0b66b5", None),
            (table[2], "#c2500a", "5 3"),
        )
        if np.isfinite(values).all()
    ]
    losses = np.frombuffer(view.losses, "<f4")
    text = f"{words['train']} {losses[0]:.3f}, {words['test']} {losses[1]:.3f}"
    return [*parts, chart_svg.label(left, top + CURVE_PX, text, fill="#5b6470")]


def _hex(colour):
    return "#" + bytes(int(channel) for channel in colour).hex()
