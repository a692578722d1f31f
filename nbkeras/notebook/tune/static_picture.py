"""The Matplotlib figure and the static SVG of a hyperparameter search."""

import itertools
import math

from nbkeras.analysis.descent.update_arithmetic import number
from nbkeras.core.names.display_name import display_name
from nbkeras.notebook.widget import translations
from nbkeras.notebook.widget.charts import chart_svg
from nbkeras.notebook.widget.charts.chart_svg import element

WIDTH, HEIGHT = 480, 220
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 12, 24
COLOURS = {
    "completed": "#0b66b5",
    "pruned": "#9aa4b0",
    "stopped": "#9aa4b0",
    "running": "#0a7d5c",
    "failed": "#b3261e",
}


def best_so_far(tuning):
    """([trial numbers], [best values so far]) at each change of the best value."""
    trials = tuning.scored_trials
    values = [trial.value for trial in trials]
    best = itertools.accumulate(values, lambda *pair: tuning.best_of(pair))
    return [trial.number for trial in trials], list(best)


def figure(tuning):
    """Values of trials with the best so far, and importances, in Matplotlib."""
    from nbkeras.notebook.widget.figures import Figure

    words = translations.table("widget", "tune")
    picture = Figure(figsize=(8.4, 3.4), layout="constrained")
    shares = tuning.importances()
    axes, *beside = picture.subplots(
        1, 2 if shares else 1, squeeze=False, width_ratios=[2, 1] if shares else [1]
    )[0]
    done = tuning.scored_trials
    axes.scatter(
        [trial.number for trial in done],
        [trial.value for trial in done],
        c=[COLOURS[trial.status] for trial in done],
        s=22,
    )
    axes.step(*best_so_far(tuning), where="post", color="#c2500a")
    axes.set(xlabel=words["number"], ylabel=display_name(tuning.objective))
    axes.set_title(caption(tuning, words), fontsize=8, wrap=True)
    if beside:
        names = list(shares)[::-1]
        beside[0].barh(
            [display_name(name, 24) for name in names], [shares[n] for n in names]
        )
        beside[0].set_title(words["importances"], fontsize=8)
        beside[0].set_xlim(0, 1)
    return picture


def caption(tuning, words):
    """The result in one sentence."""
    done = tuning.scored_trials
    if not done:
        return words["caption_none"]
    best = tuning.best_trial
    params = ", ".join(
        f"{display_name(name, 40)} = {shown(value)}"
        for name, value in best.params.items()
    )
    return words["caption"].format(
        count=len(tuning.trials),
        objective=display_name(tuning.objective),
        value=number(best.value, 4),
        params=params,
    )


def shown(value):
    """A hyperparameter's value as text."""
    if isinstance(value, float):
        return number(value, 3)
    return display_name(value, 40)


def static_picture(tuning, words):
    """(svg, caption) of a finished search."""
    done = tuning.scored_trials
    if not done:
        return chart_svg.document(WIDTH, 40, fill="#5b6470"), words["caption_none"]
    values = [trial.value for trial in done]
    low, high = chart_svg.least_span(min(values), max(values))
    air = 0.08 * ((high - low) or abs(high) or 1.0)
    axes = chart_svg.Axes(
        (-0.5, max(tuning.trials[-1].number, 1) + 0.5),
        (low - air, high + air),
        left=LEFT,
        top=TOP,
        width=WIDTH - LEFT - RIGHT,
        height=HEIGHT - TOP - BOTTOM,
    )
    numbers, best = best_so_far(tuning)
    stairs_x, stairs_y = [], []
    for place, (at, value) in enumerate(zip(numbers, best, strict=True)):
        if place:
            stairs_x.append(at)
            stairs_y.append(best[place - 1])
        stairs_x.append(at)
        stairs_y.append(value)
    dots = "".join(
        element(
            "circle",
            cx=chart_svg.pixel(axes.across(trial.number)),
            cy=chart_svg.pixel(axes.down(trial.value)),
            r=3.5,
            fill=COLOURS[trial.status],
        )
        for trial in done
        if math.isfinite(trial.value)
    )
    parts = [
        axes.grid("g"),
        axes.curve(stairs_x, stairs_y, fill="none", stroke="#c2500a", stroke_width=2),
        dots,
        axes.x_ends("0", str(tuning.trials[-1].number), HEIGHT - 8, words["number"]),
    ]
    svg = chart_svg.document(
        WIDTH, HEIGHT, *parts, style=".g{stroke:#e9ecf0}", fill="#5b6470"
    )
    return svg, caption(tuning, words)
