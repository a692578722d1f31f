"""The static picture of a run: curves as a small SVG, and a caption."""

import math

import numpy as np

from nbkeras.notebook.widget import translations
from nbkeras.notebook.widget.charts import chart_svg
from nbkeras.notebook.widget.charts.series import MISSING
from nbkeras.notebook.widget.static_picture import text
from nbkeras.train.events import Status

# Size limit of all curves together, and size of one point in the three curves of a
# panel; with its frames, the picture stays below 9 kB.
CURVE_BYTES, POINT_BYTES = 3100, 36
MOST_PANELS = 8
MOST_IN_WORDS = 8
# Most vertical lines in all panels together; the last ones are drawn.
MOST_MARKS = 12
GREY, RED = ("#5b6470", "1 3"), ("#c02626", "4 2")
WIDTH, HEIGHT, GAP = 350, 176, 20
LEFT, RIGHT, TOP, BOTTOM = 44, 8, 38, 22
STYLE = (
    "text{fill:#5b6470}.n{fill:#1c2024;font-weight:600}"
    ".g{stroke:#e3e7ec}.a,.b,.c{fill:none;stroke:#0b66b5}"
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
    most = max(8, CURVE_BYTES // (POINT_BYTES * max(len(names), 1)))
    marks = _marks(state)[-max(1, MOST_MARKS // max(len(names), 1)) :]
    parts = []
    for i, name in enumerate(names):
        x = GAP + (i % across) * (WIDTH + GAP)
        y = 6 + (i // across) * HEIGHT
        inside = _panel(name, steps, epochs, state["progress"], marks, most)
        move = f"translate({x} {y})"
        parts.append(chart_svg.element("g", inside, transform=move))
    return chart_svg.document(width, height, *parts, style=STYLE)


def columns(table, names):
    """{"x": array, name: array} of a packed table; missing numbers are None."""
    flat = np.frombuffer(table, "<f4").astype(float)
    rows = flat.reshape(1 + len(names), -1)
    return dict(zip(["x", *names], rows, strict=True))


def points(table, name):
    """(x, y) of the finite values of a column."""
    x, y = table["x"], table.get(name, np.full(len(table["x"]), MISSING))
    is_present = np.isfinite(y) & (y != np.float64(np.float32(MISSING)))
    return x[is_present], y[is_present]


def _marks(state):
    """[(step, text, colour, dash)] of manual changes and the first NaN loss."""
    marks = [(move[0], _mark_of(move), *GREY) for move in state["moves"]]
    if lost := state["progress"]["not_finite"]:
        name = lost["name"] if len(lost["name"]) < 20 else f"{lost['name'][:18]}…"
        marks.append((lost["step"], f"{name} {lost['value']}", *RED))
    return marks


def _mark_of(move):
    _, name, value, *output = move
    if name == "loss_weight":
        return translations.text(
            "dashboard", "mark_loss_weight", output=output[0], weight=f"{value:.3g}"
        )
    return translations.text("dashboard", "mark_rate", rate=f"{value:.3g}")


def _panel(name, steps, epochs, progress, marks, most):
    curves = [points(steps, name), points(epochs, name), points(epochs, f"val_{name}")]
    values = np.concatenate([y for _, y in curves])
    low, high = (values.min(), values.max()) if len(values) else (0.0, 1.0)
    low, high = chart_svg.least_span(float(low), float(high))
    air = (high - low) * 0.06 or abs(high) * 0.1 or 0.5
    floor = 0.0 if low >= 0 and low - air < 0 else low - air
    last = max([x[-1] for x, _ in curves if len(x)] or [1])
    axes = chart_svg.Axes(
        (0, last),
        (floor, high + air),
        left=LEFT,
        top=TOP,
        width=WIDTH - LEFT - RIGHT,
        height=HEIGHT - TOP - BOTTOM,
    )
    lines = [
        axes.curve(*curve, most, class_=kind)
        for kind, curve in zip("abc", curves, strict=True)
    ]
    grid = axes.grid(line_class="g")
    rules = [
        axes.vertical_line(step, words, colour, row=i % 3, dash=dash)
        for i, (step, words, colour, dash) in enumerate(marks)
        if step <= last
    ]
    frame = [grid, *rules]
    return "".join(
        [_title(name, curves), *frame, *lines, _x_axis(axes, last, progress)]
    )


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


def _x_axis(axes, last, progress):
    """The ends of the x axis, in epochs if their length is known."""
    ends, unit = ("0", f"{last:.0f}"), "step_axis"
    if batches := progress["batches"]:
        first = progress["first_epoch"]
        ends, unit = (f"{first}", f"{first + last / batches:.3g}"), "epoch"
    return axes.x_ends(*ends, HEIGHT - 7, translations.text("dashboard", unit))


def caption(state):
    """Describe the run: how it ended, and the course of each metric."""
    progress = state["progress"]
    words = translations.table("widget", "dashboard")
    status = state["status"]
    if progress["diverged"] and status != Status.FAILED:
        status = "diverged"
    ended = words["caption_epochs"].format(
        status=words[status],
        done=progress["epochs_ended"],
        epochs=progress["epochs"] - progress["first_epoch"],
        seconds=f"{progress['seconds']:.3g}",
    )
    metrics = [
        _metric_in_words(name, state, words)
        for name in state["metrics"][:MOST_IN_WORDS]
    ]
    if status == Status.STARTING:
        ended = words["caption_not_begun"]
    going_on = words["caption_active"] if Status(state["status"]).is_active else ""
    curves = words["list_gap"].join(filter(None, metrics))
    if curves:
        curves += words["full_stop"]
    parts = [ended, curves, progress["error"], progress["advice"], going_on]
    return words["gap"].join(filter(None, parts))


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
        sentence += words["caption_val"].format(last=number(held[-1]))
    return sentence
