"""The Matplotlib figure and the static SVG of the learning-rate finder."""

import numpy as np

from nbkeras.analysis.descent.update_arithmetic import number
from nbkeras.notebook.widget.charts import chart_svg

WIDTH, HEIGHT = 420, 220
LEFT, RIGHT, TOP, BOTTOM = 46, 10, 12, 24


def reason(curve, words):
    """The suggestion and its reason as a sentence."""
    if curve.suggestion is None:
        return words["flat"]
    rate, lowest = number(curve.suggestion, 2), number(curve.lowest, 2)
    return words["suggested"].format(rate=rate, lowest=lowest)


def figure(curve, words):
    """Loss against learning rate, as a Matplotlib figure."""
    from nbkeras.notebook.widget.figures import Figure

    picture = Figure(figsize=(6.4, 3.4), layout="constrained")
    axes = picture.subplots()
    axes.plot(curve.rates, curve.losses, ".", color="#9aa4b0", markersize=4)
    axes.plot(curve.rates, curve.smooth, color="#0b66b5")
    axes.set(xscale="log", xlabel=words["rate"], ylabel=words["loss"])
    axes.set_ylim(*loss_range(curve))
    if curve.suggestion is not None:
        axes.axvline(curve.suggestion, color="#c2500a", linestyle="--")
    axes.set_title(reason(curve, words), fontsize=8)
    return picture


def loss_range(curve):
    """(low, high) of the loss axis, excluding the diverging part."""
    if not len(curve.smooth):
        return 0.0, 1.0
    low = float(min(curve.losses.min(), curve.smooth.min()))
    first_half = curve.losses[: max(3, len(curve.losses) // 2)]
    high = float(np.quantile(first_half, 0.98))
    air = 0.15 * ((high - low) or abs(high) or 1.0)
    return low - air / 2, high + air


def still(curve, words):
    """(svg, caption) of a finished search."""
    parts = {"n": len(curve.rates), "words": reason(curve, words)}
    if len(curve.rates):
        parts |= {"low": number(curve.rates[0], 2), "high": number(curve.rates[-1], 2)}
    else:
        parts |= {"low": "–", "high": "–"}
    return _svg(curve), words["caption"].format(**parts)


def _svg(curve):
    low, high = loss_range(curve)
    rates = curve.rates if len(curve.rates) else np.ones(1)
    first, last = float(rates[0]), float(max(rates[-1], rates[0] * (1 + 1e-9)))
    axes = chart_svg.Axes(
        (first, last),
        (low, high),
        left=LEFT,
        top=TOP,
        width=WIDTH - LEFT - RIGHT,
        height=HEIGHT - TOP - BOTTOM,
        log_x=True,
    )
    shown = np.asarray(curve.smooth) <= high
    parts = [
        axes.curve(
            *(np.asarray(curve.rates)[shown], np.asarray(curve.smooth)[shown]),
            fill="none",
            stroke="#0b66b5",
        )
    ]
    if curve.suggestion is not None:
        rate = number(curve.suggestion, 2)
        parts.append(axes.vertical_line(curve.suggestion, rate, "#c2500a"))
    parts.append(axes.x_ends(number(first, 2), number(last, 2), HEIGHT - 8))
    parts.append(axes.y_ends(number(low, 3), number(high, 3)))
    return chart_svg.document(WIDTH, HEIGHT, *parts, fill="#5b6470")
