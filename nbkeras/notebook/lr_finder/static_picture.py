"""Pictures of the learning-rate finder: a Matplotlib figure, and a small SVG."""

import numpy as np

from nbkeras.analysis.descent.update_arithmetic import number

WIDTH, HEIGHT = 420, 220
EDGE = {"left": 46, "right": 10, "top": 12, "bottom": 24}


def reason(curve, words):
    """The suggestion in words."""
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
    """(low, high) of the loss axis: where the loss diverges is cut off."""
    if not len(curve.smooth):
        return 0.0, 1.0
    low = float(min(curve.losses.min(), curve.smooth.min()))
    first_half = curve.losses[: max(3, len(curve.losses) // 2)]
    high = float(np.quantile(first_half, 0.98))
    air = 0.15 * ((high - low) or abs(high) or 1.0)
    return low - air / 2, high + air


def still(curve, words):
    """(svg, caption) of a search that has ended."""
    parts = {"n": len(curve.rates), "words": reason(curve, words)}
    if len(curve.rates):
        parts |= {"low": number(curve.rates[0], 2), "high": number(curve.rates[-1], 2)}
    else:
        parts |= {"low": "–", "high": "–"}
    return _svg(curve), words["caption"].format(**parts)


def _svg(curve):
    low, high = loss_range(curve)
    across = np.log(curve.rates) if len(curve.rates) else np.zeros(1)
    begin, end = float(across[0]), float(max(across[-1], across[0] + 1e-9))
    wide = WIDTH - EDGE["left"] - EDGE["right"]
    tall = HEIGHT - EDGE["top"] - EDGE["bottom"]

    def x(rate):
        return EDGE["left"] + (np.log(rate) - begin) / (end - begin) * wide

    points = [
        f"{x(rate):.1f} {EDGE['top'] + (high - loss) / (high - low) * tall:.1f}"
        for rate, loss in zip(curve.rates, curve.smooth, strict=True)
        if loss <= high
    ]
    line = f'<path d="M{"L".join(points)}" fill="none" stroke="#0b66b5"/>'
    mark = ""
    if curve.suggestion is not None:
        at, bottom = x(curve.suggestion), HEIGHT - EDGE["bottom"]
        mark = (
            f'<path d="M{at:.1f} {EDGE["top"]}V{bottom}" stroke="#c2500a" '
            f'stroke-dasharray="5 3"/><text x="{at + 5:.1f}" y="{EDGE["top"] + 10}" '
            f'fill="#c2500a">{number(curve.suggestion, 2)}</text>'
        )
    ends = "".join(
        f'<text x="{at:.0f}" y="{HEIGHT - 8}" text-anchor="{anchor}">'
        f"{number(rate, 2)}</text>"
        for at, rate, anchor in (
            (EDGE["left"], np.exp(begin), "start"),
            (WIDTH - EDGE["right"], np.exp(end), "end"),
        )
    )
    loss_labels = "".join(
        f'<text x="{EDGE["left"] - 5}" y="{y:.0f}" text-anchor="end">'
        f"{number(value, 3)}</text>"
        for y, value in ((EDGE["top"] + 8, high), (HEIGHT - EDGE["bottom"], low))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="system-ui,sans-serif" '
        f'font-size="11" fill="#5b6470"><rect width="100%" height="100%" rx="8" '
        f'fill="#fff"/>{line if points else ""}{mark}{ends}{loss_labels}</svg>'
    )
