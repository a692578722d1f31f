"""The Matplotlib figure and the static SVG of an XRay."""

import numpy as np

from nbkeras.notebook.widget import translations
from nbkeras.notebook.widget.charts import chart_svg
from nbkeras.notebook.xray.sentences import caption, percent

MOST_ROWS = 24
ROW_PX, LEFT, WIDTH = 20, 170, 620
TRACK_PX = 150
# The usual range of the update-to-weight ratio, and the ends of the tracks.
USUAL = (1e-4, 1e-2)
RATIO_ENDS, GRADIENT_ENDS = (1e-7, 1.0), (1e-8, 1e2)


def still(look):
    """(svg, caption): one row per layer, with its gradient and update."""
    layers = [la for la in look.layers if la.weights or la.is_frozen][:MOST_ROWS]
    height = ROW_PX * (len(layers) + 1) + 14
    words = translations.table("xray")
    first, second = LEFT, LEFT + TRACK_PX + 70
    parts = [
        chart_svg.label(12, 18, words["layer"], font_weight=600),
        chart_svg.label(first, 18, words["gradients"], font_weight=600),
        chart_svg.label(second, 18, words["updates"], font_weight=600),
    ]
    low, high = (second + _place(end, RATIO_ENDS) * TRACK_PX for end in USUAL)
    parts.append(
        chart_svg.element(
            "rect",
            x=chart_svg.pixel(low),
            y=24,
            width=chart_svg.pixel(high - low),
            height=height - 30,
            fill="#0a7d5c",
            fill_opacity=0.12,
        )
    )
    for number, layer in enumerate(layers):
        y = ROW_PX * (number + 2) - 2
        parts.append(chart_svg.label(12, y, layer.name[:24], fill="#1c2024"))
        if layer.output and layer.output.dead >= 0.01:
            dead = words["is_dead"].format(share=percent(layer.output.dead))
            parts.append(
                chart_svg.label(WIDTH - 8, y, dead, class_="e", fill="#b3261e")
            )
        if layer.weights is None:
            parts.append(chart_svg.label(first, y, words["is_frozen"]))
            continue
        values = (
            (first, layer.weights.gradient, GRADIENT_ENDS),
            (second, layer.weights.ratio, RATIO_ENDS),
        )
        for left, value, ends in values:
            parts.append(_track(left, y, value, ends))
    svg = chart_svg.document(WIDTH, height, *parts, style="text{fill:#5b6470}")
    return svg, caption(look)


def _track(left, y, value, ends):
    line = f"M{left} {y - 4}H{left + TRACK_PX}"
    parts = [chart_svg.element("path", d=line, stroke="#e3e7ec", stroke_width=2)]
    if value:
        x = left + _place(value, ends) * TRACK_PX
        parts.append(
            chart_svg.element(
                "circle", cx=chart_svg.pixel(x), cy=y - 4, r=4, fill="#0b66b5"
            )
        )
        parts.append(chart_svg.label(left + TRACK_PX + 8, y, f"{value:.2g}"))
    return "".join(parts)


def _place(value, ends):
    """The position of a value on a logarithmic track, 0 to 1."""
    low, high = np.log10(ends[0]), np.log10(ends[1])
    return float(np.clip((np.log10(max(value, 1e-30)) - low) / (high - low), 0, 1))


def figure(look):
    """Gradients and updates of all layers with weights, as a Matplotlib figure."""
    from nbkeras.notebook.widget.figures import Figure

    layers = [layer for layer in look.layers if layer.weights]
    words = translations.table("xray")
    picture = Figure(figsize=(8, 1.2 + 0.3 * max(len(layers), 3)), layout="constrained")
    left, right = picture.subplots(1, 2, sharey=True)
    places = np.arange(len(layers))
    gradients = [layer.weights.gradient for layer in layers]
    ratios = [layer.weights.ratio or 0.0 for layer in layers]
    for axes, values, title in (
        (left, gradients, words["gradients"]),
        (right, ratios, words["updates"]),
    ):
        axes.plot(values, places, "o", color="#0b66b5")
        axes.set(title=title, xscale="log")
        axes.grid(axis="y", color="#e3e7ec")
    right.axvspan(*USUAL, color="#0a7d5c", alpha=0.12)
    left.set_yticks(places, [layer.name for layer in layers])
    left.invert_yaxis()
    picture.supxlabel(caption(look)[:160], fontsize=7)
    return picture
