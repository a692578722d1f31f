"""The Matplotlib figure and the static SVG of overlaid runs."""

import numpy as np

from nbkeras.notebook.widget import translations
from nbkeras.notebook.widget.charts import chart_svg

WIDTH, HEIGHT = 620, 260
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 26, 24
MOST_CURVES, MOST_POINTS = 20, 60
# The page's colours on a white background.
COLOURS = (
    *("#0b66b5", "#c2500a", "#0a7d5c", "#a8438a"),
    *("#8a6a00", "#3d8bbd", "#5b4fb3", "#5b6470"),
)
DASHES = (None, "6 3", "2 2")


def caption(runs, metric):
    """The caption: the runs and the best one."""
    best_run = runs.best(metric) if metric else None
    if best_run is None:
        best = translations.text("runs", "caption_none") if not len(runs) else ""
    else:
        epoch, value = best_run.best(metric)
        best = translations.text(
            "runs",
            "caption_best",
            metric=metric,
            value=f"{value:.4g}",
            name=best_run.name,
            epoch=epoch,
        )
    folder = str(runs.folder)
    return translations.text("runs", "caption", n=len(runs), folder=folder, best=best)


def still(runs, metric):
    """(svg, caption) of one metric of the runs."""
    drawn = [run for run in runs if metric in run.curves][-MOST_CURVES:]
    values = [run.curves[metric] for run in drawn]
    flat = np.concatenate([v[np.isfinite(v)] for v in values] or [np.zeros(0)])
    if not len(flat):
        return chart_svg.document(WIDTH, 40), caption(runs, metric)
    low, high = chart_svg.least_span(float(flat.min()), float(flat.max()))
    air = (high - low) * 0.06 or abs(high) * 0.1 or 0.5
    last = max(int(run.epochs[-1]) for run in drawn if len(run.epochs))
    axes = chart_svg.Axes(
        (1, max(last, 2)),
        (low - air, high + air),
        left=LEFT,
        top=TOP,
        width=WIDTH - LEFT - RIGHT,
        height=HEIGHT - TOP - BOTTOM,
    )
    lines = []
    for number, run in enumerate(drawn):
        finite = np.isfinite(run.curves[metric])
        lines.append(
            axes.curve(
                run.epochs[finite],
                run.curves[metric][finite],
                MOST_POINTS,
                fill="none",
                stroke=COLOURS[number % len(COLOURS)],
                stroke_width=1.6,
                stroke_dasharray=DASHES[number // len(COLOURS) % len(DASHES)],
            )
        )
    parts = [
        chart_svg.label(LEFT, 16, metric, font_weight=600),
        axes.grid(line_class="g"),
        axes.clip(*lines),
        axes.x_ends("1", str(last), HEIGHT - 8, translations.text("runs", "epoch")),
    ]
    style = "text{fill:#5b6470}.g{stroke:#e3e7ec}"
    svg = chart_svg.document(WIDTH, HEIGHT, *parts, style=style)
    return svg, caption(runs, metric)


def figure(runs, metric):
    """The curves of one metric in Matplotlib, labelled by the differing settings."""
    from nbkeras.notebook.widget.figures import Figure

    picture = Figure(figsize=(7, 4), layout="constrained")
    axes = picture.subplots()
    differing = [name for name in runs.differing if name != "seed"][:3]
    for number, run in enumerate(run for run in runs if metric in run.curves):
        named = [f"{name}={run.settings.get(name)}" for name in differing]
        axes.plot(
            run.epochs,
            run.curves[metric],
            color=COLOURS[number % len(COLOURS)],
            linestyle=("-", "--", ":")[number // len(COLOURS) % 3],
            label=", ".join(named)[:60] or run.name,
        )
    axes.set(xlabel=translations.text("runs", "epoch"), ylabel=metric)
    if axes.lines:
        axes.legend(fontsize=7)
    return picture
