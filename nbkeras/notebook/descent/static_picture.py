"""The Matplotlib figure and the static SVG of the lab."""

import numpy as np

from nbkeras.analysis.descent.color_scale import levels, place, scale_of
from nbkeras.analysis.descent.update_arithmetic import number
from nbkeras.notebook.widget.charts import chart_svg

# After Okabe and Ito, "Color Universal Design" (2008); markers and dashes differ too.
COLOURS = ("#0b66b5", "#c2500a", "#0a7d5c", "#a8438a", "#8a6a00", "#5b6470")
MARKS = ("o", "s", "^", "D", "v", "P")
LINES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1)), (0, (1, 1)))
# The line styles for SVG.
DASHES = (None, "6 3", "8 3 2 3", "2 3", "10 2", "4 2")
SIDE, MARGIN = 300, 8
COUNT = 10


def figure(session, at=None, words=None):
    """The loss surface with the paths, and the loss curves, as a Matplotlib figure.

    Args:
        session: a FunctionSession or ModelSession whose paths are computed.
        at: last step to draw; None for the whole paths.
        words: the texts; English if None.
    """
    from nbkeras.notebook.widget.figures import Figure

    words = words or {"loss_curves": "Loss at each step", "scrub": "Step"}
    picture = Figure(figsize=(9.5, 4), layout="constrained")
    surface, curves = picture.subplots(1, 2)
    problem = session.problem
    axes, values = problem.grid(121 if len(problem.names) == 2 else 401)
    if len(axes) == 2:
        scale = scale_of(values)
        shades = place(values, scale)
        surface.contourf(*axes, shades, 24, cmap="cividis", alpha=0.85)
        lines = place(levels(scale, COUNT), scale)
        surface.contour(*axes, shades, lines, colors="white", linewidths=0.5)
        surface.set_ylabel(problem.names[1])
        surface.set_ylim(*problem.limits[1])
    else:
        surface.plot(axes[0], values, color="#5b6470")
        surface.set_ylabel("f")
    surface.set_xlabel(problem.names[0])
    surface.set_xlim(*problem.limits[0])
    surface.set_title(problem.text, fontsize=9)
    for i, (run, path) in enumerate(zip(session.runs, session.paths, strict=True)):
        last = len(path) if at is None else min(at, len(path))
        style = {"color": COLOURS[i], "linestyle": LINES[i], "label": run.code()}
        across = path.positions[: last + 1]
        up = across[:, 1] if len(axes) == 2 else path.losses[: last + 1]
        surface.plot(across[:, 0], up, marker=MARKS[i], markersize=3, **style)
        curves.plot(path.losses[: last + 1], **style)
    curves.set(xlabel=words["scrub"], title=words["loss_curves"])
    curves.legend(fontsize=7)
    if all((path.losses[:-1] > 0).all() for path in session.paths):
        curves.set_yscale("log")
    return picture


def still(session, words):
    """(svg, caption): contour lines with the complete paths, and how they ended."""
    sentences = []
    for run, path in zip(session.runs, session.paths, strict=True):
        first, last = number(path.losses[0]), number(path.losses[-1])
        values = {"optimizer": words[run.kind], "first": first, "last": last}
        sentences.append(words["caption"].format(steps=len(path), **values))
    head = words["caption_of"].format(text=session.problem.text)
    return _svg(session), words["gap"].join([head, *sentences])


def _svg(session):
    problem = session.problem
    axes, values = problem.grid(61 if len(problem.names) == 2 else 121)
    low, high = np.array(problem.limits).T
    if len(axes) == 1:
        finite = values[np.isfinite(values)]
        low, high = np.append(low, finite.min()), np.append(high, finite.max())
        lines = [np.stack([axes[0], values], 1)]
    else:
        lines = _contours(axes, values)

    plot = chart_svg.Axes(
        *zip(low, high, strict=True), left=MARGIN, top=MARGIN, width=SIDE, height=SIDE
    )
    parts = [
        plot.curve(*line.T, fill="none", stroke="#b6bec8")
        for line in lines
        if len(line)
    ]
    for i, path in enumerate(session.paths):
        heights = path.losses if len(axes) == 1 else path.positions[:, 1]
        parts.append(
            plot.curve(
                *(path.positions[:, 0], heights),
                fill="none",
                stroke=COLOURS[i],
                stroke_width=2,
                stroke_dasharray=DASHES[i] or "none",
            )
        )
    side = SIDE + 2 * MARGIN
    return chart_svg.document(side, side, plot.clip(*parts))


def _contours(axes, values):
    """Contour lines as arrays (n, 2), from every other grid point."""
    import contourpy

    generator = contourpy.contour_generator(*axes, np.ma.masked_invalid(values))
    lines = []
    for level in levels(scale_of(values), COUNT):
        lines += [line[::2] for line in generator.lines(level) if len(line) > 4]
    return lines
