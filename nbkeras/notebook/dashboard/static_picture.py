"""The static picture of a run: curves as a small SVG, and the same in words."""

import math

import numpy as np

from nbkeras.notebook.widget import translations
from nbkeras.notebook.widget.series import MISSING
from nbkeras.notebook.widget.static_picture import text

# Bytes for all curves together; with the frames the picture stays below 7 kB.
CURVE_BYTES = 3600
MOST_PANELS = 8
MOST_IN_WORDS = 8
WIDTH, HEIGHT, GAP = 350, 176, 20
LEFT, RIGHT, TOP, BOTTOM = 44, 8, 38, 22
STYLE = (
    "text{fill:#5b6470}.n{fill:#1c2024;font-weight:600}.e{text-anchor:end}"
    ".m{text-anchor:middle}.g{stroke:#e3e7ec}.a,.b,.c{fill:none;stroke:#0b66b5}"
    ".a{opacity:.5}.b,.c{stroke-width:2}.c{stroke:#c2500a;stroke-dasharray:6 3}"
    ".t{fill:#0b66b5}.v{fill:#c2500a}"
)


def draw(state):
    """(svg, caption) of a dashboard's state, as `RunState.traits` gives it."""
    return picture(state), caption(state)


def picture(state):
    """The curves of up to twelve metrics as an SVG document."""
    names = state["metrics"][:MOST_PANELS]
    across = 1 if len(names) == 1 else 2
    down = max(1, math.ceil(len(names) / across))
    width = across * WIDTH + (across + 1) * GAP
    height = down * HEIGHT + GAP
    steps = columns(state["step_table"], state["step_columns"])
    epochs = columns(state["epoch_table"], state["epoch_columns"])
    most = max(8, CURVE_BYTES // (30 * max(len(names), 1)))
    parts = []
    for i, name in enumerate(names):
        x = GAP + (i % across) * (WIDTH + GAP)
        y = 6 + (i // across) * HEIGHT
        inside = _panel(name, steps, epochs, state["progress"], most)
        parts.append(f'<g transform="translate({x} {y})">{inside}</g>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="system-ui,sans-serif" '
        f'font-size="11"><style>{STYLE}</style><rect width="100%" height="100%" rx="8" '
        f'fill="#fff"/>{"".join(parts)}</svg>'
    )


def columns(table, names):
    """{"x": array, name: array} of a packed table; places without a number are None."""
    flat = np.frombuffer(table, "<f4").astype(float)
    rows = flat.reshape(1 + len(names), -1)
    return dict(zip(["x", *names], rows, strict=True))


def points(table, name):
    """(x, y) of a column where it has a finite number."""
    x, y = table["x"], table.get(name, np.full(len(table["x"]), MISSING))
    is_present = np.isfinite(y) & (y != np.float64(np.float32(MISSING)))
    return x[is_present], y[is_present]


def _panel(name, steps, epochs, progress, most):
    curves = [points(steps, name), points(epochs, name), points(epochs, f"val_{name}")]
    values = np.concatenate([y for _, y in curves])
    low, high = (values.min(), values.max()) if len(values) else (0.0, 1.0)
    air = (high - low) * 0.06 or abs(high) * 0.1 or 0.5
    floor = 0.0 if low >= 0 and low - air < 0 else low - air
    last = max([x[-1] for x, _ in curves if len(x)] or [1])
    scale_x = _scale(0, last, LEFT, WIDTH - RIGHT)
    scale_y = _scale(floor, high + air, HEIGHT - BOTTOM, TOP)
    lines = [
        f'<path class="{kind}" d="{_path(curve, scale_x, scale_y, most)}"/>'
        for kind, curve in zip("abc", curves, strict=True)
        if len(curve[0])
    ]
    head = [_title(name, curves), _grid(floor, high + air, scale_y)]
    return "".join([*head, *lines, _foot(last, progress)])


def _title(name, curves):
    shown = text(name if len(name) < 45 else f"{name[:43]}…")
    newest = curves[1] if len(curves[1][1]) else curves[0]
    words = [
        f'<tspan class="{kind}">{translations.text("dashboard", key)} '
        f"{y[-1]:.4g} </tspan>"
        for kind, key, (_, y) in (
            ("t", "train", newest),
            ("v", "validation", curves[2]),
        )
        if len(y)
    ]
    return (
        f'<text class="n" x="{LEFT}" y="15">{shown}</text>'
        f'<text x="{LEFT}" y="29">{"".join(words)}</text>'
    )


def _grid(low, high, scale_y):
    parts = []
    for tick in _ticks(low, high):
        y = f"{scale_y(tick):.0f}"
        parts.append(
            f'<path class="g" d="M{LEFT} {y}H{WIDTH - RIGHT}"/>'
            f'<text class="e" x="{LEFT - 6}" y="{y}" dy="4">{tick:.4g}</text>'
        )
    return "".join(parts)


def _foot(last, progress):
    """Where the axis begins and ends, in epochs where their length is known."""
    y, unit = HEIGHT - 7, "step_axis"
    ends = ("0", f"{last:.0f}")
    if batches := progress["batches"]:
        first = progress["first_epoch"]
        ends, unit = (f"{first}", f"{first + last / batches:.3g}"), "epoch"
    word = translations.text("dashboard", unit)
    return (
        f'<text x="{LEFT}" y="{y}">{ends[0]}</text>'
        f'<text class="m" x="{(LEFT + WIDTH) / 2:.0f}" y="{y}">{word}</text>'
        f'<text class="e" x="{WIDTH - RIGHT}" y="{y}">{ends[1]}</text>'
    )


def _path(curve, scale_x, scale_y, most):
    """Path through at most `most` points, the first and the last among them."""
    x, y = curve
    if len(x) > most:
        indices = np.unique(np.linspace(0, len(x) - 1, most).round().astype(int))
        x, y = x[indices], y[indices]
    return "".join(
        f"{'L' if i else 'M'}{scale_x(a):.0f} {scale_y(b):.1f}"
        for i, (a, b) in enumerate(zip(x, y, strict=True))
    )


def _scale(low, high, start, end):
    return lambda value: start + (value - low) / ((high - low) or 1) * (end - start)


def _ticks(low, high, count=4):
    raw = (high - low) / count
    power = 10.0 ** math.floor(math.log10(raw)) if raw > 0 else 1.0
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= raw * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [i * step for i in range(first, last + 1)]


def caption(state):
    """The run in words: how it ended and where each metric went."""
    progress = state["progress"]
    words = translations.table("widget", "dashboard")
    ended = words["caption_epochs"].format(
        status=words[state["status"]],
        done=progress["epochs_ended"],
        epochs=progress["epochs"] - progress["first_epoch"],
        seconds=f"{progress['seconds']:.3g}",
    )
    metrics = [
        _metric_in_words(name, state, words)
        for name in state["metrics"][:MOST_IN_WORDS]
    ]
    return " ".join(
        [ended, "; ".join(filter(None, metrics)), progress["error"]]
    ).strip()


def _metric_in_words(name, state, words):
    table = columns(state["epoch_table"], state["epoch_columns"])
    _, train = points(table, name)
    if not len(train):
        table = columns(state["step_table"], state["step_columns"])
        _, train = points(table, name)
    if not len(train):
        return ""
    number = "{:.4g}".format
    sentence = words["caption_metric"].format(
        name=name, first=number(train[0]), last=number(train[-1])
    )
    _, held = points(table, f"val_{name}")
    if len(held):
        sentence += f" ({words['caption_val'].format(last=number(held[-1]))})"
    return sentence
